"""The page of one report in the admin: what it says, and the steps that a person may take with it."""

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy

from parks import access, workflow
from parks.admin.pages import address_of, entry_address, name_of, version_sent
from parks.models import QuarterlyReport, Status
from parks.sheet import sheet


class Reviewing:
    """The addresses of one report: to read it, and to withdraw, approve, return, reopen or discard it."""

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
        return HttpResponseRedirect(address_of(report) + "#events")

    def _take_step(self, request, report):
        verb, reason = request.POST.get("step", ""), request.POST.get("reason", "")
        by, at = request.user, timezone.now()
        seen = {"version": version_sent(request), "by": by, "at": at}
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
        messages.success(request, DONE[verb] % {"report": name_of(after)})
        if verb in ("approve", "return"):
            return HttpResponseRedirect(reverse("admin:index"))
        if verb == "withdraw":
            return HttpResponseRedirect(entry_address(after.park, after.quarter))
        return HttpResponseRedirect(address_of(after))

    def _report_page(self, request, report, *, typed_reason="", tried=""):
        today = timezone.localdate()
        revisions = self.get_queryset(request).filter(park=report.park, quarter=report.quarter)
        context = {
            **self.admin_site.each_context(request),
            "title": name_of(report),
            "opts": self.opts,
            "report": report,
            "sheet": sheet(report.park, report.quarter, report, today),
            "events": report.events.select_related("by").order_by("-pk"),
            "revisions": revisions.order_by("-revision"),
            "steps": steps_open_to(request.user, report),
            "had_a_hand": access.may_review(request.user) and access.had_a_hand_in(request.user, report),
            "fills": report.is_editable and access.may_enter(request.user, report.park),
            "entry_address": entry_address(report.park, report.quarter),
            "typed_reason": typed_reason,
            "tried": tried,
        }
        return self._rendered(request, "admin/parks/quarterlyreport/report.html", context)


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
