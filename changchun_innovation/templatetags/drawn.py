"""Marks, values and small drawings of the first paint: states, reports, amounts, bars, sparklines."""

from decimal import Decimal

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from changchun_innovation.shared import marks, wording
from changchun_innovation.shared.wording import as_decimal, in_english
from changchun_innovation.templatetags.addresses import here
from changchun_innovation.templatetags.writing import (
    comparator_sign,
    missing_word,
    plain_number,
    report_word,
    state_class,
    state_word,
    unknown,
)

register = template.Library()

# Shapes in a box of 12 × 12; drawn, not typed, since fonts disagree about ◧ and ◔ and some make ✔ an emoji.
SHAPES = {
    "achieved": '<path d="M1.5 6.5 4.7 9.7 10.6 2.4" class="stroke"/>',
    "on_track": '<circle cx="6" cy="6" r="4"/>',
    "watch": '<path d="M6 1 11.6 11H.4Z"/>',
    "behind": '<path d="M6 11 .4 1h11.2Z"/>',
    "missed": '<path d="M2 2l8 8M10 2 2 10" class="stroke"/>',
    "unreported": '<path d="M1.7 1.7h8.6v8.6H1.7Z" class="line"/><path d="M1.7 1.7H6v8.6H1.7Z"/>',
    "stale": '<circle cx="6" cy="6" r="4.3" class="line"/><path d="M6 6V1.7A4.3 4.3 0 0 1 10.3 6Z"/>',
    "too_early": '<circle cx="6" cy="6" r="4.3" class="line"/>',
    "no_data": '<path d="M1.5 6h9" class="stroke"/>',
    "undated": '<path class="line" d="M3.4 3.8c-3.3 0-3.3 4.4 0 4.4 2 0 3.2-4.4 5.2-4.4 3.3 0 3.3 4.4 0 4.4'
    '-2 0-3.2-4.4-5.2-4.4Z"/>',
}
REPORT_SHAPES = {
    "on_time": '<path d="M1 1h10v10H1Z"/>',
    "late": '<path d="M1.6 1.6h8.8v8.8H1.6Z" class="line"/><path d="M1 11V1l10 10Z"/>',
    "submitted": '<path d="M1.6 1.6h8.8v8.8H1.6Z" class="line"/><circle cx="6" cy="6" r="2.2"/>',
    "returned": '<path d="M1.6 1.6h8.8v8.8H1.6Z" class="line"/><path d="M8.6 3.6v3.2H3.6M5.4 5 3.4 6.8l2 1.8" '
    'class="line"/>',
    "draft": '<path d="M1.6 1.6h8.8v8.8H1.6Z" class="line"/><path d="M3.4 8.6h5.2" class="line"/>',
    "missing": '<path d="M1.6 1.6h8.8v8.8H1.6Z" class="line"/><path d="M1.6 1.6H6v8.8H1.6Z"/>',
    "not_due": '<path d="M1.6 1.6h8.8v8.8H1.6Z" class="line dotted"/>',
    "not_expected": '<circle cx="6" cy="6" r="1"/>',
}
STATES = tuple(SHAPES)
REPORT_STATUSES = tuple(REPORT_SHAPES)


def shape(drawing: str) -> SafeString:
    return format_html(
        '<svg class="mark" viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">{}</svg>',
        mark_safe(drawing),
    )


@register.simple_tag
def state_mark(state, fresh=None, reason: str = "", compact: bool = False) -> SafeString:
    """A state by word, shape and colour; beside it its state if fresh, or why there is no data."""
    return format_html(
        '<span class="state {}">{}<span class="word">{}</span></span>{}',
        state_class(state),
        shape(SHAPES.get(str(state), "")),
        state_word(state),
        "" if compact else words_beside(fresh, reason),
    )


def words_beside(fresh, reason: str) -> SafeString | str:
    """What stands small beside a state: the state it would have if fresh, or why there is no data."""
    words = _("若未过期：%(state)s") % {"state": state_word(fresh)} if fresh else str(reason or "")
    return (
        format_html(' <small class="beside">{}</small>', _("（%(words)s）") % {"words": words})
        if words
        else ""
    )


@register.simple_tag
def judgement_mark(judgement, compact: bool = False, published: bool = False) -> SafeString:
    """The state of a Judgement with its reason or its state if fresh; `published` by others, not reported."""
    return state_mark(
        judgement.state,
        fresh=judgement.state_if_fresh,
        reason=missing_word(judgement.missing, published),
        compact=compact,
    )


@register.simple_tag
def data_attributes(judgement, **name: str) -> SafeString:
    """The attributes by which a script finds a judged value: `commitment=` or `target=` and its numbers."""
    pairs = [
        *((f"data-{key}", value) for key, value in name.items()),
        ("data-value", plain_number(judgement.value)),
        ("data-target-value", plain_number(judgement.target)),
        ("data-expected", plain_number(judgement.expected)),
        ("data-progress", plain_number(judgement.progress)),
        ("data-pace", plain_number(judgement.pace)),
        ("data-state", str(judgement.state)),
        ("data-quarter", str(judgement.quarter or "")),
    ]
    return format_html_join("", ' {}="{}"', pairs)


def _title(source) -> str:
    """What a document is called; '' where only its code is known."""
    # A text has a method of that name.
    return "" if isinstance(source, str) else getattr(source, "title", None) or getattr(source, "name", "")


def _source(context, source, text) -> SafeString:
    code = getattr(source, "code", source)
    return format_html(
        '<a class="source" href="{}" title="{}">{}</a>',
        here(context, "sources:source", code),
        _("来源：%(title)s") % {"title": _title(source) or code},
        text,
    )


@register.simple_tag(takes_context=True)
def source_link(context, source, text: str = "") -> SafeString:
    """A link to the page of a document (an object with .code and .title, or its code)."""
    return _source(context, source, text or _title(source) or _("来源"))


@register.simple_tag(takes_context=True)
def amount(
    context, value, unit="", decimals=None, source=None, comparator=None, qualifier=None, missing=""
) -> SafeString:
    """A number with its sign or qualifying word and its unit; a link to its source where one is given."""
    if as_decimal(value) is None:
        return unknown(None, str(missing))
    text = wording.number_text(value, decimals)
    before = f"{comparator_sign(comparator)} " if comparator else ""
    word = wording.QUALIFIER_WORDS.get(str(qualifier or ""))
    if word:
        before = f"{word} "
    number = format_html('<data value="{}">{}</data>', plain_number(value), before + text)
    if source:
        number = _source(context, source, number)
    unit = wording.unit_text(unit, value, decimals)
    if not unit:
        return format_html('<span class="amount">{}</span>', number)
    gap = "" if unit == "%" else " "
    return format_html('<span class="amount">{}{}<span class="unit">{}</span></span>', number, gap, unit)


@register.simple_tag
def short_amount(value, unit="", decimals=None) -> SafeString:
    """万 and 亿 in running text; the exact number on hover, on keyboard focus and for screen readers."""
    if as_decimal(value) is None:
        return unknown(None)
    short, exact = wording.short_number_text(value), wording.number_text(value, decimals)
    unit = wording.unit_text(unit, value, decimals)
    gap = " " if unit and in_english() else ""
    if short == exact:
        return format_html('<data value="{}">{}{}{}</data>', plain_number(value), short, gap, unit)
    return format_html(
        '<data class="short" value="{}" tabindex="0">{}{}{}<span class="exact">{} {}</span></data>',
        plain_number(value),
        short,
        gap,
        unit,
        exact,
        unit,
    )


@register.inclusion_tag("_components/bullet.html")
def bullet(progress, elapsed, state="", expected=None, text: bool = True, zero_base: bool = False) -> dict:
    """任务进度 as a bar, 时间进度 as a mark (ratios, None unknown); `expected` if milestones bend it.

    `zero_base`: the baseline is unknown and counted as 0.
    """
    progress, elapsed, expected = as_decimal(progress), as_decimal(elapsed), as_decimal(expected)
    drawn = marks.bullet(progress, elapsed, expected)
    return {
        "progress": progress,
        "elapsed": elapsed,
        "expected": expected,
        "state": state,
        "text": text,
        "zero_base": zero_base,
        "b": drawn,
    }


@register.inclusion_tag("_components/bullet.html")
def judgement_bullet(judgement, text: bool = True) -> dict:
    """The bullet bar of a Judgement; the expected mark only where milestones bend the line."""
    expected = None
    span = judgement.target - (judgement.baseline or 0)
    if str(judgement.basis) == "milestones" and judgement.expected is not None and span:
        expected = (judgement.expected - (judgement.baseline or 0)) / span
    zero_base = judgement.progress is not None and not judgement.baseline_known
    return bullet(judgement.progress, judgement.elapsed, judgement.state, expected, text, zero_base)


@register.simple_tag
def baseline_note(judgement) -> SafeString | str:
    """Small under a target: the baseline that progress is counted from, where it is known and is not 0.

    That it is unknown and counted as 0 stands beside the progress itself.
    """
    if judgement.progress is None or not judgement.baseline_known or not judgement.baseline:
        return ""
    words = _("基数 %(value)s") % {"value": wording.number_text(judgement.baseline)}
    return format_html('<br><span class="quiet small">{}</span>', words)


@register.inclusion_tag("_components/coverage.html")
def coverage_bar(pledged, reported, target, unit="", at_least: bool = False, summed: str = "") -> dict:
    """A joint pledge: what the parks pledged, what they reported, and the gap, drawn and written."""
    pledged, reported, target = as_decimal(pledged), as_decimal(reported), as_decimal(target)
    drawn = marks.coverage(pledged or Decimal(0), reported, target or Decimal(0))
    return {
        "pledged": pledged,
        "reported": reported,
        "target": target,
        "unit": wording.unit_text(unit, target),
        "at_least": at_least,
        "summed": summed,
        "c": drawn,
    }


@register.inclusion_tag("_components/sparkline.html")
def sparkline(points, pledge=None, expected=None, label: str = "") -> dict:
    """Reported values, the pledge as a rule, the expected line dashed; `label` says it in words."""
    values = [as_decimal(value) for _quarter, value in points]
    drawn = marks.sparkline(values, as_decimal(pledge), [as_decimal(v) for v in expected or []])
    return {"s": drawn, "label": label}


def part_of(thing, name: str):
    return thing.get(name) if isinstance(thing, dict) else getattr(thing, name, None)


@register.simple_tag
def report_square(status, quarter, url="", park="", due_on=None, days_late=None) -> SafeString:
    """One park and quarter of the reporting discipline, as a square with its words."""
    words = [str(park)] if park else []
    words.append(f"{wording.quarter_text(quarter)} {report_word(status)}")
    if days_late:
        words.append(_("迟 %(days)s 天") % {"days": days_late})
    if due_on:
        words.append(_("应于 %(day)s 前上报") % {"day": wording.day_text(due_on)})
    text = (", " if in_english() else "，").join(words)
    inside = format_html(
        '{}<span class="visually-hidden">{}</span>', shape(REPORT_SHAPES.get(str(status), "")), text
    )
    kind = "r-" + str(status).replace("_", "-")
    if url:
        return format_html('<a class="report {}" href="{}" title="{}">{}</a>', kind, url, text, inside)
    return format_html('<span class="report {}" title="{}">{}</span>', kind, text, inside)


@register.simple_tag
def state_key() -> SafeString:
    """All states in one line, as a key to a table."""
    return format_html(
        '<p class="key">{}</p>', format_html_join(" ", "{}", ((state_mark(s),) for s in STATES))
    )


@register.simple_tag
def report_key() -> SafeString:
    """All statuses of a report in one line, as a key to the squares."""
    words = (
        ("r-" + status.replace("_", "-"), shape(REPORT_SHAPES[status]), report_word(status))
        for status in REPORT_STATUSES
    )
    return format_html(
        '<p class="key">{}</p>',
        format_html_join(" ", '<span class="report {}">{}</span><span>{}</span>', words),
    )


@register.simple_tag
def state_bar(parts) -> SafeString:
    """A row of (state, count) pairs as one bar; the numbers stand beside it, so it is drawn for eyes alone."""
    total, begun, rects = sum(count for _state, count in parts), 0, []
    for state, count in parts:
        if count:
            rects.append((begun, count, state_class(state)))
            begun += count
    return format_html(
        '<svg class="state-bar" viewBox="0 0 {} 1" preserveAspectRatio="none" aria-hidden="true">{}</svg>',
        total or 1,
        format_html_join("", '<rect x="{}" y="0" width="{}" height="1" class="{}"/>', rects),
    )
