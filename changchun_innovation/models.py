"""The site's own models: what belongs to an account and to no other room."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Preference(models.Model):
    """The language in which an account reads the admin and receives its mail."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="preference", verbose_name=_("账号")
    )
    language = models.CharField(_("语言"), max_length=10, choices=settings.LANGUAGES, default="zh-hans")

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
