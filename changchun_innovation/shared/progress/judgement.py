"""The answer of the judge: a state with every number that it rests on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from ..quarters import Quarter
from .terms import Basis, Comparator, Kind, Terms


class State(StrEnum):
    """What is said about a promise; the order of the rows that decide is in `table.decide`."""

    ACHIEVED = "achieved"
    UNREPORTED = "unreported"
    NO_DATA = "no_data"
    STALE = "stale"
    MISSED = "missed"
    UNDATED = "undated"
    TOO_EARLY = "too_early"
    WATCH = "watch"
    ON_TRACK = "on_track"
    BEHIND = "behind"


class Missing(StrEnum):
    """Why there is no value that can be judged."""

    NEVER_REPORTED = "never_reported"
    WAITING_FOR_REVIEW = "waiting_for_review"
    NOT_APPLICABLE = "not_applicable"
    INCOMPLETE_YEAR = "incomplete_year"
    LOWER_BOUND = "lower_bound"  # published as "more than" or "at least", and that proves nothing
    INCOMPLETE_SUM = "incomplete_sum"  # a park's value is missing or stale
    LOW_COVERAGE = "low_coverage"  # the parks' pledges are below 0.8 of the joint pledge


class Qualifier(StrEnum):
    """How exactly a value is known. Planned and bracketed values are shown, never judged."""

    EXACT = "exact"
    MORE_THAN = "more-than"
    AT_LEAST = "at-least"
    DERIVED = "derived"
    PLANNED = "planned"
    BRACKET = "bracket"

    @property
    def lower_bound(self) -> bool:
        return self in (Qualifier.MORE_THAN, Qualifier.AT_LEAST)


class Rule(StrEnum):
    """The row of the table, and the part of the row, that decided."""

    ACHIEVED_FOR_GOOD = "achieved_for_good"  # cumulative: a total does not fall
    REPORT_OVERDUE = "report_overdue"
    UNPUBLISHED_FOR_A_YEAR = "unpublished_for_a_year"
    VALUE_UNKNOWN = "value_unknown"
    VALUE_OLD = "value_old"
    TARGET_REACHED = "target_reached"
    DUE_DAY_PASSED = "due_day_passed"
    NO_DUE_DAY = "no_due_day"
    STARTED_AT_TARGET = "started_at_target"  # B at or past T, and the level has fallen below it
    FIRST_TENTH = "first_tenth"  # elapsed < 0.10
    NOTHING_EXPECTED_YET = "nothing_expected_yet"  # E = B while elapsed < 0.75
    NOTHING_EXPECTED_LATE = "nothing_expected_late"  # E = B later than that
    PACE_ON_MILESTONES = "pace_on_milestones"  # pace ≥ 0.95
    PACE_ON_LINE = "pace_on_line"  # pace ≥ 0.90, without milestones
    PACE_NEAR_MILESTONES = "pace_near_milestones"  # pace ≥ 0.80
    PACE_NEAR_LINE = "pace_near_line"  # pace ≥ 0.70, without milestones
    FIRST_THIRD = "first_third"  # elapsed < 1/3, without milestones
    ONE_UNIT_SHORT = "one_unit_short"
    PACE_TOO_LOW = "pace_too_low"
    RATE_WITHIN_TWO_POINTS = "rate_within_two_points"
    RATE_BEYOND_TWO_POINTS = "rate_beyond_two_points"
    RATE_LAST_YEAR_KNOWN = "rate_last_year_known"


@dataclass(frozen=True, slots=True)
class AnnualSum:
    """The three numbers of an annual value in mid-year: A = this year + last full year − last year to then."""

    this_year: Decimal
    last_full_year: Decimal
    last_year_to_then: Decimal


@dataclass(frozen=True, slots=True)
class RequiredPace:
    """What is still needed per quarter, in the direction of the target, against what came lately.

    ``per_quarter`` is |T−A|/n and ``recent`` the average change per quarter over the last four, both to 2
    decimals and positive towards the target; ``times`` their ratio to 4 decimals (from the exact numbers);
    ``quarters_left`` is n.
    """

    per_quarter: Decimal
    recent: Decimal
    times: Decimal
    quarters_left: int


@dataclass(frozen=True, slots=True)
class Found:
    """A value that was found, before it is judged; ``value`` None where the figure proves nothing.

    ``as_at`` is the reference day d. ``satisfied``: whether the comparator is proven to hold.
    """

    value: Decimal | None
    figure: Decimal
    quarter: Quarter
    as_at: date
    satisfied: bool
    qualifier: Qualifier = Qualifier.EXACT
    annual_sum: AnnualSum | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The state of one promise in a quarter, as known on a day, with its arithmetic.

    Without a judged value ``value``, ``as_at``, ``progress``, ``pace`` and ``required`` are None, and
    ``expected`` and ``elapsed`` are those of the quarter's last day. Ratios have 4 decimals.
    """

    state: State
    state_if_fresh: State | None  # only beside `stale`
    rule: Rule
    rule_if_fresh: Rule | None  # only beside `stale`
    missing: Missing | None  # only where the value is unknown

    asked: Quarter  # the quarter of the question
    quarter: Quarter  # the quarter it was answered for: at most the due one
    known_on: date
    terms: Terms = field(repr=False)

    value: Decimal | None  # A
    figure: Decimal | None  # as reported or published, also where it proves nothing ("at least")
    figure_quarter: Quarter | None
    figure_on: date | None  # last day of the figure's period
    annual_sum: AnnualSum | None
    qualifier: Qualifier | None
    stale: bool  # whether A is too old, whatever the state

    expected: Decimal | None  # E
    progress: Decimal | None
    elapsed: Decimal | None
    pace: Decimal | None
    required: RequiredPace | None
    baseline: Decimal  # B, 0 where none is known
    baseline_known: bool

    @property
    def as_at(self) -> date | None:
        """d, the day at which everything is compared."""
        return None if self.value is None else self.figure_on

    @property
    def read_on(self) -> date:
        """The day for which `expected` and `elapsed` are read: d, or the quarter's end without a value."""
        return self.as_at or self.quarter.ends_on

    @property
    def derived(self) -> bool:
        """Whether A was computed from a published rate: an achievement is one *by a derived value*."""
        return self.value is not None and self.qualifier is Qualifier.DERIVED

    @property
    def capped(self) -> bool:
        """Whether the question was about a quarter after the due one."""
        return self.asked != self.quarter

    @property
    def kind(self) -> Kind:
        return self.terms.kind

    @property
    def decimals(self) -> int:
        return self.terms.decimals

    @property
    def comparator(self) -> Comparator:
        return self.terms.comparator

    @property
    def target(self) -> Decimal:
        """T."""
        return self.terms.target

    @property
    def start_on(self) -> date:
        return self.terms.start_on

    @property
    def due_on(self) -> date | None:
        return self.terms.due_on

    @property
    def basis(self) -> Basis:
        return self.terms.basis

    @property
    def ends_mid_quarter(self) -> bool:
        return self.terms.ends_mid_quarter
