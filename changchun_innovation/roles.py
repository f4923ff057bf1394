"""Who may do what: one table of permission strings; `manage.py sync_roles` makes the database match."""

from django.utils.translation import gettext_lazy as _


def _may(app: str, models: str, *verbs: str) -> list[str]:
    return [f"{app}.{verb}_{model}" for model in models.split() for verb in verbs]


_TEXTS = [
    *_may("institutions", "source institution agreement", "view", "add", "change"),
    *_may("targets", "indicator target initiative contextfigure", "view", "add", "change"),
    *_may("parks", "park commitment publication", "view", "add", "change"),
]
# Facts of the record are added and never changed, so there is no right to change them.
_FACTS = [
    *_may("targets", "targetterms reading initiativestatus", "view", "add"),
    *_may("parks", "commitmentterms jointlink reportsfrom", "view", "add"),
    # A milestone is proposed by its park and approved by a reviewer; nobody enters one alone.
    *_may("parks", "milestone", "view"),
]
REFERENCE_DATA = [*_TEXTS, *_FACTS]
# What parks propose and say; their own workflow decides who writes and who approves.
PROPOSALS = _may("parks", "milestoneproposal reply", "view")
# The due rule follows the setting REPORT_DUE_DAYS; its rows are read, and never typed.
DUE_RULE = _may("parks", "duerule", "view")

# What readers say is wrong: read and answered.
ERROR_REPORTS = _may("changchun_innovation", "errorreport", "view", "change")

OFFICIAL, PARK_MANAGER, REVIEWER, ANALYST, ADMINISTRATOR = (
    "official",
    "park manager",
    "reviewer",
    "analyst",
    "administrator",
)

ROLES: dict[str, list[str]] = {
    OFFICIAL: [],
    PARK_MANAGER: ["parks.view_quarterlyreport", "parks.enter_report", *PROPOSALS],
    REVIEWER: [
        "parks.view_quarterlyreport",
        "parks.review_report",
        "parks.read_unapproved",
        *_may("parks", "deadlineextension", "view", "add"),
        *PROPOSALS,
        *ERROR_REPORTS,
        *REFERENCE_DATA,
        *DUE_RULE,
    ],
    ANALYST: ["parks.view_quarterlyreport", "parks.read_unapproved"],
    ADMINISTRATOR: [
        "parks.view_quarterlyreport",
        "parks.read_unapproved",
        *PROPOSALS,
        *ERROR_REPORTS,
        "parks.assign_managers",
        *REFERENCE_DATA,
        *DUE_RULE,
        *_may("auth", "user", "view", "add", "change"),
        *_may("auth", "group", "view"),
        *_may("parks", "parkmanager", "view", "add", "change", "delete"),
        *_may("changchun_innovation", "preference", "view", "add", "change", "delete"),
        *_may("auditlog", "logentry", "view"),
    ],
}
# These log in to the admin; officials and analysts read the dashboard.
STAFF_ROLES = {PARK_MANAGER, REVIEWER, ADMINISTRATOR}

ROLE_NAMES = {
    OFFICIAL: _("市级领导"),
    PARK_MANAGER: _("园区填报人"),
    REVIEWER: _("审核人"),
    ANALYST: _("分析人员"),
    ADMINISTRATOR: _("系统管理员"),
}
