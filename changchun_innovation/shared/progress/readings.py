"""Judging a target of the city, of the parks together or of an institution by published readings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ..quarters import Quarter
from .judgement import Found, Judgement, Missing, Qualifier, Rule
from .table import decide
from .terms import Comparator, Kind, Terms

STALE_AFTER = 6

_RANK = {Qualifier.EXACT: 2, Qualifier.MORE_THAN: 1, Qualifier.AT_LEAST: 1, Qualifier.DERIVED: 0}


@dataclass(frozen=True, slots=True)
class Published:
    """One published value; ``period_start`` None for a level on a day or a total to date."""

    period_start: date | None
    period_end: date
    value: Decimal
    qualifier: Qualifier
    published_on: date

    def __post_init__(self) -> None:
        object.__setattr__(self, "qualifier", Qualifier(self.qualifier))
        if not (isinstance(self.value, Decimal) and self.value.is_finite()):
            raise ValueError(f"not a finite Decimal: {self.value!r}")

    @property
    def quarter(self) -> Quarter:
        return Quarter.containing(self.period_end)

    @property
    def whole_year(self) -> bool:
        """Whether the period is one whole calendar year."""
        year = self.period_end.year
        return (self.period_start, self.period_end) == (date(year, 1, 1), date(year, 12, 31))


def judge_readings(
    terms: Terms, readings: Iterable[Published], quarter: Quarter, known_on: date
) -> Judgement:
    """Judge a target in a quarter by the readings known on a day.

    ``readings``: those of the target's indicator and subject that are known on ``known_on``, oldest entry
    first: of two that are equal in all that counts the last given is taken. The others are for the page to
    show.
    """
    readings = list(readings)
    chosen = chosen_readings(terms, readings)
    capped = terms.capped(quarter)
    found = None
    if judged := [r for r in chosen if r.quarter <= capped]:
        found = _found(terms, judged[-1])
    return decide(
        terms,
        found,
        asked=quarter,
        known_on=known_on,
        missing=_reason(terms, readings, found, capped),
        unreported=(
            Rule.UNPUBLISHED_FOR_A_YEAR
            if capped == terms.due_quarter
            and _a_year_after(terms.due_on) < known_on
            and not any(_covers_due_day(terms, r) for r in chosen)
            else None
        ),
        stale=found is not None and capped - found.quarter >= STALE_AFTER,
        term_over=found is not None and _term_over(terms, found, capped),
        earlier=_exactly_known(chosen),
    )


def chosen_readings(terms: Terms, readings: Iterable[Published]) -> list[Published]:
    """The readings that may be judged, one per period, in time order.

    Left out: periods that end before the start, planned and bracketed values, for `annual` and `rate`
    whatever is not a whole calendar year. For one period (one last day): exact before more-than and at-least
    before derived; among equals the later publication, then the later entry.
    """
    by_period: dict[date, Published] = {}
    for reading in readings:
        if not _may_be_judged(terms, reading):
            continue
        rival = by_period.get(reading.period_end)
        if rival is None or _weight(reading) >= _weight(rival):
            by_period[reading.period_end] = reading
    return [by_period[day] for day in sorted(by_period)]


def _exactly_known(chosen: Iterable[Published]) -> dict[Quarter, Decimal]:
    """What was known by quarter, from the last reading of each; a lower bound hides what came before it."""
    last = {reading.quarter: reading for reading in chosen}
    return {quarter: r.value for quarter, r in last.items() if not r.qualifier.lower_bound}


def _may_be_judged(terms: Terms, reading: Published) -> bool:
    return (
        reading.period_end >= terms.start_on
        and reading.qualifier in _RANK
        and (reading.whole_year or not _yearly(terms))
    )


def _weight(reading: Published) -> tuple[int, date]:
    return _RANK[reading.qualifier], reading.published_on


def _yearly(terms: Terms) -> bool:
    return terms.kind in (Kind.ANNUAL, Kind.RATE)


def _found(terms: Terms, reading: Published) -> Found:
    satisfied = _satisfies(terms, reading)
    proves = satisfied or not reading.qualifier.lower_bound
    return Found(
        value=reading.value if proves else None,
        figure=reading.value,
        quarter=reading.quarter,
        as_at=reading.period_end,
        satisfied=satisfied,
        qualifier=reading.qualifier,
    )


def _satisfies(terms: Terms, reading: Published) -> bool:
    """Whether the comparator is proven to hold. "More than v" and "at least v" never prove a falling one."""
    comparator, target = terms.comparator, terms.target
    if not reading.qualifier.lower_bound:
        return comparator.satisfied_by(reading.value, target)
    if not comparator.rising:
        return False
    if reading.qualifier is Qualifier.MORE_THAN:
        return reading.value >= target
    return reading.value > target if comparator is Comparator.GT else reading.value >= target


def _covers_due_day(terms: Terms, reading: Published) -> bool:
    """Whether the publisher has spoken about the due day.

    The period ends on or after it. Of yearly readings the last year that can be judged covers it too: where
    the due day lies within a year, that is the year before.
    """
    if _yearly(terms) and reading.period_end >= _last_judged_year_end(terms):
        return True
    return reading.period_end >= terms.due_on


def _term_over(terms: Terms, found: Found, capped: Quarter) -> bool:
    """Whether the last year of the term is known, and the question is about the end of the term."""
    return capped == terms.due_quarter and found.as_at >= _last_judged_year_end(terms)


def _last_judged_year_end(terms: Terms) -> date:
    """The last day of the last calendar year that ends in or before the due quarter."""
    due_quarter = terms.due_quarter
    return date(due_quarter.year if due_quarter.number == 4 else due_quarter.year - 1, 12, 31)


def _a_year_after(day: date) -> date:
    """The same day a year later; 1 March for 29 February, since nobody is accused a day early."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return date(day.year + 1, 3, 1)


def _reason(terms: Terms, readings: Iterable[Published], found: Found | None, capped: Quarter) -> Missing:
    if found is not None:
        return Missing.LOWER_BOUND
    parts_of_years = (
        r for r in readings if r.quarter <= capped and r.period_end >= terms.start_on and r.qualifier in _RANK
    )
    return Missing.INCOMPLETE_YEAR if any(parts_of_years) else Missing.NEVER_REPORTED
