"""The life of a park's reply: the only writer of its state.

    draft -> submitted -> approved     published from that day; it never changes again
                       -> returned -> submitted
             submitted -> draft        withdrawn by who submitted it

As in `parks.workflow`: one function per step, keyword-only, with the person (`by`) and the moment (`at`), one
transaction, one event. A further word after an approval is a new reply, which stands in place of the earlier one.
"""

from datetime import date, datetime

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from changchun_innovation.shared.append_only import Origin
from changchun_innovation.shared.params import day_of
from changchun_innovation.shared.publishing import publishing_lock
from changchun_innovation.shared.quarters import Quarter
from changchun_innovation.shared.unkept import holds_unkept
from parks import access
from parks.models import Commitment, CommitmentTerms, Reply, ReplyEvent, ReplyStatus, ReplyVerb
from parks.proposing import words
from parks.workflow import TransitionError

LONGEST_REPLY = Reply._meta.get_field("text").max_length


def open_reply(commitment: Commitment, quarter: Quarter) -> Reply | None:
    """The reply of a commitment and quarter that is not approved yet; there is at most one."""
    rows = Reply.objects.open().filter(commitment=commitment, quarter=quarter)
    return rows.select_related("commitment__park", "commitment__indicator").first()


def can_be_replied_to(commitment: Commitment, quarter: Quarter, today: date) -> bool:
    """Whether the quarter has ended and the promise had begun by its end."""
    starts = CommitmentTerms.objects.known_on(today).filter(commitment=commitment)
    first = min(starts.values_list("start_on", flat=True), default=None)
    return quarter.is_closed(today) and first is not None and quarter >= Quarter.containing(first)


def write(
    *,
    commitment: Commitment,
    quarter: Quarter,
    text: str,
    version: int | None,
    by: AbstractUser,
    at: datetime,
) -> Reply:
    """Keep the text of a reply as a draft; a returned one stays returned until it is submitted again.

    `version` is that of the reply the page was made from, None where there was none.
    """
    if not access.may_enter(by, commitment.park):
        raise PermissionDenied
    text = reply_text(text)
    if not can_be_replied_to(commitment, quarter, day_of(at)):
        raise TransitionError(
            _("%(quarter)s 尚未结束，或承诺尚未开始，不能答复。") % {"quarter": quarter.axis}
        )
    with transaction.atomic():
        reply = open_reply(commitment, quarter)
        if reply is not None:
            reply = _locked(reply)
        if (reply.version if reply else None) != version:
            raise TransitionError(_("您打开本页以后，这条答复已被保存或改变。没有保存，请核对后再试。"))
        if reply is None:
            reply = _new(commitment, quarter, text, by, at)
        else:
            _check_status(reply, ReplyStatus.DRAFT, ReplyStatus.RETURNED)
            if reply.text == text:
                return reply
            reply.text = text
        return _step(reply, ReplyVerb.WRITTEN, reply.status, by, at)


def submit(*, reply: Reply, version: int, by: AbstractUser, at: datetime) -> Reply:
    """Hand the reply to the reviewers."""
    with publishing_lock():
        reply = _locked(reply)
        if not access.may_enter(by, reply.commitment.park):
            raise PermissionDenied
        _check_version(reply, version)
        _check_status(reply, ReplyStatus.DRAFT, ReplyStatus.RETURNED)
        reply.submitted_by, reply.submitted_at = by, at
        return _step(reply, ReplyVerb.SUBMITTED, ReplyStatus.SUBMITTED, by, at)


def withdraw(*, reply: Reply, by: AbstractUser, at: datetime) -> Reply:
    """Take a submitted reply back into draft; only for who submitted it."""
    with publishing_lock():
        reply = _locked(reply)
        if not access.may_enter(by, reply.commitment.park):
            raise PermissionDenied
        _check_status(reply, ReplyStatus.SUBMITTED)
        if reply.submitted_by_id != by.pk:
            raise PermissionDenied(_("只有提交人可以撤回。"))
        return _step(reply, ReplyVerb.WITHDRAWN, ReplyStatus.DRAFT, by, at)


def approve(*, reply: Reply, version: int, by: AbstractUser, at: datetime) -> Reply:
    """Publish the reply. Four eyes: never by who wrote or submitted it."""
    with publishing_lock():
        reply = _locked(reply)
        _check_four_eyes(by, reply)
        _check_version(reply, version)
        _check_status(reply, ReplyStatus.SUBMITTED)
        reply.approved_by, reply.approved_at = by, at
        return _step(reply, ReplyVerb.APPROVED, ReplyStatus.APPROVED, by, at)


def return_reply(*, reply: Reply, reason: str, by: AbstractUser, at: datetime) -> Reply:
    """Send the reply back to the park, with the reason."""
    with publishing_lock():
        reply = _locked(reply)
        _check_four_eyes(by, reply)
        _check_status(reply, ReplyStatus.SUBMITTED)
        return _step(reply, ReplyVerb.RETURNED, ReplyStatus.RETURNED, by, at, words(reason))


def reply_text(text: str) -> str:
    """The reply as one paragraph; TransitionError where it is blank, too long, or no database keeps it."""
    text = " ".join(text.split())
    if not text:
        raise TransitionError(_("请写明答复。"))
    if holds_unkept(text):
        raise TransitionError(_("含有无法保存的字符，请重新输入。"))
    if len(text) > LONGEST_REPLY:
        raise TransitionError(
            _("答复最多 %(longest)s 个字，现有 %(length)s 个。")
            % {"longest": LONGEST_REPLY, "length": len(text)}
        )
    return text


def _locked(reply: Reply) -> Reply:
    rows = Reply.objects.select_for_update(of=("self",))
    return rows.select_related("commitment__park", "commitment__indicator").get(pk=reply.pk)


def _new(commitment, quarter, text, by, at) -> Reply:
    try:
        # In a savepoint, so that the caller's transaction survives the refusal.
        with transaction.atomic():
            return Reply.objects.create(
                commitment=commitment,
                quarter=quarter,
                text=text,
                origin=Origin.DEMO if settings.DEMO else Origin.REPORTED,
                created_by=by,
                created_at=at,
            )
    except IntegrityError as error:
        raise TransitionError(_("这条答复刚刚由他人建立，请刷新后继续。")) from error


def _check_four_eyes(by, reply: Reply) -> None:
    if not access.may_review(by):
        raise PermissionDenied
    if access.had_a_hand_in_reply(by, reply):
        raise PermissionDenied(_("写过或提交过这条答复的人不能审核它。"))


def _check_version(reply: Reply, version: int) -> None:
    if reply.version != version:
        raise TransitionError(_("您打开本页以后，这条答复已被保存或改变。没有保存，请核对后再试。"))


def _check_status(reply: Reply, *allowed: ReplyStatus) -> None:
    if reply.status not in allowed:
        raise TransitionError(
            _("答复现为“%(status)s”，不能进行这一步。") % {"status": reply.get_status_display()}
        )


def _step(reply: Reply, verb: ReplyVerb, to_status: str, by, at, reason: str = "") -> Reply:
    from_status, reply.status = reply.status, to_status
    reply.version += 1
    reply.save()
    ReplyEvent.objects.create(
        reply=reply,
        verb=verb,
        from_status=from_status,
        to_status=to_status,
        by=by,
        at=at,
        reason=reason,
        text=reply.text if verb == ReplyVerb.WRITTEN else "",
    )
    return reply
