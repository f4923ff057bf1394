"""The reviewer's desk: what waits, what is seen before it is decided, and how decisions and remarks travel."""

import json
import re
from datetime import date, timedelta
from decimal import Decimal
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from changchun_innovation.shared.quarters import Quarter
from parks import workflow
from parks.as_read import AsRead
from parks.entry import Entry
from parks.models import Evidence, QuarterlyReport, Remark, ReportEvent, Status, Verb
from parks.remarks import remarks_of
from tests.factories import (
    approved_report,
    make_commitment,
    make_park,
    make_report,
    make_user,
    moment,
    submitted_report,
)

pytestmark = pytest.mark.django_db

Q = Quarter.parse("2026-Q3")
LATER = moment(date(2026, 11, 20))
DESK = "/admin/"


class Park:
    """A park with a level and a running total, and who reports for it."""

    def __init__(self, **more):
        self.park = make_park(reports_from="2026-Q1", **more)
        self.firms = make_commitment(park=self.park, kind="stock", value=40)
        self.projects = make_commitment(park=self.park, kind="cumulative", value=100)
        self.manager = make_user(role="park manager", parks=[self.park])

    def approved(self, firms=12, projects=3, quarter=Q - 1):
        return approved_report(park=self.park, quarter=quarter, figures=self.figures(firms, projects))

    def waiting(self, firms=13, projects=4, *, day=5, note="") -> QuarterlyReport:
        at = moment(date(2026, 10, day))
        report = make_report(
            park=self.park,
            quarter=Q,
            figures=self.figures(firms, projects),
            explanation="",
            by=self.manager,
            at=at,
        )
        if note:
            entries = {self.firms.pk: Entry(value=Decimal(firms), note=note)}
            report = self.save(report, entries)
        return workflow.submit(report=report, version=report.version, by=self.manager, at=at)

    def odd(self, explanation="并入了相邻园区") -> QuarterlyReport:
        """A report whose running total fell, with the park's word about it."""
        report = make_report(
            park=self.park, quarter=Q, figures=self.figures(13, 2), explanation=explanation, by=self.manager
        )
        at = moment(date(2026, 10, 6))
        return workflow.submit(report=report, version=report.version, by=self.manager, at=at)

    def figures(self, firms, projects):
        return {self.firms: firms, self.projects: projects}

    def save(self, report, entries, at=LATER):
        return workflow.save_figures(
            report=report, entries=entries, version=report.version, by=self.manager, at=at
        )

    def edit(self, report, firms, at=LATER) -> QuarterlyReport:
        """Withdrawn, changed and handed in again."""
        report = workflow.withdraw(report=report, by=self.manager, at=at)
        report = self.save(report, {self.firms.pk: Entry(value=Decimal(firms), explanation="更正")}, at)
        return workflow.submit(report=report, version=report.version, by=self.manager, at=at)


@pytest.fixture
def reviewer(client):
    person = make_user(role="reviewer", username="reviewer")
    client.force_login(person)
    return person


def page_of(report) -> str:
    return reverse("admin:parks_quarterlyreport_change", args=[report.pk])


def read(client, address) -> str:
    return client.get(address).content.decode()


def hidden(page: str, name: str) -> str:
    return unescape(re.search(rf'name="{name}" value="([^"]*)"', page)[1])


def sent_from(page: str, step: str, **more) -> dict:
    """What the form of a review page sends."""
    return {
        "version": hidden(page, "version"),
        "seen": hidden(page, "seen"),
        "step": step,
        "reason": "",
        **more,
    }


def ticks(page: str) -> list[str]:
    return re.findall(r'name="report" value="([\d:]+)"', page)


def approve_selected(client, *chosen):
    address = reverse("admin:parks_quarterlyreport_approve_selected")
    return client.post(address, {"report": chosen}, follow=True).content.decode()


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", page)))


# --- the queue -----------------------------------------------------------------------------------------------
def test_the_queue_begins_with_the_report_that_waits_longest_and_says_what_there_is_to_look_at(
    client, reviewer
):
    late, early = Park(), Park()
    early.approved()
    # A later quarter that came in on the fourth waits longer than one of the ninth.
    second, first = late.waiting(day=9), early.waiting(firms=12, day=4)
    Evidence.objects.create(
        report=first,
        commitment=early.firms,
        name="名单.pdf",
        stored_as="0" * 32,
        media_type="application/pdf",
        size=9,
        sha256="0" * 64,
        uploaded_at=LATER,
        uploaded_by=early.manager,
    )
    page = read(client, DESK)
    assert page.index(page_of(first)) < page.index(page_of(second))
    row = text_of(page[page.index(f'id="waiting-{first.pk}"') : page.index(f'id="waiting-{second.pk}"')])
    for words in ("已等 50 天", "2 项数字", "1 项与上次审定不同", "佐证 1 份"):
        assert words in row
    assert "反常" not in row


def test_every_figure_stands_beside_the_tick_so_that_none_is_approved_unseen(client, reviewer):
    park = Park()
    park.approved(firms=12, projects=3)
    report = park.waiting(firms=17, projects=5, note="含两家迁入")
    page = read(client, DESK)
    assert ticks(page) == [f"{report.pk}:{report.version}"]
    assert f'<details class="shown" id="figures-{report.pk}" open>' in page
    row = text_of(page[page.index(f'id="figures-{report.pk}"') :])
    for words in (str(park.firms.indicator), "12", "17", "+5", "含两家迁入", str(park.projects.indicator)):
        assert words in row


def test_only_reports_in_which_nothing_is_odd_and_no_question_is_open_can_be_ticked(client, reviewer):
    plain, odd, returned, own = (Park() for _ in range(4))
    for each in (plain, odd, returned, own):
        each.approved()
    ticked = plain.waiting()
    doubtful = odd.odd()
    back = returned.waiting()
    back = workflow.return_report(report=back, version=back.version, reason="请核对", by=reviewer, at=LATER)
    back = workflow.submit(report=back, version=back.version, by=returned.manager, at=LATER)
    mine = own.waiting()
    mine.authors.add(reviewer)
    page = read(client, DESK)
    assert ticks(page) == [f"{ticked.pk}:{ticked.version}"]
    words = text_of(page)
    for why in ("1 项反常，都有说明", "退回后再次提交", "您录入或提交过"):
        assert why in words
    # Sent all the same, each is refused with its reason, and the other stands.
    told = text_of(
        approve_selected(client, *(f"{each.pk}:{each.version}" for each in (doubtful, back, mine, ticked)))
    )
    for each in (doubtful, back, mine):
        each.refresh_from_db()
        assert each.status == Status.SUBMITTED
        assert f"{each.park.name_zh} · 2026 年第三季度季报：没有审定。" in told
    assert str(odd.projects.indicator) in told
    ticked.refresh_from_db()
    assert (ticked.status, ticked.approved_by) == (Status.APPROVED, reviewer)


def test_reports_approved_together_have_an_event_each_and_those_that_changed_are_named(client, reviewer):
    parks = [Park() for _ in range(3)]
    for each in parks:
        each.approved()
    reports = [each.waiting() for each in parks]
    shown = ticks(read(client, DESK))
    changed = parks[0].edit(reports[0], firms=14)
    gone = workflow.withdraw(report=reports[1], by=parks[1].manager, at=LATER)
    told = text_of(approve_selected(client, *shown))
    approved = ReportEvent.objects.filter(verb=Verb.APPROVED, report__quarter=Q)
    assert [(event.report, event.by) for event in approved] == [(reports[2], reviewer)]
    for each in (changed, gone):
        assert f"{each.park.name_zh} · 2026 年第三季度季报：没有审定。您打开本页以后" in told
    assert "已审定并公布 1 份" in told
    changed.refresh_from_db()
    assert changed.status == Status.SUBMITTED
    # The same page sent again approves nothing twice.
    approve_selected(client, *shown)
    assert approved.count() == 1


@pytest.mark.parametrize("role", ["park manager", "administrator", "analyst", None])
def test_nobody_but_a_reviewer_approves_what_is_ticked(client, role):
    park = Park()
    report = park.waiting()
    client.force_login(park.manager if role == "park manager" else make_user(role=role))
    address = reverse("admin:parks_quarterlyreport_approve_selected")
    answer = client.post(address, {"report": f"{report.pk}:{report.version}"})
    assert answer.status_code in (302, 403, 404)
    assert answer.status_code != 302 or "login" in answer.headers["Location"]
    report.refresh_from_db()
    assert report.status == Status.SUBMITTED


@pytest.mark.parametrize("sent", ["", "x", "1", "1:x", "-1:2", "１:２", "9" * 30 + ":1", "0:0", "99999999:1"])
def test_a_tick_that_names_no_report_approves_nothing(client, reviewer, sent):
    report = Park().waiting()
    assert "没有选中任何季报。" in approve_selected(client, sent)
    assert client.get(reverse("admin:parks_quarterlyreport_approve_selected")).status_code == 405
    report.refresh_from_db()
    assert report.status == Status.SUBMITTED


def test_the_queue_costs_the_same_queries_with_two_reports_as_with_eight(client, reviewer):
    def more(number):
        for _ in range(number):
            park = Park()
            approved = park.approved(quarter=Q)
            again = workflow.reopen(park=park.park, quarter=Q, reason="更正", by=reviewer, at=LATER)
            workflow.submit(report=again, version=again.version, by=park.manager, at=LATER)
            assert approved.revision == 1
            Park().waiting()

    def cost():
        with CaptureQueriesContext(connection) as queries:
            page = read(client, DESK)
        return len(queries), page.count('id="waiting-')

    more(1)
    cost()
    few = cost()
    more(3)
    many = cost()
    assert (few[1], many[1]) == (2, 8)
    assert few[0] == many[0]


# --- one after the other -------------------------------------------------------------------------------------
def test_after_a_decision_comes_the_next_report_and_after_the_last_the_desk(client, reviewer):
    first, second, third = (Park().waiting(day=day) for day in (3, 4, 5))
    page = read(client, page_of(second))
    assert "待审核第 2 份，共 3 份" in page
    assert re.search(rf'href="{page_of(first)}" rel="prev"', page)
    assert re.search(rf'href="{page_of(third)}" rel="next"', page)
    ways = []
    for report in (second, third, first):
        sent = sent_from(read(client, page_of(report)), "approve")
        ways.append(client.post(page_of(report), sent).headers["Location"])
    assert ways == [page_of(third), page_of(first), DESK]


def test_what_a_person_may_not_decide_is_no_next_report(client, reviewer):
    report, own = Park().waiting(day=3), Park().waiting(day=4)
    own.authors.add(reviewer)
    answer = client.post(page_of(report), sent_from(read(client, page_of(report)), "approve"))
    assert answer.headers["Location"] == DESK


# --- one report ----------------------------------------------------------------------------------------------
def test_an_odd_figure_stands_out_with_its_reason_the_parks_word_and_what_it_would_lead_to(client, reviewer):
    park = Park()
    park.approved()
    report = park.odd("重复计数，已剔除")
    page = read(client, page_of(report))
    line = page[page.index(f'id="line-{park.projects.pk}" class="odd"') :]
    words = text_of(line[: line.index("</tr>")])
    assert "低于 2026 年第二季度 的审定数 3" in words and "园区说明：重复计数，已剔除" in words
    assert "任务进度 2.0%" in words and "−1" in words
    assert f'href="#line-{park.projects.pk}"' in page


def test_remarks_and_the_general_reason_are_sent_together_and_reach_the_event(client, reviewer):
    park = Park()
    report = park.waiting()
    page = read(client, page_of(report))
    remarks = {f"remark-{park.firms.pk}": "请附名单", f"remark-{park.projects.pk}": "  "}
    client.post(page_of(report), sent_from(page, "return", reason="两处", **remarks))
    report.refresh_from_db()
    assert report.status == Status.RETURNED
    assert remarks_of(report) == {park.firms.pk: "请附名单"}
    assert "请附名单" in text_of(read(client, page_of(report)).partition('id="events"')[2])
    with CaptureQueriesContext(connection) as queries:
        remarks_of(report)
    assert len(queries) == 1


def test_remarks_alone_are_reason_enough_and_only_those_of_the_last_return_count(client, reviewer):
    park = Park()
    report = park.waiting()
    for asked, commitment in (("请附名单", park.firms), ("单位不对", park.projects)):
        sent = sent_from(read(client, page_of(report)), "return", **{f"remark-{commitment.pk}": asked})
        client.post(page_of(report), sent)
        report.refresh_from_db()
        assert remarks_of(report) == {commitment.pk: asked}
        report = workflow.submit(report=report, version=report.version, by=park.manager, at=LATER)
    assert Remark.objects.count() == 2


@pytest.mark.parametrize("wrong", ["长" * 301, "甲\u202e21"])
def test_nothing_typed_is_lost_when_a_return_is_refused(client, reviewer, wrong):
    park = Park()
    report = park.waiting()
    remarks = {f"remark-{park.firms.pk}": wrong, f"remark-{park.projects.pk}": "这句要留着"}
    sent = sent_from(read(client, page_of(report)), "return", reason="总的理由", **remarks)
    page = unescape(client.post(page_of(report), sent).content.decode())
    assert (
        f">{wrong}</textarea>" in page and ">这句要留着</textarea>" in page and ">总的理由</textarea>" in page
    )
    assert 'role="alert"' in page
    report.refresh_from_db()
    assert report.status == Status.SUBMITTED


def test_a_remark_on_another_parks_figure_is_refused(client, reviewer):
    report, elsewhere = Park().waiting(), make_commitment()
    sent = sent_from(read(client, page_of(report)), "return", reason="x", **{f"remark-{elsewhere.pk}": "y"})
    assert "不属于本园区" in client.post(page_of(report), sent).content.decode()
    assert not Remark.objects.exists()


@pytest.mark.parametrize("field", ["reason", "remark"])
def test_who_wrote_something_does_not_approve_by_mistake(client, reviewer, field):
    park = Park()
    report = park.waiting()
    name = "reason" if field == "reason" else f"remark-{park.firms.pk}"
    sent = sent_from(read(client, page_of(report)), "approve", **{name: "差三家"})
    page = client.post(page_of(report), sent).content.decode()
    report.refresh_from_db()
    assert report.status == Status.SUBMITTED
    assert "您写了意见，没有审定" in page and ">差三家</textarea>" in page


# --- an edit between reading and deciding --------------------------------------------------------------------
@pytest.mark.parametrize("step", ["approve", "return"])
def test_an_edit_between_reading_and_deciding_stops_the_decision_and_is_shown(client, reviewer, step):
    park = Park()
    report = park.waiting(firms=13, projects=4)
    remark = {f"remark-{park.projects.pk}": "请附名单"} if step == "return" else {}
    sent = sent_from(read(client, page_of(report)), step, **remark)
    park.edit(report, firms=19)
    page = client.post(page_of(report), sent).content.decode()
    report.refresh_from_db()
    assert report.status == Status.SUBMITTED
    words = text_of(page[page.index('id="refused"') : page.index("<table")])
    assert f"{park.firms.indicator}，填报数：您看到的 13 → 现在 19" in words
    assert f"{park.firms.indicator}，异常说明：您看到的 — → 现在 更正" in words
    assert str(park.projects.indicator) not in words
    assert park.manager.username in words and "2026 年 11 月 20 日 10:00" in words
    assert step == "approve" or ">请附名单</textarea>" in page
    # Having seen it, the reviewer decides anew.
    client.post(page_of(report), sent_from(page, step, **remark))
    report.refresh_from_db()
    assert report.status == {"approve": "approved", "return": "returned"}[step]


def test_what_was_written_about_a_report_that_was_taken_back_is_still_there_to_read(client, reviewer):
    park = Park()
    report = park.waiting()
    sent = sent_from(read(client, page_of(report)), "return", **{f"remark-{park.firms.pk}": "请附名单"})
    workflow.withdraw(report=report, by=park.manager, at=LATER)
    page = client.post(page_of(report), sent).content.decode()
    assert "您写的意见（没有送出）" in page and "<dd>请附名单</dd>" in page
    assert "数字与您看到的相同" in page and 'value="approve"' not in page


def test_a_figure_that_became_odd_after_the_page_was_opened_is_not_approved_unasked(client, reviewer):
    park = Park()
    report = park.waiting(firms=13, projects=4)
    sent = sent_from(read(client, page_of(report)), "approve")
    # Meanwhile the quarter before is approved, with a higher total.
    park.approved(firms=13, projects=9)
    page = client.post(page_of(report), sent).content.decode()
    report.refresh_from_db()
    assert report.status == Status.SUBMITTED
    assert "又有数字显得反常" in page and "低于 2026 年第二季度 的审定数 9" in page
    client.post(page_of(report), sent_from(page, "approve"))
    report.refresh_from_db()
    assert report.status == Status.APPROVED


HOSTILE = [
    "",
    "{",
    "[]",
    "null",
    '{"entries": {"x": {}}, "files": {}, "doubts": {}}',
    '{"entries": {"1": {"value": "NaN"}}, "files": {}, "doubts": {}}',
    '{"entries": {"1": {"value": "1e999999999"}}, "files": {}, "doubts": {}}',
    '{"entries": {"1": {"baseline": "1e-99999999"}}, "files": {}, "doubts": {}}',
    '{"entries": {"1": {"value": {"a": 1}}}, "files": [], "doubts": 3}',
    '{"entries": {"1": 5}, "files": {}, "doubts": {}}',
    "[" * 5000,
    "9" * 6000,
]


@pytest.mark.parametrize("seen", HOSTILE)
def test_a_page_that_says_nonsense_of_what_it_showed_still_approves_only_its_version(client, reviewer, seen):
    park = Park()
    report = park.waiting()
    assert AsRead.read(seen) is None
    stale = {"step": "approve", "version": report.version, "seen": seen}
    park.edit(report, firms=19)
    answer = client.post(page_of(report), stale)
    assert answer.status_code == 200 and "请从头核对下表。" in answer.content.decode()
    report.refresh_from_db()
    assert report.status == Status.SUBMITTED


def test_what_a_page_showed_comes_back_from_it_as_it_was():
    shown = AsRead(
        {
            1: Entry(value=Decimal("0")),
            2: Entry(not_applicable=True, not_applicable_reason="未开园"),
            3: Entry(),
            4: Entry(value=Decimal("-1.50"), note='<b>"&', baseline=Decimal("0"), explanation="因为"),
        },
        {1: {7: "名单.pdf"}},
        {4: ("fell",)},
    )
    assert AsRead.read(shown.text()) == shown
    assert AsRead.from_plain(json.loads(json.dumps(shown.plain()))) == shown
    assert shown.differences(AsRead.read(shown.text())) == {}


# --- after a return ------------------------------------------------------------------------------------------
def test_a_report_that_comes_back_shows_what_was_asked_and_whether_anything_was_done(client, reviewer):
    park = Park()
    report = park.waiting()
    sent = sent_from(read(client, page_of(report)), "return", **{f"remark-{park.firms.pk}": "请附名单"})
    client.post(page_of(report), sent)
    report.refresh_from_db()
    at = report.events.last().at + timedelta(hours=1)
    report = workflow.submit(report=report, version=report.version, by=park.manager, at=at)
    page = text_of(read(client, page_of(report)))
    assert "上次意见：请附名单" in page and "退回以后没有任何改动。" in page


def test_beside_each_remark_stands_what_became_of_the_figure_since_the_return(client, reviewer):
    park = Park()
    report = park.waiting(firms=13, projects=4)
    asked = {f"remark-{park.firms.pk}": "差三家", f"remark-{park.projects.pk}": "请附名单"}
    client.post(page_of(report), sent_from(read(client, page_of(report)), "return", **asked))
    report.refresh_from_db()
    report = park.save(report, {park.firms.pk: Entry(value=Decimal(10), note="已核减")})
    report = workflow.submit(report=report, version=report.version, by=park.manager, at=LATER)
    page = read(client, page_of(report))
    assert "退回以后改动 1 项" in page
    firms, projects = (
        text_of(page[page.index(f'id="line-{each.pk}"') :].partition("</tr>")[0])
        for each in (park.firms, park.projects)
    )
    assert "退回后 填报数：13 → 10" in firms and "退回后 备注：— → 已核减" in firms
    assert "退回后没有改动" in projects


def test_the_page_of_a_report_costs_the_same_queries_with_two_figures_as_with_six(client, reviewer):
    small, large = Park(), Park()
    for _ in range(4):
        make_commitment(park=large.park)

    def cost(report):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(page_of(report)).status_code == 200
        return len(queries)

    few, many = small.waiting(), submitted_report(park=large.park, quarter=Q, figures={large.firms: 1})
    cost(few)
    assert cost(few) == cost(many)
