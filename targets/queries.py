"""Answers about promises and published values, as known on a day."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from auditlog.models import LogEntry

from changchun_innovation.shared.append_only import latest_by
from changchun_innovation.shared.bilingual import Bilingual, label_of
from changchun_innovation.shared.progress import (
    Comparator,
    Judgement,
    Kind,
    Published,
    Qualifier,
    Terms,
    judge_readings,
)
from changchun_innovation.shared.quarters import Quarter
from changchun_innovation.shared.remembered import WhileUnchanged, once
from institutions.queries import InstitutionFacts, SourceFacts
from targets.models import (
    Confidence,
    ContextFigure,
    Indicator,
    Initiative,
    InitiativeState,
    InitiativeStatus,
    Reading,
    Scope,
    Target,
    TargetTerms,
)
from targets.models import Kind as IndicatorKind
from targets.models import Qualifier as ReadingQualifier
from targets.terms import term_on, terms_by


@dataclass(frozen=True)
class IndicatorFacts:
    """What is measured, in which unit, and what a figure of it means."""

    code: str
    name_zh: str
    name_en: str
    unit_zh: str
    unit_en: str
    kind: Kind
    decimals: int
    definition_zh: str
    definition_en: str
    order: int

    name = Bilingual()
    unit = Bilingual()
    definition = Bilingual()

    @property
    def kind_label(self) -> str:
        return label_of(IndicatorKind, self.kind.value)

    @classmethod
    def of(cls, row: Indicator | None) -> "IndicatorFacts | None":
        if row is None:
            return None
        return cls(
            row.code,
            row.name_zh,
            row.name_en,
            row.unit_zh,
            row.unit_en,
            Kind(row.kind),
            row.decimals,
            row.definition_zh,
            row.definition_en,
            row.order,
        )


@dataclass(frozen=True)
class ReadingFacts:
    """One published value, with how it is worded and how far it can be trusted."""

    indicator: IndicatorFacts
    subject: str
    period_start: date | None
    period_end: date
    value: Decimal
    qualifier: str
    confidence: str
    source: SourceFacts
    known_from: date
    remark_zh: str
    remark_en: str

    remark = Bilingual()

    @property
    def qualifier_label(self) -> str:
        return label_of(ReadingQualifier, self.qualifier)

    @property
    def confidence_label(self) -> str:
        return label_of(Confidence, self.confidence)

    @property
    def quarter(self) -> Quarter:
        return Quarter.containing(self.period_end)

    @property
    def published(self) -> Published:
        """The reading as the judge takes it."""
        return Published(
            period_start=self.period_start,
            period_end=self.period_end,
            value=self.value,
            qualifier=Qualifier(self.qualifier),
            published_on=self.source.published_on,
        )


@dataclass(frozen=True)
class Promise:
    """One target with its numbers and its readings, as known on a day."""

    code: str
    scope: str
    scope_code: str
    institution: InstitutionFacts | None
    indicator: IndicatorFacts
    terms: Terms
    source: SourceFacts | None
    locator_zh: str
    locator_en: str
    reason: str
    known_from: date
    ambiguity_zh: str
    ambiguity_en: str
    readings: tuple[ReadingFacts, ...]
    known_on: date

    locator = Bilingual()
    ambiguity = Bilingual()

    @property
    def start_on(self) -> date:
        return self.terms.start_on

    @property
    def is_joint(self) -> bool:
        """Whether the eight parks promised it together."""
        return self.scope == Scope.FIRST_BATCH_PARKS

    def judgement(self, quarter: Quarter) -> Judgement:
        """What the published values say of the promise in a quarter."""
        return once(self, ("judgement", quarter), lambda: self._judge(quarter))

    def _judge(self, quarter: Quarter) -> Judgement:
        return judge_readings(
            self.terms, [reading.published for reading in self.readings], quarter, self.known_on
        )

    def reading_of(self, judgement: Judgement) -> ReadingFacts | None:
        """The reading that a judgement rests on."""
        if judgement.as_at is None or judgement.value is None:
            return None
        for reading in self.readings:
            if reading.period_end == judgement.as_at and reading.value == judgement.value:
                return reading
        return None


def terms_of(row, indicator: IndicatorFacts, milestones=()) -> Terms:
    """The judge's terms from a row of terms; a cumulative total always begins at zero."""
    cumulative = indicator.kind == Kind.CUMULATIVE
    return Terms(
        kind=indicator.kind,
        decimals=indicator.decimals,
        comparator=Comparator(row.comparator),
        target=row.value,
        start_on=row.start_on,
        due_on=row.due_on,
        baseline=Decimal(0) if cumulative else row.baseline,
        milestones=tuple(milestones),
    )


def readings(known_on: date, **filters) -> tuple[ReadingFacts, ...]:
    """Published values known on a day, by indicator and period; one query."""
    rows = (
        Reading.objects.known_on(known_on)
        .filter(**filters)
        .select_related("indicator", "institution", "source")
        .order_by("indicator__order", "period_end", "pk")
    )
    return tuple(
        ReadingFacts(
            IndicatorFacts.of(row.indicator),
            row.subject,
            row.period_start,
            row.period_end,
            row.value,
            row.qualifier,
            row.confidence,
            SourceFacts.of(row.source),
            row.known_from,
            row.remark_zh,
            row.remark_en,
        )
        for row in rows
    )


def promises(known_on: date, quarter: Quarter | None = None) -> tuple[Promise, ...]:
    """Every target whose numbers were known on a day; three queries, and none while nothing is new.

    Of a target that was promised anew the term that had begun last in the quarter (without one: in the last
    quarter closed on the day), else its first. A target is judged by the readings of its own indicator and
    subject only.
    """
    day = (quarter or Quarter.last_closed(known_on)).ends_on
    return tuple(term_on(terms, day) for terms in promises_by_term(known_on))


# Besides their numbers and readings, targets are texts, which the trail watches.
_promised = WhileUnchanged(lambda: (TargetTerms, Reading, LogEntry))


def promises_by_term(known_on: date) -> tuple[tuple[Promise, ...], ...]:
    """Every term of every target whose numbers were known on a day, in order of the start."""
    return _promised.answer(known_on, lambda: _promises_by_term(known_on))


def _promises_by_term(known_on: date) -> tuple[tuple[Promise, ...], ...]:
    terms = terms_by(TargetTerms.objects.known_on(known_on).select_related("source"), "target_id")
    by_subject: dict[tuple[str, str], list[ReadingFacts]] = {}
    for reading in readings(known_on):
        by_subject.setdefault((reading.indicator.code, reading.subject), []).append(reading)
    targets = Target.objects.select_related("indicator", "institution")
    return tuple(
        tuple(_promise(target, row, by_subject, known_on) for row in terms[target.pk])
        for target in targets
        if target.pk in terms
    )


def _promise(target: Target, row: TargetTerms, by_subject: dict, known_on: date) -> Promise:
    indicator = IndicatorFacts.of(target.indicator)
    return Promise(
        code=target.code,
        scope=target.scope,
        scope_code=target.scope_code,
        institution=InstitutionFacts.of(target.institution),
        indicator=indicator,
        terms=terms_of(row, indicator),
        source=SourceFacts.of(row.source),
        locator_zh=row.locator_zh,
        locator_en=row.locator_en,
        reason=row.reason,
        known_from=row.known_from,
        ambiguity_zh=target.ambiguity_zh,
        ambiguity_en=target.ambiguity_en,
        readings=tuple(by_subject.get((indicator.code, target.scope_code), ())),
        known_on=known_on,
    )


@dataclass(frozen=True)
class InitiativeFacts:
    """A deliverable without a number, and where it stood on a day."""

    code: str
    measure_zh: str
    measure_en: str
    deliverable_zh: str
    deliverable_en: str
    lead: InstitutionFacts
    source: SourceFacts
    status: str
    status_label: str
    status_since: date | None
    status_source: SourceFacts | None
    status_reason: str
    note_zh: str
    note_en: str

    measure = Bilingual()
    deliverable = Bilingual()
    note = Bilingual()


def initiatives(known_on: date, **filters) -> tuple[InitiativeFacts, ...]:
    """Initiatives with the last status known on a day; two queries."""
    statuses = latest_by(
        InitiativeStatus.objects.known_on(known_on).select_related("source"), "initiative_id"
    )
    answer = []
    for row in Initiative.objects.filter(**filters).select_related("lead", "source"):
        status = statuses.get(row.pk)
        if row.source.published_on > known_on:
            continue
        answer.append(
            InitiativeFacts(
                row.code,
                row.measure_zh,
                row.measure_en,
                row.deliverable_zh,
                row.deliverable_en,
                InstitutionFacts.of(row.lead),
                SourceFacts.of(row.source),
                status.status if status else "not-reported",
                label_of(InitiativeState, status.status) if status else "",
                status.known_from if status else None,
                SourceFacts.of(status.source) if status else None,
                status.reason if status else "",
                row.note_zh,
                row.note_en,
            )
        )
    return tuple(answer)


@dataclass(frozen=True)
class ContextFacts:
    """A background figure about the city."""

    code: str
    name_zh: str
    name_en: str
    value: Decimal
    qualifier: str
    qualifier_label: str
    unit_zh: str
    unit_en: str
    as_of: date
    source: SourceFacts

    name = Bilingual()
    unit = Bilingual()


def context_figures() -> tuple[ContextFacts, ...]:
    return tuple(
        ContextFacts(
            row.code,
            row.name_zh,
            row.name_en,
            row.value,
            row.qualifier,
            label_of(ReadingQualifier, row.qualifier),
            row.unit_zh,
            row.unit_en,
            row.as_of,
            SourceFacts.of(row.source),
        )
        for row in ContextFigure.objects.select_related("source")
    )
