"""Parks and indicators held against each other: what is compared, in which order, and what cannot be ranked and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from changchun_innovation.shared.charts import Chart
from changchun_innovation.shared.filters import Choice, Chosen, Facet, Narrowed, narrow
from changchun_innovation.shared.quarters import Quarter
from parks.carried import city_ledger
from parks.charts import comparison_chart
from parks.comparison import pledged_indicators
from parks.ledger import Ledger, parks_known_on
from parks.portrait import offered_quarters
from parks.queries import CommitmentLine, scorecards
from parks.ranking import DRAWN_AT_MOST, Panel, Rank, Row, Show, panel_of
from parks.whole_city import TooManyParks, must_be_few
from targets.queries import IndicatorFacts

SHOW_WORDS = {
    Show.PROGRESS: gettext_lazy("任务进度对时间进度"),
    Show.ACTUAL: gettext_lazy("实际对应达"),
    Show.YEAR: gettext_lazy("本季度对上年同期"),
}
RANK_WORDS = {
    Rank.PROGRESS: gettext_lazy("按任务进度"),
    Rank.PACE: gettext_lazy("按进度比"),
    Rank.CHANGE: gettext_lazy("按同比变化"),
    Rank.VALUE: gettext_lazy("按数值大小"),
}
# Of a big city so many parks may be compared, by name.
MOST_AT_ONCE = 50
USUAL_RANK = {Show.PROGRESS: Rank.PROGRESS, Show.ACTUAL: Rank.VALUE, Show.YEAR: Rank.CHANGE}


@dataclass(frozen=True)
class Side:
    """One of the two things that a reader chooses: all that can be chosen, and what is."""

    key: str
    label: str
    choices: tuple[tuple[Choice, bool], ...]
    is_open: bool = False

    @property
    def words(self) -> str:
        """How many are chosen, for the line under which the choices stand."""
        chosen = sum(picked for _choice, picked in self.choices)
        if not chosen:
            return _("%(name)s：未选") % {"name": self.label}
        return _("%(name)s：已选 %(n)s 个") % {"name": self.label, "n": chosen}


@dataclass(frozen=True)
class Compared:
    """The page: the question as it was read, and the panels that answer it."""

    quarter: Quarter
    quarters: tuple[Quarter, ...]
    show: Show
    rank: Rank
    rank_given: str
    everything: bool
    lines: Narrowed
    sides: tuple[Side, ...]
    messages: tuple[str, ...]
    chosen_for_reader: IndicatorFacts | None
    indicators: tuple[IndicatorFacts, ...]
    panels: tuple[Panel, ...]
    charts: tuple[Chart, ...]

    @property
    def rows(self) -> tuple[Row, ...]:
        """Every row of the page, the ranked ones of a panel before its others."""
        return tuple(row for panel in self.panels for row in (*panel.ranked, *panel.unranked))

    @property
    def one_park(self) -> bool:
        """Whether every row is of one park, so that its indicator names it."""
        return len({row.line.pledge.park.code for row in self.rows}) == 1

    @property
    def one_indicator(self) -> bool:
        return len({row.line.pledge.indicator.code for row in self.rows}) == 1

    @property
    def shows(self) -> list[tuple[Show, str]]:
        return [(show, str(words)) for show, words in SHOW_WORDS.items()]

    @property
    def ranks(self) -> list[tuple[Rank, str]]:
        return [(rank, str(words)) for rank, words in RANK_WORDS.items()]

    @property
    def show_words(self) -> str:
        return str(SHOW_WORDS[self.show])

    @property
    def rank_words(self) -> str:
        return str(RANK_WORDS[self.rank])

    @property
    def left_out(self) -> int:
        """How many ranked rows are not drawn."""
        return sum(panel.left_out for panel in self.panels)

    @property
    def file(self) -> dict:
        """The filters of the file `progress` that holds the same commitments, judged in the quarter."""
        return {"quarter": str(self.quarter), **self._chosen}

    @property
    def figures_file(self) -> dict:
        """The filters of the file `figures` that holds both quarters of every change, and those between them.

        As reported: a judged total over four quarters may not be known where the figures of both are.
        """
        quarters = [row.year.quarter for row in self.rows]
        return {"quarter": None, "from": str(min(quarters) - 4), "to": str(max(quarters)), **self._chosen}

    @property
    def _chosen(self) -> dict[str, list[str]]:
        chosen = {
            key: [each.value for each in self.lines.chosen if each.key == key]
            for key in ("indicator", "park")
        }
        if self.chosen_for_reader:
            chosen["indicator"] = [self.chosen_for_reader.code]
        return chosen


def compared(quarter: Quarter, known_on: date, query) -> Compared:
    """The answer to a query (a QueryDict); a fixed number of database queries, whatever is compared."""
    ledger = _ledger(known_on, query.getlist("park"))
    messages: list[str] = []
    show = _word(query, "show", Show, Show.PROGRESS, messages)
    rank = _word(query, "rank", Rank, USUAL_RANK[show], messages)
    cards = scorecards(ledger, quarter)
    # A promise that begins later is answered by no file of this quarter either.
    begun = [
        line for card in cards for line in card.lines if Quarter.containing(line.pledge.start_on) <= quarter
    ]
    indicators = tuple(
        each for each in pledged_indicators(cards) if any(_is_of(each, line) for line in begun)
    )
    lines = narrow(begun, _facets(ledger, indicators), query)
    first = None
    if not lines.chosen and indicators:
        first = indicators[0]
        lines = _only(lines, first)
    everything = query.get("all") == "1"
    panels = tuple(_panels(ledger, lines.rows, indicators, show, rank, everything))
    return Compared(
        quarter=quarter,
        quarters=offered_quarters(ledger),
        show=show,
        rank=rank,
        rank_given=rank if query.get("rank", "").strip() == rank else "",
        everything=everything,
        lines=lines,
        sides=tuple(
            _side(facet, lines.chosen, is_open=first is not None and facet.key == "indicator")
            for facet in lines.facets
        ),
        messages=(*messages, *lines.messages),
        chosen_for_reader=first,
        indicators=indicators,
        panels=panels,
        charts=tuple(comparison_chart(ledger, panel, panels, quarter) for panel in panels if panel.ranked),
    )


def _ledger(known_on: date, parks: list[str]) -> Ledger:
    """The whole city; where that is more than a page can wait for, the parks that are asked for."""
    try:
        must_be_few(known_on)
    except TooManyParks:
        known = parks_known_on(known_on).filter(code__in=[code for code in parks if "\x00" not in code])
        codes = list(known.values_list("code", flat=True)[: MOST_AT_ONCE + 1])
        if not codes or len(codes) > MOST_AT_ONCE:
            raise
        return Ledger.of(known_on, codes)
    return city_ledger(known_on)


def _word(query, key: str, words: type[StrEnum], usual: StrEnum, messages: list[str]) -> StrEnum:
    """A parameter that takes one of a few words; anything else is a message and the usual one."""
    text = query.get(key, "").strip()
    if not text:
        return usual
    if text in tuple(words):
        return words(text)
    known = _("、").join(words)
    messages.append(
        _("参数 %(name)s 没有“%(text)s”这个值；可用 %(known)s。已按 %(usual)s 显示。")
        % {"name": key, "text": text[:40], "known": known, "usual": usual}
    )
    return usual


def _is_of(indicator: IndicatorFacts, line: CommitmentLine) -> bool:
    return line.pledge.indicator.code == indicator.code


def _only(lines: Narrowed, indicator: IndicatorFacts) -> Narrowed:
    """Where nothing was chosen: the indicator that most parks share."""
    rows = tuple(line for line in lines.rows if _is_of(indicator, line))
    return Narrowed(rows, lines.total, lines.facets, lines.chosen, lines.messages, lines.emptied_by)


def _facets(ledger: Ledger, indicators: Sequence[IndicatorFacts]) -> tuple[Facet, ...]:
    return (
        Facet(
            "indicator",
            _("指标"),
            tuple(Choice(each.code, each.name) for each in indicators),
            lambda line: line.pledge.indicator.code,
        ),
        Facet(
            "park",
            _("所属园区"),
            tuple(Choice(park.code, park.name) for park in ledger.parks),
            lambda line: line.pledge.park.code,
        ),
    )


def _side(facet: Facet, chosen: Sequence[Chosen], *, is_open: bool) -> Side:
    picked = {each.value for each in chosen if each.key == facet.key}
    choices = tuple((choice, choice.value in picked) for choice in facet.choices)
    return Side(facet.key, facet.label, choices, is_open)


def _panels(
    ledger: Ledger,
    lines: Sequence[CommitmentLine],
    indicators: Sequence[IndicatorFacts],
    show: Show,
    rank: Rank,
    everything: bool,
):
    """One panel per indicator; the indicators of a single park stand together in one."""
    at_most = None if everything else DRAWN_AT_MOST
    parks = {line.pledge.park.code for line in lines}
    shared = {line.pledge.indicator.code for line in lines}
    if len(parks) == 1 and len(shared) > 1:
        yield panel_of(ledger, lines, show, rank, by_park=True, at_most=at_most)
        return
    for indicator in indicators:
        if of_it := [line for line in lines if _is_of(indicator, line)]:
            yield panel_of(ledger, of_it, show, rank, by_park=False, at_most=at_most)
