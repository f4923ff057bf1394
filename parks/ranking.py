"""Commitments in one order: who leads, who is last, and who has no place because a number is unknown.

What is unknown is never taken for zero and never ranked as the worst: it is listed after, with the reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum

from django.utils.translation import gettext as _

from changchun_innovation.shared.explain import expected_text, quantity, target_text
from changchun_innovation.shared.marks import Measure, measure
from changchun_innovation.shared.progress import Kind
from changchun_innovation.shared.quarters import Quarter
from changchun_innovation.shared.wording import (
    MISSING_WORDS,
    percent_text,
    quarter_axis,
    signed_text,
    unit_text,
)
from parks.ledger import Ledger, Pledge
from parks.queries import CommitmentLine

# So many rows are drawn whole; of more, the best and the worst of them.
DRAWN_AT_MOST, DRAWN_AT_EACH_END = 12, 5
# A share of its pledge, or of last year's figure, is cut here; the number says it.
SHARE_END, GROWTH_END = Decimal("1.2"), Decimal(2)


class Show(StrEnum):
    """What is held against what."""

    PROGRESS = "progress"
    ACTUAL = "actual"
    YEAR = "year"


class Rank(StrEnum):
    """By which number the rows are ordered, the highest first."""

    PROGRESS = "progress"
    PACE = "pace"
    CHANGE = "change"
    VALUE = "value"


@dataclass(frozen=True)
class YearOnYear:
    """The figure of a quarter and that of the same quarter a year earlier, as they were reported.

    Of an annual indicator both are totals since 1 January, so that like is held against like. `missing` says why
    there is no change.
    """

    quarter: Quarter
    kind: Kind
    now: Decimal | None
    before: Decimal | None
    missing: str

    @property
    def earlier(self) -> Quarter:
        return self.quarter - 4

    @property
    def change(self) -> Decimal | None:
        return None if self.now is None or self.before is None else self.now - self.before

    @property
    def growth(self) -> Decimal | None:
        """The change as a ratio of the earlier figure, to 4 decimals; None of a rate and where that is not above 0."""
        if self.change is None or self.kind is Kind.RATE or self.before <= 0:
            return None
        return (self.change / self.before).quantize(Decimal("0.0001"), ROUND_HALF_EVEN)


@dataclass(frozen=True)
class Row:
    """One commitment: its place (None where it has none, and then why), its bar and what that says in words."""

    line: CommitmentLine
    year: YearOnYear
    label: str
    key: Decimal | None
    unranked: str
    place: int | None = None
    measure: Measure | None = None
    words: str = ""

    @property
    def growth_text(self) -> str:
        """The relative change with its sign; '' where there is none."""
        return "" if self.year.growth is None else _signed_percent(self.year.growth)

    @property
    def change_unit(self) -> str:
        """The unit of the change: percentage points where the figures are percentages."""
        unit = self.line.pledge.indicator.unit
        return _("个百分点") if unit == "%" else unit


@dataclass(frozen=True)
class Panel:
    """Commitments that share an axis: of one indicator in several parks, or of one park over its indicators.

    `best` and `worst` are drawn, `left_out` stand between them and are in the table only.
    """

    code: str
    title: str
    show: Show
    rank: Rank
    by_park: bool
    ranked: tuple[Row, ...]
    unranked: tuple[Row, ...]
    best: tuple[Row, ...]
    worst: tuple[Row, ...]
    sentence: str

    @property
    def left_out(self) -> int:
        return len(self.ranked) - len(self.best) - len(self.worst)

    @property
    def count(self) -> int:
        return len(self.ranked) + len(self.unranked)

    @property
    def drawn(self) -> tuple[Row, ...]:
        return (*self.best, *self.worst)

    @property
    def reasons(self) -> list[tuple[str, tuple[Row, ...]]]:
        """The rows without a place by the reason for it, in order of appearance."""
        reasons: dict[str, list[Row]] = {}
        for row in self.unranked:
            reasons.setdefault(row.unranked, []).append(row)
        return [(reason, tuple(rows)) for reason, rows in reasons.items()]


def panel_of(
    ledger: Ledger,
    lines: Sequence[CommitmentLine],
    show: Show,
    rank: Rank,
    *,
    by_park: bool,
    at_most: int | None,
) -> Panel:
    """The lines of one panel in their order; `at_most` rows are drawn (None: all of them)."""
    rows = [_row(ledger, line, show, rank, by_park) for line in lines]
    ranked = _placed(sorted((row for row in rows if row.key is not None), key=lambda row: -row.key))
    unranked = [row for row in rows if row.key is None]
    if show is not Show.PROGRESS:
        end = None if by_park else _end(show, rows)
        ranked = [replace(row, measure=_measure(row, show, end)) for row in ranked]
    best, worst = ranked, []
    if at_most and len(ranked) > at_most:
        best, worst = ranked[:DRAWN_AT_EACH_END], ranked[-DRAWN_AT_EACH_END:]
    of = lines[0].pledge.park if by_park else lines[0].pledge.indicator
    return Panel(
        code=of.code,
        title=of.name,
        show=show,
        rank=rank,
        by_park=by_park,
        ranked=tuple(ranked),
        unranked=tuple(unranked),
        best=tuple(best),
        worst=tuple(worst),
        sentence=_sentence(ranked, rank, by_park),
    )


def year_on_year(ledger: Ledger, pledge: Pledge, quarter: Quarter) -> YearOnYear:
    """The approved figures of a quarter and of the same one a year earlier.

    A total since the start of a pledge is not held against that of an earlier term, which began elsewhere.
    """
    kind = pledge.terms.kind
    figures = ledger.published(pledge) if kind is Kind.CUMULATIVE else ledger.figures_of(pledge)
    now, before = figures.get(quarter), figures.get(quarter - 4)
    missing = ""
    for each, asked in ((before, quarter - 4), (now, quarter)):
        if each is not None and each.not_applicable:
            missing = _("%(quarter)s 填报为不适用") % {"quarter": quarter_axis(asked)}
        elif each is None and asked.ends_on < pledge.start_on:
            missing = _("%(quarter)s 早于承诺的起始") % {"quarter": quarter_axis(asked)}
        elif each is None or each.value is None:
            missing = _("%(quarter)s 没有审定过的数") % {"quarter": quarter_axis(asked)}
    return YearOnYear(quarter, kind, now.value if now else None, before.value if before else None, missing)


def drawn_value(ledger: Ledger, pledge: Pledge, quarter: Quarter, panel: Panel) -> Decimal | None:
    """The number of a past quarter on the panel's axis; None where nothing was approved for that very quarter."""
    if panel.show is Show.YEAR:
        year = year_on_year(ledger, pledge, quarter)
        return _share(year.now, year.before) if panel.by_park else year.now
    judgement = ledger.judgement(pledge, quarter)
    if judgement.figure_quarter != quarter:
        return None
    if panel.show is Show.PROGRESS:
        return judgement.progress
    return _share(judgement.value, judgement.target) if panel.by_park else judgement.value


# --- rows ---------------------------------------------------------------------------------------------------------
def _row(ledger: Ledger, line: CommitmentLine, show: Show, rank: Rank, by_park: bool) -> Row:
    year = year_on_year(ledger, line.pledge, line.judgement.quarter)
    of = line.pledge.indicator if by_park else line.pledge.park
    key = None if _why_silent(line, year, show) else _key(line, year, show, rank, by_park)
    return Row(
        line=line,
        year=year,
        label=of.name,
        key=key,
        unranked="" if key is not None else _why_silent(line, year, show) or _why_unranked(line, year, rank),
        words=_words(line, year, show),
    )


def _why_silent(line: CommitmentLine, year: YearOnYear, show: Show) -> str:
    """Why there is nothing to draw, whatever the order; '' where there is."""
    judgement = line.judgement
    if show is Show.YEAR:
        return year.missing
    if judgement.value is None:
        return str(MISSING_WORDS.get(str(judgement.missing), _("没有可评判的数")))
    if judgement.stale:
        return _("数据过期，为 %(quarter)s 的数") % {"quarter": quarter_axis(judgement.figure_quarter)}
    return ""


def _key(line: CommitmentLine, year: YearOnYear, show: Show, rank: Rank, by_park: bool) -> Decimal | None:
    judgement = line.judgement
    if rank is Rank.PROGRESS:
        return judgement.progress
    if rank is Rank.PACE:
        return judgement.pace
    if rank is Rank.CHANGE:
        # Indicators of one park have units of their own: only the relative change can be ordered.
        return year.growth if by_park else year.change
    value, whole = (year.now, year.before) if show is Show.YEAR else (judgement.value, judgement.target)
    return _share(value, whole) if by_park else value


def _why_unranked(line: CommitmentLine, year: YearOnYear, rank: Rank) -> str:
    """Why a commitment whose value is known has no place in this order."""
    judgement = line.judgement
    if rank is Rank.CHANGE:
        return year.missing or _("上年同期为 0 或比率，不计同比增幅")
    if judgement.kind is Kind.RATE:
        return _("比率逐年单独评判，没有任务进度")
    if judgement.progress is None and rank is not Rank.VALUE:
        return _("基数已达承诺，没有任务进度")
    if judgement.due_on is None:
        return _("没有期限，没有进度比")
    if rank is Rank.PACE:
        return _("应达值还在基数上，没有进度比")
    return _("没有可比的数")


def _placed(rows: list[Row]) -> list[Row]:
    """Rows in order with their places; equals share one, and the next one counts them all."""
    placed: list[Row] = []
    for at, row in enumerate(rows):
        same = placed and placed[-1].key == row.key
        placed.append(replace(row, place=placed[-1].place if same else at + 1))
    return placed


# --- bars ---------------------------------------------------------------------------------------------------------
def _parts(row: Row, show: Show) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    """The bar, the mark on it, and the pledge; half a year is never drawn against the pledge for a whole one."""
    judgement = row.line.judgement
    if show is Show.YEAR:
        return row.year.now, row.year.before, None
    return judgement.value, judgement.expected, judgement.target


def _end(show: Show, rows: Sequence[Row]) -> Decimal:
    """The end of the shared axis: the largest number on it."""
    return max((part for row in rows for part in _parts(row, show) if part is not None), default=Decimal(1))


def _measure(row: Row, show: Show, end: Decimal | None) -> Measure | None:
    """On the panel's axis; without one (a park's indicators) each row is a share of its own whole."""
    value, mark, goal = _parts(row, show)
    if end is not None:
        return measure(value, mark, goal, end)
    whole = mark if show is Show.YEAR else goal
    shares = [_share(part, whole) for part in (value, mark, goal)]
    return measure(*shares, GROWTH_END if show is Show.YEAR else SHARE_END)


def _share(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
    if part is None or not whole or whole < 0:
        return None
    return (part / whole).quantize(Decimal("0.0001"), ROUND_HALF_EVEN)


# --- words --------------------------------------------------------------------------------------------------------
def key_text(row: Row, rank: Rank, by_park: bool) -> str:
    """The number by which a row was ordered, as it is read."""
    indicator = row.line.pledge.indicator
    if rank is Rank.PROGRESS or (rank is Rank.VALUE and by_park):
        return percent_text(row.key)
    if rank is Rank.PACE:
        return percent_text(row.key, 2)
    if rank is Rank.VALUE:
        return quantity(row.key, indicator.unit, indicator.decimals)
    if by_park:
        return _signed_percent(row.key)
    return _change_text(row.key, indicator)


def _signed_percent(ratio: Decimal) -> str:
    return ("+" if ratio > 0 else "") + percent_text(ratio)


def _change_text(change: Decimal, indicator) -> str:
    text = signed_text(change, indicator.decimals)
    unit = _("个百分点") if indicator.unit == "%" else unit_text(indicator.unit, change, indicator.decimals)
    return f"{text} {unit}"


def _sentence(ranked: Sequence[Row], rank: Rank, by_park: bool) -> str:
    """Who leads and who is last."""
    if not ranked:
        return _("还没有可以排名的数。")
    first, last = ranked[0], ranked[-1]
    facts = {
        "first": first.label,
        "most": key_text(first, rank, by_park),
        "last": last.label,
        "least": key_text(last, rank, by_park),
    }
    if len(ranked) == 1:
        return _("只有%(first)s可以排名：%(most)s。") % facts
    if first.key == last.key:
        return _("可以排名的各项相同：%(most)s。") % facts
    return _("%(first)s居首，%(most)s；%(last)s在末，%(least)s。") % facts


def _words(line: CommitmentLine, year: YearOnYear, show: Show) -> str:
    """The numbers of a bar as one line of text."""
    judgement, unit = line.judgement, line.pledge.indicator.unit
    if show is Show.YEAR:
        return _year_words(line, year)
    name = _("近四个季度合计") if judgement.kind is Kind.ANNUAL else _("现值")
    parts = [f"{name} {quantity(judgement.value, unit, judgement.decimals)}"]
    if judgement.figure_quarter not in (None, judgement.quarter):
        parts[0] += _("（%(quarter)s）") % {"quarter": quarter_axis(judgement.figure_quarter)}
    parts += [expected_text(judgement, unit), _("承诺 %(target)s") % {"target": target_text(judgement, unit)}]
    return " · ".join(part for part in parts if part)


def _year_words(line: CommitmentLine, year: YearOnYear) -> str:
    indicator = line.pledge.indicator
    parts = [
        f"{quarter_axis(quarter)} {quantity(figure, indicator.unit, indicator.decimals)}"
        for quarter, figure in ((year.quarter, year.now), (year.earlier, year.before))
    ]
    if year.kind is Kind.ANNUAL:
        parts = [_("今年以来，%(words)s") % {"words": parts[0]}, parts[1]]
    if year.change is not None:
        change = _change_text(year.change, indicator)
        if year.growth is not None:
            change += _("（%(growth)s）") % {"growth": _signed_percent(year.growth)}
        parts.append(change)
    return " · ".join(parts)
