"""Files that a park hands in with its figures: the one door to attach, remove and read them.

The content lies under `MEDIA_ROOT/evidence`, outside everything that is served, under random names of our own; the
name that a file came under is only ever a word on a page. A content is written whole before its row is made, and is
removed after the last row that refers to it is gone: a correction copies rows, which share their content.

Attaching and removing need a draft or a returned report, and so never happen between a reviewer's reading and their
approval without a step that raises the report's version. They leave the version itself alone: who saves figures while
files arrive has lost nothing and is not asked to compare.
"""

import logging
import os
import re
import secrets
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Sum
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from parks import access
from parks.file_kinds import BY_MEDIA_TYPE, ENDINGS, FileKind, FileRefused, kind_of
from parks.models import Commitment, Evidence, QuarterlyReport
from parks.refusals import TransitionError

log = logging.getLogger(__name__)

LONGEST_NAME = 120
OUR_NAME = re.compile("[0-9a-f]{32}")
# Categories of Unicode that show nothing or turn what follows: controls, formats (directions, zero widths),
# surrogates, private and unassigned characters, line and paragraph separators.
UNSHOWN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
# A content without a row that is younger may belong to an upload that is just being made.
ORPHANED_AFTER = timedelta(days=1)


@dataclass(frozen=True)
class EvidenceFacts:
    """A file as pages show it; `uploaded_by` is the person's name."""

    pk: int
    name: str
    kind: FileKind
    size: int
    uploaded_at: datetime
    uploaded_by: str

    @property
    def size_text(self) -> str:
        return size_words(self.size)


def size_words(size: int) -> str:
    """1536 → “1.5 KB”, 10485760 → “10 MB”, with a blank that does not break."""
    return filesizeformat(size).replace(".0\xa0", "\xa0")


# --- reading -------------------------------------------------------------------------------------------------
def evidence_of(report: QuarterlyReport | None) -> dict[int, tuple[EvidenceFacts, ...]]:
    """The files of a report by commitment id, in the order they came; one query. Figures without files are absent."""
    if report is None:
        return {}
    found: dict[int, list[EvidenceFacts]] = {}
    for each in Evidence.objects.filter(report=report).select_related("uploaded_by").order_by("pk"):
        found.setdefault(each.commitment_id, []).append(
            EvidenceFacts(
                pk=each.pk,
                name=each.name,
                kind=BY_MEDIA_TYPE[each.media_type],
                size=each.size,
                uploaded_at=each.uploaded_at,
                uploaded_by=each.uploaded_by.get_full_name() or each.uploaded_by.get_username(),
            )
        )
    return {pk: tuple(files) for pk, files in found.items()}


def content_of(evidence: Evidence) -> BinaryIO:
    """The content, opened for reading. Raises FileNotFoundError where it is not on the disk."""
    if not OUR_NAME.fullmatch(evidence.stored_as):
        raise FileNotFoundError(evidence.stored_as)
    return _path(evidence.stored_as).open("rb")


# --- attaching and removing ----------------------------------------------------------------------------------
def attach(
    *,
    report: QuarterlyReport,
    commitment: Commitment | int,
    name: str,
    content: bytes,
    by: AbstractUser,
    at: datetime,
) -> Evidence:
    """Hand in a file with one figure of a draft or a returned report. `commitment` may be its id.

    The same content twice with one figure is one row: the second time answers the first. Raises PermissionDenied for
    who does not enter the park's reports, FileRefused (a TransitionError) for a file that cannot be taken.
    """
    if not access.may_enter(by, report.park):
        raise PermissionDenied
    if not content:
        raise FileRefused(_("是空文件，没有内容。"))
    if len(content) > settings.EVIDENCE_FILE_BYTES:
        raise FileRefused(
            _("超过单个文件的上限 %(most)s。") % {"most": size_words(settings.EVIDENCE_FILE_BYTES)}
        )
    kind = kind_of(content)
    stored_as = secrets.token_hex(16)
    try:
        with transaction.atomic():
            report = _locked_for_change(report, by)
            pk = commitment if isinstance(commitment, int) else commitment.pk
            if not report.park.commitments.filter(pk=pk).exists():
                raise TransitionError(_("所选指标不属于本园区的承诺，文件没有保存。"))
            digest = sha256(content).hexdigest()
            if same := report.evidence.filter(commitment=pk, sha256=digest).first():
                return same
            _check_room(report, pk, len(content))
            _write(stored_as, content)
            evidence = Evidence.objects.create(
                report=report,
                commitment_id=pk,
                name=name_of(name, kind),
                stored_as=stored_as,
                media_type=kind.media_type,
                size=len(content),
                sha256=digest,
                uploaded_at=at,
                uploaded_by=by,
            )
            _remember_hand(report, by, at)
    except BaseException:
        _path(stored_as).unlink(missing_ok=True)
        raise
    return evidence


def detach(*, evidence: Evidence, by: AbstractUser, at: datetime) -> None:
    """Take a file back from a draft or a returned report; what is already gone is not missed."""
    with transaction.atomic():
        report = _locked_for_change(evidence.report, by)
        for each in report.evidence.filter(pk=evidence.pk):
            each.delete()
            _remember_hand(report, by, at)


def _locked_for_change(report: QuarterlyReport, by: AbstractUser) -> QuarterlyReport:
    report = QuarterlyReport.objects.select_for_update(of=("self",)).select_related("park").get(pk=report.pk)
    if not access.may_enter(by, report.park):
        raise PermissionDenied
    if not report.is_editable:
        raise TransitionError(
            _("季报现为“%(status)s”，不能增减佐证材料。") % {"status": report.get_status_display()}
        )
    return report


def _check_room(report: QuarterlyReport, commitment: int, size: int) -> None:
    if report.evidence.filter(commitment=commitment).count() >= settings.EVIDENCE_FILES_PER_FIGURE:
        raise FileRefused(
            _("每项指标最多 %(most)s 个文件；请先删除不需要的，或合并后上传。")
            % {"most": settings.EVIDENCE_FILES_PER_FIGURE}
        )
    there = report.evidence.aggregate(total=Sum("size"))["total"] or 0
    if there + size > settings.EVIDENCE_REPORT_BYTES:
        raise FileRefused(
            _("一份季报的材料合计最多 %(most)s，已有 %(there)s。")
            % {"most": size_words(settings.EVIDENCE_REPORT_BYTES), "there": size_words(there)}
        )


def _remember_hand(report: QuarterlyReport, by: AbstractUser, at: datetime) -> None:
    """Who hands in what a figure rests on does not approve it either."""
    report.authors.add(by)
    report.saved_by, report.saved_at = by, at
    report.save(update_fields=["saved_by", "saved_at"])


# --- names ---------------------------------------------------------------------------------------------------
def name_of(name: str, kind: FileKind) -> str:
    """The name that a file is shown and handed out under.

    What stands after the last / or \\; characters that show nothing or turn the direction of writing are left out;
    those that no file system takes become _; blanks are single; at most 120 characters; the ending is the content's.

    >>> name_of("C:\\\\合同\\u202e.exe.docx", PDF)
    '合同.exe.pdf'
    """
    name = unicodedata.normalize("NFC", re.split(r"[/\\]", name)[-1])
    name = re.sub(r"\s+", " ", name)
    name = "".join(each for each in name if unicodedata.category(each) not in UNSHOWN)
    name = re.sub(r'[<>:"|?*]', "_", name)
    stem, dot, ending = name.rpartition(".")
    if not (dot and ending.lower() in ENDINGS):
        stem, ending = name, ""
    ending = ending.lower() if ending.lower() in kind.endings else kind.endings[0]
    stem = stem[: LONGEST_NAME - len(ending) - 1].strip(" .") or _("附件")
    return f"{stem}.{ending}"


# --- contents on the disk ------------------------------------------------------------------------------------
def _folder() -> Path:
    return Path(settings.MEDIA_ROOT) / "evidence"


def _path(stored_as: str) -> Path:
    return _folder() / stored_as[:2] / stored_as


def _write(stored_as: str, content: bytes) -> None:
    """Write a content so that its name either holds all of it or does not exist; only our own account reads it."""
    target = _path(stored_as)
    _folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    target.parent.mkdir(mode=0o700, exist_ok=True)
    unfinished = target.with_suffix(".part")
    try:
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(target)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


@receiver(post_delete, sender=Evidence)
def _content_goes_with_its_last_row(instance: Evidence, **signal) -> None:
    """However a row went, by hand or with its report: its content goes once that is committed."""
    transaction.on_commit(lambda: _remove_unreferred(instance.stored_as), robust=True)


def _remove_unreferred(stored_as: str) -> None:
    if OUR_NAME.fullmatch(stored_as) and not Evidence.objects.filter(stored_as=stored_as).exists():
        _path(stored_as).unlink(missing_ok=True)


def orphans(now: datetime) -> Iterator[Path]:
    """Contents, whole or unfinished, that no row refers to for more than a day: what a crash can leave behind."""
    known = set(Evidence.objects.values_list("stored_as", flat=True))
    for path in sorted(_folder().glob("*/*")):
        age = now.timestamp() - path.stat().st_mtime
        if path.name not in known and age > ORPHANED_AFTER.total_seconds():
            yield path


def lost() -> list[Evidence]:
    """Rows whose content is not on the disk."""
    rows = Evidence.objects.select_related("report__park", "commitment__indicator")
    return [each for each in rows if not _path(each.stored_as).is_file()]
