"""Files that join the city and its parks, and the list of every data set."""

from dataclasses import dataclass
from decimal import Decimal

from changchun_innovation.overview.closing import GROUPS, Outcome, Verdict, books
from changchun_innovation.shared.append_only import Origin
from changchun_innovation.shared.csv_export import Column, in_words, of
from changchun_innovation.shared.datasets import Dataset, Selection
from changchun_innovation.shared.progress import Judgement, State
from institutions.exports import INSTITUTIONS
from parks.exports import COMMITMENTS, EVENTS, FIGURES, PROGRESS, PUBLICATIONS, REPORTS, Origins
from parks.exports.columns import (
    approved_at_column,
    comparator_column,
    origin_column,
    quarter_column,
    revision_column,
)
from parks.joint import JointPledge, LinkedIndicator, joint_pledges, pledges_towards
from parks.ledger import Ledger
from parks.models import Comparability
from targets.exports import (
    CONTEXT,
    INITIATIVES,
    READINGS,
    indicator_columns,
    kind_column,
    qualifier_column,
    source_column,
)
from targets.queries import Promise, promises


def _rests_on(
    ledger: Ledger, origins: Origins, promise: Promise, links: tuple[LinkedIndicator, ...], quarter
) -> str:
    """Whether what the parks reported under some links is invented."""
    codes = {link.indicator.code for link in links}
    of_parks = {
        origins.of_judgement(pledge, ledger.judgement(pledge, quarter))
        for pledge in pledges_towards(ledger, promise, quarter)
        if pledge.indicator.code in codes
    }
    return Origin.DEMO if Origin.DEMO in of_parks else Origin.REPORTED


# --- targets ---------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class TargetRow:
    """How one target stands in the quarter."""

    promise: Promise
    judgement: Judgement
    origin: str

    @property
    def baseline(self) -> Decimal | None:
        return self.judgement.baseline if self.judgement.baseline_known else None

    @property
    def qualifier(self) -> str | None:
        """How the judged value is worded; a lower bound that proves nothing is no value."""
        return None if self.judgement.value is None else self.judgement.qualifier


TARGET_COLUMNS = (
    Column("target_code", of("promise.code"), "目标代码", "Target code"),
    Column(
        "scope",
        of("promise.scope_code"),
        "范围",
        "Scope",
        about_zh="city 全市、first-batch-parks 首批八个园区，或机构代码",
        about_en="city, first-batch-parks or the code of an institution",
    ),
    *indicator_columns("promise.indicator"),
    kind_column("promise.indicator.kind"),
    comparator_column("judgement.comparator"),
    Column("target", of("judgement.target"), "目标值", "Target", "number"),
    Column(
        "baseline",
        of("baseline"),
        "基数",
        "Baseline",
        "number",
        about_zh="空白即未知，计算时按 0 计",
        about_en="Empty where unknown, and then taken as 0",
    ),
    Column("start_on", of("judgement.start_on"), "起始日", "Start", "date"),
    Column("due_on", of("judgement.due_on"), "到期日", "Due", "date"),
    quarter_column("judgement.quarter"),
    Column(
        "value",
        of("judgement.value"),
        "判断值",
        "Value",
        "number",
        about_zh="公布数据；没有公布的共同承诺为各园区之和",
        about_en="The published value; of a joint pledge without one the sum over the parks",
    ),
    Column("value_period_end", of("judgement.as_at"), "判断值期末", "End of the value's period", "date"),
    qualifier_column(),
    Column("expected", of("judgement.expected"), "序时应达", "Expected", "number"),
    Column("progress", of("judgement.progress"), "任务进度", "Progress", "number"),
    Column("elapsed", of("judgement.elapsed"), "时间进度", "Elapsed", "number"),
    Column("pace", of("judgement.pace"), "进度比", "Pace", "number"),
    Column("state", of("judgement.state"), "状态", "State", values=tuple(State)),
    source_column("promise.source.code"),
    Column("ambiguity", in_words("promise.ambiguity"), "表述不明之处", "Ambiguity"),
    origin_column(),
)


def target_rows(selection: Selection):
    """Every target in the quarter, in the order of the reference data."""
    known = promises(selection.known_on, selection.about)
    ledger = Ledger.of(selection.known_on)
    origins = Origins(ledger)
    joint = {pledge.promise.code: pledge for pledge in joint_pledges(ledger, known, selection.about)}
    for promise in known:
        row = _target_row(promise, joint.get(promise.code), ledger, origins, selection.about)
        if selection.takes_indicator(promise.indicator.code) and selection.takes_state(row.judgement.state):
            yield row


def _target_row(
    promise: Promise, pledge: JointPledge | None, ledger: Ledger, origins: Origins, quarter
) -> TargetRow:
    if pledge is None:
        return TargetRow(promise, promise.judgement(quarter), Origin.REPORTED)
    # What the city publishes of a joint pledge is real, whatever the parks' reports are.
    published = pledge.joint.published
    origin = Origin.REPORTED if published else _rests_on(ledger, origins, promise, pledge.full, quarter)
    return TargetRow(promise, pledge.judgement, origin)


TARGETS = Dataset(
    name="targets",
    title_zh="目标",
    title_en="Targets",
    row_zh="一行是一个目标（全市、八园区共同或机构）在所问季度的判断",
    row_en="One row is the judgement of one target, of the city, the eight parks together or an institution, "
    "in the quarter asked for",
    columns=TARGET_COLUMNS,
    rows=target_rows,
    key=("target_code",),
    filters=frozenset({"indicator", "quarter", "state"}),
)


# --- coverage --------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class CoverageRow:
    """What the parks' pledges for one indicator add up to, against one joint pledge."""

    promise: Promise
    link: LinkedIndicator
    origin: str

    @property
    def missing_parks(self) -> str:
        return ";".join(park.code for park in self.link.missing)


COVERAGE_COLUMNS = (
    Column("target_code", of("promise.code"), "目标代码", "Target code"),
    Column("indicator_code", of("link.indicator.code"), "园区指标代码", "Indicator code of the parks"),
    Column(
        "comparable",
        of("link.comparable"),
        "可比性",
        "Comparable",
        about_zh="full 可比、partly 部分可比（另行合计，不计入共同承诺）",
        about_en="full, or partly: a second sum that is never silently added",
        values=(Comparability.FULL.value, Comparability.PARTLY.value),
    ),
    Column("parks_pledging", of("link.total.pledging"), "承诺园区数", "Parks pledging", "integer"),
    Column("pledged", of("link.total.pledged"), "承诺合计", "Pledged", "number"),
    Column("joint_pledge", of("promise.terms.target"), "共同承诺", "Joint pledge", "number"),
    Column(
        "coverage",
        of("link.total.coverage"),
        "承诺覆盖",
        "Coverage",
        "number",
        about_zh="承诺合计 ÷ 共同承诺",
        about_en="pledged / joint_pledge",
    ),
    Column("parks_reported", of("link.total.reported"), "有数园区数", "Parks with a value", "integer"),
    Column("reported_sum", of("link.total.known_sum"), "填报合计", "Reported sum", "number"),
    Column(
        "missing_parks",
        of("missing_parks"),
        "缺数园区",
        "Parks without a value",
        about_zh="园区代码，以 ; 分隔",
        about_en="Codes of parks, separated by ;",
    ),
    origin_column(),
)


def coverage_rows(selection: Selection):
    """One row per link of a joint pledge, in the quarter."""
    ledger = Ledger.of(selection.known_on)
    origins = Origins(ledger)
    for pledge in joint_pledges(ledger, promises(selection.known_on, selection.about), selection.about):
        for link in pledge.links:
            if selection.takes_indicator(link.indicator.code):
                origin = _rests_on(ledger, origins, pledge.promise, (link,), selection.about)
                yield CoverageRow(pledge.promise, link, origin)


COVERAGE = Dataset(
    name="coverage",
    title_zh="承诺覆盖",
    title_en="Coverage",
    row_zh="一行是各园区某项指标的承诺合计与一项共同承诺之比，以及在所问季度的填报合计",
    row_en="One row is what the parks' pledges for one indicator add up to against one joint pledge, and what they "
    "reported by the quarter asked for",
    columns=COVERAGE_COLUMNS,
    rows=coverage_rows,
    key=("target_code", "indicator_code"),
    filters=frozenset({"indicator", "quarter"}),
)


# --- verdicts --------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class VerdictRow:
    """What became of one promise whose term is over."""

    verdict: Verdict
    origin: str

    @property
    def park_code(self) -> str | None:
        return self.verdict.pledge.park.code if self.verdict.pledge else None

    @property
    def target_code(self) -> str | None:
        return None if self.verdict.pledge else self.verdict.code

    @property
    def summed(self) -> str | None:
        """How many parks are in the sum of a joint pledge without a published value."""
        joint = self.verdict.joint
        return None if joint is None or joint.joint.published else joint.summed.replace(" ", "")


VERDICT_COLUMNS = (
    Column(
        "group",
        of("verdict.group"),
        "范围",
        "Group",
        about_zh="city 全市、first-batch-parks 共同承诺、institution 机构、parks 各园区",
        about_en="city, first-batch-parks (joint), institution or parks",
        values=GROUPS,
    ),
    Column("target_code", of("target_code"), "目标代码", "Target code"),
    Column("park_code", of("park_code"), "园区代码", "Park code"),
    *indicator_columns("verdict.indicator"),
    kind_column("verdict.indicator.kind"),
    comparator_column("verdict.judgement.comparator"),
    Column("target", of("verdict.judgement.target"), "目标值", "Target", "number"),
    Column("start_on", of("verdict.terms.start_on"), "起始日", "Start", "date"),
    Column("due_on", of("verdict.terms.due_on"), "到期日", "Due", "date"),
    quarter_column("verdict.judgement.quarter"),
    Column(
        "outcome",
        of("verdict.outcome"),
        "结果",
        "Outcome",
        about_zh="achieved 已完成、missed 未完成、unreported 没有期末数、undecided 不能定论",
        about_en="unreported: nobody said how it ended; undecided: what is known does not say how it ended",
        values=tuple(Outcome),
    ),
    Column("state", of("verdict.judgement.state"), "状态", "State", values=tuple(State)),
    Column("value", of("verdict.judgement.value"), "判断值", "Value", "number"),
    Column(
        "value_period_end", of("verdict.judgement.as_at"), "判断值期末", "End of the value's period", "date"
    ),
    qualifier_column("verdict.judgement.qualifier"),
    Column(
        "parks_reported",
        of("summed"),
        "有数园区",
        "Parks with a value",
        about_zh="由各园区合计的共同承诺：有数的与承诺的园区数",
        about_en="Of a joint pledge judged by its parks: those with a value / those that pledged",
    ),
    Column("report_quarter", of("verdict.evidence.quarter"), "季报季度", "Quarter of the report"),
    revision_column("verdict.evidence.revision"),
    approved_at_column("verdict.evidence.approved_at"),
    Column("evidence_code", of("verdict.evidence.source.code"), "依据来源代码", "Source of the evidence"),
    source_column("verdict.source.code"),
    origin_column(),
)


def verdict_rows(selection: Selection):
    """Every term that was over on the day, judged in its due quarter."""
    closed = books(selection.known_on)
    origins = Origins(closed.ledger)
    for verdict in closed.verdicts:
        if selection.takes_indicator(verdict.indicator.code):
            yield VerdictRow(verdict, _verdict_origin(closed.ledger, origins, verdict))


def _verdict_origin(ledger: Ledger, origins: Origins, verdict: Verdict) -> str:
    if verdict.pledge:
        return origins.of_judgement(verdict.pledge, verdict.judgement)
    joint = verdict.joint
    if joint is None or joint.joint.published:
        return Origin.REPORTED
    return _rests_on(ledger, origins, joint.promise, joint.full, verdict.judgement.quarter)


VERDICTS = Dataset(
    name="verdicts",
    title_zh="期满结果",
    title_en="Verdicts",
    row_zh="一行是一项期限已过的承诺在到期季度的结果，附依据",
    row_en="One row is what became of one promise whose term is over, judged in its due quarter, with its evidence",
    columns=VERDICT_COLUMNS,
    rows=verdict_rows,
    key=("group", "target_code", "park_code", "indicator_code", "start_on"),
    filters=frozenset({"indicator"}),
)

DATASETS: dict[str, Dataset] = {
    dataset.name: dataset
    for dataset in (
        PROGRESS,
        FIGURES,
        COMMITMENTS,
        TARGETS,
        READINGS,
        COVERAGE,
        VERDICTS,
        REPORTS,
        INITIATIVES,
        INSTITUTIONS,
        PUBLICATIONS,
        EVENTS,
        CONTEXT,
    )
}
