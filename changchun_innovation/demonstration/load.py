"""Synthetic parks and reports for measurements: as many as are asked for, labelled, and removable without a trace.

Every park with synthetic reports says in the reason of its `ReportsFrom` row with which numbers they were made, so that a
load can be continued with more parks and is never mixed with another.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from auditlog.context import disable_auditlog
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Exists, Min, OuterRef, Q

from changchun_innovation import baseline
from changchun_innovation.demonstration import accounts, story
from changchun_innovation.demonstration.planting import Ground, Planted
from changchun_innovation.demonstration.pledged import SYNTHETIC
from changchun_innovation.demonstration.recipe import MARK, Recipe
from changchun_innovation.shared.append_only import Origin
from changchun_innovation.shared.params import day_of
from changchun_innovation.shared.publishing import publishing_lock
from changchun_innovation.shared.quarters import Quarter
from institutions.models import Institution
from parks.models import (
    Commitment,
    CommitmentTerms,
    DeadlineExtension,
    Evidence,
    Figure,
    KeptCopy,
    Milestone,
    Notice,
    Park,
    ParkManager,
    Publication,
    QuarterlyReport,
    Remark,
    ReportEvent,
    ReportsFrom,
    StoredPark,
    StoredState,
    StoredUpTo,
)

PARKS_AT_ONCE = 50
MOST_PARKS = 30_000


class LoadRefused(ValueError):
    """The load cannot be made here; the message is one line."""


def make(
    parks: int,
    recipe: Recipe,
    *,
    now: datetime,
    watched: Callable[[Sequence], Iterable] = iter,
) -> Planted:
    """Fill the database until it holds so many parks, each with its reports. All or nothing.

    `watched` wraps the list of batches, for a progress bar. Raises StoryRefused outside a demonstration and where a real
    report stands, LoadRefused where more parks or other reports stand; BaselineRefused and AccountsRefused of what it
    loads. Needs the roles.
    """
    story.refuse_where_it_has_no_place()
    with publishing_lock():
        _check_by_index()
        _check_at_once()
        if not Park.objects.exists():
            baseline.load(today=day_of(now))
        here = Park.objects.count()
        if here > parks:
            raise LoadRefused(f"--parks: {here} parks are there already; give at least as many.")
        waiting = _parks_without_load(recipe)
        first = _last_number() + 1
        numbers = range(first, first + parks - here)
        if not waiting and not numbers:
            return Planted()
        accounts.make()
        ground, planted = Ground.look_up(recipe, now), Planted()
        for batch in watched([*_batches(waiting), *_batches(numbers)]):
            planted += ground.plant(batch) if isinstance(batch, range) else ground.tend(batch)
    return planted


def take_stock() -> None:
    """Let the database count its rows, so that its planner knows them; once the load is committed.

    On PostgreSQL what the load left to be tidied up is tidied up too: else the first readers would pay for it.
    """
    tidy = connection.vendor == "postgresql" and not connection.in_atomic_block
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)" if tidy else "ANALYZE")


def clear() -> dict[str, int]:
    """Remove every invented row, the demonstration's and the load's. Answers how many rows of each table went."""
    with publishing_lock():
        counts = Counter()
        if _loaded().exists():
            _check_by_index()
            counts.update(_clear_reports())
        counts.update(story.clear())
        counts.update(_clear_parks())
        # Later rows would seem to be all that is new, and answers about parks that are gone would stay.
        _raw(StoredState.objects.all(), StoredPark.objects.all(), StoredUpTo.objects.all())
    return {label: count for label, count in counts.items() if count}


def _check_by_index() -> None:
    """Until the commit, let PostgreSQL look up what rows point at by index.

    It plans such a check once, when the tables are nearly empty, and would then read them whole for every row.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")


def _check_at_once() -> None:
    """Let PostgreSQL check each row as it comes; else the checks of all would wait in its memory for the commit."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


# --- what is there -------------------------------------------------------------------------------------------
def _loaded():
    return ReportsFrom.objects.filter(origin=Origin.DEMO, reason__startswith=MARK)


def _batches(parks: Sequence) -> list[Sequence]:
    return [parks[at : at + PARKS_AT_ONCE] for at in range(0, len(parks), PARKS_AT_ONCE)]


def _last_number() -> int:
    codes = Park.objects.filter(code__startswith=SYNTHETIC).values_list("code", flat=True)
    return max((int(code.removeprefix(SYNTHETIC)) for code in codes), default=0)


def _parks_without_load(recipe: Recipe) -> list[Park]:
    """Parks that stand and wait for synthetic reports. Raises LoadRefused where other reports stand."""
    others = set(_loaded().values_list("reason", flat=True)) - {recipe.mark}
    if others:
        raise LoadRefused(
            f"another load is there ({min(others).removeprefix(MARK)}); load_demo --clear removes it."
        )
    without = Park.objects.exclude(pk__in=_loaded().values("park"))
    asked = without.filter(
        Exists(QuarterlyReport.objects.filter(park=OuterRef("pk")))
        | Exists(ReportsFrom.objects.filter(park=OuterRef("pk")))
    )
    if names := list(asked.values_list("code", flat=True)):
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        raise LoadRefused(
            f"other reports of these parks are there: {', '.join(names[:3])}{more}; "
            "load_demo --clear removes those of a demonstration."
        )
    # A park reports from the quarter in which its promises begin.
    pledging = without.annotate(starts_on=Min("commitments__terms__start_on"))
    return [
        park for park in pledging if park.starts_on and Quarter.containing(park.starts_on) <= recipe.until
    ]


# --- taking it away ------------------------------------------------------------------------------------------
def _clear_reports() -> Counter:
    """Remove invented reports and what belongs to them set by set: a million figures in seconds instead of minutes.

    Reports with evidence are left to `story.clear`, which removes the files too.
    """
    plain = QuarterlyReport.objects.filter(origin=Origin.DEMO).exclude(
        pk__in=Evidence.objects.values("report")
    )
    return _raw(
        KeptCopy.objects.all(),
        Notice.objects.filter(Q(event=None) | Q(event__report__in=plain)),
        Remark.objects.filter(event__report__in=plain),
        ReportEvent.objects.filter(report__in=plain),
        Figure.objects.filter(report__in=plain),
        QuarterlyReport.authors.through.objects.filter(quarterlyreport__in=plain),
        plain,
    )


def _clear_parks() -> Counter:
    """Remove the synthetic parks, whose reports are gone, with partners, accounts and what was entered about them."""
    parks = Park.objects.filter(code__startswith=SYNTHETIC)
    counts = _raw(
        *(model.objects.filter(park__in=parks) for model in (ReportsFrom, DeadlineExtension)),
        *(model.objects.filter(commitment__park__in=parks) for model in (CommitmentTerms, Milestone)),
        ParkManager.objects.filter(park__in=parks),
        Publication.objects.filter(park__in=parks),
        Commitment.objects.filter(park__in=parks),
        parks,
        Institution.objects.filter(code__startswith=SYNTHETIC),
    )
    managers = User.objects.filter(
        username__startswith=f"manager-{SYNTHETIC}", email__endswith=f"@{accounts.MAIL_DOMAIN}"
    )
    with disable_auditlog():
        counts.update(managers.delete()[1])
    return counts


def _raw(*sets) -> Counter:
    """Remove sets of rows in their order, without looking at single rows."""
    counts = Counter()
    for rows in sets:
        counts[rows.model._meta.label] += rows._raw_delete(rows.db)
    return counts
