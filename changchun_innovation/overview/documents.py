"""What rests on a document: every target, pledge, published value, press report, link, agreement and initiative."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from institutions.models import Agreement, Source
from institutions.queries import SourceFacts
from parks.models import CommitmentTerms, JointLink, Publication
from targets.models import (
    CITY,
    ContextFigure,
    Initiative,
    InitiativeStatus,
    Reading,
    Scope,
    Target,
    TargetTerms,
)
from targets.terms import terms_by


@dataclass(frozen=True)
class Resting:
    """One number or statement that a document bears, with where it is shown.

    `view`, `code` and `anchor` name the page that shows it ('' for none); `value` is None for a statement in words.
    """

    source: str
    group: str
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
    """The same kind of thing that rests on a document."""

    key: str
    name: str
    day_name: str
    numbers: bool
    rows: tuple[Resting, ...]


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
    count: int


def document_list(known_on: date) -> tuple[DocumentLine, ...]:
    """Every document on which something known on the day rests, the latest first, and how much.

    A document may be found long after it was published: nobody knew of it before something rested on it.
    """
    counts: dict[str, int] = {}
    for row in resting(known_on):
        counts[row.source] = counts.get(row.source, 0) + 1
    return tuple(
        DocumentLine(SourceFacts.of(source), counts[source.code])
        for source in Source.objects.filter(published_on__lte=known_on)
        if source.code in counts
    )


def document(code: str, known_on: date) -> Document | None:
    """One document by its code; None where there is none."""
    source = Source.objects.filter(code=code).first()
    if source is None:
        return None
    rows: dict[str, list[Resting]] = {}
    for row in resting(known_on, source__code=code):
        rows.setdefault(row.group, []).append(row)
    groups = tuple(
        Group(key, name, day_name, any(row.value is not None for row in rows[key]), tuple(rows[key]))
        for key, name, day_name in _group_names()
        if key in rows
    )
    return Document(
        source=SourceFacts.of(source),
        precise_to_the_day=source.precision == "day",
        published=source.published_on <= known_on,
        groups=groups,
        count=sum(len(group.rows) for group in groups),
    )


def _group_names() -> list[tuple[str, str, str]]:
    return [
        ("targets", _("目标"), _("期限")),
        ("commitments", _("园区承诺"), _("期限")),
        ("readings", _("公布数据"), _("截至")),
        ("publications", _("关于园区的报道"), _("截至")),
        ("context", _("城市背景"), _("截至")),
        ("links", _("共同承诺的构成"), _("何时可知")),
        ("initiatives", _("举措"), _("何时可知")),
        ("statuses", _("举措的状态"), _("何时可知")),
        ("agreements", _("协议与文件"), _("签署日期")),
    ]


def resting(known_on: date, **source) -> Iterator[Resting]:
    """Everything known on the day, by kind; ten queries. `source` narrows it to one document."""
    yield from _targets(known_on, source)
    yield from _commitments(known_on, source)
    yield from _readings(known_on, source)
    yield from _publications(known_on, source)
    yield from _context(known_on, source)
    yield from _links(known_on, source)
    yield from _words(known_on, source)


def _terms_note(row, terms: tuple) -> str:
    """Whether a later row replaced these numbers; a term that was followed by the next one stands."""
    return "" if row in terms else _("后来的数字已取代它")


def _targets(known_on: date, source: dict):
    rows = TargetTerms.objects.known_on(known_on).select_related(
        "target__indicator", "target__institution", "source"
    )
    terms = terms_by(rows, "target_id")
    for row in rows.filter(**source, source__isnull=False):
        indicator = row.target.indicator
        yield Resting(
            source=row.source.code,
            group="targets",
            subject=_subject(row.target.scope, row.target.institution),
            what=indicator.name,
            value=row.value,
            unit=indicator.unit,
            decimals=indicator.decimals,
            comparator=row.comparator,
            qualifier="",
            day=row.due_on,
            locator=row.locator,
            note=_("；").join(
                text for text in (row.target.ambiguity, _terms_note(row, terms[row.target_id])) if text
            ),
            view="targets:target",
            code=row.target.code,
        )


def _commitments(known_on: date, source: dict):
    rows = CommitmentTerms.objects.known_on(known_on).select_related(
        "commitment__indicator", "commitment__park", "source"
    )
    terms = terms_by(rows, "commitment_id")
    for row in rows.filter(**source, source__isnull=False).order_by(
        "commitment__park__order", "commitment__order", "pk"
    ):
        indicator = row.commitment.indicator
        yield Resting(
            source=row.source.code,
            group="commitments",
            subject=row.commitment.park.name,
            what=indicator.name,
            value=row.value,
            unit=indicator.unit,
            decimals=indicator.decimals,
            comparator=row.comparator,
            qualifier="",
            day=row.due_on,
            locator=row.locator,
            note=_("；").join(
                text for text in (row.commitment.note, _terms_note(row, terms[row.commitment_id])) if text
            ),
            view="parks:park",
            code=row.commitment.park.code,
            anchor=indicator.code,
        )


def _readings(known_on: date, source: dict):
    pages = {
        (indicator, institution or scope): code
        for code, indicator, scope, institution in Target.objects.filter(
            terms__in=TargetTerms.objects.known_on(known_on)
        ).values_list("code", "indicator__code", "scope", "institution__code")
    }
    rows = Reading.objects.known_on(known_on).filter(**source)
    for row in rows.select_related("indicator", "institution", "source").order_by(
        "indicator__order", "period_end"
    ):
        target = pages.get((row.indicator.code, row.subject), "")
        view, code = ("targets:target", target) if target else ("targets:list", "")
        if row.institution and not target:
            view, code = "institutions:institution", row.institution.code
        yield Resting(
            source=row.source.code,
            group="readings",
            subject=_subject(row.scope, row.institution),
            what=row.indicator.name,
            value=row.value,
            unit=row.indicator.unit,
            decimals=row.indicator.decimals,
            comparator="",
            qualifier=row.qualifier,
            day=row.period_end,
            locator="",
            note=_("可信度：%(confidence)s") % {"confidence": row.get_confidence_display()}
            + (_("；") + row.remark if row.remark else ""),
            view=view,
            code=code,
            anchor="" if code else "beside",
        )


def _publications(known_on: date, source: dict):
    rows = Publication.objects.filter(source__published_on__lte=known_on, **source)
    for row in rows.select_related("park", "indicator", "source").order_by("park__order", "as_of"):
        yield Resting(
            source=row.source.code,
            group="publications",
            subject=row.park.name,
            what=row.label,
            value=row.value,
            unit=row.indicator.unit if row.indicator else "",
            decimals=None,
            comparator="",
            qualifier=row.qualifier,
            day=row.as_of,
            locator="",
            note=_("可信度：%(confidence)s") % {"confidence": row.get_confidence_display()}
            + (_("；") + row.remark if row.remark else ""),
            view="parks:park",
            code=row.park.code,
            anchor="press",
        )


def _context(known_on: date, source: dict):
    rows = ContextFigure.objects.filter(source__published_on__lte=known_on, **source)
    for row in rows.select_related("source"):
        yield Resting(
            source=row.source.code,
            group="context",
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


def _links(known_on: date, source: dict):
    rows = JointLink.objects.known_on(known_on).filter(**source, source__isnull=False)
    for row in rows.select_related("target__indicator", "indicator", "source"):
        yield _statement(
            row.source,
            "links",
            _("共同承诺：%(name)s") % {"name": row.target.indicator.name},
            _("%(name)s（%(comparable)s）")
            % {"name": row.indicator.name, "comparable": row.get_comparable_display()},
            row.known_from,
            row.note,
            ("targets:target", row.target.code),
        )


def _words(known_on: date, source: dict):
    """Statements without a number: initiatives, what became of them, agreements."""
    known = {"source__published_on__lte": known_on, **source}
    for row in Initiative.objects.filter(**known).select_related("lead", "source"):
        yield _statement(
            row.source,
            "initiatives",
            row.lead.name,
            row.deliverable,
            row.source.published_on,
            row.note,
            ("initiatives", "", row.code),
        )
    statuses = InitiativeStatus.objects.known_on(known_on).filter(**source, source__isnull=False)
    for row in statuses.select_related("initiative__lead", "source"):
        yield _statement(
            row.source,
            "statuses",
            row.initiative.lead.name,
            f"{row.initiative.deliverable}{_('：')}{row.get_status_display()}",
            row.known_from,
            row.reason,
            ("initiatives", "", row.initiative.code),
        )
    for row in Agreement.objects.filter(**known).select_related("source").prefetch_related("parties"):
        parties = list(row.parties.all())
        yield _statement(
            row.source,
            "agreements",
            _("、").join(party.name for party in parties),
            row.title,
            row.signed_on,
            row.note,
            ("institutions:institution", parties[0].code, "agreements") if parties else (),
        )


def _statement(
    source: Source, group: str, subject: str, what: str, day: date, note: str, page: tuple
) -> Resting:
    view, code, anchor = (*page, "", "", "")[:3]
    return Resting(
        source=source.code,
        group=group,
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
