"""The joint pledges of a big city: added up by the database from what is stored, judged by the one judge."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Min, Q, QuerySet, Sum

from changchun_innovation.shared.bilingual import Bilingual
from changchun_innovation.shared.progress import Added, Kind, PartsSum, coverage_of, judge_added
from changchun_innovation.shared.progress import Terms as JudgedTerms
from changchun_innovation.shared.quarters import Quarter
from institutions.queries import SourceFacts
from parks.dependence import Share, share_of
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


def joint_pledges(promises: tuple[Promise, ...], quarter: Quarter, known_on: date) -> tuple[JointPledge, ...]:
    """Every joint pledge in the order of the targets; the queries depend on the links, never on the parks."""
    by_target = links_by_target(known_on)
    return tuple(
        _joint_pledge(promise, by_target.get(promise.code, []), quarter, known_on)
        for promise in promises
        if promise.is_joint
    )


def _joint_pledge(promise: Promise, links: list[JointLink], quarter: Quarter, known_on: date) -> JointPledge:
    day = counted_on(promise, quarter)
    linked = {link.pk: _linked(promise, link, _parts([link], quarter, day)) for link in links}
    full = [link for link in links if link.comparable == Comparability.FULL]
    parts = _parts(full, quarter, day)
    # Mostly one indicator of the parks is fully comparable, and was added up already.
    total = linked[full[0].pk].total if len(full) == 1 else _total(promise.terms, parts)[0]
    added, largest_pledge, largest_report = _added(promise.terms, parts, total)
    return JointPledge(
        promise=promise,
        joint=judge_added(
            promise.terms, added, quarter, known_on, [reading.published for reading in promise.readings]
        ),
        links=tuple(linked.values()),
        largest_pledge=largest_pledge,
        largest_report=largest_report,
    )


def _parts(links: Iterable[JointLink], quarter: Quarter, day: date) -> QuerySet:
    """The stored answers of the terms that count on a day, of the commitments under some links."""
    begun = Q(start_on__lte=day) | Q(is_first_term=True)
    last = Q(next_start_on__isnull=True) | Q(next_start_on__gt=day)
    return StoredState.objects.filter(
        begun, last, quarter=quarter, indicator__in=[link.indicator_id for link in links]
    )


def _added(terms: JudgedTerms, parts: QuerySet, total: PartsSum) -> tuple[Added, Share | None, Share | None]:
    """The sums for the judge, and the largest pledge and report in them. At most five queries."""
    lasting = Q(value__isnull=False)
    if terms.kind is not Kind.CUMULATIVE:
        lasting &= Q(is_stale=False)
    found = parts.aggregate(
        parts=Count("pk"),
        known=Count("value"),
        lasting=Count("pk", filter=lasting),
        lasting_sum=Sum("value", filter=lasting),
        baseline=Sum("baseline"),
        unknown=Count("pk", filter=Q(baseline_known=False)),
        pledged=Sum("target"),
        reported=Sum("value"),
        reporting=Count("park", distinct=True, filter=Q(value__isnull=False)),
    )
    added = Added(
        total=total,
        parts=found["parts"],
        known=found["known"],
        lasting=found["lasting"],
        lasting_sum=from_units(found["lasting_sum"]),
        baseline=from_units(found["baseline"] or 0),
        baseline_known=not found["unknown"],
    )
    pledge = _largest(parts, "target", found["pledged"], total.pledging, reported=False)
    reported = parts.filter(value__isnull=False)
    return added, pledge, _largest(reported, "value", found["reported"], found["reporting"], reported=True)


def _total(terms: JudgedTerms, parts: QuerySet) -> tuple[PartsSum, list[ParkName]]:
    """Sums, and the parks that lack a value or have an old one, in their order. Two queries."""
    found = parts.aggregate(
        known=Count("value"),
        known_sum=Sum("value"),
        pledged=Sum("target"),
        pledging=Count("park", distinct=True),
        earliest=Min("judged_on", filter=Q(value__isnull=False)),
    )
    missing, stale, names = {}, {}, {}
    waited_for = parts.filter(Q(value__isnull=True) | Q(is_stale=True)).order_by(*in_order())
    for value, *park in waited_for.values_list("value", *_NAME):
        name = names.setdefault(park[0], ParkName(*park))
        (missing if value is None else stale)[name.code] = True
    pledged = from_units(found["pledged"] or 0)
    summable = found["known"] and terms.kind is not Kind.RATE
    total = PartsSum(
        known_sum=from_units(found["known_sum"]) if summable else None,
        reported=found["pledging"] - len(missing),
        pledging=found["pledging"],
        missing_keys=tuple(missing),
        stale_keys=tuple(stale),
        pledged=pledged,
        coverage=coverage_of(terms, pledged),
        earliest=found["earliest"],
    )
    return total, list(names.values())


def _linked(promise: Promise, link: JointLink, parts: QuerySet) -> LinkedIndicator:
    """What stands under one link; of the parks all that it waits for, or where it waits for none all that pledged."""
    total, parks = _total(promise.terms, parts)
    if not parks:
        parks = [ParkName(*park) for park in parts.order_by(*in_order()).values_list(*_NAME)]
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


def _largest(parts: QuerySet, column: str, total: int | None, parks: int, *, reported: bool) -> Share | None:
    """The park with the largest part of a sum. Two queries."""
    if not total or total <= 0:
        return None
    by_park = parts.values("park").annotate(part=Sum(column)).order_by("-part", *in_order())
    largest = by_park.first()
    (park,) = parks_by_id([largest["park"]]).values()
    return share_of(park, from_units(largest["part"]), from_units(total), parks, reported=reported)
