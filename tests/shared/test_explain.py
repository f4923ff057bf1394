"""Every state can say why: each rule and each reason for a missing value, in both languages."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django.utils import translation

from changchun_innovation.shared.explain import explain, explain_joint
from changchun_innovation.shared.progress import (
    NOT_ASKED,
    Comparator,
    Kind,
    Milestone,
    Missing,
    Part,
    Published,
    Qualifier,
    Reported,
    ReportStatus,
    Rule,
    Standing,
    Terms,
    judge,
    judge_joint,
    judge_readings,
)
from changchun_innovation.shared.quarters import Quarter

START, DUE, KNOWN_ON = date(2023, 8, 15), date(2026, 8, 15), date(2026, 11, 1)
ASKED = Quarter(2025, 3)
OVERDUE = ReportStatus(True, date(2026, 10, 15), Standing.MISSING)
HAN = re.compile(r"[\u3400-\u9fff]")


def terms(
    kind="stock", target="60", *, due_on=DUE, baseline=None, milestones=(), comparator="ge", decimals=0
):
    return Terms(
        Kind(kind),
        decimals,
        Comparator(comparator),
        Decimal(target),
        START,
        due_on,
        None if baseline is None else Decimal(baseline),
        milestones,
    )


def judged(promise, value=None, quarter=ASKED, *, at=None, status=NOT_ASKED, figures=()):
    if value is not None:
        figures = [Reported(at or quarter, Decimal(value))]
    return judge(promise, figures, status, quarter, KNOWN_ON)


def published(
    promise, value=None, year=2024, qualifier="exact", *, quarter=ASKED, start=True, known_on=KNOWN_ON
):
    readings = []
    if value is not None:
        first, last = date(year, 1, 1), date(year, 12, 31)
        readings = [
            Published(
                first if start else None, last, Decimal(value), Qualifier(qualifier), date(year + 1, 1, 31)
            )
        ]
    return judge_readings(promise, readings, quarter, known_on)


MILESTONE = (Milestone(date(2025, 6, 30), Decimal(50)),)
RATE = terms("rate", "10", comparator="gt", due_on=date(2025, 12, 31), decimals=1)
RULES = {
    Rule.ACHIEVED_FOR_GOOD: lambda: judged(terms("cumulative"), 61),
    Rule.REPORT_OVERDUE: lambda: judged(terms(), quarter=Quarter(2026, 3), status=OVERDUE),
    Rule.UNPUBLISHED_FOR_A_YEAR: lambda: published(
        terms(due_on=date(2025, 3, 31)), 40, 2023, start=False, quarter=ASKED
    ),
    Rule.VALUE_UNKNOWN: lambda: judged(terms()),
    Rule.VALUE_OLD: lambda: judged(terms(), 30, at=Quarter(2025, 1)),
    Rule.TARGET_REACHED: lambda: judged(terms(), 60),
    Rule.DUE_DAY_PASSED: lambda: judged(terms(), 59, Quarter(2026, 3)),
    Rule.NO_DUE_DAY: lambda: judged(terms(due_on=None), 12),
    Rule.STARTED_AT_TARGET: lambda: judged(terms(baseline=70), 55),
    Rule.FIRST_TENTH: lambda: judged(terms(), 1, Quarter(2023, 3)),
    Rule.NOTHING_EXPECTED_YET: lambda: judged(terms("cumulative", "1"), 0, Quarter(2024, 4)),
    Rule.NOTHING_EXPECTED_LATE: lambda: judged(terms("cumulative", "1"), 0, Quarter(2026, 1)),
    Rule.PACE_ON_MILESTONES: lambda: judged(terms(milestones=MILESTONE), 52),
    Rule.PACE_ON_LINE: lambda: judged(terms(), 41),
    Rule.PACE_NEAR_MILESTONES: lambda: judged(terms(milestones=MILESTONE), 45),
    Rule.PACE_NEAR_LINE: lambda: judged(terms(), 35),
    Rule.FIRST_THIRD: lambda: judged(terms(), 4, Quarter(2024, 2)),
    Rule.ONE_UNIT_SHORT: lambda: judged(terms("cumulative", "3"), 1),
    Rule.PACE_TOO_LOW: lambda: judged(terms(), 12),
    Rule.RATE_WITHIN_TWO_POINTS: lambda: published(RATE, "8.2"),
    Rule.RATE_BEYOND_TWO_POINTS: lambda: published(RATE, "5"),
    Rule.RATE_LAST_YEAR_KNOWN: lambda: published(RATE, "8.2", 2025, quarter=Quarter(2026, 2)),
}
REASONS = {
    Missing.NEVER_REPORTED: lambda: judged(terms()),
    Missing.WAITING_FOR_REVIEW: lambda: judged(
        terms(), status=ReportStatus(True, date(2025, 10, 15), Standing.SUBMITTED, waiting=True)
    ),
    Missing.NOT_APPLICABLE: lambda: judged(terms(), figures=[Reported(ASKED, None, not_applicable=True)]),
    Missing.INCOMPLETE_YEAR: lambda: judged(terms("annual", "5"), 2),
    Missing.LOWER_BOUND: lambda: published(terms(), 50, qualifier="at-least"),
    Missing.INCOMPLETE_SUM: lambda: joint([41, None]).judgement,
    Missing.LOW_COVERAGE: lambda: joint([41, 20], pledge=20).judgement,
}


def joint(values, pledge=60, target="200"):
    parts = [
        Part(key, judged(terms(), value), Decimal(pledge)) for key, value in zip("ab", values, strict=True)
    ]
    return judge_joint(terms(target=target), parts, ASKED, KNOWN_ON)


NAMES = {"a": "A", "b": "B"}


@pytest.mark.parametrize("lang", ["zh-hans", "en"])
@pytest.mark.parametrize("rule", Rule)
def test_every_rule_is_said_in_words(rule, lang):
    judgement = RULES[rule]()
    assert judgement.rule is rule
    with translation.override(lang):
        text = explain(judgement, "%" if judgement.kind is Kind.RATE else "", published=False)
        other = explain(judgement, published=True)
    for said in (text, other):
        assert said.strip() and "%(" not in said and "None" not in said and "%%" not in said
        assert bool(HAN.search(said)) == (lang == "zh-hans")


@pytest.mark.parametrize("lang", ["zh-hans", "en"])
@pytest.mark.parametrize("reason", Missing)
def test_every_reason_for_a_missing_value_is_said_in_words(reason, lang):
    judgement = REASONS[reason]()
    assert judgement.missing is reason
    with translation.override(lang):
        reported, by_others = explain(judgement), explain(judgement, published=True)
    for said in (reported, by_others):
        assert "%(" not in said and "None" not in said
        assert bool(HAN.search(said)) == (lang == "zh-hans")


def test_each_rule_has_its_own_sentence():
    texts = {rule: explain(make()) for rule, make in RULES.items()}
    assert len(set(texts.values())) == len(RULES)


def test_nobody_is_said_not_to_have_reported_what_others_publish():
    text = explain(published(terms()), published=True)
    assert "填报" not in text and "公布" in text


def test_the_explanation_carries_every_number_that_was_compared():
    judgement = judged(terms(), 41)
    text = explain(judgement, "家")
    assert "2025 年第三季度末为 41 家" in text
    assert "目标 ≥ 60 家" in text and "2026 年 8 月 15 日" in text
    assert "基数未知，按 0 计" in text
    assert "（41 − 0）÷（60 − 0）= 68.33%" in text
    assert "时间进度 70.89%" in text
    assert "按直线估计应达 42 家" in text
    assert "（41 − 0）÷（42 − 0）= 97.62%" in text
    assert text.endswith("进度比不低于 90%（无节点目标）：正常。")


def test_a_known_baseline_is_named_and_milestones_are_not_called_a_guess():
    text = explain(judged(terms(baseline=10, milestones=MILESTONE), 52), "家")
    assert "基数 10 家" in text and "未知" not in text
    assert "按节点目标应达" in text and "直线" not in text
    assert "（52 − 10）÷（60 − 10）" in text


def test_an_annual_sum_shows_its_three_parts():
    figures = [
        Reported(Quarter(2024, 3), Decimal("2.5")),
        Reported(Quarter(2024, 4), Decimal(4)),
        Reported(Quarter(2025, 3), Decimal(3)),
    ]
    text = explain(judged(terms("annual", "5", decimals=2), figures=figures), "亿元")
    assert "合计 4.50 亿元 = 今年以来 3.00 + 上年全年 4.00 − 上年同期 2.50" in text


def test_a_derived_value_achieves_in_words():
    text = explain(published(terms(target="3000"), 3509, qualifier="derived"), "项", published=True)
    assert "推算 3,509 项" in text and "推算值达到目标" in text


def test_a_lower_bound_that_proves_nothing_is_written_as_at_least():
    text = explain(published(terms(), 50, qualifier="at-least"), "家", published=True)
    assert "至少 50 家" in text and "不能证明" in text


def test_stale_data_names_its_age_and_the_state_it_would_have():
    text = explain(judged(terms(), 36, at=Quarter(2025, 1)), "家")
    assert "早 2 个季度：数据过期" in text
    assert "若未过期" in text and text.endswith("：正常。")


def test_a_question_after_the_term_says_for_which_quarter_it_is_answered():
    text = explain(judged(terms(), 59, Quarter(2026, 3)), "家")
    assert "期限（2026 年 8 月 15 日）在季度中间，按 2026 年第三季度末的数评判" in text
    later = judge(terms(), [], NOT_ASKED, Quarter(2027, 1), date(2027, 5, 1))
    assert explain(later).startswith("期限已过，按 2026 年第三季度回答。")


def test_the_pace_that_is_still_needed_is_held_against_what_came_lately():
    figures = [Reported(Quarter(2024, 3), Decimal(20)), Reported(ASKED, Decimal(40))]
    text = explain(judged(terms(), figures=figures), "家")
    assert "余下 4 个季度每季需 5 家，为近四个季度平均（5 家）的 1.0 倍" in text


def test_a_joint_pledge_says_what_is_known_of_the_sum_and_who_is_missing():
    text = explain_joint(joint([41, None]), "家", NAMES)
    assert "有数的园区（1/2）合计 ≥ 41 家" in text
    assert "缺数：B" in text and "合计不全" in text


def test_a_joint_pledge_with_every_value_shows_its_arithmetic():
    text = explain_joint(joint([41, 50], pledge=100), "家", NAMES)
    assert "2 个园区合计 91 家" in text
    assert "（91 − 0）÷（200 − 0）= 45.50%" in text and "按直线估计" in text


def test_a_joint_pledge_says_that_only_some_baselines_are_known():
    parts = [
        Part("a", judged(terms(baseline=10), 41), Decimal(100)),
        Part("b", judged(terms(), 50), Decimal(100)),
    ]
    text = explain_joint(judge_joint(terms(target="200"), parts, ASKED, KNOWN_ON), "家", NAMES)
    assert "已知的基数合计 10 家，其余未知，按 0 计" in text
    assert "（91 − 10）÷（200 − 10）" in text


def test_a_joint_pledge_that_nobody_has_reported_on_has_no_sum():
    text = explain_joint(joint([None, None]), "家", NAMES)
    assert "都还没有可合计的数" in text and "≥ 0" not in text
