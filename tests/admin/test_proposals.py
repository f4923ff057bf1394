"""Proposals and replies in the admin: the forms, the desks, and the addresses that are nobody else's business."""

from datetime import date

import pytest
from django.urls import reverse

from changchun_innovation.shared.quarters import Quarter
from parks import proposing, replying
from parks.models import Milestone, MilestoneProposal, Reply
from tests.factories import approved_report, make_commitment, make_park, make_user, moment
from tests.reading_pages import links, text

pytestmark = pytest.mark.django_db

Q = Quarter.parse("2026-Q2")
ON = "2026-06-30"


class City:
    def __init__(self, client):
        self.client = client
        self.park = make_park(code="jixing", reports_from="2026-Q1")
        self.firms = make_commitment(park=self.park, value=100, due_on=date(2027, 8, 15))
        self.manager = make_user(role="park manager", parks=[self.park], username="manager")
        self.stranger = make_user(role="park manager", parks=[make_park()], username="stranger")
        self.reviewer = make_user(role="reviewer", username="reviewer")
        codes = ["jixing", self.firms.indicator.code]
        self.proposing = reverse("admin:parks_milestoneproposal_propose", args=codes)
        self.writing = reverse("admin:parks_reply_write", args=[*codes, Q])

    def as_(self, user):
        self.client.force_login(user)
        return self.client

    def propose(self, **fields):
        typed = {"on-0": "2027-03-31", "value-0": "60", "reason": "按月计划"}
        return self.as_(self.manager).post(self.proposing, {**typed, **fields})

    def desk(self, user) -> str:
        return text(self.as_(user).get(reverse("admin:index")))


@pytest.fixture
def city(client):
    return City(client)


def of(row, name="change") -> str:
    return reverse(f"admin:parks_{row._meta.model_name}_{name}", args=[row.pk])


# --- proposing -----------------------------------------------------------------------------------------------
def test_a_manager_proposes_and_a_reviewer_approves_from_their_desks(city):
    assert city.proposing in links(city.as_(city.manager).get(reverse("admin:index")))
    assert city.propose().headers["Location"] == reverse("admin:index")
    proposal = MilestoneProposal.objects.get()
    assert of(proposal) in links(city.as_(city.reviewer).get(reverse("admin:index")))
    assert "按月计划" in text(city.client.get(of(proposal)))
    city.client.post(of(proposal), {"step": "approve"})
    row = Milestone.objects.get()
    assert (row.on, row.value, row.entered_by) == (date(2027, 3, 31), 60, city.reviewer)
    assert "待批的节点目标 0" in city.desk(city.reviewer)


def test_wrong_days_and_numbers_are_told_beside_their_fields_and_what_was_typed_stays(city):
    typed = {"on-0": "2030-01-01", "value-0": "-1", "value-1": "3.5万", "on-1": "soon"}
    answer = city.propose(**typed)
    page = answer.content.decode()
    assert answer.status_code == 200
    for field in ("on-0", "value-0", "on-1", "value-1"):
        assert f'id="error-{field}"' in page
    for typed in ('value="2030-01-01"', 'value="soon"', 'value="3.5万"', 'value="-1"', "按月计划"):
        assert typed in page
    assert not MilestoneProposal.objects.exists()


def test_a_doubtful_value_is_asked_about_once_and_then_taken(city):
    answer = city.propose(**{"value-0": "120"})
    assert "已超过承诺的 100" in text(answer)
    assert not MilestoneProposal.objects.exists()
    city.propose(**{"value-0": "120", "confirmed": "1"})
    proposal = MilestoneProposal.objects.get()
    assert "已超过承诺的 100" in text(city.as_(city.reviewer).get(of(proposal)))


def test_a_form_without_a_change_or_a_reason_proposes_nothing(city):
    assert "没有任何改动" in text(city.propose(**{"on-0": "", "value-0": ""}))
    assert "请写明理由" in text(city.propose(reason=" "))
    assert "这一天已在上面填过" in text(city.propose(**{"on-1": "2027-03-31", "value-1": "61"}))
    assert not MilestoneProposal.objects.exists()


def test_a_milestone_in_force_is_changed_or_withdrawn_on_the_same_form(city):
    city.propose()
    at = moment(date(2026, 11, 1))
    proposing.approve(proposal=MilestoneProposal.objects.get(), by=city.reviewer, at=at)
    form = city.as_(city.manager).get(city.proposing).content.decode()
    assert 'name="value-2027-03-31" value="60"' in form and 'name="drop-2027-03-31"' in form
    typed = {"on-0": "", "value-0": "", "value-2027-03-31": "60", "drop-2027-03-31": "1"}
    city.propose(**typed)
    proposal = MilestoneProposal.objects.filter(status="proposed").get()
    assert [row.value for row in proposal.milestones.all()] == [None]


def test_declining_needs_a_reason_which_the_park_then_reads(city):
    city.propose()
    proposal = MilestoneProposal.objects.get()
    answer = city.as_(city.reviewer).post(of(proposal), {"step": "decline", "reason": " "})
    assert "请写明理由" in text(answer)
    city.client.post(of(proposal), {"step": "decline", "reason": "节点过低"})
    assert "节点过低" in text(city.as_(city.manager).get(city.proposing))


# --- replying ------------------------------------------------------------------------------------------------
def test_a_manager_writes_and_submits_and_a_reviewer_approves(city):
    approved_report(park=city.park, quarter=Q, figures={city.firms: 3})
    client = city.as_(city.manager)
    client.post(city.writing, {"text": "设备晚到", "version": "", "step": "save"})
    reply = Reply.objects.get()
    assert (reply.status, reply.quarter) == ("draft", Q)
    assert "设备晚到" in city.desk(city.manager)
    client.post(city.writing, {"text": "设备晚到，年底补上", "version": reply.version, "step": "submit"})
    reply.refresh_from_db()
    assert reply.status == "submitted"
    assert client.get(city.writing).headers["Location"] == of(reply)
    assert "待审的答复 1" in city.desk(city.reviewer)
    city.client.post(of(reply), {"step": "approve", "version": reply.version})
    assert "设备晚到，年底补上" in text(city.client.get("/parks/jixing/", {"quarter": str(Q)}))


def test_a_reply_that_is_too_long_keeps_what_was_typed(city):
    words = "长" * 501
    answer = city.as_(city.manager).post(city.writing, {"text": words, "version": "", "step": "submit"})
    assert answer.status_code == 200 and words in answer.content.decode()
    assert not Reply.objects.exists()


def test_of_two_who_write_at_once_the_second_sees_what_was_saved_and_keeps_their_words(city):
    client = city.as_(city.manager)
    client.post(city.writing, {"text": "先写的", "version": "", "step": "save"})
    page = text(client.post(city.writing, {"text": "后写的", "version": "", "step": "save"}))
    assert "先写的" in page and "后写的" in page
    assert Reply.objects.get().text == "先写的"


@pytest.mark.parametrize("quarter", ["2026-Q4", "2020-Q1", "soon", "2026-Q9"])
def test_a_quarter_without_anything_to_say_has_no_page(city, quarter):
    where = city.writing.replace(str(Q), quarter)
    assert city.as_(city.manager).get(where).status_code == 404


# --- whose business it is ------------------------------------------------------------------------------------
def test_another_parks_manager_finds_nothing_at_any_address(city):
    city.propose()
    at = moment(date(2026, 10, 1))
    reply = replying.write(
        commitment=city.firms, quarter=Q, text="设备晚到", version=None, by=city.manager, at=at
    )
    proposal, client = MilestoneProposal.objects.get(), city.as_(city.stranger)
    addresses = [city.proposing, city.writing]
    addresses += [of(row, name) for row in (reply, proposal) for name in ("change", "history")]
    for where in addresses:
        assert client.get(where).status_code == 404, where
        for step in ("approve", "decline", "withdraw", "return", "submit", "save"):
            assert client.post(where, {"step": step, "text": "x", "reason": "x"}).status_code == 404, where
    for model in ("reply", "milestoneproposal"):
        shown = client.get(reverse(f"admin:parks_{model}_changelist"))
        assert shown.status_code == 200 and city.park.name_zh not in text(shown)
    assert MilestoneProposal.objects.get().is_open and Reply.objects.get().version == reply.version


def test_a_reviewer_reads_every_proposal_and_reply_but_has_no_form_for_them(city):
    client = city.as_(city.reviewer)
    assert client.get(city.proposing).status_code == 404
    assert client.get(city.writing).status_code == 404
    city.propose()
    assert city.as_(city.reviewer).get(of(MilestoneProposal.objects.get())).status_code == 200


def test_an_administrator_reads_and_decides_nothing(city):
    city.propose()
    proposal, client = MilestoneProposal.objects.get(), city.as_(make_user(role="administrator"))
    assert client.get(of(proposal)).status_code == 200
    assert client.post(of(proposal), {"step": "approve"}).status_code == 403
    assert not Milestone.objects.exists()


def test_an_unknown_step_is_no_page(city):
    city.propose()
    assert (
        city.as_(city.reviewer).post(of(MilestoneProposal.objects.get()), {"step": "delete"}).status_code
        == 404
    )


def test_nobody_enters_a_milestone_alone(city):
    for user in (city.reviewer, make_user(is_superuser=True, is_staff=True)):
        assert city.as_(user).get(reverse("admin:parks_milestone_add")).status_code == 403
