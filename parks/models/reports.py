"""Quarterly reports: what a park says of a quarter, and what happened to it."""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from changchun_innovation.shared.append_only import AppendOnly, AppendOnlyQuerySet, Origin
from changchun_innovation.shared.fields import (
    QuarterField,
    both_or_neither,
    number,
    one_of,
    quarter_within_century,
    within_range,
)
from changchun_innovation.shared.params import end_of_day
from parks.models.pledges import Commitment, Park, invented, origin_field


class ParkManager(models.Model):
    """Which park an account reports for."""

    # Found by `one_assignment_per_account_and_park`.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        db_index=False,
        related_name="managed_parks",
        verbose_name=_("账号"),
    )
    park = models.ForeignKey(Park, models.CASCADE, related_name="park_managers", verbose_name=_("园区"))

    class Meta:
        verbose_name = _("园区填报人")
        verbose_name_plural = _("园区填报人")
        ordering = ["park", "user"]
        constraints = [
            models.UniqueConstraint(fields=["user", "park"], name="one_assignment_per_account_and_park")
        ]

    def __str__(self) -> str:
        return f"{self.park}: {self.user}"


class DueRule(AppendOnly):
    """How many days after a quarter's end its reports are due; a quarter keeps the rule it closed under."""

    days = models.PositiveSmallIntegerField(_("季后天数"))

    class Meta(AppendOnly.Meta):
        verbose_name = _("报送期限规则")
        verbose_name_plural = _("报送期限规则")
        ordering = ["known_from", "pk"]
        constraints = [
            *AppendOnly.Meta.constraints,
            models.CheckConstraint(condition=Q(days__gte=1, days__lte=90), name="duerule_days_are_1_to_90"),
        ]

    def __str__(self) -> str:
        return f"{self.known_from}: {self.days}"


class DeadlineExtension(AppendOnly):
    """A later due day for one park's report of one quarter."""

    park = models.ForeignKey(Park, models.PROTECT, related_name="extensions", verbose_name=_("园区"))
    quarter = QuarterField(_("季度"))
    due_on = models.DateField(_("延至"))
    origin = origin_field()

    class Meta(AppendOnly.Meta):
        verbose_name = _("延期")
        verbose_name_plural = _("延期")
        ordering = ["park", "quarter", "known_from", "pk"]
        constraints = [
            *AppendOnly.Meta.constraints,
            quarter_within_century("quarter", "extension_quarter_is_within_the_century"),
            one_of("origin", Origin, "extension_origin_is_known"),
            models.CheckConstraint(condition=~Q(reason=""), name="extension_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.park} {self.quarter}: {self.due_on}"


class Status(models.TextChoices):
    DRAFT = "draft", _("草稿")
    SUBMITTED = "submitted", _("待审核")
    RETURNED = "returned", _("已退回")
    APPROVED = "approved", _("已审定")
    DISCARDED = "discarded", _("已废弃")


class Verb(models.TextChoices):
    """The steps in the life of a report."""

    CREATED = "created", _("新建")
    SUBMITTED = "submitted", _("提交")
    WITHDRAWN = "withdrawn", _("撤回")
    RETURNED = "returned", _("退回")
    APPROVED = "approved", _("审定")
    REOPENED = "reopened", _("重开")
    DISCARDED = "discarded", _("废弃")


OPEN = (Status.DRAFT, Status.SUBMITTED, Status.RETURNED)


class QuarterlyReportQuerySet(models.QuerySet):
    def approved(self):
        return self.filter(status=Status.APPROVED)

    def open(self):
        """Revisions that are neither approved nor discarded."""
        return self.filter(status__in=OPEN)

    def approved_by_end_of(self, day: date):
        """Reports whose approval was known at the end of a day in Changchun."""
        return self.approved().filter(approved_at__lte=end_of_day(day))


class QuarterlyReport(models.Model):
    """What one park reports of one quarter, in one revision."""

    # Found by `one_report_per_park_quarter_and_revision`.
    park = models.ForeignKey(
        Park, models.PROTECT, db_index=False, related_name="reports", verbose_name=_("园区")
    )
    quarter = QuarterField(_("季度"))
    revision = models.PositiveSmallIntegerField(_("版次"), default=1)
    status = models.CharField(_("状态"), max_length=10, choices=Status, default=Status.DRAFT)
    version = models.PositiveIntegerField(
        _("保存次数"), default=0, help_text=_("每次保存加一；过时的页面据此被拒绝")
    )
    origin = origin_field()
    authors = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="+", blank=True, verbose_name=_("录入过数字的人")
    )
    created_at = models.DateTimeField(_("新建时间"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("新建人")
    )
    submitted_at = models.DateTimeField(_("提交时间"), null=True, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("提交人"),
    )
    approved_at = models.DateTimeField(_("审定时间"), null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("审定人"),
    )
    saved_at = models.DateTimeField(_("最近保存时间"), null=True, blank=True)
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("最近保存人"),
    )

    objects = QuarterlyReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("季报")
        verbose_name_plural = _("季报")
        ordering = ["-quarter", "park", "-revision"]
        permissions = [
            ("enter_report", "Can enter and submit the reports of own parks"),
            ("review_report", "Can approve, return and reopen reports"),
            ("read_unapproved", "Can read figures that are not approved yet, notes and evidence"),
            ("assign_managers", "Can say which park a manager has"),
        ]
        indexes = [
            models.Index(fields=["status", "approved_at"], name="report_approved_known_on"),
            models.Index(fields=["-quarter", "park", "-revision"], name="report_newest_quarter_first"),
            invented("report"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["park", "quarter", "revision"], name="one_report_per_park_quarter_and_revision"
            ),
            models.UniqueConstraint(
                fields=["park", "quarter"],
                condition=Q(status__in=["draft", "submitted", "returned"]),
                name="one_open_revision_per_park_and_quarter",
            ),
            quarter_within_century("quarter", "report_quarter_is_within_the_century"),
            one_of("status", Status, "report_status_is_known"),
            one_of("origin", Origin, "report_origin_is_known"),
            models.CheckConstraint(condition=Q(revision__gte=1), name="report_revision_starts_at_one"),
            both_or_neither("submitted_at", "submitted_by", "submitted_at_has_its_person"),
            both_or_neither("approved_at", "approved_by", "approved_at_has_its_person"),
            both_or_neither("saved_at", "saved_by", "saved_at_has_its_person"),
            models.CheckConstraint(
                condition=Q(status="approved", approved_at__isnull=False, submitted_at__isnull=False)
                | (~Q(status="approved") & Q(approved_at__isnull=True)),
                name="approved_reports_say_by_whom_and_others_do_not",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True)
                | (
                    ~Q(approved_by=F("submitted_by"))
                    # A later revision is made by the reviewer who reopens the quarter, and holds nothing of theirs.
                    & (Q(revision__gt=1) | ~Q(approved_by=F("created_by")))
                ),
                name="nobody_approves_what_they_submitted",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.park} {self.quarter.axis} · {self.revision}"

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def is_editable(self) -> bool:
        return self.status in (Status.DRAFT, Status.RETURNED)


class FigureQuerySet(models.QuerySet):
    def published_on(self, day: date):
        """Figures of reports approved by the end of a day (all revisions; the last one counts)."""
        return self.filter(report__status=Status.APPROVED, report__approved_at__lte=end_of_day(day))


class Figure(models.Model):
    """One reported value of one commitment: a number, or "not applicable" with its reason, or still blank."""

    # Found by `one_figure_per_report_and_commitment`.
    report = models.ForeignKey(
        QuarterlyReport, models.CASCADE, db_index=False, related_name="figures", verbose_name=_("季报")
    )
    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="figures", verbose_name=_("承诺"))
    value = number(_("填报数"), null=True, blank=True)
    not_applicable = models.BooleanField(_("不适用"), default=False)
    not_applicable_reason = models.CharField(_("不适用的理由"), max_length=300, blank=True)
    baseline = number(_("基数"), null=True, blank=True)
    note = models.CharField(_("备注"), max_length=500, blank=True)
    explanation = models.CharField(
        _("异常说明"), max_length=300, blank=True, help_text=_("数字反常时的一句说明；只有审核人看到")
    )

    objects = FigureQuerySet.as_manager()

    class Meta:
        verbose_name = _("填报数")
        verbose_name_plural = _("填报数")
        ordering = ["report", "commitment"]
        constraints = [
            models.UniqueConstraint(
                fields=["report", "commitment"], name="one_figure_per_report_and_commitment"
            ),
            # Rates may be negative; counts and money are refused below zero by the entry rules.
            within_range("value", "figure_value_is_within_range", lowest=-1000),
            within_range("baseline", "figure_baseline_is_within_range"),
            models.CheckConstraint(
                condition=Q(not_applicable=False) | (Q(value__isnull=True) & ~Q(not_applicable_reason="")),
                name="not_applicable_has_a_reason_and_no_value",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.commitment} {self.report.quarter}"


class ReportEventQuerySet(AppendOnlyQuerySet):
    def by_end_of(self, day: date):
        return self.filter(at__lte=end_of_day(day))


class ReportEvent(models.Model):
    """One step in the life of a report: who, when, from, to, why."""

    # Found by `event_of_report_by_time`.
    report = models.ForeignKey(
        QuarterlyReport, models.CASCADE, db_index=False, related_name="events", verbose_name=_("季报")
    )
    verb = models.CharField(_("步骤"), max_length=10, choices=Verb)
    from_status = models.CharField(_("原状态"), max_length=10, blank=True)
    to_status = models.CharField(_("新状态"), max_length=10, choices=Status)
    at = models.DateTimeField(_("时间"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("人员"))
    reason = models.CharField(_("理由"), max_length=1000, blank=True)
    stood = models.JSONField(
        _("退回时的填报数"), null=True, blank=True, editable=False, help_text=_("再次提交后与它比较")
    )

    objects = ReportEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("季报事件")
        verbose_name_plural = _("季报事件")
        ordering = ["pk"]
        indexes = [models.Index(fields=["report", "at"], name="event_of_report_by_time")]
        constraints = [
            one_of("verb", Verb, "event_verb_is_known"),
            one_of("to_status", Status, "event_status_is_known"),
            models.CheckConstraint(
                condition=~Q(verb__in=["returned", "reopened"]) | ~Q(reason=""),
                name="returning_and_reopening_need_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report}: {self.verb}"


class Remark(models.Model):
    """What a reviewer asks about one figure of a report that is returned."""

    # Found by `one_remark_per_return_and_figure`.
    event = models.ForeignKey(
        ReportEvent, models.CASCADE, db_index=False, related_name="remarks", verbose_name=_("季报事件")
    )
    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="+", verbose_name=_("承诺"))
    text = models.CharField(_("审核意见"), max_length=300)

    class Meta:
        verbose_name = _("逐项审核意见")
        verbose_name_plural = _("逐项审核意见")
        ordering = ["event", "commitment"]
        constraints = [
            models.UniqueConstraint(fields=["event", "commitment"], name="one_remark_per_return_and_figure"),
            models.CheckConstraint(condition=~Q(text=""), name="remark_says_something"),
        ]

    def __str__(self) -> str:
        return f"{self.commitment}: {self.text}"
