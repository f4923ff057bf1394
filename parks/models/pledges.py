"""Parks and their promises."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from changchun_innovation.shared.append_only import AppendOnly, AppendOnlyQuerySet, Origin
from changchun_innovation.shared.bilingual import Bilingual
from changchun_innovation.shared.fields import (
    QuarterField,
    number,
    one_of,
    quarter_within_century,
    within_range,
)
from institutions.models import Coded, Institution, Source
from targets.models import Confidence, Indicator, Qualifier, Target, Terms


def origin_field() -> models.CharField:
    return models.CharField(
        _("数据性质"), max_length=8, choices=Origin, default=Origin.REPORTED, editable=False
    )


def invented(what: str) -> models.Index:
    """The rows of a demonstration, found at once: a real installation asks at every start that there are none."""
    return models.Index(fields=["id"], condition=Q(origin=Origin.DEMO), name=f"{what}_of_a_demonstration")


# Words that stand where a park's code stands in addresses: a park named so could not be reached.
TAKEN_CODES = frozenset({"compare"})


class Park(Coded):
    """A science park that a university or institute builds together with a development zone."""

    name_zh = models.CharField(_("名称"), max_length=100)
    name_en = models.CharField(_("名称（英文）"), max_length=150)
    fields_zh = models.CharField(_("领域"), max_length=200, blank=True)
    fields_en = models.CharField(_("领域（英文）"), max_length=250, blank=True)
    academic_partner = models.ForeignKey(
        Institution, models.PROTECT, related_name="parks_as_academic_partner", verbose_name=_("院校方")
    )
    zone_partner = models.ForeignKey(
        Institution, models.PROTECT, related_name="parks_as_zone_partner", verbose_name=_("开发区方")
    )
    alias_zh = models.CharField(_("别名"), max_length=100, blank=True)
    alias_en = models.CharField(_("别名（英文）"), max_length=150, blank=True)
    note_zh = models.TextField(_("说明"), blank=True)
    note_en = models.TextField(_("说明（英文）"), blank=True)
    order = models.PositiveSmallIntegerField(_("次序"), default=0)

    name = Bilingual()
    fields = Bilingual()
    alias = Bilingual()
    note = Bilingual()

    class Meta:
        verbose_name = _("园区")
        verbose_name_plural = _("园区")
        ordering = ["order", "code"]
        indexes = [models.Index(fields=["order", "code"], name="park_in_order")]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self.code in TAKEN_CODES:
            raise ValidationError(
                {"code": _("“%(code)s”是页面地址，不能用作园区代码。") % {"code": self.code}}
            )


class ReportsFrom(AppendOnly):
    """The first quarter for which a park was asked to report; a park without a row has not been asked."""

    park = models.ForeignKey(Park, models.PROTECT, related_name="reports_from", verbose_name=_("园区"))
    quarter = QuarterField(_("首个应报季度"))
    origin = origin_field()

    class Meta(AppendOnly.Meta):
        verbose_name = _("首个应报季度")
        verbose_name_plural = _("首个应报季度")
        ordering = ["park", "known_from", "pk"]
        constraints = [
            *AppendOnly.Meta.constraints,
            quarter_within_century("quarter", "reportsfrom_quarter_is_within_the_century"),
            one_of("origin", Origin, "reportsfrom_origin_is_known"),
            models.CheckConstraint(condition=~Q(reason=""), name="reportsfrom_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.park}: {self.quarter}"


class CommitmentManager(models.Manager):
    def get_by_natural_key(self, park: str, indicator: str):
        return self.get(park__code=park, indicator__code=indicator)


class Commitment(models.Model):
    """One three-year pledge of one park for one indicator; its numbers stand in its terms."""

    # Found by `one_commitment_per_park_and_indicator`; an index of its own would be the same again.
    park = models.ForeignKey(
        Park, models.PROTECT, db_index=False, related_name="commitments", verbose_name=_("园区")
    )
    indicator = models.ForeignKey(
        Indicator, models.PROTECT, related_name="commitments", verbose_name=_("指标")
    )
    part_of = models.ForeignKey(
        Indicator,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("包含于"),
        help_text=_("本园区的另一项指标，本指标是它的一部分"),
    )
    note_zh = models.TextField(_("说明"), blank=True)
    note_en = models.TextField(_("说明（英文）"), blank=True)
    order = models.PositiveSmallIntegerField(_("次序"), default=0)

    note = Bilingual()

    objects = CommitmentManager()

    class Meta:
        verbose_name = _("承诺")
        verbose_name_plural = _("承诺")
        ordering = ["park", "order", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["park", "indicator"], name="one_commitment_per_park_and_indicator"
            ),
            models.CheckConstraint(
                condition=Q(part_of__isnull=True) | ~Q(part_of=models.F("indicator")),
                name="commitment_is_no_part_of_itself",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.park}: {self.indicator}"

    def natural_key(self) -> tuple[str, str]:
        return (self.park.code, self.indicator.code)

    natural_key.dependencies = ["parks.park", "targets.indicator"]


class CommitmentTermsQuerySet(AppendOnlyQuerySet):
    def get_by_natural_key(self, park: str, indicator: str, source: str):
        return self.filter(
            commitment__park__code=park, commitment__indicator__code=indicator, source__code=source
        ).earliest("pk")


class CommitmentTerms(Terms):
    """The numbers of one commitment, as they were known from a day on."""

    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="terms", verbose_name=_("承诺"))
    origin = origin_field()

    objects = CommitmentTermsQuerySet.as_manager()

    class Meta(Terms.Meta):
        verbose_name = _("承诺数字")
        verbose_name_plural = _("承诺数字")
        ordering = ["commitment", "known_from", "pk"]
        constraints = [
            *Terms.Meta.constraints,
            one_of("origin", Origin, "commitmentterms_origin_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.commitment}: {self.get_comparator_display()} {self.value.normalize():f}"

    def natural_key(self) -> tuple[str, str, str]:
        return (*self.commitment.natural_key(), self.source.code if self.source_id else "")

    natural_key.dependencies = ["parks.commitment", "institutions.source"]


class Milestone(AppendOnly):
    """An agreed interim value of a commitment; a row without a value withdraws it."""

    commitment = models.ForeignKey(
        Commitment, models.PROTECT, related_name="milestones", verbose_name=_("承诺")
    )
    on = models.DateField(_("节点日期"))
    value = number(_("节点目标值"), null=True, blank=True)
    proposal = models.ForeignKey(
        "parks.MilestoneProposal",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="approved_milestones",
        verbose_name=_("节点目标提案"),
    )
    origin = origin_field()

    class Meta(AppendOnly.Meta):
        verbose_name = _("节点目标")
        verbose_name_plural = _("节点目标")
        ordering = ["commitment", "on", "known_from", "pk"]
        constraints = [
            *AppendOnly.Meta.constraints,
            within_range("value", "milestone_value_is_within_range"),
            one_of("origin", Origin, "milestone_origin_is_known"),
            models.CheckConstraint(condition=~Q(reason=""), name="milestone_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.commitment}: {self.on}"


class Comparability(models.TextChoices):
    FULL = "full", _("可比")
    PARTLY = "partly", _("部分可比")
    NONE = "none", _("不计入")


class JointLinkQuerySet(AppendOnlyQuerySet):
    def get_by_natural_key(self, target: str, indicator: str):
        return self.filter(target__code=target, indicator__code=indicator).earliest("pk")


class JointLink(AppendOnly):
    """Which indicator of the parks counts towards a joint pledge, and how comparable it is."""

    target = models.ForeignKey(Target, models.PROTECT, related_name="joint_links", verbose_name=_("共同承诺"))
    indicator = models.ForeignKey(
        Indicator, models.PROTECT, related_name="joint_links", verbose_name=_("园区指标")
    )
    comparable = models.CharField(_("可比性"), max_length=6, choices=Comparability)
    note_zh = models.TextField(_("说明"), blank=True)
    note_en = models.TextField(_("说明（英文）"), blank=True)
    source = models.ForeignKey(
        Source, models.PROTECT, null=True, blank=True, related_name="joint_links", verbose_name=_("来源")
    )

    note = Bilingual()

    objects = JointLinkQuerySet.as_manager()

    class Meta(AppendOnly.Meta):
        verbose_name = _("共同承诺的构成")
        verbose_name_plural = _("共同承诺的构成")
        ordering = ["target", "known_from", "pk"]
        constraints = [
            *AppendOnly.Meta.constraints,
            one_of("comparable", Comparability, "jointlink_comparability_is_known"),
            models.CheckConstraint(
                condition=Q(source__isnull=False) | ~Q(reason=""), name="jointlink_has_a_source_or_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.target} ← {self.indicator}"

    def natural_key(self) -> tuple[str, str]:
        return (self.target.code, self.indicator.code)

    natural_key.dependencies = ["targets.target", "targets.indicator"]


class Publication(Coded):
    """What the press said about a park; never mixed with the figures that the park itself reports."""

    park = models.ForeignKey(Park, models.PROTECT, related_name="publications", verbose_name=_("园区"))
    indicator = models.ForeignKey(
        Indicator, models.PROTECT, null=True, blank=True, related_name="publications", verbose_name=_("指标")
    )
    label_zh = models.CharField(_("内容"), max_length=100)
    label_en = models.CharField(_("内容（英文）"), max_length=150)
    as_of = models.DateField(_("截至"))
    value = number(_("数值"))
    qualifier = models.CharField(_("表述"), max_length=10, choices=Qualifier, default=Qualifier.EXACT)
    source = models.ForeignKey(Source, models.PROTECT, related_name="publications", verbose_name=_("来源"))
    confidence = models.CharField(_("可信度"), max_length=6, choices=Confidence, default=Confidence.HIGH)
    remark_zh = models.TextField(_("说明"), blank=True)
    remark_en = models.TextField(_("说明（英文）"), blank=True)

    label = Bilingual()
    remark = Bilingual()

    class Meta:
        verbose_name = _("公开报道")
        verbose_name_plural = _("公开报道")
        ordering = ["park", "as_of", "pk"]
        constraints = [
            within_range("value", "publication_value_is_within_range"),
            one_of("qualifier", Qualifier, "publication_qualifier_is_known"),
            one_of("confidence", Confidence, "publication_confidence_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.park}: {self.label} {self.as_of}"
