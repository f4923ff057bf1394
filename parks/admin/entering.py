"""The page to fill a quarter in the admin: all commitments of a park at once."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from changchun_innovation.shared.quarters import Quarter
from changchun_innovation.shared.wording import quarter_text
from parks import access, workflow
from parks.admin.pages import address_of, name_of, version_sent
from parks.checks import grade_lines
from parks.entry import LONGEST_NOTE, LONGEST_REASON, Graded, Typed
from parks.models import QuarterlyReport, Status
from parks.sheet import Line, current_report, sheet


class Entering:
    """The address of a park and quarter: save, submit; what is submitted is read on its own page."""

    def enter_view(self, request, park, quarter):
        """All commitments of a park for one quarter: save, submit. What is submitted is read on its own page."""
        park = get_object_or_404(access.parks_entered_by(request.user), code=park)
        quarter = _closed_quarter(quarter)
        report = current_report(park, quarter)
        if request.method == "POST":
            return self._save(request, park, quarter, report)
        if report and not report.is_editable:
            return HttpResponseRedirect(address_of(report))
        return self._entry_page(request, park, quarter, report)

    def _save(self, request, park, quarter, report):
        page = sheet(park, quarter, report, timezone.localdate())
        # A line that the page did not send stays as it is, rather than being blanked.
        graded = grade_lines(page.lines, typed_in(page.lines, request.POST))
        if not graded or any(each.errors for each in graded.values()):
            return self._entry_page(request, park, quarter, report, graded=graded)
        entries = {pk: each.entry for pk, each in graded.items()}
        by, at = request.user, timezone.now()
        try:
            with transaction.atomic():
                report = report or workflow.open_report(park=park, quarter=quarter, by=by, at=at)
                report = workflow.save_figures(
                    report=report, entries=entries, version=version_sent(request), by=by, at=at
                )
            if request.POST.get("step") == "submit":
                workflow.submit(report=report, version=report.version, by=by, at=at)
        except workflow.TransitionError as refused:
            return self._refused(request, park, quarter, graded, refused)
        if request.POST.get("step") == "submit":
            messages.success(request, _("%(report)s：已提交，等待审核。") % {"report": name_of(report)})
            return HttpResponseRedirect(reverse("admin:index"))
        messages.success(request, _("%(report)s：已存为草稿。") % {"report": name_of(report)})
        return HttpResponseRedirect(request.path)

    def _refused(self, request, park, quarter, graded, refused):
        """The page again with everything typed, the fresh version, and the refusal beside the lines it is about."""
        report = current_report(park, quarter)
        told = {
            workflow.BlankFigures: ("value", _("请填数字（没有发生填 0），或选“不适用”。")),
            workflow.StaleVersion: ("value", _("与现已保存的不同。")),
        }.get(type(refused))
        if told:
            field, message = told
            for pk in getattr(refused, "commitments", ()):
                each = graded.get(pk)
                if each:
                    graded[pk] = Graded(each.typed, each.entry, {field: message})
        saved = isinstance(refused, workflow.BlankFigures)
        notice = refused.message
        if saved:
            notice = _("已存为草稿。") + notice
        return self._entry_page(
            request,
            park,
            quarter,
            report,
            graded=graded,
            notice=notice,
            overtaken=isinstance(refused, workflow.StaleVersion),
        )

    def _too_late(self, request, park, quarter, report, graded, notice):
        """What was typed on a page whose report is no longer open: to be read and copied, not to be sent again."""
        lines = sheet(park, quarter, report, timezone.localdate()).lines
        context = {
            **self.admin_site.each_context(request),
            "title": name_of(report),
            "opts": self.opts,
            "report": report,
            "address": address_of(report),
            "typed": [(line, graded[line.pk].typed) for line in lines if line.pk in graded],
            "notice": notice,
        }
        return self._rendered(request, "admin/parks/quarterlyreport/too_late.html", context)

    def _entry_page(self, request, park, quarter, report, *, graded=None, notice="", overtaken=False):
        if report and not report.is_editable:
            return self._too_late(request, park, quarter, report, graded or {}, notice)
        page = sheet(park, quarter, report, timezone.localdate())
        rows = [_row(line, (graded or {}).get(line.pk), overtaken) for line in page.lines]
        context = {
            **self.admin_site.each_context(request),
            "title": _("%(park)s · %(quarter)s季报") % {"park": park.name, "quarter": quarter_text(quarter)},
            "opts": self.opts,
            "park": park,
            "quarter": quarter,
            "report": report,
            "sheet": page,
            "rows": rows,
            "errors": [(row, name, message) for row in rows for name, message in row["errors"].items()],
            "notice": notice,
            "returned": _last_return(report),
            # The first reports ask for baselines; later on the field steps back.
            "settled": QuarterlyReport.objects.approved().filter(park=park).exists(),
            "version": report.version if report else 0,
            "longest_note": LONGEST_NOTE,
            "longest_reason": LONGEST_REASON,
            "earlier": quarter - 1,
            "later": quarter + 1 if (quarter + 1).is_closed(timezone.localdate()) else None,
        }
        return self._rendered(request, "admin/parks/quarterlyreport/enter.html", context)


def _closed_quarter(text: str) -> Quarter:
    """The quarter of an address; 404 for what is none, or has not ended."""
    try:
        quarter = Quarter.parse(text)
    except ValueError as error:
        raise Http404 from error
    if not (2000 <= quarter.year <= 2099 and quarter.is_closed(timezone.localdate())):
        raise Http404(_("该季度尚未结束。"))
    return quarter


def typed_in(lines, post) -> dict[int, Typed]:
    """What a sent form says of each line that it had, by commitment id.

    An explanation that the page had no field for stays as it was saved.
    """
    return {
        line.pk: Typed(
            value=post.get(f"value-{line.pk}", ""),
            not_applicable=bool(post.get(f"not_applicable-{line.pk}")),
            not_applicable_reason=post.get(f"not_applicable_reason-{line.pk}", ""),
            note=post.get(f"note-{line.pk}", ""),
            baseline=post.get(f"baseline-{line.pk}", ""),
            explanation=post.get(f"explanation-{line.pk}", line.entry.explanation),
        )
        for line in lines
        if f"value-{line.pk}" in post
    }


def _row(line: Line, graded: Graded | None, overtaken: bool) -> dict:
    """A line with what stands in its fields; where another save overtook the page, with what is stored now."""
    return {
        "line": line,
        "typed": graded.typed if graded else Typed.of(line.entry),
        "errors": graded.errors if graded else {},
        "stored": line.entry if overtaken and graded and graded.errors else None,
    }


def _last_return(report: QuarterlyReport | None):
    if report is None or report.status != Status.RETURNED:
        return None
    return report.events.filter(to_status=Status.RETURNED).select_related("by").last()
