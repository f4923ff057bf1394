"""The ledger that is carried forward says what a loaded one says, and works out nothing about parks without news."""

import random
from contextlib import suppress
from dataclasses import fields
from datetime import date, timedelta
from decimal import Decimal
from threading import Thread

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from changchun_innovation import kept_pages
from changchun_innovation.demonstration import story
from changchun_innovation.shared.quarters import Quarter
from parks import carried, workflow
from parks.carried import city_ledger, shown_ledger
from parks.entry import Entry
from parks.ledger import Ledger
from parks.models import (
    Commitment,
    DeadlineExtension,
    DueRule,
    Milestone,
    Park,
    QuarterlyReport,
    ReportsFrom,
)
from targets.models import Indicator
from tests.factories import (
    approved_report,
    change_terms,
    make_commitment,
    make_indicator,
    make_joint_link,
    make_park,
    make_target,
    make_user,
)

pytestmark = pytest.mark.django_db(transaction=True)

QUARTERS = Quarter.range(Quarter(2025, 3), Quarter(2026, 3))
# The quarter that a demonstration shows if nothing else is asked for.
ASKED = Quarter(2025, 4)
KINDS = ("stock", "cumulative", "annual", "rate")


def today() -> date:
    return timezone.localdate()


def answers(ledger: Ledger) -> dict:
    """Every answer that a ledger gives about its day."""
    judged = [*Quarter.range(Quarter(2025, 1), Quarter(2026, 3)), Quarter(2027, 4)]
    return {
        "judgements": {
            (pledge.key, quarter): ledger.judgement(pledge, quarter)
            for pledge in ledger.pledges
            for quarter in judged
        },
        "published": {pledge.key: ledger.published(pledge) for pledge in ledger.pledges},
        "in force": {quarter: ledger.pledges_in(quarter) for quarter in judged},
        "of a park": {park.pk: [ledger.pledges_of(park, each) for each in judged] for park in ledger.parks},
        "reported": {
            park.pk: [ledger.pledges_reported_in(park, each) for each in judged] for park in ledger.parks
        },
        "expected": {park.pk: ledger.expected_quarters(park) for park in ledger.parks},
        "reports": {(park.pk, each): ledger.report(park, each) for park in ledger.parks for each in judged},
    }


def assert_as_loaded(ledger: Ledger, codes: list[str] | None = None) -> None:
    loaded = Ledger.of(ledger.known_on, codes)
    for name in (each.name for each in fields(Ledger) if each.compare):
        assert getattr(ledger, name) == getattr(loaded, name), name
    given, wanted = answers(ledger), answers(loaded)
    for what in wanted:
        assert given[what] == wanted[what], what


class NotNow(Exception):
    """A step that is not possible in the city as it is."""


class City:
    """Three parks with promises of every kind, and the people who report; steps are taken at random."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.indicators = [make_indicator(kind=kind) for kind in KINDS]
        self.reviewers = [make_user(role="reviewer") for _each in range(2)]
        self.managers = {}
        for _each in range(3):
            self.a_park_joins()

    def step(self) -> str:
        """Take one of the steps that are possible now; answers which."""
        steps = [getattr(self, name) for name in dir(self) if name.startswith(("a_", "the_"))]
        while True:
            step = self.chance.choice(steps)
            with suppress(NotNow):
                step()
                return step.__name__

    # --- reports ---------------------------------------------------------------------------------------------
    def a_report_is_handed_in(self):
        park, quarter = self._park(), self.chance.choice(QUARTERS)
        if QuarterlyReport.objects.filter(park=park, quarter=quarter).exists():
            raise NotNow
        manager = self.managers[park.pk]
        report = workflow.open_report(park=park, quarter=quarter, by=manager, at=timezone.now())
        self._fill(report)
        self._submit(report)

    def a_report_is_begun(self):
        park, quarter = self._park(), self.chance.choice(QUARTERS)
        if QuarterlyReport.objects.filter(park=park, quarter=quarter).exists():
            raise NotNow
        workflow.open_report(park=park, quarter=quarter, by=self.managers[park.pk], at=timezone.now())

    def a_draft_is_handed_in(self):
        report = self._one("draft", "returned")
        self._fill(report)
        self._submit(report)

    def a_report_is_approved(self):
        report = self._one("submitted")
        workflow.approve(report=report, version=report.version, by=self.reviewers[0], at=timezone.now())

    a_report_is_approved_too = a_report_is_approved_as_well = a_report_is_approved

    def a_report_is_returned(self):
        report = self._one("submitted")
        workflow.return_report(
            report=report, version=report.version, reason="核对", by=self.reviewers[0], at=timezone.now()
        )

    def a_report_is_withdrawn(self):
        report = self._one("submitted")
        workflow.withdraw(report=report, by=report.submitted_by, at=timezone.now())

    def a_quarter_is_reopened(self):
        report = self._one("approved")
        if QuarterlyReport.objects.open().filter(park=report.park, quarter=report.quarter):
            raise NotNow
        workflow.reopen(
            park=report.park, quarter=report.quarter, reason="更正", by=self.reviewers[0], at=timezone.now()
        )

    def a_correction_is_given_up(self):
        report = self._one("draft", "returned", "submitted")
        if report.revision == 1:
            raise NotNow
        workflow.discard(
            report=report, reason="无误", version=report.version, by=self.reviewers[0], at=timezone.now()
        )

    # --- promises --------------------------------------------------------------------------------------------
    def a_deadline_is_extended(self):
        DeadlineExtension.objects.create(
            park=self._park(),
            quarter=self.chance.choice(QUARTERS),
            due_on=today() + timedelta(days=self.chance.randint(-30, 30)),
            reason="搬迁",
            known_from=today(),
        )

    def a_promise_is_changed(self):
        change_terms(commitment=self._commitment(), value=self.chance.randint(5, 200), known_from=today())

    def a_promise_is_made_anew(self):
        commitment = self._commitment()
        due_on = commitment.terms.latest("pk").due_on
        change_terms(
            commitment=commitment,
            value=self.chance.randint(5, 200),
            known_from=today(),
            start_on=due_on,
            due_on=due_on + timedelta(days=500),
        )

    def a_milestone_is_agreed(self):
        Milestone.objects.create(
            commitment=self._commitment(),
            on=date(2026, 3, 31),
            value=self.chance.randint(1, 90),
            reason="商定",
            known_from=today(),
        )

    def a_park_is_asked_from_another_quarter_on(self):
        ReportsFrom.objects.create(
            park=self._park(), quarter=self.chance.choice(QUARTERS), reason="补报", known_from=today()
        )

    def a_park_joins(self):
        if len(self.managers) > 6:
            raise NotNow
        order = self.chance.randint(0, 3)
        park = make_park(reports_from=self.chance.choice([None, *QUARTERS]), order=order)
        self.managers[park.pk] = make_user(role="park manager", parks=[park])
        for indicator in self.chance.sample(self.indicators, self.chance.randint(0, 3)):
            make_commitment(park=park, indicator=indicator, value=self.chance.randint(5, 100))

    def a_park_promises_more(self):
        park = self._park()
        taken = park.commitments.values("indicator")
        indicator = Indicator.objects.exclude(pk__in=taken).first()
        if indicator is None:
            raise NotNow
        make_commitment(park=park, indicator=indicator, value=50)

    # --- the city --------------------------------------------------------------------------------------------
    def a_text_is_mended(self):
        row = self.chance.choice([self._park(), self._park().zone_partner, self._commitment().indicator])
        row.name_zh = f"改名{self.chance.random()}"
        row.save()

    def a_park_is_moved(self):
        park = self._park()
        park.order = self.chance.randint(0, 9)
        park.save()

    def the_rule_of_due_days_changes(self):
        DueRule.objects.create(days=self.chance.randint(1, 60), known_from=today(), reason="新规")

    def the_next_day_comes(self):
        self.traveller.shift(timedelta(days=1))

    # --- what they are taken with ------------------------------------------------------------------------------
    def _park(self) -> Park:
        return self.chance.choice(list(Park.objects.order_by("pk")))

    def _commitment(self) -> Commitment:
        return self.chance.choice(list(Commitment.objects.order_by("pk")))

    def _one(self, *status: str) -> QuarterlyReport:
        found = list(QuarterlyReport.objects.filter(status__in=status).order_by("pk"))
        if not found:
            raise NotNow
        return self.chance.choice(found)

    def _fill(self, report: QuarterlyReport) -> None:
        entries = {
            commitment.pk: Entry(
                value=Decimal(self.chance.randint(0, 120)),
                not_applicable=False,
                not_applicable_reason="",
                note="",
                baseline=None,
                explanation="已核实",
            )
            for commitment in report.park.commitments.all()
        }
        manager = self.managers[report.park_id]
        report.refresh_from_db()
        workflow.save_figures(
            report=report, entries=entries, version=report.version, by=manager, at=timezone.now()
        )

    def _submit(self, report: QuarterlyReport) -> None:
        report.refresh_from_db()
        by = self.managers[report.park_id]
        workflow.submit(report=report, version=report.version, by=by, at=timezone.now())


# --- it says what a loaded one says --------------------------------------------------------------------------
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_whatever_happens_the_carried_ledger_is_the_loaded_one(seed, today):
    city = City(seed)
    city.traveller = today
    taken, kept = [], 0
    before = city_ledger(timezone.localdate())
    some = list(Park.objects.order_by("pk").values_list("code", flat=True)[:2])
    for _each in range(40):
        taken.append(city.step())
        assert_as_loaded(shown_ledger(timezone.localdate(), some), some)
        ledger = city_ledger(timezone.localdate())
        kept += any(
            ledger.judgement(pledge, QUARTERS[0]) is before.judgement(pledge, QUARTERS[0])
            for pledge in before.pledges
            if pledge in ledger.pledges
        )
        assert_as_loaded(ledger)
        before = ledger
    # Otherwise nothing was shown but that loading twice gives the same.
    assert kept > 15, taken
    assert len(set(taken)) > 10, taken


# The same quarter in two languages, and with links that carry it on; another quarter.
PAGES = (
    "/",
    "/?lang=en",
    f"/?quarter={ASKED}",
    "/parks/",
    f"/parks/?quarter={ASKED}",
    "/parks/?quarter=2026-Q1",
)


@pytest.mark.parametrize("seed", [4, 5])
def test_whatever_happens_pages_are_drawn_as_if_for_the_first_time(seed, today, client):
    city = City(seed)
    city.traveller = today
    joint = make_target(scope="first-batch-parks", indicator=city.indicators[0], value=300)
    make_joint_link(target=joint, indicator=city.indicators[0])
    make_target(indicator=city.indicators[1], value=50)

    def drawn() -> dict[str, str]:
        kept_pages.memory.clear()
        return {path: client.get(path).content.decode() for path in PAGES}

    drawn()
    for _each in range(20):
        step = city.step()
        carried_forward = drawn()
        # Within a transaction nothing is remembered.
        with transaction.atomic():
            anew = drawn()
        for path in PAGES:
            assert carried_forward[path] == anew[path], (step, path)


@pytest.fixture
def two_parks():
    """Two parks with one promise each and an approved report, and who reports and approves."""
    manager, reviewer = make_user(role="park manager"), make_user(role="reviewer")
    parks = [make_park(reports_from="2025-Q3") for _each in range(2)]
    for park in parks:
        park.park_managers.create(user=manager)
        make_commitment(park=park, value=100, baseline=0)
    for park in parks:
        _approve(park, Quarter(2025, 3), 10, manager, reviewer)
    return parks, manager, reviewer


def _approve(park, quarter, value, manager, reviewer):
    figures = dict.fromkeys(park.commitments.all(), value)
    return approved_report(park=park, quarter=quarter, figures=figures, by=manager, reviewer=reviewer)


def test_a_demonstration_that_is_cleared_and_loaded_again_leaves_nothing_behind(demo_data):
    ledger = city_ledger(today())
    answers(ledger)
    assert ledger.figures
    story.clear()
    cleared = city_ledger(today())
    assert not cleared.figures
    assert_as_loaded(cleared)


def test_rows_that_were_taken_away_are_missed_though_others_were_added(demo_data):
    answers(city_ledger(today()))
    story.clear()
    # The next event has a higher id than any that was there, and is about one park only.
    park = Park.objects.first()
    workflow.open_report(
        park=park,
        quarter=Quarter(2026, 3),
        by=make_user(role="park manager", parks=[park]),
        at=timezone.now(),
    )
    assert_as_loaded(city_ledger(today()))


def test_another_rule_of_the_installation_is_obeyed_at_once(two_parks, settings):
    answers(city_ledger(today()))
    settings.REPORT_DUE_DAYS = 45
    assert_as_loaded(city_ledger(today()))


# --- nothing twice -------------------------------------------------------------------------------------------
def test_while_nothing_is_new_the_record_is_not_asked(two_parks):
    ledger = city_ledger(today())
    with CaptureQueriesContext(connection) as queries:
        assert city_ledger(today()) is ledger
    assert len(queries) == 0


def test_after_an_approval_only_that_park_is_judged_again(two_parks, monkeypatch):
    (first, _second), manager, reviewer = two_parks
    answers(city_ledger(today()))
    _approve(first, Quarter(2025, 4), 20, manager, reviewer)
    judged = []
    judge = Ledger._judge
    monkeypatch.setattr(
        Ledger,
        "_judge",
        lambda ledger, pledge, quarter: judged.append(pledge.park.code) or judge(ledger, pledge, quarter),
    )
    with CaptureQueriesContext(connection) as queries:
        ledger = city_ledger(today())
    answers(ledger)
    assert set(judged) == {first.code}
    # Which parks and quarters, and of those the figures and the events.
    assert len(queries) == 3


def test_of_the_parks_that_are_shown_only_those_with_news_are_read_again(two_parks):
    (first, second), manager, reviewer = two_parks
    of_the_first = shown_ledger(today(), [first.code])
    answers(of_the_first)
    _approve(second, Quarter(2025, 4), 20, manager, reviewer)
    with CaptureQueriesContext(connection) as queries:
        assert shown_ledger(today(), [first.code]) is of_the_first
    # Which parks; it is none of those shown.
    assert len(queries) == 1
    _approve(first, Quarter(2025, 4), 20, manager, reviewer)
    with CaptureQueriesContext(connection) as queries:
        ledger = shown_ledger(today(), [first.code])
    assert len(queries) == 3
    assert_as_loaded(ledger, [first.code])


def test_other_parks_that_are_shown_are_loaded(two_parks):
    (first, second), _manager, _reviewer = two_parks
    for codes in ([first.code], [second.code], [second.code, first.code], [first.code]):
        ledger = shown_ledger(today(), codes)
        assert {park.code for park in ledger.parks} == set(codes)
        assert_as_loaded(ledger, codes)
    assert city_ledger(today()).whole and not ledger.whole


def test_a_draft_changes_nothing(two_parks):
    (first, _second), manager, _reviewer = two_parks
    report = workflow.open_report(park=first, quarter=Quarter(2025, 4), by=manager, at=timezone.now())
    ledger = city_ledger(today())
    commitment = first.commitments.get()
    entry = Entry(Decimal(77), False, "", "", None, "已核实")
    workflow.save_figures(
        report=report, entries={commitment.pk: entry}, version=report.version, by=manager, at=timezone.now()
    )
    assert city_ledger(today()) is ledger


# --- nothing that is not so -----------------------------------------------------------------------------------
def test_what_was_rolled_back_is_not_remembered(two_parks):
    (first, _second), manager, reviewer = two_parks
    before = city_ledger(today())
    with transaction.atomic():
        _approve(first, Quarter(2025, 4), 20, manager, reviewer)
        within = city_ledger(today())
        assert within.figures != before.figures
        transaction.set_rollback(True)
    assert city_ledger(today()) is before
    # On SQLite the ids that were given back are given again.
    _approve(first, Quarter(2025, 4), 33, manager, reviewer)
    assert_as_loaded(city_ledger(today()))


def test_what_is_not_committed_is_seen_by_nobody_else(two_parks):
    if connection.vendor == "sqlite":
        # There a reader would wait for the writer in the same process.
        connection.close()
    (first, _second), manager, reviewer = two_parks
    seen = []

    def look():
        seen.append(city_ledger(today()))
        connection.close()

    with transaction.atomic():
        _approve(first, Quarter(2025, 4), 20, manager, reviewer)
        thread = Thread(target=look)
        thread.start()
        thread.join()
        assert city_ledger(today()).figures != seen[0].figures
    assert_as_loaded(city_ledger(today()))


def test_a_past_day_is_told_as_it_was_and_does_not_replace_today(two_parks):
    ledger = city_ledger(today())
    past = city_ledger(date(2025, 10, 1))
    assert past == Ledger.of(date(2025, 10, 1)) != ledger
    assert city_ledger(today()) is ledger


def test_a_city_of_many_parks_is_not_kept(two_parks, monkeypatch):
    monkeypatch.setattr(carried, "MOST_PARKS", 1)
    assert city_ledger(today()) is not city_ledger(today())
    assert_as_loaded(city_ledger(today()))


def test_many_readers_at_once_while_reports_are_approved_see_the_record(two_parks):
    (first, second), manager, reviewer = two_parks
    stop, failures = [], []

    def read():
        try:
            while not stop:
                answers(city_ledger(today()))
        except Exception as error:  # told by the test
            failures.append(error)
        finally:
            connection.close()

    threads = [Thread(target=read) for _each in range(3)]
    for thread in threads:
        thread.start()
    for value, quarter in enumerate(QUARTERS[1:], start=20):
        for park in (first, second):
            _approve(park, quarter, value, manager, reviewer)
    stop.append(True)
    for thread in threads:
        thread.join()
    assert not failures
    assert_as_loaded(city_ledger(today()))
