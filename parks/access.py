"""The only place that says which parks and reports a user may touch.

Lists, forms, history, actions, autocompletes, imports, exports and files all ask here. "Not allowed" is answered
404 by whoever asks, so that nobody learns of another park's report.
"""

from django.contrib.auth import get_user_model
from django.db.models import QuerySet

from parks.models import MilestoneProposal, Park, QuarterlyReport, Reply, ReplyVerb


def _is_somebody(user) -> bool:
    return bool(user and user.is_authenticated and user.is_active)


def may_review(user) -> bool:
    """Whether the user approves, returns and reopens reports at all."""
    return _is_somebody(user) and user.has_perm("parks.review_report")


def reads_everything(user) -> bool:
    """Whether the user reads figures of every park before they are approved."""
    return _is_somebody(user) and (user.has_perm("parks.read_unapproved") or may_review(user))


def parks_entered_by(user) -> QuerySet[Park]:
    """Parks whose reports the user enters: the ones assigned to them, for park managers only."""
    if not _is_somebody(user) or not user.has_perm("parks.enter_report"):
        return Park.objects.none()
    return Park.objects.filter(park_managers__user=user)


def parks_read_by(user) -> QuerySet[Park]:
    """Parks whose unapproved figures the user reads."""
    return Park.objects.all() if reads_everything(user) else parks_entered_by(user)


def of_parks_read_by(user, rows: QuerySet, to_park: str) -> QuerySet:
    """Those of some rows that are about parks whose unapproved figures the user reads; `to_park` leads to the park.

    Who reads every park is not asked for each: the database would look all of them up.
    """
    return rows if reads_everything(user) else rows.filter(**{f"{to_park}__in": parks_entered_by(user)})


def reports_read_by(user) -> QuerySet[QuarterlyReport]:
    """Reports whose every figure, note and event the user reads."""
    return of_parks_read_by(user, QuarterlyReport.objects.all(), "park")


def proposals_read_by(user) -> QuerySet[MilestoneProposal]:
    """Proposals of interim values that the user reads, whatever became of them."""
    return of_parks_read_by(user, MilestoneProposal.objects.all(), "commitment__park")


def replies_read_by(user) -> QuerySet[Reply]:
    """Replies that the user reads before they are approved."""
    return of_parks_read_by(user, Reply.objects.all(), "commitment__park")


def _holders(permission: str) -> QuerySet:
    # A superuser was made on the server, for emergencies: allowed everything, and charged with nothing.
    return get_user_model().objects.with_perm(
        permission, include_superusers=False, backend="django.contrib.auth.backends.ModelBackend"
    )


def reviewers() -> QuerySet:
    """Active accounts that review reports by their role."""
    return _holders("parks.review_report").order_by("pk")


def managers() -> QuerySet:
    """Active accounts that enter reports by their role, whichever their parks."""
    return _holders("parks.enter_report").order_by("pk")


def may_enter(user, park: Park) -> bool:
    return parks_entered_by(user).filter(pk=park.pk).exists()


def may_approve(user, report: QuarterlyReport) -> bool:
    """Four eyes: a reviewer who neither entered a figure of the report nor submitted it."""
    return may_review(user) and not had_a_hand_in(user, report)


def had_a_hand_in(user, report: QuarterlyReport) -> bool:
    """Whether the user filled or submitted this revision, or a figure in it that was copied from an earlier one.

    Who only reopened the quarter, changing no figure, had no hand in it.
    """
    return user.pk in hands_in(report)


def hands_in(report: QuarterlyReport) -> set[int]:
    """The accounts that filled or submitted a report, and so must not approve it. One query."""
    return {report.submitted_by_id, *report.authors.values_list("pk", flat=True)} - {None}


def may_decide(user, proposal: MilestoneProposal) -> bool:
    """Four eyes: a reviewer who did not propose it."""
    return may_review(user) and user.pk != proposal.proposed_by_id


def may_approve_reply(user, reply: Reply) -> bool:
    """Four eyes: a reviewer who neither wrote a word of the reply nor submitted it."""
    return may_review(user) and not had_a_hand_in_reply(user, reply)


def had_a_hand_in_reply(user, reply: Reply) -> bool:
    """Whether the user ever wrote or submitted the reply, also where somebody else did so after them."""
    hands = (ReplyVerb.WRITTEN, ReplyVerb.SUBMITTED)
    return user.pk in (reply.created_by_id, reply.submitted_by_id) or (
        reply.events.filter(verb__in=hands, by=user.pk).exists()
    )
