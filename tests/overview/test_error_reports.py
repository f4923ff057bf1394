"""The way to say that something is wrong: open to every reader, without scripts, bounded, and answered in the admin."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from changchun_innovation.checks import demonstration_reports_stand
from changchun_innovation.demonstration import story
from changchun_innovation.models import ErrorReport
from changchun_innovation.overview import error_reports
from changchun_innovation.shared.quarters import Quarter
from tests.factories import make_user
from tests.reading_pages import links, text

pytestmark = pytest.mark.django_db

PAGE = "/report-error/"


def send(client=None, query="", **fields):
    typed = {"about": "jixing/revenue", "wrong": "数字应为 12", "evidence": "年报第 3 页", "contact": ""}
    return (client or Client()).post(PAGE + query, {**typed, **fields})


def test_park_target_and_source_pages_lead_to_it_and_say_what_it_is_about(baseline):
    client = Client()
    for path, about in (
        ("/parks/jixing/", "jixing%2Ffirms-incubated"),
        ("/parks/jixing/", "jixing"),
        ("/targets/city-rd-growth/", "city-rd-growth"),
        ("/sources/conference-2023/", "conference-2023"),
    ):
        wanted = f"{PAGE}?quarter=2025-Q3&about={about}"
        assert wanted in links(client.get(path, {"quarter": "2025-Q3"})), path
        assert client.get(wanted).status_code == 200
    assert "吉兴产业园" in text(client.get(PAGE, {"about": "jixing/firms-incubated"}))


def test_what_a_reader_sends_is_kept_with_the_question_they_looked_at(baseline):
    answer = send(query="?about=jixing/revenue&quarter=2025-Q3&as_of=2025-11-01&lang=en")
    assert answer.status_code == 302
    thanks = Client().get(answer["Location"])
    assert thanks.status_code == 200 and "lang=en" in answer["Location"]
    report = ErrorReport.objects.get()
    assert (report.about, report.wrong, report.evidence) == ("jixing/revenue", "数字应为 12", "年报第 3 页")
    assert (report.quarter, report.known_on) == (Quarter(2025, 3), date(2025, 11, 1))
    assert (report.sender, report.origin, report.handled_at) == (None, "demo", None)


@pytest.mark.parametrize(
    "fields",
    [
        {"wrong": ""},
        {"wrong": " \n"},
        {"wrong": "字" * 2001},
        {"evidence": "字" * 1001},
        {"contact": "字" * 201},
        {"about": ""},
        {"wrong": "a\x00b"},
        {"wrong": "数\u202e21"},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_what_is_blank_or_too_long_is_told_and_not_kept(db, fields):
    answer = send(**fields)
    assert answer.status_code == 200
    assert 'class="error-summary"' in answer.content.decode()
    assert not ErrorReport.objects.exists()


def test_a_machine_that_fills_what_nobody_sees_is_thanked_and_forgotten(db):
    assert send(website="https://example.invalid").status_code == 302
    assert not ErrorReport.objects.exists()


def test_from_one_address_only_so_many_are_taken_in_an_hour_and_others_are_not_shut_out(db):
    loud, other = Client(REMOTE_ADDR="10.0.0.1"), Client(REMOTE_ADDR="10.0.0.2")
    answers = [send(loud).status_code for _ in range(error_reports.MOST_PER_HOUR + 1)]
    assert answers == [302] * error_reports.MOST_PER_HOUR + [429]
    assert send(other).status_code == 302
    assert ErrorReport.objects.count() == error_reports.MOST_PER_HOUR + 1


def test_a_form_from_elsewhere_is_refused(db):
    client = Client(enforce_csrf_checks=True)
    assert send(client).status_code == 403
    assert not ErrorReport.objects.exists()


def test_without_a_public_dashboard_only_accounts_report(db, settings):
    settings.PUBLIC_DASHBOARD = False
    assert send()["Location"].startswith("/accounts/login/")
    reader = make_user(role="official")
    client = Client()
    client.force_login(reader)
    assert send(client).status_code == 302
    assert ErrorReport.objects.get().sender == reader


def test_what_was_typed_stays_and_is_never_markup(db):
    answer = send(about="<script>x</script>", wrong="", evidence='"><img src=x>')
    page = answer.content.decode()
    assert "<script>x" not in page and "<img src=x>" not in page
    assert "&lt;img src=x&gt;" in page


def test_a_real_installation_refuses_to_start_with_reports_of_a_demonstration_and_they_can_be_removed(db):
    assert not demonstration_reports_stand()
    send()
    assert demonstration_reports_stand()
    assert story.clear() == {"changchun_innovation.ErrorReport": 1}
    assert not demonstration_reports_stand()


# --- in the admin --------------------------------------------------------------------------------------------
def of(report) -> str:
    return reverse("admin:changchun_innovation_errorreport_change", args=[report.pk])


@pytest.mark.parametrize("role", ["reviewer", "administrator"])
def test_a_report_is_answered_once_and_says_by_whom(db, role):
    send()
    report, person, client = ErrorReport.objects.get(), make_user(role=role), Client()
    client.force_login(person)
    desk = client.get(reverse("admin:index"))
    assert "读者报告的错误 1" in text(desk)
    assert client.post(of(report), {"answer": ""}).status_code == 200
    assert ErrorReport.objects.get().handled_at is None
    client.post(of(report), {"answer": "已核对，更正为 12", "wrong": "改写", "about": "x"})
    report.refresh_from_db()
    assert (report.answer, report.handled_by, report.wrong) == ("已核对，更正为 12", person, "数字应为 12")
    assert client.post(of(report), {"answer": "另有说法"}).status_code == 403
    assert ErrorReport.objects.get().answer == "已核对，更正为 12"
    assert "读者报告的错误" not in text(client.get(reverse("admin:index")))


def test_a_manager_reads_no_report(db):
    send()
    client = Client()
    client.force_login(make_user(role="park manager"))
    assert client.get(of(ErrorReport.objects.get())).status_code == 403
    assert "读者报告的错误" not in text(client.get(reverse("admin:index")))
