"""Parks, pledges and quarterly reports in the admin."""

from parks.admin import reference, reports

__all__ = ["reference", "reports"]
