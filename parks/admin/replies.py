"""Replies of the parks in the admin: a manager's page to write one, one page to read and review it, the list.

A reply changes through `parks.replying` alone; what is not the person's own is answered 404.
"""

from django.contrib import admin, messages
from django.http import Http404, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from changchun_innovation.shared.quarters import Quarter
from changchun_innovation.shared.wording import quarter_text
from parks import access, replying
from parks.admin.filters import OwnParksOfCommitments
from parks.admin.proposals import ReadNotEdited, commitment_entered_by
from parks.ledger import Ledger
from parks.models import Commitment, Reply, ReplyStatus
from parks.proposing import LONGEST_REASON
from parks.workflow import TransitionError


@admin.register(Reply)
class ReplyPage(ReadNotEdited):
    list_display = ["commitment", "in_words", "status", "submitted_at", "approved_at"]
    list_filter = ["status", OwnParksOfCommitments]
    # As `reply_newest_quarter_first` holds them; the order of the parks would sort all replies for every page.
    ordering = ["-quarter", "commitment_id", "-id"]

    @admin.display(description=gettext_lazy("季度"), ordering="quarter")
    def in_words(self, reply):
        return quarter_text(reply.quarter)

    def rows_read_by(self, user):
        return access.replies_read_by(user)

    def get_urls(self):
        """The addresses of replies: no form to add, change or delete one stands behind any of them."""
        see = self.admin_site.admin_view
        return [
            path("", see(self.changelist_view), name="parks_reply_changelist"),
            path(
                "write/<slug:park>/<slug:indicator>/<str:quarter>/",
                see(self.write_view),
                name="parks_reply_write",
            ),
            path("<path:object_id>/history/", see(self.history_view), name="parks_reply_history"),
            path("<path:object_id>/change/", see(self.change_view), name="parks_reply_change"),
        ]

    # --- one reply ---------------------------------------------------------------------------------------
    def change_view(self, request, object_id, form_url="", extra_context=None):
        """One reply with its events, and the steps that the person may take."""
        reply = self.row_or_404(request, object_id)
        if request.method == "POST":
            return self._take_step(request, reply)
        return self._reply_page(request, reply)

    def _take_step(self, request, reply):
        verb, reason = request.POST.get("step", ""), request.POST.get("reason", "")
        told = {"reply": reply, "by": request.user, "at": timezone.now()}
        steps = {
            "withdraw": lambda: replying.withdraw(**told),
            "approve": lambda: replying.approve(**told, version=_version(request) or 0),
            "return": lambda: replying.return_reply(**told, reason=reason),
        }
        if verb not in steps:
            raise Http404
        try:
            after = steps[verb]()
        except TransitionError as refused:
            messages.error(request, refused.message)
            reply.refresh_from_db()
            return self._reply_page(request, reply, typed_reason=reason)
        messages.success(request, DONE[verb] % {"reply": _named(after.commitment, after.quarter)})
        if verb == "withdraw":
            return HttpResponseRedirect(_writing_address(after.commitment, after.quarter))
        return HttpResponseRedirect(reverse("admin:index"))

    def _reply_page(self, request, reply, *, typed_reason=""):
        user, commitment = request.user, reply.commitment
        enters = access.may_enter(user, commitment.park)
        is_submitted = reply.status == ReplyStatus.SUBMITTED
        context = {
            "title": _named(commitment, reply.quarter),
            "reply": reply,
            "beside": _standing(commitment, reply.quarter),
            "events": reply.events.select_related("by").order_by("-pk"),
            "others": self._others(request, reply),
            "reviews": is_submitted and access.may_approve_reply(user, reply),
            "is_own": access.may_review(user) and access.had_a_hand_in_reply(user, reply),
            "withdraws": is_submitted and enters and reply.submitted_by_id == user.pk,
            "writes": enters and reply.is_editable,
            "writing_address": _writing_address(commitment, reply.quarter),
            "typed_reason": typed_reason,
            "longest_reason": LONGEST_REASON,
        }
        return self.rendered(request, "admin/parks/reply/reply.html", context)

    def _others(self, request, reply):
        return self.get_queryset(request).filter(commitment=reply.commitment).exclude(pk=reply.pk)

    # --- the page to write one ---------------------------------------------------------------------------
    def write_view(self, request, park, indicator, quarter):
        """What the park says of one commitment in one quarter: save, submit."""
        commitment = commitment_entered_by(request.user, park, indicator)
        quarter = _quarter_of(quarter, commitment)
        reply = replying.open_reply(commitment, quarter)
        if request.method == "POST":
            return self._save(request, commitment, quarter)
        if reply and not reply.is_editable:
            return HttpResponseRedirect(self.address_of(reply))
        return self._writing_page(request, commitment, quarter, reply)

    def _save(self, request, commitment, quarter):
        text, by, at = request.POST.get("text", ""), request.user, timezone.now()
        submits = request.POST.get("step") == "submit"
        try:
            reply = replying.write(
                commitment=commitment, quarter=quarter, text=text, version=_version(request), by=by, at=at
            )
            if submits:
                replying.submit(reply=reply, version=reply.version, by=by, at=at)
        except TransitionError as refused:
            reply = replying.open_reply(commitment, quarter)
            return self._writing_page(request, commitment, quarter, reply, typed=text, notice=refused.message)
        named = {"reply": _named(commitment, quarter)}
        if submits:
            messages.success(request, _("%(reply)s：已提交，等待审核。") % named)
            return HttpResponseRedirect(reverse("admin:index"))
        messages.success(request, _("%(reply)s：已存为草稿。") % named)
        return HttpResponseRedirect(request.path)

    def _writing_page(self, request, commitment, quarter, reply, *, typed=None, notice=""):
        later = quarter + 1
        context = {
            "title": _named(commitment, quarter),
            "commitment": commitment,
            "quarter": quarter,
            "beside": _standing(commitment, quarter),
            "reply": reply,
            "text": typed if typed is not None else reply.text if reply else "",
            # What others saved meanwhile stands beside what was typed.
            "stored": reply.text if reply and typed is not None and typed != reply.text else "",
            "notice": notice,
            "returned": _last_return(reply),
            "approved": Reply.objects.filter(
                commitment=commitment, quarter=quarter, status=ReplyStatus.APPROVED
            ).order_by("-approved_at"),
            "longest": replying.LONGEST_REPLY,
            "earlier": quarter - 1 if _is_open_to_replies(commitment, quarter - 1) else None,
            "later": later if _is_open_to_replies(commitment, later) else None,
        }
        return self.rendered(request, "admin/parks/reply/write.html", context)


DONE = {
    "withdraw": gettext_lazy("%(reply)s：已撤回，可以继续修改。"),
    "approve": gettext_lazy("%(reply)s：已审定并公布。"),
    "return": gettext_lazy("%(reply)s：已退回园区修改。"),
}


def _named(commitment: Commitment, quarter: Quarter) -> str:
    return _("%(commitment)s · %(quarter)s答复") % {
        "commitment": commitment,
        "quarter": quarter_text(quarter),
    }


def _writing_address(commitment: Commitment, quarter: Quarter) -> str:
    codes = [commitment.park.code, commitment.indicator.code, quarter]
    return reverse("admin:parks_reply_write", args=codes)


def _is_open_to_replies(commitment: Commitment, quarter: Quarter) -> bool:
    return replying.can_be_replied_to(commitment, quarter, timezone.localdate())


def _quarter_of(text: str, commitment: Commitment) -> Quarter:
    """The quarter of an address; 404 for what is none, or about which there is nothing to say yet."""
    try:
        quarter = Quarter.parse(text)
    except ValueError as error:
        raise Http404 from error
    if not 2000 <= quarter.year <= 2099 or not _is_open_to_replies(commitment, quarter):
        raise Http404
    return quarter


def _standing(commitment: Commitment, quarter: Quarter):
    """The promise and its judgement in the quarter as readers see it today; None where it is not known."""
    ledger = Ledger.of(timezone.localdate(), [commitment.park.code])
    pledges = [pledge for pledge in ledger.pledges_in(quarter) if pledge.pk == commitment.pk]
    if not pledges:
        return None
    return {"pledge": pledges[0], "judgement": ledger.judgement(pledges[0], quarter)}


def _version(request) -> int | None:
    """The version that the page was made from; None where it was made from no reply."""
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _last_return(reply: Reply | None):
    if reply is None or reply.status != ReplyStatus.RETURNED:
        return None
    return reply.events.filter(to_status=ReplyStatus.RETURNED, verb="returned").select_related("by").last()
