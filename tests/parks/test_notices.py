"""Mail about reports: written with the step, sent once, lost never, and never the reason why a step fails."""

import socket
import threading
from contextlib import closing
from datetime import date, timedelta

import pytest
from django.core import mail
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from changchun_innovation.models import Preference
from changchun_innovation.shared.quarters import Quarter
from parks import notices, workflow
from parks.ledger import Ledger
from parks.models import DeadlineExtension, DueRule, Notice, NoticeKind, ReportEvent
from tests.factories import (
    approved_report,
    make_commitment,
    make_park,
    make_report,
    make_user,
    moment,
)

TODAY = date(2026, 11, 23)
SUBMITTED_ON = moment(date(2025, 10, 9))
committed = pytest.mark.django_db(transaction=True)


def q(text: str) -> Quarter:
    return Quarter.parse(text)


def person(role: str, name: str, *, parks=(), language: str = "zh-hans", contact: str = "", **more):
    """An account that mail reaches."""
    more.setdefault("email", f"{name}@example.cn")
    user = make_user(role=role, username=name, parks=parks, **more)
    Preference.objects.create(user=user, language=language, contact=contact)
    return user


@pytest.fixture
def park():
    return make_park(reports_from="2025-Q3", name_zh="中医药科技园", name_en="TCM park")


@pytest.fixture
def firms(park):
    return make_commitment(park=park, value=40)


@pytest.fixture
def people(park, firms):
    """A reviewer with a telephone and two managers of the park, the second of whom reads English."""
    return {
        "wang": person("reviewer", "wang", last_name="王", first_name="云", contact="0431-8877 6655"),
        "li": person("park manager", "li", parks=[park], last_name="李", first_name="明"),
        "smith": person("park manager", "smith", parks=[park], language="en"),
    }


def draft(park, firms, by):
    return make_report(park=park, quarter="2025-Q3", figures={firms: 5178}, by=by)


def submit(report, by):
    return workflow.submit(report=report, version=report.version, by=by, at=SUBMITTED_ON)


def written() -> list[tuple[str, str]]:
    return list(Notice.objects.values_list("kind", "recipient__username"))


# --- who is told ---------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_submitted_report_is_told_to_every_reviewer_who_may_approve_it(park, firms, people):
    person("reviewer", "away", is_active=False)
    person("reviewer", "unreached", email="")
    person("analyst", "analyst")
    person("administrator", "admin")
    make_user(username="root", is_superuser=True, email="root@example.cn")
    # Once a manager, a reviewer now: what they entered themselves others review.
    changed_sides = person("reviewer", "zhao")
    report = draft(park, firms, people["li"])
    report.authors.add(changed_sides)
    submit(report, people["li"])
    assert written() == [("submitted", "wang")]


@pytest.mark.django_db
@pytest.mark.parametrize("step", ["return", "approve"])
def test_a_decision_is_told_to_the_parks_managers_and_first_to_who_submitted(park, firms, people, step):
    person("park manager", "elsewhere", parks=[make_park()])
    person("park manager", "gone", parks=[park], is_active=False)
    # An account that is no manager any more keeps its park, and gets nothing.
    person("official", "promoted", parks=[park])
    report = submit(draft(park, firms, people["smith"]), people["smith"])
    Notice.objects.all().delete()
    decision = {"report": report, "version": report.version, "by": people["wang"], "at": SUBMITTED_ON}
    if step == "approve":
        workflow.approve(**decision)
    else:
        workflow.return_report(**decision, reason="请核对")
    kind = {"approve": "approved", "return": "returned"}[step]
    assert written() == [(kind, "smith"), (kind, "li")]


@pytest.mark.django_db
def test_withdrawing_reopening_and_discarding_are_told_to_nobody(park, firms, people):
    report = submit(draft(park, firms, people["li"]), people["li"])
    Notice.objects.all().delete()
    workflow.withdraw(report=report, by=people["li"], at=SUBMITTED_ON)
    approved_report(park=park, quarter="2025-Q4", figures={firms: 1})
    Notice.objects.all().delete()
    at = moment(date(2026, 1, 20))
    again = workflow.reopen(park=park, quarter=q("2025-Q4"), reason="漏报", by=people["wang"], at=at)
    workflow.discard(report=again, version=again.version, reason="无误", by=people["wang"], at=at)
    assert written() == []


@pytest.mark.django_db
def test_a_step_that_is_undone_leaves_no_mail(park, firms, people):
    report = draft(park, firms, people["li"])
    with pytest.raises(RuntimeError), transaction.atomic():
        submit(report, people["li"])
        raise RuntimeError
    assert written() == []


@pytest.mark.django_db
def test_the_demonstrations_past_is_told_to_nobody(demo_data):
    assert ReportEvent.objects.count() > 200
    assert not Notice.objects.exists()


# --- what a mail says ----------------------------------------------------------------------------------------
@committed
def test_a_mail_names_park_quarter_due_day_page_and_who_to_ask_and_no_figure(park, firms, people, settings):
    settings.SITE_URL = "https://innovation.example.cn"
    report = submit(draft(park, firms, people["li"]), people["li"])
    (told,) = mail.outbox
    assert told.to == ["wang@example.cn"]
    assert "中医药科技园 2025 年第三季度季报已提交" in told.subject
    assert "李明 于 2025 年 10 月 9 日 10:00 提交" in told.body
    assert "报送期限：2025 年 10 月 15 日" in told.body
    assert f"https://innovation.example.cn/admin/parks/quarterlyreport/{report.pk}/change/" in told.body
    assert "李明，li@example.cn" in told.body
    workflow.return_report(
        report=report,
        version=report.version,
        reason="请核对",
        remarks={firms.pk: "上季度只有 5100 家"},
        by=people["wang"],
        at=moment(date(2025, 10, 10)),
    )
    returned = mail.outbox[1]
    assert returned.to == ["li@example.cn"]
    assert "2025 年第三季度季报已退回" in returned.subject
    assert "王云 于 2025 年 10 月 10 日 10:00 退回" in returned.body and "1 项逐项意见" in returned.body
    assert "已逾期 404 天" in returned.body
    assert "https://innovation.example.cn/admin/parks/quarterlyreport/enter/" in returned.body
    assert "王云，0431-8877 6655，wang@example.cn" in returned.body
    for each in mail.outbox:
        assert not any(words in each.body for words in ("5178", "5,178", "5100", "上季度只有"))
        assert each.content_subtype == "plain" and each.extra_headers["Auto-Submitted"] == "auto-generated"


@committed
def test_everybody_is_written_to_in_the_language_of_their_account(park, firms, people):
    report = submit(draft(park, firms, people["li"]), people["li"])
    workflow.approve(report=report, version=report.version, by=people["wang"], at=SUBMITTED_ON)
    to_li, to_smith = mail.outbox[1:]
    assert (to_li.to, to_smith.to) == (["li@example.cn"], ["smith@example.cn"])
    assert "中医药科技园" in to_li.subject and "2025 年第三季度" in to_li.subject
    assert "TCM park" in to_smith.subject and "Q3 2025" in to_smith.subject
    assert "15 Oct 2025" in to_smith.body


@committed
def test_a_demonstrations_mail_says_that_its_reports_are_invented(park, firms, people, settings):
    report = submit(draft(park, firms, people["li"]), people["li"])
    settings.DEMO = False
    workflow.approve(report=report, version=report.version, by=people["wang"], at=SUBMITTED_ON)
    assert "虚构" in mail.outbox[0].body and "虚构" not in mail.outbox[1].body


@committed
def test_a_name_with_odd_characters_breaks_no_mail(park, firms, people):
    people["li"].first_name = "100%(park)s\n明"
    people["li"].save()
    submit(draft(park, firms, people["li"]), people["li"])
    assert "李100%(park)s" in mail.outbox[0].body


# --- ten at once ---------------------------------------------------------------------------------------------
def at_once(number: int, work) -> list:
    """Run the same work in threads that start together; answers what each returned or raised."""
    start, results = threading.Barrier(number), []

    def run():
        try:
            start.wait(10)
            results.append(work())
        except Exception as error:
            results.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


@committed
def test_ten_simultaneous_submits_are_one_event_and_one_mail(park, firms, people):
    report = draft(park, firms, people["li"])
    results = at_once(10, lambda: submit(report, people["li"]))
    refused = [each for each in results if isinstance(each, Exception)]
    assert len(results) == 10
    assert {type(each) for each in refused} <= {workflow.StaleVersion, workflow.TransitionError}
    assert len(refused) == 9
    assert ReportEvent.objects.filter(report=report, verb="submitted").count() == 1
    assert len(mail.outbox) == 1
    assert Notice.objects.get().sent is not None


@committed
def test_ten_who_send_what_waits_send_it_once(park, firms, people, settings):
    report = draft(park, firms, people["li"])
    with refusing_server(settings):
        submit(report, people["li"])
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    results = at_once(10, notices.deliver)
    assert sorted(each.sent for each in results) == [0] * 9 + [1]
    assert len(mail.outbox) == 1
    assert Notice.objects.get().tries == 2


# --- a mail server that is down ------------------------------------------------------------------------------
SMTP = "django.core.mail.backends.smtp.EmailBackend"


class refusing_server:
    """A port of this machine at which nobody listens."""

    def __init__(self, settings):
        with closing(socket.socket()) as taken:
            taken.bind(("127.0.0.1", 0))
            port = taken.getsockname()[1]
        settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = SMTP, "127.0.0.1", port

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        pass


class hanging_server(refusing_server):
    """A server that takes the call and never says a word; counts the calls."""

    def __init__(self, settings):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=16)
        settings.EMAIL_BACKEND, settings.EMAIL_HOST = SMTP, "127.0.0.1"
        settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = self.listener.getsockname()[1], 0.5

    def __exit__(self, *_error):
        self.listener.close()

    @property
    def calls(self) -> int:
        self.listener.setblocking(False)
        calls = 0
        while True:
            try:
                self.listener.accept()[0].close()
                calls += 1
            except BlockingIOError:
                return calls


@committed
@pytest.mark.parametrize("broken_server", [refusing_server, hanging_server])
def test_a_mail_server_that_is_down_fails_no_step_and_loses_no_mail(
    park, firms, people, settings, broken_server
):
    with broken_server(settings):
        report = submit(draft(park, firms, people["li"]), people["li"])
        workflow.approve(report=report, version=report.version, by=people["wang"], at=SUBMITTED_ON)
        report.refresh_from_db()
        assert report.status == "approved"
        again = notices.deliver()
        assert (again.sent, again.failed) == (0, 3) and again.trouble
    assert set(Notice.objects.values_list("sent", flat=True)) == {None}
    assert all(Notice.objects.values_list("trouble", flat=True))
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert notices.deliver() == notices.Delivery(sent=3)
    assert [each.to[0] for each in mail.outbox] == ["wang@example.cn", "li@example.cn", "smith@example.cn"]
    assert "（现为“已审定”。）" in mail.outbox[0].body
    assert not Notice.objects.exclude(trouble="").exists()


@committed
def test_a_server_that_hangs_is_waited_for_once_and_not_by_every_step(park, firms, people, settings):
    with hanging_server(settings) as server:
        report = submit(draft(park, firms, people["li"]), people["li"])
        assert server.calls == 1
        workflow.approve(report=report, version=report.version, by=people["wang"], at=SUBMITTED_ON)
        assert server.calls == 0
        # One run asks the server once, however many mails wait.
        notices.deliver()
        assert server.calls == 1


@committed
def test_an_address_that_is_refused_keeps_no_other_mail_from_going(park, firms, people):
    people["li"].email = "li@example.cn\nBcc: all@example.cn"
    people["li"].save()
    report = submit(draft(park, firms, people["smith"]), people["smith"])
    workflow.approve(report=report, version=report.version, by=people["wang"], at=SUBMITTED_ON)
    assert [each.to[0] for each in mail.outbox] == ["wang@example.cn", "smith@example.cn"]
    kept = Notice.objects.get(sent=None)
    assert kept.recipient == people["li"] and kept.trouble
    # Nor does it make the next step believe that the server is down.
    next_one = make_report(park=park, quarter="2025-Q4", figures={firms: 5200}, by=people["smith"])
    workflow.submit(
        report=next_one, version=next_one.version, by=people["smith"], at=moment(date(2026, 1, 9))
    )
    assert len(mail.outbox) == 3


@committed
def test_a_claim_that_somebody_left_is_taken_again_after_ten_minutes(park, firms, people):
    submit(draft(park, firms, people["li"]), people["li"])
    mail.outbox.clear()
    for minutes, sent in ((9, 0), (11, 1)):
        Notice.objects.update(sent=None, claimed=timezone.now() - timedelta(minutes=minutes))
        assert notices.deliver().sent == sent
    assert len(mail.outbox) == 1


@committed
def test_who_is_no_longer_in_charge_gets_no_mail_that_still_waited(park, firms, people, settings):
    with refusing_server(settings):
        report = submit(draft(park, firms, people["li"]), people["li"])
        workflow.approve(report=report, version=report.version, by=people["wang"], at=SUBMITTED_ON)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    people["li"].managed_parks.all().delete()
    people["wang"].groups.clear()
    notices.deliver()
    assert [each.to[0] for each in mail.outbox] == ["smith@example.cn"]
    assert Notice.objects.filter(sent=None).count() == 0


# --- what a day calls for ------------------------------------------------------------------------------------
def called(day: date) -> list[tuple[str, str]]:
    return [(str(each.facts.quarter), each.kind) for each in notices.called_for(Ledger.of(day))]


@pytest.mark.django_db
def test_a_report_is_called_due_in_the_week_before_its_day_and_overdue_from_the_day_after(
    park, firms, people
):
    # 2025-Q3 is due on 15 October 2025.
    days = {day: called(date(2025, 10, day)) for day in (7, 8, 15, 16)}
    due, overdue = ("2025-Q3", NoticeKind.DUE), ("2025-Q3", NoticeKind.OVERDUE)
    assert days == {7: [], 8: [due], 15: [due], 16: [overdue]}


@pytest.mark.django_db
def test_the_due_day_is_the_one_that_everybody_reads(park, firms, people):
    DueRule.objects.create(days=25, known_from=date(2025, 9, 1), reason="试行")
    DeadlineExtension.objects.create(
        park=park, quarter=q("2025-Q4"), due_on=date(2026, 2, 20), known_from=date(2026, 1, 5), reason="换人"
    )
    assert called(date(2025, 10, 20)) == [("2025-Q3", NoticeKind.DUE)]
    assert ("2025-Q4", NoticeKind.DUE) not in called(date(2026, 1, 20))
    assert ("2025-Q4", NoticeKind.DUE) in called(date(2026, 2, 14))


@pytest.mark.django_db
def test_only_a_report_that_nobody_handed_in_is_called_for(park, firms, people):
    report = draft(park, firms, people["li"])
    assert called(date(2025, 10, 20)) == [("2025-Q3", NoticeKind.OVERDUE)]
    submit(report, people["li"])
    assert called(date(2025, 10, 20)) == []
    report.refresh_from_db()
    workflow.return_report(
        report=report, version=report.version, reason="x", by=people["wang"], at=moment(date(2025, 10, 19))
    )
    assert called(date(2025, 10, 20)) == [("2025-Q3", NoticeKind.OVERDUE)]


@pytest.mark.django_db
def test_a_park_that_was_not_asked_is_never_reminded(people):
    silent = make_park()
    make_commitment(park=silent)
    person("park manager", "sun", parks=[silent])
    assert {each.facts.park.code for each in notices.called_for(Ledger.of(TODAY))}.isdisjoint({silent.code})


@pytest.mark.django_db
def test_a_step_costs_the_same_queries_with_ten_reviewers_as_with_one(park, firms, people):
    def cost(quarter):
        report = make_report(park=park, quarter=quarter, figures={firms: 1}, by=people["li"])
        with CaptureQueriesContext(connection) as queries:
            workflow.submit(
                report=report,
                version=report.version,
                by=people["li"],
                at=moment(report.quarter.ends_on + timedelta(8)),
            )
        return len(queries)

    one = cost("2025-Q3")
    for number in range(9):
        person("reviewer", f"reviewer-{number}")
    assert cost("2025-Q4") == one
