"""What a reviewer asked about single figures when a report was returned, and what became of each since."""

from collections.abc import Mapping
from dataclasses import dataclass

from parks.as_read import AsRead, Difference
from parks.models import QuarterlyReport, Remark, ReportEvent, Verb


@dataclass(frozen=True)
class LastReturn:
    """The last return of a report: the step, the remarks by commitment id, and what changed since then.

    `changes` is None where nobody kept what the figures were when the report was returned.
    """

    event: ReportEvent
    remarks: Mapping[int, str]
    changes: Mapping[int, tuple[Difference, ...]] | None


def remarks_of(report: QuarterlyReport | None) -> dict[int, str]:
    """What was asked about single figures when the report was last returned, by commitment id. One query."""
    if report is None:
        return {}
    last = ReportEvent.objects.filter(report=report, verb=Verb.RETURNED).order_by("-pk").values("pk")[:1]
    return dict(Remark.objects.filter(event__in=last).values_list("commitment", "text"))


def last_return(report: QuarterlyReport, now: AsRead) -> LastReturn | None:
    """The last return of a report, held against how the report stands now; None where it was never returned."""
    event = report.events.filter(verb=Verb.RETURNED).select_related("by").prefetch_related("remarks").last()
    if event is None:
        return None
    remarks = {remark.commitment_id: remark.text for remark in event.remarks.all()}
    then = AsRead.from_plain(stood) if (stood := getattr(event, "stood", None)) else None
    return LastReturn(event, remarks, None if then is None else then.differences(now))
