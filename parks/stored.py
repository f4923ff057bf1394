"""Works out the stored answers of a big city, and keeps them in step with the record.

What a commitment's state in a quarter rests on is added and never changed, or is an event, or is the day. So the
highest ids of a few tables and the day say whether the stored answers are still those of the judge, and new rows name
the parks whose answers are to be worked out again. A city of fewer than `BIG` parks is worked out for every page
instead: nothing is stored, and nothing can be out of step.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from itertools import zip_longest
from pathlib import Path

from django.db import connection, transaction
from django.db.models import Count, Min, Sum

from changchun_innovation.shared import progress
from changchun_innovation.shared.highest_ids import HighestIds
from changchun_innovation.shared.params import day_of
from changchun_innovation.shared.quarters import Quarter
from parks.flags import falling_since, restated_on
from parks.ledger import Ledger, ParkFacts, Pledge, parks_known_on
from parks.models import (
    CommitmentTerms,
    DeadlineExtension,
    DueRule,
    Milestone,
    Park,
    ReportEvent,
    ReportsFrom,
    StoredPark,
    StoredState,
    StoredUpTo,
)
from parks.queries import NEED, in_this_state_since, report_word
from targets.models import Indicator

BIG = 200
# So many parks are worked out while a page waits; more are the work of the command `work_out`.
MOST_WHILE_A_PAGE_WAITS = 100
_AT_ONCE = 100
# How a row of a table leads to the park that it is about.
_PARK_OF = {
    ReportEvent: "report__park",
    CommitmentTerms: "commitment__park",
    Milestone: "commitment__park",
    DeadlineExtension: "park",
    ReportsFrom: "park",
}
_RESTS_ON = (*_PARK_OF, DueRule)
_IDS = HighestIds(_RESTS_ON)
_KEY = 0x43435354
_ROOM = Path(__file__).resolve().parent
_RULES = ("ledger.py", "known.py", "facts.py", "deadlines.py", "flags.py", "queries.py", "stored.py")


class NotWorkedOut(Exception):
    """The stored answers are behind by more parks than a page can wait for; `parks` says how many."""

    def __init__(self, parks: int) -> None:
        super().__init__(f"{parks} parks are to be worked out: run manage.py work_out")
        self.parks = parks


def is_big() -> bool:
    """Whether the city has so many parks that its answers are stored."""
    return Park.objects.all()[BIG : BIG + 1].exists()


def in_units(value: Decimal | None) -> int | None:
    """A number of the record in whole ten-thousandths; its columns hold no finer ones."""
    return None if value is None else int(value.scaleb(4))


def from_units(stored: int | None) -> Decimal | None:
    """The number again."""
    return None if stored is None else Decimal(stored).scaleb(-4)


@cache
def rules() -> str:
    """A digest of the code that judges: another release of it works everything out anew."""
    digest = hashlib.sha256()
    for path in [*sorted(Path(progress.__file__).parent.glob("*.py")), *(_ROOM / name for name in _RULES)]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


# --- what is to be done ------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Behind:
    """What the stored answers lack: the codes of the parks to be worked out, of all of them where the rest is void.

    `first` is the first quarter that is stored, `first_term` the one in which the city's first term begins; `seen` is
    what this was found from.
    """

    parks: tuple[str, ...]
    first: Quarter
    first_term: Quarter
    seen: tuple
    everything: bool = False


def bring_up_to(day: date, *, most: int | None = MOST_WHILE_A_PAGE_WAITS, told=iter) -> int:
    """Work out what is new since the last time, for a day; answers for how many parks.

    Raises NotWorkedOut where that would be more than `most` parks; None for any number. `told` may wrap the chunks
    of parks to show how far it is. Two processes never do it at once: the second finds it done.
    """
    behind = _behind(day)
    if behind is None:
        return 0
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_KEY])
        # Read before the rows: what is added in between is worked out once more, never missed.
        highest = _highest()
        if behind.seen != _seen(StoredUpTo.objects.filter(pk=1).first(), highest):
            behind = _behind(day)
        if behind is None:
            return 0
        if most is not None and len(behind.parks) > most:
            raise NotWorkedOut(len(behind.parks))
        if behind.everything:
            StoredState.objects.all()._raw_delete(StoredState.objects.db)
            StoredPark.objects.all()._raw_delete(StoredPark.objects.db)
        sums = Sums() if behind.everything else Sums.kept()
        for codes in told(_chunks(behind.parks)):
            if not behind.everything:
                sums.take(codes, -1)
                _forget(codes)
            _work_out(codes, day, behind.first, behind.first_term)
            sums.take(codes, 1)
        if behind.everything:
            _put_quarters_together()
        mark = {
            "day": day,
            "first_term": behind.first_term,
            "sums": sums.kept_as,
            "highest": highest,
            "rules": rules(),
        }
        StoredUpTo.objects.update_or_create(pk=1, defaults=mark)
    return len(behind.parks)


def keep_up(at: datetime) -> None:
    """After a step: what it changed is worked out, unless there is more to do than somebody would wait for."""
    day = day_of(at)
    # A story that is told of the past changes nothing that is stored of a later day.
    if StoredUpTo.objects.filter(day__lte=day).exists() and is_big():
        with suppress(NotWorkedOut):
            bring_up_to(day)


class Sums:
    """What the whole city adds up to in each quarter: commitments by state, and parks by the indicator they pledged.

    Kept as {"states": {"2025-Q3": {"behind": 3}}, "pledging": {"2025-Q3": {"12": 8}}}, and changed by the parks whose
    answers change: no page adds up the city again.
    """

    def __init__(self, kept: dict | None = None) -> None:
        self.kept_as = kept or {"states": {}, "pledging": {}}

    @classmethod
    def kept(cls) -> "Sums":
        return cls(StoredUpTo.objects.values_list("sums", flat=True).filter(pk=1).first())

    def take(self, codes: Iterable[str], sign: int) -> None:
        """Add what is stored of some parks, or take it away (`sign` −1). Two queries."""
        of_parks = StoredPark.objects.filter(park__code__in=list(codes))
        sums = {f"n_{state}": Sum(str(state)) for state in progress.State}
        for row in of_parks.values("quarter").annotate(**sums).order_by():
            for state in progress.State:
                self._add("states", row["quarter"], str(state), sign * row[f"n_{state}"])
        pledging = (
            StoredState.objects.filter(of__in=of_parks, answers=True)
            .values_list("quarter", "indicator")
            .annotate(parks=Count("pk"))
            .order_by()
        )
        for quarter, indicator, parks in pledging:
            self._add("pledging", quarter, str(indicator), sign * parks)

    def _add(self, what: str, quarter: Quarter, key: str, number: int) -> None:
        of_quarter = self.kept_as[what].setdefault(str(quarter), {})
        of_quarter[key] = of_quarter.get(key, 0) + number
        if not of_quarter[key]:
            del of_quarter[key]


def _chunks(codes: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [codes[at : at + _AT_ONCE] for at in range(0, len(codes), _AT_ONCE)]


def _highest() -> dict[str, int]:
    labels = (model._meta.label_lower for model in _RESTS_ON)
    return {label: highest or 0 for label, highest in zip(labels, _IDS.now(), strict=True)}


def _behind(day: date) -> Behind | None:
    """What is to be worked out for a day; None where the stored answers are those of the day."""
    mark, highest = StoredUpTo.objects.filter(pk=1).first(), _highest()
    if mark is not None and (mark.day, mark.highest, mark.rules) == (day, highest, rules()):
        return None
    seen = _seen(mark, highest)
    if mark is not None and mark.rules == rules() and not _is_another_record(mark, highest, day):
        first = StoredPark.objects.aggregate(first=Min("quarter"))["first"]
        begins = _begins(day) if _may_begin_earlier(mark, highest, day) else (first, mark.first_term)
        if begins == (first, mark.first_term):
            return Behind(_parks_changed(mark, day), *begins, seen)
    every = tuple(parks_known_on(day).values_list("code", flat=True))
    return Behind(every, *_begins(day), seen, everything=True)


def _seen(mark: StoredUpTo | None, highest: dict[str, int]) -> tuple:
    return (mark and (mark.day, mark.highest, mark.rules), highest)


def _is_another_record(mark: StoredUpTo, highest: dict[str, int], day: date) -> bool:
    """Whether more than some parks changed: rows are gone, a due rule is new, a quarter closed."""
    return (
        mark.day > day
        or Quarter.last_closed(mark.day) != Quarter.last_closed(day)
        or any(highest[label] < before for label, before in mark.highest.items())
        or highest[DueRule._meta.label_lower] != mark.highest[DueRule._meta.label_lower]
    )


def _may_begin_earlier(mark: StoredUpTo, highest: dict[str, int], day: date) -> bool:
    """Whether a promise, or a request to report, may have come that lies before all others."""
    labels = (CommitmentTerms._meta.label_lower, ReportsFrom._meta.label_lower)
    return mark.day != day or any(highest[label] != mark.highest[label] for label in labels)


def _parks_changed(mark: StoredUpTo, day: date) -> tuple[str, ...]:
    changed = set(_parks_changed_by_the_day(mark.day, day))
    for model, to_park in _PARK_OF.items():
        before = mark.highest[model._meta.label_lower]
        changed |= set(model.objects.filter(pk__gt=before).values_list(f"{to_park}__code", flat=True))
    return tuple(sorted(changed))


def _parks_changed_by_the_day(since: date, day: date) -> Iterator[str]:
    """Parks of which a report became overdue in between, or a promise known."""
    if since == day:
        return
    yield from StoredPark.objects.filter(
        due_on__gte=since, due_on__lt=day, is_expected=True, is_in=False
    ).values_list("park__code", flat=True)
    for model in (CommitmentTerms, Milestone, DeadlineExtension, ReportsFrom):
        newly_known = model.objects.filter(known_from__gt=since, known_from__lte=day)
        yield from newly_known.values_list(f"{_PARK_OF[model]}__code", flat=True)


def _begins(day: date) -> tuple[Quarter, Quarter]:
    """The first quarter about which any park promised or reports anything, and that of the city's first term.

    Terms that were changed since are among them.
    """
    start = CommitmentTerms.objects.known_on(day).aggregate(first=Min("start_on"))["first"]
    asked = ReportsFrom.objects.known_on(day).aggregate(first=Min("quarter"))["first"]
    last = Quarter.last_closed(day)
    first_term = Quarter.containing(start) if start else last
    return min([first_term, *([asked] if asked else []), last]), first_term


# --- working out -------------------------------------------------------------------------------------------------
def _put_quarters_together() -> None:
    """Pages read one quarter of all parks; the rows were written park by park. SQLite keeps them as they came."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        for model, index in (
            (StoredPark, "one_stored_answer_per_park_and_quarter"),
            (StoredState, "stored_state_of_indicator"),
        ):
            cursor.execute(f'CLUSTER "{model._meta.db_table}" USING "{index}"')
            cursor.execute(f'ANALYZE "{model._meta.db_table}"')


def _forget(codes: Iterable[str]) -> None:
    of_parks = StoredPark.objects.filter(park__code__in=list(codes))
    rows = list(of_parks.values_list("pk", flat=True))
    StoredState.objects.filter(of__in=rows)._raw_delete(StoredState.objects.db)
    StoredPark.objects.filter(pk__in=rows)._raw_delete(StoredPark.objects.db)


def _work_out(codes: Iterable[str], day: date, first: Quarter, first_term: Quarter) -> None:
    """Store the answers of some parks for every quarter closed on the day."""
    ledger = Ledger.of(day, codes)
    indicators = dict(Indicator.objects.values_list("code", "pk"))
    rows, states = [], []
    for park in ledger.parks:
        if not (ledger.pledges_of(park) or park.reports_from):
            continue
        quarters = Quarter.range(first, Quarter.last_closed(day))
        rows += _with_discipline([_of_park(ledger, park, quarter) for quarter in quarters], first_term)
        states += [list(_states(ledger, park, quarter, indicators)) for quarter in quarters]
    StoredPark.objects.bulk_create(rows, batch_size=1000)
    for row, of_row in zip(rows, states, strict=True):
        for state in of_row:
            state.of_id, state.need = row.pk, row.need
    StoredState.objects.bulk_create([state for of_row in states for state in of_row], batch_size=1000)


def _of_park(ledger: Ledger, park: ParkFacts, quarter: Quarter) -> StoredPark:
    pledges, report = ledger.pledges_of(park), ledger.report(park, quarter)
    judgements = [ledger.judgement(pledge, quarter) for pledge in ledger.pledges_of(park, quarter)]
    dated = [judgement for judgement in judgements if judgement.due_on]
    counts = Counter(str(judgement.state) for judgement in judgements)
    return StoredPark(
        park_id=park.pk,
        quarter=quarter,
        **counts,
        need=_need(counts),
        lines=len(judgements),
        dated=len(dated),
        over=sum(judgement.quarter.ends_on >= judgement.due_on for judgement in dated),
        first_start_on=min((pledge.start_on for pledge in pledges), default=None),
        last_due_on=max((pledge.terms.due_on for pledge in pledges if pledge.terms.due_on), default=None),
        some_term_over=any(
            pledge.terms.due_quarter is not None and pledge.terms.due_quarter.is_closed(ledger.known_on)
            for pledge in pledges
        ),
        word=report_word(report, ledger.known_on),
        is_expected=report.expected,
        is_in=report.standing in ("submitted", "approved"),
        is_overdue=report.overdue and report.standing != "returned",
        is_returned=report.expected and "returned" in (report.standing, report.open_standing),
        due_on=report.due_on,
        returned_on=day_of(report.returned_at) if report.returned_at else None,
    )


def _need(counts: Counter) -> int:
    """The order of the scorecards as one number, the neediest first: more missed, then more behind, …."""
    need = 0
    for state in NEED[:4]:
        need = need * 1000 + 999 - counts[str(state)]
    return need


def _with_discipline(rows: list[StoredPark], first_term: Quarter) -> list[StoredPark]:
    """The quarters of one park in order, each with how the reports of its last twelve came in."""
    for at, row in enumerate(rows):
        window = Counter(each.word for each in rows[max(0, at - 11) : at + 1] if each.quarter >= first_term)
        row.late_of_twelve = window["late"] + window["missing"] + window["returned"]
        row.missing_of_twelve, row.in_time_of_twelve = window["missing"], window["on_time"]
    return rows


def _states(
    ledger: Ledger, park: ParkFacts, quarter: Quarter, indicators: dict[str, int]
) -> Iterator[StoredState]:
    answering = {pledge.key for pledge in ledger.pledges_of(park, quarter)}
    terms: dict[int, list[Pledge]] = {}
    for pledge in ledger.pledges_of(park):
        terms.setdefault(pledge.pk, []).append(pledge)
    for of_commitment in terms.values():
        for pledge, following in zip_longest(of_commitment, of_commitment[1:]):
            judgement = ledger.judgement(pledge, quarter)
            answers = pledge.key in answering
            yield StoredState(
                park_id=park.pk,
                commitment_id=pledge.pk,
                indicator_id=indicators[pledge.indicator.code],
                quarter=quarter,
                state=judgement.state,
                since=in_this_state_since(ledger, pledge, quarter, judgement),
                start_on=pledge.start_on,
                next_start_on=following.start_on if following else None,
                is_first_term=pledge is of_commitment[0],
                answers=answers,
                value=in_units(judgement.value),
                judged_on=judgement.as_at,
                is_stale=judgement.stale,
                target=in_units(judgement.target),
                baseline=in_units(judgement.baseline),
                baseline_known=judgement.baseline_known,
                falling_since=falling_since(ledger, pledge, quarter),
                restated_on=restated_on(ledger, pledge, quarter),
            )
