"""What can be found: every kind of thing, the texts by which it is found, and what the line of an answer says.

Of each kind there is what its own pages list as known on the day; names are today's. What costs a judgement is
worked out for the answers that are shown, never for all.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from operator import attrgetter
from typing import NamedTuple

from django.db.models import Count, Exists, F, OuterRef, Q, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from changchun_innovation.shared.progress import Judgement
from changchun_innovation.shared.quarters import Quarter
from institutions.models import Agreement, Source
from institutions.queries import InstitutionFacts, SourceFacts, institutions
from parks import stored, whole_city
from parks.ledger import Ledger, parks_known_on
from parks.models import Commitment, CommitmentTerms, JointLink, Publication
from parks.queries import PublicationFacts, publications, scorecards
from targets.models import (
    ContextFigure,
    Indicator,
    Initiative,
    InitiativeStatus,
    Reading,
    Scope,
    TargetTerms,
)
from targets.queries import IndicatorFacts, InitiativeFacts, Promise, initiatives, promises

# So many parks that pledged an indicator are named; the rest is counted.
NAMED = 8

# What a text is called where it stands beside an answer because something was found in it.
LABELS = {
    "name": gettext_lazy("名称"),
    "alias": gettext_lazy("别名"),
    "academic": gettext_lazy("院校方"),
    "zone": gettext_lazy("开发区方"),
    "fields": gettext_lazy("领域"),
    "role": gettext_lazy("承担的工作"),
    "definition": gettext_lazy("定义"),
    "who": gettext_lazy("范围"),
    "lead": gettext_lazy("牵头单位"),
    "measure": gettext_lazy("举措类别"),
    "publisher": gettext_lazy("发布者"),
    "park": gettext_lazy("园区"),
}


class Field(NamedTuple):
    """One text by which a thing is found, in both languages; the line of an answer shows those that are `in_line`.

    By a name (`is_name`) it is found in any of the ways that a name is looked for, by other texts as they stand.
    """

    key: str
    zh: str
    en: str
    is_name: bool = False
    in_line: bool = False


@dataclass(frozen=True)
class Kind:
    """All things of one kind, in their order; the first field is what a thing is called."""

    key: str
    word: str
    things: Sequence
    fields: Callable[[object], tuple[Field, ...]]
    facts: Callable[[Sequence], dict] = field(default=lambda shown: {})
    code: Callable[[object], str] = attrgetter("code")


def kinds_known_on(known_on: date, quarter: Quarter) -> tuple[Kind, ...]:
    """Everything that can be found on a day, in the order in which equally good kinds are shown."""
    known = promises(known_on, quarter)
    parks = _parks(known_on)
    return (
        Kind("parks", _("园区"), parks, _park_fields, partial(_park_facts, known_on, quarter)),
        Kind("institutions", _("机构"), institutions(), _institution_fields),
        Kind(
            "indicators",
            _("各项指标"),
            _indicators(known_on),
            _indicator_fields,
            partial(_indicator_facts, known_on, known),
        ),
        Kind(
            "targets",
            _("目标"),
            known,
            _target_fields,
            partial(_target_facts, known_on, quarter, len(parks)),
        ),
        Kind("initiatives", _("举措"), initiatives(known_on), _initiative_fields),
        Kind("sources", _("来源文件"), _sources(known_on), _source_fields),
        Kind("publications", _("公开报道"), publications(known_on), _publication_fields, code=_no_code),
    )


def _no_code(thing) -> str:
    return ""


# --- parks -------------------------------------------------------------------------------------------------------
class ParkTexts(NamedTuple):
    """A park by its texts alone, as light as thousands of them must be."""

    code: str
    name_zh: str
    name_en: str
    alias_zh: str
    alias_en: str
    fields_zh: str
    fields_en: str
    academic_zh: str
    academic_en: str
    zone_zh: str
    zone_en: str


def _parks(known_on: date) -> tuple[ParkTexts, ...]:
    rows = parks_known_on(known_on).values_list(
        "code",
        "name_zh",
        "name_en",
        "alias_zh",
        "alias_en",
        "fields_zh",
        "fields_en",
        "academic_partner__name_zh",
        "academic_partner__name_en",
        "zone_partner__name_zh",
        "zone_partner__name_en",
    )
    return tuple(ParkTexts(*row) for row in rows)


def _park_fields(park: ParkTexts) -> tuple[Field, ...]:
    return (
        Field("name", park.name_zh, park.name_en, is_name=True, in_line=True),
        Field("alias", park.alias_zh, park.alias_en, is_name=True),
        Field("academic", park.academic_zh, park.academic_en, in_line=True),
        Field("zone", park.zone_zh, park.zone_en, in_line=True),
        Field("fields", park.fields_zh, park.fields_en),
    )


def _park_facts(known_on: date, quarter: Quarter, shown: Sequence[ParkTexts]) -> dict:
    """The scorecards of the shown parks by code."""
    ledger = Ledger.of(known_on, [park.code for park in shown])
    return {card.park.code: card for card in scorecards(ledger, quarter)}


# --- institutions ------------------------------------------------------------------------------------------------
def _institution_fields(row: InstitutionFacts) -> tuple[Field, ...]:
    return (
        Field("name", row.name_zh, row.name_en, is_name=True, in_line=True),
        Field("role", row.role_zh, row.role_en, in_line=True),
    )


# --- indicators --------------------------------------------------------------------------------------------------
class Promised(NamedTuple):
    """A target of an indicator: its code, and who promised it."""

    code: str
    who: str


@dataclass(frozen=True)
class IndicatorLine:
    """Who promised something about an indicator, and where its page is (`view`, `code`, `anchor`)."""

    indicator: str
    parks: tuple[tuple[str, str], ...]
    pledging: int
    targets: tuple[Promised, ...]
    view: str
    code: str
    anchor: str

    @property
    def comparison(self) -> dict[str, str]:
        """The filter by which the comparison shows this indicator."""
        return {"indicator": self.indicator}

    @property
    def more_parks(self) -> int:
        return self.pledging - len(self.parks)


def _indicators(known_on: date) -> tuple[IndicatorFacts, ...]:
    """Indicators about which something is known on the day: promised, published or linked to a joint pledge."""
    of_this = {"indicator": OuterRef("pk")}
    rows = Indicator.objects.filter(
        Exists(CommitmentTerms.objects.known_on(known_on).filter(commitment__indicator=OuterRef("pk")))
        | Exists(TargetTerms.objects.known_on(known_on).filter(target__indicator=OuterRef("pk")))
        | Exists(Reading.objects.known_on(known_on).filter(**of_this))
        | Exists(JointLink.objects.known_on(known_on).filter(**of_this))
        | Exists(Publication.objects.filter(source__published_on__lte=known_on, **of_this))
    )
    return tuple(IndicatorFacts.of(row) for row in rows)


def _indicator_fields(row: IndicatorFacts) -> tuple[Field, ...]:
    return (
        Field("name", row.name_zh, row.name_en, is_name=True, in_line=True),
        Field("definition", row.definition_zh, row.definition_en),
    )


def _indicator_facts(known_on: date, known: Sequence[Promise], shown: Sequence[IndicatorFacts]) -> dict:
    codes = [row.code for row in shown]
    pledged = _pledging(known_on, codes)
    read = dict(
        Reading.objects.known_on(known_on)
        .filter(indicator__code__in=codes, institution__isnull=False)
        .values_list("indicator__code", "institution__code")
    )
    facts = {}
    for code in codes:
        parks, pledging = pledged.get(code, ((), 0))
        targets = tuple(Promised(each.code, _who(each)) for each in known if each.indicator.code == code)
        if parks:
            page = ("parks:compare", "", "")
        elif targets:
            page = ("targets:target", targets[0].code, "")
        elif code in read:
            page = ("institutions:institution", read[code], "")
        else:
            page = ("targets:list", "", "beside")
        facts[code] = IndicatorLine(code, parks, pledging, targets, *page)
    return facts


def _pledging(known_on: date, codes: Sequence[str]) -> dict[str, tuple[tuple[tuple[str, str], ...], int]]:
    """By indicator: the first parks that pledged it by the day (code and name), and how many did; one query."""
    of_indicator = {"partition_by": F("indicator")}
    rows = (
        Commitment.objects.filter(
            Exists(CommitmentTerms.objects.known_on(known_on).filter(commitment=OuterRef("pk"))),
            indicator__code__in=codes,
        )
        .annotate(
            place=Window(RowNumber(), order_by=("park__order", "park__code"), **of_indicator),
            pledging=Window(Count("pk"), **of_indicator),
        )
        .filter(place__lte=NAMED)
        .select_related("park", "indicator")
        .order_by("place")
    )
    parks, pledging = {}, {}
    for row in rows:
        parks.setdefault(row.indicator.code, []).append((row.park.code, row.park.name))
        pledging[row.indicator.code] = row.pledging
    return {code: (tuple(named), pledging[code]) for code, named in parks.items()}


def _who(promise: Promise) -> str:
    return promise.institution.name if promise.institution else str(Scope(promise.scope).label)


# --- targets -----------------------------------------------------------------------------------------------------
def _target_fields(row: Promise) -> tuple[Field, ...]:
    who = row.institution
    scope = str(Scope(row.scope).label)
    return (
        Field("name", row.indicator.name_zh, row.indicator.name_en, is_name=True, in_line=True),
        Field("who", who.name_zh if who else scope, who.name_en if who else scope, in_line=True),
    )


def _target_facts(
    known_on: date, quarter: Quarter, parks: int, shown: Sequence[Promise]
) -> dict[str, Judgement | None]:
    """The judgements of the shown targets by code.

    None for a joint pledge that adds up very many parks and is not stored: of an earlier day only its own page does.
    """
    facts = {row.code: row.judgement(quarter) for row in shown if not row.is_joint}
    joint = tuple(row for row in shown if row.is_joint)
    if joint and (parks <= stored.BIG or whole_city.may_be_stored(known_on)):
        # What was found is shown, even where what is said of it has still to be worked out.
        with suppress(stored.NotWorkedOut):
            pledges = whole_city.joint_pledges(joint, quarter, known_on)
            facts |= {each.promise.code: each.judgement for each in pledges}
    return facts


# --- initiatives, documents, the press ---------------------------------------------------------------------------
def _initiative_fields(row: InitiativeFacts) -> tuple[Field, ...]:
    return (
        Field("name", row.deliverable_zh, row.deliverable_en, is_name=True, in_line=True),
        Field("lead", row.lead.name_zh, row.lead.name_en, in_line=True),
        Field("measure", row.measure_zh, row.measure_en),
    )


def _sources(known_on: date) -> tuple[SourceFacts, ...]:
    """Documents published by the day on which something known on it rests, as the list of documents has them."""
    of_this = {"source": OuterRef("pk")}
    bears = Q()
    for rows in (
        *(model.objects.known_on(known_on) for model in (TargetTerms, CommitmentTerms, Reading)),
        *(model.objects.known_on(known_on) for model in (JointLink, InitiativeStatus)),
        *(model.objects.all() for model in (Publication, ContextFigure, Initiative, Agreement)),
    ):
        bears |= Q(Exists(rows.filter(**of_this)))
    return tuple(SourceFacts.of(row) for row in Source.objects.filter(bears, published_on__lte=known_on))


def _source_fields(row: SourceFacts) -> tuple[Field, ...]:
    return (
        Field("name", row.title_zh, row.title_en, is_name=True, in_line=True),
        Field("publisher", row.publisher_zh, row.publisher_en, in_line=True),
    )


def _publication_fields(row: PublicationFacts) -> tuple[Field, ...]:
    return (
        Field("name", row.label_zh, row.label_en, is_name=True, in_line=True),
        Field("park", row.park_name_zh, row.park_name_en, in_line=True),
    )
