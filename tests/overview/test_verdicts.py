"""The books are closed: what became of every promise whose term is over."""

import csv
import io
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from changchun_innovation.overview.closing import Outcome, books
from targets.models import TargetTerms
from tests import reading_pages as page
from tests.factories import (
    approved_report,
    change_terms,
    make_commitment,
    make_indicator,
    make_joint_link,
    make_park,
    make_reading,
    make_source,
    make_target,
)

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)
TERM = {"start_on": date(2023, 8, 15), "due_on": date(2026, 8, 15)}


def pledged(kind="cumulative", value=10, figures=None, **more):
    """A park that pledged one thing and reported it in some quarters; answers it with its commitment."""
    park = make_park(reports_from=more.pop("reports_from", "2026-Q1"))
    indicator = make_indicator(kind=kind)
    commitment = make_commitment(park=park, indicator=indicator, value=value, **{**TERM, **more})
    for quarter, figure in (figures or {}).items():
        approved_report(park=park, quarter=quarter, figures={indicator.code: figure})
    return park, commitment


def outcomes(known_on=TODAY) -> dict[str, Outcome]:
    return {verdict.code: verdict.outcome for verdict in books(known_on).verdicts}


def test_a_kept_and_a_broken_promise_are_told_apart_by_their_last_figure():
    kept, _kept = pledged(figures={"2026-Q3": 12})
    broken, _broken = pledged(figures={"2026-Q3": 9})
    by_park = {code.split("/")[0]: outcome for code, outcome in outcomes().items()}
    assert by_park == {kept.code: Outcome.ACHIEVED, broken.code: Outcome.MISSED}


def test_a_promise_that_nobody_reported_on_never_says_missed(client):
    pledged()
    pledged(reports_from=None)
    make_target(value=100)
    assert set(outcomes().values()) == {Outcome.UNREPORTED}
    rows = [row for row in client.get("/verdicts/").content.decode().split("<tr") if "data-outcome" in row]
    assert len(rows) == 3
    assert all("没有期末数" in row and "未完成" not in row for row in rows)


def test_an_old_figure_does_not_say_how_the_term_ended():
    pledged("stock", figures={"2026-Q1": 12, "2026-Q2": 9})
    (verdict,) = books(date(2026, 10, 5)).verdicts
    assert verdict.outcome is Outcome.UNDECIDED
    assert any("说明不了期末" in remark for remark in verdict.remarks)


def test_before_the_due_quarter_has_closed_a_term_still_runs():
    pledged(figures={"2026-Q1": 12})
    before = books(date(2026, 9, 30))
    assert not before.verdicts and len(before.running) == 1
    assert [each.outcome for each in books(date(2026, 10, 1)).verdicts] == [Outcome.ACHIEVED]


def test_an_undated_promise_stands_apart_and_gets_no_verdict():
    pledged(due_on=None)
    closed = books(TODAY)
    assert not closed.verdicts and len(closed.undated) == 1


def test_a_target_reached_by_a_computed_value_or_a_lower_bound_says_so():
    derived, bound = make_indicator(), make_indicator()
    for indicator, qualifier in ((derived, "derived"), (bound, "more-than")):
        make_target(indicator=indicator, value=100)
        make_reading(indicator=indicator, value=120, period_end=date(2025, 12, 31), qualifier=qualifier)
    remarks = {verdict.indicator.code: verdict.remarks for verdict in books(TODAY).verdicts}
    assert "由推算值达到，并非直接公布" in remarks[derived.code]
    assert "只知下限，下限已达到目标" in remarks[bound.code]


def test_every_verdict_names_its_evidence_and_leads_to_it(client):
    park, commitment = pledged(figures={"2026-Q3": 12})
    indicator = make_indicator()
    make_target(indicator=indicator, value=100)
    make_reading(
        indicator=indicator, value=120, period_end=date(2025, 12, 31), source=make_source(code="yearbook")
    )
    response = client.get("/verdicts/")
    text = page.text(response)
    assert "2026 年第三季度季报第 1 版，2026 年 10 月 10 日审定" in text
    assert "/sources/yearbook/" in page.links(response)
    assert f"/parks/{park.code}/?quarter=2026-Q3#{commitment.indicator.code}" in page.links(response)


def test_a_term_that_was_followed_by_another_keeps_its_verdict_and_the_next_one_runs(client):
    park, commitment = pledged(figures={"2026-Q3": 12})
    change_terms(
        commitment=commitment,
        value=50,
        known_from=date(2026, 11, 1),
        start_on=date(2026, 8, 16),
        due_on=date(2029, 8, 15),
    )
    target = make_target(value=100)
    TargetTerms.objects.create(
        target=target,
        value=200,
        start_on=date(2026, 1, 1),
        due_on=date(2030, 12, 31),
        known_from=date(2026, 3, 1),
        source=make_source(),
    )
    closed = books(TODAY)
    assert [(each.group, int(each.terms.target)) for each in closed.verdicts] == [
        ("city", 100),
        ("parks", 10),
    ]
    assert sorted(int(each.terms.target) for each in closed.running) == [50, 200]
    assert (
        page.judged(client.get("/verdicts/"))[f"{park.code}/{commitment.indicator.code}"]["data-value"]
        == "12"
    )


def test_a_joint_pledge_names_the_parks_that_are_missing():
    indicator = make_indicator(kind="stock")
    target = make_target(indicator=indicator, scope="first-batch-parks", value=30, **TERM)
    make_joint_link(target=target, indicator=indicator)
    for name, value in (("东园", 12), ("西园", None)):
        park = make_park(name_zh=name, reports_from="2026-Q3")
        make_commitment(park=park, indicator=indicator, value=15, **TERM)
        if value:
            approved_report(park=park, quarter="2026-Q3", figures={indicator.code: value})
    joint = books(TODAY).verdicts[0]
    assert (joint.outcome, joint.value_words) == (Outcome.UNDECIDED, "≥ 12 家")
    assert "缺数：西园" in joint.remarks


def test_the_file_says_what_the_page_says(client, demo_data):
    response = client.get("/data/verdicts.csv")
    body = b"".join(response) if response.streaming else response.content
    rows = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))
    closed = books(TODAY)
    assert [row["outcome"] for row in rows] == [verdict.outcome for verdict in closed.verdicts]
    assert {row["outcome"] for row in rows} == set(Outcome)
    assert len(closed.verdicts) + len(closed.running) + len(closed.undated) == 14 + 29


def test_as_known_on_an_earlier_day_the_books_do_not_change():
    _park, commitment = pledged(figures={"2026-Q3": 12})
    change_terms(commitment=commitment, value=20, known_from=date(2026, 11, 1), **TERM)
    assert set(outcomes(date(2026, 10, 31)).values()) == {Outcome.ACHIEVED}
    assert set(outcomes().values()) == {Outcome.MISSED}


def test_more_parks_cost_no_further_question(client):
    pledged(figures={"2026-Q3": 12})

    def questions():
        with CaptureQueriesContext(connection) as asked:
            assert client.get("/verdicts/").status_code == 200
        return len(asked)

    one = questions()
    for _park in range(4):
        pledged(figures={"2026-Q3": 9})
    assert questions() == one


def test_nothing_is_over_before_the_first_term_ends(client, baseline):
    assert "还没有期满的承诺" in page.text(client.get("/verdicts/?as_of=2024-01-05"))
