"""Reported figures as a file: read row by row, or written by PostgreSQL itself.

Both ways ask the same two querysets, of reports and of pledges, walk the parks in their order, and give the same bytes.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Case, Exists, F, Max, Min, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Collate

from changchun_innovation.shared.csv_export import Column, in_words, of
from changchun_innovation.shared.csv_sql import day_cell, line_of, literal, text_cell
from changchun_innovation.shared.datasets import Dataset, Selection
from changchun_innovation.shared.params import end_of_day
from changchun_innovation.shared.quarters import Quarter
from parks.exports.columns import (
    approved_at_column,
    origin_column,
    quarter_column,
    revision_column,
    submitted_at_column,
)
from parks.exports.walk import park_groups
from parks.models import Commitment, CommitmentTerms, Figure, Park, QuarterlyReport, Status
from targets.exports import kind_column
from targets.models import Kind
from targets.terms import terms_by, totals_from


class FigureRow(NamedTuple):
    """One figure, the pledge and the report that it belongs to, and the day on which its period begins."""

    pledge: NamedTuple
    report: NamedTuple
    period_start: date | None
    value: Decimal | None
    not_applicable: bool
    reason: str
    own_note: str

    @property
    def note(self) -> str:
        """The note; before it the reason, where the figure is not applicable."""
        if self.reason and self.own_note:
            return f"{self.reason}；{self.own_note}"
        return self.reason or self.own_note


FIGURE_COLUMNS = (
    Column("park_code", of("pledge.park_code"), "园区代码", "Park code"),
    Column("park", in_words("pledge.park_name"), "园区", "Park"),
    Column("indicator_code", of("pledge.indicator_code"), "指标代码", "Indicator code"),
    Column("indicator", in_words("pledge.indicator_name"), "指标", "Indicator"),
    Column("unit", in_words("pledge.unit"), "单位", "Unit"),
    kind_column("pledge.kind"),
    quarter_column("report.quarter"),
    Column(
        "period_start",
        of("period_start"),
        "期初",
        "Period start",
        "date",
        about_zh="累计口径为承诺的起始日，年度口径为 1 月 1 日，存量与比率为空",
        about_en="The start of the pledge for a cumulative, 1 January for an annual indicator; else empty",
    ),
    Column("period_end", of("report.quarter.ends_on"), "期末", "Period end", "date"),
    Column("value", of("value"), "填报数", "Value", "number"),
    Column("not_applicable", of("not_applicable"), "不适用", "Not applicable", "boolean"),
    Column(
        "note",
        of("note"),
        "备注",
        "Note",
        about_zh="不适用的数先写理由",
        about_en="Begins with the reason where the figure is not applicable",
    ),
    revision_column("report.revision"),
    Column("status", of("report.status"), "季报状态", "Status", values=tuple(Status.values)),
    submitted_at_column("report.submitted_at"),
    approved_at_column("report.approved_at"),
    origin_column("report.origin"),
)


# --- what both ways ask ----------------------------------------------------------------------------------------
def _reports(selection: Selection) -> QuerySet:
    """The reports whose figures are in the file.

    The latest revision approved by the end of the day; with `every_status` also the other revisions of the parks whose
    unapproved figures the reader may see.
    """
    later = QuarterlyReport.objects.approved_by_end_of(selection.known_on).filter(
        park=OuterRef("park"), quarter=OuterRef("quarter"), revision__gt=OuterRef("revision")
    )
    wanted = Q(~Exists(later), status=Status.APPROVED, approved_at__lte=end_of_day(selection.known_on))
    if selection.every_status:
        wanted |= Q(park__code__in=selection.unapproved)
    reports = QuarterlyReport.objects.filter(wanted)
    if selection.quarter:
        reports = reports.filter(quarter=selection.quarter)
    if selection.first:
        reports = reports.filter(quarter__gte=selection.first)
    if selection.last:
        reports = reports.filter(quarter__lte=selection.last)
    return reports.values(
        "id", "park_id", "quarter", "revision", "status", "submitted_at", "approved_at", "origin"
    ).order_by()


def _pledges(selection: Selection) -> QuerySet:
    """The commitments with the texts of their lines.

    `total_from` is the day from which a cumulative indicator counts, where all that is known of it names one; the
    others are in `_renewed`.
    """
    starts = (
        CommitmentTerms.objects.known_on(selection.known_on)
        .filter(commitment=OuterRef("pk"))
        .order_by()
        .values("commitment")
        .annotate(first=Min("start_on"), last=Max("start_on"))
        .filter(first=F("last"))
        .values("first")
    )
    pledges = Commitment.objects.all()
    if selection.indicators:
        pledges = pledges.filter(indicator__code__in=selection.indicators)
    return pledges.values(
        "id",
        "park_id",
        "order",
        park_code=F("park__code"),
        park_name_zh=F("park__name_zh"),
        park_name_en=F("park__name_en"),
        indicator_code=F("indicator__code"),
        indicator_name_zh=F("indicator__name_zh"),
        indicator_name_en=F("indicator__name_en"),
        unit_zh=F("indicator__unit_zh"),
        unit_en=F("indicator__unit_en"),
        kind=F("indicator__kind"),
        total_from=Case(When(indicator__kind=Kind.CUMULATIVE, then=Subquery(starts))),
    ).order_by()


def _renewed(selection: Selection, **parks) -> dict[int, list[tuple[Quarter, date]]]:
    """Of cumulative indicators whose start was ever named differently: from which quarter on which day counts."""
    known = CommitmentTerms.objects.known_on(selection.known_on).filter(**parks)
    if selection.parks and not parks:
        known = known.filter(commitment__park__code__in=selection.parks)
    several = (
        known.order_by()
        .values("commitment")
        .annotate(first=Min("start_on"), last=Max("start_on"))
        .filter(first__lt=F("last"))
    )
    rows = known.filter(
        commitment__in=several.values("commitment"), commitment__indicator__kind=Kind.CUMULATIVE
    ).values_list("commitment_id", "pk", "known_from", "start_on", "due_on", named=True)
    return {pledge: totals_from(terms) for pledge, terms in terms_by(rows, "commitment_id").items()}


# --- row by row ------------------------------------------------------------------------------------------------
def figure_rows(selection: Selection) -> Iterator[FigureRow]:
    """The figures by park, commitment and quarter; a few queries for every hundred parks."""
    for group in park_groups(selection):
        yield from _figures_of([pk for pk, _code in group], selection)


def _figures_of(parks: list[int], selection: Selection) -> Iterator[FigureRow]:
    reports = {
        report.id: report for report in _reports(selection).filter(park__in=parks).values_list(named=True)
    }
    in_order = sorted(reports.values(), key=lambda report: (report.quarter, report.revision))
    place = {report.id: number for number, report in enumerate(in_order)}
    figures: dict[int, list[tuple]] = {}
    for figure in Figure.objects.filter(report__in=list(reports)).values_list(
        "commitment_id", "report_id", "value", "not_applicable", "not_applicable_reason", "note"
    ):
        figures.setdefault(figure[0], []).append(figure)
    renewed = _renewed(selection, commitment__park__in=parks)
    for pledge in _in_order(_pledges(selection).filter(park__in=parks).values_list(named=True), parks):
        begins = renewed.get(pledge.id) or _begins(pledge)
        for figure in sorted(figures.get(pledge.id, ()), key=lambda figure: place[figure[1]]):
            report = reports[figure[1]]
            yield FigureRow(pledge, report, _period_start(pledge.kind, begins, report.quarter), *figure[2:])


def _in_order(pledges: Iterable, parks: list[int]) -> list:
    place = {park: number for number, park in enumerate(parks)}
    return sorted(pledges, key=lambda pledge: (place[pledge.park_id], pledge.order, pledge.id))


def _begins(pledge) -> list[tuple[Quarter, date]]:
    return [(Quarter.containing(pledge.total_from), pledge.total_from)] if pledge.total_from else []


def _period_start(kind: str, begins: list[tuple[Quarter, date]], quarter: Quarter) -> date | None:
    """Where a figure's period begins; a quarter before the start of its pledge has no such day."""
    if kind == Kind.ANNUAL:
        return date(quarter.year, 1, 1)
    return next((day for first, day in reversed(begins) if first <= quarter), None)


# --- by the database -------------------------------------------------------------------------------------------
_ENDS_ON = (
    "(make_date(left(quarter, 4)::int, 3 * right(quarter, 1)::int, 1) + interval '1 month - 1 day')::date"
)
_NOTE = "concat_ws('；', NULLIF(figure.not_applicable_reason, ''), NULLIF(figure.note, ''))"
# Most figures carry no note, and nothing is worked out for them.
_NOTE_CELL = f"""
CASE WHEN figure.not_applicable_reason = '' AND figure.note = '' THEN '' ELSE {text_cell(_NOTE)} END"""
_PERIOD_START_CELL = """
CASE WHEN pledge.annual THEN report.year || '-01-01'
WHEN pledge.total_from <= report.ends_on THEN pledge.total_from_cell
WHEN pledge.begins IS NOT NULL THEN COALESCE((
    SELECT begin ->> 1 FROM jsonb_array_elements(pledge.begins) AS begin
    WHERE begin ->> 0 <= report.quarter ORDER BY begin ->> 0 DESC LIMIT 1), '')
ELSE '' END"""


def figure_lines(selection: Selection) -> tuple[str, list]:
    """The SELECT, with its parameters, by which PostgreSQL writes the lines of the file: one text for every park.

    It walks the parks in their order and sorts within each, so that the first lines come at once and nothing is
    written to disk. OFFSET 0 keeps the planner from working out a part of a line anew for every figure.
    """
    line = line_of(
        FIGURE_COLUMNS,
        selection.lang,
        facts={
            "report.quarter.ends_on": "ends_on",
            "value": "figure.value",
            "not_applicable": "figure.not_applicable",
        },
        cells={"note": _NOTE_CELL, "period_start": _PERIOD_START_CELL},
    )
    parks = Park.objects.values("id")
    if selection.parks:
        parks = parks.filter(code__in=selection.parks)
    begins = {
        pledge: [(str(quarter), day.isoformat()) for quarter, day in begins]
        for pledge, begins in _renewed(selection).items()
    }
    parks, of_parks = parks.order_by("order", Collate("code", "C")).query.sql_with_params()
    reports, of_reports = _reports(selection).query.sql_with_params()
    pledges, of_pledges = _pledges(selection).query.sql_with_params()
    select = f"""
SELECT file.lines FROM ({parks} OFFSET 0) AS park
CROSS JOIN LATERAL (
SELECT string_agg(line, E'\\n') || E'\\n' AS lines FROM (
SELECT {line.expression} AS line
FROM (
    SELECT id, quarter, revision, ends_on, left(quarter, 4) AS year{line.parts["report"]}
    FROM (SELECT *, {_ENDS_ON} AS ends_on FROM ({reports}) AS reports WHERE park_id = park.id OFFSET 0) AS facts
    OFFSET 0
) AS report
JOIN {Figure._meta.db_table} AS figure ON figure.report_id = report.id
JOIN (
    SELECT id, "order", kind = {literal(Kind.ANNUAL)} AS annual, total_from,
        {day_cell("total_from")} AS total_from_cell, %s::jsonb -> id::text AS begins{line.parts["pledge"]}
    FROM (SELECT * FROM ({pledges}) AS pledges WHERE park_id = park.id OFFSET 0) AS facts
    OFFSET 0
) AS pledge ON pledge.id = figure.commitment_id
ORDER BY pledge."order", pledge.id, report.quarter, report.revision OFFSET 0
) AS in_order
) AS file"""
    return select, [*of_parks, *of_reports, json.dumps(begins), *of_pledges]


FIGURES = Dataset(
    name="figures",
    title_zh="填报数",
    title_en="Reported figures",
    row_zh="一行是一个园区一个季度的一个已审定填报数（当日所知的最新版次）",
    row_en="One row is one approved figure of one park and quarter, of the latest revision known on the day",
    columns=FIGURE_COLUMNS,
    rows=figure_rows,
    lines=figure_lines,
    key=("park_code", "indicator_code", "quarter", "revision"),
    filters=frozenset({"park", "indicator", "quarter", "from", "to", "status"}),
)
