"""Where each report stands, and what happened to it, as files."""

from dataclasses import dataclass
from datetime import datetime

from changchun_innovation.shared.csv_export import Column, of
from changchun_innovation.shared.datasets import Dataset, Selection
from changchun_innovation.shared.progress import Standing
from parks.exports.columns import (
    approved_at_column,
    origin_column,
    park_columns,
    quarter_column,
    revision_column,
)
from parks.exports.pledges import Origins
from parks.exports.walk import ledgers, park_groups
from parks.ledger import ReportFacts
from parks.models import ReportEvent, Status, Verb


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
    for ledger in ledgers(selection):
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
    """Every step in the life of the reports that the reader may see, up to the end of the day, by park and quarter."""
    for group in park_groups(selection):
        place = {pk: number for number, (pk, code) in enumerate(group) if code in selection.unapproved}
        events = ReportEvent.objects.by_end_of(selection.known_on).filter(report__park__in=list(place))
        events = events.select_related("report__park", "by").order_by("report__quarter", "at", "pk")
        for event in sorted(events, key=lambda event: place[event.report.park_id]):
            if selection.takes_quarter(event.report.quarter):
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
