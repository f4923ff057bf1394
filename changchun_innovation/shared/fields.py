"""Columns that every room uses: quarters, numbers within a range."""

from decimal import Decimal
from functools import lru_cache

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from changchun_innovation.shared.quarters import Quarter

# No promise or figure of a city comes near this; what lies beyond is a slip of the finger or an overflow.
LARGEST = Decimal(10) ** 12


@lru_cache(1000)
def _stored(text: str) -> Quarter:
    """The quarter of a row; a city has few, and they stand in very many rows."""
    return Quarter.parse(text)


class QuarterField(models.Field):
    """A quarter kept as its seven characters (`2025-Q3`), so that text order is time order.

    It subclasses Field and not CharField because CharField's length validator measures the Python value.
    """

    description = _("季度")

    def __init__(self, *args, **kwargs):
        kwargs["max_length"] = 7
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_length"]
        return name, path, args, kwargs

    def get_internal_type(self) -> str:
        return "CharField"

    def from_db_value(self, value, expression, connection):
        return None if value is None else _stored(value)

    def to_python(self, value):
        if value is None or isinstance(value, Quarter):
            return value
        try:
            return Quarter.parse(value)
        except ValueError as error:
            raise ValidationError(_("季度请写作 2025-Q3。"), code="invalid") from error

    def get_prep_value(self, value):
        value = super().get_prep_value(value)
        return None if value is None else str(self.to_python(value))

    def value_to_string(self, obj) -> str:
        return str(self.value_from_object(obj))


def number(verbose_name, **options) -> models.DecimalField:
    """A number column: 18 digits, 4 of them decimals. Pair it with `within_range`."""
    return models.DecimalField(verbose_name, max_digits=18, decimal_places=4, **options)


def within_range(field: str, name: str, lowest: Decimal = Decimal(0), highest: Decimal = LARGEST):
    """Constraint `lowest <= field <= highest`; an empty column passes.

    SQLite keeps any number in a decimal column: 1e400 would be stored as infinity, and from then on every read of
    the table would raise. The range refuses it.
    """
    return models.CheckConstraint(
        condition=models.Q(**{f"{field}__gte": lowest, f"{field}__lte": highest})
        | models.Q(**{f"{field}__isnull": True}),
        name=name,
    )


def quarter_within_century(field: str, name: str):
    """Constraint: the quarter lies between 2000 and 2099 (its shape is the field's own rule)."""
    return models.CheckConstraint(
        condition=models.Q(**{f"{field}__gte": "2000-Q1", f"{field}__lte": "2099-Q4"}), name=name
    )


def both_or_neither(first: str, second: str, name: str):
    """Constraint: a moment and its person stand together."""
    return models.CheckConstraint(
        condition=models.Q(**{f"{first}__isnull": True, f"{second}__isnull": True})
        | models.Q(**{f"{first}__isnull": False, f"{second}__isnull": False}),
        name=name,
    )


def one_of(field: str, choices, name: str):
    """Constraint: the column holds one of the values of a choices class."""
    return models.CheckConstraint(condition=models.Q(**{f"{field}__in": list(choices.values)}), name=name)
