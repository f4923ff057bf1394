"""The wide table: parks × indicators with a column for every quarter, as a workbook."""

from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO

from django.utils import translation
from django.utils.translation import gettext as _

from changchun_innovation.overview.files import about_lines
from changchun_innovation.shared.append_only import Origin
from changchun_innovation.shared.bilingual import in_language
from changchun_innovation.shared.csv_export import Column
from changchun_innovation.shared.datasets import Dataset, Selection
from changchun_innovation.shared.quarters import Quarter
from parks.exports.pledges import COMMITMENT_COLUMNS
from parks.ledger import Ledger, Pledge

# These say which pledge a line is about; the quarters follow.
_ABOUT_THE_PLEDGE = (
    "park_code",
    "park",
    "indicator_code",
    "indicator",
    "unit",
    "kind",
    "comparator",
    "commitment",
    "start_on",
    "due_on",
)
_PLEDGE_COLUMNS: tuple[Column, ...] = tuple(
    column for column in COMMITMENT_COLUMNS if column.name in _ABOUT_THE_PLEDGE
)

WIDE = Dataset(
    name="wide",
    title_zh="宽表",
    title_en="Wide table",
    row_zh="一行是一项园区承诺，每个季度一列：一张表为填报数，一张表为任务进度",
    row_en="One row is a commitment with a column for every quarter: one sheet of figures, one of progress",
    columns=_PLEDGE_COLUMNS,
    rows=lambda selection: _pledges(_ledger(selection), selection),
    key=("park_code", "indicator_code", "start_on"),
    filters=frozenset({"park", "indicator", "quarter", "from", "to"}),
)


@dataclass(frozen=True)
class _Value:
    """What one pledge has in one quarter; `progress` only where that quarter itself has a value."""

    pledge: str
    quarter: str
    figure: Decimal | None
    progress: Decimal | None
    origin: str


def wide_file(selection: Selection) -> BytesIO:
    """The wide table: the figures as reported, the progress of the same quarters, and what both mean."""
    from changchun_innovation.shared.xlsx_export import WIDTHS, new_book, settled, write_about, write_sheet

    ledger = _ledger(selection)
    pledges = _pledges(ledger, selection)
    values = _values(ledger, pledges, selection)
    quarters = _quarters(pledges, values, selection)
    with translation.override(selection.lang):
        demo = any(value.origin == Origin.DEMO for value in values)
        book = new_book()
        for field, title in (("figure", _("填报数")), ("progress", _("任务进度"))):
            write_sheet(
                book,
                _("%(title)s（演示）") % {"title": title} if demo else title,
                headings=[*(c.heading(selection.labels) for c in _PLEDGE_COLUMNS), *map(str, quarters)],
                widths=[*(WIDTHS[column.type] for column in _PLEDGE_COLUMNS), *(10 for _quarter in quarters)],
                rows=_lines(pledges, values, quarters, field, selection.lang),
                kept_columns=4,
            )
        write_about(book, _("说明"), _about(pledges, values, selection))
    return settled(book)


def _ledger(selection: Selection) -> Ledger:
    return Ledger.of(selection.known_on, selection.park_codes)


def _pledges(ledger: Ledger, selection: Selection) -> list[Pledge]:
    return [pledge for pledge in ledger.pledges if selection.takes_indicator(pledge.indicator.code)]


def _values(ledger: Ledger, pledges: list[Pledge], selection: Selection) -> list[_Value]:
    values = []
    for pledge in pledges:
        for quarter, figure in ledger.published(pledge).items():
            if not selection.takes_quarter(quarter):
                continue
            judgement = ledger.judgement(pledge, quarter)
            # A value is not carried forward into quarters in which nothing was reported.
            own = judgement.figure_quarter == quarter
            progress = judgement.progress if own else None
            values.append(_Value(_line_of(pledge), str(quarter), figure.value, progress, figure.origin))
    return values


def _line_of(pledge: Pledge) -> str:
    """What tells the line of a pledge from those of every other, and of other terms of its commitment."""
    return f"{pledge.pk} {pledge.start_on}"


def _quarters(pledges: list[Pledge], values: list[_Value], selection: Selection) -> list[Quarter]:
    """Every quarter from the first start or figure to the last one closed, or the last due one; without gaps."""
    reported = [Quarter.parse(value.quarter) for value in values]
    starts = [Quarter.containing(pledge.terms.start_on) for pledge in pledges]
    if not starts:
        return []
    closed = Quarter.last_closed(selection.known_on)
    last = max([max(pledge.terms.capped(closed) for pledge in pledges), *reported])
    return [
        quarter
        for quarter in Quarter.range(min([*starts, *reported]), last)
        if selection.takes_quarter(quarter)
    ]


def _lines(pledges: list[Pledge], values: list[_Value], quarters: list[Quarter], field: str, lang: str):
    """One line per pledge, in order: what it is, then the value of every quarter or nothing."""
    # pandas takes a second and 70 MB: only who asks for this file pays for it.
    import pandas

    long = pandas.DataFrame(
        {
            "pledge": [value.pledge for value in values],
            "quarter": [value.quarter for value in values],
            "value": pandas.Series([getattr(value, field) for value in values], dtype="object"),
        }
    )
    wide = (
        long.pivot(index="pledge", columns="quarter", values="value")
        .reindex(
            index=[_line_of(pledge) for pledge in pledges], columns=[str(quarter) for quarter in quarters]
        )
        .astype("object")
    )
    wide = wide.where(wide.notna(), None)
    for pledge, numbers in zip(pledges, wide.itertuples(index=False, name=None), strict=True):
        yield [*(column.value(pledge, lang) for column in _PLEDGE_COLUMNS), *numbers]


def _about(pledges: list[Pledge], values: list[_Value], selection: Selection) -> list[tuple[str, str]]:
    sources = {pledge.source.code: pledge.source for pledge in pledges if pledge.source}
    origins = sorted({value.origin for value in values})
    return [
        *about_lines(selection),
        (_("数据性质"), _("、").join(origins)),
        (_("填报数"), _("该季度已审定的填报数，按原样；更正过的取当日所知的最新版次")),
        (
            _("任务进度"),
            _("（现值 − 基数）÷（承诺值 − 基数），只写该季度自己有数的；年度口径的现值为四个季度合计"),
        ),
        (
            _("口径"),
            _("累计与存量为季度末的数，年度为 1 月 1 日至季度末的合计，季度之间均不可相加"),
        ),
        *(
            (_("来源"), f"{code} · {in_language(source, 'title', selection.lang)} · {source.published_on}")
            for code, source in sources.items()
        ),
    ]
