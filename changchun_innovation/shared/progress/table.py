"""The table of states: the first row that applies, from the top. The only place that decides a state."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction

from ..quarters import Quarter
from .judgement import Found, Judgement, Missing, RequiredPace, Rule, State
from .terms import (
    Basis,
    Kind,
    Terms,
    elapsed_on,
    expected_on,
    nothing_expected,
    pace_of,
    progress_of,
    rounded,
)

TOO_EARLY_UNTIL = Decimal("0.10")
NOTHING_EXPECTED_UNTIL = Decimal("0.75")
ON_TRACK = {Basis.MILESTONES: Decimal("0.95"), Basis.LINE: Decimal("0.90")}
WATCH = {Basis.MILESTONES: Decimal("0.80"), Basis.LINE: Decimal("0.70")}
FIRST_THIRD = Fraction(1, 3)
RATE_WATCH_POINTS = Decimal(2)

Verdict = tuple[State, Rule]


def decide(
    terms: Terms,
    found: Found | None,
    *,
    asked: Quarter,
    known_on: date,
    missing: Missing,
    unreported: Rule | None,
    stale: bool,
    term_over: bool,
    earlier: Mapping[Quarter, Decimal],
) -> Judgement:
    """Judge what was found.

    ``missing`` is the reason to give where nothing was found; ``unreported`` the rule by which the promise
    counts as unreported, or None; ``stale`` says that a value, if there is one, is too old; ``term_over``
    says for a rate that the last year of the term is known; ``earlier`` holds exactly known values by
    quarter, for the pace that would be required.
    """
    quarter = terms.capped(asked)
    value = None if found is None else found.value
    read_on = quarter.ends_on if value is None else found.as_at
    expected, elapsed = expected_on(terms, read_on), elapsed_on(terms, read_on)
    progress = pace = required = None
    state_if_fresh = rule_if_fresh = None
    if value is not None:
        progress, pace = progress_of(terms, value), pace_of(terms, value, expected)
        required = _required_pace(terms, found, earlier)

    if terms.kind is Kind.CUMULATIVE and value is not None and found.satisfied:
        state, rule = State.ACHIEVED, Rule.ACHIEVED_FOR_GOOD
    elif unreported is not None:
        state, rule = State.UNREPORTED, unreported
    elif value is None:
        state, rule = State.NO_DATA, Rule.VALUE_UNKNOWN
    else:
        state, rule = (
            _rate_verdict(terms, found, term_over)
            if terms.kind is Kind.RATE
            else _verdict(terms, found, expected, elapsed, pace)
        )
        if stale:
            state_if_fresh, rule_if_fresh = state, rule
            state, rule = State.STALE, Rule.VALUE_OLD

    return Judgement(
        state=state,
        state_if_fresh=state_if_fresh,
        rule=rule,
        rule_if_fresh=rule_if_fresh,
        missing=missing if value is None else None,
        asked=asked,
        quarter=quarter,
        known_on=known_on,
        terms=terms,
        value=value,
        figure=None if found is None else found.figure,
        figure_quarter=None if found is None else found.quarter,
        figure_on=None if found is None else found.as_at,
        annual_sum=None if found is None else found.annual_sum,
        qualifier=None if found is None else found.qualifier,
        stale=stale and value is not None,
        expected=expected,
        progress=progress,
        elapsed=elapsed,
        pace=pace,
        required=required,
        baseline=terms.judged_baseline,
        baseline_known=terms.baseline_known,
    )


def _verdict(
    terms: Terms, found: Found, expected: Decimal | None, elapsed: Decimal | None, pace: Decimal | None
) -> Verdict:
    """The rows below `stale`, for everything but a rate."""
    if found.satisfied:
        return State.ACHIEVED, Rule.TARGET_REACHED
    if terms.due_on is None:
        return State.UNDATED, Rule.NO_DUE_DAY
    if found.as_at >= terms.due_on:
        return State.MISSED, Rule.DUE_DAY_PASSED
    if terms.starts_at_target:
        return State.BEHIND, Rule.STARTED_AT_TARGET
    if elapsed < TOO_EARLY_UNTIL:
        return State.TOO_EARLY, Rule.FIRST_TENTH
    if nothing_expected(terms, expected):
        if elapsed < NOTHING_EXPECTED_UNTIL:
            return State.TOO_EARLY, Rule.NOTHING_EXPECTED_YET
        return State.WATCH, Rule.NOTHING_EXPECTED_LATE
    return _pace_verdict(terms, found.value, expected, elapsed, pace)


def _pace_verdict(
    terms: Terms, value: Decimal, expected: Decimal, elapsed: Decimal, pace: Decimal
) -> Verdict:
    on_milestones = terms.basis is Basis.MILESTONES
    if pace >= ON_TRACK[terms.basis]:
        return State.ON_TRACK, Rule.PACE_ON_MILESTONES if on_milestones else Rule.PACE_ON_LINE
    if pace >= WATCH[terms.basis]:
        return State.WATCH, Rule.PACE_NEAR_MILESTONES if on_milestones else Rule.PACE_NEAR_LINE
    if not on_milestones and Fraction(elapsed) < FIRST_THIRD:
        return State.WATCH, Rule.FIRST_THIRD
    short = Fraction(expected) - Fraction(value)
    if terms.whole_units and (short if terms.comparator.rising else -short) <= 1:
        return State.WATCH, Rule.ONE_UNIT_SHORT
    return State.BEHIND, Rule.PACE_TOO_LOW


def _rate_verdict(terms: Terms, found: Found, term_over: bool) -> Verdict:
    if found.satisfied:
        return State.ACHIEVED, Rule.TARGET_REACHED
    if term_over:
        return State.MISSED, Rule.RATE_LAST_YEAR_KNOWN
    if abs(Fraction(found.value) - Fraction(terms.target)) <= RATE_WATCH_POINTS:
        return State.WATCH, Rule.RATE_WITHIN_TWO_POINTS
    return State.BEHIND, Rule.RATE_BEYOND_TWO_POINTS


def _required_pace(terms: Terms, found: Found, earlier: Mapping[Quarter, Decimal]) -> RequiredPace | None:
    """(T−A)/n against (A − A four quarters earlier)/4, both taken in the direction of the target.

    None for a rate, an undated promise, no quarter end left, an unknown earlier value, an average that does
    not move towards the target, and where nothing is left to do (A at or past T).
    """
    if terms.kind is Kind.RATE or terms.due_on is None or found.qualifier.lower_bound:
        return None
    left = terms.due_quarter - found.quarter + (1 if found.as_at < found.quarter.ends_on else 0)
    before = earlier.get(found.quarter - 4)
    if left <= 0 or before is None:
        return None
    towards = 1 if terms.comparator.rising else -1
    value = Fraction(found.value)
    needed = towards * (Fraction(terms.target) - value) / left
    recent = towards * (value - Fraction(before)) / 4
    if recent <= 0 or needed <= 0:
        return None
    return RequiredPace(
        per_quarter=rounded(needed, 2),
        recent=rounded(recent, 2),
        times=rounded(needed / recent, 4),
        quarters_left=left,
    )
