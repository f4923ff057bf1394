"""Pledges, and how each stood in every quarter, as files."""

from collections.abc import Iterator
from dataclasses import dataclass

from changchun_innovation.shared.append_only import Origin
from changchun_innovation.shared.csv_export import Column, in_words, of
from changchun_innovation.shared.datasets import Dataset, Selection
from changchun_innovation.shared.progress import Basis, Judgement, State
from changchun_innovation.shared.quarters import Quarter
from parks.exports.columns import (
    approved_at_column,
    comparator_column,
    origin_column,
    park_columns,
    quarter_column,
    revision_column,
)
from parks.exports.walk import ledgers
from parks.ledger import Ledger, ParkFacts, Pledge, PublishedFigure
from parks.models import ReportsFrom
from targets.exports import indicator_columns, kind_column, source_column

COMMITMENT_COLUMNS = (
    *park_columns(),
    *indicator_columns(),
    kind_column(),
    comparator_column("terms.comparator"),
    Column("commitment", of("terms.target"), "承诺值", "Commitment", "number"),
    Column(
        "baseline",
        of("terms.baseline"),
        "基数",
        "Baseline",
        "number",
        about_zh="累计口径为 0；空白即尚不知道",
        about_en="0 for a cumulative indicator; empty where not known yet",
    ),
    Column("start_on", of("terms.start_on"), "起始日", "Start", "date"),
    Column(
        "due_on",
        of("terms.due_on"),
        "到期日",
        "Due",
        "date",
        about_zh="空白即没有期限",
        about_en="Empty where the pledge is undated",
    ),
    Column(
        "part_of",
        of("part_of.code"),
        "包含于",
        "Part of",
        about_zh="同一园区的另一项指标的代码，本指标是它的一部分",
        about_en="Code of the park's indicator that this one is a subset of",
    ),
    source_column(),
    Column("known_from", of("known_from"), "自何日起知悉", "Known from", "date"),
    Column("note", in_words("note"), "说明", "Note"),
)


def commitment_rows(selection: Selection):
    """Every pledge with its numbers as known on the day, by park and commitment."""
    for ledger in ledgers(selection):
        for pledge in ledger.pledges:
            if selection.takes_indicator(pledge.indicator.code):
                yield pledge


COMMITMENTS = Dataset(
    name="commitments",
    title_zh="园区承诺",
    title_en="Commitments of the parks",
    row_zh="一行是一个园区对一项指标的承诺；到期后另立新期的，每期一行",
    row_en="One row is the pledge of one park for one indicator; made anew after its due day, one row per term",
    columns=COMMITMENT_COLUMNS,
    rows=commitment_rows,
    key=("park_code", "indicator_code", "start_on"),
    filters=frozenset({"park", "indicator"}),
)


# --- judgements ------------------------------------------------------------------------------------------------
class Origins:
    """Whether an answer about the parks of a ledger rests on something invented for a demonstration. One query."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        asked = ReportsFrom.objects.known_on(ledger.known_on).filter(
            park__in=[park.pk for park in ledger.parks]
        )
        # The last known one counts, the later entry among equals.
        self._asked = dict(asked.order_by("known_from", "pk").values_list("park_id", "origin"))

    def of_asking(self, park: ParkFacts) -> str:
        """Of the request to report: who was asked in a demonstration only is late in a demonstration only."""
        return self._asked.get(park.pk, Origin.REPORTED)

    def of_judgement(self, pledge: Pledge, judgement: Judgement) -> str:
        """Of the figures and terms behind a judgement; without a figure, of the request for one."""
        origins = {figure.origin for figure in self._figures(pledge, judgement)}
        origins = (origins or {self.of_asking(pledge.park)}) | {pledge.terms_origin}
        return Origin.DEMO if Origin.DEMO in origins else Origin.REPORTED

    def _figures(self, pledge: Pledge, judgement: Judgement) -> list[PublishedFigure]:
        quarter = judgement.figure_quarter
        if quarter is None:
            return []
        quarters = [quarter]
        if judgement.annual_sum is not None:
            quarters += [quarter - 4, Quarter(quarter.year - 1, 4)]
        figures = self._ledger.figures_of(pledge)
        return [figures[quarter] for quarter in quarters]


@dataclass(frozen=True)
class ProgressRow:
    """How one pledge stood in one quarter, and on which figure that rests."""

    pledge: Pledge
    judgement: Judgement
    figure: PublishedFigure | None
    origin: str


PROGRESS_COLUMNS = (
    *park_columns("pledge.park"),
    *indicator_columns("pledge.indicator"),
    kind_column("pledge.indicator.kind"),
    quarter_column("judgement.quarter"),
    Column("period_end", of("judgement.quarter.ends_on"), "季度末", "Period end", "date"),
    comparator_column("judgement.comparator"),
    Column("commitment", of("judgement.target"), "承诺值", "Commitment", "number"),
    Column(
        "baseline",
        of("judgement.baseline"),
        "基数",
        "Baseline",
        "number",
        about_zh="计算所用的基数；未知时按 0 计，见 baseline_known",
        about_en="The baseline used; 0 where none is known, see baseline_known",
    ),
    Column("baseline_known", of("judgement.baseline_known"), "基数已知", "Baseline known", "boolean"),
    Column("start_on", of("judgement.start_on"), "起始日", "Start", "date"),
    Column("due_on", of("judgement.due_on"), "到期日", "Due", "date"),
    Column(
        "expected",
        of("judgement.expected"),
        "序时应达",
        "Expected",
        "number",
        about_zh="在判断日应达到的数值；没有判断值时按季度末计",
        about_en="What the line asks for at the day of the judged value; at the quarter's end where there is none",
    ),
    Column(
        "expected_basis",
        of("judgement.basis"),
        "应达依据",
        "Basis of expected",
        about_zh="line 按直线估计、milestones 节点目标、threshold 比率的目标值本身、none 无",
        about_en="line (a straight line, a guess), milestones, threshold (a rate's target itself) or none",
        values=tuple(Basis),
    ),
    Column(
        "figure",
        of("judgement.figure"),
        "填报数",
        "Figure",
        "number",
        about_zh="判断所依据的填报数，按原样",
        about_en="The judged figure as it was reported",
    ),
    Column(
        "figure_quarter",
        of("judgement.figure_quarter"),
        "填报数所属季度",
        "Quarter of the figure",
        about_zh="早于本行季度即表示本季度没有新数",
        about_en="Earlier than the row's quarter where nothing newer is approved",
    ),
    Column(
        "value",
        of("judgement.value"),
        "判断值",
        "Value",
        "number",
        about_zh="年度口径为截至该季度末的四个季度合计，其余即填报数",
        about_en="For an annual indicator the total of the four quarters up to the figure's; else the figure",
    ),
    Column("progress", of("judgement.progress"), "任务进度", "Progress", "number"),
    Column("elapsed", of("judgement.elapsed"), "时间进度", "Elapsed", "number"),
    Column("pace", of("judgement.pace"), "进度比", "Pace", "number"),
    Column("state", of("judgement.state"), "状态", "State", values=tuple(State)),
    Column(
        "state_if_fresh",
        of("judgement.state_if_fresh"),
        "若数据未过期",
        "State if fresh",
        about_zh="仅在状态为 stale 时填写",
        about_en="Filled where the state is stale",
    ),
    revision_column("figure.revision"),
    approved_at_column("figure.approved_at"),
    source_column("pledge.source.code"),
    origin_column(),
)


def progress_rows(selection: Selection):
    """The judgement of every pledge in every quarter, by park, commitment and quarter.

    From the start's quarter to the last one closed on the day, at most the due one; every term of a commitment
    for its own quarters. Asked about one quarter, the term that had begun last answers, and where it is over by
    then it answers for its due quarter, as everywhere.
    """
    for ledger in ledgers(selection):
        yield from _progress_of(ledger, selection)


def _progress_of(ledger: Ledger, selection: Selection) -> Iterator[ProgressRow]:
    origins = Origins(ledger)
    asked = selection.quarter
    for pledge in ledger.pledges if asked is None else ledger.pledges_in(asked):
        if not selection.takes_indicator(pledge.indicator.code):
            continue
        for quarter in _quarters(pledge, selection):
            judgement = ledger.judgement(pledge, quarter)
            if selection.takes_state(judgement.state):
                figure = ledger.published(pledge).get(judgement.figure_quarter)
                yield ProgressRow(pledge, judgement, figure, origins.of_judgement(pledge, judgement))


def _quarters(pledge: Pledge, selection: Selection) -> list[Quarter]:
    first = Quarter.containing(pledge.terms.start_on)
    last = pledge.terms.capped(Quarter.last_closed(selection.known_on))
    if selection.quarter is not None:
        asked = pledge.terms.capped(selection.quarter)
        first, last = max(first, asked), min(last, asked)
    return [quarter for quarter in Quarter.range(first, last) if selection.takes_period(quarter)]


PROGRESS = Dataset(
    name="progress",
    title_zh="承诺进度",
    title_en="Progress of the commitments",
    row_zh="一行是一项园区承诺在一个季度的判断：自起始日所在季度起，至当日最近结束的季度，最晚到到期日所在季度",
    row_en="One row is the judgement of one commitment in one quarter, from the quarter of its start to the last "
    "one closed on the day, at most the quarter of its due day",
    columns=PROGRESS_COLUMNS,
    rows=progress_rows,
    key=("park_code", "indicator_code", "start_on", "quarter"),
    filters=frozenset({"park", "indicator", "quarter", "from", "to", "state"}),
)
