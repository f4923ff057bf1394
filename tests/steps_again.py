"""What parks reported, as rows without ids, and the same told once more through the workflow."""

from parks import workflow
from parks.as_read import AsRead
from parks.entry import Entry
from parks.models import Commitment, CommitmentTerms, Figure, QuarterlyReport, ReportEvent, Status, Verb
from parks.notices import nothing_announced

REPORT = (
    "park__code", "quarter", "revision", "status", "version", "origin", "created_at", "created_by__username",
    "submitted_at", "submitted_by__username", "approved_at", "approved_by__username", "saved_at",
    "saved_by__username", "authors__username",
)  # fmt: skip
EVENT = (
    "report__park__code", "report__quarter", "report__revision", "verb", "from_status", "to_status", "at",
    "by__username", "reason", "stood",
)  # fmt: skip
FIGURE = (
    "report__park__code", "report__quarter", "report__revision", "commitment__indicator__code",
    *Entry.__dataclass_fields__,
)  # fmt: skip
TERMS = (
    "commitment__park__code", "commitment__indicator__code", "comparator", "value", "start_on", "due_on", "baseline",
    "baseline_on", "source", "locator_zh", "locator_en", "known_from", "reason", "entered_by__username", "entered_at",
    "origin",
)  # fmt: skip


def rows(parks=None) -> dict[str, list]:
    """All that was reported, without ids; what stood at a return by indicator."""
    codes = dict(Commitment.objects.values_list("pk", "indicator__code"))
    of = {} if parks is None else {"park__in": parks}

    def under(name: str) -> dict:
        return {f"{name}__{key}": value for key, value in of.items()}

    def told(event: tuple) -> tuple:
        stood = event[-1] and AsRead.from_plain(event[-1]).entries
        return (*event[:-1], stood and sorted((codes[pk], str(entry)) for pk, entry in stood.items()))

    reports, events = QuarterlyReport.objects.filter(**of), ReportEvent.objects.filter(**under("report"))
    figures, terms = (
        Figure.objects.filter(**under("report")),
        CommitmentTerms.objects.filter(**under("commitment")),
    )
    return {
        "reports": sorted(reports.values_list(*REPORT), key=str),
        "events": [
            told(event)
            for event in events.order_by(
                "report__park", "report__quarter", "report__revision", "pk"
            ).values_list(*EVENT)
        ],
        "figures": sorted(figures.values_list(*FIGURE), key=str),
        "terms": sorted(terms.values_list(*TERMS), key=str),
    }


def take_the_steps_again(parks) -> None:
    """Remove what parks reported, and let their people do it once more, through the workflow."""
    reports = QuarterlyReport.objects.filter(park__in=parks).order_by("quarter", "revision")
    events = (
        ReportEvent.objects.filter(report__in=reports).order_by("at", "pk").select_related("report", "by")
    )
    told = [(event, event.report, event.report.park) for event in events]
    entries = {
        report.pk: {figure.commitment_id: Entry.of(figure) for figure in report.figures.all()}
        for report in reports
    }
    saves = {report.pk: (report.saved_at, report.saved_by) for report in reports}
    reports.delete()
    given = CommitmentTerms.objects.filter(commitment__park__in=parks, baseline__isnull=False)
    given.delete_demo()
    standing: dict[int, QuarterlyReport] = {}
    returned = {event.report_id: event for event, _report, _park in told if event.verb == Verb.RETURNED}

    def save(of: int, figures) -> None:
        at, by = saves[of]
        standing[of] = workflow.save_figures(
            report=standing[of], entries=figures, version=standing[of].version, by=by, at=at
        )

    with nothing_announced():
        for event, report, park in told:
            of, step = event.report_id, {"by": event.by, "at": event.at}
            if event.verb == Verb.CREATED:
                standing[of] = workflow.open_report(park=park, quarter=report.quarter, **step)
                if report.status == Status.DRAFT and report.saved_at:
                    save(of, entries[of])
            elif event.verb == Verb.REOPENED:
                standing[of] = workflow.reopen(park=park, quarter=report.quarter, reason=event.reason, **step)
            elif event.verb == Verb.SUBMITTED:
                later_returned = event.from_status == Status.DRAFT and of in returned
                save(of, AsRead.from_plain(returned[of].stood).entries if later_returned else entries[of])
                standing[of] = workflow.submit(report=standing[of], version=standing[of].version, **step)
            elif event.verb == Verb.RETURNED:
                standing[of] = workflow.return_report(
                    report=standing[of], version=standing[of].version, reason=event.reason, **step
                )
            else:
                assert event.verb == Verb.APPROVED
                standing[of] = workflow.approve(report=standing[of], version=standing[of].version, **step)
