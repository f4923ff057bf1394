"""Parks, what they pledged, and the quarterly reports in which they say how far they are."""

from parks.models.copies import KeptCopy
from parks.models.evidence import Evidence
from parks.models.notices import REMINDERS, Notice, NoticeKind
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
    Remark,
    ReportEvent,
    Status,
    Verb,
)
from parks.models.stored import StoredPark, StoredState, StoredUpTo

__all__ = [
    "REMINDERS",
    "Commitment",
    "CommitmentTerms",
    "Comparability",
    "DeadlineExtension",
    "DueRule",
    "Evidence",
    "Figure",
    "JointLink",
    "KeptCopy",
    "Milestone",
    "MilestoneProposal",
    "Notice",
    "NoticeKind",
    "Park",
    "ParkManager",
    "ProposalStatus",
    "ProposedMilestone",
    "Publication",
    "QuarterlyReport",
    "Remark",
    "Reply",
    "ReplyEvent",
    "ReplyStatus",
    "ReplyVerb",
    "ReportEvent",
    "ReportsFrom",
    "Status",
    "StoredPark",
    "StoredState",
    "StoredUpTo",
    "Verb",
]
