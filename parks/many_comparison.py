"""The parks of a big city side by side: one part of them from what is stored, those that are shown in full.

It is the page that `comparison.py` works out from a ledger of the whole city; a test compares the two. Two things are
otherwise. Within a state the commitments stand by how long they have been in it, since a pace is worked out only for
those that are shown. And what pledges want in themselves is said of the shown parks and not added up.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from django.db.models import Count, F, Q, QuerySet

from changchun_innovation.shared.filters import Chosen, Facet, Narrowed, chosen_of, emptied_by
from changchun_innovation.shared.paging import part_among
from changchun_innovation.shared.quarters import Quarter
from parks import many
from parks.comparison import (
    COMMITMENTS_TO_A_PAGE,
    PARKS_TO_A_PAGE,
    Comparison,
    commitment_facets,
    findings_of,
    park_rows,
)
from parks.flags import Flag
from parks.ledger import Ledger
from parks.models import Park, StoredPark, StoredState
from parks.queries import NEED, CommitmentLine, commitment_line, scorecard
from parks.replies import replies
from parks.shortlist import wanted_name
from targets.queries import IndicatorFacts

_FLAGGED = {
    Flag.FALLING: Q(falling_since__isnull=False),
    Flag.RESTATED: Q(restated_on__isnull=False),
}
# A row of an address names few parks; a list of thousands is no question.
_MOST_PARKS_ASKED = 100


def comparison_of_many(quarter: Quarter, known_on: date, query) -> Comparison:
    """The same answer as `comparison`; the number of queries does not depend on the number of parks.

    Of a quarter before the first promise nothing is stored: its page is empty.
    """
    span, name = many.span(quarter), wanted_name(query)
    term = many.term(span, known_on) if span else []
    parks = StoredPark.objects.filter(quarter=quarter).order_by(*many.as_the_cards())
    lines = StoredState.objects.filter(quarter=quarter, answers=True)
    every = span.parks if span else 0
    found = every
    if name:
        bearing = many.bearing(quarter, name, neediest_first=True)
        found = len(bearing)
        if found < every:
            parks, lines = parks.filter(park__in=bearing), lines.filter(park__in=bearing)
    indicators = many.indicators_pledged(quarter)
    shown_parks = part_among(
        found,
        lambda first, end: parks.values_list("park", flat=True)[first:end],
        query.get("page", ""),
        key="page",
        size=PARKS_TO_A_PAGE,
    )
    facets = _facets(query.getlist("park"), indicators)
    chosen, messages = chosen_of(facets, query)
    kept = _kept(lines, chosen)
    counts = _counts(kept)
    shown_lines = part_among(
        sum(counts.values()),
        lambda first, end: in_need_order(kept, counts, first, end),
        query.get("list", ""),
        key="list",
        size=COMMITMENTS_TO_A_PAGE,
    )
    total = sum(_counts(lines).values()) if chosen else shown_lines.total
    shown = _Shown(known_on, quarter, shown_parks.rows, shown_lines.rows)
    rows = shown.lines(shown_lines.rows)
    return Comparison(
        quarter=quarter,
        quarters=tuple(reversed(_offered(term, known_on))),
        term=tuple(term),
        parks=replace(shown_parks, rows=shown.park_rows(shown_parks.rows, indicators)),
        every_park=every,
        find=name,
        indicators=indicators,
        lines=Narrowed(
            rows=rows,
            total=total,
            # A park is found by its name: no list to choose from holds thousands of them.
            facets=tuple(facet for facet in facets if facet.choices),
            chosen=chosen,
            messages=messages,
            emptied_by=""
            if rows or not total
            else emptied_by(lambda without: _kept(lines, without).exists(), facets, chosen),
        ),
        shown=replace(shown_lines, rows=rows),
        term_over=span is not None and span.dated > 0 and span.dated == span.over,
        wants=(),
        wants_left_out=True,
    )


def _offered(term: list[Quarter], known_on: date) -> list[Quarter]:
    last = Quarter.last_closed(known_on)
    return Quarter.range(min([last, *term[:1]]), last)


# --- the filters -------------------------------------------------------------------------------------------------
def _facets(asked_parks: Iterable[str], indicators: Sequence[IndicatorFacts]) -> tuple[Facet, ...]:
    """Those of `comparison`; of the parks only the ones that are asked for can be chosen. One query."""
    codes = list(asked_parks)[:_MOST_PARKS_ASKED]
    # Their code and name are all that is needed of them.
    parks = Park.objects.filter(code__in=[code for code in codes if "\x00" not in code])
    return commitment_facets(parks, indicators, lambda line: frozenset())


def _kept(lines: QuerySet, chosen: Iterable[Chosen]) -> QuerySet:
    """The stored answers that meet every filter: of one kind any value, of different kinds all."""
    by_key: dict[str, Q] = {}
    for each in chosen:
        by_key[each.key] = by_key.get(each.key, Q()) | _condition(each)
    return lines.filter(*by_key.values())


def _condition(chosen: Chosen) -> Q:
    if chosen.key == "flag":
        return _FLAGGED[Flag(chosen.value)]
    return Q(
        **{{"state": "state", "park": "park__code", "indicator": "indicator__code"}[chosen.key]: chosen.value}
    )


# --- the commitments ---------------------------------------------------------------------------------------------
def _counts(lines: QuerySet) -> dict[str, int]:
    """How many stand in which state, the neediest state first. One query."""
    found = dict(lines.values_list("state").annotate(count=Count("pk")).order_by())
    return {str(state): found[state] for state in NEED if state in found}


def in_need_order(lines: QuerySet, counts: dict[str, int], first: int, end: int) -> list[StoredState]:
    """The rows from one place to another: by state, the longest in it first, then as the scorecards stand.

    A query for each state that reaches into the part, in the order of its index; `counts` are those of the rows.
    """
    found: list[StoredState] = []
    for state, count in counts.items():
        if first < count and end > 0:
            of_state = lines.filter(state=state).order_by(F("since").asc(), *many.in_the_cards())
            found += of_state[max(first, 0) : end]
        first, end = first - count, end - count
    return found


class _Shown:
    """The parks of one page in full: loaded and judged as those of any city. Nine queries."""

    def __init__(
        self, known_on: date, quarter: Quarter, parks: Iterable[int], states: Iterable[StoredState]
    ) -> None:
        self._quarter = quarter
        wanted = {*parks, *(row.park_id for row in states)}
        codes = list(Park.objects.filter(pk__in=wanted).values_list("code", flat=True))
        self._ledger = Ledger.of(known_on, codes)
        self._spoken = replies(known_on, quarter, codes)
        self._parks = {park.pk: park for park in self._ledger.parks}

    def park_rows(self, parks: Iterable[int], indicators: tuple[IndicatorFacts, ...]) -> tuple:
        cards = [scorecard(self._ledger, self._parks[pk], self._quarter, self._spoken) for pk in parks]
        findings = {card.park.code: findings_of(self._ledger, card) for card in cards}
        return park_rows(cards, indicators, self._ledger.known_on, findings)

    def lines(self, states: Iterable[StoredState]) -> tuple[CommitmentLine, ...]:
        pledges = {pledge.pk: pledge for pledge in self._ledger.pledges_in(self._quarter)}
        return tuple(self._line(pledges[row.commitment_id]) for row in states)

    def _line(self, pledge) -> CommitmentLine:
        reply = self._spoken.get((pledge.park.code, pledge.indicator.code))
        return commitment_line(self._ledger, pledge, self._quarter, reply)
