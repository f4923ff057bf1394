"""What a reviewer asked about single figures when a report was returned, and what became of each since."""

from collections.abc import Mapping
from dataclasses import dataclass

from parks.as_read import AsRead, Difference
from parks.models import QuarterlyReport, Remark, ReportEvent, Verb


@dataclass(frozen=True)
class Happening:
    """One step in the life of a report as it is told: `remarks` are pairs of indicator and text.

    `reason` is empty where it only repeats the remarks.
    """

    event: ReportEvent
    reason: str
    remarks: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, event: ReportEvent) -> "Happening":
        remarks = tuple((str(each.commitment.indicator), each.text) for each in event.remarks.all())
        repeated = remarks and all(text in event.reason for _indicator, text in remarks)
        return cls(event, "" if repeated else event.reason, remarks)


def happenings(report: QuarterlyReport) -> list[Happening]:
    """Every step of a report, the latest first. At most four queries."""
    events = report.events.select_related("by").prefetch_related("remarks__commitment__indicator")
    return [Happening.of(event) for event in events.order_by("-pk")]


@dataclass(frozen=True)
class LastReturn:
    """The last return of a report: the step, the remarks by commitment id, and what changed since then.

    `changes` is None where nobody kept what the figures were when the report was returned.
    """

    event: ReportEvent
    reason: str
    remarks: Mapping[int, str]
    changes: Mapping[int, tuple[Difference, ...]] | None
    untouched: bool


def remarks_of(report: QuarterlyReport | None) -> dict[int, str]:
    """What was asked about single figures when the report was last returned, by commitment id. One query."""
    if report is None:
        return {}
    last = ReportEvent.objects.filter(report=report, verb=Verb.RETURNED).order_by("-pk").values("pk")[:1]
    return dict(Remark.objects.filter(event__in=last).values_list("commitment", "text"))


def last_return(report: QuarterlyReport, happened: list[Happening], now: AsRead) -> LastReturn | None:
    """The last return of a report, held against how the report stands now; None where it was never returned."""
    back = next((each for each in happened if each.event.verb == Verb.RETURNED), None)
    if back is None:
        return None
    then = AsRead.from_plain(back.event.stood) if back.event.stood else None
    return LastReturn(
        event=back.event,
        reason=back.reason,
        remarks={remark.commitment_id: remark.text for remark in back.event.remarks.all()},
        changes=None if then is None else then.differences(now),
        untouched=report.saved_at is None or report.saved_at <= back.event.at,
    )
