"""Evidence in the admin: handed in by a park, read by whom the report concerns, and by nobody else."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from parks import evidence, workflow
from parks.models import Evidence, QuarterlyReport, ReportEvent, Status
from tests import evidence_files as files
from tests.factories import make_commitment, make_park, make_report, make_user
from tests.parks.test_evidence import LATER, Desk, Q

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "uploads"
    return Desk(settings.MEDIA_ROOT)


def handing_in(park="jixing", quarter=Q) -> str:
    return reverse("admin:parks_quarterlyreport_evidence_entry", args=[park, quarter])


def reading(report) -> str:
    return reverse("admin:parks_quarterlyreport_evidence", args=[report.pk])


def file_of(row) -> str:
    return reverse("admin:parks_quarterlyreport_evidence_file", args=[row.pk])


def sent(name: str, content: bytes, claims="application/octet-stream") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, claims)


def upload(client, commitment, *given, address: str | None = None):
    return client.post(
        address or handing_in(), {"commitment": commitment.pk, "files": list(given)}, follow=True
    )


def logged_in(client, user):
    client.force_login(user)
    return client


# --- handing in ----------------------------------------------------------------------------------------------
def test_several_files_go_with_one_figure_at_once_and_are_told_beside_it(desk, client):
    answer = upload(
        logged_in(client, desk.manager),
        desk.firms,
        sent("协议.pdf", files.pdf()),
        sent("现场.jpg", files.JPEG),
        sent("名单.xlsx", files.xlsx()),
    )
    assert answer.redirect_chain == [(f"{handing_in()}#figure-{desk.firms.pk}", 302)]
    page = answer.content.decode()
    assert "已上传 3 个文件" in page
    for row in Evidence.objects.all():
        assert row.commitment == desk.firms and file_of(row) in page and row.name in page
    jpeg = Evidence.objects.get(name="现场.jpg")
    assert f'<img src="{file_of(jpeg)}"' in page and page.count("<img ") == 1


def test_files_come_before_the_first_figure_and_begin_the_report(desk, client):
    client = logged_in(client, desk.manager)
    address = handing_in(quarter=Q - 1)
    assert client.get(address).status_code == 200
    assert QuarterlyReport.objects.count() == 1, "looking at a page begins nothing"
    upload(client, desk.firms, sent("假.pdf", files.HTML), address=address)
    assert QuarterlyReport.objects.count() == 1, "a file that is refused begins nothing"
    upload(client, desk.firms, sent("协议.pdf", files.pdf()), address=address)
    report = QuarterlyReport.objects.get(quarter=Q - 1)
    assert (report.status, report.evidence.count()) == (Status.DRAFT, 1)
    # Whoever had the entry page open meanwhile saves as if nothing had happened.
    entry = reverse("admin:parks_quarterlyreport_enter", args=["jixing", Q - 1])
    typed = {f"value-{desk.firms.pk}": "7", "version": 0, "step": "save"}
    assert client.post(entry, typed).status_code == 302
    assert report.figures.get(commitment=desk.firms).value == 7


def test_one_file_that_is_refused_is_named_and_does_not_cost_the_others(desk, client, settings):
    settings.EVIDENCE_FILE_BYTES = 6000
    answer = upload(
        logged_in(client, desk.manager),
        desk.firms,
        sent("页面.pdf", files.HTML, "application/pdf"),
        sent("协议.pdf", files.pdf()),
        sent("太大.png", files.png(says="x" * 7000)),
        sent("宏.xlsm", files.xlsm()),
        sent("空.pdf", b""),
        sent("真名.pdf", files.docx(), "application/pdf"),
    )
    page = answer.content.decode()
    assert {row.name for row in Evidence.objects.all()} == {"协议.pdf", "真名.docx"}
    for name, why in {
        "页面.pdf": "不是可接受的格式",
        "太大.png": "超过单个文件的上限",
        "宏.xlsm": "含有宏",
        "空.pdf": "空文件",
    }.items():
        assert f"“{name}”没有上传：" in page and why in page
    assert "已上传 2 个文件" in page
    assert page.count(f'href="#figure-{desk.firms.pk}"') == 1, "the summary leads to the figure"


def test_an_endless_file_is_cut_while_it_arrives_and_refused(desk, client, settings, rf):
    settings.EVIDENCE_FILE_BYTES = 100_000
    for size in (2_000_000, 4_000_000):  # one that Django keeps in memory, one that it writes to the disk
        endless = files.pdf() + b" " * size
        request = rf.post(handing_in(), {"files": [sent("无尽.pdf", endless)]})
        (arrived,) = request.FILES.getlist("files")
        assert 100_000 < arrived.size < 300_000
        arrived.close()
        answer = upload(logged_in(client, desk.manager), desk.firms, sent("无尽.pdf", endless))
        assert "“无尽.pdf”没有上传：超过单个文件的上限" in answer.content.decode()
    whole = sent("协议.pdf", files.pdf())
    assert "已上传 1 个文件" in upload(client, desk.firms, whole).content.decode()


def test_no_file_chosen_is_said_and_changes_nothing(desk, client):
    answer = upload(logged_in(client, desk.manager), desk.firms)
    assert "没有选择文件" in answer.content.decode()
    assert not Evidence.objects.exists()


def test_a_disk_that_cannot_be_written_is_a_sentence_and_leaves_no_row(desk, client, settings):
    Path(settings.MEDIA_ROOT).write_text("a file where the folder should be")
    answer = upload(logged_in(client, desk.manager), desk.firms, sent("协议.pdf", files.pdf()))
    assert answer.status_code == 200 and "服务器暂时无法保存文件" in answer.content.decode()
    assert not Evidence.objects.exists()


def test_a_file_is_taken_back_by_its_button(desk, client, django_capture_on_commit_callbacks):
    row = desk.attach(name="协议.pdf")
    client = logged_in(client, desk.manager)
    assert f'name="remove" value="{row.pk}"' in client.get(handing_in()).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(handing_in(), {"remove": row.pk}, follow=True)
    assert "已删除“协议.pdf”" in answer.content.decode()
    assert not Evidence.objects.exists() and not desk.contents()
    assert client.post(handing_in(), {"remove": row.pk}).status_code == 404


def test_once_submitted_files_are_read_and_no_longer_changed(desk, client):
    row = desk.attach()
    desk.submit()
    client = logged_in(client, desk.manager)
    assert client.get(handing_in()).headers["Location"] == reading(desk.report)
    page = client.get(reading(desk.report)).content.decode()
    assert file_of(row) in page and 'type="file"' not in page and 'name="remove"' not in page
    assert "不能增减" in upload(client, desk.firms, sent("图.png", files.png())).content.decode()
    client.post(handing_in(), {"remove": row.pk})
    assert [row] == list(Evidence.objects.all())


def test_the_page_to_read_leads_who_fills_to_the_page_to_hand_in(desk, client):
    answer = logged_in(client, desk.manager).get(reading(desk.report))
    assert answer.headers["Location"] == handing_in()
    page = logged_in(client, desk.reviewer).get(reading(desk.report))
    assert page.status_code == 200 and "没有材料" in page.content.decode()
    assert client.post(reading(desk.report)).status_code == 405


def test_a_full_figure_offers_no_further_file(desk, client, settings):
    settings.EVIDENCE_FILES_PER_FIGURE = 1
    desk.attach()
    page = logged_in(client, desk.manager).get(handing_in()).content.decode()
    assert "已达上限" in page
    assert f'id="files-{desk.firms.pk}"' not in page and f'id="files-{desk.projects.pk}"' in page


def test_the_page_costs_the_same_with_one_file_and_with_twenty(desk, client, django_assert_num_queries):
    client = logged_in(client, desk.manager)
    desk.attach()
    client.get(handing_in())
    with CaptureQueriesContext(
        connection,
    ) as one:
        client.get(handing_in())
    for number in range(9):
        desk.attach(files.pdf(f"file {number}"))
        desk.attach(files.pdf(f"file {number}"), commitment=desk.projects)
    with django_assert_num_queries(len(one)):
        client.get(handing_in())


def test_the_page_speaks_english_too(desk, client):
    desk.attach(name="协议.pdf")
    client = logged_in(client, desk.manager)
    client.post(reverse("admin:language"), {"language": "en", "next": handing_in()})
    assert client.get(handing_in()).headers["Content-Language"] == "en"


# --- the file itself -----------------------------------------------------------------------------------------
def test_a_file_travels_as_an_attachment_of_our_type_that_nobody_keeps(desk, client):
    row = desk.attach(files.png(says="<script>alert(document.cookie)</script>"), "现场 <b>.html")
    answer = logged_in(client, desk.manager).get(file_of(row))
    assert b"".join(answer.streaming_content) == files.png(says="<script>alert(document.cookie)</script>")
    assert answer["Content-Type"] == "image/png"
    assert answer["Content-Disposition"] == ("attachment; filename*=utf-8''%E7%8E%B0%E5%9C%BA%20_b_.html.png")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert {"private", "no-store"} <= {word.strip() for word in answer["Cache-Control"].split(",")}
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert int(answer["Content-Length"]) == row.size


def test_a_file_whose_content_is_lost_is_not_found_and_no_error_page(desk, client):
    row = desk.attach()
    desk.contents()[0].unlink()
    assert logged_in(client, desk.manager).get(file_of(row)).status_code == 404


def test_no_address_of_the_site_leads_into_the_folder_of_files(desk, client):
    row = desk.attach()
    client = logged_in(client, desk.manager)
    for place in ("media", "uploads", "static", "static/uploads", "evidence", "static/../uploads"):
        path = f"/{place}/evidence/{row.stored_as[:2]}/{row.stored_as}"
        assert client.get(path).status_code == 404


# --- everybody else ------------------------------------------------------------------------------------------
OTHERS = ["other manager", "analyst", "official", "nobody", "anonymous"]


def somebody(client, who: str):
    if who == "anonymous":
        return client
    if who == "other manager":
        park = make_park(code="elsewhere", reports_from="2026-Q1")
        make_commitment(park=park)
        return logged_in(client, make_user(role="park manager", parks=[park], username="other"))
    return logged_in(client, make_user(role=None if who == "nobody" else who, username="other"))


@pytest.mark.parametrize("who", OTHERS)
def test_others_read_nothing_and_change_nothing(desk, client, who):
    row = desk.attach(name="机密合同.pdf")
    before = (QuarterlyReport.objects.values().get(), list(Evidence.objects.values()), desk.contents())
    client = somebody(client, who)
    closed = (404,) if who == "other manager" else (302, 403, 404)
    asked = [
        client.get(handing_in()),
        client.get(reading(desk.report)),
        client.get(file_of(row)),
        client.post(file_of(row)),
        client.post(reading(desk.report), {"remove": row.pk}),
        client.post(handing_in(), {"remove": row.pk}),
        client.post(handing_in(), {"commitment": desk.firms.pk, "files": [sent("a.pdf", files.pdf("mine"))]}),
        client.post(
            handing_in(quarter=Q - 1),
            {"commitment": desk.firms.pk, "files": [sent("a.pdf", files.pdf("mine"))]},
        ),
    ]
    for answer in asked:
        assert answer.status_code in (*closed, 405), answer.request["PATH_INFO"]
        if answer.status_code == 302:
            assert answer["Location"].startswith(("/accounts/login/", "/admin/login/"))
        assert "机密" not in answer.content.decode()
    after = (QuarterlyReport.objects.values().get(), list(Evidence.objects.values()), desk.contents())
    assert before == after


@pytest.mark.parametrize("role", ["reviewer", "administrator"])
def test_who_reviews_reads_every_file_and_hands_in_none(desk, client, role):
    row = desk.attach()
    client = logged_in(client, make_user(role=role, username="reads"))
    assert b"".join(client.get(file_of(row)).streaming_content) == files.pdf()
    assert row.name in client.get(reading(desk.report)).content.decode()
    assert client.get(handing_in()).status_code == 404
    assert client.post(handing_in(), {"remove": row.pk}).status_code == 404
    given = {"commitment": desk.firms.pk, "files": [sent("a.pdf", files.pdf("mine"))]}
    assert client.post(handing_in(), given).status_code == 404
    assert [row] == list(Evidence.objects.all())


def test_forged_ids_reach_no_other_parks_figure_or_file(desk, client):
    elsewhere = make_park(code="elsewhere", reports_from="2026-Q1")
    promise = make_commitment(park=elsewhere)
    manager = make_user(role="park manager", parks=[elsewhere])
    theirs = evidence.attach(
        report=make_report(park=elsewhere, quarter=Q, by=manager),
        commitment=promise,
        name="他们的.pdf",
        content=files.pdf("theirs"),
        by=manager,
        at=LATER,
    )
    client = logged_in(client, desk.manager)
    for commitment in (promise.pk, "", "0", "-1", "９", "1 OR 1=1", "9" * 30):
        given = {"commitment": commitment, "files": [sent("a.pdf", files.pdf("mine"))]}
        assert client.post(handing_in(), given).status_code == 404
    for forged in (theirs.pk, "０", "x", "9" * 30):
        assert client.post(handing_in(), {"remove": forged}).status_code == 404
    assert client.get(file_of(theirs)).status_code == 404
    assert client.get(reading(theirs.report)).status_code == 404
    assert [theirs] == list(Evidence.objects.all())


def test_a_form_without_its_token_changes_nothing(desk):
    row = desk.attach()
    client = logged_in(Client(enforce_csrf_checks=True), desk.manager)
    assert client.post(handing_in(), {"remove": row.pk}).status_code == 403
    given = {"commitment": desk.firms.pk, "files": [sent("a.pdf", files.pdf("mine"))]}
    assert client.post(handing_in(), given).status_code == 403
    assert [row] == list(Evidence.objects.all())


def test_looking_changes_nothing_even_with_a_forged_question(desk, client):
    row = desk.attach()
    client = logged_in(client, desk.manager)
    assert client.get(handing_in(), {"remove": row.pk, "commitment": desk.firms.pk}).status_code == 200
    assert [row] == list(Evidence.objects.all())
    assert ReportEvent.objects.count() == 1


def test_a_manager_who_left_reads_and_changes_nothing_any_more(desk, client):
    row = desk.attach()
    client = logged_in(client, desk.manager)
    desk.manager.managed_parks.all().delete()
    assert client.get(file_of(row)).status_code == 404
    assert client.post(handing_in(), {"remove": row.pk}).status_code == 404
    assert [row] == list(Evidence.objects.all())


@pytest.mark.parametrize("quarter", ["2026-Q4", "soon", "2026-Q9", "1999-Q1"])
def test_no_file_is_handed_in_for_a_quarter_that_has_not_ended_or_is_none(desk, client, quarter):
    client = logged_in(client, desk.manager)
    address = f"/admin/parks/quarterlyreport/enter/jixing/{quarter}/evidence/"
    assert client.get(address).status_code == 404
    given = {"commitment": desk.firms.pk, "files": [sent("a.pdf", files.pdf())]}
    assert client.post(address, given).status_code == 404
    assert not Evidence.objects.exists()


def test_a_report_submitted_while_files_are_chosen_keeps_what_was_submitted(desk, client):
    client = logged_in(client, desk.manager)
    client.get(handing_in())
    desk.submit()
    answer = upload(client, desk.firms, sent("协议.pdf", files.pdf()))
    assert answer.status_code == 200 and "不能增减" in answer.content.decode()
    assert not Evidence.objects.exists() and not desk.contents()
    assert workflow.withdraw(report=desk.report, by=desk.manager, at=LATER).status == Status.DRAFT
