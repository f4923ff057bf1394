"""Parks, pledges, quarterly reports, proposals and replies in the admin."""

from parks.admin import proposals, reference, replies, reports

__all__ = ["proposals", "reference", "replies", "reports"]
