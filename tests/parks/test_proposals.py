"""Interim values: who proposes and approves them, what is impossible, what is only doubted, and from when they hold."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from changchun_innovation.shared.append_only import Origin
from changchun_innovation.shared.progress import Basis
from changchun_innovation.shared.quarters import Quarter
from parks import proposing
from parks.ledger import Ledger
from parks.milestones import Interim, doubts, milestone_histories, terms_of_commitment
from parks.models import Milestone, MilestoneProposal, ProposalStatus
from parks.workflow import TransitionError
from tests.factories import approved_report, change_terms, make_commitment, make_park, make_user, moment

pytestmark = pytest.mark.django_db

PROPOSED = moment(date(2024, 3, 1))
DECIDED = moment(date(2024, 3, 11))
ON = date(2024, 12, 31)


class City:
    def __init__(self):
        self.park = make_park(reports_from="2024-Q1")
        self.firms = make_commitment(park=self.park, value=100, baseline=0)
        self.manager = make_user(role="park manager", parks=[self.park])
        self.colleague = make_user(role="park manager", parks=[self.park])
        self.reviewer = make_user(role="reviewer")
        self.stranger = make_user(role="park manager", parks=[make_park()])

    def propose(self, values=None, **more) -> MilestoneProposal:
        values = {ON: "30"} if values is None else values
        interims = [Interim(on, None if v is None else Decimal(v)) for on, v in values.items()]
        told = {"commitment": self.firms, "reason": "二期厂房年底交付", "by": self.manager, "at": PROPOSED}
        return proposing.propose(interims=interims, **{**told, **more})

    def expected(self, quarter: str, known_on: date):
        ledger = Ledger.of(known_on, [self.park.code])
        judgement = ledger.judgement(ledger.pledges[0], Quarter.parse(quarter))
        return judgement.expected, judgement.basis


@pytest.fixture
def city():
    return City()


def steps(city, proposal, by):
    """Every step as somebody would take it."""
    told = {"proposal": proposal, "by": by, "at": DECIDED}
    return {
        "withdraw": lambda: proposing.withdraw(**told),
        "approve": lambda: proposing.approve(**told),
        "decline": lambda: proposing.decline(**told, reason="过低"),
    }


ENDS = {"withdraw": "withdrawn", "approve": "approved", "decline": "declined"}


# --- who may do what -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("who", "allowed"),
    [
        ("manager", {"withdraw"}),
        ("colleague", set()),
        ("stranger", set()),
        ("reviewer", {"approve", "decline"}),
    ],
)
def test_an_open_proposal_is_withdrawn_by_its_proposer_and_decided_by_a_reviewer(city, who, allowed):
    for step, status in ENDS.items():
        proposal = city.propose()
        take = steps(city, proposal, getattr(city, who))[step]
        if step in allowed:
            assert take().status == status
        else:
            with pytest.raises(PermissionDenied):
                take()
            proposing.withdraw(proposal=proposal, by=city.manager, at=DECIDED)


@pytest.mark.parametrize("role", ["official", "analyst", "administrator"])
def test_nobody_else_proposes_or_decides(city, role):
    other = make_user(role=role, parks=[city.park])
    with pytest.raises(PermissionDenied):
        city.propose(by=other)
    for take in steps(city, city.propose(), other).values():
        with pytest.raises(PermissionDenied):
            take()


@pytest.mark.parametrize("end", list(ENDS))
def test_a_proposal_that_is_settled_takes_no_further_step(city, end):
    proposal = city.propose()
    by = city.manager if end == "withdraw" else city.reviewer
    steps(city, proposal, by)[end]()
    for step, person in (("withdraw", city.manager), ("approve", city.reviewer), ("decline", city.reviewer)):
        with pytest.raises(TransitionError):
            steps(city, proposal, person)[step]()
    assert Milestone.objects.count() == (1 if end == "approve" else 0)


def test_nobody_approves_what_they_proposed_even_if_they_become_a_reviewer(city):
    both = make_user(role="park manager", parks=[city.park])
    proposal = city.propose(by=both)
    both.groups.set(city.reviewer.groups.all())
    both = type(both).objects.get(pk=both.pk)
    for step in ("approve", "decline"):
        with pytest.raises(PermissionDenied):
            steps(city, proposal, both)[step]()


def test_a_commitment_has_one_open_proposal_and_may_have_another_afterwards(city):
    first = city.propose()
    with pytest.raises(TransitionError):
        city.propose()
    proposing.decline(proposal=first, reason="过低", by=city.reviewer, at=DECIDED)
    assert city.propose().status == ProposalStatus.PROPOSED


@pytest.mark.parametrize("reason", ["", "  \n", "字" * 501, "a\x00b", "甲\u202e21"])
def test_proposing_and_declining_need_a_reason_of_bounded_length(city, reason):
    with pytest.raises(TransitionError):
        city.propose(reason=reason)
    with pytest.raises(TransitionError):
        proposing.decline(proposal=city.propose(), reason=reason, by=city.reviewer, at=DECIDED)
    assert MilestoneProposal.objects.get().is_open


# --- what cannot be, and what is only doubted ----------------------------------------------------------------
@pytest.mark.parametrize(
    "values",
    [
        {},
        {date(2023, 8, 15): "10"},
        {date(2026, 8, 15): "10"},
        {date(2027, 1, 1): "10"},
        {ON: "-1"},
        {ON: "1000000000001"},
        {ON: None},
    ],
    ids=["nothing", "start", "due", "after", "negative", "beyond a trillion", "nothing to withdraw"],
)
def test_impossible_values_are_refused(city, values):
    with pytest.raises(TransitionError):
        city.propose(values)
    assert not MilestoneProposal.objects.exists()


def test_rates_and_promises_without_a_due_day_have_no_milestones(city):
    for more in ({"kind": "rate", "decimals": 2}, {"due_on": None}):
        with pytest.raises(TransitionError):
            city.propose(commitment=make_commitment(park=city.park, **more))


def test_values_that_go_back_or_beyond_the_target_are_asked_about_and_may_be_approved(city):
    later = date(2025, 6, 30)
    pledges = terms_of_commitment(city.firms, DECIDED.date())

    def asked(values):
        return doubts([Interim(on, Decimal(v)) for on, v in values.items()], pledges, DECIDED.date())

    assert asked({ON: "30", later: "60"}) == []
    assert "低于此前的 30" in asked({ON: "30", later: "20"})[0]
    assert "超过承诺的 100" in asked({ON: "120"})[0]
    assert "已过" in asked({date(2024, 1, 31): "3"})[0]
    proposing.approve(proposal=city.propose({ON: "30", later: "20"}), by=city.reviewer, at=DECIDED)
    assert Milestone.objects.count() == 2


def test_of_a_falling_target_the_directions_are_turned_round(city):
    falling = make_commitment(park=city.park, value=20, comparator="le", baseline=80)
    pledges = terms_of_commitment(falling, DECIDED.date())
    assert doubts([Interim(ON, Decimal(50))], pledges, DECIDED.date()) == []
    assert "高于此前的 80" in doubts([Interim(ON, Decimal(90))], pledges, DECIDED.date())[0]
    assert "超过承诺的 20" in doubts([Interim(ON, Decimal(10))], pledges, DECIDED.date())[0]


def test_a_proposal_that_a_changed_promise_made_impossible_is_not_approved(city):
    proposal = city.propose({date(2026, 6, 30): "90"})
    change_terms(commitment=city.firms, value=100, known_from=date(2024, 3, 5), due_on=date(2026, 3, 31))
    with pytest.raises(TransitionError):
        proposing.approve(proposal=proposal, by=city.reviewer, at=DECIDED)
    assert not Milestone.objects.exists()


# --- from when they hold -------------------------------------------------------------------------------------
def test_milestones_replace_the_line_from_the_day_they_are_approved_and_not_before(city):
    approved_report(park=city.park, quarter="2024-Q4", figures={city.firms: 28})
    line = city.expected("2024-Q4", date(2025, 2, 1))
    assert line == (45, Basis.LINE)
    at = moment(date(2025, 2, 10))
    proposing.approve(proposal=city.propose(), by=city.reviewer, at=at)
    assert city.expected("2024-Q4", date(2025, 2, 9)) == line, "what was known before stays as it was"
    assert city.expected("2024-Q4", date(2025, 2, 10)) == (30, Basis.MILESTONES)


def test_an_approved_milestone_says_why_from_when_and_by_whom(city):
    proposal = city.propose()
    proposing.approve(proposal=proposal, by=city.reviewer, at=DECIDED)
    row = Milestone.objects.get()
    assert (row.on, row.value, row.known_from, row.reason) == (ON, 30, date(2024, 3, 11), proposal.reason)
    assert (row.entered_by, row.entered_at, row.proposal) == (city.reviewer, DECIDED, proposal)
    assert row.origin == proposal.origin == Origin.DEMO


def test_a_milestone_is_changed_and_withdrawn_by_further_proposals_and_its_history_stays(city):
    proposing.approve(proposal=city.propose(), by=city.reviewer, at=DECIDED)
    at = DECIDED + timedelta(days=30)
    proposing.approve(proposal=city.propose({ON: "36"}), by=city.reviewer, at=at)
    assert city.expected("2024-Q4", date(2025, 1, 5)) == (36, Basis.MILESTONES)
    at += timedelta(days=30)
    proposing.approve(proposal=city.propose({ON: None}, at=at), by=city.reviewer, at=at)
    assert city.expected("2024-Q4", date(2025, 1, 5)) == (45, Basis.LINE)
    assert city.expected("2024-Q4", date(2024, 5, 1))[1] == Basis.MILESTONES

    def history(known_on):
        facts = milestone_histories(known_on, [city.park.code])[city.firms.pk]
        return [(each.value, each.in_force, each.proposed) for each in facts]

    assert history(date(2024, 3, 11)) == [(30, True, True)]
    assert history(date(2025, 1, 5)) == [(None, False, True), (36, False, True), (30, False, True)]


def test_a_day_of_another_term_belongs_to_that_term(city):
    change_terms(
        commitment=city.firms,
        value=200,
        known_from=date(2024, 2, 1),
        start_on=date(2026, 8, 16),
        due_on=date(2029, 8, 15),
    )
    proposing.approve(proposal=city.propose({date(2028, 6, 30): "150"}), by=city.reviewer, at=DECIDED)
    assert city.expected("2024-Q4", date(2025, 1, 5)) == (45, Basis.LINE)
