"""The site's own models: what belongs to an account or to a reader, and to no other room."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from changchun_innovation.shared.append_only import Origin
from changchun_innovation.shared.fields import QuarterField, both_or_neither, one_of, quarter_within_century


class Preference(models.Model):
    """The language in which an account reads the admin and receives its mail, and how it can be reached."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="preference", verbose_name=_("账号")
    )
    language = models.CharField(_("语言"), max_length=10, choices=settings.LANGUAGES, default="zh-hans")
    contact = models.CharField(
        _("联系方式"), max_length=100, blank=True, help_text=_("电话等；审核人的会显示给园区填报人")
    )

    class Meta:
        verbose_name = _("偏好")
        verbose_name_plural = _("偏好")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(language__in=[code for code, _name in settings.LANGUAGES]),
                name="preference_language_is_known",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.language}"


class ErrorReport(models.Model):
    """What a reader says is wrong on a page, with the evidence, and what was answered."""

    about = models.CharField(_("关于"), max_length=200)
    quarter = QuarterField(_("所看季度"))
    known_on = models.DateField(_("数据截至"))
    wrong = models.CharField(_("哪里有误"), max_length=2000)
    evidence = models.CharField(_("依据"), max_length=1000, blank=True)
    contact = models.CharField(_("联系方式"), max_length=200, blank=True)
    origin = models.CharField(
        _("数据性质"), max_length=8, choices=Origin, default=Origin.REPORTED, editable=False
    )
    received = models.DateTimeField(_("收到时间"), db_index=True)
    sender = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("报告人账号"),
    )
    answer = models.CharField(_("处理意见"), max_length=1000, blank=True)
    handled_at = models.DateTimeField(_("处理时间"), null=True, blank=True)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("处理人"),
    )

    class Meta:
        verbose_name = _("错误报告")
        verbose_name_plural = _("错误报告")
        ordering = ["-received", "-pk"]
        indexes = [
            models.Index(
                fields=["received"],
                condition=models.Q(handled_at__isnull=True),
                name="error_report_to_be_answered",
            )
        ]
        constraints = [
            quarter_within_century("quarter", "error_report_quarter_is_within_the_century"),
            one_of("origin", Origin, "error_report_origin_is_known"),
            both_or_neither("handled_at", "handled_by", "error_report_handled_at_has_its_person"),
            models.CheckConstraint(condition=~models.Q(wrong=""), name="error_report_says_what_is_wrong"),
            models.CheckConstraint(
                condition=models.Q(handled_at__isnull=True) | ~models.Q(answer=""),
                name="handled_error_reports_have_an_answer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.about} · {self.pk}"
