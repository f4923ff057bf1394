"""The joint pledges of a big city: added up by the database from what is stored, judged by the one judge."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Count, Min, Q, QuerySet, Sum

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
    full = _parts([link for link in links if link.comparable == Comparability.FULL], quarter, day)
    return JointPledge(
        promise=promise,
        joint=judge_added(
            promise.terms,
            _added(promise.terms, full),
            quarter,
            known_on,
            [reading.published for reading in promise.readings],
        ),
        links=tuple(_linked(promise, link, _parts([link], quarter, day)) for link in links),
        largest_pledge=_largest(full, "target", reported=False),
        largest_report=_largest(full.filter(value__isnull=False), "value", reported=True),
    )


def _parts(links: Iterable[JointLink], quarter: Quarter, day: date) -> QuerySet:
    """The stored answers of the terms that count on a day, of the commitments under some links."""
    begun = Q(start_on__lte=day) | Q(is_first_term=True)
    last = Q(next_start_on__isnull=True) | Q(next_start_on__gt=day)
    return StoredState.objects.filter(
        begun, last, quarter=quarter, indicator__in=[link.indicator_id for link in links]
    )


def _added(terms: JudgedTerms, parts: QuerySet) -> Added:
    """What the commitments under full links add up to. One query, and those of `_total`."""
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
    )
    return Added(
        total=_total(terms, parts),
        parts=found["parts"],
        known=found["known"],
        lasting=found["lasting"],
        lasting_sum=from_units(found["lasting_sum"]),
        baseline=from_units(found["baseline"] or 0),
        baseline_known=not found["unknown"],
    )


def _total(terms: JudgedTerms, parts: QuerySet) -> PartsSum:
    """Sums, and the codes of the parks that lack a value or have an old one. Three queries."""
    found = parts.aggregate(
        known=Count("value"),
        known_sum=Sum("value"),
        pledged=Sum("target"),
        pledging=Count("park", distinct=True),
        earliest=Min("judged_on", filter=Q(value__isnull=False)),
    )
    missing = _codes(parts.filter(value__isnull=True))
    pledged = from_units(found["pledged"] or 0)
    summable = found["known"] and terms.kind is not Kind.RATE
    return PartsSum(
        known_sum=from_units(found["known_sum"]) if summable else None,
        reported=found["pledging"] - len(missing),
        pledging=found["pledging"],
        missing_keys=missing,
        stale_keys=_codes(parts.filter(value__isnull=False, is_stale=True)),
        pledged=pledged,
        coverage=coverage_of(terms, pledged),
        earliest=found["earliest"],
    )


def _codes(parts: QuerySet) -> tuple[str, ...]:
    """The parks' codes in their order, each once."""
    rows = parts.order_by(*in_order()).values_list("park__code", flat=True)
    return tuple(dict.fromkeys(rows))


def _linked(promise: Promise, link: JointLink, parts: QuerySet) -> LinkedIndicator:
    """What stands under one link; of the parks all that it waits for, or where it waits for none all that pledged."""
    total = _total(promise.terms, parts)
    waits_for = {*total.missing_keys, *total.stale_keys}
    wanted = parts.filter(Q(value__isnull=True) | Q(is_stale=True)) if waits_for else parts
    parks = parks_by_id(wanted.values_list("park", flat=True))
    by_code = {park.code: park for park in parks.values()}
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


def _largest(parts: QuerySet, column: str, *, reported: bool) -> Share | None:
    """The park with the largest part of a sum. Three queries."""
    by_park = parts.values("park").annotate(part=Sum(column))
    total = parts.aggregate(total=Sum(column), parks=Count("park", distinct=True))
    largest = by_park.order_by("-part", *in_order()).first()
    if largest is None or total["total"] <= 0:
        return None
    (park,) = parks_by_id([largest["park"]]).values()
    return share_of(
        park, from_units(largest["part"]), from_units(total["total"]), total["parks"], reported=reported
    )
