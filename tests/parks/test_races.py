"""Several people at one report in the same moment: nobody's figures are approved unread, and nothing happens twice."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from time import sleep

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from changchun_innovation.shared.quarters import Quarter
from parks import review, workflow
from parks.entry import Entry
from parks.models import Figure, QuarterlyReport, ReportEvent, Status, Verb
from tests.factories import make_commitment, make_park, make_report, make_user, moment

pytestmark = pytest.mark.django_db(transaction=True)

FIRST = Quarter(2001, 1)
NOW = moment(date(2026, 10, 12))
READ, EDITED = 12, 13


class City:
    """A park with one promise, its manager, and two reviewers."""

    def __init__(self):
        self.park = make_park()
        self.firms = make_commitment(park=self.park, kind="stock", value=40)
        self.manager = make_user(role="park manager", parks=[self.park])
        self.reviewers = [make_user(role="reviewer") for _ in range(2)]

    def waiting(self, number: int) -> list[QuarterlyReport]:
        """So many submitted reports, one a quarter, laid down at once: a hundred of them by steps would take long."""
        reports = QuarterlyReport.objects.bulk_create(
            QuarterlyReport(
                park=self.park,
                quarter=FIRST + step,
                status=Status.SUBMITTED,
                version=2,
                created_by=self.manager,
                created_at=NOW,
                submitted_by=self.manager,
                submitted_at=NOW + timedelta(minutes=step),
            )
            for step in range(number)
        )
        Figure.objects.bulk_create(
            Figure(report=each, commitment=self.firms, value=READ, explanation="已核实") for each in reports
        )
        QuarterlyReport.authors.through.objects.bulk_create(
            QuarterlyReport.authors.through(quarterlyreport=each, user=self.manager) for each in reports
        )
        ReportEvent.objects.bulk_create(
            ReportEvent(
                report=each,
                verb=Verb.SUBMITTED,
                from_status=Status.DRAFT,
                to_status=Status.SUBMITTED,
                by=self.manager,
                at=NOW,
            )
            for each in reports
        )
        return reports


@pytest.fixture
def city():
    return City()


def _side_by_side(rounds, *people) -> list[tuple]:
    """Lets people act at once, round after round, each on a connection of their own.

    `people` take one of `rounds` and answer; who is refused answers the kind of refusal. Answers one tuple per round.
    """
    gate = threading.Barrier(len(people))

    def act(person) -> list:
        answers = []
        try:
            for turn, each in enumerate(rounds):
                gate.wait(30)
                # By turns one person is ahead, a little or a whole step, so that every order happens.
                sleep((0, 0.002, 0.04)[(turn + people.index(person)) % 3])
                try:
                    answers.append(person(each))
                except (workflow.TransitionError, PermissionDenied) as refused:
                    answers.append(type(refused).__name__)
        finally:
            connection.close()
        return answers

    with ThreadPoolExecutor(len(people)) as pool:
        return list(zip(*pool.map(act, people), strict=True))


def _approves(reviewer, at=NOW):
    """The reviewer read the report as it is handed in, and approves that."""

    def approve(report):
        workflow.approve(report=report, version=report.version, by=reviewer, at=at)
        return "approved"

    return approve


def test_in_a_hundred_rounds_of_editing_against_approving_no_figure_is_approved_unread(city):
    def edits(report):
        entries = {city.firms.pk: Entry(value=EDITED, explanation="更正")}
        steps = {"by": city.manager, "at": NOW}
        with pytest.raises(workflow.TransitionError):
            workflow.save_figures(report=report, entries=entries, version=report.version, **steps)
        mine = workflow.withdraw(report=report, **steps)
        mine = workflow.save_figures(report=mine, entries=entries, version=mine.version, **steps)
        workflow.submit(report=mine, version=mine.version, **steps)
        return "edited"

    reports = city.waiting(100)
    outcomes = Counter(_side_by_side(reports, _approves(city.reviewers[0]), edits))
    assert set(outcomes) <= {("approved", "TransitionError"), ("StaleVersion", "edited")}
    assert len(outcomes) == 2, "either of the two was first at least once"

    values = dict(Figure.objects.values_list("report", "value"))
    for report in QuarterlyReport.objects.all():
        expected = {Status.APPROVED: READ, Status.SUBMITTED: EDITED}
        assert values[report.pk] == expected[report.status]
    counted = Counter(QuarterlyReport.objects.values_list("status", flat=True))
    assert counted["approved"] == outcomes["approved", "TransitionError"]
    assert ReportEvent.objects.filter(verb=Verb.APPROVED).count() == counted["approved"]


def test_two_reviewers_who_decide_at_once_decide_once(city):
    first, second = city.reviewers

    def returns(report):
        workflow.return_report(report=report, version=report.version, reason="请核对", by=second, at=NOW)
        return "returned"

    reports = city.waiting(25)
    outcomes = Counter(_side_by_side(reports, _approves(first), returns))
    assert set(outcomes) <= {("approved", "StaleVersion"), ("StaleVersion", "returned")}
    decided = ReportEvent.objects.filter(verb__in=[Verb.APPROVED, Verb.RETURNED])
    assert sorted(decided.values_list("report", flat=True)) == sorted(report.pk for report in reports)


def test_reports_that_two_reviewers_tick_at_once_are_each_approved_once_and_named_to_the_other(city):
    reports = city.waiting(12)
    chosen = [(report.pk, report.version) for report in reports]

    def approve_all(by):
        return lambda _round: review.approve_selected(chosen=chosen, by=by, at=NOW)

    ((one, other),) = _side_by_side([None], *(approve_all(by) for by in city.reviewers))
    for of_one, of_other in zip(one, other, strict=True):
        assert of_one.report.pk == of_other.report.pk
        assert bool(of_one.refused) != bool(of_other.refused), "one approved it, the other is told why not"
    assert QuarterlyReport.objects.approved().count() == 12
    assert ReportEvent.objects.filter(verb=Verb.APPROVED).count() == 12


def test_a_report_that_is_edited_while_it_is_ticked_is_left_out_and_the_others_stand(city):
    reports = city.waiting(10)
    chosen = [(report.pk, report.version) for report in reports]

    def edits(_round):
        for report in reports[5:]:
            try:
                mine = workflow.withdraw(report=report, by=city.manager, at=NOW)
            except workflow.TransitionError:
                continue
            entries = {city.firms.pk: Entry(value=EDITED)}
            mine = workflow.save_figures(
                report=mine, entries=entries, version=mine.version, by=city.manager, at=NOW
            )
            workflow.submit(report=mine, version=mine.version, by=city.manager, at=NOW)

    def approves(_round):
        return review.approve_selected(chosen=chosen, by=city.reviewers[0], at=NOW)

    ((decisions, _nothing),) = _side_by_side([None], approves, edits)
    values = dict(Figure.objects.values_list("report", "value"))
    for decision in decisions:
        decision.report.refresh_from_db()
        approved = decision.report.status == Status.APPROVED
        assert approved == (not decision.refused)
        assert values[decision.report.pk] == (READ if approved else EDITED)
    assert {decision.report.pk for decision in decisions[:5] if not decision.refused} == {
        report.pk for report in reports[:5]
    }


def test_ten_submits_of_one_report_in_the_same_moment_are_one_step(city):
    report = make_report(park=city.park, quarter=FIRST, figures={city.firms: READ}, by=city.manager)

    def submits(each):
        workflow.submit(report=each, version=each.version, by=city.manager, at=NOW)
        return "submitted"

    # Ten people of their own: the same function ten times would stand in one place of the queue.
    people = [lambda each, n=n: submits(each) for n in range(10)]
    (outcome,) = _side_by_side([report], *people)
    assert Counter(outcome) == {"submitted": 1, "StaleVersion": 9}
    assert report.events.filter(verb=Verb.SUBMITTED).count() == 1
