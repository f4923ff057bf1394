"""Who takes part, and the documents that say so."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from changchun_innovation.shared.bilingual import Bilingual
from changchun_innovation.shared.fields import one_of


class CodeManager(models.Manager):
    """Finds a row by its code, as the fixtures and the addresses do."""

    def get_by_natural_key(self, code: str):
        return self.get(code=code)


class Coded(models.Model):
    """A row with a code that stands in addresses, files and fixtures."""

    code = models.SlugField(_("代码"), max_length=60, unique=True)

    objects = CodeManager()

    class Meta:
        abstract = True

    def natural_key(self) -> tuple[str]:
        return (self.code,)


class Precision(models.TextChoices):
    """How exactly a publication day is known; of a month the last day stands."""

    DAY = "day", _("日")
    MONTH = "month", _("月")


class Source(Coded):
    """A published document in which a number or a promise stands."""

    title_zh = models.CharField(_("标题"), max_length=200)
    title_en = models.CharField(_("标题（英文）"), max_length=200)
    publisher_zh = models.CharField(_("发布者"), max_length=100)
    publisher_en = models.CharField(_("发布者（英文）"), max_length=100)
    published_on = models.DateField(_("发布日期"))
    precision = models.CharField(_("日期精度"), max_length=5, choices=Precision, default=Precision.DAY)
    url = models.URLField(_("网址"), max_length=300, blank=True)
    note_zh = models.TextField(_("说明"), blank=True)
    note_en = models.TextField(_("说明（英文）"), blank=True)

    title = Bilingual()
    publisher = Bilingual()
    note = Bilingual()

    class Meta:
        verbose_name = _("来源")
        verbose_name_plural = _("来源")
        ordering = ["-published_on", "code"]
        constraints = [one_of("precision", Precision, "source_precision_is_known")]

    def __str__(self) -> str:
        return self.title


class InstitutionKind(models.TextChoices):
    UNIVERSITY = "university", _("高等院校")
    RESEARCH_INSTITUTE = "research-institute", _("科研院所")
    ACADEMICIAN_TEAM = "academician-team", _("院士团队")
    ENTERPRISE = "enterprise", _("企业")
    GOVERNMENT = "government", _("政府部门")
    FUND = "fund", _("基金")
    DEVELOPMENT_ZONE = "development-zone", _("开发区")


class Institution(Coded):
    """A partner of the city: university, institute, firm, government body, fund, development zone or team."""

    name_zh = models.CharField(_("名称"), max_length=100)
    name_en = models.CharField(_("名称（英文）"), max_length=150)
    kind = models.CharField(_("类别"), max_length=20, choices=InstitutionKind)
    role_zh = models.CharField(_("承担的工作"), max_length=200, blank=True)
    role_en = models.CharField(_("承担的工作（英文）"), max_length=200, blank=True)
    order = models.PositiveSmallIntegerField(_("次序"), default=0)

    name = Bilingual()
    role = Bilingual()

    class Meta:
        verbose_name = _("机构")
        verbose_name_plural = _("机构")
        ordering = ["order", "code"]
        constraints = [one_of("kind", InstitutionKind, "institution_kind_is_known")]

    def __str__(self) -> str:
        return self.name


class AgreementKind(models.TextChoices):
    PROTOCOL = "protocol", _("议定书")
    COOPERATION = "cooperation-agreement", _("合作协议")
    POLICY = "policy", _("政策文件")
    ALLIANCE = "alliance", _("联盟")
    DECLARATION = "declaration", _("宣言")


class Agreement(Coded):
    """A protocol, agreement or plan that partners signed or the city issued."""

    kind = models.CharField(_("类别"), max_length=25, choices=AgreementKind)
    title_zh = models.CharField(_("标题"), max_length=200)
    title_en = models.CharField(_("标题（英文）"), max_length=200)
    signed_on = models.DateField(_("签署日期"))
    parties = models.ManyToManyField(
        Institution, related_name="agreements", blank=True, verbose_name=_("签署方")
    )
    source = models.ForeignKey(Source, models.PROTECT, related_name="agreements", verbose_name=_("来源"))
    note_zh = models.TextField(_("说明"), blank=True)
    note_en = models.TextField(_("说明（英文）"), blank=True)

    title = Bilingual()
    note = Bilingual()

    class Meta:
        verbose_name = _("协议与文件")
        verbose_name_plural = _("协议与文件")
        ordering = ["signed_on", "code"]
        constraints = [one_of("kind", AgreementKind, "agreement_kind_is_known")]

    def __str__(self) -> str:
        return self.title
