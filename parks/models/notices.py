"""Mail that is to be sent: written with the step it tells of, sent afterwards, and kept until it went out."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from changchun_innovation.shared.fields import QuarterField, one_of, quarter_within_century
from parks.models.pledges import Park
from parks.models.reports import ReportEvent


class NoticeKind(models.TextChoices):
    DUE = "due", _("即将到期")
    OVERDUE = "overdue", _("逾期未报")
    SUBMITTED = "submitted", _("待审核")
    RETURNED = "returned", _("已退回")
    APPROVED = "approved", _("已审定")


# These remind of a day; the others tell of a step.
REMINDERS = (NoticeKind.DUE, NoticeKind.OVERDUE)


class Notice(models.Model):
    """One mail to one person about one park and quarter; `sent` is empty until the mail server took it."""

    kind = models.CharField(_("类别"), max_length=10, choices=NoticeKind)
    park = models.ForeignKey(Park, models.CASCADE, related_name="+", verbose_name=_("园区"))
    quarter = QuarterField(_("季度"))
    event = models.ForeignKey(
        ReportEvent,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="notices",
        verbose_name=_("季报事件"),
    )
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("收件人")
    )
    made = models.DateTimeField(_("生成时间"))
    claimed = models.DateTimeField(_("开始发送"), null=True, blank=True)
    sent = models.DateTimeField(_("发出时间"), null=True, blank=True)
    tries = models.PositiveSmallIntegerField(_("尝试次数"), default=0)
    trouble = models.CharField(_("未发出的原因"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("通知邮件")
        verbose_name_plural = _("通知邮件")
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["made"], condition=Q(sent__isnull=True), name="notice_still_to_be_sent")
        ]
        constraints = [
            one_of("kind", NoticeKind, "notice_kind_is_known"),
            quarter_within_century("quarter", "notice_quarter_is_within_the_century"),
            models.CheckConstraint(
                condition=Q(kind__in=REMINDERS, event__isnull=True)
                | (~Q(kind__in=REMINDERS) & Q(event__isnull=False)),
                name="notice_reminds_of_a_day_or_tells_of_a_step",
            ),
            models.UniqueConstraint(
                fields=["recipient", "park", "quarter", "kind"],
                condition=Q(event__isnull=True),
                name="one_reminder_per_person_park_quarter_and_kind",
            ),
            models.UniqueConstraint(
                fields=["recipient", "event"],
                condition=Q(event__isnull=False),
                name="one_notice_per_person_and_step",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.recipient}: {self.kind} {self.park} {self.quarter}"
