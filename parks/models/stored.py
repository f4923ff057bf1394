"""Answers that are stored because a big city has too many to work out for every page.

Each row is worked out by the judge from the record (`parks/stored.py`) and can be thrown away and made again at any time.
No fact stands here only.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from changchun_innovation.shared.fields import QuarterField
from parks.models.pledges import Commitment, Park
from targets.models import Indicator


def _counted(word) -> models.PositiveSmallIntegerField:
    return models.PositiveSmallIntegerField(word, default=0)


class StoredPark(models.Model):
    """How many commitments of a park stand in which state in one quarter, and how its report of the quarter came in."""

    park = models.ForeignKey(
        Park, models.CASCADE, related_name="+", db_constraint=False, db_index=False, verbose_name=_("园区")
    )
    quarter = QuarterField(_("季度"))
    # One column for each state, by its name.
    missed = _counted(_("未完成"))
    behind = _counted(_("滞后"))
    unreported = _counted(_("逾期未报"))
    watch = _counted(_("预警"))
    stale = _counted(_("数据过期"))
    no_data = _counted(_("无数据"))
    too_early = _counted(_("尚早"))
    on_track = _counted(_("正常"))
    undated = _counted(_("无期限"))
    achieved = _counted(_("已完成"))
    need = models.BigIntegerField(
        _("先后"), default=0, help_text=_("越小越需要关注：未完成、滞后、逾期未报、预警多的在前")
    )
    lines = _counted(_("承诺"))
    dated = _counted(_("有期限的承诺"))
    over = _counted(_("到期的承诺"))
    # The same in every quarter: what the park's terms span, and whether one of them is over on the day.
    first_start_on = models.DateField(_("起始日"), null=True)
    last_due_on = models.DateField(_("到期日"), null=True)
    some_term_over = models.BooleanField(_("有的任期已满"), default=False)
    # The report of the quarter: the word of the reporting discipline, and what waits for whom.
    word = models.CharField(_("报送"), max_length=12)
    is_expected = models.BooleanField(_("应报"), default=False)
    is_in = models.BooleanField(_("已报"), default=False)
    is_overdue = models.BooleanField(_("逾期"), default=False)
    is_returned = models.BooleanField(_("退回"), default=False)
    # How the reports of the last twelve quarters came in, this one included, from the city's first term on.
    late_of_twelve = _counted(_("近三年迟报、未报或退回"))
    missing_of_twelve = _counted(_("近三年未报"))
    in_time_of_twelve = _counted(_("近三年按时"))
    due_on = models.DateField(_("截止日"))
    returned_on = models.DateField(_("退回日"), null=True)

    class Meta:
        verbose_name = _("已算的园区季度")
        verbose_name_plural = _("已算的园区季度")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["quarter", "park"], name="one_stored_answer_per_park_and_quarter")
        ]
        indexes = [
            models.Index(fields=["park"], name="stored_park_of_park"),
            models.Index(fields=["quarter", "need"], name="stored_park_neediest_first"),
            models.Index(fields=["quarter"], condition=Q(is_overdue=True), name="stored_park_overdue"),
            models.Index(fields=["quarter"], condition=Q(is_returned=True), name="stored_park_returned"),
        ]

    def __str__(self) -> str:
        return f"{self.park_id} {self.quarter}"


class StoredState(models.Model):
    """How one term of a commitment stood in one quarter.

    Numbers are whole ten-thousandths, so that sums are exact in every database. A commitment with several terms has a
    row for each of them; `answers` marks the one that a question about the quarter is answered by.
    """

    of = models.ForeignKey(
        StoredPark, models.CASCADE, related_name="states", db_constraint=False, verbose_name=_("园区季度")
    )
    park = models.ForeignKey(
        Park, models.CASCADE, related_name="+", db_constraint=False, db_index=False, verbose_name=_("园区")
    )
    commitment = models.ForeignKey(
        Commitment, models.CASCADE, related_name="+", db_constraint=False, verbose_name=_("承诺")
    )
    indicator = models.ForeignKey(
        Indicator,
        models.CASCADE,
        related_name="+",
        db_constraint=False,
        db_index=False,
        verbose_name=_("指标"),
    )
    quarter = QuarterField(_("季度"))
    state = models.CharField(_("状态"), max_length=10)
    since = QuarterField(_("自"), null=True)
    need = models.BigIntegerField(_("先后"), default=0)
    start_on = models.DateField(_("起始日"))
    next_start_on = models.DateField(_("下一任期起始日"), null=True)
    is_first_term = models.BooleanField(_("首个任期"), default=True)
    answers = models.BooleanField(_("代表本季度"), default=True)
    value = models.BigIntegerField(_("判断值"), null=True)
    judged_on = models.DateField(_("判断日"), null=True)
    is_stale = models.BooleanField(_("数据过期"), default=False)
    target = models.BigIntegerField(_("承诺值"))
    baseline = models.BigIntegerField(_("基数"))
    baseline_known = models.BooleanField(_("基数已知"), default=False)
    falling_since = QuarterField(_("回落自"), null=True)
    restated_on = models.DateField(_("更正日"), null=True)

    class Meta:
        verbose_name = _("已算的状态")
        verbose_name_plural = _("已算的状态")
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["quarter", "state", "since", "need"], name="stored_state_in_need"),
            models.Index(fields=["quarter", "indicator"], name="stored_state_of_indicator"),
            models.Index(
                fields=["quarter"], condition=Q(falling_since__isnull=False), name="stored_state_falling"
            ),
            models.Index(
                fields=["quarter"], condition=Q(restated_on__isnull=False), name="stored_state_restated"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.commitment_id} {self.quarter}: {self.state}"


class StoredUpTo(models.Model):
    """Up to which day and which rows of the record the stored answers go, and by which rules they were worked out."""

    day = models.DateField(_("日期"))
    first_term = QuarterField(_("首个任期季度"))
    sums = models.JSONField(_("全市合计"), default=dict)
    highest = models.JSONField(_("所据各表的最大编号"))
    rules = models.CharField(_("规则"), max_length=64)

    class Meta:
        verbose_name = _("已算至")
        verbose_name_plural = _("已算至")
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="stored_answers_have_one_mark"),
        ]

    def __str__(self) -> str:
        return str(self.day)
