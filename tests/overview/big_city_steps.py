"""Steps that change answers about a big city, each of another kind; they are taken one after the other."""

from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone

from changchun_innovation.shared.quarters import Quarter
from parks import workflow
from parks.models import DeadlineExtension, Milestone, Park, QuarterlyReport, ReportsFrom
from tests.big_city import INDICATORS
from tests.factories import (
    approved_report,
    change_terms,
    make_commitment,
    make_park,
    make_user,
    submitted_report,
)

BEFORE, LAST = Quarter(2026, 2), Quarter(2026, 3)


def _park(number: int) -> Park:
    return Park.objects.get(code=f"new-{number}")


def _report(number: int, quarter: Quarter, reached: int, make=approved_report) -> QuarterlyReport:
    return make(park=_park(number), quarter=quarter, figures=dict.fromkeys(INDICATORS, reached))


def _last(number: int) -> QuarterlyReport:
    return QuarterlyReport.objects.filter(park=_park(number)).latest("quarter", "revision")


def a_report_is_approved():
    _report(1, LAST, 9)


def a_level_falls():
    _report(2, BEFORE, 9)
    _report(2, LAST, 4)


def a_report_is_handed_in():
    _report(4, LAST, 6, make=submitted_report)


def a_report_is_returned():
    report = _report(5, LAST, 6, make=submitted_report)
    workflow.return_report(
        report=report,
        version=report.version,
        reason="请核对",
        by=make_user(role="reviewer"),
        at=timezone.now(),
    )


def a_report_is_withdrawn():
    report = _last(4)
    workflow.withdraw(report=report, by=report.submitted_by, at=timezone.now())


def a_figure_is_corrected():
    reviewer, manager = make_user(role="reviewer"), make_user(role="park manager", parks=[_park(1)])
    report = workflow.reopen(
        park=_park(1), quarter=LAST, reason="更正", by=reviewer, at=timezone.now() - timedelta(hours=3)
    )
    figure = report.figures.filter(value__isnull=False).first()
    figure.value, figure.explanation = Decimal(3), "已核实"
    figure.save()
    workflow.submit(report=report, version=report.version, by=manager, at=timezone.now() - timedelta(hours=2))
    report.refresh_from_db()
    workflow.approve(
        report=report,
        version=report.version,
        by=make_user(role="reviewer"),
        at=timezone.now() - timedelta(hours=1),
    )


def a_quarter_is_reopened():
    workflow.reopen(
        park=_park(2), quarter=LAST, reason="更正", by=make_user(role="reviewer"), at=timezone.now()
    )


def a_deadline_is_extended():
    DeadlineExtension.objects.create(
        park=_park(7), quarter=LAST, due_on=date(2026, 12, 20), reason="搬迁", known_from=timezone.localdate()
    )


def a_promise_is_changed():
    commitment = _park(6).commitments.first()
    change_terms(commitment=commitment, value=30, known_from=timezone.localdate())


def a_promise_is_made_anew():
    commitment = _park(8).commitments.first()
    due_on = commitment.terms.latest("pk").due_on
    change_terms(
        commitment=commitment,
        value=50,
        known_from=timezone.localdate(),
        start_on=due_on,
        due_on=due_on + timedelta(days=1000),
    )


def a_milestone_is_agreed():
    Milestone.objects.create(
        commitment=_park(9).commitments.first(),
        on=date(2026, 3, 31),
        value=5,
        reason="双方商定",
        known_from=timezone.localdate(),
    )


def a_park_is_asked_to_report_from_earlier_on():
    ReportsFrom.objects.create(
        park=_park(10), quarter=Quarter(2025, 1), reason="补报", known_from=timezone.localdate()
    )


def a_park_joins():
    park = make_park(
        code="joins", name_zh="新来的园区", name_en="Newcomer", reports_from="2026-Q2", order=999
    )
    make_commitment(park=park, kind="stock", value=40, baseline=0, start_on=date(2025, 1, 1))


def a_park_is_renamed_and_moved():
    park = _park(3)
    park.name_zh, park.order = "改名的园区", 1
    park.save()


STEPS = (
    a_report_is_approved,
    a_level_falls,
    a_report_is_handed_in,
    a_report_is_returned,
    a_report_is_withdrawn,
    a_figure_is_corrected,
    a_quarter_is_reopened,
    a_deadline_is_extended,
    a_promise_is_changed,
    a_promise_is_made_anew,
    a_milestone_is_agreed,
    a_park_is_asked_to_report_from_earlier_on,
    a_park_joins,
    a_park_is_renamed_and_moved,
)
