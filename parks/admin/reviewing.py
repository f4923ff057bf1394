"""The page of one report in the admin: what it says, and the steps that a person may take with it."""

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from parks import access, review, workflow
from parks.admin.pages import address_of, entry_address, name_of, version_sent
from parks.as_read import AsRead
from parks.consequence import consequence
from parks.evidence import evidence_of
from parks.models import QuarterlyReport, Remark, Status
from parks.remarks import happenings, last_return
from parks.sheet import sheet

LONGEST_REMARK = Remark._meta.get_field("text").max_length
REMARK = "remark-"
MOST_AT_ONCE = 200


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

    def approve_selected_view(self, request):
        """Approve the reports without doubts that were ticked on the desk; who is refused is named, with the reason."""
        if not access.may_review(request.user):
            raise Http404
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        chosen = [pair for text in request.POST.getlist("report")[:MOST_AT_ONCE] if (pair := _chosen(text))]
        decisions = review.approve_selected(chosen=chosen, by=request.user, at=timezone.now())
        approved = [decision.report for decision in decisions if not decision.refused]
        if approved:
            done = ngettext(
                "已审定并公布 %(number)s 份：%(names)s。",
                "已审定并公布 %(number)s 份：%(names)s。",
                len(approved),
            )
            names = _("、").join(name_of(report) for report in approved)
            messages.success(request, done % {"number": len(approved), "names": names})
        for decision in decisions:
            if decision.refused:
                told = {"report": name_of(decision.report), "reason": decision.refused}
                messages.error(request, _("%(report)s：没有审定。%(reason)s") % told)
        if not decisions:
            messages.warning(request, _("没有选中任何季报。"))
        return HttpResponseRedirect(reverse("admin:index") + "#queue")

    def _take_step(self, request, report):
        verb, typed = request.POST.get("step", ""), _typed(request.POST)
        by, at = request.user, timezone.now()
        seen = {"version": version_sent(request), "by": by, "at": at}
        told = {"reason": typed["reason"], "by": by, "at": at}
        steps = {
            "withdraw": lambda: workflow.withdraw(report=report, by=by, at=at),
            "approve": lambda: _approve(report, typed, seen),
            "return": lambda: workflow.return_report(
                report=report, reason=typed["reason"], remarks=typed["remarks"], **seen
            ),
            "reopen": lambda: workflow.reopen(park=report.park, quarter=report.quarter, **told),
            "discard": lambda: workflow.discard(report=report, reason=typed["reason"], **seen),
        }
        if verb not in steps:
            raise Http404
        place = review.place_of(report, by)
        try:
            after = steps[verb]()
        except workflow.TransitionError as refused:
            report.refresh_from_db()
            return self._report_page(request, report, typed=typed, tried=verb, refused=refused)
        messages.success(request, DONE[verb] % {"report": name_of(after)})
        if verb in ("approve", "return"):
            return HttpResponseRedirect(self._next(request, place))
        if verb == "withdraw":
            return HttpResponseRedirect(entry_address(after.park, after.quarter))
        return HttpResponseRedirect(address_of(after))

    def _next(self, request, place) -> str:
        """The next report that waits, said in words; the desk after the last one."""
        if place.after is None:
            messages.info(request, _("没有其他季报等待您审核了。"))
            return reverse("admin:index")
        left = place.total - (place.number is not None)
        messages.info(
            request,
            ngettext(
                "还有 %(number)s 份等待您审核，这是下一份。",
                "还有 %(number)s 份等待您审核，这是下一份。",
                left,
            )
            % {"number": left},
        )
        return address_of(place.after)

    def _report_page(self, request, report, *, typed=None, tried="", refused=None):
        today = timezone.localdate()
        page = sheet(report.park, report.quarter, report, today)
        now = AsRead.of(report, page.lines)
        read = typed["read"] if isinstance(refused, workflow.StaleVersion) else None
        changed = read.differences(now) if read else {}
        steps = steps_open_to(request.user, report)
        typed = typed or {"reason": "", "remarks": {}, "read": None}
        revisions = self.get_queryset(request).filter(park=report.park, quarter=report.quarter)
        happened = happenings(report)
        returned = last_return(report, happened, now) if report.is_open else None
        files = evidence_of(report)
        rows = [
            {
                "line": line,
                "files": files.get(line.pk, ()),
                "changed": changed.get(line.pk, ()),
                "new_doubt": bool(read) and line.pk in read.new_doubts(now),
                "remark": typed["remarks"].get(line.pk, ""),
                "asked": returned.remarks.get(line.pk, "") if returned else "",
                "since": returned.changes.get(line.pk, ())
                if returned and returned.changes is not None
                else None,
                "consequence": consequence(page.ledger, line, line.entry) if report.is_open else None,
            }
            for line in page.lines
        ]
        context = {
            **self.admin_site.each_context(request),
            "title": name_of(report),
            "opts": self.opts,
            "report": report,
            "sheet": page,
            "rows": rows,
            "doubtful": [row for row in rows if row["line"].doubts],
            "seen": now.text(),
            "events": happened,
            "revisions": revisions.order_by("-revision"),
            "steps": steps,
            "place": review.place_of(report, request.user) if access.may_review(request.user) else None,
            "had_a_hand": access.may_review(request.user) and access.had_a_hand_in(request.user, report),
            "fills": report.is_editable and access.may_enter(request.user, report.park),
            "entry_address": entry_address(report.park, report.quarter),
            "returned": returned,
            "typed": typed,
            # What was typed is never lost, also where the step is no longer open.
            "unsent": [row for row in rows if row["remark"]] if "return" not in steps else [],
            "tried": tried,
            "refused": refused.message if refused else "",
            "stale": isinstance(refused, workflow.StaleVersion),
            "compared": read is not None,
            "any_change": any(row["changed"] or row["new_doubt"] for row in rows),
            "longest_remark": LONGEST_REMARK,
        }
        return self._rendered(request, "admin/parks/quarterlyreport/report.html", context)


DONE = {
    "withdraw": gettext_lazy("%(report)s：已撤回，可以继续修改。"),
    "approve": gettext_lazy("%(report)s：已审定并公布。"),
    "return": gettext_lazy("%(report)s：已退回园区修改。"),
    "reopen": gettext_lazy("%(report)s：已建立，园区可以更正；原版次在新版审定前继续有效。"),
    "discard": gettext_lazy("%(report)s：已废弃，原版次继续有效。"),
}


def _approve(report, typed, seen):
    if typed["reason"].strip() or any(text.strip() for text in typed["remarks"].values()):
        # Whoever wrote something wants it read; an approval carries no words to the park.
        raise workflow.TransitionError(_("您写了意见，没有审定：请退回园区修改，或删去意见再审定。"))
    return review.approve_read(report=report, read=typed["read"], **seen)


def _typed(post) -> dict:
    """What a reviewer's page sends beside the step: the reason, the remarks by commitment id, and what it showed."""
    remarks = {
        int(name.removeprefix(REMARK)): text
        for name, text in post.items()
        if name.startswith(REMARK) and _is_number(name.removeprefix(REMARK))
    }
    return {
        "reason": post.get("reason", ""),
        "remarks": remarks,
        "read": AsRead.read(post.get("seen", "")),
    }


def _chosen(text: str) -> tuple[int, int] | None:
    """Id and version of a ticked report, written `12:3`; None where it is no such pair."""
    pk, _colon, version = text.partition(":")
    return (int(pk), int(version)) if _is_number(pk) and _is_number(version) else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


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
