"""A city of any size: parks × quarters × revisions, up to thousands of parks, where it matters that an index is used.

The rows are written by INSERT ... SELECT and not through the workflow, which would take an hour. They are what the
workflow would have left, as far as the database itself can tell: every constraint holds.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from auditlog.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import connection

from changchun_innovation.shared.quarters import Quarter
from parks.models import (
    Commitment,
    CommitmentTerms,
    DeadlineExtension,
    Milestone,
    Park,
    ParkManager,
    Publication,
    ReportsFrom,
)
from targets.models import Indicator
from tests.factories import CONFERENCE, TERM_ENDS, group_of, make_institution, make_source, make_user, moment

INDICATORS = ("high-tech-firms", "firms-incubated", "revenue")
LAST = Quarter(2026, 3)
# Behind all parks that are there already.
FIRST_ORDER = 1000


@dataclass(frozen=True)
class GrownCity:
    """Who and what to ask about in it: one park among all, its manager, and the people of the house."""

    park: Park
    manager: User
    reviewer: User
    administrator: User


def grow(parks: int, *, quarters: int = 12, revisions: int = 2, corrected: int = 20) -> None:
    """Add parks with their promises, reports, replies, mails and trails, to a city that has its reference data.

    Each reported for so many quarters, up to the third of 2026. Of every `corrected`-th park each report but the last
    has so many revisions.
    """
    asked = Quarter.range(LAST - (quarters - 1), LAST)
    reviewer = make_user(role="reviewer", username="grown-reviewer")
    administrator = make_user(role="administrator", username="grown-administrator")
    _add_parks(parks, asked[0], administrator)
    _add_people(parks)
    for quarter in asked:
        _add_reports(quarter, reviewer, revisions if quarter < LAST else 1, corrected)
    _add_proposals(reviewer)
    _add_notices()
    _add_trail(administrator)


def analyse() -> None:
    """Let the database look at how many rows there are, as a running PostgreSQL does of itself."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def grown() -> GrownCity:
    """The city that `grow` left: a park from its middle that is late with nothing, and people."""
    parks = Park.objects.filter(order__gte=FIRST_ORDER)
    park = parks.get(order=FIRST_ORDER + parks.count() // 2)
    return GrownCity(
        park=park,
        manager=park.park_managers.get().user,
        reviewer=User.objects.get(username="grown-reviewer"),
        administrator=User.objects.get(username="grown-administrator"),
    )


def _at(day: date, hour: int = 10):
    """A moment as the database at hand takes it in a plain statement."""
    return connection.ops.adapt_datetimefield_value(moment(day, hour))


def _insert(table, columns: str, select: str, values: dict) -> None:
    """Run `INSERT INTO … SELECT …`; `%(name)s` stand for values."""
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({columns}) {select}", values)


def _add_parks(number: int, first: Quarter, administrator: User) -> None:
    indicators = [Indicator.objects.get(code=code) for code in INDICATORS]
    university, zone, source = make_institution(), make_institution(kind="development-zone"), make_source()
    Park.objects.bulk_create(
        Park(
            code=f"grown-{each}",
            name_zh=f"成长园区{each:05d}",
            name_en=f"Grown Park {each:05d}",
            academic_partner=university,
            zone_partner=zone,
            order=FIRST_ORDER + each,
        )
        for each in range(number)
    )
    parks = list(Park.objects.filter(order__gte=FIRST_ORDER).order_by("order"))
    entered = {"entered_by": administrator, "entered_at": moment(CONFERENCE)}
    ReportsFrom.objects.bulk_create(
        ReportsFrom(park=park, quarter=first, known_from=CONFERENCE, reason="请按季度填报", **entered)
        for park in parks
    )
    DeadlineExtension.objects.bulk_create(
        DeadlineExtension(
            park=park,
            quarter=LAST - 1,
            due_on=LAST.ends_on,
            known_from=LAST.starts_on,
            reason="疫情",
            **entered,
        )
        for park in parks[::10]
    )
    Commitment.objects.bulk_create(
        Commitment(park=park, indicator=indicator, order=order)
        for park in parks
        for order, indicator in enumerate(indicators)
    )
    commitments = list(Commitment.objects.filter(park__order__gte=FIRST_ORDER).order_by("pk"))
    CommitmentTerms.objects.bulk_create(
        CommitmentTerms(
            commitment=commitment,
            value=100,
            start_on=CONFERENCE,
            due_on=TERM_ENDS,
            baseline=0,
            baseline_on=CONFERENCE,
            source=source,
            known_from=CONFERENCE,
        )
        for commitment in commitments
    )
    Milestone.objects.bulk_create(
        Milestone(
            commitment=commitment,
            on=date(year, 6, 30),
            value=10 * (year - 2023),
            known_from=date(2023, 12, 1),
            reason="商定",
        )
        for commitment in commitments[::4]
        for year in (2024, 2025)
    )
    Publication.objects.bulk_create(
        Publication(
            code=f"press-{park.code}",
            park=park,
            label_zh="企业",
            label_en="Firms",
            as_of=date(2025, 6, 1),
            value=5,
            source=source,
        )
        for park in parks[::10]
    )


def _add_people(number: int) -> None:
    """A manager for every park."""
    group = group_of("park manager")
    User.objects.bulk_create(
        User(username=f"grown-manager-{each}", email=f"m{each}@example.com", password="!", is_staff=True)
        for each in range(number)
    )
    people = list(User.objects.filter(username__startswith="grown-manager-").order_by("pk"))
    User.groups.through.objects.bulk_create(
        User.groups.through(user=person, group=group) for person in people
    )
    parks = Park.objects.filter(order__gte=FIRST_ORDER).order_by("order")
    ParkManager.objects.bulk_create(
        ParkManager(user=person, park=park) for person, park in zip(people, parks, strict=True)
    )


# What of the last quarter is not approved, by the park's place; all else is.
_STATUS = (
    "CASE WHEN %(is_last)s = 0 THEN 'approved' WHEN p.\"order\" %% 40 = 1 THEN 'submitted'"
    " WHEN p.\"order\" %% 40 = 2 THEN 'returned' WHEN p.\"order\" %% 40 = 3 THEN 'draft' ELSE 'approved' END"
)
_REPORTS = (
    "park_id, quarter, revision, status, version, origin, created_at, created_by_id, submitted_at,"
    " submitted_by_id, approved_at, approved_by_id, saved_at, saved_by_id"
)
_FIGURES = (
    "report_id, commitment_id, value, not_applicable, not_applicable_reason, baseline, note, explanation"
)


def _add_reports(quarter: Quarter, reviewer: User, revisions: int, corrected: int) -> None:
    """One report per park; of the last quarter some wait, some were returned, some are drafts.

    Of every fifth park that corrected its reports the last revision was discarded.
    """
    values = {
        "quarter": str(quarter),
        "made": _at(quarter.ends_on + timedelta(days=2)),
        "sent": _at(quarter.ends_on + timedelta(days=5)),
        "done": _at(quarter.ends_on + timedelta(days=10)),
        "reopened": _at(quarter.ends_on + timedelta(days=20)),
        "reviewer": reviewer.pk,
        "first": FIRST_ORDER,
        "value": 5 + (quarter - Quarter(2023, 4)) * 7,
        "is_last": int(quarter == LAST),
        "corrected": corrected,
        "revisions": revisions,
    }
    _insert(
        "parks_quarterlyreport",
        _REPORTS,
        "SELECT s.park, %(quarter)s, 1, s.status, 2, 'reported', %(made)s, s.person,"
        " CASE WHEN s.status <> 'draft' THEN %(sent)s END, CASE WHEN s.status <> 'draft' THEN s.person END,"
        " CASE WHEN s.status = 'approved' THEN %(done)s END,"
        " CASE WHEN s.status = 'approved' THEN %(reviewer)s END, %(made)s, s.person"
        f" FROM (SELECT p.id AS park, m.user_id AS person, {_STATUS} AS status FROM parks_park p"
        ' JOIN parks_parkmanager m ON m.park_id = p.id WHERE p."order" >= %(first)s) s',
        values,
    )
    given_up = '%(number)s = %(revisions)s AND p."order" %% (5 * %(corrected)s) = 0'
    for number in range(2, revisions + 1):
        _insert(
            "parks_quarterlyreport",
            _REPORTS,
            f"SELECT r.park_id, r.quarter, %(number)s, CASE WHEN {given_up} THEN 'discarded' ELSE 'approved' END,"
            " 2, 'reported', %(reopened)s, %(reviewer)s, %(reopened)s, r.submitted_by_id,"
            f" CASE WHEN NOT ({given_up}) THEN %(reopened)s END,"
            f" CASE WHEN NOT ({given_up}) THEN %(reviewer)s END, %(reopened)s, r.submitted_by_id"
            " FROM parks_quarterlyreport r JOIN parks_park p ON p.id = r.park_id WHERE r.quarter = %(quarter)s"
            ' AND r.revision = 1 AND p."order" >= %(first)s AND p."order" %% %(corrected)s = 0',
            {**values, "number": number},
        )
    ours = ' JOIN parks_park p ON p.id = r.park_id WHERE r.quarter = %(quarter)s AND p."order" >= %(first)s'
    _insert(
        "parks_figure",
        _FIGURES,
        "SELECT r.id, c.id, %(value)s + r.revision, false, '', NULL, '', '' FROM parks_quarterlyreport r"
        f" JOIN parks_commitment c ON c.park_id = r.park_id{ours}",
        values,
    )
    _insert(
        "parks_quarterlyreport_authors",
        "quarterlyreport_id, user_id",
        f"SELECT r.id, r.saved_by_id FROM parks_quarterlyreport r{ours}",
        values,
    )
    for verb, before, after, moment_of, person, status in _STEPS:
        _insert(
            "parks_reportevent",
            'report_id, verb, from_status, to_status, at, "by_id", reason, stood',
            f"SELECT r.id, '{verb}', '{before}', '{after}', {moment_of}, {person}, '有误', NULL"
            f" FROM parks_quarterlyreport r{ours} AND {status}",
            values,
        )
    _insert(
        "parks_remark",
        "event_id, commitment_id, text",
        "SELECT e.id, c.id, '请核对' FROM parks_reportevent e JOIN parks_quarterlyreport r ON r.id = e.report_id"
        " JOIN parks_commitment c ON c.park_id = r.park_id"
        " WHERE e.verb = 'returned' AND r.quarter = %(quarter)s",
        values,
    )
    _insert(
        "parks_evidence",
        "report_id, commitment_id, name, stored_as, media_type, size, sha256, uploaded_at, uploaded_by_id",
        "SELECT f.report_id, f.commitment_id, '佐证.pdf', 'file-' || f.id, 'application/pdf', 1000,"
        " 'sum-' || f.id, %(made)s, r.saved_by_id FROM parks_figure f"
        f" JOIN parks_quarterlyreport r ON r.id = f.report_id{ours} AND f.id %% 5 = 0",
        values,
    )
    _insert(
        "parks_reply",
        "commitment_id, quarter, text, status, version, origin, created_at, created_by_id, submitted_at,"
        " submitted_by_id, approved_at, approved_by_id",
        "SELECT s.commitment, %(quarter)s, '已加快', s.status, 2, 'reported', %(made)s, s.person,"
        " CASE WHEN s.status <> 'draft' THEN %(sent)s END, CASE WHEN s.status <> 'draft' THEN s.person END,"
        " CASE WHEN s.status = 'approved' THEN %(done)s END,"
        " CASE WHEN s.status = 'approved' THEN %(reviewer)s END"
        f" FROM (SELECT c.id AS commitment, m.user_id AS person, {_STATUS} AS status FROM parks_park p"
        " JOIN parks_parkmanager m ON m.park_id = p.id JOIN parks_commitment c ON c.park_id = p.id"
        ' WHERE p."order" >= %(first)s AND c.id %% 7 = 0) s',
        values,
    )
    _insert(
        "parks_replyevent",
        'reply_id, verb, from_status, to_status, at, "by_id", reason, text',
        "SELECT id, 'written', '', 'draft', created_at, created_by_id, '', text FROM parks_reply"
        " WHERE quarter = %(quarter)s",
        values,
    )


# Verb, from, to, when, by whom, of which reports.
_STEPS = (
    ("created", "", "draft", "r.created_at", "r.created_by_id", "r.revision = 1"),
    ("reopened", "", "draft", "r.created_at", "r.created_by_id", "r.revision > 1"),
    ("submitted", "draft", "submitted", "r.submitted_at", "r.submitted_by_id", "r.submitted_at IS NOT NULL"),
    ("approved", "submitted", "approved", "r.approved_at", "r.approved_by_id", "r.status = 'approved'"),
    ("returned", "submitted", "returned", "%(done)s", "%(reviewer)s", "r.status = 'returned'"),
    ("discarded", "submitted", "discarded", "%(reopened)s", "%(reviewer)s", "r.status = 'discarded'"),
)


def _add_proposals(reviewer: User) -> None:
    """Interim values of every fourth promise, told by places and not by keys, which go on from run to run; of every
    twentieth park they still wait.
    """
    values = {
        "at": _at(date(2023, 12, 1)),
        "reviewer": reviewer.pk,
        "first": FIRST_ORDER,
        "on": date(2025, 6, 30),
    }
    values["on"] = connection.ops.adapt_datefield_value(values["on"])
    waits = 'p."order" %% 20 = 0'
    _insert(
        "parks_milestoneproposal",
        "commitment_id, status, reason, origin, proposed_at, proposed_by_id, decided_at, decided_by_id, answer,"
        " withdrawn_at, withdrawn_by_id",
        f"SELECT c.id, CASE WHEN {waits} THEN 'proposed' ELSE 'approved' END, '分年推进', 'reported', %(at)s, m.user_id,"
        f" CASE WHEN {waits} THEN NULL ELSE %(at)s END, CASE WHEN {waits} THEN NULL ELSE %(reviewer)s END, '',"
        " NULL, NULL FROM parks_commitment c JOIN parks_park p ON p.id = c.park_id"
        ' JOIN parks_parkmanager m ON m.park_id = p.id WHERE p."order" >= %(first)s'
        ' AND (p."order" + c."order") %% 4 = 0',
        values,
    )
    _insert(
        "parks_proposedmilestone",
        'proposal_id, "on", value',
        "SELECT id, %(on)s, 20 FROM parks_milestoneproposal",
        values,
    )


def _add_notices() -> None:
    """A mail for every submission and approval, all sent but the last few; a reminder for every park and quarter."""
    columns = "kind, park_id, quarter, event_id, recipient_id, made, claimed, sent, tries, trouble"
    _insert(
        "parks_notice",
        columns,
        "SELECT e.verb, r.park_id, r.quarter, e.id, r.submitted_by_id, e.at, e.at,"
        " CASE WHEN e.id %% 5000 = 0 THEN NULL ELSE e.at END, 1, '' FROM parks_reportevent e"
        " JOIN parks_quarterlyreport r ON r.id = e.report_id WHERE e.verb IN ('submitted', 'approved')",
        {"none": None},
    )
    _insert(
        "parks_notice",
        columns,
        "SELECT 'due', r.park_id, r.quarter, NULL, m.user_id, r.created_at, r.created_at, r.created_at, 1, ''"
        " FROM parks_quarterlyreport r JOIN parks_parkmanager m ON m.park_id = r.park_id"
        " WHERE r.revision = 1 AND r.id %% 2 = 0",
        {"none": None},
    )


def _add_trail(administrator: User) -> None:
    """Two entries for every promise and one for every park, as creating and mending their texts leaves them."""
    entries = []
    for model, times in ((Commitment, 2), (Park, 1)):
        kind = ContentType.objects.get_for_model(model)
        rows = list(model.objects.values_list("pk", flat=True))
        for time in range(times):
            entries += [
                LogEntry(
                    content_type=kind,
                    object_pk=str(pk),
                    object_id=pk,
                    object_repr="园区",
                    action=time,
                    changes={"note_zh": ["", "说明"]},
                    actor=administrator,
                    timestamp=moment(CONFERENCE) + timedelta(minutes=len(entries) + place),
                )
                for place, pk in enumerate(rows)
            ]
    LogEntry.objects.bulk_create(entries, batch_size=2000)
