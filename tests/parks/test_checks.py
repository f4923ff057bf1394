"""What a report may not say at all, and what it may say with a line of reason."""

from dataclasses import replace
from datetime import date

import pytest

from changchun_innovation.shared.quarters import Quarter
from parks import workflow
from parks.checks import Unusual, grade_lines
from parks.entry import Entry, Typed
from parks.models import Status
from parks.sheet import current_report, sheet
from tests.factories import (
    approved_report,
    make_commitment,
    make_indicator,
    make_park,
    make_report,
    make_user,
    moment,
)

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)
Q = Quarter(2025, 3)


@pytest.fixture
def park():
    return make_park(reports_from="2024-Q1")


def lines(park, quarter=Q):
    return sheet(park, quarter, current_report(park, quarter), TODAY).lines


def told(park, quarter=Q) -> list[set[str]]:
    return [{doubt.code for doubt in line.doubts} for line in lines(park, quarter)]


def approve_in_turn(park, commitment, *values, last=Q - 1):
    for back, value in enumerate(reversed(values)):
        approved_report(park=park, quarter=last - back, figures={commitment: value})


def test_a_running_total_that_falls_is_asked_about(park):
    total = make_commitment(park=park, kind="cumulative")
    approved_report(park=park, quarter=Q - 1, figures={total: 30})
    make_report(park=park, quarter=Q, figures={total: 29})
    assert told(park) == [{Unusual.FELL}]
    assert "2025 年第二季度" in lines(park)[0].doubts[0].text


def test_a_level_may_fall_as_levels_do(park):
    firms = make_commitment(park=park, kind="stock")
    approve_in_turn(park, firms, 30, 32, 31)
    make_report(park=park, quarter=Q, figures={firms: 29})
    assert told(park) == [set()]


def test_a_year_to_date_below_last_quarters_is_asked_about_and_may_start_again_in_january(park):
    revenue = make_commitment(park=park, kind="annual", decimals=2)
    approved_report(park=park, quarter="2024-Q4", figures={revenue: "9.5"})
    make_report(park=park, quarter="2025-Q1", figures={revenue: "2.25"})
    assert told(park, Quarter(2025, 1)) == [set()] and lines(park, Quarter(2025, 1))[0].change is None
    approved_report(park=park, quarter="2025-Q2", figures={revenue: "5"})
    make_report(park=park, quarter="2025-Q3", figures={revenue: "4.99"})
    assert told(park) == [{Unusual.FELL}]


@pytest.mark.parametrize(
    ("value", "is_unusual"), [(46, False), (47, True), (34, False), (33, True), (40, False)]
)
def test_a_step_beyond_three_times_the_usual_one_is_asked_about(park, value, is_unusual):
    firms = make_commitment(park=park, kind="stock")
    approve_in_turn(park, firms, 34, 36, 38, 40)
    make_report(park=park, quarter=Q, figures={firms: value})
    assert told(park) == [{Unusual.JUMPED} if is_unusual else set()]


def test_after_quarters_without_change_two_more_are_no_news_and_three_are(park):
    firms = make_commitment(park=park, kind="stock")
    approve_in_turn(park, firms, 7, 7, 7)
    for value, expected in ((9, set()), (10, {Unusual.JUMPED})):
        report = make_report(park=park, quarter=Q, figures={firms: value})
        assert told(park) == [expected]
        report.delete()


def test_what_a_quarter_added_to_its_year_is_compared_and_not_the_year_to_date(park):
    revenue = make_commitment(park=park, kind="annual", decimals=2)
    for quarter, value in (("2024-Q3", 6), ("2024-Q4", 8), ("2025-Q1", 2), ("2025-Q2", 4)):
        approved_report(park=park, quarter=quarter, figures={revenue: value})
    for value, expected in (("10", set()), ("10.01", {Unusual.JUMPED})):
        report = make_report(park=park, quarter=Q, figures={revenue: value})
        assert told(park) == [expected]
        report.delete()


def test_with_little_history_ten_times_the_last_figure_is_asked_about(park):
    firms = make_commitment(park=park, kind="stock", value=5000)
    approved_report(park=park, quarter=Q - 1, figures={firms: 12})
    for value, expected in ((119, set()), (120, {Unusual.TENFOLD})):
        report = make_report(park=park, quarter=Q, figures={firms: value})
        assert told(park) == [expected]
        report.delete()


def test_ten_times_the_pledge_is_asked_about_and_a_blank_a_zero_and_a_rate_are_not(park):
    firms = make_commitment(park=park, kind="stock", value=40)
    growth = make_commitment(park=park, kind="rate", decimals=1, value=5)
    make_report(park=park, quarter=Q, figures={firms: 400, growth: 90})
    assert told(park) == [{Unusual.BEYOND_THE_PLEDGE}, set()]
    make_report(park=park, quarter=Q - 1, figures={firms: 0, growth: 0})
    assert told(park, Q - 1) == [set(), set()]


# --- a line of reason ----------------------------------------------------------------------------------------
def test_an_unusual_figure_is_kept_in_the_draft_and_submitted_only_with_a_line_of_reason(park):
    total = make_commitment(park=park, kind="cumulative")
    manager = make_user(role="park manager", parks=[park])
    approved_report(park=park, quarter=Q - 1, figures={total: 30})
    report = make_report(park=park, quarter=Q, figures={total: 29}, explanation="", by=manager)
    told_at = {"by": manager, "at": moment(date(2025, 10, 9))}
    with pytest.raises(workflow.UnexplainedFigures) as refused:
        workflow.submit(report=report, version=report.version, **told_at)
    assert refused.value.commitments == (total.pk,)
    entry = replace(Entry.of(report.figures.get()), explanation="一个项目重复计算，已剔除")
    report = workflow.save_figures(
        report=report, entries={total.pk: entry}, version=report.version, **told_at
    )
    assert workflow.submit(report=report, version=report.version, **told_at).status == Status.SUBMITTED


# --- a part and its whole ------------------------------------------------------------------------------------
@pytest.fixture
def part_and_whole(park):
    whole = make_commitment(park=park, indicator=make_indicator())
    part = make_commitment(park=park, indicator=make_indicator(), part_of=whole.indicator)
    return part, whole


@pytest.mark.parametrize(("small", "large", "stands"), [("6", "5", False), ("5", "5", True), ("6", "", True)])
def test_a_part_that_is_larger_than_its_whole_is_refused_beside_both(
    park, part_and_whole, small, large, stands
):
    part, whole = part_and_whole
    graded = grade_lines(lines(park), {part.pk: Typed(value=small), whole.pk: Typed(value=large)})
    assert all((each.entry is not None) is stands for each in graded.values())
    assert [("大于" in each.errors.get("value", "")) for each in graded.values()] == [not stands] * 2


def test_a_part_is_held_against_the_whole_that_was_saved_before(park, part_and_whole):
    part, whole = part_and_whole
    make_report(park=park, quarter=Q, figures={part: 1, whole: 5})
    graded = grade_lines(lines(park), {part.pk: Typed(value="6")})
    assert graded[part.pk].entry is None and "大于" in graded[part.pk].errors["value"]


def test_a_report_with_an_impossible_pair_is_not_submitted_however_it_was_saved(park, part_and_whole):
    part, whole = part_and_whole
    manager = make_user(role="park manager", parks=[park])
    report = make_report(park=park, quarter=Q, figures={part: 6, whole: 5}, by=manager)
    with pytest.raises(workflow.ImpossibleFigures) as refused:
        workflow.submit(report=report, version=report.version, by=manager, at=moment(date(2025, 10, 9)))
    assert refused.value.commitments == (part.pk,)


# --- not applicable ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("words", ["不适用", " N/A ", "n/a", "Ｎ／Ａ", "not applicable"])
def test_not_applicable_written_for_a_number_is_the_same_choice_and_needs_its_reason(park, words):
    firms = make_commitment(park=park)
    (graded,) = grade_lines(lines(park), {firms.pk: Typed(value=words)}).values()
    assert set(graded.errors) == {"not_applicable_reason"}
    typed = Typed(value=words, not_applicable_reason="尚未开园")
    (graded,) = grade_lines(lines(park), {firms.pk: typed}).values()
    assert graded.entry == Entry(None, True, "尚未开园")
