"""What the pages of the partners say: who they are, what they build, what they promised and what is known of it."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from changchun_innovation.overview.promises import PromiseLine
from changchun_innovation.overview.queries import offered_quarters
from changchun_innovation.shared.quarters import Quarter
from institutions.models import Institution, InstitutionKind
from institutions.queries import AgreementFacts, InstitutionFacts, agreements, institutions
from parks.ledger import Ledger, parks_known_on
from parks.portrait import summary
from parks.queries import ParkScorecard, scorecards
from targets.queries import InitiativeFacts, ReadingFacts, initiatives, promises, readings


@dataclass(frozen=True)
class PartnerLine:
    """One partner with how many parks, targets, deliverables and published values are its own."""

    institution: InstitutionFacts
    parks: tuple[tuple[str, str], ...]
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
    parks: tuple[BuiltPark, ...]
    targets: tuple[PromiseLine, ...]
    readings: tuple[ReadingFacts, ...]
    initiatives: tuple[InitiativeFacts, ...]
    agreements: tuple[AgreementFacts, ...]


def partner_list(known_on: date) -> tuple[PartnerGroup, ...]:
    """Every partner by kind, with what is known of it on the day; a fixed number of queries."""
    built: dict[str, list[tuple[str, str]]] = {}
    for park in parks_known_on(known_on).select_related("academic_partner", "zone_partner"):
        for institution in (park.academic_partner, park.zone_partner):
            built.setdefault(institution.code, []).append((park.code, park.name))
    targets = [each.scope_code for each in promises(known_on)]
    published = [each.subject for each in readings(known_on)]
    leads = [each.lead.code for each in initiatives(known_on)]
    groups: dict[str, list[PartnerLine]] = {}
    for each in institutions():
        groups.setdefault(each.kind, []).append(
            PartnerLine(
                institution=each,
                parks=tuple(built.get(each.code, ())),
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


def partner(code: str, quarter: Quarter, known_on: date) -> Partner | None:
    """One partner by its code; None where there is none."""
    row = Institution.objects.filter(code=code).first()
    if row is None:
        return None
    return Partner(
        institution=InstitutionFacts.of(row),
        quarters=offered_quarters(known_on),
        parks=_parks(row, quarter, known_on),
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


def _parks(institution: Institution, quarter: Quarter, known_on: date) -> tuple[BuiltPark, ...]:
    """The parks it builds as either side, the neediest first."""
    own = parks_known_on(known_on).filter(Q(academic_partner=institution) | Q(zone_partner=institution))
    cards = scorecards(Ledger.of(known_on, own.values_list("code", flat=True)), quarter)
    return tuple(
        BuiltPark(
            card=card,
            as_zone=card.park.zone_partner.code == institution.code,
            other=card.park.academic_partner
            if card.park.zone_partner.code == institution.code
            else card.park.zone_partner,
            summary=summary(card),
        )
        for card in cards
    )
