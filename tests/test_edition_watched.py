"""The edition: what it watches, and what leaves every page as it is: drafts, log-ins, mails, and what was taken back."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from auditlog.registry import auditlog
from django.core import mail
from django.db import connection, transaction
from django.test import Client
from django.test.signals import template_rendered
from django.test.utils import CaptureQueriesContext

from changchun_innovation.edition import edition, watched
from changchun_innovation.models import ErrorReport
from changchun_innovation.shared.append_only import Origin
from changchun_innovation.shared.quarters import Quarter
from institutions.models import Source
from parks import notices, workflow
from parks.entry import Entry
from parks.models import DeadlineExtension, ParkManager
from tests import addresses
from tests.conftest import TODAY
from tests.factories import (
    PASSWORD,
    make_report,
)
from tests.published_city import PARK, make_city, now
from tests.test_edition import CHANGES, a_report_is_approved, is_new

THIS_DAY = TODAY.date()


@pytest.fixture
def city(baseline):
    return make_city()


# --- what readers do not see ---------------------------------------------------------------------------------
def a_draft_is_saved(city):
    entries = {pk: Entry(value=9) for pk in city.park.commitments.values_list("pk", flat=True)}
    workflow.save_figures(
        report=city.draft, entries=entries, version=city.draft.version, **city.by(city.manager)
    )


def somebody_logs_in(city):
    client = Client()
    sent = client.post("/accounts/login/", {"username": city.manager.username, "password": PASSWORD})
    assert sent.status_code == 302
    assert client.get("/admin/").status_code == 200


def a_mail_is_sent(city):
    written = notices.Notice.objects.filter(sent=None).count()
    assert written
    notices.deliver()
    assert not notices.Notice.objects.filter(sent=None).exists()
    assert mail.outbox


def an_error_is_reported_and_answered(city):
    form = {"about": "jixing", "wrong": "数字有误", "evidence": "", "contact": ""}
    assert Client().post("/report-error/?about=jixing", form).status_code == 302
    row = ErrorReport.objects.get()
    row.answer, row.handled_at, row.handled_by = "已核实", TODAY, city.reviewer
    row.save()


@pytest.mark.parametrize(
    "happens", [a_draft_is_saved, somebody_logs_in, a_mail_is_sent, an_error_is_reported_and_answered]
)
def test_what_no_reader_sees_leaves_every_page_as_it_is_kept(city, happens):
    before, page = edition(), now(PARK)
    happens(city)
    assert edition() == before
    with CaptureQueriesContext(connection) as asked:
        assert now(PARK) == page
    assert not asked.captured_queries


def test_a_report_that_is_begun_shows_nothing_and_is_no_new_page_to_anybody_who_reads(city):
    before = now(PARK)
    make_report(park=city.park, quarter="2026-Q2", by=city.manager, at=TODAY)
    assert not is_new(before, now(PARK), PARK)


# --- time ----------------------------------------------------------------------------------------------------
def test_a_new_day_begins_at_midnight_in_changchun(city, today):
    midnight = datetime(2026, 11, 24, tzinfo=ZoneInfo("Asia/Shanghai"))
    today.move_to(midnight - timedelta(seconds=20))
    evening = now(PARK)
    today.move_to(midnight - timedelta(seconds=5))
    assert now(PARK) == evening
    today.move_to(midnight + timedelta(seconds=1))
    morning = now(PARK)
    assert morning[1] != evening[1]
    assert ["2026 年 11 月 24 日" in page.decode() for page, _tag in (evening, morning)] == [False, True]
    # Midnight in Greenwich is eight in the morning here.
    today.move_to(midnight + timedelta(hours=8, seconds=1))
    assert now(PARK) == morning


def test_a_page_of_the_past_is_a_new_one_too_because_names_are_todays(city):
    path = f"{PARK}?as_of=2026-03-01"
    before = now(path)
    city.park.name_zh = "改了名的园区"
    city.park.save()
    assert is_new(before, now(path), path)


# --- in between ----------------------------------------------------------------------------------------------
def test_what_was_taken_back_changes_nothing(city):
    before, page = edition(), now(PARK)
    with transaction.atomic():
        a_report_is_approved(city)
        Source.objects.create(code="x", title_zh="x", title_en="x", publisher_zh="x", publisher_en="x",
                              published_on=THIS_DAY)  # fmt: skip
        assert edition() != before
        transaction.set_rollback(True)
    assert edition() == before
    assert now(PARK) == page


def test_a_page_that_was_worked_out_while_somebody_published_is_given_and_not_kept(city):
    published = []

    def publish(**_signal):
        if not published:
            published.append(True)
            a_report_is_approved(city)

    before = edition()
    template_rendered.connect(publish)
    try:
        between = Client().get(PARK)
    finally:
        template_rendered.disconnect(publish)
    assert published and edition() != before
    assert between.status_code == 200
    assert not between.has_header("ETag")
    assert between["Cache-Control"] == "private, no-cache"
    after = now(PARK)
    assert between.content != after[0], "half of it was of the old edition"
    assert is_new((between.content, ""), after, PARK)


# --- what is asked -------------------------------------------------------------------------------------------
# Tables that are not watched themselves: whatever readers see of them changes together with a row of one that is.
TOLD_BY = {
    # A report's state and its approved figures.
    "parks_quarterlyreport": "parks_reportevent",
    "parks_figure": "parks_reportevent",
    # The text of a reply that was approved.
    "parks_reply": "parks_replyevent",
    # Whose agreement it is: the trail of agreements names its parties.
    "institutions_agreement_parties": "auditlog_logentry",
}
FROM = re.compile(r'(?:FROM|JOIN)\s+"(\w+)"')
WRITTEN = re.compile(r'(?:INSERT INTO|UPDATE) "(\w+)"')


def read_by_anybody() -> set[str]:
    """Every table that a public page or file asks."""
    with CaptureQueriesContext(connection) as captured:
        for pattern in addresses.dashboard():
            for path in pattern.paths():
                answer = Client().get(path)
                if answer.streaming:
                    b"".join(answer.streaming_content)
    return {table for each in captured.captured_queries for table in FROM.findall(each["sql"])}


def texts_of_the_city() -> list[type]:
    """Whatever readers see and is edited in place; who reports for a park is not for them."""
    rooms = ("parks", "targets", "institutions")
    return [
        model
        for model in auditlog.get_models()
        if model._meta.app_label in rooms and model is not ParkManager
    ]


def test_what_was_tried_above_changes_every_text_and_every_watched_table(city):
    """The list of changes grows with the models: what is new and was not tried stops this test."""
    watch, seen = {model._meta.db_table for model in watched()}, set()
    for happens, _path in CHANGES:
        with transaction.atomic(), CaptureQueriesContext(connection) as captured:
            happens(city)
            transaction.set_rollback(True)
        sentences = [each["sql"] for each in captured.captured_queries]
        written = {table for sql in sentences for table in WRITTEN.findall(sql)}
        assert written & watch, happens
        seen |= written
    assert watch | {model._meta.db_table for model in texts_of_the_city()} <= seen


def test_every_table_that_readers_are_shown_is_watched_or_told_of(demo_data):
    watch = {model._meta.db_table for model in watched()}
    trail = {model._meta.db_table for model in texts_of_the_city()}
    assert {"auditlog_logentry", *TOLD_BY.values()} <= watch
    read = read_by_anybody()
    untold = read - watch - trail - TOLD_BY.keys()
    assert not untold, f"who tells that these changed? {untold}"
    # And the list holds nothing that is not asked, or tells of itself.
    assert TOLD_BY.keys() <= read - watch - trail
    assert len(read) > 20


def test_the_trail_follows_every_column_of_these_texts():
    assert len(texts_of_the_city()) >= 10
    for model in texts_of_the_city():
        followed = auditlog.get_model_fields(model)
        assert not followed["include_fields"] and not followed["exclude_fields"], model
        assert auditlog._registry[model]["m2m_fields"] == {each.name for each in model._meta.many_to_many}


def test_an_invented_fact_that_went_makes_room_for_no_other_edition_of_the_same_name(city):
    def extended(due_on):
        row = DeadlineExtension(park=city.park, quarter=Quarter(2026, 3), due_on=due_on, known_from=THIS_DAY)
        row.reason, row.origin = "演示", Origin.DEMO
        row.save()
        return now(f"{PARK}?quarter=2026-Q3")

    before = now(f"{PARK}?quarter=2026-Q3")
    first = extended(THIS_DAY + timedelta(days=10))
    DeadlineExtension.objects.all().delete_demo()
    assert now(f"{PARK}?quarter=2026-Q3") == before
    second = extended(THIS_DAY + timedelta(days=20))
    assert len({before, first, second}) == 3
    assert is_new(first, second, f"{PARK}?quarter=2026-Q3")
