"""Rows that are added and never changed: what was known, from which day, on whose word."""

from datetime import date

from django.apps import apps
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from changchun_innovation.shared.fields import both_or_neither


class Origin(models.TextChoices):
    """Where a row comes from; what is invented says so wherever it goes."""

    REPORTED = "reported", _("真实")
    DEMO = "demo", _("演示")


class NeverChanges(TypeError):
    """Somebody tried to change or delete a row that is a fact of the record."""


class AppendOnlyQuerySet(models.QuerySet):
    def update(self, **kwargs):
        raise NeverChanges(f"{self.model._meta.label} rows are added, never changed.")

    def bulk_update(self, objs, fields, batch_size=None):
        raise NeverChanges(f"{self.model._meta.label} rows are added, never changed.")

    def delete(self):
        raise NeverChanges(f"{self.model._meta.label} rows are added, never deleted.")

    def reword(self, **texts: str) -> int:
        """Mend words (`…_zh`, `…_en`) in place; whoever calls writes the audit entry. Answers how many rows."""
        numbers = [name for name in texts if not name.endswith(("_zh", "_en"))]
        if numbers:
            raise NeverChanges(f"{self.model._meta.label}: {', '.join(numbers)} is no text.")
        return super().update(**texts)

    def delete_demo(self) -> int:
        """Remove invented rows, the only ones that may go. Answers how many went."""
        return self.filter(origin=Origin.DEMO)._raw_delete(self.db)

    def known_on(self, day: date):
        """Rows known at the end of a day."""
        return self.filter(known_from__lte=day)


class AppendOnly(models.Model):
    """A fact with the day from which it was known, its source or reason, and who entered it.

    Rows of the first reference load carry no person: their word is the source.
    """

    known_from = models.DateField(_("自何日起知悉"), db_index=True)
    reason = models.CharField(_("理由"), max_length=500, blank=True)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("录入人"),
    )
    entered_at = models.DateTimeField(_("录入时间"), null=True, blank=True, editable=False)

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True
        constraints = [
            both_or_neither("entered_at", "entered_by", "%(class)s_entered_at_has_its_person"),
        ]

    def save(self, *args, **kwargs):
        if self.pk is not None and not self._state.adding:
            raise NeverChanges(f"{self._meta.label} rows are added, never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise NeverChanges(f"{self._meta.label} rows are added, never deleted.")


def every_fact() -> tuple[type[AppendOnly], ...]:
    """The models of all facts of the record."""
    return tuple(model for model in apps.get_models() if issubclass(model, AppendOnly))


def latest_by(rows, *keys: str) -> dict:
    """The row that counts for each key: the last known one, the later entry among equals.

    `rows` is any iterable of append-only rows; answers {key: row}, the key a tuple unless it is a single name.
    """
    latest: dict = {}
    for row in sorted(rows, key=lambda row: (row.known_from, row.pk)):
        key = tuple(getattr(row, name) for name in keys)
        latest[key if len(keys) > 1 else key[0]] = row
    return latest
