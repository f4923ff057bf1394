"""The page to fill a quarter in the admin: all commitments of a park at once."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponseNotAllowed, HttpResponseRedirect, JsonResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from changchun_innovation.shared.quarters import Quarter
from changchun_innovation.shared.wording import moment_text, quarter_text
from parks import workflow
from parks.admin.evidence import evidence_entry_address
from parks.admin.pages import address_of, entry_address, name_of, place_filled, version_sent
from parks.contacts import reviewers_to_ask, written_name
from parks.entry import LONGEST_EXPLANATION, LONGEST_NOTE, LONGEST_REASON, Typed
from parks.entry_form import Sent, caught_up, read, rows_of, seen_text, shown_otherwise
from parks.evidence import evidence_of
from parks.kept import forget, keep, kept_copy
from parks.models import Park, QuarterlyReport, Status
from parks.remarks import remarks_of
from parks.sheet import Sheet, current_report, sheet


class Entering:
    """The addresses of a park and quarter: save, submit, and what is typed judged and kept while it is typed."""

    def enter_view(self, request, park, quarter):
        """All commitments of a park for one quarter: save, submit. What is submitted is read on its own page."""
        park, quarter = place_filled(request, park, quarter)
        report = current_report(park, quarter)
        if request.method == "POST":
            if request.POST.get("step") == "forget":
                forget(park, quarter, request.user)
                return HttpResponseRedirect(request.path)
            return self._save(request, park, quarter, report)
        if report and not report.is_editable:
            return HttpResponseRedirect(address_of(report))
        return self._opened(request, park, quarter, report)

    def consequence_view(self, request, park, quarter):
        """What the typed figures would lead to, as words for each line; and a copy of them is kept meanwhile."""
        park, quarter = place_filled(request, park, quarter)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        report = current_report(park, quarter)
        if report and not report.is_editable:
            return JsonResponse({"closed": _("这份季报已不能填写。")})
        page = sheet(park, quarter, report, timezone.localdate())
        sent = read(page, request.POST)
        return JsonResponse(
            {
                "kept": _keep(request, page, park, quarter),
                "lines": {
                    row.line.pk: {
                        "html": render_to_string(
                            "admin/parks/quarterlyreport/_consequence.html", {"row": row}
                        ),
                        "wrong": list(row.errors),
                        "said": " ".join(row.errors.values()),
                        "asks": row.asks_explanation,
                    }
                    for row in rows_of(page, sent)
                },
            }
        )

    def _opened(self, request, park, quarter, report):
        """The page as it stands, or with the copy that was kept for the person where they ask for it."""
        page = sheet(park, quarter, report, timezone.localdate())
        copy = kept_copy(park, quarter, request.user)
        if copy is None:
            return self._entry_page(request, page, park, report)
        sent = caught_up(page, read(page, copy.fields))
        if all(
            each.typed == Typed.of(line.entry) for line in page.lines if (each := sent.graded.get(line.pk))
        ):
            forget(park, quarter, request.user)
            return self._entry_page(request, page, park, report)
        if request.GET.get("kept") == "restore":
            return self._entry_page(request, page, park, report, sent=sent)
        return self._entry_page(request, page, park, report, copy=copy)

    def _save(self, request, park, quarter, report):
        page = sheet(park, quarter, report, timezone.localdate())
        sent = read(page, request.POST)
        if sent.has_errors:
            return self._entry_page(request, page, park, report, sent=caught_up(page, sent))
        by, at, version = request.user, timezone.now(), version_sent(request)
        # Somebody saved other lines meanwhile: both stand, and what was not seen yet is not submitted.
        stale = report is not None and (report.version != version or shown_otherwise(page, sent))
        overtaken = _hand(report) if stale else ""
        try:
            with transaction.atomic():
                report = report or workflow.open_report(park=park, quarter=quarter, by=by, at=at)
                report = workflow.save_figures(
                    report=report, entries=sent.touched, version=version, seen=sent.seen, by=by, at=at
                )
            forget(park, quarter, by)
            if request.POST.get("step") == "submit" and not overtaken:
                workflow.submit(report=report, version=report.version, by=by, at=at)
        except workflow.TransitionError as refused:
            return self._refused(request, park, quarter, sent, refused)
        if overtaken:
            messages.warning(
                request, _("%(hand)s也保存过；两人的修改都已保留，请核对。") % {"hand": overtaken}
            )
        elif request.POST.get("step") == "submit":
            messages.success(request, _("%(report)s：已提交，等待审核。") % {"report": name_of(report)})
            return HttpResponseRedirect(reverse("admin:index"))
        messages.success(request, _("%(report)s：已存为草稿。") % {"report": name_of(report)})
        return HttpResponseRedirect(request.path)

    def _refused(self, request, park, quarter, sent: Sent, refused):
        """The page again with everything typed, the fresh version, and the refusal beside the lines it is about."""
        report = current_report(park, quarter)
        page = sheet(park, quarter, report, timezone.localdate())
        notice = refused.message
        if isinstance(refused, workflow.StaleVersion):
            sent = caught_up(page, sent)
        elif hasattr(refused, "commitments"):
            sent = sent.with_errors(refused.commitments, *_beside(refused))
            notice = _("已存为草稿。") + notice
        return self._entry_page(request, page, park, report, sent=sent, notice=notice)

    def _too_late(self, request, page: Sheet, report, sent: Sent | None, notice):
        """What was typed on a page whose report is no longer open: to be read and copied, not to be sent again."""
        graded = sent.graded if sent else {}
        context = {
            **self.admin_site.each_context(request),
            "title": name_of(report),
            "opts": self.opts,
            "report": report,
            "address": address_of(report),
            "typed": [(line, graded[line.pk].typed) for line in page.lines if line.pk in graded],
            "notice": notice,
        }
        return self._rendered(request, "admin/parks/quarterlyreport/too_late.html", context)

    def _entry_page(self, request, page: Sheet, park, report, *, sent=None, notice="", copy=None):
        if report and not report.is_editable:
            return self._too_late(request, page, report, sent, notice)
        quarter, returned = page.quarter, _last_return(report)
        rows = rows_of(
            page, sent, remarks_of(report) if returned else {}, evidence_of(report) if report else {}
        )
        context = {
            **self.admin_site.each_context(request),
            "title": _("%(park)s · %(quarter)s季报") % {"park": park.name, "quarter": quarter_text(quarter)},
            "opts": self.opts,
            "park": park,
            "quarter": quarter,
            "report": report,
            "sheet": page,
            "rows": rows,
            "errors": [(row, name, message) for row in rows for name, message in row.errors.items()],
            "clash": ",".join(str(row.line.pk) for row in rows if row.stored is not None),
            "notice": notice,
            "copy": copy,
            "restored": sent is not None and not notice and request.method == "GET",
            "returned": returned,
            # The first reports ask for baselines; later on the field steps back.
            "settled": QuarterlyReport.objects.approved().filter(park=park).exists(),
            "version": report.version if report else 0,
            "seen": seen_text(page),
            "longest_note": LONGEST_NOTE,
            "longest_reason": LONGEST_REASON,
            "longest_explanation": LONGEST_EXPLANATION,
            "earlier": quarter - 1,
            "later": quarter + 1 if (quarter + 1).is_closed(timezone.localdate()) else None,
            "here": entry_address(park, quarter),
            "evidence_address": evidence_entry_address(park, quarter),
            "people": reviewers_to_ask(),
            "columns": 6 + len(page.quarters_beside),
        }
        return self._rendered(request, "admin/parks/quarterlyreport/enter.html", context)


def _keep(request, page: Sheet, park: Park, quarter: Quarter) -> bool:
    """Keep what was typed where it differs from what is saved. Answers whether nothing typed can be lost."""
    fields = {name: text for name, text in request.POST.items() if name != "csrfmiddlewaretoken"}
    typed = read(page, fields).graded
    if all(typed[line.pk].typed == Typed.of(line.entry) for line in page.lines if line.pk in typed):
        forget(park, quarter, request.user)
        return True
    version = version_sent(request)
    return keep(
        park=park, quarter=quarter, version=version, fields=fields, by=request.user, at=timezone.now()
    )


def _beside(refused: workflow.TransitionError) -> tuple[str, str]:
    """The field, and what is said beside it, of the lines that a submission was refused for."""
    if isinstance(refused, workflow.UnexplainedFigures):
        return "explanation", _("请写一句说明。")
    if isinstance(refused, workflow.ImpossibleFigures):
        return "value", _("大于它所属的总数。")
    return "value", _("请填数字（没有发生填 0），或选“不适用”。")


def _hand(report: QuarterlyReport) -> str:
    """Who saved a report last, and when; somebody, where no saving is on record."""
    if report.saved_by is None:
        return _("有人")
    words = {"person": written_name(report.saved_by), "moment": moment_text(report.saved_at)}
    return _("%(person)s 于 %(moment)s ") % words


def _last_return(report: QuarterlyReport | None):
    if report is None or report.status != Status.RETURNED:
        return None
    return report.events.filter(to_status=Status.RETURNED).select_related("by").last()
