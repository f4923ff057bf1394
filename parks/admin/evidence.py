"""The files that stand behind the figures of a report: a page to hand them in and take them back, and each file.

enter/<park>/<quarter>/evidence/   for who fills the quarter; the first file opens its report
<report>/evidence/                 for whoever reads the report; nothing changes here
evidence/<file>/                   one file, always as an attachment
"""

import logging

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, Http404, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from changchun_innovation.shared.wording import quarter_text
from parks import access, evidence, workflow
from parks.admin.pages import address_of, entry_address, name_of, place_filled
from parks.file_kinds import ENDINGS
from parks.models import Evidence, Park, QuarterlyReport
from parks.refusals import TransitionError
from parks.sheet import current_report, sheet

log = logging.getLogger(__name__)


class HandingIn:
    """The addresses of evidence. Whoever may not see a report gets 404 at each of them."""

    def evidence_urls(self) -> list:
        see = self.admin_site.admin_view
        return [
            path(
                "enter/<slug:park>/<str:quarter>/evidence/",
                see(self.evidence_entry_view),
                name="parks_quarterlyreport_evidence_entry",
            ),
            path(
                "evidence/<int:evidence_id>/",
                see(self.evidence_file_view),
                name="parks_quarterlyreport_evidence_file",
            ),
            path(
                "<path:object_id>/evidence/",
                see(self.evidence_view),
                name="parks_quarterlyreport_evidence",
            ),
        ]

    def evidence_entry_view(self, request, park, quarter):
        """The figures of a quarter that is being filled, with their files; POST attaches files or removes one."""
        park, quarter = place_filled(request, park, quarter)
        report = current_report(park, quarter)
        if request.method == "POST":
            return self._change_evidence(request, park, quarter, report)
        if report and not report.is_editable:
            return HttpResponseRedirect(evidence_address(report))
        return self._evidence_page(request, park, quarter, report, may_change=True)

    def evidence_view(self, request, object_id):
        """The files of one revision, to be read."""
        report = self.report_or_404(request, object_id)
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        if report.is_editable and access.may_enter(request.user, report.park):
            return HttpResponseRedirect(evidence_entry_address(report.park, report.quarter))
        return self._evidence_page(request, report.park, report.quarter, report, may_change=False)

    def evidence_file_view(self, request, evidence_id):
        """One file: its own bytes under a type of ours, to be kept and never shown as a page of this site."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        readable = Evidence.objects.filter(report__in=access.reports_read_by(request.user))
        row = get_object_or_404(readable, pk=evidence_id)
        try:
            content = evidence.content_of(row)
        except FileNotFoundError as error:
            log.error("evidence %s: its content %s is not on the disk", row.pk, row.stored_as)
            raise Http404(_("文件内容已丢失，请联系管理员。")) from error
        answer = FileResponse(content, as_attachment=True, filename=row.name, content_type=row.media_type)
        answer["X-Content-Type-Options"] = "nosniff"
        answer["Cache-Control"] = "private, no-store"
        # Even where a browser were made to show it: no scripts, no forms, no further requests.
        answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
        answer["Cross-Origin-Resource-Policy"] = "same-origin"
        return answer

    def _change_evidence(self, request, park, quarter, report):
        here = evidence_entry_address(park, quarter)
        if removed := request.POST.get("remove"):
            row = get_object_or_404(Evidence, pk=_number(removed), report=report) if report else None
            if row is None:
                raise Http404
            return self._remove(request, row, here)
        commitment = _number(request.POST.get("commitment", ""))
        if not park.commitments.filter(pk=commitment).exists():
            raise Http404
        tag = f"figure-{commitment}"
        back = HttpResponseRedirect(f"{here}#{tag}")
        files = request.FILES.getlist("files")
        if not files:
            messages.error(request, _("没有选择文件。"), extra_tags=tag)
            return back
        # Each file for itself: one that is refused does not cost the others.
        taken = sum(self._attach(request, park, quarter, commitment, file, tag) for file in files)
        if taken:
            told = ngettext("已上传 %(number)s 个文件。", "已上传 %(number)s 个文件。", taken)
            messages.success(request, told % {"number": taken}, extra_tags=tag)
        return back

    def _attach(self, request, park, quarter, commitment: int, file, tag: str) -> bool:
        by, at = request.user, timezone.now()
        # One byte beyond the bound is enough to know; the rest of an endless file is never read.
        content = file.read(settings.EVIDENCE_FILE_BYTES + 1)
        try:
            # Together: a file that is refused begins no report.
            with transaction.atomic():
                report = current_report(park, quarter)
                report = report or workflow.open_report(park=park, quarter=quarter, by=by, at=at)
                evidence.attach(
                    report=report, commitment=commitment, name=file.name, content=content, by=by, at=at
                )
        except TransitionError as refused:
            why = refused.message
        except OSError:
            log.exception("evidence: a file could not be written")
            why = _("服务器暂时无法保存文件；请稍后再试，或联系管理员。")
        else:
            return True
        messages.error(
            request, _("“%(name)s”没有上传：%(why)s") % {"name": file.name, "why": why}, extra_tags=tag
        )
        return False

    def _remove(self, request, row: Evidence, here: str):
        tag = f"figure-{row.commitment_id}"
        try:
            evidence.detach(evidence=row, by=request.user, at=timezone.now())
        except TransitionError as refused:
            messages.error(request, refused.message, extra_tags=tag)
        else:
            messages.success(request, _("已删除“%(name)s”。") % {"name": row.name}, extra_tags=tag)
        return HttpResponseRedirect(f"{here}#{tag}")

    def _evidence_page(self, request, park, quarter, report, *, may_change: bool):
        page = sheet(park, quarter, report, timezone.localdate())
        files = evidence.evidence_of(report)
        told = list(messages.get_messages(request))
        rows = [
            {
                "line": line,
                "files": files.get(line.pk, ()),
                "told": [each for each in told if each.extra_tags == f"figure-{line.pk}"],
                "is_full": len(files.get(line.pk, ())) >= settings.EVIDENCE_FILES_PER_FIGURE,
            }
            for line in page.lines
        ]
        words = {"park": park.name, "quarter": quarter_text(quarter)}
        report_name = name_of(report) if report else _("%(park)s · %(quarter)s季报") % words
        beside = {id(each) for row in rows for each in row["told"]}
        context = {
            **self.admin_site.each_context(request),
            "title": _("佐证材料：%(report)s") % {"report": report_name},
            "report_name": report_name,
            "opts": self.opts,
            "report": report,
            "rows": rows,
            "number": sum(map(len, files.values())),
            "total": evidence.size_words(sum(each.size for of_one in files.values() for each in of_one)),
            # A figure that is no longer on the sheet cannot hold its message; those stand on top.
            "told": [each for each in told if id(each) not in beside],
            "refused": [row for row in rows if any(each.level_tag == "error" for each in row["told"])],
            "may_change": may_change,
            "back": entry_address(park, quarter) if may_change else address_of(report),
            "accepted": ",".join(f".{ending}" for ending in ENDINGS),
            "most_bytes": evidence.size_words(settings.EVIDENCE_FILE_BYTES),
            "most_files": settings.EVIDENCE_FILES_PER_FIGURE,
            "most_bytes_of_report": evidence.size_words(settings.EVIDENCE_REPORT_BYTES),
        }
        return self._rendered(request, "admin/parks/quarterlyreport/evidence.html", context)


def evidence_address(report: QuarterlyReport) -> str:
    return reverse("admin:parks_quarterlyreport_evidence", args=[report.pk])


def evidence_entry_address(park: Park, quarter) -> str:
    return reverse("admin:parks_quarterlyreport_evidence_entry", args=[park.code, quarter])


def _number(text: str) -> int:
    """The id in a sent form; 0, which no row has, where it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
