"""Files that stand behind a figure: what is taken, under which name, where it lies, and when it goes."""

import os
import stat
import threading
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models.signals import pre_save
from django.utils import timezone

from changchun_innovation.demonstration import story
from changchun_innovation.shared.append_only import Origin
from changchun_innovation.shared.quarters import Quarter
from parks import evidence, workflow
from parks.evidence import attach, content_of, detach, evidence_of, name_of
from parks.file_kinds import KINDS, PDF, FileRefused, kind_of
from parks.models import Evidence, QuarterlyReport, Status
from tests import evidence_files as files
from tests.factories import make_commitment, make_park, make_report, make_user, moment

Q = Quarter.parse("2026-Q3")
LATER = moment(date(2026, 11, 20))


# --- what kind of file it is ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("content", "ending"),
    [
        (files.pdf(), "pdf"),
        (files.png(), "png"),
        (files.JPEG, "jpg"),
        (files.docx(), "docx"),
        (files.xlsx(), "xlsx"),
        (files.pptx(), "pptx"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_a_whole_file_of_each_accepted_kind_is_known_by_its_content(content, ending):
    assert kind_of(content).endings[0] == ending


def test_a_scan_that_a_printer_ended_with_blanks_is_still_a_pdf():
    assert kind_of(files.pdf() + b"\r\n" + b"\x00" * 500) is PDF


PRETENDERS = {
    "a page named like a document": files.HTML,
    "a drawing that can run scripts": files.SVG,
    "a program": files.EXECUTABLE,
    "a text": "入园企业 12 家".encode(),
    "a picture of a kind that is not taken": b"GIF89a" + b"\x00" * 40,
    "an old Word file, or one with a password": files.OLD_WORD,
    "the first line of a PDF and then a page": b"%PDF-1.7\n" + files.HTML,
    "half a PDF": files.pdf()[:-60],
    "a page before a PDF": files.HTML + files.pdf(),
    "half a PNG": files.png()[:-20],
    "a PNG with a changed byte": files.png().replace(b"\x08\x00\x00\x00\x00", b"\x08\x02\x00\x00\x00", 1),
    "a PNG's first bytes alone": b"\x89PNG\r\n\x1a\n",
    "a JPEG's first bytes alone": b"\xff\xd8\xff\xe0",
    "half a JPEG": files.JPEG[:-40],
    "a workbook with macros": files.xlsm(),
    "a document that hides its macros": files.docx({"word/vbaProject.bin": b"macros"}),
    "a document with a control": files.docx({"word/activeX/activeX1.xml": b"<ocx/>"}),
    "an archive": files.archive({"入园企业.pdf": files.pdf()}),
    "an archive that says it is a document and has none": files.archive(
        {
            "[Content_Types].xml": b'<Types><Override PartName="/word/document.xml" ContentType="%s"/></Types>'
            % files.WORD_MAIN.encode()
        }
    ),
    "a document and a presentation in one": files.docx(
        {"ppt/presentation.xml": b"<p/>"},
        f'<Override PartName="/ppt/presentation.xml" ContentType="{files.SLIDES_MAIN}"/>',
    ),
    "half a document": files.docx()[:-30],
    "a document with a changed byte": files.changed(files.docx(), after=b"word/document.xml"),
}


@pytest.mark.parametrize("content", PRETENDERS.values(), ids=PRETENDERS)
def test_what_only_pretends_to_be_a_document_is_refused(content):
    with pytest.raises(FileRefused) as refused:
        kind_of(content)
    assert str(refused.value.message)


def test_entities_in_an_office_file_are_not_expanded():
    bomb = b'<!DOCTYPE T [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><Types>&b;</Types>'
    with pytest.raises(FileRefused):
        kind_of(files.archive({"[Content_Types].xml": bomb, "word/document.xml": b"<document/>"}))


def test_a_small_file_that_unpacks_to_a_hundred_megabytes_is_refused_before_it_is_unpacked():
    bomb = files.bomb()
    assert len(bomb) < 1024 * 1024
    with pytest.raises(FileRefused, match="解开后过大"):
        kind_of(bomb)


def test_a_document_that_unpacks_to_more_than_it_declares_is_refused():
    honest = files.docx({"word/media/image1.png": b"\x00" * 5_000_000})
    lying = honest.replace((5_000_000).to_bytes(4, "little"), (50).to_bytes(4, "little"))
    assert lying != honest
    with pytest.raises(FileRefused):
        kind_of(lying)


def test_a_picture_of_more_dots_than_a_screen_can_bear_is_refused():
    with pytest.raises(FileRefused, match="像素过多"):
        kind_of(files.png(declared=(60_000, 60_000)))


# --- the name ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("合同.pdf", "合同.pdf"),
        ("合同.PDF", "合同.pdf"),
        ("合同", "合同.pdf"),
        ("合同.docx", "合同.pdf"),
        ("2026.9.30 会议纪要", "2026.9.30 会议纪要.pdf"),
        ("工资表.exe", "工资表.exe.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\桌面\\合同.pdf", "合同.pdf"),
        ("合同\u202efdp.exe", "合同fdp.exe.pdf"),
        ("合\u200b同\u2066\x07\r\n1.pdf", "合同 1.pdf"),
        ('a<b>:"|?*.pdf', "a_b______.pdf"),
        ("  .. .pdf", "附件.pdf"),
        ("", "附件.pdf"),
        ("长" * 300 + ".pdf", "长" * 116 + ".pdf"),
    ],
)
def test_a_name_keeps_its_words_and_gets_the_ending_of_its_content(given, kept):
    assert name_of(given, PDF) == kept


# --- attaching -----------------------------------------------------------------------------------------------
class Desk:
    """A park with two promises, its manager and a draft."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.park = make_park(code="jixing", reports_from="2026-Q1")
        self.firms = make_commitment(park=self.park, kind="stock", value=40)
        self.projects = make_commitment(park=self.park, kind="cumulative", value=100)
        self.manager = make_user(role="park manager", parks=[self.park], username="manager")
        self.reviewer = make_user(role="reviewer", username="reviewer")
        self.report = make_report(park=self.park, quarter=Q, figures={self.firms: 12, self.projects: 0})

    def attach(self, content: bytes = b"", name: str = "合同.pdf", **more) -> Evidence:
        given = {"report": self.report, "commitment": self.firms, "by": self.manager, "at": LATER, **more}
        return attach(name=name, content=content or files.pdf(), **given)

    def contents(self) -> list[Path]:
        return sorted(path for path in self.folder.rglob("*") if path.is_file())

    def submit(self) -> QuarterlyReport:
        self.report.refresh_from_db()
        self.report = workflow.submit(
            report=self.report, version=self.report.version, by=self.manager, at=LATER
        )
        return self.report

    def approve(self, version: int | None = None) -> QuarterlyReport:
        self.report.refresh_from_db()
        version = self.report.version if version is None else version
        return workflow.approve(report=self.report, version=version, by=self.reviewer, at=LATER)


@pytest.fixture
def desk(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "uploads"
    return Desk(settings.MEDIA_ROOT)


def test_a_file_is_kept_whole_under_a_name_of_our_own_that_only_the_server_reads(desk):
    row = desk.attach(files.pdf("two firms moved in"), "../合同.docx")
    (path,) = desk.contents()
    assert path.name == row.stored_as and "合同" not in str(path)
    assert path.read_bytes() == files.pdf("two firms moved in")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (
        stat.S_IMODE(path.parent.stat().st_mode) == stat.S_IMODE(path.parent.parent.stat().st_mode) == 0o700
    )
    assert (row.name, row.media_type, row.size) == ("合同.pdf", "application/pdf", path.stat().st_size)
    assert (row.uploaded_by, row.uploaded_at) == (desk.manager, LATER)
    with content_of(row) as content:
        assert content.read() == path.read_bytes()


def test_files_are_listed_by_figure_in_the_order_they_came_with_one_query(desk, django_assert_num_queries):
    desk.attach(files.pdf("1"), "一.pdf")
    desk.attach(files.png(), "二.png")
    desk.attach(files.xlsx(), "三.xlsx", commitment=desk.projects.pk)
    with django_assert_num_queries(1):
        found = evidence_of(desk.report)
    assert {pk: [each.name for each in of_one] for pk, of_one in found.items()} == {
        desk.firms.pk: ["一.pdf", "二.png"],
        desk.projects.pk: ["三.xlsx"],
    }
    assert [each.kind.is_image for each in found[desk.firms.pk]] == [False, True]
    assert evidence_of(None) == {}


def test_every_kind_that_is_taken_can_be_listed(desk):
    contents = [files.pdf(), files.png(), files.JPEG, files.docx(), files.xlsx(), files.pptx()]
    for content in contents:
        desk.attach(content)
    assert [each.kind for each in evidence_of(desk.report)[desk.firms.pk]] == list(KINDS)


def test_the_same_file_twice_with_one_figure_is_one_file(desk):
    first = desk.attach(name="合同.pdf")
    assert desk.attach(name="合同（副本）.pdf") == first
    assert Evidence.objects.count() == len(desk.contents()) == 1
    desk.attach(commitment=desk.projects)
    assert Evidence.objects.count() == len(desk.contents()) == 2


def test_whoever_hands_in_a_file_is_an_author_and_does_not_approve_the_report(desk):
    colleague = make_user(role="park manager", parks=[desk.park])
    desk.attach(by=colleague)
    desk.report.refresh_from_db()
    assert (desk.report.saved_by, desk.report.saved_at) == (colleague, LATER)
    desk.submit()
    colleague.groups.set(desk.reviewer.groups.all())
    with pytest.raises(PermissionDenied):
        workflow.approve(
            report=desk.report,
            version=desk.report.version,
            by=type(colleague).objects.get(pk=colleague.pk),
            at=LATER,
        )


def test_an_approval_of_a_page_read_before_a_file_came_fails(desk):
    seen = desk.submit().version
    workflow.withdraw(report=desk.report, by=desk.manager, at=LATER)
    desk.attach()
    desk.submit()
    with pytest.raises(workflow.StaleVersion):
        desk.approve(seen)
    assert desk.approve().status == Status.APPROVED


def test_who_saves_figures_while_a_file_arrives_is_not_asked_to_compare(desk):
    opened = desk.report.version
    row = desk.attach()
    detach(evidence=row, by=desk.manager, at=LATER)
    workflow.save_figures(report=desk.report, entries={}, version=opened, by=desk.manager, at=LATER)


@pytest.mark.parametrize("is_approved", [False, True])
def test_a_report_that_is_not_being_filled_keeps_its_files_as_they_are(desk, is_approved):
    row = desk.attach()
    desk.submit()
    if is_approved:
        desk.approve()
    with pytest.raises(workflow.TransitionError, match="不能增减"):
        desk.attach(files.png())
    with pytest.raises(workflow.TransitionError, match="不能增减"):
        detach(evidence=row, by=desk.manager, at=LATER)
    assert [row.pk] == [each.pk for each in Evidence.objects.all()]
    assert len(desk.contents()) == 1


def test_a_returned_report_takes_files_again(desk):
    desk.submit()
    workflow.return_report(
        report=desk.report, version=desk.report.version, reason="请附合同", by=desk.reviewer, at=LATER
    )
    assert desk.attach().report.status == Status.RETURNED


@pytest.mark.parametrize("role", ["reviewer", "analyst", "official", "administrator", "park manager", None])
def test_nobody_but_the_parks_own_managers_adds_or_removes_a_file(desk, role):
    row = desk.attach()
    parks = [make_park()] if role == "park manager" else []
    other = make_user(role=role, parks=parks, username="somebody-else")
    with pytest.raises(PermissionDenied):
        desk.attach(files.png(), by=other)
    with pytest.raises(PermissionDenied):
        detach(evidence=row, by=other, at=LATER)
    assert Evidence.objects.count() == len(desk.contents()) == 1


def test_a_file_for_another_parks_promise_is_refused_and_leaves_nothing(desk):
    elsewhere = make_commitment(park=make_park(code="elsewhere"))
    with pytest.raises(workflow.TransitionError, match="不属于本园区"):
        desk.attach(commitment=elsewhere)
    assert not Evidence.objects.exists() and not desk.contents()


# --- bounds --------------------------------------------------------------------------------------------------
def test_too_large_too_many_and_too_much_are_refused_and_what_is_there_stays(desk, settings):
    one, two, three = files.pdf("1"), files.pdf("2"), files.pdf("3")
    settings.EVIDENCE_FILE_BYTES = len(one)
    with pytest.raises(FileRefused, match="单个文件的上限"):
        desk.attach(one + b" ")
    with pytest.raises(FileRefused, match="空文件"):
        attach(
            report=desk.report, commitment=desk.firms, name="a.pdf", content=b"", by=desk.manager, at=LATER
        )
    settings.EVIDENCE_FILES_PER_FIGURE = 2
    desk.attach(one)
    desk.attach(two)
    with pytest.raises(FileRefused, match="最多 2 个文件"):
        desk.attach(three)
    settings.EVIDENCE_REPORT_BYTES = 3 * len(one) - 1
    with pytest.raises(FileRefused, match="合计最多"):
        desk.attach(three, commitment=desk.projects)
    settings.EVIDENCE_REPORT_BYTES += 1
    desk.attach(three, commitment=desk.projects)
    assert Evidence.objects.count() == len(desk.contents()) == 3


def test_the_same_file_is_not_refused_for_want_of_room(desk, settings):
    settings.EVIDENCE_FILES_PER_FIGURE = 1
    assert desk.attach() == desk.attach()


# --- contents on the disk ------------------------------------------------------------------------------------
def test_a_row_that_cannot_be_made_leaves_no_content(desk):
    def broken(**signal):
        raise RuntimeError("the database went away")

    pre_save.connect(broken, sender=Evidence)
    try:
        with pytest.raises(RuntimeError):
            desk.attach()
    finally:
        pre_save.disconnect(broken, sender=Evidence)
    assert not Evidence.objects.exists() and not desk.contents()


def test_a_content_goes_only_when_its_removal_is_committed(desk, django_capture_on_commit_callbacks):
    row = desk.attach()
    with django_capture_on_commit_callbacks() as waiting:
        detach(evidence=row, by=desk.manager, at=LATER)
        assert len(desk.contents()) == 1
    for step in waiting:
        step()
    assert not desk.contents()
    detach(evidence=row, by=desk.manager, at=LATER)


def test_a_correction_shares_the_content_and_does_not_take_it_from_the_approved_report(
    desk, django_capture_on_commit_callbacks
):
    row = desk.attach()
    desk.submit()
    desk.approve()
    correction = workflow.reopen(
        park=desk.park, quarter=Q, reason="更正", by=make_user(role="reviewer"), at=LATER
    )
    (copy,) = correction.evidence.all()
    assert copy.stored_as == row.stored_as
    with django_capture_on_commit_callbacks(execute=True):
        detach(evidence=copy, by=desk.manager, at=LATER)
    assert not correction.evidence.exists()
    with content_of(row) as content:
        assert content.read() == files.pdf()


def test_a_demonstration_that_is_cleared_takes_its_files_and_nobody_elses(
    desk, settings, django_capture_on_commit_callbacks
):
    desk.attach()
    QuarterlyReport.objects.filter(pk=desk.report.pk).update(origin=Origin.DEMO)
    settings.DEMO = False
    real = make_report(park=desk.park, quarter=Q - 1)
    kept = desk.attach(files.png(), report=real)
    with django_capture_on_commit_callbacks(execute=True):
        gone = story.clear()
    assert gone["parks.Evidence"] == 1
    assert [path.name for path in desk.contents()] == [kept.stored_as]


def test_contents_without_a_row_are_found_after_a_day_and_rows_without_content_at_once(desk):
    row = desk.attach()
    (path,) = desk.contents()
    unfinished = path.with_name("0" * 32 + ".part")
    unfinished.write_bytes(b"%PDF-1.4")
    now = timezone.now()
    # Files carry the hour of the machine, not that of the test.
    os.utime(unfinished, (now.timestamp(), now.timestamp()))
    assert list(evidence.orphans(now)) == []
    assert list(evidence.orphans(now + timedelta(days=2))) == [unfinished]
    assert evidence.lost() == []
    path.unlink()
    assert evidence.lost() == [row]


def test_a_stored_name_that_is_none_of_ours_opens_nothing(desk):
    row = desk.attach()
    (desk.folder / "secret").write_text("secret")
    for forged in ("../../secret", "/etc/hosts", "secret", ""):
        row.stored_as = forged
        with pytest.raises(FileNotFoundError):
            content_of(row)


# --- at the same moment --------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_ten_uploads_of_one_file_at_once_are_one_file_with_one_content(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "uploads"
    desk = Desk(settings.MEDIA_ROOT)
    failures = []

    def upload():
        try:
            desk.attach()
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    people = [threading.Thread(target=upload) for _each in range(10)]
    for each in people:
        each.start()
    for each in people:
        each.join()
    assert not failures
    assert Evidence.objects.count() == len(desk.contents()) == 1
