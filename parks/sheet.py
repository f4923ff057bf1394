"""One park and one quarter as it is filled in and reviewed: a line for every commitment, with what stands beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from changchun_innovation.shared.progress.terms import Basis, expected_on
from changchun_innovation.shared.quarters import Quarter
from changchun_innovation.shared.wording import number_text, quarter_text
from parks.baselines import baseline_day, baselines_reported_before, takes_baseline
from parks.entry import Entry
from parks.ledger import Ledger, Pledge, PublishedFigure, ReportFacts
from parks.models import Park, QuarterlyReport, Status
from targets.models import Kind

# A figure so many times the last one is more often a slip of the unit (万) than news.
UNLIKELY_JUMP = 10


@dataclass(frozen=True)
class Line:
    """One commitment of the sheet.

    `last` is the latest approved figure of an earlier quarter, `replaced` what the last approved revision of this
    quarter says (None for a first report), `expected` the level that the line asks for at the quarter's end.
    """

    pledge: Pledge
    quarter: Quarter
    entry: Entry
    last: PublishedFigure | None
    replaced: Entry | None
    expected: Decimal | None
    by_line: bool
    asks_baseline: bool
    baseline_on: date | None
    doubts: tuple[str, ...] = ()

    @property
    def pk(self) -> int:
        """The commitment's id, which names the fields of the page."""
        return self.pledge.pk

    @property
    def change(self) -> Decimal | None:
        """The figure less the last approved one; None where either is missing, or where a new year began."""
        if self.entry.value is None or self.last is None or self.last.value is None:
            return None
        if self.pledge.indicator.kind == Kind.ANNUAL and self.last.quarter.year != self.quarter.year:
            return None
        return self.entry.value - self.last.value

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
    """The report of one park and quarter: where it stands, and its lines."""

    facts: ReportFacts
    quarter: Quarter
    lines: tuple[Line, ...]
    replaced_revision: int | None

    @property
    def changed(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.was_changed)


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
    ledger = Ledger.of(known_on, [park.code])
    facts = ledger.report(ledger.parks[0], quarter)
    stored = {figure.commitment_id: Entry.of(figure) for figure in report.figures.all()} if report else {}
    replaced_report = _replaced_report(report)
    replaced = {}
    if replaced_report:
        replaced = {figure.commitment_id: Entry.of(figure) for figure in replaced_report.figures.all()}
    corrected = baselines_reported_before(report) if replaced_report else {}
    lines = []
    for pledge in ledger.pledges_reported_in(ledger.parks[0], quarter):
        kind = pledge.indicator.kind
        asks = takes_baseline(kind) and (pledge.terms.baseline is None or pledge.pk in corrected)
        lines.append(
            Line(
                pledge=pledge,
                quarter=quarter,
                entry=stored.get(pledge.pk, Entry()),
                last=_last_before(ledger.published(pledge), quarter),
                replaced=replaced.get(pledge.pk, Entry()) if replaced_report else None,
                expected=expected_on(pledge.terms, quarter.ends_on),
                by_line=pledge.terms.basis == Basis.LINE,
                asks_baseline=asks,
                baseline_on=baseline_day(kind, pledge.terms.start_on) if asks else None,
            )
        )
    return Sheet(facts, quarter, _with_doubts(lines), replaced_report.revision if replaced_report else None)


def _replaced_report(report: QuarterlyReport | None) -> QuarterlyReport | None:
    if report is None or report.revision == 1:
        return None
    earlier = QuarterlyReport.objects.approved().filter(
        park=report.park_id, quarter=report.quarter, revision__lt=report.revision
    )
    return earlier.order_by("-revision").first()


def _last_before(published: Mapping[Quarter, PublishedFigure], quarter: Quarter) -> PublishedFigure | None:
    return published[max(earlier)] if (earlier := [q for q in published if q < quarter]) else None


def _with_doubts(lines: list[Line]) -> tuple[Line, ...]:
    values = {line.pledge.indicator.code: line.entry.value for line in lines}
    return tuple(
        Line(
            **{name: getattr(line, name) for name in line.__dataclass_fields__ if name != "doubts"},
            doubts=tuple(doubts(line, values)),
        )
        for line in lines
    )


def doubts(line: Line, values: Mapping[str, Decimal | None]) -> list[str]:
    """What a careful reader would ask about a figure; said to both sides, and never a reason to refuse it.

    `values` are the sheet's figures by indicator code.
    """
    value, last = line.entry.value, line.last
    if value is None:
        return []
    found = []
    kind, target = line.pledge.indicator.kind, line.pledge.terms.target
    if kind != Kind.RATE and target > 0 and value >= UNLIKELY_JUMP * target:
        found.append(_("是承诺数 %(target)s 的十倍以上，请核对单位。") % {"target": number_text(target)})
    if last is not None and last.value is not None:
        same_year = last.quarter.year == line.quarter.year
        if value < last.value and (kind == Kind.CUMULATIVE or (kind == Kind.ANNUAL and same_year)):
            found.append(
                _("低于 %(quarter)s 的审定数 %(last)s；累计数一般不会减少，请核对或在备注中说明。")
                % {"quarter": quarter_text(last.quarter), "last": number_text(last.value)}
            )
        if last.value > 0 and value >= UNLIKELY_JUMP * last.value and kind != Kind.RATE:
            found.append(
                _("是 %(quarter)s 审定数 %(last)s 的十倍以上，请核对单位。")
                % {"quarter": quarter_text(last.quarter), "last": number_text(last.value)}
            )
    whole = line.pledge.part_of
    if whole is not None and values.get(whole.code) is not None and value > values[whole.code]:
        found.append(
            _("大于“%(whole)s”的 %(value)s，而前者是后者的一部分。")
            % {"whole": whole.name, "value": number_text(values[whole.code])}
        )
    return found
