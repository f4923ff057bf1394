"""What the city promised and what has been published about it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from changchun_innovation.shared.append_only import AppendOnly, AppendOnlyQuerySet
from changchun_innovation.shared.bilingual import Bilingual
from changchun_innovation.shared.fields import number, one_of, within_range
from institutions.models import Coded, Institution, Source

CITY = "city"
FIRST_BATCH_PARKS = "first-batch-parks"


class Kind(models.TextChoices):
    """What a figure of an indicator means; decides how it may be added and judged (the judge knows the same words)."""

    CUMULATIVE = "cumulative", _("累计")
    STOCK = "stock", _("存量")
    ANNUAL = "annual", _("年度")
    RATE = "rate", _("比率")


class Comparator(models.TextChoices):
    GE = "ge", _("不低于")
    GT = "gt", _("超过")
    LE = "le", _("不高于")
    LT = "lt", _("低于")


class Qualifier(models.TextChoices):
    """How a published value is to be read; the last two are shown and never judged."""

    EXACT = "exact", _("准确值")
    MORE_THAN = "more-than", _("超过")
    AT_LEAST = "at-least", _("至少")
    DERIVED = "derived", _("推算")
    PLANNED = "planned", _("计划")
    BRACKET = "bracket", _("前列")


class Confidence(models.TextChoices):
    HIGH = "high", _("高")
    MEDIUM = "medium", _("中")
    LOW = "low", _("低")


class Scope(models.TextChoices):
    """Whom a promise or a published value speaks of."""

    CITY = CITY, _("全市")
    FIRST_BATCH_PARKS = FIRST_BATCH_PARKS, _("首批八个园区")
    INSTITUTION = "institution", _("机构")


class Indicator(Coded):
    """Something that is measured, with its unit and what a figure of it means."""

    name_zh = models.CharField(_("名称"), max_length=100)
    name_en = models.CharField(_("名称（英文）"), max_length=150)
    unit_zh = models.CharField(_("单位"), max_length=20)
    unit_en = models.CharField(_("单位（英文）"), max_length=30)
    kind = models.CharField(_("口径"), max_length=10, choices=Kind)
    decimals = models.PositiveSmallIntegerField(_("小数位数"), default=0)
    definition_zh = models.TextField(_("定义"), blank=True)
    definition_en = models.TextField(_("定义（英文）"), blank=True)
    order = models.PositiveSmallIntegerField(_("次序"), default=0)

    name = Bilingual()
    unit = Bilingual()
    definition = Bilingual()

    class Meta:
        verbose_name = _("指标")
        verbose_name_plural = _("指标")
        ordering = ["order", "code"]
        constraints = [
            one_of("kind", Kind, "indicator_kind_is_known"),
            # Expected values carry two decimals; with more in a figure the two could not be compared fairly.
            models.CheckConstraint(condition=Q(decimals__lte=2), name="indicator_has_at_most_two_decimals"),
        ]

    def __str__(self) -> str:
        return self.name


def _scope_names_its_institution(name: str):
    return models.CheckConstraint(
        condition=Q(scope="institution", institution__isnull=False)
        | Q(scope__in=[CITY, FIRST_BATCH_PARKS], institution__isnull=True),
        name=name,
    )


class Target(Coded):
    """A number that the city, the eight parks together or an institution promised."""

    scope = models.CharField(_("范围"), max_length=20, choices=Scope)
    institution = models.ForeignKey(
        Institution, models.PROTECT, null=True, blank=True, related_name="targets", verbose_name=_("机构")
    )
    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="targets", verbose_name=_("指标"))
    ambiguity_zh = models.TextField(_("表述不明之处"), blank=True)
    ambiguity_en = models.TextField(_("表述不明之处（英文）"), blank=True)
    order = models.PositiveSmallIntegerField(_("次序"), default=0)

    ambiguity = Bilingual()

    class Meta:
        verbose_name = _("目标")
        verbose_name_plural = _("目标")
        ordering = ["order", "code"]
        constraints = [
            one_of("scope", Scope, "target_scope_is_known"),
            _scope_names_its_institution("target_scope_names_its_institution"),
        ]

    def __str__(self) -> str:
        return f"{self.indicator} ({self.code})"

    @property
    def scope_code(self) -> str:
        """`city`, `first-batch-parks` or the institution's code."""
        return self.institution.code if self.institution_id else self.scope


class Terms(AppendOnly):
    """The numbers of a promise, as they were known from a day on; a change adds a row."""

    comparator = models.CharField(_("比较"), max_length=2, choices=Comparator, default=Comparator.GE)
    value = number(_("目标值"))
    start_on = models.DateField(_("起始日"))
    due_on = models.DateField(_("到期日"), null=True, blank=True)
    baseline = number(_("基数"), null=True, blank=True)
    baseline_on = models.DateField(_("基数日期"), null=True, blank=True)
    source = models.ForeignKey(
        Source, models.PROTECT, null=True, blank=True, related_name="%(class)s_rows", verbose_name=_("来源")
    )
    locator_zh = models.CharField(_("出处"), max_length=200, blank=True)
    locator_en = models.CharField(_("出处（英文）"), max_length=200, blank=True)

    locator = Bilingual()

    class Meta(AppendOnly.Meta):
        abstract = True
        constraints = [
            *AppendOnly.Meta.constraints,
            one_of("comparator", Comparator, "%(class)s_comparator_is_known"),
            within_range("value", "%(class)s_value_is_within_range"),
            within_range("baseline", "%(class)s_baseline_is_within_range"),
            models.CheckConstraint(
                condition=Q(due_on__isnull=True) | Q(due_on__gt=models.F("start_on")),
                name="%(class)s_is_due_after_its_start",
            ),
            models.CheckConstraint(
                condition=Q(source__isnull=False) | ~Q(reason=""), name="%(class)s_has_a_source_or_a_reason"
            ),
        ]


class TargetTermsQuerySet(AppendOnlyQuerySet):
    def get_by_natural_key(self, target: str, source: str):
        return self.filter(target__code=target, source__code=source).earliest("pk")


class TargetTerms(Terms):
    """The numbers of one target, as they were known from a day on."""

    target = models.ForeignKey(Target, models.PROTECT, related_name="terms", verbose_name=_("目标"))

    objects = TargetTermsQuerySet.as_manager()

    class Meta(Terms.Meta):
        verbose_name = _("目标数字")
        verbose_name_plural = _("目标数字")
        ordering = ["target", "known_from", "pk"]

    def __str__(self) -> str:
        return f"{self.target}: {self.get_comparator_display()} {self.value.normalize():f}"

    def natural_key(self) -> tuple[str, str]:
        return (self.target.code, self.source.code if self.source_id else "")

    natural_key.dependencies = ["targets.target", "institutions.source"]


class ReadingQuerySet(AppendOnlyQuerySet):
    def get_by_natural_key(self, indicator: str, subject: str, period_end, source: str):
        rows = self.filter(indicator__code=indicator, period_end=period_end, source__code=source)
        if subject in (CITY, FIRST_BATCH_PARKS):
            return rows.filter(scope=subject).earliest("pk")
        return rows.filter(institution__code=subject).earliest("pk")


class Reading(AppendOnly):
    """A published value of an indicator for the city, the eight parks or an institution."""

    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="readings", verbose_name=_("指标"))
    scope = models.CharField(_("范围"), max_length=20, choices=Scope)
    institution = models.ForeignKey(
        Institution, models.PROTECT, null=True, blank=True, related_name="readings", verbose_name=_("机构")
    )
    period_start = models.DateField(_("期初"), null=True, blank=True)
    period_end = models.DateField(_("期末"))
    value = number(_("数值"))
    qualifier = models.CharField(_("表述"), max_length=10, choices=Qualifier, default=Qualifier.EXACT)
    confidence = models.CharField(_("可信度"), max_length=6, choices=Confidence, default=Confidence.HIGH)
    source = models.ForeignKey(Source, models.PROTECT, related_name="readings", verbose_name=_("来源"))
    remark_zh = models.TextField(_("说明"), blank=True)
    remark_en = models.TextField(_("说明（英文）"), blank=True)

    remark = Bilingual()

    objects = ReadingQuerySet.as_manager()

    class Meta(AppendOnly.Meta):
        verbose_name = _("公布数据")
        verbose_name_plural = _("公布数据")
        ordering = ["indicator", "period_end", "pk"]
        constraints = [
            *AppendOnly.Meta.constraints,
            one_of("scope", Scope, "reading_scope_is_known"),
            _scope_names_its_institution("reading_scope_names_its_institution"),
            # Growth rates may be negative.
            within_range("value", "reading_value_is_within_range", lowest=-1000),
            one_of("qualifier", Qualifier, "reading_qualifier_is_known"),
            one_of("confidence", Confidence, "reading_confidence_is_known"),
            models.CheckConstraint(
                condition=Q(period_start__isnull=True) | Q(period_start__lte=models.F("period_end")),
                name="reading_period_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator} {self.period_end}: {self.value.normalize():f}"

    @property
    def subject(self) -> str:
        """`city`, `first-batch-parks` or the institution's code."""
        return self.institution.code if self.institution_id else self.scope

    def natural_key(self) -> tuple:
        return (self.indicator.code, self.subject, self.period_end.isoformat(), self.source.code)

    natural_key.dependencies = ["targets.indicator", "institutions.institution", "institutions.source"]


class InitiativeState(models.TextChoices):
    NOT_REPORTED = "not-reported", _("未见报道")
    IN_PREPARATION = "in-preparation", _("筹备中")
    UNDER_WAY = "under-way", _("推进中")
    IN_PLACE = "in-place", _("已落实")
    DROPPED = "dropped", _("已取消")


class Initiative(Coded):
    """A promised deliverable that has no number."""

    measure_zh = models.CharField(_("举措类别"), max_length=100)
    measure_en = models.CharField(_("举措类别（英文）"), max_length=150)
    deliverable_zh = models.CharField(_("内容"), max_length=200)
    deliverable_en = models.CharField(_("内容（英文）"), max_length=250)
    lead = models.ForeignKey(
        Institution, models.PROTECT, related_name="initiatives", verbose_name=_("牵头单位")
    )
    source = models.ForeignKey(Source, models.PROTECT, related_name="initiatives", verbose_name=_("来源"))
    note_zh = models.TextField(_("说明"), blank=True)
    note_en = models.TextField(_("说明（英文）"), blank=True)
    order = models.PositiveSmallIntegerField(_("次序"), default=0)

    measure = Bilingual()
    deliverable = Bilingual()
    note = Bilingual()

    class Meta:
        verbose_name = _("举措")
        verbose_name_plural = _("举措")
        ordering = ["order", "code"]

    def __str__(self) -> str:
        return self.deliverable


class InitiativeStatusQuerySet(AppendOnlyQuerySet):
    def get_by_natural_key(self, initiative: str, source: str):
        return self.filter(initiative__code=initiative, source__code=source).earliest("pk")


class InitiativeStatus(AppendOnly):
    """Where an initiative stood from a day on, and who says so."""

    initiative = models.ForeignKey(
        Initiative, models.PROTECT, related_name="statuses", verbose_name=_("举措")
    )
    status = models.CharField(_("状态"), max_length=15, choices=InitiativeState)
    source = models.ForeignKey(
        Source,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="initiative_statuses",
        verbose_name=_("来源"),
    )

    objects = InitiativeStatusQuerySet.as_manager()

    class Meta(AppendOnly.Meta):
        verbose_name = _("举措状态")
        verbose_name_plural = _("举措状态")
        ordering = ["initiative", "known_from", "pk"]
        constraints = [
            *AppendOnly.Meta.constraints,
            one_of("status", InitiativeState, "initiativestatus_is_known"),
            models.CheckConstraint(
                condition=Q(source__isnull=False) | ~Q(reason=""),
                name="initiativestatus_has_a_source_or_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.initiative}: {self.get_status_display()}"

    def natural_key(self) -> tuple[str, str]:
        return (self.initiative.code, self.source.code if self.source_id else "")

    natural_key.dependencies = ["targets.initiative", "institutions.source"]


class ContextFigure(Coded):
    """A background figure about the city that nobody promised anything about."""

    name_zh = models.CharField(_("名称"), max_length=100)
    name_en = models.CharField(_("名称（英文）"), max_length=150)
    value = number(_("数值"))
    qualifier = models.CharField(_("表述"), max_length=10, choices=Qualifier, default=Qualifier.EXACT)
    unit_zh = models.CharField(_("单位"), max_length=20)
    unit_en = models.CharField(_("单位（英文）"), max_length=30)
    as_of = models.DateField(_("截至"))
    source = models.ForeignKey(Source, models.PROTECT, related_name="context_figures", verbose_name=_("来源"))
    order = models.PositiveSmallIntegerField(_("次序"), default=0)

    name = Bilingual()
    unit = Bilingual()

    class Meta:
        verbose_name = _("城市背景数据")
        verbose_name_plural = _("城市背景数据")
        ordering = ["order", "code"]
        constraints = [
            within_range("value", "contextfigure_value_is_within_range"),
            one_of("qualifier", Qualifier, "contextfigure_qualifier_is_known"),
        ]

    def __str__(self) -> str:
        return self.name
