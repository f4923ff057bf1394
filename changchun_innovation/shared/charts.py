"""Figures as plain dicts ({data, layout}) for plotly.js: with `axes` the only module that knows its schema, and the
house style.

Callers say which values are drawn and in which words; here they become traces.
Colours are the light hex values of the house; the page's script replaces them where the page is dark, and sets font,
size and language. Every point carries its own hover text, finished in the reader's language.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from changchun_innovation.shared.axes import GREY, RULE, category_axis, layout, number, time_axis, value_axis

INK, INK_2, SUBJECT = "#1b2128", "#4f5963", "#0f5a66"
STATE_COLOURS = {
    "achieved": "#1d6b3c",
    "on_track": "#4a6378",
    "watch": "#8a5a00",
    "behind": "#b3261e",
    "missed": "#7d1a14",
    "unreported": "#6b3fa0",
    "stale": GREY,
    "too_early": RULE,
    "no_data": RULE,
    "undated": RULE,
}
DAY_IN_MILLISECONDS = 86_400_000


@dataclass(frozen=True)
class Chart:
    """What the chart component takes: a figure is never alone, its numbers and one sentence stand beside it."""

    name: str
    title: str
    sentence: str
    figure: dict
    table: dict


@dataclass(frozen=True)
class Mark:
    """One drawn value: its day, how much (None leaves a gap) and the words on hover."""

    day: date
    value: Decimal | None
    words: str


@dataclass(frozen=True)
class Level:
    """A labelled horizontal rule, such as a pledge."""

    value: Decimal
    words: str
    thin: bool = False


@dataclass(frozen=True)
class Course:
    """Values over time against what was promised; days are the x axis, quarters its labels."""

    first: date
    last: date
    reported: Sequence[Mark]
    last_label: str = ""
    expected: Sequence[Mark] = ()
    expected_label: str = ""
    levels: Sequence[Level] = ()
    year_to_date: Sequence[Mark] = ()
    press: Sequence[Mark] = ()
    revised: Sequence[Mark] = ()
    hollow: Sequence[Mark] = field(default=())


def course(parts: Course) -> dict:
    """Reported values as the strong line, the expected line thin and dashed, the pledge as a labelled rule.

    Year-to-date figures are grey bars, press reports hollow diamonds, revised points ringed, values that are
    derived or incomplete hollow circles.
    """
    data = []
    if parts.year_to_date:
        data.append(
            {
                **_points("bar", parts.year_to_date),
                "marker": {"color": RULE},
                "width": 40 * DAY_IN_MILLISECONDS,
            }
        )
    if parts.expected:
        data.append(
            {
                **_points("scatter", parts.expected),
                "mode": "lines",
                "line": {"color": INK_2, "width": 1.25, "dash": "dash"},
            }
        )
    data.append(_strong_line(parts.reported, {mark.day for mark in parts.hollow}))
    if parts.hollow:
        data.append(_hollow(parts.hollow))
    for marks, symbol, size in (
        (parts.revised, "circle-open", 15),
        (parts.press, "diamond-open", 11),
    ):
        if marks:
            data.append(_symbols(marks, symbol, size))
    values = [
        mark.value
        for marks in (
            parts.reported,
            parts.expected,
            parts.year_to_date,
            parts.press,
            parts.hollow,
        )
        for mark in marks
    ] + [level.value for level in parts.levels]
    return {
        "data": data,
        "layout": {
            **layout(right=_room_on_the_right(parts)),
            "xaxis": time_axis(parts.first, parts.last),
            "yaxis": value_axis(values),
            "shapes": [rule(level) for level in parts.levels],
            "annotations": [*map(rule_label, parts.levels), *_line_label(parts), *_last_label(parts)],
        },
    }


def yearly(bars: Sequence[tuple[str, Decimal | None, str, str, bool]], levels: Sequence[Level] = ()) -> dict:
    """One bar a year with its value written on it; `bars` are (year, value, label, hover, solid).

    What is not solid (derived, or only a lower bound) is drawn as an outline; a year without a value stays empty.
    """
    # A rising target's values may be negative (growth): zero is on the axis either way.
    return {
        "data": [
            {
                "type": "bar",
                "x": [year for year, *_rest in bars],
                "y": [number(value) for _year, value, *_rest in bars],
                "text": [label for _year, _value, label, *_rest in bars],
                "textposition": "outside",
                "textangle": 0,
                "textfont": {"color": INK, "size": 12},
                "cliponaxis": False,
                "hovertext": [words for *_rest, words, _solid in bars],
                "hoverinfo": "text",
                "width": 0.5,
                "marker": {
                    "color": [SUBJECT if solid else "rgba(0,0,0,0)" for *_rest, solid in bars],
                    "line": {"color": SUBJECT, "width": 1.5},
                },
            }
        ],
        "layout": {
            **layout(),
            "xaxis": category_axis([year for year, *_rest in bars]),
            "yaxis": value_axis([bar[1] for bar in bars] + [level.value for level in levels]),
            "shapes": [rule(level) for level in levels],
            "annotations": [rule_label(level) for level in levels],
        },
    }


def stacked(
    categories: Sequence[str], layers: Sequence[tuple[str, str, Sequence[int], Sequence[str]]]
) -> dict:
    """Counts on top of each other; `layers` are (name, state, counts, hover texts), the lowest first.

    A layer is named beside its last bar where that is tall enough, so that no legend is needed.
    """
    data, annotations, height = [], [], 0
    tallest = max((sum(column) for column in zip(*(layer[2] for layer in layers), strict=True)), default=0)
    for name, state, counts, words in layers:
        data.append(
            {
                "type": "bar",
                "name": name,
                "x": list(categories),
                "y": list(counts),
                "hovertext": list(words),
                "hoverinfo": "text",
                "marker": {"color": STATE_COLOURS[state], "line": {"color": "#ffffff", "width": 1}},
            }
        )
        last = counts[-1] if counts else 0
        if last and last / (tallest or 1) >= 0.04:
            annotations.append(
                {
                    "xref": "paper",
                    "x": 1,
                    "xanchor": "left",
                    "y": height + last / 2,
                    "text": f"{name} {last}",
                    "showarrow": False,
                    "font": {"color": INK_2},
                }
            )
        height += last
    return {
        "data": data,
        "layout": {
            **layout(right=88),
            "barmode": "stack",
            "bargap": 0.35,
            "xaxis": category_axis(categories),
            "yaxis": value_axis([Decimal(tallest)]),
            "annotations": annotations,
        },
    }


# --- traces -------------------------------------------------------------------------------------------------------
def _points(kind: str, marks: Sequence[Mark]) -> dict:
    return {
        "type": kind,
        "x": [mark.day.isoformat() for mark in marks],
        "y": [number(mark.value) for mark in marks],
        "hovertext": [mark.words for mark in marks],
        "hoverinfo": "text",
    }


def _strong_line(marks: Sequence[Mark], hollow: set[date]) -> dict:
    """The line through every value; a day that is drawn hollow gets no point of its own."""
    return {
        **_points("scatter", marks),
        "mode": "lines+markers",
        "cliponaxis": False,
        "connectgaps": False,
        "line": {"color": SUBJECT, "width": 2.5},
        "marker": {"color": SUBJECT, "size": [0 if mark.day in hollow else 6 for mark in marks]},
    }


def _hollow(marks: Sequence[Mark]) -> dict:
    """Circles filled with the ground, so that the line does not show through them."""
    return {
        **_points("scatter", marks),
        "mode": "markers",
        "cliponaxis": False,
        "marker": {"symbol": "circle", "size": 8, "color": "#ffffff", "line": {"width": 2, "color": SUBJECT}},
    }


def _symbols(marks: Sequence[Mark], symbol: str, size: int) -> dict:
    return {
        **_points("scatter", marks),
        "mode": "markers",
        "cliponaxis": False,
        "marker": {"symbol": symbol, "size": size, "color": INK, "line": {"width": 1.5, "color": INK}},
    }


# --- rules and labels ---------------------------------------------------------------------------------------------
def rule(level: Level) -> dict:
    """The shape of a labelled horizontal rule."""
    y = number(level.value)
    line = {"color": INK, "width": 0.75 if level.thin else 1.5, "dash": "dot" if level.thin else "solid"}
    return {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": y, "y1": y, "line": line}


def rule_label(level: Level) -> dict:
    """Its words, on the rule."""
    return {
        "xref": "paper",
        "x": 1 if level.thin else 0,
        "xanchor": "right" if level.thin else "left",
        "y": number(level.value),
        "yanchor": "top" if level.thin else "bottom",
        "text": level.words,
        "showarrow": False,
        "font": {"color": INK},
    }


def _line_label(parts: Course) -> list[dict]:
    """The name of the expected line, on the side of it where the reported values are not."""
    if len(parts.expected) < 2 or not parts.expected_label:
        return []
    start, end = parts.expected[0], parts.expected[-1]
    middle = start.day + (end.day - start.day) * 0.56
    height = start.value + (end.value - start.value) * Decimal("0.56")
    below = _reported_lie_above(parts)
    rising = end.value >= start.value
    return [
        {
            "x": middle.isoformat(),
            "y": number(height),
            "xanchor": "left" if below == rising else "right",
            "yanchor": "top" if below else "bottom",
            "text": parts.expected_label,
            "showarrow": False,
            "font": {"color": INK_2},
        }
    ]


def _last_label(parts: Course) -> list[dict]:
    """The last reported value, beside its point on the side where the expected line is not."""
    last = _last_reported(parts)
    if last is None or not parts.last_label:
        return []
    above = _reported_lie_above(parts) and not _rule_right_above(parts, last.value)
    place = {
        "xanchor": "right" if above else "left",
        "xshift": -6 if above else 6,
        "yanchor": "bottom" if above else "top",
        "yshift": 5 if above else -5,
    }
    if _ends_at_the_edge(parts):
        place = {"xanchor": "left", "xshift": 8, "yanchor": "middle", "yshift": 0}
    return [
        {
            "x": last.day.isoformat(),
            "y": number(last.value),
            **place,
            "text": parts.last_label,
            "showarrow": False,
            "font": {"color": SUBJECT, "size": 14},
        }
    ]


def _ends_at_the_edge(parts: Course) -> bool:
    """Whether the last value stands so far right that its label belongs into the margin."""
    last = _last_reported(parts)
    return last is not None and (parts.last - last.day) < (parts.last - parts.first) * 0.08


def _room_on_the_right(parts: Course) -> int:
    """The margin in pixels: as wide as the label that stands in it, by the usual width of its letters."""
    if not (parts.last_label and _ends_at_the_edge(parts)):
        return 24
    return 12 + sum(14 if ord(letter) > 0x2E80 else 8 for letter in parts.last_label)


def _rule_right_above(parts: Course, value: Decimal) -> bool:
    """Whether a labelled rule would run through a label that stands on top of the value."""
    room = max(level.value for level in parts.levels) * Decimal("0.16") if parts.levels else Decimal(0)
    return any(value < level.value <= value + room for level in parts.levels)


def _last_reported(parts: Course) -> Mark | None:
    return next((mark for mark in reversed(parts.reported) if mark.value is not None), None)


def _reported_lie_above(parts: Course) -> bool:
    """Whether the last reported value lies on or above the expected line (its ends, joined straight)."""
    last = _last_reported(parts)
    if last is None or not parts.expected:
        return True
    start, end = parts.expected[0], parts.expected[-1]
    if end.day <= start.day:
        return True
    part = Decimal((last.day - start.day).days) / (end.day - start.day).days
    part = min(max(part, Decimal(0)), Decimal(1))
    return last.value >= start.value + (end.value - start.value) * part
