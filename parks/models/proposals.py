"""What a park proposes and says about its own promises: interim values, and replies beside a state."""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from changchun_innovation.shared.append_only import AppendOnlyQuerySet, Origin
from changchun_innovation.shared.fields import (
    QuarterField,
    both_or_neither,
    number,
    one_of,
    quarter_within_century,
    within_range,
)
from changchun_innovation.shared.params import end_of_day
from parks.models.pledges import Commitment, invented, origin_field


def person(verbose_name, **options) -> models.ForeignKey:
    """Who did what stands beside a moment; the account stays while the row does."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=verbose_name, **options
    )


# --- interim values ------------------------------------------------------------------------------------------
class ProposalStatus(models.TextChoices):
    PROPOSED = "proposed", _("待审批")
    APPROVED = "approved", _("已批准")
    DECLINED = "declined", _("未批准")
    WITHDRAWN = "withdrawn", _("已撤回")


class MilestoneProposal(models.Model):
    """Interim values that a park proposes for one of its commitments, and what was decided about them.

    A proposal is never edited: it is approved, declined or withdrawn as a whole, and another one may follow.
    """

    commitment = models.ForeignKey(
        Commitment, models.PROTECT, related_name="milestone_proposals", verbose_name=_("承诺")
    )
    status = models.CharField(
        _("状态"), max_length=9, choices=ProposalStatus, default=ProposalStatus.PROPOSED
    )
    reason = models.CharField(_("理由"), max_length=500)
    origin = origin_field()
    proposed_at = models.DateTimeField(_("提出时间"))
    proposed_by = person(_("提出人"))
    decided_at = models.DateTimeField(_("审批时间"), null=True, blank=True)
    decided_by = person(_("审批人"), null=True, blank=True)
    answer = models.CharField(_("审批意见"), max_length=500, blank=True)
    withdrawn_at = models.DateTimeField(_("撤回时间"), null=True, blank=True)
    withdrawn_by = person(_("撤回人"), null=True, blank=True)

    class Meta:
        verbose_name = _("节点目标提案")
        verbose_name_plural = _("节点目标提案")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["status", "id"], name="proposal_of_status_by_age"),
            invented("proposal"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["commitment"], condition=Q(status="proposed"), name="one_open_proposal_per_commitment"
            ),
            one_of("status", ProposalStatus, "proposal_status_is_known"),
            one_of("origin", Origin, "proposal_origin_is_known"),
            models.CheckConstraint(condition=~Q(reason=""), name="proposal_has_a_reason"),
            both_or_neither("decided_at", "decided_by", "proposal_decided_at_has_its_person"),
            both_or_neither("withdrawn_at", "withdrawn_by", "proposal_withdrawn_at_has_its_person"),
            models.CheckConstraint(
                condition=Q(status__in=["approved", "declined"], decided_at__isnull=False)
                | (~Q(status__in=["approved", "declined"]) & Q(decided_at__isnull=True)),
                name="decided_proposals_say_by_whom_and_others_do_not",
            ),
            models.CheckConstraint(
                condition=Q(status="withdrawn", withdrawn_at__isnull=False)
                | (~Q(status="withdrawn") & Q(withdrawn_at__isnull=True)),
                name="withdrawn_proposals_say_by_whom_and_others_do_not",
            ),
            models.CheckConstraint(
                condition=~Q(status="declined") | ~Q(answer=""), name="declining_a_proposal_needs_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("proposed_by")),
                name="nobody_decides_what_they_proposed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.commitment} · {self.get_status_display()}"

    @property
    def is_open(self) -> bool:
        return self.status == ProposalStatus.PROPOSED


class ProposedMilestone(models.Model):
    """One day of a proposal with its interim value; without a value the day's milestone is to be withdrawn."""

    # Found by `one_value_per_proposal_and_day`.
    proposal = models.ForeignKey(
        MilestoneProposal, models.CASCADE, db_index=False, related_name="milestones", verbose_name=_("提案")
    )
    on = models.DateField(_("节点日期"))
    value = number(_("节点目标值"), null=True, blank=True)

    class Meta:
        verbose_name = _("拟定节点")
        verbose_name_plural = _("拟定节点")
        ordering = ["proposal", "on"]
        constraints = [
            models.UniqueConstraint(fields=["proposal", "on"], name="one_value_per_proposal_and_day"),
            within_range("value", "proposed_value_is_within_range"),
        ]

    def __str__(self) -> str:
        return f"{self.proposal}: {self.on}"


# --- replies -------------------------------------------------------------------------------------------------
class ReplyStatus(models.TextChoices):
    DRAFT = "draft", _("草稿")
    SUBMITTED = "submitted", _("待审核")
    RETURNED = "returned", _("已退回")
    APPROVED = "approved", _("已审定")


class ReplyVerb(models.TextChoices):
    """The steps in the life of a reply."""

    WRITTEN = "written", _("写定")
    SUBMITTED = "submitted", _("提交")
    WITHDRAWN = "withdrawn", _("撤回")
    RETURNED = "returned", _("退回")
    APPROVED = "approved", _("审定")


class ReplyQuerySet(models.QuerySet):
    def open(self):
        """Replies that are not approved yet."""
        # Each named, as in `one_open_reply_per_commitment_and_quarter`, which finds them among all the approved ones.
        return self.filter(status__in=[ReplyStatus.DRAFT, ReplyStatus.SUBMITTED, ReplyStatus.RETURNED])

    def approved_by_end_of(self, day: date):
        """Replies whose approval was known at the end of a day in Changchun."""
        return self.filter(status=ReplyStatus.APPROVED, approved_at__lte=end_of_day(day))


class Reply(models.Model):
    """What a park says of one of its commitments in one quarter; published once it is approved.

    An approved reply never changes. A later one stands in its place, and the earlier stays readable.
    """

    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="replies", verbose_name=_("承诺"))
    quarter = QuarterField(_("季度"))
    text = models.CharField(_("答复"), max_length=500)
    status = models.CharField(_("状态"), max_length=9, choices=ReplyStatus, default=ReplyStatus.DRAFT)
    version = models.PositiveIntegerField(
        _("保存次数"), default=0, help_text=_("每次保存加一；过时的页面据此被拒绝")
    )
    origin = origin_field()
    created_at = models.DateTimeField(_("新建时间"))
    created_by = person(_("新建人"))
    submitted_at = models.DateTimeField(_("提交时间"), null=True, blank=True)
    submitted_by = person(_("提交人"), null=True, blank=True)
    approved_at = models.DateTimeField(_("审定时间"), null=True, blank=True)
    approved_by = person(_("审定人"), null=True, blank=True)

    objects = ReplyQuerySet.as_manager()

    class Meta:
        verbose_name = _("园区答复")
        verbose_name_plural = _("园区答复")
        ordering = ["-quarter", "commitment", "-pk"]
        indexes = [
            models.Index(fields=["status", "approved_at"], name="reply_approved_known_on"),
            models.Index(fields=["-quarter", "commitment", "-id"], name="reply_newest_quarter_first"),
            invented("reply"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["commitment", "quarter"],
                condition=Q(status__in=["draft", "submitted", "returned"]),
                name="one_open_reply_per_commitment_and_quarter",
            ),
            quarter_within_century("quarter", "reply_quarter_is_within_the_century"),
            one_of("status", ReplyStatus, "reply_status_is_known"),
            one_of("origin", Origin, "reply_origin_is_known"),
            models.CheckConstraint(condition=~Q(text=""), name="reply_has_a_text"),
            both_or_neither("submitted_at", "submitted_by", "reply_submitted_at_has_its_person"),
            both_or_neither("approved_at", "approved_by", "reply_approved_at_has_its_person"),
            models.CheckConstraint(
                condition=Q(status="approved", approved_at__isnull=False, submitted_at__isnull=False)
                | (~Q(status="approved") & Q(approved_at__isnull=True)),
                name="approved_replies_say_by_whom_and_others_do_not",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True)
                | (~Q(approved_by=F("submitted_by")) & ~Q(approved_by=F("created_by"))),
                name="nobody_approves_a_reply_they_wrote",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.commitment} {self.quarter.axis}"

    @property
    def is_editable(self) -> bool:
        return self.status in (ReplyStatus.DRAFT, ReplyStatus.RETURNED)


class ReplyEvent(models.Model):
    """One step in the life of a reply: who, when, from, to, why, and the text that was kept."""

    reply = models.ForeignKey(Reply, models.CASCADE, related_name="events", verbose_name=_("园区答复"))
    verb = models.CharField(_("步骤"), max_length=9, choices=ReplyVerb)
    from_status = models.CharField(_("原状态"), max_length=9, blank=True)
    to_status = models.CharField(_("新状态"), max_length=9, choices=ReplyStatus)
    at = models.DateTimeField(_("时间"))
    by = person(_("人员"))
    reason = models.CharField(_("理由"), max_length=500, blank=True)
    text = models.CharField(_("答复"), max_length=500, blank=True)

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        verbose_name = _("答复事件")
        verbose_name_plural = _("答复事件")
        ordering = ["pk"]
        constraints = [
            one_of("verb", ReplyVerb, "reply_event_verb_is_known"),
            one_of("to_status", ReplyStatus, "reply_event_status_is_known"),
            models.CheckConstraint(
                condition=~Q(verb="returned") | ~Q(reason=""), name="returning_a_reply_needs_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reply}: {self.verb}"
