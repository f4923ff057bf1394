"""The frame of every figure: margins, axes, round labels, and where an exact number becomes a float."""

import math
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from changchun_innovation.shared.quarters import Quarter
from changchun_innovation.shared.wording import short_number_text

RULE, GREY = "#c9ced4", "#8a939c"
MOST_TIME_LABELS = 4
MOST_CATEGORY_LABELS = 5


def number(value: Decimal | int | None) -> float | None:
    """The one place where an exact number becomes a float; None stays a gap."""
    return None if value is None else float(value)


def layout(right: int = 24) -> dict:
    return {
        "showlegend": False,
        "margin": {"l": 8, "r": right, "t": 20, "b": 28},
        "hovermode": "closest",
        "hoverlabel": {"align": "left"},
    }


def quiet_axis() -> dict:
    return {
        "showgrid": False,
        "linecolor": GREY,
        "ticks": "outside",
        "tickcolor": GREY,
        "ticklen": 4,
        "tickangle": 0,
        "fixedrange": True,
    }


def time_axis(first: date, last: date) -> dict:
    """Days from first to last with quarter ends as labels, few enough for a phone."""
    quarters = [
        quarter
        for quarter in Quarter.range(Quarter.containing(first), Quarter.containing(last))
        if first <= quarter.ends_on <= last
    ]
    step = next((s for s in (1, 2, 4, 8, 16) if len(quarters) <= MOST_TIME_LABELS * s), 32)
    shown = [quarter for quarter in quarters if (quarter.year * 4 + quarter.number) % step == 0]
    pad = max((last - first) * 0.03, (date(2000, 1, 11) - date(2000, 1, 1)))
    return {
        **quiet_axis(),
        "type": "date",
        "range": [(first - pad).isoformat(), (last + pad).isoformat()],
        "tickvals": [quarter.ends_on.isoformat() for quarter in shown],
        "ticktext": [quarter.axis for quarter in shown],
    }


def category_axis(categories: Sequence[str]) -> dict:
    """Every category has its bar; every nth its label, counted back from the last, few enough for a phone."""
    step = max(1, math.ceil(len(categories) / MOST_CATEGORY_LABELS))
    shown = list(categories)[::-1][::step][::-1]
    return {**quiet_axis(), "type": "category", "tickvals": shown, "ticktext": shown}


def value_axis(values: Sequence[Decimal | None]) -> dict:
    """Zero is on the axis; four or five round labels, in 万 and 亿 where numbers are large."""
    known = [value for value in values if value is not None] or [Decimal(1)]
    high, low = max(*known, Decimal(0)), min(*known, Decimal(0))
    if high == low:
        high = Decimal(1)
    step = _round_step(high - low, whole=all(value == value.to_integral_value() for value in known))
    ticks = [step * n for n in range(math.floor(low / step), math.ceil(high / step) + 1)]
    room = (high - low) * Decimal("0.16")
    return {
        "showgrid": True,
        "gridcolor": RULE,
        "griddash": "dot",
        "zeroline": True,
        "zerolinecolor": GREY,
        "zerolinewidth": 1,
        "automargin": True,
        "fixedrange": True,
        "ticks": "",
        "range": [number(low - (room if low < 0 else 0)), number(high + room)],
        "tickvals": [number(tick) for tick in ticks],
        "ticktext": [short_number_text(tick) for tick in ticks],
    }


def _round_step(span: Decimal, whole: bool) -> Decimal:
    """A step of 1, 2 or 5 times a power of ten that cuts the span into at most five; whole for counts."""
    power = Decimal(10) ** math.floor(math.log10(span / 4))
    step = next(power * part for part in (1, 2, 5, 10) if power * part * 4 >= span)
    return max(step, Decimal(1)) if whole else step
