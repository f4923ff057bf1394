"""What lies on the desks beside the reports: each promise with its state, its replies and its proposals."""

from dataclasses import dataclass

from changchun_innovation.shared.params import default_quarter
from changchun_innovation.shared.progress import Judgement, Kind
from parks.ledger import Ledger, Pledge
from parks.models import MilestoneProposal, ProposalStatus, Reply, ReplyStatus
from parks.replies import IN_NEED_OF_A_REPLY, ReplyFacts, replies


@dataclass(frozen=True)
class PromiseRow:
    """One promise of a manager's park in the quarter that readers see first.

    `reply` is the one being written or waiting, `answered` the approved one that readers see, `proposal` the one that
    waits for a decision.
    """

    pledge: Pledge
    judgement: Judgement
    reply: Reply | None
    answered: ReplyFacts | None
    proposal: MilestoneProposal | None

    @property
    def takes_milestones(self) -> bool:
        return self.pledge.terms.due_on is not None and self.pledge.terms.kind is not Kind.RATE

    @property
    def is_answered(self) -> bool:
        """Whether readers see a reply of the very quarter."""
        return self.answered is not None and self.answered.quarter == self.judgement.quarter

    @property
    def calls_for_a_reply(self) -> bool:
        """Whether the state accuses and nobody has said a word about it, nor is writing one."""
        return self.judgement.state in IN_NEED_OF_A_REPLY and self.reply is None and not self.is_answered


def promise_rows(ledger: Ledger) -> tuple[PromiseRow, ...]:
    """One row per commitment of the ledger's parks. Three queries however many there are."""
    quarter = default_quarter(ledger.known_on)
    pledges = ledger.pledges_in(quarter)
    of_these = {"commitment__in": [pledge.pk for pledge in pledges]}
    approved = replies(ledger.known_on, quarter, [park.code for park in ledger.parks])
    open_replies = {
        (reply.commitment_id, reply.quarter): reply for reply in Reply.objects.open().filter(**of_these)
    }
    proposals = {
        proposal.commitment_id: proposal
        for proposal in MilestoneProposal.objects.filter(status=ProposalStatus.PROPOSED, **of_these)
    }
    rows = []
    for pledge in pledges:
        judgement = ledger.judgement(pledge, quarter)
        rows.append(
            PromiseRow(
                pledge=pledge,
                judgement=judgement,
                reply=open_replies.get((pledge.pk, judgement.quarter)),
                answered=approved.get((pledge.park.code, pledge.indicator.code)),
                proposal=proposals.get(pledge.pk),
            )
        )
    return tuple(rows)


def open_replies_of(ledger: Ledger) -> tuple[Reply, ...]:
    """Replies of the ledger's parks that are not approved yet, whatever their quarter; the oldest quarter first."""
    rows = Reply.objects.open().filter(commitment__park__in=[park.pk for park in ledger.parks])
    return tuple(rows.select_related("commitment__park", "commitment__indicator").order_by("quarter", "pk"))


def waiting_replies() -> tuple[Reply, ...]:
    """Submitted replies, the longest waiting first."""
    rows = Reply.objects.filter(status=ReplyStatus.SUBMITTED).order_by("submitted_at", "pk")
    return tuple(rows.select_related("commitment__park", "commitment__indicator", "submitted_by"))


def waiting_proposals() -> tuple[MilestoneProposal, ...]:
    """Proposals that nobody has decided, the longest waiting first."""
    rows = MilestoneProposal.objects.filter(status=ProposalStatus.PROPOSED).order_by("proposed_at", "pk")
    rows = rows.select_related("commitment__park", "commitment__indicator", "proposed_by")
    return tuple(rows.prefetch_related("milestones"))
