"""Published values, deliverables and background figures as files."""

from changchun_innovation.shared.csv_export import Column, in_words, of
from changchun_innovation.shared.datasets import Dataset, Selection
from targets import queries
from targets.models import Confidence, InitiativeState, Kind, Qualifier


def indicator_columns(path: str = "indicator") -> tuple[Column, ...]:
    """Code, name and unit of the indicator that stands at `path` in a row."""
    return (
        Column("indicator_code", of(f"{path}.code"), "指标代码", "Indicator code"),
        Column("indicator", in_words(f"{path}.name"), "指标", "Indicator"),
        Column("unit", in_words(f"{path}.unit"), "单位", "Unit"),
    )


def kind_column(path: str = "indicator.kind") -> Column:
    return Column(
        "kind",
        of(path),
        "口径",
        "Kind",
        about_zh="cumulative 累计、stock 存量、annual 年度、rate 比率",
        about_en="What a figure means: a total since the start, a level, a total of the year, or a rate",
        values=tuple(Kind.values),
    )


def qualifier_column(path: str = "qualifier") -> Column:
    return Column(
        "qualifier",
        of(path),
        "表述",
        "Qualifier",
        about_zh="exact 准确值、more-than 超过、at-least 至少、derived 推算、planned 计划、bracket 区间",
        about_en="How the value is worded; derived ones were computed, planned and bracketed ones are never judged",
        values=tuple(Qualifier.values),
    )


def confidence_column() -> Column:
    return Column("confidence", of("confidence"), "可信度", "Confidence", values=tuple(Confidence.values))


def source_column(path: str = "source.code") -> Column:
    return Column(
        "source_code",
        of(path),
        "来源代码",
        "Source code",
        about_zh="出处的代码，见 /sources/<代码>/",
        about_en="The document, at /sources/<code>/",
    )


READING_COLUMNS = (
    Column(
        "subject",
        of("subject"),
        "主体",
        "Subject",
        about_zh="city 全市、first-batch-parks 首批八个园区，或机构代码",
        about_en="city, first-batch-parks or the code of an institution",
    ),
    *indicator_columns(),
    Column("period_start", of("period_start"), "期初", "Period start", "date"),
    Column("period_end", of("period_end"), "期末", "Period end", "date"),
    Column("value", of("value"), "数值", "Value", "number"),
    qualifier_column(),
    confidence_column(),
    source_column(),
    Column("known_from", of("known_from"), "自何日起知悉", "Known from", "date"),
    Column("remark", in_words("remark"), "说明", "Remark"),
)


def reading_rows(selection: Selection):
    """Published values known on the day; a value belongs to the quarter of its period's last day. One query."""
    for reading in queries.readings(selection.known_on):
        if selection.takes_indicator(reading.indicator.code) and selection.takes_quarter(reading.quarter):
            yield reading


READINGS = Dataset(
    name="readings",
    title_zh="公布数据",
    title_en="Published values",
    row_zh="一行是一个公布的数值，附来源与表述",
    row_en="One row is a published value with its source and its wording",
    columns=READING_COLUMNS,
    rows=reading_rows,
    key=("subject", "indicator_code", "period_end", "source_code"),
    filters=frozenset({"indicator", "quarter", "from", "to"}),
)

INITIATIVE_COLUMNS = (
    Column("code", of("code"), "代码", "Code"),
    Column("measure", in_words("measure"), "举措类别", "Measure"),
    Column("deliverable", in_words("deliverable"), "内容", "Deliverable"),
    Column("lead_code", of("lead.code"), "牵头单位代码", "Lead code"),
    Column("lead", in_words("lead.name"), "牵头单位", "Lead"),
    Column("status", of("status"), "状态", "Status", values=tuple(InitiativeState.values)),
    Column("status_since", of("status_since"), "状态起始日", "Status known from", "date"),
    Column("status_source_code", of("status_source.code"), "状态来源代码", "Source of the status"),
    source_column(),
    Column("note", in_words("note"), "说明", "Note"),
)


def initiative_rows(selection: Selection):
    """Deliverables with the status known on the day. Two queries."""
    yield from queries.initiatives(selection.known_on)


INITIATIVES = Dataset(
    name="initiatives",
    title_zh="举措",
    title_en="Initiatives",
    row_zh="一行是一项没有数字的承诺，附当日所知的状态",
    row_en="One row is a promised deliverable without a number, with its status as known on the day",
    columns=INITIATIVE_COLUMNS,
    rows=initiative_rows,
    key=("code",),
)

CONTEXT_COLUMNS = (
    Column("code", of("code"), "代码", "Code"),
    Column("name", in_words("name"), "名称", "Name"),
    Column("value", of("value"), "数值", "Value", "number"),
    qualifier_column(),
    Column("unit", in_words("unit"), "单位", "Unit"),
    Column("as_of", of("as_of"), "截至", "As of", "date"),
    source_column(),
)


def context_rows(selection: Selection):
    """Background figures whose document was published by the day. One query."""
    for figure in queries.context_figures():
        if figure.source.published_on <= selection.known_on:
            yield figure


CONTEXT = Dataset(
    name="context",
    title_zh="城市背景数据",
    title_en="Background figures of the city",
    row_zh="一行是一个城市背景数字，没有人就它作过承诺",
    row_en="One row is a background figure about the city that nobody promised anything about",
    columns=CONTEXT_COLUMNS,
    rows=context_rows,
    key=("code",),
)
