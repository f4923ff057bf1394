"""What the pages of the partners say: who they are, what they build, what they promised and what is known of it.

A partner of a big city builds hundreds of parks: a page names some of them and says how many there are.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.db.models import Q

from changchun_innovation.overview.promises import PromiseLine
from changchun_innovation.overview.queries import offered_quarters
from changchun_innovation.shared.paging import Part, part_among, part_of
from changchun_innovation.shared.quarters import Quarter
from institutions.models import Institution, InstitutionKind
from institutions.queries import AgreementFacts, InstitutionFacts, agreements, institutions
from parks import many, stored
from parks.ledger import Ledger, parks_known_on
from parks.portrait import summary
from parks.queries import ParkScorecard, scorecards
from parks.whole_city import TooManyParks, is_stored, may_be_stored
from targets.queries import InitiativeFacts, ReadingFacts, initiatives, promises, readings

PARKS_TO_A_PAGE = 25
# The list of all partners names so many parks of each.
MOST_NAMED = 5


@dataclass(frozen=True)
class PartnerLine:
    """One partner with how many parks, targets, deliverables and published values are its own; its first parks."""

    institution: InstitutionFacts
    parks: tuple[tuple[str, str], ...]
    parks_in_all: int
    targets: int
    readings: int
    initiatives: int


@dataclass(frozen=True)
class PartnerGroup:
    kind: str
    lines: tuple[PartnerLine, ...]


@dataclass(frozen=True)
class BuiltPark:
    """A park that the partner builds, in the quarter; `as_zone` where it is the zone's side."""

    card: ParkScorecard
    as_zone: bool
    other: InstitutionFacts
    summary: str


@dataclass(frozen=True)
class Partner:
    institution: InstitutionFacts
    quarters: tuple[Quarter, ...]
    parks: Part
    targets: tuple[PromiseLine, ...]
    readings: tuple[ReadingFacts, ...]
    initiatives: tuple[InitiativeFacts, ...]
    agreements: tuple[AgreementFacts, ...]


def partner_list(known_on: date) -> tuple[PartnerGroup, ...]:
    """Every partner by kind, with what is known of it on the day; a fixed number of queries."""
    built: dict[int, list[tuple[str, str]]] = {}
    for park in parks_known_on(known_on).only(
        "code", "name_zh", "name_en", "academic_partner_id", "zone_partner_id"
    ):
        for institution in (park.academic_partner_id, park.zone_partner_id):
            built.setdefault(institution, []).append((park.code, park.name))
    built_by = {code: built[pk] for pk, code in Institution.objects.values_list("pk", "code") if pk in built}
    targets = [each.scope_code for each in promises(known_on)]
    published = [each.subject for each in readings(known_on)]
    leads = [each.lead.code for each in initiatives(known_on)]
    groups: dict[str, list[PartnerLine]] = {}
    for each in institutions():
        groups.setdefault(each.kind, []).append(
            PartnerLine(
                institution=each,
                parks=tuple(built_by.get(each.code, ())[:MOST_NAMED]),
                parks_in_all=len(built_by.get(each.code, ())),
                targets=targets.count(each.code),
                readings=published.count(each.code),
                initiatives=leads.count(each.code),
            )
        )
    return tuple(
        PartnerGroup(groups[kind][0].institution.kind_label, tuple(groups[kind]))
        for kind in InstitutionKind.values
        if kind in groups
    )


def partner(code: str, quarter: Quarter, known_on: date, query: Mapping[str, str]) -> Partner | None:
    """One partner by its code; None where there is none. `query` may ask for another part of its parks.

    Raises `TooManyParks` for a day in the past on which it built more parks than a page can judge.
    """
    row = Institution.objects.filter(code=code).first()
    if row is None:
        return None
    return Partner(
        institution=InstitutionFacts.of(row),
        quarters=offered_quarters(known_on),
        parks=_parks(row, quarter, known_on, query),
        targets=tuple(
            PromiseLine(promise, judgement := promise.judgement(quarter), promise.reading_of(judgement), None)
            for promise in promises(known_on, quarter)
            if promise.scope_code == code
        ),
        readings=readings(known_on, institution__code=code),
        initiatives=initiatives(known_on, lead__code=code),
        agreements=tuple(
            each for each in agreements(parties__code=code) if each.source.published_on <= known_on
        ),
    )


def _parks(institution: Institution, quarter: Quarter, known_on: date, query: Mapping[str, str]) -> Part:
    """The parks it builds as either side, the neediest first, in parts."""
    own = parks_known_on(known_on).filter(Q(academic_partner=institution) | Q(zone_partner=institution))
    asked = {"asked": query.get("page", ""), "key": "page", "size": PARKS_TO_A_PAGE}
    parks = own.count()
    # As many as a page shows are soon judged, whether or not anything is stored.
    if parks > PARKS_TO_A_PAGE and may_be_stored(known_on) and is_stored(known_on):
        ordered = many.neediest_of(own, quarter).values_list("code", flat=True)
        part = part_among(parks, lambda first, end: _cards(known_on, ordered[first:end], quarter), **asked)
    elif parks > stored.BIG:
        raise TooManyParks(parks)
    else:
        part = part_of(_cards(known_on, own.values_list("code", flat=True), quarter), **asked)
    return replace(part, rows=tuple(_built(card, institution) for card in part.rows))


def _cards(known_on: date, codes: Iterable[str], quarter: Quarter) -> Sequence[ParkScorecard]:
    return scorecards(Ledger.of(known_on, codes), quarter)


def _built(card: ParkScorecard, institution: Institution) -> BuiltPark:
    as_zone = card.park.zone_partner.code == institution.code
    return BuiltPark(
        card=card,
        as_zone=as_zone,
        other=card.park.academic_partner if as_zone else card.park.zone_partner,
        summary=summary(card),
    )
