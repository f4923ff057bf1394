"""The home page of a city of many parks: read from what is stored, as long as a page can show.

It is the page that `overview.queries` works out from a ledger of the whole city; a test compares the two.
"""

from datetime import date

from changchun_innovation.overview.attention import attention
from changchun_innovation.overview.queries import (
    Overview,
    StatesInQuarter,
    quarters_to_offer,
    target_line,
)
from changchun_innovation.shared.quarters import Quarter
from institutions.queries import city_government
from parks import many, stored
from parks.carried import shown_ledger
from parks.comparison import park_rows
from parks.many_joint import joint_pledges
from parks.queries import discipline, scorecard
from parks.replies import replies
from parks.shortlist import DISCIPLINE_WORDS, MATRIX_WORDS, that_bear, two_ends
from targets.models import Scope
from targets.queries import promises


def overview_of_many(quarter: Quarter, known_on: date, find: str = "") -> Overview | None:
    """The same answer as `overview`; None for a quarter before the first promise, of which nothing is stored.

    The stored answers are first brought up to the day; raises `parks.stored.NotWorkedOut` where a page cannot wait
    for that. The number of queries does not depend on the number of parks.
    """
    stored.bring_up_to(known_on)
    span = many.span(quarter)
    if span is None:
        return None
    term = many.term(span, known_on)
    shown = [each for each in term if each <= quarter][-12:]
    known = promises(known_on, quarter)
    city = tuple(target_line(promise, quarter) for promise in known if promise.scope == Scope.CITY)
    indicators = many.indicators_pledged(quarter)

    # Which parks are shown, and those in full.
    matrix = many.named(quarter, find, neediest_first=True) if find else many.in_matrix(quarter, span)
    reported = None
    if shown:
        reported = (
            many.named(quarter, find, neediest_first=False)
            if find
            else many.in_discipline(
                shown[0], shown[-1], span if shown[-1] == quarter else many.span(shown[-1])
            )
        )
    wanted = {*_ids(matrix), *_ids(reported)}
    codes = [park.code for park in many.parks_by_id(wanted).values()]
    ledger = shown_ledger(known_on, codes)
    spoken = replies(known_on, quarter, codes)
    rows = {
        row.card.park.pk: row
        for row in park_rows(
            [scorecard(ledger, park, quarter, spoken) for park in ledger.parks], indicators, known_on
        )
    }
    squares = {}
    if shown:
        squares = {row.park.pk: row for row in discipline(ledger, shown[0], shown[-1])}
    shown_matrix = _shortlist(matrix, rows, find, MATRIX_WORDS, span.parks)
    shown_discipline = _shortlist(reported, squares, find, DISCIPLINE_WORDS, span.parks)
    counts = many.states_by_quarter(shown)
    return Overview(
        quarter=quarter,
        known_on=known_on,
        quarters=tuple(quarters_to_offer(term, known_on)),
        reports_in=span.reports_in,
        reports_expected=span.reports_expected,
        attention=attention(many.in_need(quarter, span.states), city, city_government()),
        city=city,
        joint=joint_pledges(known, quarter, known_on),
        indicators=indicators,
        matrix=shown_matrix.rows,
        discipline=shown_discipline.rows,
        find=find,
        shown_matrix=shown_matrix,
        shown_discipline=shown_discipline,
        discipline_quarters=tuple(shown),
        history=tuple(StatesInQuarter(each, counts.get(each, {})) for each in shown),
        term_over=_term_over(span, city),
        some_terms_over=span.some_term_over
        or any(
            each.terms.due_quarter is not None and each.terms.due_quarter.is_closed(known_on)
            for each in known
        ),
        newer_quarter=term[-1] if term and term[-1] > quarter else None,
    )


def _term_over(span: many.Span, city: tuple) -> bool:
    dated = [line.judgement for line in city if line.judgement.due_on]
    over = all(judgement.quarter.ends_on >= judgement.due_on for judgement in dated)
    return bool(dated or span.dated) and over and span.dated == span.over


def _ids(ranked) -> tuple[int, ...]:
    if ranked is None:
        return ()
    return (*ranked.worst, *ranked.best) if isinstance(ranked, many.Ends) else ranked[0]


def _shortlist(ranked, rows: dict, find: str, words: tuple[str, str], total: int):
    if ranked is None:
        return two_ends(words, ((), 0), ((), 0), 0)
    if isinstance(ranked, many.Ends):
        worst, best = (tuple(rows[pk] for pk in pks) for pks in (ranked.worst, ranked.best))
        return two_ends(words, (worst, ranked.all_in_need), (best, ranked.all_well), total)
    pks, found = ranked
    return that_bear(find, tuple(rows[pk] for pk in pks), found, total)
