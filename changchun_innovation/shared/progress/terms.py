"""What was promised, and what the calendar expects of it on a day.

Inside, numbers are exact fractions; what leaves is a Decimal that was rounded once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise

from ..quarters import Quarter


class Kind(StrEnum):
    """What one figure of an indicator means; see each kind's definition in the README."""

    CUMULATIVE = "cumulative"
    STOCK = "stock"
    ANNUAL = "annual"
    RATE = "rate"


class Comparator(StrEnum):
    """How a value is held against a target; it also gives the direction, which a baseline never does."""

    GE = "ge"
    GT = "gt"
    LE = "le"
    LT = "lt"

    @property
    def rising(self) -> bool:
        """Whether more is better."""
        return self in (Comparator.GE, Comparator.GT)

    def satisfied_by(self, value: Decimal | Fraction, target: Decimal | Fraction) -> bool:
        if self is Comparator.GE:
            return value >= target
        if self is Comparator.GT:
            return value > target
        if self is Comparator.LE:
            return value <= target
        return value < target


class Basis(StrEnum):
    """Where an expected value comes from."""

    LINE = "line"  # the straight line from baseline to target: a guess
    MILESTONES = "milestones"  # approved interim values
    THRESHOLD = "threshold"  # a rate: every period is held against the target itself
    NONE = "none"  # no due day, or the baseline is already at or past the target


@dataclass(frozen=True, slots=True)
class Milestone:
    """An agreed interim value of a promise."""

    on: date
    value: Decimal

    def __post_init__(self) -> None:
        _check_finite(self.value)


@dataclass(frozen=True, slots=True)
class Terms:
    """The numbers of one promise as known on a day.

    ``decimals`` is the indicator's; ``due_on`` None means undated; ``baseline`` None means unknown (of a
    cumulative promise it is 0 and known, whatever is given). Milestones may come in any order; of two on the
    same day the last given counts, and one that is not strictly between start and due day is left out, since
    the baseline and the target hold there. Raises ValueError for a number that is not a finite Decimal and
    for a due day before the start.
    """

    kind: Kind
    decimals: int
    comparator: Comparator
    target: Decimal
    start_on: date
    due_on: date | None = None
    baseline: Decimal | None = None
    milestones: tuple[Milestone, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", Kind(self.kind))
        object.__setattr__(self, "comparator", Comparator(self.comparator))
        object.__setattr__(self, "milestones", tuple(self.milestones))
        _check_finite(self.target)
        if self.baseline is not None:
            _check_finite(self.baseline)
        if self.decimals < 0:
            raise ValueError(f"an indicator cannot have {self.decimals} decimals")
        if self.due_on is not None and self.due_on < self.start_on:
            raise ValueError(f"due on {self.due_on}, before the start on {self.start_on}")

    @property
    def due_quarter(self) -> Quarter | None:
        """The quarter that contains the due day: the last one about which the question can be asked."""
        return None if self.due_on is None else Quarter.containing(self.due_on)

    @property
    def ends_mid_quarter(self) -> bool:
        """Whether the due day is not the last day of its quarter (judged on that quarter's figure)."""
        return self.due_on is not None and self.due_on != self.due_quarter.ends_on

    def capped(self, quarter: Quarter) -> Quarter:
        """The quarter for which a question about the given one is answered."""
        return quarter if self.due_on is None else min(quarter, self.due_quarter)

    @property
    def judged_baseline(self) -> Decimal:
        """B: 0 for a cumulative promise; otherwise the known baseline, or 0 where none is known."""
        if self.kind is Kind.CUMULATIVE or self.baseline is None:
            return Decimal(0)
        return self.baseline

    @property
    def baseline_known(self) -> bool:
        return self.kind is Kind.CUMULATIVE or self.baseline is not None

    @property
    def starts_at_target(self) -> bool:
        """Whether B is at or past T, so that there is neither progress nor pace."""
        b, target = self.judged_baseline, self.target
        return b >= target if self.comparator.rising else b <= target

    @property
    def whole_units(self) -> bool:
        """Whether E is a whole number: cumulative and stock indicators without decimals."""
        return self.kind in (Kind.CUMULATIVE, Kind.STOCK) and self.decimals == 0

    @property
    def line_milestones(self) -> tuple[Milestone, ...]:
        """The milestones that shape the line, in time order."""
        if self.due_on is None:
            return ()
        by_day = {m.on: m for m in self.milestones if self.start_on < m.on < self.due_on}
        return tuple(by_day[day] for day in sorted(by_day))

    @property
    def basis(self) -> Basis:
        if self.kind is Kind.RATE:
            return Basis.THRESHOLD
        if self.due_on is None or self.starts_at_target:
            return Basis.NONE
        return Basis.MILESTONES if self.line_milestones else Basis.LINE


def line_points(terms: Terms) -> list[tuple[date, Decimal]]:
    """The corners of the line that E is read from: start, milestones, due day. Empty where E is unknown.

    For a rate the line is flat at the target (from start to due day, or at the start alone if undated).
    """
    if terms.kind is Kind.RATE:
        return [(day, terms.target) for day in (terms.start_on, terms.due_on) if day is not None]
    if terms.basis is Basis.NONE:
        return []
    return [
        (terms.start_on, terms.judged_baseline),
        *((m.on, m.value) for m in terms.line_milestones),
        (terms.due_on, terms.target),
    ]


def expected_on(terms: Terms, day: date) -> Decimal | None:
    """E, the value that the line asks for on the day; None without a line (Basis.NONE).

    By calendar days between the corners of `line_points`; B before the start, T from the due day on; the
    target itself for a rate. Cumulative and stock indicators without decimals: rounded down to whole units,
    up for a falling target. Otherwise half-even to 2 decimals (a rate's threshold is not rounded).
    """
    if terms.kind is Kind.RATE:
        return terms.target
    if terms.basis is Basis.NONE:
        return None
    exact = _on_line(terms, day)
    if terms.whole_units:
        return Decimal(math.floor(exact) if terms.comparator.rising else math.ceil(exact))
    return rounded(exact, 2)


def elapsed_on(terms: Terms, day: date) -> Decimal | None:
    """时间进度: the part of the term's days that is over on the day, 0…1 to 4 decimals; None if undated."""
    if terms.kind is Kind.RATE or terms.due_on is None:
        return None
    if day >= terms.due_on:
        return rounded(Fraction(1), 4)
    if day <= terms.start_on:
        return rounded(Fraction(0), 4)
    return rounded(Fraction((day - terms.start_on).days, (terms.due_on - terms.start_on).days), 4)


def progress_of(terms: Terms, value: Decimal) -> Decimal | None:
    """任务进度 (A−B)/(T−B), not clipped, to 4 decimals; None for a rate and where B is at or past T."""
    if terms.kind is Kind.RATE or terms.starts_at_target:
        return None
    start = Fraction(terms.judged_baseline)
    return rounded((Fraction(value) - start) / (Fraction(terms.target) - start), 4)


def pace_of(terms: Terms, value: Decimal, expected: Decimal | None) -> Decimal | None:
    """(A−B)/(E−B) with the rounded E, to 4 decimals; None where nothing is expected yet, or E is unknown."""
    if terms.kind is Kind.RATE or expected is None or nothing_expected(terms, expected):
        return None
    start = Fraction(terms.judged_baseline)
    return rounded((Fraction(value) - start) / (Fraction(expected) - start), 4)


def nothing_expected(terms: Terms, expected: Decimal) -> bool:
    """Whether E = B. An E on the wrong side of B (a milestone below the baseline) counts as E = B."""
    b = terms.judged_baseline
    return expected <= b if terms.comparator.rising else expected >= b


def rounded(exact: Fraction, places: int) -> Decimal:
    """The exact number as a Decimal with so many places, half-even. Never NaN, infinite or -0."""
    units = round(exact * 10**places)
    return Decimal(f"{units}E-{places}")


def exact_sum(*numbers: Decimal) -> Decimal:
    """The sum without any rounding: Decimal's own addition keeps 28 digits only."""
    places = max((0, *(-number.as_tuple().exponent for number in numbers)))
    units = sum(Fraction(number) for number in numbers) * 10**places
    return Decimal(f"{int(units)}E-{places}")


def _on_line(terms: Terms, day: date) -> Fraction:
    if day >= terms.due_on:
        return Fraction(terms.target)
    if day <= terms.start_on:
        return Fraction(terms.judged_baseline)
    for (left_day, left), (right_day, right) in pairwise(line_points(terms)):
        if day <= right_day:
            part = Fraction((day - left_day).days, (right_day - left_day).days)
            return Fraction(left) + (Fraction(right) - Fraction(left)) * part
    raise AssertionError("the last corner is the due day")


def _check_finite(value: Decimal) -> None:
    if not isinstance(value, Decimal) or not value.is_finite():
        raise ValueError(f"not a finite Decimal: {value!r}")
