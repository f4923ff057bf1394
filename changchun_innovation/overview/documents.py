"""What rests on a document: every target, pledge, published value, press report, link, agreement and initiative.

On one document thousands of pledges may rest: they are counted by the database, and shown in parts.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from changchun_innovation.shared.paging import Part, part_among
from institutions.models import Agreement, Source
from institutions.queries import SourceFacts
from parks.models import CommitmentTerms, JointLink, Publication
from targets.models import (
    CITY,
    ContextFigure,
    Indicator,
    Initiative,
    InitiativeStatus,
    Reading,
    Scope,
    Target,
    TargetTerms,
)
from targets.terms import terms_by

ROWS_TO_A_PAGE = 100


@dataclass(frozen=True)
class Resting:
    """One number or statement that a document bears, with where it is shown.

    `view`, `code` and `anchor` name the page that shows it ('' for none); `value` is None for a statement in words.
    """

    subject: str
    what: str
    value: Decimal | None
    unit: str
    decimals: int | None
    comparator: str
    qualifier: str
    day: date | None
    locator: str
    note: str
    view: str = ""
    code: str = ""
    anchor: str = ""


@dataclass(frozen=True)
class Group:
    """The same kind of thing that rests on a document, in parts; `numbers` where some of it has a value."""

    key: str
    name: str
    day_name: str
    numbers: bool
    shown: Part


@dataclass(frozen=True)
class DocumentLine:
    source: SourceFacts
    count: int


@dataclass(frozen=True)
class Document:
    source: SourceFacts
    precise_to_the_day: bool
    published: bool
    groups: tuple[Group, ...]

    @property
    def count(self) -> int:
        return sum(group.shown.total for group in self.groups)

    @property
    def messages(self) -> tuple[str, ...]:
        """What of the address could not be read."""
        return tuple(message for group in self.groups for message in group.shown.messages)


@dataclass(frozen=True)
class _Kind:
    """One kind of thing with a source: its rows known on the day, and how some of them are told."""

    key: str
    name: str
    day_name: str
    rows: QuerySet
    tell: Callable[[Iterable], Iterable[Resting]]
    numbers: bool = True


def document_list(known_on: date) -> tuple[DocumentLine, ...]:
    """Every document on which something known on the day rests, the latest first, and how much; ten queries.

    A document may be found long after it was published: nobody knew of it before something rested on it.
    """
    counts: dict[int, int] = {}
    for kind in _kinds(known_on):
        for source, count in kind.rows.order_by().values_list("source").annotate(count=Count("pk")):
            counts[source] = counts.get(source, 0) + count
    return tuple(
        DocumentLine(SourceFacts.of(source), counts[source.pk])
        for source in Source.objects.filter(published_on__lte=known_on)
        if source.pk in counts
    )


def document(code: str, known_on: date, query: Mapping[str, str]) -> Document | None:
    """One document by its code; None where there is none. `query` may ask for another part of a group."""
    source = Source.objects.filter(code=code).first()
    if source is None:
        return None
    groups = [_group(kind, kind.rows.filter(source=source), query) for kind in _kinds(known_on)]
    return Document(
        source=SourceFacts.of(source),
        precise_to_the_day=source.precision == "day",
        published=source.published_on <= known_on,
        groups=tuple(group for group in groups if group.shown.total),
    )


def _group(kind: _Kind, rows: QuerySet, query: Mapping[str, str]) -> Group:
    key = f"page-{kind.key}"
    shown = part_among(
        rows.count(),
        lambda first, end: kind.tell(rows[first:end]),
        query.get(key, ""),
        key=key,
        size=ROWS_TO_A_PAGE,
    )
    return Group(kind.key, kind.name, kind.day_name, kind.numbers, shown)


def _kinds(known_on: date) -> tuple[_Kind, ...]:
    """Everything with a source that is known on the day, in the order of the page."""
    published = {"source__published_on__lte": known_on}
    due, until, since = _("期限"), _("截至"), _("何时可知")
    targets, pledges = (model.objects.known_on(known_on) for model in (TargetTerms, CommitmentTerms))
    return (
        _Kind(
            "targets",
            _("目标"),
            due,
            targets.filter(source__isnull=False).select_related("target__indicator", "target__institution"),
            partial(_targets, targets),
        ),
        _Kind(
            "commitments",
            _("园区承诺"),
            due,
            pledges.filter(source__isnull=False)
            .select_related("commitment__indicator", "commitment__park")
            .order_by("commitment__park__order", "commitment__order", "pk"),
            partial(_commitments, pledges),
        ),
        _Kind(
            "readings",
            _("公布数据"),
            until,
            Reading.objects.known_on(known_on)
            .select_related("indicator", "institution")
            .order_by("indicator__order", "period_end", "pk"),
            partial(_readings, known_on),
        ),
        _Kind(
            "publications",
            _("关于园区的报道"),
            until,
            Publication.objects.filter(**published)
            .select_related("park", "indicator")
            .order_by("park__order", "as_of", "pk"),
            _publications,
        ),
        _Kind("context", _("城市背景"), until, ContextFigure.objects.filter(**published), _context),
        _Kind(
            "links",
            _("共同承诺的构成"),
            since,
            JointLink.objects.known_on(known_on)
            .filter(source__isnull=False)
            .select_related("target__indicator", "indicator"),
            _links,
            numbers=False,
        ),
        _Kind(
            "initiatives",
            _("举措"),
            since,
            Initiative.objects.filter(**published).select_related("lead", "source"),
            _initiatives,
            numbers=False,
        ),
        _Kind(
            "statuses",
            _("举措的状态"),
            since,
            InitiativeStatus.objects.known_on(known_on)
            .filter(source__isnull=False)
            .select_related("initiative__lead"),
            _statuses,
            numbers=False,
        ),
        _Kind(
            "agreements",
            _("协议与文件"),
            _("签署日期"),
            Agreement.objects.filter(**published).prefetch_related("parties"),
            _agreements,
            numbers=False,
        ),
    )


def _terms_note(row, terms: tuple) -> str:
    """Whether a later row replaced these numbers; a term that was followed by the next one stands."""
    return "" if row in terms else _("后来的数字已取代它")


def _promised(
    row: TargetTerms | CommitmentTerms,
    indicator: Indicator,
    subject: str,
    remark: str,
    terms: tuple,
    page: dict,
) -> Resting:
    return Resting(
        subject=subject,
        what=indicator.name,
        value=row.value,
        unit=indicator.unit,
        decimals=indicator.decimals,
        comparator=row.comparator,
        qualifier="",
        day=row.due_on,
        locator=row.locator,
        note=_("；").join(text for text in (remark, _terms_note(row, terms)) if text),
        **page,
    )


def _targets(known: QuerySet, rows: Iterable[TargetTerms]) -> Iterable[Resting]:
    rows = list(rows)
    terms = terms_by(known.filter(target__in={row.target_id for row in rows}), "target_id")
    for row in rows:
        promise = row.target
        subject = _subject(promise.scope, promise.institution)
        page = {"view": "targets:target", "code": promise.code}
        yield _promised(row, promise.indicator, subject, promise.ambiguity, terms[row.target_id], page)


def _commitments(known: QuerySet, rows: Iterable[CommitmentTerms]) -> Iterable[Resting]:
    rows = list(rows)
    terms = terms_by(known.filter(commitment__in={row.commitment_id for row in rows}), "commitment_id")
    for row in rows:
        promise = row.commitment
        page = {"view": "parks:park", "code": promise.park.code, "anchor": promise.indicator.code}
        yield _promised(
            row, promise.indicator, promise.park.name, promise.note, terms[row.commitment_id], page
        )


def _readings(known_on: date, rows: Iterable[Reading]) -> Iterable[Resting]:
    pages = {
        (indicator, institution or scope): code
        for code, indicator, scope, institution in Target.objects.filter(
            terms__in=TargetTerms.objects.known_on(known_on)
        ).values_list("code", "indicator__code", "scope", "institution__code")
    }
    for row in rows:
        target = pages.get((row.indicator.code, row.subject), "")
        view, code = ("targets:target", target) if target else ("targets:list", "")
        if row.institution and not target:
            view, code = "institutions:institution", row.institution.code
        yield Resting(
            subject=_subject(row.scope, row.institution),
            what=row.indicator.name,
            value=row.value,
            unit=row.indicator.unit,
            decimals=row.indicator.decimals,
            comparator="",
            qualifier=row.qualifier,
            day=row.period_end,
            locator="",
            note=_confidence(row),
            view=view,
            code=code,
            anchor="" if code else "beside",
        )


def _publications(rows: Iterable[Publication]) -> Iterable[Resting]:
    for row in rows:
        yield Resting(
            subject=row.park.name,
            what=row.label,
            value=row.value,
            unit=row.indicator.unit if row.indicator else "",
            decimals=None,
            comparator="",
            qualifier=row.qualifier,
            day=row.as_of,
            locator="",
            note=_confidence(row),
            view="parks:park",
            code=row.park.code,
            anchor="press",
        )


def _confidence(row: Reading | Publication) -> str:
    confidence = _("可信度：%(confidence)s") % {"confidence": row.get_confidence_display()}
    return confidence + (_("；") + row.remark if row.remark else "")


def _context(rows: Iterable[ContextFigure]) -> Iterable[Resting]:
    for row in rows:
        yield Resting(
            subject=str(Scope(CITY).label),
            what=row.name,
            value=row.value,
            unit=row.unit,
            decimals=None,
            comparator="",
            qualifier=row.qualifier,
            day=row.as_of,
            locator="",
            note="",
            view="targets:list",
            anchor="context",
        )


def _links(rows: Iterable[JointLink]) -> Iterable[Resting]:
    for row in rows:
        yield _statement(
            _("共同承诺：%(name)s") % {"name": row.target.indicator.name},
            _("%(name)s（%(comparable)s）")
            % {"name": row.indicator.name, "comparable": row.get_comparable_display()},
            row.known_from,
            row.note,
            ("targets:target", row.target.code),
        )


def _initiatives(rows: Iterable[Initiative]) -> Iterable[Resting]:
    for row in rows:
        yield _statement(
            row.lead.name,
            row.deliverable,
            row.source.published_on,
            row.note,
            ("initiatives", "", row.code),
        )


def _statuses(rows: Iterable[InitiativeStatus]) -> Iterable[Resting]:
    for row in rows:
        yield _statement(
            row.initiative.lead.name,
            f"{row.initiative.deliverable}{_('：')}{row.get_status_display()}",
            row.known_from,
            row.reason,
            ("initiatives", "", row.initiative.code),
        )


def _agreements(rows: Iterable[Agreement]) -> Iterable[Resting]:
    for row in rows:
        parties = list(row.parties.all())
        yield _statement(
            _("、").join(party.name for party in parties),
            row.title,
            row.signed_on,
            row.note,
            ("institutions:institution", parties[0].code, "agreements") if parties else (),
        )


def _statement(subject: str, what: str, day: date, note: str, page: tuple) -> Resting:
    view, code, anchor = (*page, "", "", "")[:3]
    return Resting(
        subject=subject,
        what=what,
        value=None,
        unit="",
        decimals=None,
        comparator="",
        qualifier="",
        day=day,
        locator="",
        note=note,
        view=view,
        code=code,
        anchor=anchor,
    )


def _subject(scope: str, institution) -> str:
    return institution.name if institution else str(Scope(scope).label)
