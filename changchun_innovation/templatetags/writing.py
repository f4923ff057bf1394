"""Filters: how numbers, ratios, days, quarters and words are written in the active language."""

from django import template
from django.utils.html import format_html
from django.utils.translation import gettext as _

from changchun_innovation.shared import wording
from changchun_innovation.shared.numbers import plain
from changchun_innovation.shared.wording import as_decimal

register = template.Library()

for _name, _filter in {
    "number": wording.number_text,
    "signed": wording.signed_text,
    "wan": wording.short_number_text,
    "percent1": wording.percent_text,
    "times": wording.times_text,
    "day_text": wording.day_text,
    "moment_text": wording.moment_text,
    "quarter_text": wording.quarter_text,
    "quarter_axis": wording.quarter_axis,
}.items():
    register.filter(_name, _filter)


@register.filter
def percent2(ratio) -> str:
    """0.8996 → “89.96%”: a ratio as exact as it was judged."""
    return wording.percent_text(ratio, 2)


@register.filter
def state_word(state) -> str:
    return str(wording.STATE_WORDS.get(str(state), state))


@register.filter
def report_word(status) -> str:
    return str(wording.REPORT_WORDS.get(str(status), status))


@register.filter
def missing_word(missing, published: bool = False) -> str:
    """The reason beside “no data”, in words; '' where there is none. `published`: a value that others publish."""
    words = wording.PUBLISHED_MISSING_WORDS if published else wording.MISSING_WORDS
    return str(words.get(str(missing), missing)) if missing else ""


@register.filter
def comparator_sign(comparator) -> str:
    return wording.COMPARATOR_SIGNS.get(str(comparator), str(comparator))


@register.filter
def state_class(state) -> str:
    """The class that gives an element the colour of a state: too_early → s-too-early."""
    return "s-" + str(state).replace("_", "-")


@register.filter
def plain_number(value) -> str:
    """A number for a machine: no separators, no exponent, no trailing zeros; '' for None."""
    return plain(as_decimal(value))


@register.filter
def unknown(value, reason: str = "") -> str:
    """“—” and the reason in words where a value is missing; any other value, 0 included, is passed on."""
    if value not in (None, ""):
        return value
    if not reason:
        return format_html(
            '<span class="unknown"><span aria-hidden="true">{}</span>'
            '<span class="visually-hidden">{}</span></span>',
            wording.UNKNOWN,
            _("未知"),
        )
    return format_html(
        '<span class="unknown"><span aria-hidden="true">{}</span> <small>{}</small></span>',
        wording.UNKNOWN,
        reason,
    )
