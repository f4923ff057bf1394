"""Several courses in one figure, as plain dicts for plotly.js: grey for context, one strong colour for the subject."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from changchun_innovation.shared.axes import GREY, layout, number, time_axis, value_axis
from changchun_innovation.shared.charts import INK_2, SUBJECT, Mark


@dataclass(frozen=True)
class Run:
    """Values over time of one among several; with a label where it is named beside its last value."""

    marks: Sequence[Mark]
    label: str = ""
    strong: bool = False


def courses(
    first: date,
    last: date,
    runs: Sequence[Run],
    *,
    line: Sequence[Mark] = (),
    line_label: str = "",
    in_shares: bool = False,
    beside: Sequence[Decimal | None] = (),
) -> dict:
    """The runs over one time axis, the strong ones on top; `line` thin and dashed is what they are held against.

    `in_shares`: values are ratios and read as percentages. `beside` are values of other figures that share the axis.
    """
    factor = 100 if in_shares else 1
    ordered = sorted(runs, key=lambda run: run.strong)
    data = [_trace(run, factor) for run in ordered]
    if line:
        data.insert(0, _points(line, factor, "lines", {"color": INK_2, "width": 1.25, "dash": "dash"}))
    values = [mark.value for run in runs for mark in run.marks] + [mark.value for mark in line] + list(beside)
    axis = value_axis([None if value is None else value * factor for value in values])
    if in_shares:
        axis["ticktext"] = [f"{text}%" for text in axis["ticktext"]]
    return {
        "data": data,
        "layout": {
            **layout(),
            "xaxis": time_axis(first, last),
            "yaxis": axis,
            "annotations": [*_labels(runs, factor), *_line_label(line, line_label, factor)],
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


def _labels(runs: Sequence[Run], factor: int) -> list[dict]:
    """Names at the last values: of the highest above its point, of every other below."""
    named = [(run, point) for run in runs if run.label and (point := _last(run)) is not None]
    highest = max((point.value for _run, point in named), default=None)
    return [
        {
            "x": point.day.isoformat(),
            "y": number(point.value * factor),
            "xanchor": "right",
            "xshift": 4,
            "yanchor": "bottom" if point.value == highest else "top",
            "yshift": 5 if point.value == highest else -5,
            "text": run.label,
            "showarrow": False,
            "font": {"color": SUBJECT if run.strong else INK_2},
        }
        for run, point in named
    ]


def _last(run: Run) -> Mark | None:
    return next((mark for mark in reversed(run.marks) if mark.value is not None), None)


def _line_label(line: Sequence[Mark], label: str, factor: int) -> list[dict]:
    """The name of the dashed line in its first third, above it."""
    if len(line) < 3 or not label:
        return []
    at = line[len(line) // 3]
    return [
        {
            "x": at.day.isoformat(),
            "y": number(at.value * factor),
            "xanchor": "right",
            "yanchor": "bottom",
            "text": label,
            "showarrow": False,
            "font": {"color": INK_2},
        }
    ]
