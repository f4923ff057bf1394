"""Texts that stand in Chinese and in English side by side (`name_zh`, `name_en`)."""

from django.db.models import Choices
from django.utils.translation import get_language


def is_english(lang: str | None) -> bool:
    return (lang or "").startswith("en")


def in_language(row, field: str, lang: str | None) -> str:
    """The text of `field` in a language; Chinese where the English is empty, and the other way round."""
    chinese, english = getattr(row, f"{field}_zh"), getattr(row, f"{field}_en")
    first, second = (english, chinese) if is_english(lang) else (chinese, english)
    return first or second


def label_of(words: type[Choices], value: str) -> str:
    """What a stored word is called in the active language; a word that is none of them stays as it is.

    As Django's `get_…_display`, which builds and translates all the choices of the field for each row it is asked.
    """
    return str(words(value).label) if value in words else value


class Bilingual:
    """Attribute that reads a pair of columns in the reader's language.

    >>> class Park(models.Model):
    ...     name_zh = models.CharField(max_length=100)
    ...     name_en = models.CharField(max_length=100)
    ...     name = Bilingual()
    """

    def __set_name__(self, owner, name):
        self.owner, self.field = owner, name

    @property
    def short_description(self):
        """How the admin heads a column of these texts."""
        return self.owner._meta.get_field(f"{self.field}_zh").verbose_name

    @property
    def admin_order_field(self) -> str:
        return f"{self.field}_zh"

    def __get__(self, row, owner=None):
        if row is None:
            return self
        return in_language(row, self.field, get_language())
