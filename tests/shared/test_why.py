"""What opens beside a state: every rule and every missing value with its inputs, in one breath and in full."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.utils import translation

from changchun_innovation.shared.explain import sentences
from changchun_innovation.shared.progress import Basis, Kind, Milestone, Missing, Reported, Rule
from changchun_innovation.shared.quarters import Quarter
from changchun_innovation.shared.why import PACE_RULES, brief, pace_needed, steps_of, what_is_missing
from changchun_innovation.shared.wording import STATE_WORDS, day_text, number_text, percent_text
from tests.shared.test_explain import ASKED, MILESTONE, RATE, REASONS, RULES, judged, published, terms


@pytest.mark.parametrize("lang", ["zh-hans", "en"])
@pytest.mark.parametrize("case", [*RULES, *REASONS])
def test_every_rule_and_every_missing_value_is_told_with_its_inputs(case, lang):
    judgement = (RULES | REASONS)[case]()
    with translation.override(lang):
        short = brief(judgement, "")
        full = steps_of(judgement, "", sentences(judgement))
        said = short + "".join(full)
        assert str(STATE_WORDS[str(judgement.state)]) in short
        assert "%(" not in said and "None" not in said and "%%" not in said
        assert number_text(judgement.target) in said
        if judgement.value is not None:
            assert number_text(judgement.value) in short
            assert day_text(judgement.as_at) in short
        if judgement.progress is not None:
            assert percent_text(judgement.progress, 2) in said
        if judgement.elapsed is not None:
            assert percent_text(judgement.elapsed, 2) in said
        if judgement.rule in PACE_RULES:
            assert number_text(judgement.expected) in short
            assert percent_text(judgement.pace, 2) in short


def test_the_judgement_in_one_breath():
    assert brief(judged(terms(), 41), "家") == (
        "截至 2025 年 9 月 30 日为 41 家；按直线估计应达 42 家；进度比 97.62%；故为正常。"
    )
    assert "按节点目标应达" in brief(judged(terms(milestones=MILESTONE), 52), "家")


def test_what_a_judgement_lacks_is_named():
    assert "基数" in what_is_missing(judged(terms(), 41))
    assert "节点目标" in what_is_missing(judged(terms(), 41))
    complete = judged(terms(baseline=5, milestones=MILESTONE), 41)
    assert complete.basis is Basis.MILESTONES
    assert what_is_missing(complete) == ""
    assert "基数" not in what_is_missing(judged(terms("cumulative"), 41)), "a total begins at 0, known"
    assert "期限" in what_is_missing(judged(terms(due_on=None), 41))
    assert what_is_missing(published(RATE, "8.2")) == ""
    assert "2025 年第一季度以后" in what_is_missing(RULES[Rule.VALUE_OLD]())


@pytest.mark.parametrize("reason", Missing)
def test_whatever_value_is_missing_is_named(reason):
    named = {what_is_missing(make()).split("；")[0] for make in REASONS.values()}
    assert len(named) == len(Missing)
    assert what_is_missing(REASONS[reason]())


def ahead(promise, *values, quarter=ASKED):
    """A pledge with one value a year, the last one in the quarter."""
    figures = [Reported(quarter - 4 * back, Decimal(value)) for back, value in enumerate(reversed(values))]
    return judged(promise, figures=figures, quarter=quarter)


def test_the_pace_needed_is_told_per_quarter():
    late = ahead(terms("cumulative"), 20, 29)
    assert late.required.quarters_left == 4
    assert (late.required.per_quarter, late.required.recent) == (Decimal("7.75"), Decimal("2.25"))
    assert pace_needed(late, "家") == "还差 31 家：今后每个季度要比近四个季度平均多 5.5 家。"
    early = ahead(terms("cumulative"), 20, 50)
    assert pace_needed(early, "家") == "还差 10 家：照近四个季度的速度即可，每季有 5 家的余量。"


@pytest.mark.parametrize(
    ("judgement", "words"),
    [
        (lambda: published(RATE, "8.2"), "比率"),
        (lambda: judged(terms(due_on=None), 12), "没有期限"),
        (lambda: judged(terms(), 59, Quarter(2026, 3)), "没有余下的季度"),
        (lambda: judged(terms(), 12), "平均每季 12"),
        (lambda: ahead(terms(), 30, 20), "没有前进"),
    ],
)
def test_where_no_pace_can_be_asked_for_the_reason_is_told(judgement, words):
    judgement = judgement()
    assert judgement.required is None
    assert words in pace_needed(judgement, "家")


def test_nothing_is_asked_of_a_promise_that_is_kept_or_unknown():
    assert pace_needed(judged(terms(), 60), "家") == ""
    assert pace_needed(judged(terms()), "家") == ""


def test_a_falling_target_is_told_by_what_is_still_to_fall():
    falling = ahead(terms(comparator="le", target="40", baseline=60), 58, 50)
    assert "还差 10 家" in pace_needed(falling, "家")


def test_a_milestone_that_is_known_leaves_nothing_to_estimate():
    bent = replace(terms(), milestones=(Milestone(date(2024, 12, 31), Decimal(20)),))
    assert bent.basis is Basis.MILESTONES and bent.kind is Kind.STOCK
    assert "节点目标" not in what_is_missing(judged(bent, 41))
