"""What waits on whose desk: a manager's quarters by need, a reviewer's queue, and what is overdue."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum

from django.db.models import Count, QuerySet
from django.utils.translation import gettext_lazy as _

from changchun_innovation.shared.append_only import latest_by
from changchun_innovation.shared.progress import Standing
from changchun_innovation.shared.quarters import Quarter
from parks.contacts import Contact, reviewers_to_ask, written_name
from parks.desk_of_promises import (
    PromiseRow,
    open_replies_of,
    promise_rows,
    waiting_proposals,
    waiting_replies,
)
from parks.ledger import Ledger, ParkFacts, ReportFacts
from parks.models import (
    DeadlineExtension,
    MilestoneProposal,
    Park,
    QuarterlyReport,
    Reply,
    ReportEvent,
    Status,
    Verb,
)
from parks.review import WaitingReport, waiting_reports


class Need(IntEnum):
    """How a quarter's report stands on the desk; what needs a person first comes first."""

    OVERDUE = 0
    DUE = 1
    RETURNED = 2
    DRAFT = 3
    SUBMITTED = 4
    APPROVED = 5


NEED_WORDS = {
    Need.OVERDUE: _("逾期未报"),
    Need.DUE: _("待填报"),
    Need.RETURNED: _("退回修改"),
    Need.DRAFT: _("草稿"),
    Need.SUBMITTED: _("待审核"),
    Need.APPROVED: _("已审定"),
}


@dataclass(frozen=True)
class DeskRow:
    """One park and quarter on the desk; `status` is that of its latest revision, empty where nothing was begun."""

    facts: ReportFacts
    need: Need
    days_left: int
    report_pk: int | None
    revision: int | None
    submitted_by: str
    submitted_by_pk: int | None
    submitted_at: datetime | None
    approved_at: datetime | None
    returned_because: str
    returned_by: str = ""
    remarks: int = 0
    extended_because: str = ""
    status: str = ""

    @property
    def park(self) -> ParkFacts:
        return self.facts.park

    @property
    def quarter(self) -> Quarter:
        return self.facts.quarter

    @property
    def word(self) -> str:
        return NEED_WORDS[self.need]

    @property
    def is_correction(self) -> bool:
        """Whether this is a further revision of an approved report."""
        return (self.revision or 1) > 1

    @property
    def days_over(self) -> int:
        return -self.days_left

    @property
    def shows_deadline(self) -> bool:
        """Whether the due day still says something: not once a report is in, and not for what was never asked."""
        return self.facts.expected and self.facts.standing not in (Standing.SUBMITTED, Standing.APPROVED)


@dataclass(frozen=True)
class ManagersDesk:
    """The quarters of a manager's parks: what needs them, what is settled, and which more they may enter."""

    parks: tuple[ParkFacts, ...]
    rows: tuple[DeskRow, ...]
    earlier: tuple[tuple[ParkFacts, tuple[Quarter, ...]], ...]
    promises: tuple[PromiseRow, ...]
    replies: tuple[Reply, ...]
    reviewers: tuple[Contact, ...]

    @property
    def proposals(self) -> tuple[PromiseRow, ...]:
        """Promises with a proposal that waits for its decision."""
        return tuple(row for row in self.promises if row.proposal)

    @property
    def open(self) -> tuple[DeskRow, ...]:
        return tuple(row for row in self.rows if row.need != Need.APPROVED)

    @property
    def approved(self) -> tuple[DeskRow, ...]:
        return tuple(row for row in self.rows if row.need == Need.APPROVED)

    @property
    def not_asked(self) -> tuple[ParkFacts, ...]:
        """Parks that nobody asked to report yet."""
        return tuple(park for park in self.parks if park.reports_from is None)


@dataclass(frozen=True)
class ReviewersDesk:
    """What was submitted, oldest first: reports, replies, proposals; what is overdue or due; what is in hand."""

    queue: tuple[WaitingReport, ...]
    overdue: tuple[DeskRow, ...]
    due: tuple[DeskRow, ...]
    in_hand: tuple[DeskRow, ...]
    replies: tuple[Reply, ...]
    proposals: tuple[MilestoneProposal, ...]

    @property
    def may_be_ticked(self) -> bool:
        """Whether any report may be approved together with others."""
        return any(row.is_plain for row in self.queue)


def managers_desk(parks: QuerySet[Park], today: date) -> ManagersDesk:
    ledger = Ledger.of(today, parks.values_list("code", flat=True))
    rows = desk_rows(ledger)
    taken = {(row.park.pk, row.quarter) for row in rows}
    earlier = tuple(
        (park, tuple(q for q in _quarters_of_term(ledger, park, today) if (park.pk, q) not in taken))
        for park in ledger.parks
    )
    return ManagersDesk(
        parks=ledger.parks,
        rows=tuple(sorted(rows, key=_by_need)),
        earlier=tuple(pair for pair in earlier if pair[1]),
        promises=promise_rows(ledger),
        replies=open_replies_of(ledger),
        reviewers=reviewers_to_ask(),
    )


def reviewers_desk(today: date) -> ReviewersDesk:
    ledger = Ledger.of(today)
    rows = desk_rows(ledger)
    return ReviewersDesk(
        queue=waiting_reports(ledger),
        overdue=tuple(
            sorted(
                (row for row in rows if row.facts.overdue), key=lambda row: (row.facts.due_on, row.park.order)
            )
        ),
        due=tuple(sorted((row for row in rows if row.need == Need.DUE), key=_by_need)),
        in_hand=tuple(
            sorted(
                (row for row in rows if row.need in (Need.RETURNED, Need.DRAFT) and not row.facts.overdue),
                key=_by_need,
            )
        ),
        replies=waiting_replies(),
        proposals=waiting_proposals(),
    )


def desk_rows(ledger: Ledger) -> list[DeskRow]:
    """One row per park and quarter that is expected or has a report; the same queries however many there are."""
    parks = {park.pk: park for park in ledger.parks}
    reports = _latest_revisions(parks)
    returns = _last_returns(reports.values())
    extensions = _extension_reasons(parks, ledger.known_on)
    keys = {(park.pk, quarter) for park in ledger.parks for quarter in ledger.expected_quarters(park)}
    rows = []
    for pk, quarter in sorted(keys | reports.keys()):
        report = reports.get((pk, quarter))
        facts = ledger.report(parks[pk], quarter)
        returned = returns.get(report.pk) if report else None
        rows.append(
            DeskRow(
                facts=facts,
                need=_need(facts, report),
                days_left=(facts.due_on - ledger.known_on).days,
                report_pk=report.pk if report else None,
                revision=report.revision if report else None,
                submitted_by=report.submitted_by.get_username() if report and report.submitted_by else "",
                submitted_by_pk=report.submitted_by_id if report else None,
                submitted_at=report.submitted_at if report else None,
                approved_at=report.approved_at if report else None,
                returned_because=returned.reason if returned else "",
                returned_by=written_name(returned.by) if returned else "",
                remarks=returned.number_of_remarks if returned else 0,
                extended_because=extensions.get((pk, quarter), "") if facts.extended else "",
                status=report.status if report else "",
            )
        )
    return rows


def _need(facts: ReportFacts, report: QuarterlyReport | None) -> Need:
    if report is None:
        return Need.OVERDUE if facts.overdue else Need.DUE
    if report.status == Status.DRAFT and facts.overdue:
        return Need.OVERDUE
    return Need[report.status.upper()]


def _by_need(row: DeskRow) -> tuple:
    # What is settled is looked up from the newest on; everything else is done from the oldest on.
    newest_first = row.need == Need.APPROVED
    step = row.quarter - Quarter(2000, 1)
    return (row.need, -step if newest_first else step, row.park.order, row.park.pk)


def _latest_revisions(parks: Iterable[int]) -> dict[tuple[int, Quarter], QuarterlyReport]:
    reports = (
        QuarterlyReport.objects.filter(park__in=list(parks))
        .exclude(status=Status.DISCARDED)
        .select_related("submitted_by")
        .order_by("revision")
    )
    return {(report.park_id, report.quarter): report for report in reports}


def _last_returns(reports: Iterable[QuarterlyReport]) -> dict[int, ReportEvent]:
    """The last return of each report that is returned now, with the number of remarks about single figures."""
    returned = [report.pk for report in reports if report.status == Status.RETURNED]
    events = ReportEvent.objects.filter(report__in=returned, verb=Verb.RETURNED).order_by("pk")
    events = events.select_related("by").annotate(number_of_remarks=Count("remarks"))
    return {event.report_id: event for event in events}


def _extension_reasons(parks: Iterable[int], known_on: date) -> dict[tuple[int, Quarter], str]:
    """Why the due day of a park and quarter was moved, by the row that counts."""
    rows = DeadlineExtension.objects.known_on(known_on).filter(park__in=list(parks))
    return {key: row.reason for key, row in latest_by(rows, "park_id", "quarter").items()}


def _quarters_of_term(ledger: Ledger, park: ParkFacts, today: date) -> list[Quarter]:
    """Closed quarters of the park's pledges, asked for or not."""
    pledges = ledger.pledges_of(park)
    if not pledges:
        return []
    first = Quarter.containing(min(pledge.terms.start_on for pledge in pledges))
    last = Quarter.last_closed(today)
    if due_on := ledger.last_due_on(park):
        last = min(last, Quarter.containing(due_on))
    return Quarter.range(first, last)
