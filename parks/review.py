"""What waits for a reviewer, in the order it came, and the decisions that are taken on what was read.

A decision carries what the reviewer's page showed: the version, and the figures themselves. Where a report is not as it
was read, nothing is decided.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AbstractUser
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.utils.translation import gettext as _

from changchun_innovation.shared.params import day_of
from changchun_innovation.shared.publishing import publishing_lock
from changchun_innovation.shared.quarters import Quarter
from parks import access, workflow
from parks.as_read import AsRead
from parks.contacts import written_name
from parks.facts import ParkFacts
from parks.ledger import Ledger
from parks.models import Evidence, QuarterlyReport, ReportEvent, Status, Verb
from parks.refusals import StaleVersion, TransitionError
from parks.sheet import Line, Sheet, sheet, sheet_in, stored_of


@dataclass(frozen=True)
class WaitingReport:
    """A submitted report in the queue: who sent it, since when it waits, and what there is to look at."""

    pk: int
    version: int
    revision: int
    sheet: Sheet
    submitted_by: str
    submitted_at: datetime
    days_waiting: int
    hands: frozenset[int]
    evidence: int
    was_returned: bool

    @property
    def park(self) -> ParkFacts:
        return self.sheet.facts.park

    @property
    def quarter(self) -> Quarter:
        return self.sheet.quarter

    @property
    def is_correction(self) -> bool:
        return self.revision > 1

    @property
    def changed(self) -> tuple[Line, ...]:
        """Lines that say something else than what was approved last."""
        return tuple(line for line in self.sheet.lines if line.differs_from_approved)

    @property
    def doubtful(self) -> tuple[Line, ...]:
        return tuple(line for line in self.sheet.lines if line.doubts)

    @property
    def unexplained(self) -> int:
        return len(self.sheet.unexplained)

    @property
    def is_plain(self) -> bool:
        """Whether it may be approved together with others: nothing odd in it, and no question of a reviewer open."""
        return not self.was_returned and not _why_not_plain(self.sheet)


def waiting_reports(ledger: Ledger) -> tuple[WaitingReport, ...]:
    """Every report that waits, the longest waiting first. At most eight queries however many they are."""
    reports = list(
        QuarterlyReport.objects.filter(status=Status.SUBMITTED, park__in=[park.pk for park in ledger.parks])
        .select_related("submitted_by")
        .prefetch_related("authors")
        .order_by(*IN_ORDER)
    )
    stored = stored_of(reports)
    pks = [report.pk for report in reports]
    files = Evidence.objects.filter(report__in=pks).order_by().values_list("report").annotate(Count("pk"))
    evidence = dict(files)
    returned = set(
        ReportEvent.objects.filter(report__in=pks, verb=Verb.RETURNED).values_list("report", flat=True)
    )
    return tuple(
        WaitingReport(
            pk=report.pk,
            version=report.version,
            revision=report.revision,
            sheet=sheet_in(ledger, report.park_id, report.quarter, stored[report.pk]),
            submitted_by=written_name(report.submitted_by),
            submitted_at=report.submitted_at,
            days_waiting=(ledger.known_on - day_of(report.submitted_at)).days,
            hands=frozenset({report.submitted_by_id, *(author.pk for author in report.authors.all())}),
            evidence=evidence.get(report.pk, 0),
            was_returned=report.pk in returned,
        )
        for report in reports
    )


# --- one after the other -------------------------------------------------------------------------------------
IN_ORDER = ("submitted_at", "pk")


@dataclass(frozen=True)
class Place:
    """Where a report stands among those that a person may decide; `number` is None where it does not wait."""

    number: int | None
    total: int
    before: QuarterlyReport | None
    after: QuarterlyReport | None


def place_of(report: QuarterlyReport, user: AbstractUser) -> Place:
    """The neighbours of a report in the queue; after the last one comes the first. One query."""
    mine = QuarterlyReport.objects.filter(status=Status.SUBMITTED).exclude(submitted_by=user)
    waiting = list(mine.exclude(authors=user).select_related("park").order_by(*IN_ORDER))
    key = (report.submitted_at, report.pk)
    earlier = [each for each in waiting if report.submitted_at and (each.submitted_at, each.pk) < key]
    later = [each for each in waiting if each not in earlier and each.pk != report.pk]
    number = len(earlier) + 1 if report in waiting else None
    return Place(
        number=number,
        total=len(waiting),
        before=earlier[-1] if earlier else None,
        after=(later or earlier or [None])[0],
    )


# --- decisions -----------------------------------------------------------------------------------------------
def approve_read(
    *, report: QuarterlyReport, version: int, read: AsRead | None, by: AbstractUser, at: datetime
) -> QuarterlyReport:
    """Approve a report as it was read. Raises StaleVersion where a figure, a file or a doubt is new.

    Without `read` (None) the version alone says what was read.
    """
    with publishing_lock():
        after = workflow.approve(report=report, version=version, by=by, at=at)
        if read is None:
            return after
        page = sheet(after.park, after.quarter, after, day_of(at))
        now = AsRead.of(after, page.lines)
        if differing := tuple(read.differences(now)):
            raise StaleVersion(_("这份季报与您看到的不同，没有审定，请核对后再试。"), differing)
        if odd := read.new_doubts(now):
            raise StaleVersion(_("您打开本页以后，又有数字显得反常，没有审定，请核对后再试。"), odd)
        return after


@dataclass(frozen=True)
class Decision:
    """What became of one report that was ticked; `refused` says why it was not approved, empty where it was."""

    report: QuarterlyReport
    refused: str = ""


def approve_selected(*, chosen: Sequence[tuple[int, int]], by: AbstractUser, at: datetime) -> list[Decision]:
    """Approve reports without doubts, each for itself. `chosen`: id and version of each, as the page showed them.

    Each is a transaction and an event of its own: those that are refused do not keep the others.
    """
    if not access.may_review(by):
        raise PermissionDenied
    wanted = dict(chosen)
    reports = access.reports_read_by(by).filter(pk__in=wanted).select_related("park").order_by(*IN_ORDER)
    decisions = []
    for report in reports:
        try:
            after = _approve_plain(report, wanted[report.pk], by, at)
        except TransitionError as refused:
            decisions.append(Decision(report, refused.message))
        except PermissionDenied as refused:
            decisions.append(Decision(report, str(refused) or _("您不能审核它。")))
        else:
            decisions.append(Decision(after))
    return decisions


def _approve_plain(report: QuarterlyReport, version: int, by: AbstractUser, at: datetime) -> QuarterlyReport:
    with publishing_lock():
        after = workflow.approve(report=report, version=version, by=by, at=at)
        if after.events.filter(verb=Verb.RETURNED).exists():
            raise TransitionError(_("曾经退回过，请打开它，对照意见审核。"))
        if why := _why_not_plain(sheet(after.park, after.quarter, after, day_of(at))):
            raise TransitionError(why)
        return after


def _why_not_plain(page: Sheet) -> str:
    """Why a report is looked at alone, in words; empty where nothing in it is odd."""
    odd = [line for line in page.lines if line.doubts] or page.impossible
    if not odd:
        return ""
    return _("有数字反常（%(names)s），请打开它逐项审核。") % {
        "names": "、".join(line.pledge.indicator.name for line in odd)
    }
