"""Ledgers carried forward: what is added about one park leaves everything about the others.

What is known of the parks rests on rows that are added and never changed, on events, on texts that the audit trail
watches, and on the day. So the highest ids of those tables say whether the ledger that was loaded last still holds, and
the new rows name the parks of which something is new. Only these are read and judged again; all other answers are kept.

Two ledgers are kept in the memory of each process, of the latest day that was asked for: that of the whole city, and
that of the parks which a big city shows. Other days and other parks are loaded each time, and so is a city of more than
`MOST_PARKS` parks, whose answers are stored (`stored.py`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from auditlog.models import LogEntry
from django.conf import settings
from django.db import connection

from changchun_innovation.shared.highest_ids import HighestIds, Ids
from changchun_innovation.shared.quarters import Quarter
from changchun_innovation.shared.remembered import database, remembering
from parks import known
from parks.facts import ParkFacts, Pledge
from parks.ledger import Ledger
from parks.models import (
    CommitmentTerms,
    DeadlineExtension,
    DueRule,
    Milestone,
    ReportEvent,
    ReportsFrom,
)

MOST_PARKS = 200
# If more parks than this have something new, all are loaded: it is no more work.
MOST_CHANGED = 20
MOST_NEW_ROWS = 500
# How a row of a table leads to the park that it is about.
PARK_OF = {
    ReportEvent: "report__park",
    CommitmentTerms: "commitment__park",
    Milestone: "commitment__park",
    DeadlineExtension: "park",
    ReportsFrom: "park",
}
# A new row of these may concern any park.
OF_THE_CITY = (DueRule, LogEntry)
_RESTS_ON = (*PARK_OF, *OF_THE_CITY)
_highest = HighestIds(_RESTS_ON)


@dataclass(frozen=True)
class _Held:
    """A ledger, and what it was loaded under: everything that is in it was known by then, if not more."""

    ledger: Ledger
    codes: frozenset[str] | None
    ids: Ids
    due_days: int
    database: str


class _Carried:
    """One ledger that is held. It is exchanged as a whole, so that threads need no lock."""

    def __init__(self) -> None:
        self.held: _Held | None = None

    def clear(self) -> None:
        self.held = None

    def ledger(self, known_on: date, codes: frozenset[str] | None = None) -> Ledger:
        """What `Ledger.of(known_on, codes)` answers, from the one that is held where that holds the same parks."""
        if connection.in_atomic_block:
            return Ledger.of(known_on, codes)
        ids, held = _highest.now(), self.held
        if held is not None and (
            held.ledger.known_on != known_on
            or held.codes != codes
            or held.due_days != settings.REPORT_DUE_DAYS
            or held.database != database()
        ):
            if known_on < held.ledger.known_on:
                return Ledger.of(known_on, codes)
            held = None
        if held is not None and held.ids == ids:
            return held.ledger
        ledger = (held and _carried_forward(held, ids)) or Ledger.of(known_on, codes)
        if len(ledger.parks) <= MOST_PARKS:
            self.held = _Held(ledger, codes, ids, settings.REPORT_DUE_DAYS, database())
        return ledger


_of_the_city, _of_those_shown = remembering(_Carried()), remembering(_Carried())


def city_ledger(known_on: date) -> Ledger:
    """What `Ledger.of(known_on)` answers, with as little read and worked out anew as can be.

    Costs one cheap query while nothing is new. Within a transaction, which may be rolled back, it is loaded.
    """
    return _of_the_city.ledger(known_on)


def shown_ledger(known_on: date, codes: Iterable[str]) -> Ledger:
    """What `Ledger.of(known_on, codes)` answers, likewise, as long as the same parks are asked for."""
    return _of_those_shown.ledger(known_on, frozenset(codes))


def _carried_forward(held: _Held, ids: Ids) -> Ledger | None:
    """The held ledger with what was added since; None where all is to be loaded."""
    before, now = (dict(zip(_RESTS_ON, each, strict=True)) for each in (held.ids, ids))
    if any(before[model] != now[model] for model in OF_THE_CITY):
        return None
    ledger, reported, promised = held.ledger, {}, set()
    for model in PARK_OF:
        if before[model] != now[model]:
            rows = _new_rows(model, before[model])
            if rows is None:
                return None
            if model is ReportEvent:
                for park, quarter in rows:
                    reported.setdefault(park, set()).add(quarter)
            else:
                promised.update(park for (park,) in rows)
    if held.codes is not None:
        shown = {park.pk for park in ledger.parks}
        reported = {park: quarters for park, quarters in reported.items() if park in shown}
        promised &= shown
    if len(reported.keys() | promised) > MOST_CHANGED:
        return None
    if promised:
        ledger = _with_promises(ledger, promised)
    reported = {park: quarters for park, quarters in reported.items() if park not in promised}
    return _with_reports(ledger, reported) if ledger and reported else ledger


def _new_rows(model: type, last: int | None) -> list[tuple] | None:
    """Of the rows after the last one the park (id), and the quarter of a step of a report.

    None where they are very many, or rows were taken away.
    """
    what = ["pk", PARK_OF[model], *(["report__quarter"] if model is ReportEvent else [])]
    rows = model.objects.filter(pk__gte=last or 0).order_by("pk").values_list(*what)[:MOST_NEW_ROWS]
    found = {pk: (park, *quarter) for pk, park, *quarter in rows}
    # A demonstration that was cleared took the last row along, whatever was added afterwards.
    if (last is not None and found.pop(last, None) is None) or len(found) >= MOST_NEW_ROWS - 1:
        return None
    return list(found.values())


def _with_reports(ledger: Ledger, changed: dict[int, set[Quarter]]) -> Ledger:
    """Read again what some parks (ids) reported for some quarters; two queries."""
    scope = {"park__in": changed, "quarter__in": set().union(*changed.values())}
    figures = dict(ledger.figures)
    for commitment, of_quarters in known.published_figures(ledger.known_on, scope).items():
        figures[commitment] = figures.get(commitment, {}) | of_quarters
    return ledger.renewed(
        {park: min(quarters) for park, quarters in changed.items()},
        figures=figures,
        revisions=ledger.revisions | known.revisions_of(ledger.known_on, scope),
    )


def _with_promises(ledger: Ledger, parks: set[int]) -> Ledger | None:
    """Read everything about some parks again; None where one of them is none of the ledger's."""
    codes = {park.pk: park.code for park in ledger.parks if park.pk in parks}
    if codes.keys() != parks:
        return None
    part = Ledger.of(ledger.known_on, codes.values())
    facts = {park.pk: park for park in part.parks}
    pledges: dict[int, list[Pledge]] = {}
    for pledge in (*(each for each in ledger.pledges if each.park.pk not in parks), *part.pledges):
        pledges.setdefault(pledge.park.pk, []).append(pledge)
    every: tuple[ParkFacts, ...] = tuple(facts.get(park.pk, park) for park in ledger.parks)
    return ledger.renewed(
        dict.fromkeys(parks),
        parks=every,
        pledges=tuple(pledge for park in every for pledge in pledges.get(park.pk, ())),
        figures=ledger.figures | part.figures,
        revisions=ledger.revisions | part.revisions,
        extensions=ledger.extensions | part.extensions,
    )
