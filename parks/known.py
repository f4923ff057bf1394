"""What the tables say of the parks on a day: parks, pledges, approved figures, revisions, extensions, as plain facts.

`scope` narrows every question to some parks by their ids (`{"park__in": […]}`); {} asks about the whole city.
"""

from datetime import date, datetime

from changchun_innovation.shared.append_only import latest_by
from changchun_innovation.shared.progress import Kind, Milestone
from changchun_innovation.shared.quarters import Quarter
from institutions.queries import InstitutionFacts, SourceFacts
from parks.facts import ParkFacts, Pledge, PublishedFigure, Step
from parks.models import (
    Commitment,
    CommitmentTerms,
    DeadlineExtension,
    Figure,
    Park,
    ReportEvent,
    Verb,
)
from parks.models import Milestone as MilestoneRow
from targets.queries import IndicatorFacts, terms_of
from targets.terms import figures_from, terms_by


def park_facts(rows: list[Park], reports_from: dict) -> dict[int, ParkFacts]:
    """Parks by their ids, in the order of the rows; `reports_from` are the rows that count, by park."""
    return {
        row.pk: ParkFacts(
            pk=row.pk,
            code=row.code,
            name_zh=row.name_zh,
            name_en=row.name_en,
            fields_zh=row.fields_zh,
            fields_en=row.fields_en,
            alias_zh=row.alias_zh,
            alias_en=row.alias_en,
            note_zh=row.note_zh,
            note_en=row.note_en,
            order=row.order,
            academic_partner=InstitutionFacts.of(row.academic_partner),
            zone_partner=InstitutionFacts.of(row.zone_partner),
            reports_from=reports_from[row.pk].quarter if row.pk in reports_from else None,
        )
        for row in rows
    }


def pledges_of(commitments, parks: dict[int, ParkFacts], known_on: date, scope: dict) -> tuple[Pledge, ...]:
    """Every term of every commitment, by park, commitment and start."""
    scope = {f"commitment__{key}": value for key, value in scope.items()}
    rows = CommitmentTerms.objects.known_on(known_on).filter(**scope).select_related("source")
    terms = terms_by(rows, "commitment_id")
    milestones: dict[int, list[Milestone]] = {}
    for (commitment, on), row in latest_by(
        MilestoneRow.objects.known_on(known_on).filter(**scope), "commitment_id", "on"
    ).items():
        if row.value is not None:
            milestones.setdefault(commitment, []).append(Milestone(on, row.value))
    return tuple(
        pledge
        for row in commitments
        if row.park_id in parks
        for pledge in _terms_of_commitment(
            row, parks[row.park_id], terms.get(row.pk, ()), milestones.get(row.pk, [])
        )
    )


def _terms_of_commitment(row: Commitment, park: ParkFacts, terms: tuple, milestones: list[Milestone]):
    indicator = IndicatorFacts.of(row.indicator)
    part_of = IndicatorFacts.of(row.part_of)
    cumulative = indicator.kind is Kind.CUMULATIVE
    for at, numbers in enumerate(terms):
        earlier = terms[at - 1] if at else None
        later = terms[at + 1] if at + 1 < len(terms) else None
        first = figures_from(earlier, numbers, cumulative) if earlier else None
        last = None
        if later:
            last = max(Quarter.containing(numbers.due_on), figures_from(numbers, later, cumulative) - 1)
        yield Pledge(
            pk=row.pk,
            park=park,
            indicator=indicator,
            part_of=part_of,
            terms=terms_of(
                numbers, indicator, _of_term(milestones, numbers) if len(terms) > 1 else milestones
            ),
            source=SourceFacts.of(numbers.source),
            locator_zh=numbers.locator_zh,
            locator_en=numbers.locator_en,
            reason=numbers.reason,
            known_from=numbers.known_from,
            terms_origin=numbers.origin,
            note_zh=row.note_zh,
            note_en=row.note_en,
            figures_from=first,
            figures_to=last,
        )


def _of_term(milestones: list[Milestone], terms) -> list[Milestone]:
    return [
        each
        for each in milestones
        if terms.start_on < each.on and (terms.due_on is None or each.on < terms.due_on)
    ]


def published_figures(known_on: date, scope: dict) -> dict[int, dict[Quarter, PublishedFigure]]:
    """Approved figures by commitment and quarter; a later revision replaces the value and remembers it."""
    rows = (
        Figure.objects.published_on(known_on)
        .filter(**{f"report__{name}": value for name, value in scope.items()})
        .order_by("report__revision")
        .values_list(
            "commitment_id",
            "report__quarter",
            "value",
            "not_applicable",
            "not_applicable_reason",
            "note",
            "report__revision",
            "report__submitted_at",
            "report__approved_at",
            "report__origin",
        )
    )
    figures: dict[int, dict[Quarter, PublishedFigure]] = {}
    # The figures of one report share its moments: of many parks they would take more room than the numbers.
    shared: dict = {}
    for commitment, *facts, submitted_at, approved_at, origin in rows:
        of_report = (shared.setdefault(each, each) for each in (submitted_at, approved_at, origin))
        figure = PublishedFigure(*facts, *of_report)
        of_commitment = figures.setdefault(commitment, {})
        earlier = of_commitment.get(figure.quarter)
        if earlier:
            figure = _replacing(earlier, figure)
        of_commitment[figure.quarter] = figure
    return figures


def _replacing(earlier: PublishedFigure, later: PublishedFigure) -> PublishedFigure:
    """The later figure, remembering what it replaced; an unchanged one passes on what it inherited."""
    if (earlier.value, earlier.not_applicable) != (later.value, later.not_applicable):
        replaced = (earlier.value, earlier.revision)
    elif earlier.was_revised:
        replaced = (earlier.replaced_value, earlier.replaced_revision)
    else:
        return later
    return PublishedFigure(
        **{
            **{name: getattr(later, name) for name in later.__dataclass_fields__},
            "replaced_value": replaced[0],
            "replaced_revision": replaced[1],
        }
    )


def revisions_of(known_on: date, scope: dict) -> dict[tuple[int, Quarter], tuple[Step, ...]]:
    """Each revision as its events up to the end of the day left it; events alone tell the past."""
    reports: dict[tuple, list] = {}
    rows = (
        ReportEvent.objects.by_end_of(known_on)
        .filter(**{f"report__{name}": value for name, value in scope.items()})
        .order_by("report__revision", "at", "pk")
        .values_list(
            "report__park",
            "report__quarter",
            "report__revision",
            "report",
            "report__origin",
            "verb",
            "to_status",
            "at",
        )
    )
    for park, quarter, revision, report, origin, *step in rows:
        reports.setdefault((park, quarter, revision, report, origin), []).append(step)
    revisions: dict[tuple[int, Quarter], list[Step]] = {}
    for (park, quarter, revision, report, origin), steps in reports.items():
        moments: dict[str, list[datetime]] = {}
        for verb, _to_status, at in steps:
            moments.setdefault(verb, []).append(at)
        submitted = moments.get(Verb.SUBMITTED, [None])
        revisions.setdefault((park, quarter), []).append(
            Step(
                report_pk=report,
                revision=revision,
                status=steps[-1][1],
                submitted_at=submitted[-1],
                first_submitted_at=submitted[0],
                approved_at=moments.get(Verb.APPROVED, [None])[-1],
                returned_at=moments.get(Verb.RETURNED, [None])[-1],
                origin=origin,
            )
        )
    return {key: tuple(steps) for key, steps in revisions.items()}


def extensions_of(known_on: date, scope: dict) -> dict[tuple[int, Quarter], date]:
    """The later due days that were granted, by park and quarter."""
    rows = latest_by(DeadlineExtension.objects.known_on(known_on).filter(**scope), "park_id", "quarter")
    return {key: row.due_on for key, row in rows.items()}
