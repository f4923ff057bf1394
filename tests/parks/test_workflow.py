"""The life of a report, step by step."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction

from changchun_innovation.shared.append_only import latest_by
from changchun_innovation.shared.quarters import Quarter
from parks import workflow
from parks.entry import Entry
from parks.models import CommitmentTerms, QuarterlyReport, ReportEvent, Status, Verb
from tests.factories import (
    approved_report,
    change_terms,
    make_commitment,
    make_park,
    make_report,
    make_user,
    moment,
    submitted_report,
)

pytestmark = pytest.mark.django_db

Q = Quarter.parse("2025-Q3")
NOW = moment(date(2025, 10, 12))
LATER = moment(date(2025, 10, 14))


class City:
    """One park with a level and a running total, its manager, another park's manager and two reviewers."""

    def __init__(self):
        self.park = make_park(reports_from="2024-Q1")
        self.firms = make_commitment(park=self.park, kind="stock", value=40)
        self.projects = make_commitment(park=self.park, kind="cumulative", value=100)
        self.manager = make_user(role="park manager", parks=[self.park])
        self.colleague = make_user(role="park manager", parks=[self.park])
        self.reviewer = make_user(role="reviewer")
        self.figures = {self.firms: 12, self.projects: 0}

    def report_in(self, status: str) -> QuarterlyReport:
        """The report of the quarter in a status, reached by the steps that lead there."""
        if status == Status.DRAFT:
            return make_report(park=self.park, quarter=Q, figures=self.figures, by=self.manager)
        if status == Status.DISCARDED:
            self.report_in(Status.APPROVED)
            again = workflow.reopen(park=self.park, quarter=Q, reason="数字有误", by=self.reviewer, at=NOW)
            return workflow.discard(
                report=again, version=again.version, reason="原数无误", by=self.reviewer, at=NOW
            )
        report = submitted_report(park=self.park, quarter=Q, figures=self.figures, by=self.manager)
        if status == Status.RETURNED:
            return workflow.return_report(
                report=report, version=report.version, reason="请核对", by=self.reviewer, at=NOW
            )
        if status == Status.APPROVED:
            return workflow.approve(report=report, version=report.version, by=self.reviewer, at=NOW)
        return report


@pytest.fixture
def city():
    return City()


STEPS = {
    "save": lambda city, report, by: workflow.save_figures(
        report=report, entries={city.firms.pk: Entry(value=13)}, version=report.version, by=by, at=LATER
    ),
    "submit": lambda city, report, by: workflow.submit(
        report=report, version=report.version, by=by, at=LATER
    ),
    "withdraw": lambda city, report, by: workflow.withdraw(report=report, by=by, at=LATER),
    "approve": lambda city, report, by: workflow.approve(
        report=report, version=report.version, by=by, at=LATER
    ),
    "return": lambda city, report, by: workflow.return_report(
        report=report, version=report.version, reason="请核对", by=by, at=LATER
    ),
    "reopen": lambda city, report, by: workflow.reopen(
        park=report.park, quarter=report.quarter, reason="更正", by=by, at=LATER
    ),
    "discard": lambda city, report, by: workflow.discard(
        report=report, version=report.version, reason="不需要", by=by, at=LATER
    ),
}
BY_MANAGERS = {"save", "submit", "withdraw"}
# What each step leads to; a status that is not named cannot take the step.
LEADS_TO = {
    "save": {"draft": "draft", "returned": "returned"},
    "submit": {"draft": "submitted", "returned": "submitted"},
    "withdraw": {"submitted": "draft"},
    "approve": {"submitted": "approved"},
    "return": {"submitted": "returned"},
    # A quarter whose correction was given up still has its approved revision and may be reopened again.
    "reopen": {"approved": "draft", "discarded": "draft"},
    "discard": {},
}
PEOPLE = ["manager", "colleague", "stranger", "reviewer", "administrator", "analyst", "official", "superuser"]


def _person(city, name):
    made = {
        "manager": lambda: city.manager,
        "colleague": lambda: city.colleague,
        "stranger": lambda: make_user(role="park manager", parks=[make_park()]),
        "reviewer": lambda: make_user(role="reviewer"),
        "superuser": lambda: make_user(is_superuser=True, is_staff=True),
    }
    return made.get(name, lambda: make_user(role=name))()


def _outcome(step: str, status: str, person: str) -> str:
    """What the rules say: `forbidden`, `impossible` or the status that follows."""
    reviews = person in ("reviewer", "superuser")
    enters = person in ("manager", "colleague")
    if not (enters if step in BY_MANAGERS else reviews):
        return "forbidden"
    if step == "withdraw" and status == Status.SUBMITTED and person != "manager":
        return "forbidden"
    return LEADS_TO[step].get(status, "impossible")


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("status", list(Status))
def test_every_step_is_open_to_the_right_people_in_the_right_status_only(city, status, step, person):
    report = city.report_in(status)
    report.refresh_from_db()
    by = _person(city, person)
    events = ReportEvent.objects.count()
    figures = list(report.figures.order_by("pk").values())

    try:
        after = STEPS[step](city, report, by)
        outcome = after.status
    except PermissionDenied:
        outcome = "forbidden"
    except workflow.TransitionError:
        outcome = "impossible"

    assert outcome == _outcome(step, status, person)
    if outcome in ("forbidden", "impossible"):
        before = report.status
        report.refresh_from_db()
        assert report.status == before
        assert ReportEvent.objects.count() == events
        assert list(report.figures.order_by("pk").values()) == figures
    elif step != "save":
        assert ReportEvent.objects.count() == events + 1
        event = after.events.last()
        assert (event.by, event.at, event.to_status) == (by, LATER, outcome)


@pytest.mark.parametrize("status", [Status.DRAFT, Status.SUBMITTED, Status.RETURNED])
def test_a_reopened_revision_can_be_given_up_at_any_point_before_its_approval(city, status):
    city.report_in(Status.APPROVED)
    report = workflow.reopen(park=city.park, quarter=Q, reason="更正", by=city.reviewer, at=NOW)
    if status != Status.DRAFT:
        report = workflow.submit(report=report, version=report.version, by=city.manager, at=NOW)
    if status == Status.RETURNED:
        report = workflow.return_report(
            report=report, version=report.version, reason="再核", by=city.reviewer, at=NOW
        )
    report = workflow.discard(
        report=report, version=report.version, reason="原数无误", by=city.reviewer, at=LATER
    )
    assert report.status == Status.DISCARDED
    assert report.events.last().reason == "原数无误"
    assert QuarterlyReport.objects.get(park=city.park, quarter=Q, status=Status.APPROVED).revision == 1


# --- opening -------------------------------------------------------------------------------------------------
def test_a_quarter_that_has_not_ended_cannot_be_reported(city):
    with pytest.raises(workflow.TransitionError):
        workflow.open_report(park=city.park, quarter=Q, by=city.manager, at=moment(date(2025, 9, 30), 23))
    assert (
        workflow.open_report(
            park=city.park, quarter=Q, by=city.manager, at=moment(date(2025, 10, 1), 0)
        ).status
        == Status.DRAFT
    )


def test_a_quarter_before_the_park_was_asked_may_be_entered(city):
    report = workflow.open_report(park=city.park, quarter=Quarter(2023, 4), by=city.manager, at=NOW)
    assert (report.revision, report.status) == (1, Status.DRAFT)
    assert report.events.get().verb == Verb.CREATED


@pytest.mark.parametrize("status", [Status.DRAFT, Status.SUBMITTED, Status.RETURNED, Status.APPROVED])
def test_a_park_and_quarter_have_one_report_and_at_most_one_revision_that_is_not_approved(city, status):
    city.report_in(status)
    with pytest.raises(workflow.TransitionError):
        workflow.open_report(park=city.park, quarter=Q, by=city.colleague, at=LATER)
    assert QuarterlyReport.objects.filter(park=city.park, quarter=Q).count() == 1


def test_a_quarter_cannot_be_reopened_twice_at_once(city):
    city.report_in(Status.APPROVED)
    again = workflow.reopen(park=city.park, quarter=Q, reason="更正", by=city.reviewer, at=LATER)
    with pytest.raises(workflow.TransitionError):
        workflow.reopen(park=city.park, quarter=Q, reason="更正", by=city.reviewer, at=LATER)
    with pytest.raises(IntegrityError), transaction.atomic():
        QuarterlyReport.objects.create(
            park=city.park, quarter=Q, revision=3, created_by=city.manager, created_at=LATER
        )
    assert again.revision == 2


def test_what_is_made_in_a_demonstration_is_marked_and_what_is_real_is_not(city, settings):
    settings.DEMO = True
    assert make_report(park=city.park, quarter=Q, by=city.manager).origin == "demo"
    settings.DEMO = False
    assert make_report(park=city.park, quarter=Q - 1, by=city.manager).origin == "reported"


# --- four eyes -----------------------------------------------------------------------------------------------
def _who_may_both(city, **more):
    """Somebody who reviews and also reports for the park."""
    person = make_user(role="reviewer", **more)
    person.groups.add(*city.manager.groups.all())
    person.managed_parks.create(park=city.park)
    return person


@pytest.mark.parametrize("superuser", [False, True])
def test_nobody_approves_what_they_submitted(city, superuser):
    both = _who_may_both(city, is_superuser=superuser)
    report = city.report_in(Status.DRAFT)
    report = workflow.submit(report=report, version=report.version, by=both, at=NOW)
    with pytest.raises(PermissionDenied):
        workflow.approve(report=report, version=report.version, by=both, at=LATER)
    with pytest.raises(PermissionDenied):
        workflow.return_report(report=report, version=report.version, reason="x", by=both, at=LATER)


@pytest.mark.parametrize("superuser", [False, True])
def test_nobody_approves_a_report_in_which_they_once_entered_a_figure(city, superuser):
    both = _who_may_both(city, is_superuser=superuser)
    report = city.report_in(Status.DRAFT)
    entries = {city.firms.pk: Entry(value=13)}
    report = workflow.save_figures(report=report, entries=entries, version=report.version, by=both, at=NOW)
    entries = {city.firms.pk: Entry(value=14)}
    report = workflow.save_figures(
        report=report, entries=entries, version=report.version, by=city.manager, at=NOW
    )
    report = workflow.submit(report=report, version=report.version, by=city.manager, at=NOW)
    with pytest.raises(PermissionDenied):
        workflow.approve(report=report, version=report.version, by=both, at=LATER)


def test_who_entered_a_figure_does_not_approve_it_in_a_later_revision_either(city):
    both = _who_may_both(city)
    report = make_report(park=city.park, quarter=Q, figures=city.figures, by=both)
    report = workflow.submit(report=report, version=report.version, by=city.manager, at=NOW)
    workflow.approve(report=report, version=report.version, by=city.reviewer, at=NOW)
    with pytest.raises(PermissionDenied):
        workflow.reopen(park=city.park, quarter=Q, reason="更正", by=both, at=LATER)
    again = workflow.reopen(park=city.park, quarter=Q, reason="更正", by=city.reviewer, at=LATER)
    again = workflow.submit(report=again, version=again.version, by=city.manager, at=LATER)
    with pytest.raises(PermissionDenied):
        workflow.approve(report=again, version=again.version, by=both, at=LATER)


def test_who_submitted_once_does_not_approve_after_another_submitted_either(city):
    both = _who_may_both(city)
    report = city.report_in(Status.DRAFT)
    report = workflow.submit(report=report, version=report.version, by=both, at=NOW)
    report = workflow.withdraw(report=report, by=both, at=NOW)
    report = workflow.submit(report=report, version=report.version, by=city.manager, at=NOW)
    with pytest.raises(PermissionDenied):
        workflow.approve(report=report, version=report.version, by=both, at=LATER)
    workflow.approve(report=report, version=report.version, by=city.reviewer, at=LATER)
    again = workflow.reopen(park=city.park, quarter=Q, reason="更正", by=city.reviewer, at=LATER)
    again = workflow.submit(report=again, version=again.version, by=city.manager, at=LATER)
    with pytest.raises(PermissionDenied):
        workflow.approve(report=again, version=again.version, by=both, at=LATER)


def test_the_reviewer_who_reopened_a_quarter_may_approve_what_the_manager_corrected(city):
    city.report_in(Status.APPROVED)
    again = workflow.reopen(park=city.park, quarter=Q, reason="更正", by=city.reviewer, at=LATER)
    again = workflow.submit(report=again, version=again.version, by=city.manager, at=LATER)
    again = workflow.approve(report=again, version=again.version, by=city.reviewer, at=LATER)
    assert (again.revision, again.status) == (2, Status.APPROVED)


def test_the_database_itself_refuses_an_approval_by_the_submitter(city):
    report = city.report_in(Status.SUBMITTED)
    with pytest.raises(IntegrityError), transaction.atomic():
        QuarterlyReport.objects.filter(pk=report.pk).update(
            status=Status.APPROVED, approved_by=city.manager, approved_at=LATER
        )


# --- figures -------------------------------------------------------------------------------------------------
def test_a_blank_figure_blocks_submission_and_zero_does_not(city):
    report = make_report(park=city.park, quarter=Q, by=city.manager)
    entries = {city.firms.pk: Entry(value=0), city.projects.pk: Entry(note="数字还没有来")}
    report = workflow.save_figures(
        report=report, entries=entries, version=report.version, by=city.manager, at=NOW
    )
    with pytest.raises(workflow.BlankFigures) as refused:
        workflow.submit(report=report, version=report.version, by=city.manager, at=NOW)
    assert refused.value.commitments == (city.projects.pk,)
    assert str(city.projects.indicator) in refused.value.message

    entries = {city.projects.pk: Entry(not_applicable=True, not_applicable_reason="尚未立项")}
    report = workflow.save_figures(
        report=report, entries=entries, version=report.version, by=city.manager, at=NOW
    )
    assert (
        workflow.submit(report=report, version=report.version, by=city.manager, at=NOW).status == "submitted"
    )


def test_only_commitments_known_on_the_day_must_be_answered(city):
    report = city.report_in(Status.DRAFT)
    make_commitment(park=city.park, value=5, known_from=date(2025, 10, 13))
    before = workflow.blank_commitments(report, date(2025, 10, 12))
    after = workflow.blank_commitments(report, date(2025, 10, 13))
    assert (len(before), len(after)) == (0, 1)


def test_a_figure_for_another_parks_commitment_is_refused_whole(city):
    elsewhere = make_commitment(value=5)
    report = city.report_in(Status.DRAFT)
    entries = {city.firms.pk: Entry(value=99), elsewhere.pk: Entry(value=1)}
    with pytest.raises(workflow.TransitionError):
        workflow.save_figures(report=report, entries=entries, version=report.version, by=city.manager, at=NOW)
    assert report.figures.get(commitment=city.firms).value == 12
    assert not elsewhere.figures.exists()


def test_a_page_that_somebody_else_has_overtaken_is_refused_and_names_what_differs(city):
    report = city.report_in(Status.DRAFT)
    workflow.save_figures(
        report=report,
        entries={city.firms.pk: Entry(value=20)},
        version=report.version,
        by=city.colleague,
        at=NOW,
    )
    untouched = Entry.of(report.figures.get(commitment=city.projects))
    mine = {city.firms.pk: Entry(value=13), city.projects.pk: untouched}
    with pytest.raises(workflow.StaleVersion) as refused:
        workflow.save_figures(report=report, entries=mine, version=report.version, by=city.manager, at=NOW)
    assert refused.value.commitments == (city.firms.pk,)
    assert str(city.firms.indicator) in refused.value.message
    assert report.figures.get(commitment=city.firms).value == 20


def test_a_reviewer_approves_only_the_figures_that_were_on_the_page(city):
    report = city.report_in(Status.SUBMITTED)
    seen = report.version
    report = workflow.withdraw(report=report, by=city.manager, at=NOW)
    entries = {city.firms.pk: Entry(value=39)}
    report = workflow.save_figures(
        report=report, entries=entries, version=report.version, by=city.manager, at=NOW
    )
    report = workflow.submit(report=report, version=report.version, by=city.manager, at=NOW)
    with pytest.raises(workflow.StaleVersion):
        workflow.approve(report=report, version=seen, by=city.reviewer, at=LATER)
    report.refresh_from_db()
    assert report.status == Status.SUBMITTED


def test_a_correction_leaves_the_approved_revision_as_it_was(city):
    first = city.report_in(Status.APPROVED)
    before = list(first.figures.order_by("pk").values())
    again = workflow.reopen(park=city.park, quarter=Q, reason="漏报", by=city.reviewer, at=LATER)
    assert {figure.commitment_id: figure.value for figure in again.figures.all()} == {
        city.firms.pk: 12,
        city.projects.pk: 0,
    }
    entries = {city.firms.pk: Entry(value=15)}
    again = workflow.save_figures(
        report=again, entries=entries, version=again.version, by=city.manager, at=LATER
    )
    first.refresh_from_db()
    assert first.status == Status.APPROVED
    assert list(first.figures.order_by("pk").values()) == before


def test_every_reason_is_required_where_it_is_asked(city):
    report = city.report_in(Status.SUBMITTED)
    for reason in ("", "   ", "\n\t", "甲\u202e21"):
        with pytest.raises(workflow.TransitionError):
            workflow.return_report(
                report=report, version=report.version, reason=reason, by=city.reviewer, at=LATER
            )
    city2 = City()
    city2.report_in(Status.APPROVED)
    with pytest.raises(workflow.TransitionError):
        workflow.reopen(park=city2.park, quarter=Q, reason=" ", by=city2.reviewer, at=LATER)


# --- baselines -----------------------------------------------------------------------------------------------
def _baseline(commitment, day=date(2026, 11, 1)):
    rows = CommitmentTerms.objects.known_on(day).filter(commitment=commitment)
    return latest_by(rows, "commitment_id")[commitment.pk].baseline


def test_the_approval_of_a_report_adds_the_baselines_that_it_brought(city):
    revenue = make_commitment(park=city.park, kind="annual", value=800)
    report = submitted_report(
        park=city.park,
        quarter=Q,
        figures=city.figures | {revenue: 300},
        baselines={city.firms: 8, revenue: 120},
        by=city.manager,
    )
    assert CommitmentTerms.objects.filter(commitment=city.firms).count() == 1
    workflow.approve(report=report, version=report.version, by=city.reviewer, at=NOW)

    old, new = CommitmentTerms.objects.filter(commitment=city.firms).order_by("pk")
    assert old.baseline is None
    assert (new.baseline, new.baseline_on, new.known_from) == (8, date(2023, 8, 15), date(2025, 10, 12))
    assert (new.value, new.comparator, new.start_on, new.due_on, new.source_id) == (
        old.value,
        old.comparator,
        old.start_on,
        old.due_on,
        old.source_id,
    )
    assert (new.entered_by, new.entered_at) == (city.reviewer, NOW)
    assert city.manager.get_username() in new.reason and "2025Q3" in new.reason
    # An annual baseline is the last full year before the start.
    assert CommitmentTerms.objects.filter(commitment=revenue).last().baseline_on == date(2022, 12, 31)
    assert CommitmentTerms.objects.filter(commitment=city.projects).count() == 1


def test_a_baseline_that_is_known_is_not_overwritten_by_a_later_report(city):
    approved_report(park=city.park, quarter=Q - 1, figures=city.figures, baselines={city.firms: 8})
    approved_report(park=city.park, quarter=Q, figures=city.figures, baselines={city.firms: 9})
    assert _baseline(city.firms) == 8


def test_a_correction_of_the_report_that_brought_a_baseline_corrects_it(city):
    approved_report(
        park=city.park, quarter=Q, figures=city.figures, baselines={city.firms: 8}, by=city.manager
    )
    again = workflow.reopen(park=city.park, quarter=Q, reason="基数有误", by=city.reviewer, at=LATER)
    entries = {city.firms.pk: Entry(value=12, baseline=7)}
    again = workflow.save_figures(
        report=again, entries=entries, version=again.version, by=city.manager, at=LATER
    )
    again = workflow.submit(report=again, version=again.version, by=city.manager, at=LATER)
    workflow.approve(report=again, version=again.version, by=city.reviewer, at=LATER)
    assert _baseline(city.firms) == 7


def test_a_correction_of_other_figures_does_not_bring_an_old_baseline_back(city):
    approved_report(
        park=city.park, quarter=Q, figures=city.figures, baselines={city.firms: 8}, by=city.manager
    )
    change_terms(commitment=city.firms, value=40, baseline=6, known_from=LATER.date())
    again = workflow.reopen(park=city.park, quarter=Q, reason="漏报", by=city.reviewer, at=LATER)
    again = workflow.submit(report=again, version=again.version, by=city.manager, at=LATER)
    workflow.approve(report=again, version=again.version, by=city.reviewer, at=LATER + timedelta(days=1))
    assert _baseline(city.firms) == 6


def test_a_running_total_has_no_baseline_to_report(city):
    report = city.report_in(Status.DRAFT)
    with pytest.raises(workflow.TransitionError):
        workflow.save_figures(
            report=report,
            entries={city.projects.pk: Entry(value=1, baseline=1)},
            version=report.version,
            by=city.manager,
            at=NOW,
        )


# --- two people at once --------------------------------------------------------------------------------------
def _at_once(*steps) -> list[str]:
    """Runs steps side by side, each on a connection of its own. Answers what became of each, sorted."""
    gate = threading.Barrier(len(steps))

    def run(step):
        gate.wait(10)
        try:
            step()
        except workflow.TransitionError:
            return "impossible"
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(len(steps)) as pool:
        return sorted(pool.map(run, steps))


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_begin_a_quarter_at_once_one_does():
    city = City()
    outcome = _at_once(
        *(
            lambda by=by: workflow.open_report(park=city.park, quarter=Q, by=by, at=NOW)
            for by in (city.manager, city.colleague, city.manager)
        )
    )
    assert outcome == ["done", "impossible", "impossible"]
    assert QuarterlyReport.objects.get().events.count() == 1


@pytest.mark.parametrize("step", ["approve", "return", "discard"])
def test_no_reviewer_decides_over_figures_they_have_not_seen(city, step):
    city.report_in(Status.APPROVED)
    seen = workflow.reopen(park=city.park, quarter=Q, reason="更正", by=city.reviewer, at=NOW)
    seen = workflow.submit(report=seen, version=seen.version, by=city.manager, at=NOW)
    now = workflow.withdraw(report=seen, by=city.manager, at=NOW)
    figures = {city.firms.pk: Entry(value=99)}
    now = workflow.save_figures(report=now, entries=figures, version=now.version, by=city.manager, at=NOW)
    now = workflow.submit(report=now, version=now.version, by=city.manager, at=NOW)
    with pytest.raises(workflow.StaleVersion):
        STEPS[step](city, seen, city.reviewer)
    now.refresh_from_db()
    assert now.status == Status.SUBMITTED
    STEPS[step](city, now, city.reviewer)
    now.refresh_from_db()
    assert now.status == {"approve": "approved", "return": "returned", "discard": "discarded"}[step]


@pytest.mark.django_db(transaction=True)
def test_a_report_is_decided_once_however_many_reviewers_press_at_once():
    city = City()
    report = city.report_in(Status.SUBMITTED)
    reviewers = [make_user(role="reviewer") for _ in range(2)]
    outcome = _at_once(
        lambda: workflow.approve(report=report, version=report.version, by=reviewers[0], at=NOW),
        lambda: workflow.return_report(
            report=report, version=report.version, reason="请核对", by=reviewers[1], at=NOW
        ),
    )
    assert outcome == ["done", "impossible"]
    report.refresh_from_db()
    assert report.status in (Status.APPROVED, Status.RETURNED)
    assert report.events.count() == 3


@pytest.mark.django_db(transaction=True)
def test_of_two_saves_from_the_same_page_one_is_kept_and_one_is_told():
    city = City()
    report = city.report_in(Status.DRAFT)
    outcome = _at_once(
        *(
            lambda by=by, value=value: workflow.save_figures(
                report=report,
                entries={city.firms.pk: Entry(value=value)},
                version=report.version,
                by=by,
                at=NOW,
            )
            for by, value in ((city.manager, 31), (city.colleague, 32))
        )
    )
    assert outcome == ["done", "impossible"]
    assert report.figures.get(commitment=city.firms).value in (31, 32)
