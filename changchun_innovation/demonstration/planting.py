"""Synthetic parks and reports as rows: what `imagined.py` tells, written some parks at a time.

Rows are added in bulk, without the workflow, whose steps would take hours for a million figures; a test holds them to what
the workflow leaves.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, User
from django.utils import timezone

from changchun_innovation import roles
from changchun_innovation.demonstration import accounts
from changchun_innovation.demonstration.imagined import Imagined, Promise, history
from changchun_innovation.demonstration.pledged import SYNTHETIC, pledges
from changchun_innovation.demonstration.pouring import pour
from changchun_innovation.demonstration.recipe import Recipe
from changchun_innovation.models import Preference
from changchun_innovation.shared.append_only import Origin
from changchun_innovation.shared.params import day_of
from changchun_innovation.shared.quarters import Quarter
from institutions.models import Institution, InstitutionKind
from parks import deadlines
from parks.baselines import takes_baseline, with_baseline
from parks.entry import Entry
from parks.models import (
    Commitment,
    CommitmentTerms,
    DueRule,
    Figure,
    Park,
    ParkManager,
    QuarterlyReport,
    ReportEvent,
    ReportsFrom,
    Status,
    Verb,
)
from targets.models import Indicator
from targets.terms import terms_by

PLEDGE_REASON = "演示：模拟的承诺，没有来源。"
NOTE_ZH, NOTE_EN = "模拟园区，供测量用，并不存在。", "A synthetic park for measurements; it does not exist."
FIELDS_ZH, FIELDS_EN = "模拟领域", "Synthetic field"
# A dozen universities and half as many zones build them all.
UNIVERSITIES, ZONES = 12, 6
# They come after every real park.
ORDER_AFTER = 100
EVENT_COLUMNS = ("report_id", "verb", "from_status", "to_status", "at", "by_id", "reason", "stood")
FIGURE_COLUMNS = ("report_id", "commitment_id", *Entry.__dataclass_fields__)


@dataclass(frozen=True)
class Planted:
    """How many rows were added."""

    parks: int = 0
    reports: int = 0
    figures: int = 0

    def __add__(self, more: "Planted") -> "Planted":
        return Planted(self.parks + more.parks, self.reports + more.reports, self.figures + more.figures)


@dataclass(frozen=True)
class Ground:
    """What every batch needs, looked up once."""

    recipe: Recipe
    now: datetime
    indicators: Mapping[str, Indicator]
    reviewer: User
    group: Group
    universities: Sequence[Institution]
    zones: Sequence[Institution]
    due: Mapping[Quarter, date]

    @classmethod
    def look_up(cls, recipe: Recipe, now: datetime) -> "Ground":
        """Needs reference data and the accounts of the demonstration; makes the synthetic partners."""
        rules = list(DueRule.objects.known_on(day_of(now)))
        return cls(
            recipe=recipe,
            now=now,
            indicators={each.code: each for each in Indicator.objects.all()},
            reviewer=User.objects.get(username="reviewer"),
            group=Group.objects.get(name=roles.PARK_MANAGER),
            universities=_partners(
                UNIVERSITIES, InstitutionKind.UNIVERSITY, "模拟高校", "Synthetic university"
            ),
            zones=_partners(
                ZONES, InstitutionKind.DEVELOPMENT_ZONE, "模拟开发区", "Synthetic development zone"
            ),
            due={
                quarter: deadlines.due_on(quarter, rules, None, settings.REPORT_DUE_DAYS)
                for quarter in recipe.range
            },
        )

    def plant(self, numbers: Sequence[int]) -> Planted:
        """Make the synthetic parks of these numbers, each with manager, pledges and reports."""
        parks = Park.objects.bulk_create(self._park(number) for number in numbers)
        managers = _managers(parks, self.group)
        commitments, terms = self._pledge(parks)
        return self._report(parks, managers, commitments, terms) + Planted(parks=len(parks))

    def tend(self, parks: Sequence[Park]) -> Planted:
        """Give parks that stand, with their pledges, synthetic reports."""
        managers = {
            each.park_id: each.user
            for each in ParkManager.objects.filter(park__in=parks).select_related("user").order_by("-pk")
            if accounts.is_demonstration(each.user)
        }
        commitments = list(Commitment.objects.filter(park__in=parks).select_related("park", "part_of"))
        terms = terms_by(CommitmentTerms.objects.filter(commitment__in=commitments), "commitment_id")
        latest = {pk: of_commitment[-1] for pk, of_commitment in terms.items()}
        return self._report(parks, managers, [each for each in commitments if each.pk in latest], latest)

    # --- parks and pledges -----------------------------------------------------------------------------------
    def _park(self, number: int) -> Park:
        return Park(
            code=f"{SYNTHETIC}{number:05d}",
            name_zh=f"模拟园区 {number:05d}",
            name_en=f"Synthetic park {number:05d}",
            fields_zh=FIELDS_ZH,
            fields_en=FIELDS_EN,
            academic_partner=self.universities[number % len(self.universities)],
            zone_partner=self.zones[number % len(self.zones)],
            note_zh=NOTE_ZH,
            note_en=NOTE_EN,
            order=ORDER_AFTER + number,
        )

    def _pledge(self, parks: Sequence[Park]) -> tuple[list[Commitment], dict[int, CommitmentTerms]]:
        start_on = self.recipe.starts_on
        made = [
            (each, Commitment(park=park, indicator=self.indicators[each.indicator], order=order))
            for park in parks
            for order, each in enumerate(
                pledges(park.code, self.recipe.seed, self.recipe.commitments), start=1
            )
        ]
        for each, commitment in made:
            commitment.part_of = self.indicators[each.part_of] if each.part_of else None
        commitments = Commitment.objects.bulk_create(commitment for _each, commitment in made)
        terms = CommitmentTerms.objects.bulk_create(
            CommitmentTerms(
                commitment=commitment,
                value=each.value,
                start_on=start_on,
                due_on=each.due_on,
                known_from=start_on,
                reason=PLEDGE_REASON,
                entered_by=self.reviewer,
                entered_at=_morning(start_on),
                origin=Origin.DEMO,
            )
            for each, commitment in made
        )
        return commitments, {row.commitment_id: row for row in terms}

    # --- reports ---------------------------------------------------------------------------------------------
    def _report(
        self,
        parks: Sequence[Park],
        managers: Mapping[int, User],
        commitments: Sequence[Commitment],
        terms: Mapping[int, CommitmentTerms],
    ) -> Planted:
        by_park: dict[int, list[Promise]] = {park.pk: [] for park in parks}
        for commitment in commitments:
            by_park[commitment.park_id].append(self._promise(commitment, terms[commitment.pk]))
        harvest = _Harvest(self, terms)
        for park in parks:
            promises = by_park[park.pk]
            first = Quarter.containing(min(promise.start_on for promise in promises))
            quarters = [quarter for quarter in self.recipe.range if quarter >= first]
            known_from = min(terms[promise.pk].known_from for promise in promises)
            harvest.ask(park, quarters[0], max(known_from, quarters[0].starts_on))
            told = history(park.code, self.recipe.seed, promises, quarters, self.due, self.now)
            for imagined in told:
                harvest.add(park, managers[park.pk], promises, imagined)
        return harvest.bring_in()

    def _promise(self, commitment: Commitment, terms: CommitmentTerms) -> Promise:
        indicator = commitment.indicator
        return Promise(
            pk=commitment.pk,
            indicator=indicator.code,
            kind=indicator.kind,
            decimals=indicator.decimals,
            target=terms.value,
            start_on=terms.start_on,
            due_on=terms.due_on,
            baseline=terms.baseline,
            part_of=commitment.part_of.code if commitment.part_of else "",
        )


@dataclass
class _Harvest:
    """The rows of some parks' reports until they are brought in together."""

    ground: Ground
    terms: Mapping[int, CommitmentTerms]
    asked: list[ReportsFrom] = field(default_factory=list)
    reports: list[tuple[QuarterlyReport, Imagined, User]] = field(default_factory=list)
    baselines: list[CommitmentTerms] = field(default_factory=list)

    def ask(self, park: Park, first: Quarter, known_from: date) -> None:
        self.asked.append(
            ReportsFrom(
                park=park,
                quarter=first,
                known_from=known_from,
                reason=self.ground.recipe.mark,
                entered_by=self.ground.reviewer,
                entered_at=_morning(known_from),
                origin=Origin.DEMO,
            )
        )

    def add(self, park: Park, manager: User, promises: Sequence[Promise], imagined: Imagined) -> None:
        reviewer, first = self.ground.reviewer, imagined.steps[0]
        submitted_at, approved_at = imagined.last(Verb.SUBMITTED), imagined.last(Verb.APPROVED)
        saved_at = imagined.last("")
        report = QuarterlyReport(
            park=park,
            quarter=imagined.quarter,
            revision=imagined.revision,
            status=imagined.status,
            version=imagined.version,
            origin=Origin.DEMO,
            created_at=first.at,
            created_by=reviewer if first.by_reviewer else manager,
            submitted_at=submitted_at,
            submitted_by=manager if submitted_at else None,
            approved_at=approved_at,
            approved_by=reviewer if approved_at else None,
            saved_at=saved_at,
            saved_by=manager if saved_at else None,
        )
        self.reports.append((report, imagined, manager))
        if report.status == Status.APPROVED and report.revision == 1:
            for promise in promises:
                given = imagined.entries[promise.pk].baseline
                if given is not None and takes_baseline(promise.kind):
                    self.baselines.append(
                        with_baseline(
                            self.terms[promise.pk], given, promise.kind, report, reviewer, approved_at
                        )
                    )

    def bring_in(self) -> Planted:
        """Add the rows. Reports have to be known by their ids; what hangs on them is poured."""
        ReportsFrom.objects.bulk_create(self.asked)
        QuarterlyReport.objects.bulk_create(report for report, _imagined, _manager in self.reports)
        pour(
            QuarterlyReport.authors.through,
            ("quarterlyreport_id", "user_id"),
            ((report.pk, manager.pk) for report, _imagined, manager in self.reports),
        )
        pour(ReportEvent, EVENT_COLUMNS, self._events())
        figures = pour(Figure, FIGURE_COLUMNS, self._figures())
        CommitmentTerms.objects.bulk_create(self.baselines)
        return Planted(reports=len(self.reports), figures=figures)

    def _events(self) -> Iterator[tuple]:
        reviewer = self.ground.reviewer.pk
        for report, imagined, manager in self.reports:
            before = ""
            for step in imagined.steps:
                # Saving leaves no event.
                if step.verb:
                    by = reviewer if step.by_reviewer else manager.pk
                    yield (report.pk, step.verb, before, step.to_status, step.at, by, step.reason, step.stood)
                    before = step.to_status

    def _figures(self) -> Iterator[tuple]:
        for report, imagined, _manager in self.reports:
            for commitment, entry in imagined.entries.items():
                yield (report.pk, commitment, *(getattr(entry, name) for name in FIGURE_COLUMNS[2:]))


# --- partners and accounts -----------------------------------------------------------------------------------
def _partners(count: int, kind: str, name_zh: str, name_en: str) -> list[Institution]:
    """The synthetic partners of a kind, made where they are missing."""
    wanted = {f"{SYNTHETIC}{kind}-{number:02d}": number for number in range(1, count + 1)}
    standing = set(Institution.objects.filter(code__in=wanted).values_list("code", flat=True))
    Institution.objects.bulk_create(
        Institution(
            code=code,
            kind=kind,
            name_zh=f"{name_zh} {number:02d}",
            name_en=f"{name_en} {number:02d}",
            order=ORDER_AFTER + number,
        )
        for code, number in wanted.items()
        if code not in standing
    )
    return list(Institution.objects.filter(code__in=wanted).order_by("code"))


def _managers(parks: Sequence[Park], group: Group) -> dict[int, User]:
    """An account for each park that nobody can log in to."""
    names = [f"manager-{park.code}" for park in parks]
    users = User.objects.bulk_create(
        User(
            username=name,
            email=f"{name}@{accounts.MAIL_DOMAIN}",
            is_staff=True,
            password=make_password(None),
        )
        for name in names
    )
    User.groups.through.objects.bulk_create(
        User.groups.through(user_id=user.pk, group_id=group.pk) for user in users
    )
    Preference.objects.bulk_create(Preference(user=user, language="zh-hans") for user in users)
    managers = {park.pk: user for park, user in zip(parks, users, strict=True)}
    ParkManager.objects.bulk_create(ParkManager(user=user, park_id=park) for park, user in managers.items())
    return managers


def _morning(day: date) -> datetime:
    return datetime.combine(day, time(10), tzinfo=timezone.get_default_timezone())
