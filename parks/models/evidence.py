"""Files that show where a figure comes from."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from parks.models.pledges import Commitment
from parks.models.reports import QuarterlyReport


class Evidence(models.Model):
    """A file that a park hands in with one figure of a report.

    The content lies outside the web root under `stored_as`, a name of our own; a correction that copies the figures
    copies these rows too, and they share the content.
    """

    # Found by `one_row_per_file_and_figure`.
    report = models.ForeignKey(
        QuarterlyReport, models.CASCADE, db_index=False, related_name="evidence", verbose_name=_("季报")
    )
    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="+", verbose_name=_("承诺"))
    name = models.CharField(_("文件名"), max_length=200)
    stored_as = models.CharField(_("保存名"), max_length=80, editable=False)
    media_type = models.CharField(_("类型"), max_length=100, editable=False)
    size = models.PositiveIntegerField(_("字节数"), editable=False)
    sha256 = models.CharField(_("校验和"), max_length=64, editable=False)
    uploaded_at = models.DateTimeField(_("上传时间"))
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("上传人")
    )

    class Meta:
        verbose_name = _("佐证材料")
        verbose_name_plural = _("佐证材料")
        ordering = ["report", "commitment", "pk"]
        indexes = [models.Index(fields=["stored_as"], name="evidence_by_its_stored_name")]
        constraints = [
            models.UniqueConstraint(
                fields=["report", "commitment", "sha256"], name="one_row_per_file_and_figure"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="evidence_has_a_name"),
            models.CheckConstraint(condition=Q(size__gte=1), name="evidence_is_not_empty"),
        ]

    def __str__(self) -> str:
        return self.name
