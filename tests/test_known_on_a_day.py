"""What was known on a day that is over stays as it was: the same address gives the same bytes for ever.

Every public page and every file is read as known on days before today, then much happens today, and everything is
read again. Each thing that happens must also show on today's pages: otherwise nothing happened. Should an answer of the
past move, the things happen once more, each alone, to name the one that gave the past away.
"""

from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.test import Client, override_settings

from changchun_innovation.shared.quarters import Quarter
from institutions.models import Institution
from parks import replying, workflow
from parks.entry import Entry
from parks.models import (
    Commitment,
    DeadlineExtension,
    DueRule,
    JointLink,
    Milestone,
    Park,
    QuarterlyReport,
    ReportsFrom,
    Status,
)
from targets.models import Indicator, Initiative, InitiativeStatus, Target, TargetTerms
from tests import addresses
from tests.conftest import TODAY
from tests.factories import (
    approved_report,
    change_terms,
    make_commitment,
    make_indicator,
    make_park,
    make_reading,
    make_source,
    make_user,
    submitted_report,
)

THIS_DAY = TODAY.date()
YESTERDAY = THIS_DAY - timedelta(days=1)
# Yesterday knows nearly everything; in November 2025 half of the reports were missing; in 2024 the term was young.
QUESTIONS = [
    {"as_of": YESTERDAY.isoformat(), "quarter": "2026-Q3"},
    {"as_of": "2025-11-01"},
    {"as_of": "2024-02-10", "quarter": "2023-Q4", "lang": "en"},
]
MORE_PATHS = [
    "/targets/city-tech-smes/",
    "/targets/city-leading-talents/",
    "/targets/parks-high-end-talents/",
    "/parks/tcm/",
    "/parks/erguang/",
    "/institutions/changchun-new-area/",
]
# The gallery of components, and a form whose every rendering carries a new token: they tell nothing of the city.
NO_ANSWERS = ("/components/", "/report-error/")
NARROWED = [
    ("/changes/", {"from_day": "2023-12-01"}),
    ("/changes/", {"from_quarter": "2023-Q3", "park": "jixing"}),
    ("/parks/", {"state": "behind"}),
    ("/data/", {"dataset": "figures", "park": "jixing"}),
    ("/data/", {"dataset": "targets"}),
    ("/search/", {"q": "园区"}),
    ("/search/", {"q": "indicator"}),
]


def pages() -> list[tuple[str, dict]]:
    every = [path for pattern in addresses.pages() for path in pattern.paths()] + MORE_PATHS
    return [(path, {}) for path in dict.fromkeys(every) if path not in NO_ANSWERS] + NARROWED


def files() -> list[tuple[str, dict]]:
    names = [f"/data/{name}.{kind}" for name in addresses.DATASETS for kind in ("csv", "xlsx")]
    return [(name, {}) for name in [*names, "/data/wide.xlsx"]]


def questions() -> list[tuple[str, dict]]:
    """Every address with every day; a workbook, whose cells are those of the CSV file, with one."""
    return [
        (path, more | fits(path, question))
        for path, more in pages() + files()
        for question in (QUESTIONS[1:2] if path.endswith(".xlsx") else QUESTIONS)
    ]


def fits(path: str, question: dict) -> dict:
    """A file that is not about a quarter refuses one."""
    by_quarter = ("progress", "figures", "targets", "readings", "coverage", "reports", "publications")
    if (
        path.startswith("/data/")
        and path != "/data/"
        and not path.startswith(tuple(f"/data/{name}." for name in by_quarter))
    ):
        return {key: value for key, value in question.items() if key != "quarter"}
    return question


def content(path: str, query: dict) -> bytes:
    """The bytes of an answer to anybody."""
    answer = Client().get(path, query)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    assert answer.status_code == 200, (path, query, body[:300])
    return body


def everything_known_then() -> dict:
    return {(path, *query.items()): content(path, query) for path, query in questions()}


_before: dict = {}


@pytest.fixture
def then(demo_data):
    """Everything as known on days before today, read before anything happens."""
    if not _before:
        # The demonstration is the same in every test, and so is what was known of it.
        _before.update(everything_known_then())
    return _before


def now() -> bytes:
    """What today's pages say of the city and of one park."""
    today = {"quarter": "2026-Q3"}
    paths = ["/", "/parks/jixing/", "/parks/jinuoer/", "/targets/parks-high-tech-firms/", "/initiatives/"]
    return b"".join(content(path, today) for path in paths)


def moved_of(then: dict) -> dict[tuple, str]:
    """The addresses whose answer is not what it was, each with the first words that differ."""
    moved = {}
    for address, before in then.items():
        path, *query = address
        after = content(path, dict(query))
        if after != before:
            moved[address] = _where(before, after)
    return moved


def _where(before: bytes, after: bytes) -> str:
    old, new = before.decode(errors="replace"), after.decode(errors="replace")
    at = next((n for n, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), 0)
    return f"{old[max(0, at - 80) : at + 120]!r} became {new[max(0, at - 80) : at + 120]!r}"


def _first_words(moved: dict[tuple, str]) -> str:
    return f"{list(moved)[:6]}; {next(iter(moved.values()), '')}"


def assert_nothing_moved(then: dict) -> None:
    moved = moved_of(then)
    assert not moved, f"{len(moved)} of {len(then)} answers moved: {_first_words(moved)}"


def last_approved(park: str, quarter: str) -> QuarterlyReport:
    reports = QuarterlyReport.objects.approved().filter(park__code=park, quarter=Quarter.parse(quarter))
    return reports.latest("revision")


def correct(park: str, quarter: str) -> QuarterlyReport:
    """The quarter is reopened today, every value is raised by one, and the correction is approved."""
    row = Park.objects.get(code=park)
    manager = make_user(role="park manager", parks=[row])
    report = workflow.reopen(
        park=row, quarter=Quarter.parse(quarter), reason="漏报", by=make_user(role="reviewer"), at=TODAY
    )
    entries = {
        figure.commitment_id: Entry(value=figure.value + 1)
        for figure in report.figures.all()
        if figure.value is not None
    }
    report = workflow.save_figures(
        report=report, entries=entries, version=report.version, by=manager, at=TODAY
    )
    report = workflow.submit(report=report, version=report.version, by=manager, at=TODAY)
    return workflow.approve(report=report, version=report.version, by=make_user(role="reviewer"), at=TODAY)


# --- what happens today -----------------------------------------------------------------------------------------
def a_correction_is_approved():
    for quarter in ("2023-Q4", "2024-Q4", "2025-Q3", "2026-Q3"):
        correct("jixing", quarter)


def a_correction_is_begun_and_given_up():
    reviewer = make_user(role="reviewer")
    park = Park.objects.get(code="jixing")
    for quarter in (Quarter(2025, 3), Quarter(2026, 3)):
        report = workflow.reopen(park=park, quarter=quarter, reason="核对", by=reviewer, at=TODAY)
        if quarter == Quarter(2025, 3):
            workflow.discard(
                report=report, version=report.version, reason="无误", by=make_user(role="reviewer"), at=TODAY
            )


def what_waited_is_decided():
    for report in QuarterlyReport.objects.filter(status=Status.SUBMITTED):
        workflow.approve(report=report, version=report.version, by=make_user(role="reviewer"), at=TODAY)


def a_missing_report_arrives():
    park = Park.objects.get(code="erguang")
    figures = dict.fromkeys(park.commitments.values_list("indicator__code", flat=True), 3)
    submitted_report(park=park, quarter="2026-Q3", figures=figures, at=TODAY)


def promises_are_changed():
    for commitment in Commitment.objects.filter(park__code="jixing"):
        change_terms(
            commitment=commitment,
            value=7,
            baseline=2,
            due_on=date(2027, 6, 30),
            known_from=THIS_DAY,
        )
    for target in Target.objects.filter(code__in=["city-tech-smes", "parks-high-tech-firms"]):
        TargetTerms.objects.create(
            target=target,
            value=Decimal(9),
            start_on=date(2023, 8, 15),
            due_on=date(2027, 6, 30),
            known_from=THIS_DAY,
            reason="市政府调整",
        )


def milestones_are_agreed():
    for commitment in Commitment.objects.all():
        for on in (date(2024, 12, 31), date(2025, 12, 31)):
            Milestone.objects.create(
                commitment=commitment, on=on, value=Decimal(3), known_from=THIS_DAY, reason="双方商定"
            )


def values_are_published():
    """The document was published long ago and is found today: what it says is known from today on."""
    source = make_source(published_on=date(2024, 1, 31))
    for target in Target.objects.select_related("indicator", "institution"):
        make_reading(
            indicator=target.indicator,
            scope=target.scope,
            institution=target.institution,
            value=9999,
            period_start=date(2023, 1, 1),
            period_end=date(2023, 12, 31),
            known_from=THIS_DAY,
            source=source,
        )


def links_are_changed():
    target = Target.objects.get(code="parks-high-tech-firms")
    for link in target.joint_links.all():
        JointLink.objects.create(
            target=target,
            indicator=link.indicator,
            comparable="partly" if link.comparable == "full" else "full",
            known_from=THIS_DAY,
            reason="口径核对",
        )
    JointLink.objects.create(
        target=target,
        indicator=Indicator.objects.get(code="firms-incubated"),
        comparable="full",
        known_from=THIS_DAY,
        reason="口径核对",
    )


def initiatives_move_on():
    for initiative in Initiative.objects.all():
        InitiativeStatus.objects.create(
            initiative=initiative, status="under-way", known_from=THIS_DAY, reason="已启动"
        )


def parks_are_asked_differently():
    for park in Park.objects.all():
        ReportsFrom.objects.create(
            park=park, quarter=Quarter(2024, 4), known_from=THIS_DAY, reason="调整起报季度"
        )
        DeadlineExtension.objects.create(
            park=park,
            quarter=Quarter(2026, 3),
            due_on=THIS_DAY + timedelta(days=30),
            known_from=THIS_DAY,
            reason="疫情",
        )


def a_park_joins():
    partners = {"academic_partner": Institution.objects.get(code="jlu")}
    partners["zone_partner"] = Institution.objects.get(code="jingyue")
    park = make_park(code="ninth", reports_from="2026-Q3", asked_on=THIS_DAY, **partners)
    make_commitment(park=park, indicator=make_indicator(), known_from=THIS_DAY)
    for indicator in Indicator.objects.filter(code__in=["high-tech-firms", "revenue"]):
        make_commitment(park=park, indicator=indicator, value=30, known_from=THIS_DAY)
    approved_report(park=park, quarter="2026-Q3", figures={"revenue": 6}, at=TODAY, approved_at=TODAY)


def a_park_answers():
    commitment = Commitment.objects.get(park__code="jixing", indicator__code="high-tech-firms")
    manager = make_user(role="park manager", parks=[commitment.park])
    for quarter in (Quarter(2025, 3), Quarter(2026, 3)):
        reply = replying.write(
            commitment=commitment, quarter=quarter, text="园区说明", version=None, by=manager, at=TODAY
        )
        reply = replying.submit(reply=reply, version=reply.version, by=manager, at=TODAY)
        replying.approve(reply=reply, version=reply.version, by=make_user(role="reviewer"), at=TODAY)


def another_rule_about_due_days_holds():
    settings.REPORT_DUE_DAYS = 40
    call_command("load_baseline", verbosity=0)
    assert DueRule.objects.filter(known_from=THIS_DAY, days=40).exists()


SHOWN_TODAY = (
    a_correction_is_approved,
    a_correction_is_begun_and_given_up,
    what_waited_is_decided,
    a_missing_report_arrives,
    a_park_answers,
    promises_are_changed,
    links_are_changed,
    parks_are_asked_differently,
    a_park_joins,
    milestones_are_agreed,
    values_are_published,
    initiatives_move_on,
)
# It counts from the quarter on that is still open, so that today's pages know nothing of it.
NOT_YET_SHOWN = (another_rule_about_due_days_holds,)
EVENTS = (*SHOWN_TODAY, *NOT_YET_SHOWN)


@contextmanager
def afterwards_undone():
    """What happens inside is taken back at the end, in the database and in the settings."""
    with override_settings(), transaction.atomic():
        yield
        transaction.set_rollback(True)


def gives_the_past_away(happens, addresses: dict) -> bool:
    """Whether one thing alone moves an answer of the past."""
    with afterwards_undone():
        happens()
        return bool(moved_of(addresses))


def test_whatever_happens_today_changes_nothing_that_was_known_before(then):
    with afterwards_undone():
        today = now()
        for happens in EVENTS:
            happens()
            before, today = today, now()
            assert (today != before) is (happens in SHOWN_TODAY), f"on today's pages: {happens.__name__}"
        moved = moved_of(then)
    # All together first: only where the past has moved is it worth while to ask what moved it.
    addresses = {address: then[address] for address in moved}
    guilty = [happens.__name__ for happens in EVENTS if moved and gives_the_past_away(happens, addresses)]
    assert not moved, f"{guilty or 'all together'} moved {len(moved)} of {len(then)}: {_first_words(moved)}"


def test_a_day_passes_a_quarter_closes_and_what_was_known_stays(then, today):
    today.move_to(TODAY.replace(year=2027, month=1, day=20))
    assert b"2026-Q4" in content("/parks/", {}), "a quarter has closed and its reports are overdue"
    assert_nothing_moved(then)
