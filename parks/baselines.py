"""Baselines that parks report themselves: the level on the start day, or the last full year before it.

A cumulative pledge starts at 0 by definition and a rate is judged alone, so only `stock` and `annual` pledges have
one. While none is known every report may bring it; its approval adds a row of terms, known from that day.
"""

from datetime import date, datetime

from django.contrib.auth.models import AbstractUser
from django.utils.translation import gettext as _
from django.utils.translation import override

from changchun_innovation.shared.numbers import plain
from changchun_innovation.shared.params import day_of
from changchun_innovation.shared.quarters import Quarter
from parks.models import CommitmentTerms, QuarterlyReport
from targets.models import Kind
from targets.terms import term_on, terms_by


def takes_baseline(kind: str) -> bool:
    """Whether an indicator of a kind has a baseline that can be asked for."""
    return kind in (Kind.STOCK, Kind.ANNUAL)


def baseline_day(kind: str, start_on: date) -> date:
    """The day a baseline speaks of: the start day of a level, the end of the last full year before the start."""
    return date(start_on.year - 1, 12, 31) if kind == Kind.ANNUAL else start_on


def baselines_reported_before(report: QuarterlyReport) -> dict:
    """Baselines that the approved revisions of the same quarter brought, by commitment id; the last one counts."""
    earlier = (
        QuarterlyReport.objects.approved()
        .filter(park=report.park_id, quarter=report.quarter)
        .exclude(pk=report.pk)
        .order_by("revision")
    )
    return dict(
        earlier.filter(figures__baseline__isnull=False).values_list(
            "figures__commitment", "figures__baseline"
        )
    )


def baseline_terms(report: QuarterlyReport, by: AbstractUser, at: datetime) -> list[CommitmentTerms]:
    """The rows of terms that the approval of a report adds; not saved yet.

    A baseline counts where none is known, or where it corrects the one that this quarter's report brought before.
    Whoever approves enters the row; the reason names who reported it.
    """
    brought = report.figures.filter(baseline__isnull=False).select_related("commitment__indicator")
    known = terms_by(
        CommitmentTerms.objects.known_on(day_of(at)).filter(commitment__park=report.park_id), "commitment_id"
    )
    before = baselines_reported_before(report)
    rows = []
    for figure in brought:
        kind = figure.commitment.indicator.kind
        terms = _reported_term(known.get(figure.commitment_id, ()), report.quarter)
        if terms is None or not takes_baseline(kind):
            continue
        unchanged = figure.baseline in (before.get(figure.commitment_id), terms.baseline)
        if not unchanged and (terms.baseline is None or figure.commitment_id in before):
            rows.append(with_baseline(terms, figure.baseline, kind, report, by, at))
    return rows


def _reported_term(terms: tuple, quarter: Quarter):
    """The term that a report of a quarter is about: the first that is not over by then, else the last begun."""
    if not terms:
        return None
    for term in terms:
        runs = Quarter.containing(term.start_on) <= quarter
        if runs and (term.due_on is None or quarter <= Quarter.containing(term.due_on)):
            return term
    return term_on(terms, quarter.ends_on)


def with_baseline(terms: CommitmentTerms, baseline, kind: str, report, by, at) -> CommitmentTerms:
    """The row that adds a reported baseline to terms, entered by whoever approves; not saved yet."""
    # Rows of the record are written in Chinese, whatever language the reviewer reads.
    with override("zh-hans"):
        reason = _(
            "基数 %(baseline)s 由 %(person)s 在 %(quarter)s 季报（第 %(revision)s 版）中填报，审定后采用。"
        ) % {
            "baseline": plain(baseline),
            "person": report.submitted_by.get_username(),
            "quarter": report.quarter.axis,
            "revision": report.revision,
        }
    return CommitmentTerms(
        commitment_id=terms.commitment_id,
        comparator=terms.comparator,
        value=terms.value,
        start_on=terms.start_on,
        due_on=terms.due_on,
        baseline=baseline,
        baseline_on=baseline_day(kind, terms.start_on),
        source_id=terms.source_id,
        locator_zh=terms.locator_zh,
        locator_en=terms.locator_en,
        known_from=day_of(at),
        reason=reason,
        entered_by=by,
        entered_at=at,
        origin=report.origin,
    )
