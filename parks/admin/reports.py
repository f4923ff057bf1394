"""Quarterly reports in the admin: one page to fill a quarter, one page to read and review a report.

The stock forms are not used. A report's state and figures change through `parks.workflow` alone, and every address
first asks `parks.access` which reports the person may see; what is not theirs is answered 404.
"""

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Q
from django.http import Http404, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from changchun_innovation.shared.admin_pages import PlainPage
from changchun_innovation.shared.quarters import Quarter
from changchun_innovation.shared.wording import quarter_text
from parks import access, workflow
from parks.entry import LONGEST_NOTE, LONGEST_REASON, Graded, Typed, grade
from parks.models import Park, QuarterlyReport, Status
from parks.sheet import Line, current_report, sheet


class OwnParks(admin.SimpleListFilter):
    """The parks whose reports the person reads, and no others' names."""

    title = gettext_lazy("园区")
    parameter_name = "park"

    def lookups(self, request, model_admin):
        return [(park.code, park.name) for park in access.parks_read_by(request.user)]

    def queryset(self, request, queryset):
        return queryset.filter(park__code=self.value()) if self.value() else queryset


class OfQuarter(admin.SimpleListFilter):
    title = gettext_lazy("季度")
    parameter_name = "quarter"

    def lookups(self, request, model_admin):
        quarters = access.reports_read_by(request.user).order_by("-quarter").values_list("quarter", flat=True)
        return [(str(quarter), quarter_text(quarter)) for quarter in quarters.distinct()]

    def queryset(self, request, queryset):
        if not self.value():
            return queryset
        try:
            return queryset.filter(quarter=Quarter.parse(self.value()))
        except ValueError:
            messages.warning(request, _("季度无法识别，已忽略；请写作 2025-Q3。"))
            return queryset


@admin.register(QuarterlyReport)
class QuarterlyReportPage(PlainPage):
    list_display = ["park", "in_words", "revision", "status", "submitted_at", "approved_at"]
    list_filter = ["status", OwnParks, OfQuarter]
    list_select_related = ["park"]
    search_fields = ["park__code", "park__name_zh", "park__name_en"]

    @admin.display(description=gettext_lazy("季度"), ordering="quarter")
    def in_words(self, report):
        return quarter_text(report.quarter)

    # --- who sees what -----------------------------------------------------------------------------------
    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_view_permission(self, request, obj=None):
        if not super().has_view_permission(request, obj):
            return False
        return obj is None or access.reports_read_by(request.user).filter(pk=obj.pk).exists()

    def get_queryset(self, request):
        return access.reports_read_by(request.user).select_related("park")

    def get_urls(self):
        """The addresses of reports: no form to add, change or delete one stands behind any of them."""
        see = self.admin_site.admin_view
        return [
            path("", see(self.changelist_view), name="parks_quarterlyreport_changelist"),
            path(
                "enter/<slug:park>/<str:quarter>/", see(self.enter_view), name="parks_quarterlyreport_enter"
            ),
            path("<path:object_id>/history/", see(self.history_view), name="parks_quarterlyreport_history"),
            path("<path:object_id>/change/", see(self.change_view), name="parks_quarterlyreport_change"),
        ]

    def report_or_404(self, request, object_id) -> QuarterlyReport:
        report = self.get_object(request, object_id)
        if report is None:
            raise Http404
        return report

    # --- the page of one report --------------------------------------------------------------------------
    def change_view(self, request, object_id, form_url="", extra_context=None):
        """One revision with its figures, differences and events, and the steps that the person may take."""
        report = self.report_or_404(request, object_id)
        if request.method == "POST":
            return self._take_step(request, report)
        return self._report_page(request, report)

    def history_view(self, request, object_id, extra_context=None):
        """A report's history are its events; they stand on its page."""
        report = self.report_or_404(request, object_id)
        if request.method != "GET":
            return HttpResponseNotAllowed(["GET"])
        return HttpResponseRedirect(self._address(report) + "#events")

    def _take_step(self, request, report):
        verb, reason = request.POST.get("step", ""), request.POST.get("reason", "")
        by, at = request.user, timezone.now()
        seen = {"version": _version(request), "by": by, "at": at}
        told = {"reason": reason, "by": by, "at": at}
        steps = {
            "withdraw": lambda: workflow.withdraw(report=report, by=by, at=at),
            "approve": lambda: workflow.approve(report=report, **seen),
            "return": lambda: workflow.return_report(report=report, reason=reason, **seen),
            "reopen": lambda: workflow.reopen(park=report.park, quarter=report.quarter, **told),
            "discard": lambda: workflow.discard(report=report, reason=reason, **seen),
        }
        if verb not in steps:
            raise Http404
        try:
            after = steps[verb]()
        except workflow.TransitionError as refused:
            messages.error(request, refused.message)
            report.refresh_from_db()
            return self._report_page(request, report, typed_reason=reason, tried=verb)
        messages.success(request, DONE[verb] % {"report": _named(after)})
        if verb in ("approve", "return"):
            return HttpResponseRedirect(reverse("admin:index"))
        if verb == "withdraw":
            return HttpResponseRedirect(_entry_address(after.park, after.quarter))
        return HttpResponseRedirect(self._address(after))

    def _report_page(self, request, report, *, typed_reason="", tried=""):
        today = timezone.localdate()
        revisions = self.get_queryset(request).filter(park=report.park, quarter=report.quarter)
        context = {
            **self.admin_site.each_context(request),
            "title": _named(report),
            "opts": self.opts,
            "report": report,
            "sheet": sheet(report.park, report.quarter, report, today),
            "events": report.events.select_related("by").order_by("-pk"),
            "revisions": revisions.order_by("-revision"),
            "steps": steps_open_to(request.user, report),
            "had_a_hand": access.may_review(request.user) and access.had_a_hand_in(request.user, report),
            "fills": report.is_editable and access.may_enter(request.user, report.park),
            "entry_address": _entry_address(report.park, report.quarter),
            "typed_reason": typed_reason,
            "tried": tried,
        }
        return self._rendered(request, "admin/parks/quarterlyreport/report.html", context)

    # --- the page to fill a quarter ----------------------------------------------------------------------
    def enter_view(self, request, park, quarter):
        """All commitments of a park for one quarter: save, submit. What is submitted is read on its own page."""
        park = get_object_or_404(access.parks_entered_by(request.user), code=park)
        quarter = _closed_quarter(quarter)
        report = current_report(park, quarter)
        if request.method == "POST":
            return self._save(request, park, quarter, report)
        if report and not report.is_editable:
            return HttpResponseRedirect(self._address(report))
        return self._entry_page(request, park, quarter, report)

    def _save(self, request, park, quarter, report):
        page = sheet(park, quarter, report, timezone.localdate())
        # A line that the page did not send stays as it is, rather than being blanked.
        sent = [line for line in page.lines if f"value-{line.pk}" in request.POST]
        graded = {line.pk: _graded(line, request.POST) for line in sent}
        if not graded or any(each.errors for each in graded.values()):
            return self._entry_page(request, park, quarter, report, graded=graded)
        entries = {pk: each.entry for pk, each in graded.items()}
        by, at = request.user, timezone.now()
        try:
            with transaction.atomic():
                report = report or workflow.open_report(park=park, quarter=quarter, by=by, at=at)
                report = workflow.save_figures(
                    report=report, entries=entries, version=_version(request), by=by, at=at
                )
            if request.POST.get("step") == "submit":
                workflow.submit(report=report, version=report.version, by=by, at=at)
        except workflow.TransitionError as refused:
            return self._refused(request, park, quarter, graded, refused)
        if request.POST.get("step") == "submit":
            messages.success(request, _("%(report)s：已提交，等待审核。") % {"report": _named(report)})
            return HttpResponseRedirect(reverse("admin:index"))
        messages.success(request, _("%(report)s：已存为草稿。") % {"report": _named(report)})
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
            "title": _named(report),
            "opts": self.opts,
            "report": report,
            "address": self._address(report),
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

    def _rendered(self, request, template, context):
        request.current_app = self.admin_site.name
        return TemplateResponse(request, template, context)

    def _address(self, report) -> str:
        return reverse("admin:parks_quarterlyreport_change", args=[report.pk])


DONE = {
    "withdraw": gettext_lazy("%(report)s：已撤回，可以继续修改。"),
    "approve": gettext_lazy("%(report)s：已审定并公布。"),
    "return": gettext_lazy("%(report)s：已退回园区修改。"),
    "reopen": gettext_lazy("%(report)s：已建立，园区可以更正；原版次在新版审定前继续有效。"),
    "discard": gettext_lazy("%(report)s：已废弃，原版次继续有效。"),
}


def steps_open_to(user, report: QuarterlyReport) -> set[str]:
    """The steps whose buttons a person is shown; the workflow decides again when one is pressed."""
    steps = set()
    is_submitter = report.submitted_by_id == user.pk and access.may_enter(user, report.park)
    if report.status == Status.SUBMITTED and is_submitter:
        steps.add("withdraw")
    if not access.may_approve(user, report):
        return steps
    siblings = QuarterlyReport.objects.filter(park=report.park, quarter=report.quarter)
    if report.status == Status.SUBMITTED:
        steps |= {"approve", "return"}
    if report.is_open and siblings.approved().exists():
        steps.add("discard")
    if report.status == Status.APPROVED:
        later = siblings.filter(Q(revision__gt=report.revision) & ~Q(status=Status.DISCARDED))
        if not later.exists():
            steps.add("reopen")
    return steps


def _named(report: QuarterlyReport) -> str:
    words = {"park": report.park.name, "quarter": quarter_text(report.quarter), "revision": report.revision}
    if report.revision == 1:
        return _("%(park)s · %(quarter)s季报") % words
    return _("%(park)s · %(quarter)s季报（第 %(revision)s 版）") % words


def _entry_address(park: Park, quarter: Quarter) -> str:
    return reverse("admin:parks_quarterlyreport_enter", args=[park.code, quarter])


def _closed_quarter(text: str) -> Quarter:
    """The quarter of an address; 404 for what is none, or has not ended."""
    try:
        quarter = Quarter.parse(text)
    except ValueError as error:
        raise Http404 from error
    if not (2000 <= quarter.year <= 2099 and quarter.is_closed(timezone.localdate())):
        raise Http404(_("该季度尚未结束。"))
    return quarter


def _version(request) -> int:
    """The version that the page was made from; -1, which matches none, where it is no number."""
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def _graded(line: Line, post) -> Graded:
    typed = Typed(
        value=post.get(f"value-{line.pk}", ""),
        not_applicable=bool(post.get(f"not_applicable-{line.pk}")),
        not_applicable_reason=post.get(f"not_applicable_reason-{line.pk}", ""),
        note=post.get(f"note-{line.pk}", ""),
        baseline=post.get(f"baseline-{line.pk}", ""),
    )
    indicator = line.pledge.indicator
    return grade(typed, kind=indicator.kind, decimals=indicator.decimals, asks_baseline=line.asks_baseline)


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
