"""The invented reports of the eight parks, told through the same steps that people take.

What happened stands as data in `fixtures/demo/`: one file per park with its figures and the days on which its reports
were opened, submitted, returned, approved and corrected; `programme.json` holds what was agreed with the parks. Every
row that is made here is of origin `demo`; nothing is made that would have happened after the present moment.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone

from changchun_innovation.demonstration.words import propose, reply
from changchun_innovation.models import ErrorReport
from changchun_innovation.shared.append_only import Origin
from changchun_innovation.shared.params import day_of
from changchun_innovation.shared.publishing import publishing_lock
from changchun_innovation.shared.quarters import Quarter
from parks import workflow
from parks.entry import Entry
from parks.models import (
    Commitment,
    CommitmentTerms,
    DeadlineExtension,
    Figure,
    KeptCopy,
    Milestone,
    MilestoneProposal,
    Notice,
    Park,
    QuarterlyReport,
    Reply,
    ReportsFrom,
)
from parks.notices import nothing_announced

FOLDER = settings.BASE_DIR / "fixtures" / "demo"
NOT_APPLICABLE = "n/a"
# Facts other than reports that belong to the demonstration.
AGREED = (ReportsFrom, Milestone, DeadlineExtension, CommitmentTerms)
# What people wrote; each goes with what hangs on it. After the milestones, which point at their proposals.
WRITTEN = (MilestoneProposal, Reply, ErrorReport)


class StoryRefused(ValueError):
    """The demonstration cannot be told here; the message is one line."""


@dataclass(frozen=True)
class Step:
    """One step in the life of one report; `entries` by indicator where figures are saved."""

    at: datetime
    park: str
    quarter: Quarter
    do: str
    reason: str = ""
    entries: dict[str, Entry] | None = None


@dataclass(frozen=True)
class Told:
    """What stands in the database after telling the story."""

    reports: int
    approved_figures: int


def stands() -> bool:
    return QuarterlyReport.objects.filter(origin=Origin.DEMO).exists()


def refuse_where_it_has_no_place() -> None:
    """Raise StoryRefused outside a demonstration, and where a real report exists."""
    if not settings.DEMO:
        raise StoryRefused("invented reports are made in a demonstration only (DEMO=on).")
    if QuarterlyReport.objects.filter(origin=Origin.REPORTED).exists():
        raise StoryRefused(
            "real reports are in this database, which is no place for a demonstration; set DEMO=off."
        )


def tell(*, now: datetime, watched: Callable[[list[Step]], Iterable[Step]] = iter) -> Told:
    """Make the reports, up to the present moment. All or nothing; needs reference data and accounts.

    `watched` wraps the list of steps, for a progress bar. Raises StoryRefused outside a demonstration, and where
    a real report exists or the demonstration already stands.
    """
    refuse_where_it_has_no_place()
    if stands():
        raise StoryRefused("the demonstration is already loaded; load_demo --clear removes it.")
    with publishing_lock(), nothing_announced():
        cast = _Cast.on_stage()
        _agree(cast, now)
        for step in watched([step for step in steps() if step.at <= now]):
            cast.take(step)
        words = _read(FOLDER / "programme.json")
        propose(words["proposals"], cast.people, now)
        reply(words["replies"], cast.people, now)
    return Told(
        reports=QuarterlyReport.objects.filter(origin=Origin.DEMO).count(),
        approved_figures=Figure.objects.published_on(day_of(now)).filter(report__origin=Origin.DEMO).count(),
    )


def clear() -> dict[str, int]:
    """Remove every invented row and nothing else. Answers how many rows of each table went.

    Needs no demonstration: it is how a database is made ready for real reports.
    """
    with publishing_lock():
        # Invented and real reports never stand together: where invented ones do, every reminder is of them, and
        # what was typed and not saved belongs to them. Notices of steps go with their reports.
        beside = [Notice.objects.filter(event=None), KeptCopy.objects.all()] if stands() else []
        counts = Counter()
        for rows in beside:
            counts.update(rows.delete()[1])
        _all, gone = QuarterlyReport.objects.filter(origin=Origin.DEMO).delete()
        for model in AGREED:
            gone[model._meta.label] = model.objects.all().delete_demo()
        for model in WRITTEN:
            _all, with_rows = model.objects.filter(origin=Origin.DEMO).delete()
            gone |= with_rows
        counts.update(gone)
    return {label: count for label, count in counts.items() if count}


# --- the files -----------------------------------------------------------------------------------------------
def steps() -> list[Step]:
    """Every step of all parks in the order of time."""
    told = []
    for path in sorted(FOLDER.glob("*.json")):
        if path.name != "programme.json":
            told += _steps_of(_read(path))
    return sorted(told, key=lambda step: step.at)


def _read(path: Path) -> dict:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise StoryRefused(f"fixtures/demo/{path.name} cannot be read: {error}") from error


def _steps_of(story: dict) -> list[Step]:
    told = []
    for number, written in enumerate(story["quarters"]):
        entries = _entries(story, number)
        for step in story["reports"].get(written, ()):
            for indicator, text in step.get("figures", {}).items():
                entries[indicator] = replace(entries[indicator], value=Decimal(text))
            for indicator, note in step.get("notes", {}).items():
                entries[indicator] = replace(entries[indicator], note=note)
            told.append(
                Step(
                    at=timezone.make_aware(datetime.fromisoformat(step["at"])),
                    park=story["park"],
                    quarter=Quarter.parse(written),
                    do=step["do"],
                    reason=step.get("reason", ""),
                    entries=dict(entries) if step["do"] in ("open", "save") else None,
                )
            )
    return told


def _entries(story: dict, number: int) -> dict[str, Entry]:
    """The figures of one quarter as the park first meant them; the first report brings the baselines."""
    quarter = story["quarters"][number]
    entries = {}
    for indicator, row in story["figures"].items():
        text, place = row[number], f"{quarter}/{indicator}"
        reason = story["not_applicable"].get(place, "")
        baseline = story["baselines"].get(indicator) if number == 0 else None
        entries[indicator] = Entry(
            value=None if text in (None, NOT_APPLICABLE) else Decimal(text),
            not_applicable=text == NOT_APPLICABLE,
            not_applicable_reason=reason,
            note=story["notes"].get(place, ""),
            baseline=None if baseline is None else Decimal(baseline),
            explanation=story.get("explanations", {}).get(place, ""),
        )
    return entries


# --- the people ----------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Cast:
    """The accounts and parks of the story, looked up once."""

    parks: dict[str, Park]
    people: dict[str, User]
    commitments: dict[tuple[str, str], int]
    reports: dict[tuple[str, Quarter], QuarterlyReport]

    @classmethod
    def on_stage(cls) -> "_Cast":
        pledges = Commitment.objects.values_list("park__code", "indicator__code", "pk")
        parks = {park.code: park for park in Park.objects.all()}
        people = {user.username: user for user in User.objects.all()}
        wanted = {step.park for step in steps()}
        if missing := wanted - set(parks):
            raise StoryRefused(
                f"parks are missing: {', '.join(sorted(missing))}; run manage.py load_baseline."
            )
        if missing := {"reviewer", *(f"manager-{code}" for code in wanted)} - set(people):
            raise StoryRefused(f"demonstration accounts are missing: {', '.join(sorted(missing))}.")
        return cls(parks, people, {(park, code): pk for park, code, pk in pledges}, {})

    def take(self, step: Step) -> None:
        """Take one step as the person whose step it is."""
        key = (step.park, step.quarter)
        park, manager, reviewer = (
            self.parks[step.park],
            self.people[f"manager-{step.park}"],
            self.people["reviewer"],
        )
        report = self.reports.get(key)
        if step.do == "open":
            report = workflow.open_report(park=park, quarter=step.quarter, by=manager, at=step.at)
        elif step.do == "submit":
            report = workflow.submit(report=report, version=report.version, by=manager, at=step.at)
        elif step.do == "withdraw":
            report = workflow.withdraw(report=report, by=manager, at=step.at)
        elif step.do == "approve":
            report = workflow.approve(report=report, version=report.version, by=reviewer, at=step.at)
        elif step.do == "return":
            report = workflow.return_report(
                report=report, version=report.version, reason=step.reason, by=reviewer, at=step.at
            )
        elif step.do == "reopen":
            report = workflow.reopen(
                park=park, quarter=step.quarter, reason=step.reason, by=reviewer, at=step.at
            )
        elif step.do == "discard":
            report = workflow.discard(
                report=report, version=report.version, reason=step.reason, by=reviewer, at=step.at
            )
        elif step.do != "save":
            raise StoryRefused(f"{step.park} {step.quarter}: there is no step “{step.do}”.")
        if step.entries is not None:
            entries = {self.commitments[step.park, code]: entry for code, entry in step.entries.items()}
            report = workflow.save_figures(
                report=report, entries=entries, version=report.version, by=manager, at=step.at
            )
        self.reports[key] = report


def _agree(cast: _Cast, now: datetime) -> None:
    """What was agreed with the parks: from when they report, a later due day."""
    programme = _read(FOLDER / "programme.json")

    def entered(row: dict) -> dict:
        known_from = date.fromisoformat(row["known_from"])
        return {
            "known_from": known_from,
            "reason": row["reason"],
            "entered_by": cast.people["reviewer"],
            "entered_at": timezone.make_aware(datetime.combine(known_from, time(10))),
            "origin": Origin.DEMO,
        }

    def known(rows: list[dict]) -> list[dict]:
        return [row for row in rows if date.fromisoformat(row["known_from"]) <= day_of(now)]

    for row in known([programme["reports_from"]]):
        for park in cast.parks.values():
            ReportsFrom.objects.create(park=park, quarter=Quarter.parse(row["quarter"]), **entered(row))
    for row in known(programme["extensions"]):
        DeadlineExtension.objects.create(
            park=cast.parks[row["park"]],
            quarter=Quarter.parse(row["quarter"]),
            due_on=date.fromisoformat(row["due_on"]),
            **entered(row),
        )
