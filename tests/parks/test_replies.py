"""A park's own word: written, submitted, approved by somebody else, and shown as it was known on a day."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied

from changchun_innovation.shared.quarters import Quarter
from parks import replying
from parks.models import Reply, ReplyStatus
from parks.replies import replies
from parks.workflow import TransitionError
from tests.factories import approved_report, make_commitment, make_park, make_user, moment
from tests.reading_pages import text

pytestmark = pytest.mark.django_db

Q = Quarter.parse("2025-Q3")
AT = moment(date(2025, 10, 20))


class City:
    def __init__(self):
        self.park = make_park(code="jixing", reports_from="2025-Q1")
        self.firms = make_commitment(park=self.park, value=100)
        self.manager = make_user(role="park manager", parks=[self.park])
        self.colleague = make_user(role="park manager", parks=[self.park])
        self.stranger = make_user(role="park manager", parks=[make_park()])
        self.reviewer = make_user(role="reviewer")

    def write(self, words="设备到货推迟", **more) -> Reply:
        told = {"commitment": self.firms, "quarter": Q, "version": None, "by": self.manager, "at": AT}
        return replying.write(text=words, **{**told, **more})

    def in_status(self, status: str) -> Reply:
        reply = self.write()
        if status == "draft":
            return reply
        reply = replying.submit(reply=reply, version=reply.version, by=self.manager, at=AT)
        if status == "returned":
            return replying.return_reply(reply=reply, reason="请写明时间", by=self.reviewer, at=AT)
        if status == "approved":
            return replying.approve(reply=reply, version=reply.version, by=self.reviewer, at=AT)
        return reply

    def published(self, words: str, quarter=Q, at=AT) -> Reply:
        reply = self.write(words, quarter=quarter, at=at)
        reply = replying.submit(reply=reply, version=reply.version, by=self.manager, at=at)
        return replying.approve(reply=reply, version=reply.version, by=self.reviewer, at=at)


@pytest.fixture
def city():
    return City()


# --- every status × person -----------------------------------------------------------------------------------
MAY = {
    ("draft", "manager"): {"write", "submit"},
    ("draft", "colleague"): {"write", "submit"},
    ("submitted", "manager"): {"withdraw"},
    ("submitted", "reviewer"): {"approve", "return"},
    ("returned", "manager"): {"write", "submit"},
    ("returned", "colleague"): {"write", "submit"},
}


@pytest.mark.parametrize("who", ["manager", "colleague", "stranger", "reviewer"])
@pytest.mark.parametrize("status", ReplyStatus.values)
@pytest.mark.parametrize("step", ["write", "submit", "withdraw", "approve", "return"])
def test_each_step_is_open_to_whom_it_concerns_and_to_nobody_else(city, status, who, step):
    reply, by = city.in_status(status), getattr(city, who)
    told = {"reply": reply, "by": by, "at": AT}
    take = {
        "write": lambda: city.write("另有说明", version=reply.version, by=by),
        "submit": lambda: replying.submit(**told, version=reply.version),
        "withdraw": lambda: replying.withdraw(**told),
        "approve": lambda: replying.approve(**told, version=reply.version),
        "return": lambda: replying.return_reply(**told, reason="请写明时间"),
    }[step]
    if step in MAY.get((status, who), ()):
        take()
        return
    with pytest.raises((PermissionDenied, TransitionError)):
        take()
    unchanged = Reply.objects.get(pk=reply.pk)
    assert (unchanged.status, unchanged.text, unchanged.version) == (status, reply.text, reply.version)


@pytest.mark.parametrize("role", ["official", "analyst", "administrator"])
def test_nobody_else_writes_or_approves(city, role):
    other = make_user(role=role, parks=[city.park])
    with pytest.raises(PermissionDenied):
        city.write(by=other)
    reply = city.in_status("submitted")
    with pytest.raises(PermissionDenied):
        replying.approve(reply=reply, version=reply.version, by=other, at=AT)


def test_who_wrote_a_word_of_it_does_not_approve_it_even_as_a_reviewer(city):
    """Whoever wrote an earlier wording had a hand in it, though somebody else submitted the reply."""
    reply = city.write()
    reply = city.write("改写", version=reply.version, by=city.colleague)
    reply = replying.submit(reply=reply, version=reply.version, by=city.manager, at=AT)
    city.colleague.groups.set(city.reviewer.groups.all())
    turned = type(city.colleague).objects.get(pk=city.colleague.pk)
    for step in (
        lambda: replying.approve(reply=reply, version=reply.version, by=turned, at=AT),
        lambda: replying.return_reply(reply=reply, reason="请改", by=turned, at=AT),
    ):
        with pytest.raises(PermissionDenied):
            step()


def test_every_step_leaves_an_event_and_every_wording_is_kept(city):
    reply = city.in_status("returned")
    reply = city.write("设备到货推迟，预计 12 月投产", version=reply.version)
    reply = replying.submit(reply=reply, version=reply.version, by=city.manager, at=AT)
    replying.approve(reply=reply, version=reply.version, by=city.reviewer, at=AT)
    steps = ["written", "submitted", "returned", "written", "submitted", "approved"]
    assert list(reply.events.values_list("verb", flat=True)) == steps
    wordings = [event.text for event in reply.events.all() if event.text]
    assert wordings == ["设备到货推迟", "设备到货推迟，预计 12 月投产"]


def test_a_page_that_was_overtaken_saves_submits_and_approves_nothing(city):
    reply = city.write()
    city.write("改写", version=reply.version)
    for step in (
        lambda: city.write("旧页", version=reply.version),
        lambda: city.write("没有见过草稿的页"),
        lambda: replying.submit(reply=reply, version=reply.version, by=city.manager, at=AT),
    ):
        with pytest.raises(TransitionError):
            step()
    assert Reply.objects.get().text == "改写"


@pytest.mark.parametrize("words", ["", " \n ", "字" * 501, "a\x00b", "甲\u202e21"])
def test_a_reply_has_between_1_and_500_characters(city, words):
    with pytest.raises(TransitionError):
        city.write(words)
    assert city.write("字" * 500).text == "字" * 500


@pytest.mark.parametrize("quarter", ["2025-Q4", "2023-Q2"])
def test_there_is_nothing_to_say_of_a_quarter_that_has_not_ended_or_of_no_promise(city, quarter):
    with pytest.raises(TransitionError):
        city.write(quarter=Quarter.parse(quarter))


# --- known on a day ------------------------------------------------------------------------------------------
def test_readers_see_a_reply_from_the_day_it_was_approved(city):
    reply = city.in_status("submitted")
    assert replies(date(2025, 12, 1)) == {}
    at = moment(date(2025, 11, 3), 23)
    replying.approve(reply=reply, version=reply.version, by=city.reviewer, at=at)
    assert replies(date(2025, 11, 2)) == {}
    (facts,) = replies(date(2025, 11, 3)).values()
    assert (facts.code, facts.quarter, facts.text) == (
        f"jixing/{city.firms.indicator.code}",
        Q,
        "设备到货推迟",
    )
    assert facts.approved_on == date(2025, 11, 3)


def test_a_later_reply_stands_in_place_of_the_earlier_which_stays_readable(city):
    city.published("第一次说明")
    later = AT + timedelta(days=10)
    city.published("第二次说明", at=later)
    (before,) = replies(AT.date()).values()
    (after,) = replies(later.date()).values()
    assert (before.text, before.earlier) == ("第一次说明", ())
    assert (after.text, [each.text for each in after.earlier]) == ("第二次说明", ["第一次说明"])


def test_a_question_about_a_quarter_is_answered_with_its_reply_or_the_latest_before_it(city):
    city.published("三季度", at=AT)
    city.published("二季度", quarter=Q - 1, at=AT + timedelta(days=1))
    on = date(2025, 12, 1)

    def said(quarter):
        return [reply.text for reply in replies(on, quarter).values()]

    assert (said(Q + 1), said(Q), said(Q - 1), said(Q - 2)) == (["三季度"], ["三季度"], ["二季度"], [])
    assert replies(on, Q, ["elsewhere"]) == {}


# --- on the park's page --------------------------------------------------------------------------------------
def page(client, **query) -> str:
    return text(client.get("/parks/jixing/", {"lang": "zh", **query}))


def test_the_reply_stands_beside_a_state_that_accuses_with_its_quarter_named(city, client):
    for quarter in ("2025-Q3", "2025-Q4"):
        approved_report(park=city.park, quarter=quarter, figures={city.firms: 5})
    assert "园区尚未对此作出答复" in page(client, quarter="2025-Q3")
    city.published("设备到货推迟，明年补上")
    shown = page(client, quarter="2025-Q4")
    assert "设备到货推迟，明年补上" in shown and "园区对 2025 年第三季度的答复" in shown
    assert "设备到货推迟" not in page(client, quarter="2025-Q3", as_of="2025-10-19")


def test_no_reply_is_asked_for_where_nothing_accuses(city, client):
    approved_report(park=city.park, quarter="2025-Q3", figures={city.firms: 100})
    assert "园区尚未对此作出答复" not in page(client, quarter="2025-Q3")


def test_what_is_not_approved_stands_on_no_page(city, client):
    approved_report(park=city.park, quarter="2025-Q3", figures={city.firms: 5})
    for status in ("draft", "submitted", "returned"):
        city.in_status(status)
        assert "设备到货推迟" not in page(client, quarter="2025-Q3")
        Reply.objects.all().delete()
