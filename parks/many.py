"""Answers about a big city, read from what is stored (`parks/stored.py`): counted by the database, a few rows in full.

They are the answers that `parks/queries.py`, `parks/in_need.py` and `parks/shortlist.py` give from a ledger of the
whole city; a test holds them to those. All take the quarter that is asked about, as known on the stored day.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import Count, Expression, F, FloatField, Max, Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Cast, Collate

from changchun_innovation.shared.progress import State
from changchun_innovation.shared.quarters import Quarter
from parks.in_need import MOST_CASES, MOST_NAMED, STATES_IN_NEED, Case, Gathered, InNeed
from parks.known import park_facts
from parks.ledger import ParkFacts
from parks.models import Park, StoredPark, StoredState, StoredUpTo
from parks.shortlist import AT_EACH_END, NEEDY, WELL, WHOLE_UP_TO, bears
from parks.stored import Sums
from targets.models import Indicator
from targets.queries import IndicatorFacts

# So many cases are read to name the first parks of a kind: no park has more commitments, or more open quarters.
_ENOUGH = 40


@dataclass(frozen=True)
class Span:
    """The city in one quarter, counted once: parks, reports, terms, and what is in need of how many parks.

    `states`: for each state that needs a person how many commitments, of how many parks. `discipline`: how many parks
    were late at all in the twelve quarters up to this one, and how many never.
    """

    parks: int
    reports_expected: int
    reports_in: int
    first_start_on: date | None
    last_due_on: date | None
    some_term_over: bool
    dated: int
    over: int
    states: dict[State, tuple[int, int]]
    in_need: int
    well: int
    discipline: tuple[int, int]


@dataclass(frozen=True)
class Ends:
    """The two ends of a ranking: ids of parks, and how many parks could stand at either end."""

    worst: tuple[int, ...]
    all_in_need: int
    best: tuple[int, ...]
    all_well: int


def span(quarter: Quarter) -> Span | None:
    """One query; None where nothing is stored of the quarter."""
    found = StoredPark.objects.filter(quarter=quarter).aggregate(
        parks=Count("pk"),
        reports_expected=Count("pk", filter=Q(is_expected=True)),
        reports_in=Count("pk", filter=Q(is_expected=True, is_in=True)),
        first_start_on=Min("first_start_on"),
        last_due_on=Max("last_due_on"),
        terms_over=Count("pk", filter=Q(some_term_over=True)),
        dated=Sum("dated"),
        over=Sum("over"),
        in_need=Count("pk", filter=_some_of(NEEDY)),
        well=Count("pk", filter=_some_of(WELL)),
        late=Count("pk", filter=_LATE),
        in_time=Count("pk", filter=_NEVER_LATE),
        **{f"n_{state}": Sum(str(state)) for state in STATES_IN_NEED},
        **{f"p_{state}": Count("pk", filter=Q(**{f"{state}__gt": 0})) for state in STATES_IN_NEED},
    )
    if not found["parks"]:
        return None
    return Span(
        **{
            name: found[name]
            for name in ("parks", "reports_expected", "reports_in", "first_start_on", "last_due_on")
        },
        **{name: found[name] for name in ("dated", "over", "in_need", "well")},
        some_term_over=found["terms_over"] > 0,
        states={
            state: (found[f"n_{state}"], found[f"p_{state}"])
            for state in STATES_IN_NEED
            if found[f"n_{state}"]
        },
        discipline=(found["late"], found["in_time"]),
    )


def term(counted: Span, known_on: date) -> list[Quarter]:
    """The quarters of the parks' term that are closed on the day, oldest first."""
    if counted.first_start_on is None:
        return []
    last = Quarter.last_closed(known_on)
    if counted.last_due_on:
        last = min(last, Quarter.containing(counted.last_due_on))
    return Quarter.range(Quarter.containing(counted.first_start_on), last)


def states_by_quarter(quarters: Iterable[Quarter]) -> dict[Quarter, dict[State, int]]:
    """How many commitments stood in which state in each quarter; states without one are left out. One query."""
    sums = Sums.kept().kept_as["states"]
    return {
        quarter: {state: counts[state] for state in State if state in counts}
        for quarter in quarters
        if (counts := sums.get(str(quarter)))
    }


def indicators_pledged(quarter: Quarter) -> tuple[IndicatorFacts, ...]:
    """Every indicator that some park pledged: the ones that most parks share first. Two queries."""
    parks = Sums.kept().kept_as["pledging"].get(str(quarter), {})
    found = Indicator.objects.filter(pk__in=[int(pk) for pk in parks])
    return tuple(
        IndicatorFacts.of(row) for row in sorted(found, key=lambda each: (-parks[str(each.pk)], each.order))
    )


# --- what needs a person -----------------------------------------------------------------------------------------
def in_need(quarter: Quarter, counts: dict[State, tuple[int, int]]) -> InNeed:
    """What needs a person in the quarter; `counts` are those of its span. At most seventeen queries."""
    answering = StoredState.objects.filter(quarter=quarter, answers=True)
    reports = StoredPark.objects.filter(quarter__lte=quarter)
    longest = [F("since").asc(), *in_the_cards()]
    since = _since_enough(answering)
    falling = answering.filter(falling_since__isnull=False)
    fallen = [F("falling_since").asc(), *in_the_cards()]
    restated = answering.filter(restated_on__isnull=False)
    latest = [F("restated_on").desc(), *in_the_cards()]
    overdue, returned = reports.filter(is_overdue=True), reports.filter(is_returned=True)
    in_time = [F("quarter").asc(), *in_order()]
    chosen = {
        **{
            state: list(answering.filter(state=state, since__lte=since[state]).order_by(*longest)[:_ENOUGH])
            for state in counts
        },
        "falling": list(falling.order_by(*fallen)[:_ENOUGH]),
        "restated": list(restated.order_by(*latest)[:_ENOUGH]),
        "overdue": list(overdue.order_by(*in_time)[:_ENOUGH]),
        "returned": list(returned.order_by(*in_time)[:_ENOUGH]),
    }
    facts = _Facts(chosen.values())
    return InNeed(
        states={
            state: facts.gathered(chosen[state], *count, since="since") for state, count in counts.items()
        },
        falling=facts.gathered(chosen["falling"], *_count(falling), since="falling_since"),
        restated=facts.gathered(chosen["restated"], *_count(restated), day="restated_on"),
        overdue=facts.gathered(chosen["overdue"], *_count(overdue), day="due_on"),
        returned=facts.gathered(chosen["returned"], *_count(returned), day="returned_on"),
    )


def _since_enough(answering: QuerySet) -> dict[str, Quarter]:
    """For each state the quarter up to which enough commitments came into it: only those need be put in order."""
    rows = (
        answering.filter(state__in=STATES_IN_NEED)
        .values_list("state", "since")
        .annotate(count=Count("*"))
        .order_by("state", "since")
    )
    enough: dict[str, Quarter] = {}
    counted: dict[str, int] = {}
    for state, since, count in rows:
        if counted.get(state, 0) < _ENOUGH:
            enough[state], counted[state] = since, counted.get(state, 0) + count
    return enough


def _count(rows: QuerySet) -> tuple[int, int]:
    found = rows.aggregate(rows=Count("pk"), parks=Count("park", distinct=True))
    return found["rows"], found["parks"]


class _Facts:
    """What is to be said of the parks and indicators of some stored rows; three queries."""

    def __init__(self, lists: Iterable[list]) -> None:
        lists = list(lists)
        named = {row.park_id for rows in lists for row in rows}
        shown = [row for rows in lists for row in rows[:MOST_CASES]]
        self._names = {park.pk: park.name for park in Park.objects.filter(pk__in=named)}
        self._parks = parks_by_id({row.park_id for row in shown})
        wanted = {row.indicator_id for row in shown if isinstance(row, StoredState)}
        self._indicators = {row.pk: IndicatorFacts.of(row) for row in Indicator.objects.filter(pk__in=wanted)}

    def gathered(self, rows: list, count: int, parks: int, since: str = "", day: str = "") -> Gathered | None:
        if not rows:
            return None
        names = tuple(dict.fromkeys(self._names[row.park_id] for row in rows))
        return Gathered(
            count, names[:MOST_NAMED], parks, tuple(self._case(row, since, day) for row in rows[:MOST_CASES])
        )

    def _case(self, row: StoredState | StoredPark, since: str, day: str) -> Case:
        of_report = isinstance(row, StoredPark)
        return Case(
            self._parks[row.park_id],
            indicator=None if of_report else self._indicators[row.indicator_id],
            quarter=row.quarter if of_report else None,
            since=getattr(row, since) if since else None,
            day=getattr(row, day) if day else None,
        )


def parks_by_id(pks: Iterable[int]) -> dict[int, ParkFacts]:
    """Parks with their partners; whether they were asked to report is not said here. One query."""
    rows = Park.objects.filter(pk__in=list(pks)).select_related("academic_partner", "zone_partner")
    return park_facts(list(rows), {})


# --- rankings ----------------------------------------------------------------------------------------------------
def _code(path: str) -> Expression:
    """Codes in the order of their letters' numbers, as Python sorts them, whatever the database's language."""
    return Collate(F(path), "C") if connection.vendor == "postgresql" else F(path)


def as_the_cards() -> list:
    """The order of the scorecards: the neediest first, then the parks' own order."""
    return [F("need").asc(), *in_order()]


def in_the_cards() -> list:
    """The same for commitments, each park's in its own order."""
    return [*as_the_cards(), F("commitment__order").asc(), F("commitment").asc()]


def in_order() -> list:
    """The parks' own order, for rows that are about a park."""
    return [F("park__order").asc(), _code("park__code").asc()]


def neediest_of(parks: QuerySet[Park], quarter: Quarter) -> QuerySet[Park]:
    """Some parks in the order of their scorecards; in a quarter of which nothing is stored in their own."""
    need = StoredPark.objects.filter(park=OuterRef("pk"), quarter=quarter).values("need")
    return parks.annotate(need=Subquery(need)).order_by(
        F("need").asc(nulls_last=True), F("order").asc(), _code("code").asc()
    )


def in_matrix(quarter: Quarter, counted: Span) -> Ends:
    """The parks most in need, and of the others those that do best. Two queries."""
    rows = StoredPark.objects.filter(quarter=quarter)
    worst = tuple(
        rows.filter(_some_of(NEEDY)).order_by(*as_the_cards()).values_list("park", flat=True)[:AT_EACH_END]
    )
    merit = Cast(_sum_of(WELL), FloatField()) / Cast(F("lines"), FloatField())
    best = (
        rows.filter(_some_of(WELL))
        .exclude(park__in=worst)
        .order_by(merit.desc(), F("achieved").desc(), _sum_of(WELL).desc(), *as_the_cards())
        .values_list("park", flat=True)[:AT_EACH_END]
    )
    return Ends(worst, counted.in_need, tuple(best), counted.well)


def _some_of(states: Iterable[State]) -> Q:
    some = Q()
    for state in sorted(states):
        some |= Q(**{f"{state}__gt": 0})
    return some


def _sum_of(states: Iterable[State]) -> Expression:
    first, *others = sorted(states)
    total = F(str(first))
    for state in others:
        total = total + F(str(state))
    return total


_LATE = Q(late_of_twelve__gt=0)
_NEVER_LATE = Q(late_of_twelve=0, in_time_of_twelve__gt=0)


def in_discipline(first: Quarter, last: Quarter, counted: Span) -> Ends:
    """The parks with most reports late or missing, and those with most in time and none late. Three queries.

    The counts of the twelve quarters up to the last are stored; those of other quarters are counted here. `counted` is
    the span of the last quarter.
    """
    first_term = StoredUpTo.objects.values_list("first_term", flat=True).get(pk=1)
    if first != max(first_term, last - 11):
        return _discipline_counted(first, last)
    rows = StoredPark.objects.filter(quarter=last)
    worst = rows.filter(_LATE).order_by("-late_of_twelve", "-missing_of_twelve", *in_order())
    best = rows.filter(_NEVER_LATE).order_by("-in_time_of_twelve", *in_order())
    late, in_time = counted.discipline
    return Ends(
        tuple(worst.values_list("park", flat=True)[:AT_EACH_END]),
        late,
        tuple(best.values_list("park", flat=True)[:AT_EACH_END]),
        in_time,
    )


def _discipline_counted(first: Quarter, last: Quarter) -> Ends:
    rows = (
        StoredPark.objects.filter(quarter__gte=first, quarter__lte=last)
        .values("park")
        .annotate(
            late=Count("pk", filter=Q(word__in=("late", "missing", "returned"))),
            missing=Count("pk", filter=Q(word="missing")),
            on_time=Count("pk", filter=Q(word="on_time")),
        )
    )
    late, well = rows.filter(late__gt=0), rows.filter(late=0, on_time__gt=0)
    worst = late.order_by(F("late").desc(), F("missing").desc(), *in_order())
    best = well.order_by(F("on_time").desc(), *in_order())
    return Ends(
        tuple(row["park"] for row in worst[:AT_EACH_END]),
        late.count(),
        tuple(row["park"] for row in best[:AT_EACH_END]),
        well.count(),
    )


def named(quarter: Quarter, name: str, *, neediest_first: bool) -> tuple[tuple[int, ...], int]:
    """Ids of the first parks that bear a name, and how many bear it. Two queries that read every park's name."""
    found = bearing(quarter, name, neediest_first=neediest_first)
    return tuple(found[:WHOLE_UP_TO]), len(found)


def bearing(quarter: Quarter, name: str, *, neediest_first: bool) -> list[int]:
    """Ids of all parks that bear a name; the same two queries."""
    order = as_the_cards() if neediest_first else in_order()
    parks = StoredPark.objects.filter(quarter=quarter).order_by(*order).values_list("park", flat=True)
    rows = Park.objects.only("code", "name_zh", "name_en", "alias_zh", "alias_en").in_bulk()
    return [pk for pk in parks if bears(rows[pk], name)]
