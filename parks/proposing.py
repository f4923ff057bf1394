"""The life of a proposal of interim values: the only writer of its state, and of the milestones it becomes.

    proposed -> approved      its values become milestones, known from that day
             -> declined      with the reason
             -> withdrawn     by who proposed it

As in `parks.workflow`: every step is one function, keyword-only, with the person (`by`) and the moment (`at`), in one
transaction that looks at the locked row again; `PermissionDenied` where the person may not do this at all,
`TransitionError` where it cannot be done now. A proposal is never edited, so that what is approved is what was read.
"""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from changchun_innovation.shared.append_only import Origin
from changchun_innovation.shared.params import day_of
from changchun_innovation.shared.publishing import publishing_lock
from changchun_innovation.shared.unkept import holds_unkept
from parks import access
from parks.milestones import MOST_AT_ONCE, Interim, terms_of_commitment, why_impossible
from parks.models import Commitment, Milestone, MilestoneProposal, ProposalStatus, ProposedMilestone
from parks.workflow import TransitionError

LONGEST_REASON = MilestoneProposal._meta.get_field("reason").max_length


def propose(
    *, commitment: Commitment, interims: Sequence[Interim], reason: str, by: AbstractUser, at: datetime
) -> MilestoneProposal:
    """Propose interim values of one commitment; refused while another proposal for it is open."""
    if not access.may_enter(by, commitment.park):
        raise PermissionDenied
    reason = words(reason)
    if not 1 <= len(interims) <= MOST_AT_ONCE or len({each.on for each in interims}) < len(interims):
        raise TransitionError(_("请至少填写一个节点，每个日期只填一次。"))
    _check_possible(commitment, interims, at)
    with publishing_lock():
        try:
            with transaction.atomic():
                proposal = MilestoneProposal.objects.create(
                    commitment=commitment,
                    reason=reason,
                    origin=Origin.DEMO if settings.DEMO else Origin.REPORTED,
                    proposed_by=by,
                    proposed_at=at,
                )
        except IntegrityError as error:
            raise TransitionError(_("这项承诺已有一个待审批的提案，请先撤回它或等待审批。")) from error
        ProposedMilestone.objects.bulk_create(
            ProposedMilestone(proposal=proposal, on=each.on, value=each.value) for each in interims
        )
    return proposal


def withdraw(*, proposal: MilestoneProposal, by: AbstractUser, at: datetime) -> MilestoneProposal:
    """Take back a proposal that nobody has decided; only for who made it."""
    with publishing_lock():
        proposal = _locked(proposal)
        if not access.may_enter(by, proposal.commitment.park):
            raise PermissionDenied
        _check_open(proposal)
        if proposal.proposed_by_id != by.pk:
            raise PermissionDenied(_("只有提出人可以撤回。"))
        proposal.status = ProposalStatus.WITHDRAWN
        proposal.withdrawn_by, proposal.withdrawn_at = by, at
        proposal.save()
    return proposal


def approve(*, proposal: MilestoneProposal, by: AbstractUser, at: datetime) -> MilestoneProposal:
    """Make the proposed values milestones, known from this day. Four eyes: never by who proposed them."""
    with publishing_lock():
        proposal = _locked(proposal)
        _check_four_eyes(by, proposal)
        _check_open(proposal)
        interims = interims_of(proposal)
        # The promise may have changed since: what was possible then need not be so now.
        _check_possible(proposal.commitment, interims, at)
        Milestone.objects.bulk_create(
            Milestone(
                commitment=proposal.commitment,
                on=each.on,
                value=each.value,
                proposal=proposal,
                known_from=day_of(at),
                reason=proposal.reason,
                entered_by=by,
                entered_at=at,
                origin=proposal.origin,
            )
            for each in interims
        )
        proposal.status = ProposalStatus.APPROVED
        proposal.decided_by, proposal.decided_at = by, at
        proposal.save()
    return proposal


def decline(*, proposal: MilestoneProposal, reason: str, by: AbstractUser, at: datetime) -> MilestoneProposal:
    """Refuse the proposal, with the reason."""
    with publishing_lock():
        proposal = _locked(proposal)
        _check_four_eyes(by, proposal)
        _check_open(proposal)
        proposal.answer = words(reason)
        proposal.status = ProposalStatus.DECLINED
        proposal.decided_by, proposal.decided_at = by, at
        proposal.save()
    return proposal


def interims_of(proposal: MilestoneProposal) -> list[Interim]:
    """The proposed values, by day."""
    return [Interim(row.on, row.value) for row in proposal.milestones.order_by("on")]


def words(text: str, longest: int = LONGEST_REASON) -> str:
    """A reason as one line; TransitionError where it is blank, too long, or no database keeps it."""
    text = " ".join(text.split())
    if not text:
        raise TransitionError(_("请写明理由。"))
    if holds_unkept(text):
        raise TransitionError(_("含有无法保存的字符，请重新输入。"))
    if len(text) > longest:
        raise TransitionError(_("理由最多 %(longest)s 个字。") % {"longest": longest})
    return text


def _locked(proposal: MilestoneProposal) -> MilestoneProposal:
    rows = MilestoneProposal.objects.select_for_update(of=("self",))
    return rows.select_related("commitment__park", "commitment__indicator").get(pk=proposal.pk)


def _check_open(proposal: MilestoneProposal) -> None:
    if not proposal.is_open:
        raise TransitionError(
            _("提案现为“%(status)s”，不能进行这一步。") % {"status": proposal.get_status_display()}
        )


def _check_four_eyes(by, proposal: MilestoneProposal) -> None:
    if not access.may_review(by):
        raise PermissionDenied
    if proposal.proposed_by_id == by.pk:
        raise PermissionDenied(_("提出这个提案的人不能审批它。"))


def _check_possible(commitment: Commitment, interims: Sequence[Interim], at: datetime) -> None:
    pledges = terms_of_commitment(commitment, day_of(at))
    if not pledges:
        raise TransitionError(_("没有期限的承诺与比率不设节点目标。"))
    for each in interims:
        if wrong := why_impossible(each, pledges):
            raise TransitionError(next(iter(wrong.values())))
