"""Answers about partners and documents: frozen, without a way back to the database."""

from dataclasses import dataclass
from datetime import date

from auditlog.models import LogEntry

from changchun_innovation.shared.append_only import every_fact
from changchun_innovation.shared.bilingual import Bilingual, label_of
from changchun_innovation.shared.remembered import WhileUnchanged
from institutions.models import Agreement, AgreementKind, Institution, InstitutionKind, Source


@dataclass(frozen=True)
class SourceFacts:
    """A document, as a page or file cites it."""

    code: str
    title_zh: str
    title_en: str
    publisher_zh: str
    publisher_en: str
    published_on: date
    precision: str
    url: str
    note_zh: str = ""
    note_en: str = ""

    title = Bilingual()
    publisher = Bilingual()
    note = Bilingual()

    @classmethod
    def of(cls, row: Source | None) -> "SourceFacts | None":
        if row is None:
            return None
        return cls(
            row.code,
            row.title_zh,
            row.title_en,
            row.publisher_zh,
            row.publisher_en,
            row.published_on,
            row.precision,
            row.url,
            row.note_zh,
            row.note_en,
        )


@dataclass(frozen=True)
class InstitutionFacts:
    """A partner, as a page or file names it."""

    code: str
    name_zh: str
    name_en: str
    kind: str
    role_zh: str
    role_en: str

    name = Bilingual()
    role = Bilingual()

    @property
    def kind_label(self) -> str:
        return label_of(InstitutionKind, self.kind)

    @classmethod
    def of(cls, row: Institution | None) -> "InstitutionFacts | None":
        if row is None:
            return None
        return cls(
            row.code,
            row.name_zh,
            row.name_en,
            row.kind,
            row.role_zh,
            row.role_en,
        )


@dataclass(frozen=True)
class AgreementFacts:
    """A signed protocol, agreement or plan."""

    code: str
    kind_label: str
    title_zh: str
    title_en: str
    signed_on: date
    parties: tuple[InstitutionFacts, ...]
    source: SourceFacts
    note_zh: str
    note_en: str

    title = Bilingual()
    note = Bilingual()


def agreements(**filters) -> tuple[AgreementFacts, ...]:
    """Agreements in the order of their signing; two queries."""
    rows = Agreement.objects.filter(**filters).select_related("source").prefetch_related("parties").distinct()
    return tuple(
        AgreementFacts(
            row.code,
            label_of(AgreementKind, row.kind),
            row.title_zh,
            row.title_en,
            row.signed_on,
            tuple(InstitutionFacts.of(party) for party in row.parties.all()),
            SourceFacts.of(row.source),
            row.note_zh,
            row.note_en,
        )
        for row in rows
    )


def institutions() -> tuple[InstitutionFacts, ...]:
    return tuple(InstitutionFacts.of(row) for row in Institution.objects.all())


def sources() -> tuple[SourceFacts, ...]:
    return tuple(SourceFacts.of(row) for row in Source.objects.all())


# The body that answers for what the city promised.
CITY_GOVERNMENT = "cc-gov"


# Reference data that are loaded for the first time leave facts and no entry in the trail.
_of_the_city = WhileUnchanged(lambda: (*every_fact(), LogEntry))


def city_government() -> InstitutionFacts | None:
    """The city's government, which answers for the city's targets; None before the reference data are loaded."""
    return _of_the_city.answer(
        CITY_GOVERNMENT,
        lambda: InstitutionFacts.of(Institution.objects.filter(code=CITY_GOVERNMENT).first()),
    )
