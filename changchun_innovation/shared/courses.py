"""Several courses in one figure, as plain dicts for plotly.js: grey for context, one strong colour for the subject."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from changchun_innovation.shared.axes import GREY, layout, number, time_axis, value_axis
from changchun_innovation.shared.charts import INK_2, SUBJECT, Level, Mark, rule, rule_label

# A line of text as a part of the height of a drawing of the usual size.
LINE_OF_TEXT = 0.065


@dataclass(frozen=True)
class Run:
    """Values over time of one among several; with a label where it is named beside its last value."""

    marks: Sequence[Mark]
    label: str = ""
    strong: bool = False


@dataclass(frozen=True)
class Name:
    """Words in the right margin, as high as the value that they name."""

    height: Decimal
    words: str
    colour: str

    @property
    def lines(self) -> list[str]:
        """The words in lines that leave a phone room for the drawing."""
        return textwrap.wrap(self.words, 9 if max(self.words) > "\u2e80" else 16) or [""]


def courses(
    first: date,
    last: date,
    runs: Sequence[Run],
    *,
    line: Sequence[Mark] = (),
    line_label: str = "",
    levels: Sequence[Level] = (),
    in_shares: bool = False,
    beside: Sequence[Decimal | None] = (),
) -> dict:
    """The runs over one time axis, the strong ones on top; `line` thin and dashed is what they are held against.

    `in_shares`: values are ratios and read as percentages. `beside` are values of other figures that share the axis.
    """
    factor = 100 if in_shares else 1
    data = [_trace(run, factor) for run in sorted(runs, key=lambda run: run.strong)]
    if line:
        data.insert(0, _points(line, factor, "lines", {"color": INK_2, "width": 1.25, "dash": "dash"}))
    levels = [replace(level, value=level.value * factor) for level in levels]
    known = [mark.value for each in (*(run.marks for run in runs), line) for mark in each] + list(beside)
    axis = value_axis(
        [None if value is None else value * factor for value in known] + [level.value for level in levels]
    )
    if in_shares:
        axis["ticktext"] = [f"{text}%" for text in axis["ticktext"]]
    names = [
        Name(mark.value * factor, run.label, SUBJECT if run.strong else INK_2) for run, mark in _ends(runs)
    ]
    if line and line_label:
        names.append(Name(line[-1].value * factor, line_label, INK_2))
    return {
        "data": data,
        "layout": {
            **layout(right=_margin(names)),
            "xaxis": time_axis(first, last),
            "yaxis": axis,
            "shapes": [rule(level) for level in levels],
            "annotations": [*map(rule_label, levels), *_labels(names, axis["range"])],
        },
    }


def _points(marks: Sequence[Mark], factor: int, mode: str, line: dict) -> dict:
    return {
        "type": "scatter",
        "mode": mode,
        "x": [mark.day.isoformat() for mark in marks],
        "y": [number(None if mark.value is None else mark.value * factor) for mark in marks],
        "hovertext": [mark.words for mark in marks],
        "hoverinfo": "text",
        "cliponaxis": False,
        "connectgaps": False,
        "line": line,
    }


def _trace(run: Run, factor: int) -> dict:
    colour, width, size = (SUBJECT, 2.5, 6) if run.strong else (GREY, 1.25, 4)
    return {
        **_points(run.marks, factor, "lines+markers", {"color": colour, "width": width}),
        "marker": {"color": colour, "size": size},
    }


# --- names in the margin ------------------------------------------------------------------------------------------
def _ends(runs: Sequence[Run]) -> list[tuple[Run, Mark]]:
    """The runs that are named, each with its last known value."""
    ends = []
    for run in runs:
        known = [mark for mark in run.marks if mark.value is not None]
        if run.label and known:
            ends.append((run, known[-1]))
    return ends


def _margin(names: Sequence[Name]) -> int:
    """The margin in pixels: as wide as the longest line in it, by the usual width of its letters."""
    widths = [sum(13 if letter > "\u2e80" else 7 for letter in line) for name in names for line in name.lines]
    return 16 + max(widths, default=8)


def _labels(names: Sequence[Name], axis_range: Sequence[float]) -> list[dict]:
    """The names from the top down, each moved down as far as the one above it needs room."""
    line_height = (axis_range[1] - axis_range[0]) * LINE_OF_TEXT
    labels, free_below = [], float("inf")
    for name in sorted(names, key=lambda name: -name.height):
        half = line_height * len(name.lines) / 2
        middle = min(number(name.height), free_below - half)
        free_below = middle - half
        labels.append(
            {
                "xref": "paper",
                "x": 1,
                "xanchor": "left",
                "y": middle,
                "yanchor": "middle",
                "align": "left",
                "text": "<br>".join(name.lines),
                "showarrow": False,
                "font": {"color": name.colour},
            }
        )
    return labels
