"""Reported figures, where each report stands, and what happened to it, as files."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from changchun_innovation.shared.csv_export import Column, in_words, of
from changchun_innovation.shared.datasets import Dataset, Selection
from changchun_innovation.shared.progress import Standing
from changchun_innovation.shared.quarters import Quarter
from parks.exports.columns import (
    approved_at_column,
    origin_column,
    park_columns,
    quarter_column,
    revision_column,
    submitted_at_column,
)
from parks.exports.pledges import Origins
from parks.ledger import Ledger, ReportFacts
from parks.models import CommitmentTerms, Figure, QuarterlyReport, ReportEvent, Status, Verb
from targets.exports import kind_column
from targets.models import Kind
from targets.terms import figures_from, terms_by

# --- figures ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One figure as the query gives it, and the day on which its period begins."""

    facts: object
    period_start: date | None

    @property
    def period_end(self) -> date:
        return self.facts.report__quarter.ends_on

    @property
    def note(self) -> str:
        """The note; before it the reason, where the figure is not applicable."""
        return "；".join(text for text in (self.facts.not_applicable_reason, self.facts.note) if text)


FIGURE_COLUMNS = (
    Column("park_code", of("facts.report__park__code"), "园区代码", "Park code"),
    Column("park", in_words("facts.report__park__name"), "园区", "Park"),
    Column("indicator_code", of("facts.commitment__indicator__code"), "指标代码", "Indicator code"),
    Column("indicator", in_words("facts.commitment__indicator__name"), "指标", "Indicator"),
    Column("unit", in_words("facts.commitment__indicator__unit"), "单位", "Unit"),
    kind_column("facts.commitment__indicator__kind"),
    quarter_column("facts.report__quarter"),
    Column(
        "period_start",
        of("period_start"),
        "期初",
        "Period start",
        "date",
        about_zh="累计口径为承诺的起始日，年度口径为 1 月 1 日，存量与比率为空",
        about_en="The start of the pledge for a cumulative, 1 January for an annual indicator; else empty",
    ),
    Column("period_end", of("period_end"), "期末", "Period end", "date"),
    Column("value", of("facts.value"), "填报数", "Value", "number"),
    Column("not_applicable", of("facts.not_applicable"), "不适用", "Not applicable", "boolean"),
    Column(
        "note",
        of("note"),
        "备注",
        "Note",
        about_zh="不适用的数先写理由",
        about_en="Begins with the reason where the figure is not applicable",
    ),
    revision_column("facts.report__revision"),
    Column("status", of("facts.report__status"), "季报状态", "Status", values=tuple(Status.values)),
    submitted_at_column("facts.report__submitted_at"),
    approved_at_column("facts.report__approved_at"),
    origin_column("facts.report__origin"),
)
_FIGURE_FACTS = (
    "commitment_id",
    "report__park__code",
    "report__park__name_zh",
    "report__park__name_en",
    "commitment__indicator__code",
    "commitment__indicator__name_zh",
    "commitment__indicator__name_en",
    "commitment__indicator__unit_zh",
    "commitment__indicator__unit_en",
    "commitment__indicator__kind",
    "report__quarter",
    "value",
    "not_applicable",
    "not_applicable_reason",
    "note",
    "report__revision",
    "report__status",
    "report__submitted_at",
    "report__approved_at",
    "report__origin",
)


def figure_rows(selection: Selection):
    """The approved figures of the latest revision known on the day, by park, commitment and quarter.

    With `every_status` also the other revisions of the parks whose unapproved figures the reader may see. The
    figures are one query, read through a cursor; the start days of the pledges are another.
    """
    terms = terms_by(CommitmentTerms.objects.known_on(selection.known_on), "commitment_id")
    facts = _figures(selection).values_list(*_FIGURE_FACTS, named=True)
    for row in facts.iterator(chunk_size=2000):
        yield FigureRow(row, _period_start(row, terms.get(row.commitment_id, ())))


def _figures(selection: Selection) -> QuerySet:
    wanted = Q(pk__in=[]) if not selection.every_status else Q(report__park__code__in=selection.unapproved)
    known = Figure.objects.filter(_latest_approved(selection.known_on) | wanted)
    if selection.parks:
        known = known.filter(report__park__code__in=selection.parks)
    if selection.indicators:
        known = known.filter(commitment__indicator__code__in=selection.indicators)
    if selection.quarter:
        known = known.filter(report__quarter=selection.quarter)
    if selection.first:
        known = known.filter(report__quarter__gte=selection.first)
    if selection.last:
        known = known.filter(report__quarter__lte=selection.last)
    return known.order_by(
        "report__park__order",
        "report__park__code",
        "commitment__order",
        "commitment_id",
        "report__quarter",
        "report__revision",
    )


def _latest_approved(known_on: date) -> Q:
    """Figures of approved revisions that no later revision had replaced by the end of the day."""
    approved = QuarterlyReport.objects.approved_by_end_of(known_on)
    later = approved.filter(
        park=OuterRef("report__park"),
        quarter=OuterRef("report__quarter"),
        revision__gt=OuterRef("report__revision"),
    )
    return Q(report__in=approved) & ~Q(Exists(later))


def _period_start(row, terms: tuple) -> date | None:
    """Where a figure's period begins; a quarter before the start of its pledge has no such day."""
    if row.commitment__indicator__kind == Kind.ANNUAL:
        return date(row.report__quarter.year, 1, 1)
    if row.commitment__indicator__kind == Kind.CUMULATIVE:
        starts = [
            term.start_on
            for earlier, term in zip((None, *terms), terms, strict=False)
            if (figures_from(earlier, term, True) <= row.report__quarter if earlier else True)
            and term.start_on <= row.report__quarter.ends_on
        ]
        return starts[-1] if starts else None
    return None


FIGURES = Dataset(
    name="figures",
    title_zh="填报数",
    title_en="Reported figures",
    row_zh="一行是一个园区一个季度的一个已审定填报数（当日所知的最新版次）",
    row_en="One row is one approved figure of one park and quarter, of the latest revision known on the day",
    columns=FIGURE_COLUMNS,
    rows=figure_rows,
    key=("park_code", "indicator_code", "quarter", "revision"),
    filters=frozenset({"park", "indicator", "quarter", "from", "to", "status"}),
)


# --- reports ---------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class ReportRow:
    """Where one report stands, as far as the reader may know."""

    report: ReportFacts
    shown: bool
    origin: str

    @property
    def status(self) -> str:
        return self.report.standing if self.shown else Standing.MISSING

    @property
    def revision(self) -> int | None:
        return (self.report.published_revision or self.report.open_revision) if self.shown else None

    @property
    def submitted_at(self) -> datetime | None:
        """The first submission, from which the days late are counted; a correction is not a late report."""
        return self.report.first_submitted_at if self.shown else None

    @property
    def days_late(self) -> int | None:
        return self.report.days_late if self.shown else None


REPORT_COLUMNS = (
    *park_columns("report.park"),
    quarter_column("report.quarter"),
    Column("due_on", of("report.due_on"), "截止日", "Due", "date"),
    Column(
        "status",
        of("status"),
        "状态",
        "Status",
        about_zh="missing 未报、submitted 已报待审、returned 已退回、approved 已审定；"
        "草稿 draft 只有有权查看的账号可见，其余写作 missing",
        about_en="Drafts are seen by accounts that may read them; for everybody else they are missing",
        values=tuple(Standing),
    ),
    revision_column(),
    Column(
        "submitted_at",
        of("submitted_at"),
        "首次提交时间",
        "First submitted at",
        "datetime",
        about_zh="第一次提交的时间，更正版次的提交不计",
        about_en="The first submission; that of a correction does not count",
    ),
    approved_at_column("report.approved_at"),
    Column(
        "days_late",
        of("days_late"),
        "迟报天数",
        "Days late",
        "integer",
        about_zh="首次提交比截止日晚的天数，0 为按时",
        about_en="Days from the due day to the first submission, 0 where in time",
    ),
    origin_column(),
)


def report_rows(selection: Selection):
    """Where the report of every park and expected quarter stood at the end of the day, by park and quarter."""
    ledger = Ledger.of(selection.known_on, selection.park_codes)
    origins = Origins(ledger)
    for report in ledger.reports():
        if selection.takes_quarter(report.quarter):
            shown = report.standing != Standing.DRAFT or report.park.code in selection.unapproved
            origin = (report.origin if shown else "") or origins.of_asking(report.park)
            yield ReportRow(report, shown, origin)


REPORTS = Dataset(
    name="reports",
    title_zh="季报报送",
    title_en="Quarterly reports",
    row_zh="一行是一个园区应报的一个季度，没有季报的也在内",
    row_en="One row is one park and one quarter that it is expected to report, whether there is a report or not",
    columns=REPORT_COLUMNS,
    rows=report_rows,
    key=("park_code", "quarter"),
    filters=frozenset({"park", "quarter", "from", "to"}),
    depends_on_reader=True,
)

# --- events ----------------------------------------------------------------------------------------------------
EVENT_COLUMNS = (
    *park_columns("report.park"),
    quarter_column("report.quarter"),
    revision_column("report.revision"),
    Column("verb", of("verb"), "步骤", "Step", values=tuple(Verb.values)),
    Column("from_status", of("from_status"), "原状态", "From"),
    Column("to_status", of("to_status"), "新状态", "To", values=tuple(Status.values)),
    Column("at", of("at"), "时间", "At", "datetime"),
    Column("by", of("by.username"), "人员", "By"),
    Column("reason", of("reason"), "理由", "Reason"),
    origin_column("report.origin"),
)


def event_rows(selection: Selection):
    """Every step in the life of the reports that the reader may see, up to the end of the day. One query."""
    events = ReportEvent.objects.by_end_of(selection.known_on).filter(
        report__park__code__in=selection.unapproved
    )
    if selection.parks:
        events = events.filter(report__park__code__in=selection.parks)
    events = events.select_related("report__park", "by").order_by(
        "report__park__order", "report__park__code", "report__quarter", "at", "pk"
    )
    for event in events.iterator(chunk_size=2000):
        quarter: Quarter = event.report.quarter
        if selection.takes_quarter(quarter):
            yield event


EVENTS = Dataset(
    name="events",
    title_zh="季报事件",
    title_en="Events of the reports",
    row_zh="一行是一份季报经历的一步：谁、何时、从何状态到何状态、为何；只对有权查看的账号开放",
    row_en="One row is one step in the life of a report: who, when, from, to, why; for accounts with the right",
    columns=EVENT_COLUMNS,
    rows=event_rows,
    key=("park_code", "quarter", "revision", "verb", "at"),
    filters=frozenset({"park", "quarter", "from", "to"}),
    depends_on_reader=True,
    restricted=True,
)
