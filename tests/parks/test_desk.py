"""What lies on whose desk, in which order, and what stands beside the fields of a quarter."""

import re
from datetime import date

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from changchun_innovation.models import Preference
from changchun_innovation.shared.quarters import Quarter
from parks import workflow
from parks.desk import Need, managers_desk, reviewers_desk
from parks.entry import Entry
from parks.models import DeadlineExtension, Park
from parks.sheet import current_report, sheet
from tests.factories import (
    approved_report,
    make_commitment,
    make_park,
    make_report,
    make_user,
    moment,
    submitted_report,
)

pytestmark = pytest.mark.django_db

TODAY = date(2026, 1, 5)


def q(text: str) -> Quarter:
    return Quarter.parse(text)


def _desk(park):
    return managers_desk(Park.objects.filter(pk=park.pk), TODAY)


@pytest.fixture
def park():
    return make_park(reports_from="2024-Q1")


@pytest.fixture
def firms(park):
    return make_commitment(park=park, value=40)


def test_a_managers_desk_begins_with_what_is_overdue_and_ends_with_what_is_settled(park, firms):
    reviewer = make_user(role="reviewer")
    approved_report(park=park, quarter="2024-Q1", figures={firms: 1})
    approved_report(park=park, quarter="2024-Q2", figures={firms: 2})
    submitted_report(park=park, quarter="2024-Q3", figures={firms: 3})
    make_report(park=park, quarter="2023-Q4", figures={firms: 1})
    returned = submitted_report(park=park, quarter="2024-Q4", figures={firms: 3})
    workflow.return_report(
        report=returned, version=returned.version, reason="请核对", by=reviewer, at=moment(date(2025, 1, 9))
    )
    make_report(park=park, quarter="2025-Q2", figures={firms: 4})

    rows = _desk(park).rows
    assert [(str(row.quarter), row.need) for row in rows] == [
        ("2025-Q1", Need.OVERDUE),
        ("2025-Q2", Need.OVERDUE),
        ("2025-Q3", Need.OVERDUE),
        ("2025-Q4", Need.DUE),
        ("2024-Q4", Need.RETURNED),
        ("2023-Q4", Need.DRAFT),
        ("2024-Q3", Need.SUBMITTED),
        ("2024-Q2", Need.APPROVED),
        ("2024-Q1", Need.APPROVED),
    ]
    due = rows[3]
    assert (due.report_pk, due.facts.due_on, due.days_left) == (None, date(2026, 1, 15), 10)
    assert rows[4].returned_because == "请核对"


def test_a_park_that_was_not_asked_has_nothing_due_or_overdue():
    park = make_park()
    make_commitment(park=park)
    desk = _desk(park)
    assert desk.rows == ()
    assert [each.code for each in desk.not_asked] == [park.code]
    assert desk.earlier[0][1][0] == q("2023-Q3")


def test_an_extension_keeps_a_quarter_from_being_overdue(park, firms):
    DeadlineExtension.objects.create(
        park=park, quarter=q("2025-Q3"), due_on=date(2026, 2, 1), known_from=date(2025, 10, 10), reason="换人"
    )
    needs = {str(row.quarter): row.need for row in _desk(park).rows}
    assert (needs["2025-Q2"], needs["2025-Q3"]) == (Need.OVERDUE, Need.DUE)


def test_a_correction_that_was_returned_lies_on_the_desk_although_its_quarter_is_approved(park, firms):
    reviewer = make_user(role="reviewer")
    manager = make_user(role="park manager", parks=[park])
    approved_report(park=park, quarter="2025-Q3", figures={firms: 4})
    at = moment(date(2025, 12, 1))
    again = workflow.reopen(park=park, quarter=q("2025-Q3"), reason="漏报", by=reviewer, at=at)
    assert next(row for row in _desk(park).rows if row.quarter == q("2025-Q3")).need == Need.DRAFT
    again = workflow.submit(report=again, version=again.version, by=manager, at=at)
    workflow.return_report(report=again, version=again.version, reason="仍不对", by=reviewer, at=at)
    row = next(row for row in _desk(park).rows if row.quarter == q("2025-Q3"))
    assert (row.need, row.is_correction, row.facts.overdue) == (Need.RETURNED, True, False)


def test_a_reviewer_sees_the_longest_waiting_report_first_and_what_is_overdue():
    parks = [make_park(reports_from="2025-Q3") for _ in range(3)]
    for each, day in zip(parks, (12, 8, 10), strict=True):
        firms = make_commitment(park=each)
        submitted_report(park=each, quarter="2025-Q3", figures={firms: 1}, at=moment(date(2025, 10, day)))
    silent = make_park(reports_from="2025-Q3")
    make_commitment(park=silent)
    desk = reviewers_desk(TODAY)
    assert [row.park.code for row in desk.queue] == [parks[1].code, parks[2].code, parks[0].code]
    assert [(row.park.code, str(row.quarter)) for row in desk.overdue] == [(silent.code, "2025-Q3")]


def test_the_desks_cost_the_same_queries_with_many_reports_as_with_one(park, firms):
    approved_report(park=park, quarter="2024-Q1", figures={firms: 1})
    returned = submitted_report(park=park, quarter="2024-Q2", figures={firms: 1})
    at = moment(date(2024, 7, 20))
    workflow.return_report(
        report=returned, version=returned.version, reason="x", by=make_user(role="reviewer"), at=at
    )

    def cost():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            _desk(park)
            reviewers_desk(TODAY)
        return len(queries)

    few = cost()
    for each in (park, make_park(reports_from="2024-Q1"), make_park(reports_from="2024-Q1")):
        commitment = firms if each == park else make_commitment(park=each)
        for quarter in ("2024-Q3", "2024-Q4", "2025-Q1"):
            approved_report(park=each, quarter=quarter, figures={commitment: 1})
    assert cost() == few


# --- the sheet -----------------------------------------------------------------------------------------------
def _sheet(park, quarter: str, on=TODAY):
    return sheet(park, q(quarter), current_report(park, q(quarter)), on)


def test_beside_a_field_stand_the_pledge_the_last_approved_value_and_what_the_line_expects(park, firms):
    approved_report(park=park, quarter="2025-Q1", figures={firms: 20})
    submitted_report(park=park, quarter="2025-Q2", figures={firms: 99})
    (line,) = _sheet(park, "2025-Q3").lines
    assert (line.last.quarter, line.last.value) == (q("2025-Q1"), 20)
    assert line.pledge.terms.target == 40
    # 777 of the 1096 days from 15 August 2023 to 15 August 2026 are over: 40 · 777/1096 = 28.36.
    assert (line.expected, line.by_line) == (28, True)


def test_the_park_is_asked_for_a_baseline_while_none_is_known_and_never_of_a_running_total(park, firms):
    make_commitment(park=park, kind="cumulative")
    make_commitment(park=park, kind="stock", baseline=5)
    assert [line.asks_baseline for line in _sheet(park, "2025-Q3").lines] == [True, False, False]
    approved_report(park=park, quarter="2025-Q2", figures={firms: 9}, baselines={firms: 6})
    assert not any(line.asks_baseline for line in _sheet(park, "2025-Q3").lines)


def test_a_correction_shows_what_it_changes(park, firms):
    other = make_commitment(park=park, kind="cumulative")
    manager = make_user(role="park manager", parks=[park])
    approved_report(park=park, quarter="2025-Q3", figures={firms: 12, other: 3}, by=manager)
    at = moment(date(2025, 12, 1))
    again = workflow.reopen(
        park=park, quarter=q("2025-Q3"), reason="漏报", by=make_user(role="reviewer"), at=at
    )
    workflow.save_figures(
        report=again, entries={firms.pk: Entry(value=15)}, version=again.version, by=manager, at=at
    )
    page = _sheet(park, "2025-Q3")
    assert page.replaced_revision == 1
    assert [(line.pk, line.replaced.value, line.entry.value) for line in page.changed] == [(firms.pk, 12, 15)]


def test_an_annual_total_may_start_again_in_january(park):
    revenue = make_commitment(park=park, kind="annual", decimals=2)
    approved_report(park=park, quarter="2024-Q4", figures={revenue: "9.5"})
    make_report(park=park, quarter="2025-Q1", figures={revenue: "2.25"})
    (line,) = _sheet(park, "2025-Q1").lines
    assert (line.doubts, line.change) == ((), None)


# --- due days, returns, whom to ask, as the pages show them ----------------------------------------------------
@pytest.fixture
def in_october(today):
    """Ten in the morning of 9 October 2025: the third quarter is due in six days."""
    today.move_to(moment(date(2025, 10, 9)))


def _index(client, user) -> str:
    client.force_login(user)
    return " ".join(client.get(reverse("admin:index")).content.decode().split())


def test_a_managers_desk_says_in_how_many_days_a_report_closes_and_since_when_another_is_overdue(
    client, in_october
):
    park = make_park(reports_from="2025-Q2")
    make_commitment(park=park)
    page = _index(client, make_user(role="park manager", parks=[park]))
    assert "<b>还有 6 天截止</b>" in page and "<b>已逾期 86 天</b>" in page
    assert page.index("已逾期 86 天") < page.index("还有 6 天截止")


def test_a_later_due_day_and_its_reason_stand_on_the_managers_desk(client, in_october):
    park = make_park(reports_from="2025-Q2")
    make_commitment(park=park)
    reviewer = make_user(role="reviewer")
    desk = _index(client, reviewer)
    form = f"{reverse('admin:parks_deadlineextension_add')}?park={park.pk}&amp;quarter=2025-Q2"
    assert form in desk
    page = client.get(form.replace("&amp;", "&")).content.decode()
    assert f'<option value="{park.pk}" selected>' in page and 'value="2025-Q2"' in page
    sent = {"park": park.pk, "quarter": "2025-Q2", "due_on": "2025-10-20", "reason": "系统故障"}
    answer = client.post(form.replace("&amp;", "&"), sent)
    assert answer.headers["Location"] == reverse("admin:index")
    row = DeadlineExtension.objects.get()
    assert (row.entered_by, row.known_from, row.reason) == (reviewer, date(2025, 10, 9), "系统故障")
    page = _index(client, make_user(role="park manager", parks=[park]))
    assert "<b>还有 11 天截止</b> <span>延期至 2025 年 10 月 20 日（系统故障）</span>" in page
    assert "已逾期" not in page


@pytest.mark.parametrize(("due_on", "taken"), [("2025-07-15", False), ("2025-07-16", True)])
def test_an_extension_to_a_day_before_the_rules_own_is_refused(client, in_october, due_on, taken):
    client.force_login(make_user(role="reviewer"))
    sent = {"park": make_park().pk, "quarter": "2025-Q2", "due_on": due_on, "reason": "x"}
    answer = client.post(reverse("admin:parks_deadlineextension_add"), sent)
    assert (answer.status_code == 302) == taken == DeadlineExtension.objects.exists()
    assert taken or "按规定 2025 年 7 月 15 日 到期" in answer.content.decode()


def test_a_manager_reads_who_returned_a_report_why_and_how_many_figures_are_asked_about(client, in_october):
    park = make_park(reports_from="2025-Q2")
    firms = make_commitment(park=park)
    wang = make_user(role="reviewer", last_name="王", first_name="云")
    returned = submitted_report(park=park, quarter="2025-Q2", figures={firms: 3})
    workflow.return_report(
        report=returned,
        version=returned.version,
        reason="请核对口径",
        remarks={firms.pk: "上季度更多"},
        by=wang,
        at=moment(date(2025, 7, 20)),
    )
    page = _index(client, make_user(role="park manager", parks=[park]))
    assert "王云 退回：请核对口径" in page and "1 项指标另有意见" in page


def test_a_manager_reads_whom_to_ask_and_how_they_are_reached(client, park, firms):
    wang = make_user(role="reviewer", last_name="王", first_name="云", email="wang@example.cn")
    Preference.objects.create(user=wang, contact="0431-8877 6655")
    make_user(role="reviewer", last_name="无", first_name="名")
    make_user(role="analyst", last_name="分", first_name="析", email="analyst@example.cn")
    page = _index(client, make_user(role="park manager", parks=[park]))
    assert "王云 0431-8877 6655" in page and 'href="mailto:wang@example.cn"' in page
    assert "无名" not in page and "analyst@example.cn" not in page


@pytest.mark.parametrize(
    ("status", "words", "current"),
    [
        ("", ["尚未填报", "待审核（尚未到）", "已审定（尚未到）"], 0),
        ("draft", ["草稿", "待审核（尚未到）", "已审定（尚未到）"], 0),
        ("submitted", ["草稿（已完成）", "待审核", "已审定（尚未到）"], 1),
        ("returned", ["草稿（已完成）", "已退回，待修改", "已审定（尚未到）"], 1),
        ("approved", ["草稿（已完成）", "待审核（已完成）", "已审定"], 2),
        ("discarded", ["已废弃"], 0),
    ],
)
def test_the_stepper_says_in_words_how_far_a_report_is(status, words, current):
    page = render_to_string("admin/parks/quarterlyreport/_stepper.html", {"status": status})
    steps = re.findall(r"<li class=\"[^\"]*\"( aria-current=\"step\")?>(.*?)</li>", page)
    told = [
        re.sub(r"<span class=\"mark\" aria-hidden=\"true\">.</span>|<[^>]+>", "", step) for _, step in steps
    ]
    assert told == words
    assert [bool(marked) for marked, _ in steps] == [number == current for number in range(len(words))]
