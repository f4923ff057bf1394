"""Proposals of interim values in the admin: a manager's form, one page to read and decide, the list of them all.

The stock forms are not used. A proposal changes through `parks.proposing` alone, and every address first asks
`parks.access` whose proposals the person may see; what is not theirs is answered 404.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.contrib import admin, messages
from django.http import Http404, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from changchun_innovation.shared.admin_pages import PlainPage
from changchun_innovation.shared.numbers import NumberRefused, parse_number, plain
from parks import access, proposing
from parks.admin.filters import OwnParksOfCommitments, found_by_park
from parks.milestones import Interim, doubts, in_force, terms_of_commitment, why_impossible
from parks.models import Commitment, MilestoneProposal
from parks.workflow import TransitionError

# Rows for new days on the form; further ones need a further proposal.
NEW_ROWS = 4


class ReadNotEdited(PlainPage):
    """A page whose rows are written by their own workflow: read here by whom they concern, 404 to others."""

    list_select_related = ["commitment__park", "commitment__indicator"]
    search_fields = found_by_park("commitment__park")

    def rows_read_by(self, user):
        """The rows of the list that the user reads; each page says it for its own rows."""
        return self.model._default_manager.none()

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_view_permission(self, request, obj=None):
        if not super().has_view_permission(request, obj):
            return False
        return obj is None or self.rows_read_by(request.user).filter(pk=obj.pk).exists()

    def get_queryset(self, request):
        return self.rows_read_by(request.user).select_related("commitment__park", "commitment__indicator")

    def row_or_404(self, request, object_id):
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        return row

    def history_view(self, request, object_id, extra_context=None):
        """What happened to a row stands on its own page."""
        row = self.row_or_404(request, object_id)
        if request.method != "GET":
            return HttpResponseNotAllowed(["GET"])
        return HttpResponseRedirect(self.address_of(row) + "#events")

    def address_of(self, row) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[row.pk])

    def rendered(self, request, template, context):
        request.current_app = self.admin_site.name
        return TemplateResponse(
            request, template, {**self.admin_site.each_context(request), "opts": self.opts, **context}
        )


def commitment_entered_by(user, park: str, indicator: str) -> Commitment:
    """A commitment of a park that the person reports for; 404 for any other."""
    rows = Commitment.objects.filter(park__in=access.parks_entered_by(user))
    return get_object_or_404(
        rows.select_related("park", "indicator"), park__code=park, indicator__code=indicator
    )


@dataclass
class Row:
    """One row of the form: what was typed, and what is wrong with it. `stood` is the value in force on its day."""

    name: str
    on: str = ""
    value: str = ""
    drop: bool = False
    stood: str | None = None
    day: date | None = None
    errors: dict[str, str] = field(default_factory=dict)
    interim: Interim | None = None

    @property
    def is_new(self) -> bool:
        return self.stood is None


@admin.register(MilestoneProposal)
class MilestoneProposalPage(ReadNotEdited):
    list_display = ["commitment", "status", "proposed_at", "decided_at"]
    list_filter = ["status", OwnParksOfCommitments]

    def rows_read_by(self, user):
        return access.proposals_read_by(user)

    def get_urls(self):
        """The addresses of proposals: no form to add, change or delete one stands behind any of them."""
        see = self.admin_site.admin_view
        name = "parks_milestoneproposal"
        return [
            path("", see(self.changelist_view), name=f"{name}_changelist"),
            path("propose/<slug:park>/<slug:indicator>/", see(self.propose_view), name=f"{name}_propose"),
            path("<path:object_id>/history/", see(self.history_view), name=f"{name}_history"),
            path("<path:object_id>/change/", see(self.change_view), name=f"{name}_change"),
        ]

    # --- one proposal ------------------------------------------------------------------------------------
    def change_view(self, request, object_id, form_url="", extra_context=None):
        """One proposal with its values, doubts and history, and the steps that the person may take."""
        proposal = self.row_or_404(request, object_id)
        if request.method == "POST":
            return self._take_step(request, proposal)
        return self._proposal_page(request, proposal)

    def _take_step(self, request, proposal):
        verb, reason = request.POST.get("step", ""), request.POST.get("reason", "")
        told = {"proposal": proposal, "by": request.user, "at": timezone.now()}
        steps = {
            "withdraw": lambda: proposing.withdraw(**told),
            "approve": lambda: proposing.approve(**told),
            "decline": lambda: proposing.decline(**told, reason=reason),
        }
        if verb not in steps:
            raise Http404
        try:
            after = steps[verb]()
        except TransitionError as refused:
            messages.error(request, refused.message)
            proposal.refresh_from_db()
            return self._proposal_page(request, proposal, typed_reason=reason)
        messages.success(request, DONE[verb] % {"commitment": after.commitment})
        return HttpResponseRedirect(reverse("admin:index"))

    def _proposal_page(self, request, proposal, *, typed_reason=""):
        today = timezone.localdate()
        commitment = proposal.commitment
        pledges = terms_of_commitment(commitment, today)
        interims = proposing.interims_of(proposal)
        standing = in_force(pledges)
        context = {
            "title": _("%(commitment)s：节点目标提案") % {"commitment": commitment},
            "proposal": proposal,
            "commitment": commitment,
            "indicator": commitment.indicator,
            "pledges": pledges,
            "lines": [(each, standing.get(each.on)) for each in interims],
            "doubts": doubts(interims, pledges, today) if proposal.is_open else [],
            "earlier": self._earlier(request, commitment, proposal.pk),
            "withdraws": proposal.is_open
            and proposal.proposed_by_id == request.user.pk
            and access.may_enter(request.user, commitment.park),
            "decides": proposal.is_open and access.may_decide(request.user, proposal),
            "is_own": access.may_review(request.user) and not access.may_decide(request.user, proposal),
            "typed_reason": typed_reason,
            "longest_reason": proposing.LONGEST_REASON,
        }
        return self.rendered(request, "admin/parks/milestoneproposal/proposal.html", context)

    def _earlier(self, request, commitment, but: int | None = None):
        rows = self.get_queryset(request).filter(commitment=commitment).exclude(pk=but)
        return rows.select_related("proposed_by", "decided_by").prefetch_related("milestones")

    # --- the form ----------------------------------------------------------------------------------------
    def propose_view(self, request, park, indicator):
        """The interim values in force, to be changed or withdrawn, and rows for new days."""
        commitment = commitment_entered_by(request.user, park, indicator)
        today = timezone.localdate()
        pledges = terms_of_commitment(commitment, today)
        waiting = commitment.milestone_proposals.filter(status="proposed").first()
        if request.method == "POST" and pledges and not waiting:
            return self._propose(request, commitment, pledges, today)
        return self._form(request, commitment, pledges, _rows(pledges), waiting=waiting)

    def _propose(self, request, commitment, pledges, today):
        rows = _typed_rows(request.POST, pledges, commitment.indicator.decimals)
        interims = [row.interim for row in rows if row.interim]
        reason = request.POST.get("reason", "")
        wrong = any(row.errors for row in rows)
        asked = doubts(interims, pledges, today) if not wrong else []
        notice = "" if wrong or interims else _("没有任何改动：请填写新的节点，或修改、撤销现有的节点。")
        confirmed = bool(request.POST.get("confirmed"))
        if wrong or notice or (asked and reason.strip() and not confirmed):
            return self._form(request, commitment, pledges, rows, reason=reason, doubts=asked, notice=notice)
        try:
            proposing.propose(
                commitment=commitment, interims=interims, reason=reason, by=request.user, at=timezone.now()
            )
        except TransitionError as refused:
            return self._form(
                request, commitment, pledges, rows, reason=reason, doubts=asked, notice=refused.message
            )
        messages.success(
            request, _("%(commitment)s：节点目标已提出，等待审批。") % {"commitment": commitment}
        )
        return HttpResponseRedirect(reverse("admin:index"))

    def _form(self, request, commitment, pledges, rows, *, reason="", doubts=(), notice="", waiting=None):
        context = {
            "title": _("%(commitment)s：提出节点目标") % {"commitment": commitment},
            "commitment": commitment,
            "indicator": commitment.indicator,
            "pledges": pledges,
            "rows": rows,
            "errors": [(row, name, message) for row in rows for name, message in row.errors.items()],
            "notice": notice,
            "doubts": doubts,
            "reason": reason,
            "waiting": waiting,
            "earlier": self._earlier(request, commitment),
            "longest_reason": proposing.LONGEST_REASON,
        }
        return self.rendered(request, "admin/parks/milestoneproposal/propose.html", context)


DONE = {
    "withdraw": gettext_lazy("%(commitment)s：提案已撤回。"),
    "approve": gettext_lazy("%(commitment)s：节点目标已批准，自今日起按它评判。"),
    "decline": gettext_lazy("%(commitment)s：提案未获批准，理由已告知园区。"),
}


def _rows(pledges) -> list[Row]:
    standing = in_force(pledges)
    kept = [
        Row(name=on.isoformat(), on=on.isoformat(), value=plain(value), stood=plain(value), day=on)
        for on, value in sorted(standing.items())
    ]
    return [*kept, *(Row(name=str(number)) for number in range(NEW_ROWS))]


def _typed_rows(post, pledges, decimals: int) -> list[Row]:
    """The rows as they were sent, each read and checked; an unchanged one proposes nothing."""
    rows = _rows(pledges)
    for row in rows:
        if row.is_new:
            row.on = post.get(f"on-{row.name}", "").strip()
        row.value = post.get(f"value-{row.name}", row.value).strip()
        row.drop = bool(post.get(f"drop-{row.name}"))
        _read(row, pledges, decimals)
    seen: set[date] = set()
    for row in rows:
        if row.interim and row.interim.on in seen:
            row.errors["on"] = _("这一天已在上面填过。")
        elif row.day:
            seen.add(row.day)
    return rows


def _read(row: Row, pledges, decimals: int) -> None:
    """Read and check one row; everything that is wrong with it is said at once."""
    if row.is_new and not row.on and not row.value:
        return
    if row.is_new:
        try:
            row.day = date.fromisoformat(row.on)
        except ValueError:
            row.errors["on"] = _("日期请写作 2025-12-31。")
    if row.drop and not row.is_new:
        row.interim = Interim(row.day, None)
        return
    value = None
    try:
        value = parse_number(row.value, decimals)
        if value is None:
            row.errors["value"] = _("请填写这一天的节点目标值；要取消现有节点，请选“撤销”。")
    except NumberRefused as refused:
        row.errors["value"] = str(refused.message)
    if row.day is not None:
        # Where the number cannot be read, the day is still told whether it can be.
        row.errors = {**why_impossible(Interim(row.day, value or Decimal(0)), pledges), **row.errors}
    if not row.errors and (row.stood is None or plain(value) != row.stood):
        row.interim = Interim(row.day, value)
