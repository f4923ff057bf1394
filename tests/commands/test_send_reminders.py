"""Reminders: once per person, park, quarter and kind, whoever and however many send them."""

from datetime import date, datetime
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.core.management import CommandError, call_command

from changchun_innovation.demonstration import story
from changchun_innovation.shared.quarters import Quarter
from parks import workflow
from parks.models import DeadlineExtension, DueRule, Notice
from tests.factories import make_commitment, make_park, make_report, make_user, moment
from tests.parks.test_notices import at_once, person, refusing_server

CHANGCHUN = ZoneInfo("Asia/Shanghai")
committed = pytest.mark.django_db(transaction=True)


def send(*arguments: str) -> list[str]:
    said = StringIO()
    call_command("send_reminders", *arguments, stdout=said)
    return said.getvalue().splitlines()


@pytest.fixture
def park():
    return make_park(code="tcm", reports_from="2026-Q3", name_zh="中医药科技园", name_en="TCM park")


@pytest.fixture
def firms(park):
    return make_commitment(park=park, due_on=date(2028, 8, 15))


@pytest.fixture
def li(park, firms):
    return person("park manager", "li", parks=[park])


@pytest.fixture
def on(today):
    """Goes to ten in the morning of a day."""
    return lambda year, month, day: today.move_to(datetime(year, month, day, 10, tzinfo=CHANGCHUN))


# 2026-Q3 is due on 15 October 2026.
@pytest.mark.django_db
def test_a_manager_is_reminded_once_before_the_due_day_and_once_after_it(park, li, on):
    sent = {}
    for day in (1, 7, 8, 9, 15, 16, 17, 30):
        on(2026, 10, day)
        sent[day] = send()
    due, overdue = "sent tcm 2026-Q3 due: li <li@example.cn>", "sent tcm 2026-Q3 overdue: li <li@example.cn>"
    assert {day: lines for day, lines in sent.items() if lines != ["nothing to send"]} == {
        8: [due],
        16: [overdue],
    }
    before, after = mail.outbox
    assert "还有 7 天截止" in before.subject and "报送期限：2026 年 10 月 15 日，还有 7 天截止" in before.body
    assert "已逾期 1 天" in after.subject
    assert "/admin/parks/quarterlyreport/enter/tcm/2026-Q3/" in after.body


@pytest.mark.django_db
def test_each_manager_is_reminded_in_their_own_language(park, li, on):
    person("park manager", "smith", parks=[park], language="en")
    on(2026, 10, 10)
    assert len(send()) == 2
    chinese, english = mail.outbox
    assert "中医药科技园 2026 年第三季度" in chinese.subject
    assert "TCM park" in english.subject and "Q3 2026" in english.subject and "15 Oct 2026" in english.body


@pytest.mark.django_db
def test_a_later_due_day_reminds_nobody_a_second_time_of_the_same(park, li, on):
    on(2026, 10, 10)
    send()
    DeadlineExtension.objects.create(
        park=park,
        quarter=Quarter.parse("2026-Q3"),
        due_on=date(2026, 11, 10),
        known_from=date(2026, 10, 12),
        reason="换人",
    )
    for month, day, lines in ((10, 20, 0), (11, 9, 0), (11, 11, 1), (11, 20, 0)):
        on(2026, month, day)
        assert len([line for line in send() if line.startswith("sent")]) == lines, (month, day)
    assert [notice.kind for notice in Notice.objects.all()] == ["due", "overdue"]


@pytest.mark.django_db
def test_the_days_follow_the_rule_of_the_installation(park, li, on, settings):
    settings.REPORT_DUE_DAYS = 40
    on(2026, 10, 20)
    assert send() == ["nothing to send"]
    on(2026, 11, 2)
    assert send() == ["sent tcm 2026-Q3 due: li <li@example.cn>"]
    assert "2026 年 11 月 9 日" in mail.outbox[0].body
    # A quarter keeps the rule that it closed under.
    DueRule.objects.create(days=20, known_from=date(2026, 9, 1), reason="试行")
    assert send() == ["sent tcm 2026-Q3 overdue: li <li@example.cn>"]


@pytest.mark.django_db
def test_what_was_handed_in_is_not_reminded_of_and_what_was_returned_is(park, firms, li, on):
    report = make_report(park=park, quarter="2026-Q3", figures={firms: 1}, by=li)
    workflow.submit(report=report, version=report.version, by=li, at=moment(date(2026, 10, 6)))
    on(2026, 10, 16)
    assert send() == ["nothing to send"]
    report.refresh_from_db()
    workflow.return_report(
        report=report,
        version=report.version,
        reason="请核对",
        by=make_user(role="reviewer"),
        at=moment(date(2026, 10, 16)),
    )
    assert "sent tcm 2026-Q3 overdue: li <li@example.cn>" in send()


@pytest.mark.django_db
def test_a_dry_run_says_what_would_be_sent_and_sends_and_writes_nothing(park, li, on):
    on(2026, 10, 16)
    lines = ["would send tcm 2026-Q3 overdue: li <li@example.cn>"]
    assert send("--dry-run") == lines == send("--dry-run")
    assert not mail.outbox and not Notice.objects.exists()
    send()
    assert send("--dry-run") == ["nothing to send"]


@pytest.mark.django_db
def test_a_park_whose_managers_nobody_can_reach_is_named(park, firms, on):
    person("park manager", "silent", parks=[park], email="")
    on(2026, 10, 16)
    assert send() == ["tcm 2026-Q3 overdue: nobody to write to", "nothing to send"]


@pytest.mark.django_db
def test_a_successor_is_reminded_too_and_who_left_is_not(park, li, on):
    on(2026, 10, 10)
    send()
    li.managed_parks.all().delete()
    person("park manager", "zhou", parks=[park])
    assert send() == ["sent tcm 2026-Q3 due: zhou <zhou@example.cn>"]


@committed
def test_a_mail_server_that_refuses_ends_with_one_line_and_keeps_every_mail(park, firms, li, on, settings):
    person("park manager", "smith", parks=[park])
    on(2026, 10, 10)
    usual = settings.EMAIL_BACKEND
    with refusing_server(settings), pytest.raises(CommandError) as refused:
        send()
    (line,) = str(refused.value).splitlines()
    assert line.startswith("EMAIL_URL: 2 mails not sent (") and "refused" in line
    settings.EMAIL_BACKEND = usual
    assert send("--dry-run") == [
        "would send tcm 2026-Q3 due: li <li@example.cn>",
        "would send tcm 2026-Q3 due: smith <smith@example.cn>",
    ]
    # A week later the same mail would not be true any more: what is sent is.
    on(2026, 10, 17)
    assert send() == [
        "sent tcm 2026-Q3 overdue: li <li@example.cn>",
        "sent tcm 2026-Q3 overdue: smith <smith@example.cn>",
    ]
    assert len(mail.outbox) == 2
    assert not Notice.objects.filter(sent=None).exists()


@committed
def test_a_step_that_could_not_be_told_is_told_by_the_next_run(park, firms, li, on, settings):
    person("reviewer", "wang")
    on(2026, 10, 6)
    usual = settings.EMAIL_BACKEND
    report = make_report(park=park, quarter="2026-Q3", figures={firms: 1}, by=li)
    with refusing_server(settings):
        workflow.submit(report=report, version=report.version, by=li, at=moment(date(2026, 10, 6)))
    settings.EMAIL_BACKEND = usual
    assert send() == ["sent tcm 2026-Q3 submitted: wang <wang@example.cn>"]
    assert send() == ["nothing to send"]


@committed
def test_ten_runs_at_once_send_one_mail(park, li, on):
    on(2026, 10, 16)
    results = at_once(10, send)
    assert not [each for each in results if isinstance(each, Exception)]
    assert sum(line.startswith("sent") for lines in results for line in lines) == 1
    assert len(mail.outbox) == 1 and Notice.objects.count() == 1


@pytest.mark.django_db
def test_invented_reports_remind_nobody_of_a_real_installation(demo_data, settings):
    settings.DEMO = False
    with pytest.raises(CommandError) as refused:
        send()
    assert str(refused.value).startswith("DEMO: invented reports are in the database")


@pytest.mark.django_db
def test_a_demonstration_that_is_cleared_leaves_no_mail_behind(demo_data):
    lines = send()
    assert any(line.startswith("sent erguang 2026-Q3 overdue: manager-erguang <") for line in lines)
    assert Notice.objects.exists()
    gone = story.clear()
    assert gone["parks.Notice"] > 0
    assert not Notice.objects.exists()


def test_the_command_explains_itself_with_an_example(capsys):
    with pytest.raises(SystemExit) as ended:
        call_command("send_reminders", "--help")
    assert ended.value.code == 0
    assert "manage.py send_reminders --dry-run" in capsys.readouterr().out
