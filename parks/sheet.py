"""One park and one quarter as it is filled in and reviewed: a line for every commitment, with what stands beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property

from changchun_innovation.shared.progress.terms import Basis, expected_on
from changchun_innovation.shared.quarters import Quarter
from parks.baselines import baseline_day, takes_baseline
from parks.checks import Doubt, doubts_about, part_beyond_whole
from parks.entry import Entry
from parks.ledger import Ledger, Pledge, PublishedFigure, ReportFacts
from parks.models import Figure, Park, QuarterlyReport, Status
from targets.models import Kind

# So many quarters before the one that is filled stand beside it.
QUARTERS_BESIDE = 4


@dataclass(frozen=True)
class Line:
    """One commitment of the sheet.

    `earlier` are the approved figures of quarters before this one and `last` the latest of them, `replaced`
    what the last approved revision of this quarter says (None for a first report), `expected` the level that
    the line asks for at the quarter's end.
    """

    pledge: Pledge
    quarter: Quarter
    entry: Entry
    earlier: Mapping[Quarter, PublishedFigure]
    replaced: Entry | None
    expected: Decimal | None
    by_line: bool
    asks_baseline: bool
    baseline_on: date | None

    @property
    def pk(self) -> int:
        """The commitment's id, which names the fields of the page."""
        return self.pledge.pk

    @property
    def last(self) -> PublishedFigure | None:
        return self.earlier[max(self.earlier)] if self.earlier else None

    @property
    def beside(self) -> tuple[PublishedFigure | None, ...]:
        """The approved figures of the four quarters before this one, the oldest first; None where there is none."""
        return tuple(self.earlier.get(self.quarter - back) for back in range(QUARTERS_BESIDE, 0, -1))

    @cached_property
    def doubts(self) -> tuple[Doubt, ...]:
        """What is unusual about the stored figure."""
        return self.doubts_about(self.entry.value)

    def doubts_about(self, value: Decimal | None) -> tuple[Doubt, ...]:
        """What would be unusual about a value of this line."""
        known = {q: figure.value for q, figure in self.earlier.items() if figure.value is not None}
        return doubts_about(self.pledge, self.quarter, value, known)

    @property
    def change(self) -> Decimal | None:
        """The figure less the last approved one; None where either is missing, or where a new year began."""
        if self.entry.value is None or self.last is None or self.last.value is None:
            return None
        if self.pledge.indicator.kind == Kind.ANNUAL and self.last.quarter.year != self.quarter.year:
            return None
        return self.entry.value - self.last.value

    @property
    def step(self) -> Decimal | None:
        """The figure less what was approved last, be it the revision that it replaces; None where either is missing."""
        if self.replaced is None:
            return self.change
        if self.entry.value is None or self.replaced.value is None:
            return None
        return self.entry.value - self.replaced.value

    @property
    def differs_from_approved(self) -> bool:
        """Whether the line says something else than what was approved last: the revision it replaces, else `last`."""
        if self.replaced is not None:
            return self.was_changed
        if self.last is None:
            return True
        return (self.entry.value, self.entry.not_applicable) != (self.last.value, self.last.not_applicable)

    @property
    def was_changed(self) -> bool:
        """Whether a correction says something else than the revision it replaces."""
        return self.replaced is not None and self.replaced != self.entry

    @property
    def value_was_changed(self) -> bool:
        return self.replaced is not None and (self.replaced.value, self.replaced.not_applicable) != (
            self.entry.value,
            self.entry.not_applicable,
        )


@dataclass(frozen=True)
class Sheet:
    """The report of one park and quarter: where it stands, its lines, and all that is known of the park."""

    ledger: Ledger = field(repr=False, compare=False)
    facts: ReportFacts
    quarter: Quarter
    lines: tuple[Line, ...]
    replaced_revision: int | None

    @property
    def changed(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.was_changed)

    @property
    def quarters_beside(self) -> tuple[Quarter, ...]:
        return tuple(self.quarter - back for back in range(QUARTERS_BESIDE, 0, -1))

    @property
    def unexplained(self) -> tuple[Line, ...]:
        """Lines with an unusual figure and no word about it."""
        return tuple(line for line in self.lines if line.doubts and not line.entry.explanation)

    @property
    def impossible(self) -> tuple[Line, ...]:
        """Lines whose figure cannot be beside the others."""
        values = {line.pledge.indicator.code: line.entry.value for line in self.lines}
        return tuple(line for line in self.lines if part_beyond_whole(line.pledge, line.entry.value, values))


def current_report(park: Park, quarter: Quarter) -> QuarterlyReport | None:
    """The revision that a quarter's page speaks of: the open one, else the approved one; None where there is none."""
    reports = (
        QuarterlyReport.objects.filter(park=park, quarter=quarter)
        .exclude(status=Status.DISCARDED)
        .select_related("park", "created_by", "submitted_by", "approved_by")
    )
    return reports.order_by("-revision").first()


def sheet(park: Park, quarter: Quarter, report: QuarterlyReport | None, known_on: date) -> Sheet:
    """The sheet as known on a day; without a report every line is blank."""
    stored = stored_of([report])[report.pk] if report else Stored()
    return sheet_in(Ledger.of(known_on, [park.code]), park.pk, quarter, stored)


@dataclass(frozen=True)
class Stored:
    """What one report holds, by commitment id, and what it replaces: the last approved revision of its quarter.

    `replaced` is None for a first report; `baselines` are the commitments whose baseline this quarter brought.
    """

    entries: Mapping[int, Entry] = field(default_factory=dict)
    replaced: Mapping[int, Entry] | None = None
    replaced_revision: int | None = None
    baselines: frozenset[int] = frozenset()


def stored_of(reports: Sequence[QuarterlyReport]) -> dict[int, Stored]:
    """What reports hold, by report id, in at most three queries however many they are."""
    entries: dict[int, dict[int, Entry]] = {report.pk: {} for report in reports}
    for figure in Figure.objects.filter(report__in=entries).order_by("report_id", "commitment_id"):
        entries[figure.report_id][figure.commitment_id] = Entry.of(figure)
    corrections = [report for report in reports if report.revision > 1]
    earlier = _approved_before(corrections)
    found = {}
    for report in reports:
        before = [each for each in earlier if _precedes(each, report)]
        found[report.pk] = Stored(
            entries=entries[report.pk],
            replaced={each.commitment_id: Entry.of(each) for each in before[-1].figures.all()}
            if before
            else None,
            replaced_revision=before[-1].revision if before else None,
            baselines=frozenset(
                figure.commitment_id
                for each in before
                for figure in each.figures.all()
                if figure.baseline is not None
            ),
        )
    return found


def _approved_before(corrections: Sequence[QuarterlyReport]) -> list[QuarterlyReport]:
    """The approved revisions of the quarters that are corrected, by revision, with their figures."""
    if not corrections:
        return []
    approved = QuarterlyReport.objects.approved().filter(
        park__in={report.park_id for report in corrections},
        quarter__in={report.quarter for report in corrections},
    )
    return list(approved.order_by("revision").prefetch_related("figures"))


def _precedes(earlier: QuarterlyReport, report: QuarterlyReport) -> bool:
    same = (earlier.park_id, earlier.quarter) == (report.park_id, report.quarter)
    return same and earlier.revision < report.revision


def sheet_in(ledger: Ledger, park_pk: int, quarter: Quarter, stored: Stored) -> Sheet:
    """The sheet of a park and quarter from what is already loaded; asks the database nothing."""
    park = next(each for each in ledger.parks if each.pk == park_pk)
    lines = []
    for pledge in ledger.pledges_reported_in(park, quarter):
        kind = pledge.indicator.kind
        asks = takes_baseline(kind) and (pledge.terms.baseline is None or pledge.pk in stored.baselines)
        lines.append(
            Line(
                pledge=pledge,
                quarter=quarter,
                entry=stored.entries.get(pledge.pk, Entry()),
                earlier={q: each for q, each in ledger.published(pledge).items() if q < quarter},
                replaced=None if stored.replaced is None else stored.replaced.get(pledge.pk, Entry()),
                expected=expected_on(pledge.terms, quarter.ends_on),
                by_line=pledge.terms.basis == Basis.LINE,
                asks_baseline=asks,
                baseline_on=baseline_day(kind, pledge.terms.start_on) if asks else None,
            )
        )
    return Sheet(ledger, ledger.report(park, quarter), quarter, tuple(lines), stored.replaced_revision)
