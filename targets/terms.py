"""The terms of one promise: which rows of its numbers change a term, and which open the next one.

A promise that is over may be made anew: with another number, another start and another due day. Nothing of the
old term is overwritten; it stays readable, and judged. No table says which row belongs to which term, because the
days of the rows already do.
"""

from collections.abc import Iterable
from datetime import date

from changchun_innovation.shared.quarters import Quarter


def opens_next_term(start_on: date, latest_due_on: date | None) -> bool:
    """Whether numbers that begin on a day open a new term: they begin on or after the last one's due day.

    A promise without a due day is never over, so that nothing can follow it; further numbers change it.
    """
    return latest_due_on is not None and start_on >= latest_due_on


def terms_in_order(rows: Iterable) -> tuple:
    """The row that counts for each term of one promise, the earliest term first.

    `rows`: the rows of terms of one promise that are known on a day (`known_from`, `pk`, `start_on`, `due_on`).
    In the order in which they became known a row opens the next term or changes the one whose days it
    overlaps, the latest such; a row that overlaps none changes the last term.
    """
    terms: list = []
    for row in sorted(rows, key=lambda row: (row.known_from, row.pk)):
        if not terms or opens_next_term(row.start_on, terms[-1].due_on):
            terms.append(row)
            continue
        overlapping = [at for at, term in enumerate(terms) if _overlap(row, term)]
        terms[overlapping[-1] if overlapping else -1] = row
    return tuple(terms)


def terms_by(rows: Iterable, key: str) -> dict[int, tuple]:
    """`terms_in_order` for every promise: rows grouped by an attribute that names their promise."""
    grouped: dict[int, list] = {}
    for row in rows:
        grouped.setdefault(getattr(row, key), []).append(row)
    return {promise: terms_in_order(of_promise) for promise, of_promise in grouped.items()}


def term_on(terms: Iterable, day: date):
    """The term that answers on a day: the last one that had begun, else the first; `terms` in order, not empty."""
    terms = tuple(terms)
    begun = [term for term in terms if term.start_on <= day]
    return begun[-1] if begun else terms[0]


def figures_from(earlier, later, cumulative: bool) -> Quarter:
    """The first quarter whose figure may be judged for a term that follows another.

    It is the quarter of the start: a value known before is no report of the new term. A cumulative total counts
    from the start of its term; where both terms share a quarter its one figure closes the earlier one, and the
    later one's figures begin with the next.
    """
    first = Quarter.containing(later.start_on)
    if cumulative and earlier.due_on is not None and Quarter.containing(earlier.due_on) >= first:
        return Quarter.containing(earlier.due_on) + 1
    return first


def totals_from(terms: Iterable) -> list[tuple[Quarter, date]]:
    """From which quarter on a cumulative total counts from which day, earliest first; `terms` in order.

    A figure of a quarter before the first one belongs to no term.
    """
    begins: list[tuple[Quarter, date]] = []
    earlier = None
    for term in terms:
        first = Quarter.containing(term.start_on)
        if earlier:
            first = max(first, figures_from(earlier, term, True))
        # From there on the later term answers, whatever an earlier one would.
        begins = [begin for begin in begins if begin[0] < first] + [(first, term.start_on)]
        earlier = term
    return begins


def _overlap(row, term) -> bool:
    before_its_end = term.due_on is None or row.start_on < term.due_on
    after_its_start = row.due_on is None or term.start_on < row.due_on
    return before_its_end and after_its_start
