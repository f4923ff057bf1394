"""The joint pledges of a big city: added up by the database from what is stored, judged by the one judge."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from changchun_innovation.shared.bilingual import Bilingual
from changchun_innovation.shared.progress import Added, Kind, PartsSum, coverage_of, judge_added
from changchun_innovation.shared.progress import Terms as JudgedTerms
from changchun_innovation.shared.quarters import Quarter
from institutions.queries import SourceFacts
from parks.dependence import OVER_DEPENDENT, Share, share_of
from parks.joint import JointPledge, LinkedIndicator, counted_on, links_by_target
from parks.many import in_order, parks_by_id
from parks.models import Comparability, JointLink, StoredState
from parks.stored import from_units
from targets.queries import IndicatorFacts, Promise

_NAME = ("park__code", "park__name_zh", "park__name_en")


@dataclass(frozen=True)
class ParkName:
    """What a list of parks needs of one of them."""

    code: str
    name_zh: str
    name_en: str

    name = Bilingual()


def joint_pledges(
    promises: tuple[Promise, ...], quarter: Quarter, known_on: date, *, name_largest: bool = False
) -> tuple[JointPledge, ...]:
    """Every joint pledge in the order of the targets; the queries depend on the promises, never on the parks.

    The parks with the largest part of a sum are looked for where it may lean on them, with `name_largest` always.
    """
    by_target = links_by_target(known_on)
    return tuple(
        _joint_pledge(promise, by_target.get(promise.code, []), quarter, known_on, name_largest)
        for promise in promises
        if promise.is_joint
    )


def _joint_pledge(
    promise: Promise, links: list[JointLink], quarter: Quarter, known_on: date, name_largest: bool
) -> JointPledge:
    day, terms = counted_on(promise, quarter), promise.terms
    parts = _parts(links, quarter, day)
    sums = {row["indicator"]: row for row in parts.values("indicator").annotate(**_sums(terms)).order_by()}
    waiting = _waiting(parts)
    linked = {
        link.pk: _linked(terms, link, sums.get(link.indicator_id), waiting.get(link.indicator_id, []), parts)
        for link in links
    }
    full = [link for link in links if link.comparable == Comparability.FULL]
    of_full = _parts(full, quarter, day)
    if len(full) == 1:
        # Mostly so: what the one indicator adds up to is what the pledge is judged by.
        total, found = linked[full[0].pk].total, sums.get(full[0].indicator_id)
    else:
        found = of_full.aggregate(**_sums(terms))
        total = _total(terms, found, [each for link in full for each in waiting.get(link.indicator_id, [])])
    return JointPledge(
        promise=promise,
        joint=judge_added(
            terms,
            _added(found or _NOTHING, total),
            quarter,
            known_on,
            [reading.published for reading in promise.readings],
        ),
        links=tuple(linked.values()),
        **_leans_on(found or _NOTHING, of_full, None if name_largest else len(full)),
    )


def _parts(links: Iterable[JointLink], quarter: Quarter, day: date) -> QuerySet:
    """The stored answers of the terms that count on a day, of the commitments under some links."""
    return StoredState.objects.filter(
        _counts(quarter, day), indicator__in=[link.indicator_id for link in links]
    )


def _counts(quarter: Quarter, day: date) -> Q:
    begun = Q(start_on__lte=day) | Q(is_first_term=True)
    last = Q(next_start_on__isnull=True) | Q(next_start_on__gt=day)
    return Q(quarter=quarter) & begun & last


def largest_first(promise: Promise, indicator: str, quarter: Quarter) -> QuerySet:
    """The stored answers of all pledges for an indicator that a joint pledge is held against, the largest first."""
    counted = _counts(quarter, counted_on(promise, quarter))
    rows = StoredState.objects.filter(counted, indicator__code=indicator)
    return rows.order_by("-target", *in_order(), "commitment__order", "commitment")


@dataclass(frozen=True)
class KnownSum:
    """What the parks' values added up to at the end of a quarter, without the names of those that lack one."""

    known_sum: Decimal | None
    reported: int
    pledging: int
    complete: bool


def known_sums(pledge: JointPledge, quarters: Iterable[Quarter]) -> tuple[tuple[Quarter, KnownSum], ...]:
    """The sums of the fully comparable pledges in some quarters, in their order. One query."""
    quarters = tuple(quarters)
    counted = Q(pk__in=())
    for quarter in quarters:
        counted |= _counts(quarter, counted_on(pledge.promise, quarter))
    rows = (
        StoredState.objects.filter(counted, indicator__code__in=[link.indicator.code for link in pledge.full])
        .values("quarter")
        .annotate(
            known=Count("value"),
            known_sum=Sum("value"),
            pledging=Count("park", distinct=True),
            missing=Count("park", distinct=True, filter=Q(value__isnull=True)),
            stale=Count("pk", filter=Q(value__isnull=False, is_stale=True)),
        )
        .order_by("quarter")
    )
    found = {row["quarter"]: row for row in rows}
    # Of the quarters before any is stored all pledges are known, and no figure.
    first = next(iter(found.values()), None)
    return tuple((each, _known_sum(pledge, found.get(each) or _unreported(first))) for each in quarters)


def _unreported(first: dict | None) -> dict:
    pledging = first["pledging"] if first else 0
    return {"known": 0, "known_sum": None, "pledging": pledging, "missing": pledging, "stale": 0}


def _known_sum(pledge: JointPledge, found: dict) -> KnownSum:
    summable = found["known"] and pledge.promise.terms.kind is not Kind.RATE
    return KnownSum(
        known_sum=from_units(found["known_sum"]) if summable else None,
        reported=found["pledging"] - found["missing"],
        pledging=found["pledging"],
        complete=not found["missing"] and not found["stale"],
    )


def _sums(terms: JudgedTerms) -> dict:
    """What is added up of some parts; in whole ten-thousandths."""
    lasting = Q(value__isnull=False)
    if terms.kind is not Kind.CUMULATIVE:
        lasting &= Q(is_stale=False)
    return {
        "parts": Count("pk"),
        "known": Count("value"),
        "known_sum": Sum("value"),
        "lasting": Count("pk", filter=lasting),
        "lasting_sum": Sum("value", filter=lasting),
        "pledged": Sum("target"),
        "pledging": Count("park", distinct=True),
        "baselines": Sum("baseline"),
        "unknown": Count("pk", filter=Q(baseline_known=False)),
        "earliest": Min("judged_on", filter=Q(value__isnull=False)),
        "largest_pledge": Max("target"),
        "largest_report": Max("value"),
    }


_NOTHING = {
    "parts": 0,
    "known": 0,
    "known_sum": None,
    "lasting": 0,
    "lasting_sum": None,
    "pledged": 0,
    "pledging": 0,
    "baselines": 0,
    "unknown": 0,
    "earliest": None,
    "largest_pledge": None,
    "largest_report": None,
}


def _waiting(parts: QuerySet) -> dict[int, list[tuple[bool, ParkName]]]:
    """The parks that lack a value (True) or have an old one (False), by indicator and in their order. One query."""
    waiting: dict[int, list[tuple[bool, ParkName]]] = {}
    rows = parts.filter(Q(value__isnull=True) | Q(is_stale=True)).order_by(*in_order())
    for indicator, value, *park in rows.values_list("indicator", "value", *_NAME):
        waiting.setdefault(indicator, []).append((value is None, ParkName(*park)))
    return waiting


def _total(terms: JudgedTerms, found: dict, waiting: list[tuple[bool, ParkName]]) -> PartsSum:
    missing = tuple(dict.fromkeys(park.code for is_missing, park in waiting if is_missing))
    stale = tuple(dict.fromkeys(park.code for is_missing, park in waiting if not is_missing))
    pledged = from_units(found["pledged"] or 0)
    summable = found["known"] and terms.kind is not Kind.RATE
    return PartsSum(
        known_sum=from_units(found["known_sum"]) if summable else None,
        reported=found["pledging"] - len(missing),
        pledging=found["pledging"],
        missing_keys=missing,
        stale_keys=stale,
        pledged=pledged,
        coverage=coverage_of(terms, pledged),
        earliest=found["earliest"],
    )


def _added(found: dict, total: PartsSum) -> Added:
    return Added(
        total=total,
        parts=found["parts"],
        known=found["known"],
        lasting=found["lasting"],
        lasting_sum=from_units(found["lasting_sum"]),
        baseline=from_units(found["baselines"] or 0),
        baseline_known=not found["unknown"],
    )


def _linked(
    terms: JudgedTerms, link: JointLink, found: dict | None, waiting: list, parts: QuerySet
) -> LinkedIndicator:
    """What stands under one link; of the parks all that it waits for, or where it waits for none all that pledged."""
    total = _total(terms, found or _NOTHING, waiting)
    parks = [park for _missing, park in waiting]
    if found and not parks:
        pledging = parts.filter(indicator=link.indicator_id).order_by(*in_order())
        parks = [ParkName(*park) for park in pledging.values_list(*_NAME)]
    by_code = {park.code: park for park in parks}
    return LinkedIndicator(
        indicator=IndicatorFacts.of(link.indicator),
        comparable=link.comparable,
        comparable_label=link.get_comparable_display(),
        note_zh=link.note_zh,
        note_en=link.note_en,
        source=SourceFacts.of(link.source),
        total=total,
        pledging=tuple(by_code.values()),
        missing=tuple(by_code[key] for key in total.missing_keys),
        stale=tuple(by_code[key] for key in total.stale_keys),
    )


def _leans_on(found: dict, parts: QuerySet, links: int | None) -> dict[str, Share]:
    """The park with the largest part of the pledges, or of what is reported, where the sum may lean on it.

    Where no commitment is large enough for that, with one under each of so many links (None: however small), nobody
    is looked for.
    """
    answer = {}
    for name, column, total in (
        ("largest_pledge", "target", found["pledged"]),
        ("largest_report", "value", found["known_sum"]),
    ):
        if total and total > 0 and (links is None or found[name] * links > OVER_DEPENDENT * total):
            answer[name] = _largest(parts.filter(**{f"{column}__isnull": False}), column, total)
    return answer


def _largest(parts: QuerySet, column: str, total: int) -> Share:
    """Three queries."""
    by_park = parts.values("park").annotate(part=Sum(column))
    largest = by_park.order_by("-part", *in_order()).first()
    (park,) = parks_by_id([largest["park"]]).values()
    part = from_units(largest["part"])
    return share_of(park, part, from_units(total), by_park.count(), reported=column == "value")
