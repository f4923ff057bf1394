"""What was typed and not saved yet."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from changchun_innovation.shared.fields import QuarterField, quarter_within_century
from parks.models.pledges import Park


class KeptCopy(models.Model):
    """The fields of one person's entry page as last typed, kept until they are saved or given up.

    `fields` are texts by field name, exactly as typed; `version` is the report's version that the page was made from.
    """

    park = models.ForeignKey(Park, models.CASCADE, related_name="+", verbose_name=_("园区"))
    quarter = QuarterField(_("季度"))
    version = models.PositiveIntegerField(_("所据版本"))
    fields = models.JSONField(_("所填内容"))
    kept_at = models.DateTimeField(_("保留时间"))
    # Found by `one_kept_copy_per_person_park_and_quarter`.
    kept_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, db_index=False, related_name="+", verbose_name=_("填写人")
    )

    class Meta:
        verbose_name = _("未保存的填写")
        verbose_name_plural = _("未保存的填写")
        ordering = ["kept_by", "park", "quarter"]
        constraints = [
            quarter_within_century("quarter", "kept_copy_quarter_is_within_the_century"),
            models.UniqueConstraint(
                fields=["kept_by", "park", "quarter"], name="one_kept_copy_per_person_park_and_quarter"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kept_by}: {self.park} {self.quarter}"
