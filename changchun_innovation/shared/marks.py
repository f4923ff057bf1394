"""Small drawings of the first paint as plain geometry: bullet bar, coverage bar, sparkline.

Templates turn them into SVG. Lengths are percentages of the drawing's width as text ready for an SVG
attribute, so that a drawing needs neither a style nor a script.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

# Progress is drawn on one scale in every row; what lies beyond is cut with an arrow, and the number says it.
BULLET_END = Decimal("1.2")


def _percent(value: Decimal) -> str:
    return f"{value:.2f}%"


def _place(ratio: Decimal, end: Decimal) -> Decimal:
    """Where a ratio lies on an axis from 0 to `end`, in percent, kept inside the drawing."""
    return min(max(ratio, Decimal(0)), end) / end * 100


@dataclass(frozen=True)
class Bullet:
    """A bar of progress (ratio, 1 = the target reached) with the marks of elapsed time and expectation."""

    bar: str | None
    target: str
    elapsed: str | None
    expected: str | None
    beyond: bool
    below: bool


def bullet(progress: Decimal | None, elapsed: Decimal | None, expected: Decimal | None = None) -> Bullet:
    """Geometry of a bullet bar from ratios; None is unknown and draws nothing, never a zero."""

    def place(ratio):
        return None if ratio is None else _percent(_place(ratio, BULLET_END))

    return Bullet(
        bar=place(progress),
        target=_percent(_place(Decimal(1), BULLET_END)),
        elapsed=place(elapsed),
        expected=place(expected),
        beyond=progress is not None and progress > BULLET_END,
        below=progress is not None and progress < 0,
    )


@dataclass(frozen=True)
class Measure:
    """A bar on an axis that several bars share, with the mark it is held against and the goal."""

    bar: str | None
    mark: str | None
    goal: str | None
    beyond: bool
    below: bool


def measure(value: Decimal | None, mark: Decimal | None, goal: Decimal | None, end: Decimal) -> Measure:
    """Geometry of numbers on an axis from 0 to `end`; None is unknown and draws nothing, never a zero."""
    end = end if end > 0 else Decimal(1)

    def place(number):
        return None if number is None else _percent(_place(number, end))

    return Measure(
        bar=place(value),
        mark=place(mark),
        goal=place(goal),
        beyond=value is not None and value > end,
        below=value is not None and value < 0,
    )


@dataclass(frozen=True)
class Coverage:
    """What was pledged one by one and what is reported, against what was pledged together."""

    reported: str | None
    pledged: str
    target: str
    gap_start: str | None
    gap_width: str | None
    gap: Decimal


def coverage(pledged: Decimal, reported: Decimal | None, target: Decimal) -> Coverage:
    """Geometry of a coverage bar; quantities in the indicator's unit. `gap` is never negative."""
    end = max(pledged, reported or Decimal(0), target) or Decimal(1)
    gap = max(target - pledged, Decimal(0))
    return Coverage(
        reported=None if reported is None else _percent(_place(reported, end)),
        pledged=_percent(_place(pledged, end)),
        target=_percent(_place(target, end)),
        gap_start=_percent(_place(pledged, end)) if gap else None,
        gap_width=_percent(gap / end * 100) if gap else None,
        gap=gap,
    )


@dataclass(frozen=True)
class Sparkline:
    """Points of a small line in a box of `width` × `height` units; a quarter without a value is a break."""

    width: int
    height: int
    lines: tuple[str, ...]
    dots: tuple[tuple[str, str], ...]
    last: tuple[str, str] | None
    expected: str
    pledge: str | None


def sparkline(
    values: Sequence[Decimal | None],
    pledge: Decimal | None = None,
    expected: Sequence[Decimal | None] | None = None,
    width: int = 120,
    height: int = 32,
) -> Sparkline:
    """Geometry of a sparkline over equally spaced quarters; zero is on the axis.

    A single value between two unknown ones has no line and is drawn as a dot.
    """
    expected = list(expected or [])
    known = [v for v in [*values, *expected, pledge, Decimal(0)] if v is not None]
    low, high = min(known), max(known)
    span = (high - low) or Decimal(1)
    pad = 4
    step = Decimal(width - 2 * pad) / max(len(values) - 1, 1)

    def y(value):
        return f"{pad + (high - value) / span * (height - 2 * pad):.1f}"

    def point(index, value):
        return f"{pad + step * index:.1f}", y(value)

    runs: list[list[tuple[str, str]]] = [[]]
    for index, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append(point(index, value))
    runs = [run for run in runs if run]
    return Sparkline(
        width=width,
        height=height,
        lines=tuple(" ".join(f"{x},{v}" for x, v in run) for run in runs if len(run) > 1),
        dots=tuple(run[0] for run in runs if len(run) == 1),
        last=runs[-1][-1] if runs else None,
        expected=" ".join(
            ",".join(point(index, value)) for index, value in enumerate(expected) if value is not None
        ),
        pledge=None if pledge is None else y(pledge),
    )
