"""Parks, what they pledged, and the quarterly reports in which they say how far they are."""

from parks.models.pledges import (
    Commitment,
    CommitmentTerms,
    Comparability,
    JointLink,
    Milestone,
    Park,
    Publication,
    ReportsFrom,
)
from parks.models.proposals import (
    MilestoneProposal,
    ProposalStatus,
    ProposedMilestone,
    Reply,
    ReplyEvent,
    ReplyStatus,
    ReplyVerb,
)
from parks.models.reports import (
    DeadlineExtension,
    DueRule,
    Figure,
    ParkManager,
    QuarterlyReport,
    ReportEvent,
    Status,
    Verb,
)

__all__ = [
    "Commitment",
    "CommitmentTerms",
    "Comparability",
    "DeadlineExtension",
    "DueRule",
    "Figure",
    "JointLink",
    "Milestone",
    "MilestoneProposal",
    "Park",
    "ParkManager",
    "ProposalStatus",
    "ProposedMilestone",
    "Publication",
    "QuarterlyReport",
    "Reply",
    "ReplyEvent",
    "ReplyStatus",
    "ReplyVerb",
    "ReportEvent",
    "ReportsFrom",
    "Status",
    "Verb",
]
