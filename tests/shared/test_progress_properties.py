"""What holds for every promise, whatever its numbers (Hypothesis looks for the exception)."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from changchun_innovation.shared.progress import (
    NOT_ASKED,
    Comparator,
    Kind,
    Milestone,
    Missing,
    Part,
    Published,
    Qualifier,
    Reported,
    ReportStatus,
    Standing,
    State,
    Terms,
    elapsed_on,
    expected_on,
    judge,
    judge_joint,
    judge_readings,
    judged_values,
    line_points,
)
from changchun_innovation.shared.quarters import Quarter


def for_every(*strategies):
    """`given` without a deadline: a busy machine is no defect of the judge."""

    def decorate(test):
        return settings(deadline=None, max_examples=60)(given(*strategies)(test))

    return decorate


LARGEST = 10**12
SOMETIMES = st.booleans()
MIRROR = {
    Comparator.GE: Comparator.LE,
    Comparator.GT: Comparator.LT,
    Comparator.LE: Comparator.GE,
    Comparator.LT: Comparator.GT,
}


# --- any promise, any report -----------------------------------------------------------------------------


def numbers(decimals=2):
    """Small numbers, where everything coincides, and large ones, where everything overflows."""
    limits = st.sampled_from([3, 50, 10**5, LARGEST])
    return limits.flatmap(lambda n: st.decimals(min_value=-n, max_value=n, places=decimals))


days = st.dates(date(2022, 1, 1), date(2028, 12, 31))
quarters = st.integers(0, 30).map(lambda step: Quarter(2021, 1) + step)


@st.composite
def promises(draw, kinds=tuple(Kind), comparators=tuple(Comparator), dated=SOMETIMES, milestones=3):
    decimals = draw(st.integers(0, 3))
    start = draw(st.dates(date(2022, 1, 1), date(2025, 12, 31)))
    due = start + timedelta(draw(st.integers(0, 1500))) if draw(dated) else None
    value = numbers(decimals)
    return Terms(
        kind=draw(st.sampled_from(kinds)),
        decimals=decimals,
        comparator=draw(st.sampled_from(comparators)),
        target=draw(value),
        start_on=start,
        due_on=due,
        baseline=draw(st.none() | value),
        milestones=tuple(draw(st.lists(st.builds(Milestone, on=days, value=value), max_size=milestones))),
    )


@st.composite
def histories(draw, value=None):
    """Figures of some quarters, with gaps, "not applicable" and blanks; in any order."""
    reported = draw(st.lists(quarters, unique=True, max_size=16))
    value = value or numbers()
    return [
        Reported(q, draw(st.none() | value), draw(st.sampled_from([False, False, False, True])))
        for q in reported
    ]


reports = st.builds(
    ReportStatus,
    expected=st.booleans(),
    due_on=st.none() | days,
    standing=st.sampled_from(list(Standing)),
    waiting=st.booleans(),
)

published = st.lists(
    st.one_of(
        st.builds(
            lambda year, value, qualifier, later: Published(
                date(year, 1, 1), date(year, 12, 31), value, qualifier, date(year, 12, 31) + timedelta(later)
            ),
            st.integers(2021, 2028),
            numbers(),
            st.sampled_from(list(Qualifier)),
            st.integers(0, 400),
        ),
        st.builds(
            lambda last, value, qualifier, later: Published(
                None, last, value, qualifier, last + timedelta(later)
            ),
            days,
            numbers(),
            st.sampled_from(list(Qualifier)),
            st.integers(0, 400),
        ),
    ),
    max_size=8,
)


def check(judgement):
    """What must hold of every answer."""
    j = judgement
    for number in (j.value, j.expected, j.progress, j.elapsed, j.pace, j.baseline, j.target):
        assert number is None or (isinstance(number, Decimal) and number.is_finite())
    for ratio in (j.progress, j.elapsed, j.pace):
        assert ratio is None or ratio.as_tuple().exponent == -4
    assert j.elapsed is None or 0 <= j.elapsed <= 1
    assert isinstance(j.state, State)
    assert j.quarter <= j.asked
    assert (j.state_if_fresh is not None) == (j.state is State.STALE) == (j.rule_if_fresh is not None)
    assert j.state_if_fresh not in (State.STALE, State.NO_DATA, State.UNREPORTED)
    assert (j.missing is None) == (j.value is not None) == (j.as_at is not None)
    if j.value is None:
        assert j.state in (State.NO_DATA, State.UNREPORTED)
        assert j.progress is None and j.pace is None and j.required is None and not j.stale
    if j.kind is Kind.RATE:
        assert j.progress is None and j.elapsed is None and j.pace is None and j.required is None
    if j.due_on is None:
        assert j.pace is None and j.required is None and j.state is not State.UNREPORTED
        assert j.state is not State.MISSED
    if j.terms.whole_units and j.expected is not None:
        assert j.expected == j.expected.to_integral_value()
    if State.ACHIEVED in (j.state, j.state_if_fresh) and not j.qualifier.lower_bound:
        assert j.comparator.satisfied_by(j.value, j.target)
    if State.MISSED in (j.state, j.state_if_fresh) and j.kind is not Kind.RATE:
        assert j.as_at >= j.due_on
    if j.required is not None:
        assert j.required.times >= 0 and j.required.quarters_left > 0
    return judgement


@for_every(promises(), histories(), reports, quarters, days)
def test_every_park_gets_a_finite_answer(terms, figures, report, quarter, known_on):
    check(judge(terms, figures, report, quarter, known_on))


@for_every(promises(), published, quarters, days)
def test_every_published_target_gets_a_finite_answer(terms, readings, quarter, known_on):
    check(judge_readings(terms, readings, quarter, known_on))


@for_every(
    promises(),
    st.lists(st.tuples(st.sampled_from("abcd"), promises(), histories()), max_size=5),
    published,
    quarters,
    days,
)
def test_every_joint_pledge_gets_a_finite_answer(terms, commitments, readings, quarter, known_on):
    parts = [
        Part(key, judge(own, figures, NOT_ASKED, quarter, known_on), own.target)
        for key, own, figures in commitments
    ]
    joint = judge_joint(terms, parts, quarter, known_on, readings=readings)
    check(joint.judgement)
    assert joint.pledging == len({part.key for part in parts})
    assert joint.reported + len(joint.missing_keys) == joint.pledging
    assert joint.coverage is None or joint.coverage.is_finite()
    if terms.kind is not Kind.RATE:
        known = [part.judgement.value for part in parts if part.judgement.value is not None]
        assert (joint.known_sum is None) == (not known)
        assert Fraction(joint.known_sum or 0) == sum(map(Fraction, known))
    if not joint.published and joint.judgement.value is not None:
        assert joint.judgement.value == joint.known_sum
        said = joint.judgement.state_if_fresh or joint.judgement.state
        assert said is State.ACHIEVED or not joint.missing_keys


@for_every(promises(), histories(), st.sampled_from(list(Standing)), quarters, days)
def test_a_park_that_was_not_asked_is_never_accused_of_silence(terms, figures, standing, quarter, known_on):
    report = ReportStatus(False, date(2021, 1, 1), standing)
    assert judge(terms, figures, report, quarter, known_on).state is not State.UNREPORTED


@for_every(promises(dated=st.just(True)), histories(), reports, quarters, days)
def test_unreported_is_said_only_of_the_last_quarter_and_only_after_its_deadline(
    terms, figures, report, quarter, known_on
):
    judgement = judge(terms, figures, report, quarter, known_on)
    if judgement.state is State.UNREPORTED:
        assert judgement.quarter == terms.due_quarter
        assert report.expected and report.due_on < known_on
        assert report.standing in (Standing.MISSING, Standing.DRAFT)


# --- falling mirrors rising ------------------------------------------------------------------------------


def _mirrored(terms):
    return replace(
        terms,
        comparator=MIRROR[terms.comparator],
        target=-terms.target,
        baseline=None if terms.baseline is None else -terms.baseline,
        milestones=tuple(Milestone(m.on, -m.value) for m in terms.milestones),
    )


@for_every(promises(), histories(), reports, quarters, days)
def test_a_falling_target_is_judged_as_the_mirror_of_a_rising_one(terms, figures, report, quarter, known_on):
    mirrored = [replace(f, value=None if f.value is None else -f.value) for f in figures]
    one = judge(terms, figures, report, quarter, known_on)
    other = judge(_mirrored(terms), mirrored, report, quarter, known_on)
    same = ("state", "state_if_fresh", "rule", "missing", "progress", "elapsed", "pace", "required", "basis")
    assert [getattr(one, name) for name in same] == [getattr(other, name) for name in same]
    for name in ("value", "expected", "baseline"):
        ours, theirs = getattr(one, name), getattr(other, name)
        assert (ours is None and theirs is None) or ours == -theirs


# --- zero, missing, equal --------------------------------------------------------------------------------


@for_every(promises(kinds=[Kind.STOCK, Kind.ANNUAL]), histories(), reports, quarters, days)
def test_an_unknown_baseline_counts_as_nought_and_says_so(terms, figures, report, quarter, known_on):
    unknown = judge(replace(terms, baseline=None), figures, report, quarter, known_on)
    nought = judge(replace(terms, baseline=Decimal(0)), figures, report, quarter, known_on)
    assert not unknown.baseline_known and nought.baseline_known
    for name in ("state", "state_if_fresh", "value", "expected", "progress", "elapsed", "pace"):
        assert getattr(unknown, name) == getattr(nought, name)


@for_every(promises(kinds=[Kind.CUMULATIVE]), histories(), reports, quarters, days)
def test_the_baseline_of_a_cumulative_pledge_is_nought_whatever_is_noted(
    terms, figures, report, quarter, known_on
):
    judgement = judge(terms, figures, report, quarter, known_on)
    assert judgement.baseline == 0 and judgement.baseline_known


@for_every(promises(kinds=[Kind.STOCK, Kind.ANNUAL]), numbers(), histories(), reports, quarters, days)
def test_where_the_start_is_at_or_past_the_target_there_is_no_progress_and_no_pace(
    terms, head_start, figures, report, quarter, known_on
):
    past = abs(head_start) if terms.comparator.rising else -abs(head_start)
    terms = replace(terms, baseline=terms.target + past)
    judgement = check(judge(terms, figures, report, quarter, known_on))
    assert judgement.progress is None and judgement.pace is None and judgement.expected is None
    said = judgement.state_if_fresh or judgement.state
    assert said not in (State.TOO_EARLY, State.WATCH, State.ON_TRACK)
    if terms.due_on is None:
        assert said is not State.BEHIND


@for_every(promises(), numbers(), quarters)
def test_a_reported_zero_is_a_value_and_a_missing_one_is_not(terms, _, quarter):
    known_on = quarter.ends_on + timedelta(1)
    capped = terms.capped(quarter)
    last_in_year = Quarter(capped.year - 1, 4) if terms.kind is Kind.ANNUAL else capped
    zero = judge(terms, [Reported(last_in_year, Decimal(0))], NOT_ASKED, quarter, known_on)
    silent = judge(terms, [], NOT_ASKED, quarter, known_on)
    absent = judge(terms, [Reported(last_in_year, None, not_applicable=True)], NOT_ASKED, quarter, known_on)
    assert zero.value == 0 and zero.missing is None
    assert silent.value is None and silent.missing is Missing.NEVER_REPORTED
    assert absent.value is None and absent.missing is Missing.NOT_APPLICABLE


# --- the line --------------------------------------------------------------------------------------------


@for_every(promises(kinds=[Kind.CUMULATIVE, Kind.STOCK, Kind.ANNUAL], milestones=0), days, days)
def test_what_is_expected_only_ever_moves_towards_the_target(terms, one_day, another):
    earlier, later = sorted((one_day, another))
    before, after = expected_on(terms, earlier), expected_on(terms, later)
    if before is None:
        assert after is None
        return
    assert before <= after if terms.comparator.rising else before >= after
    assert elapsed_on(terms, earlier) <= elapsed_on(terms, later)


@for_every(promises(kinds=[Kind.CUMULATIVE, Kind.STOCK, Kind.ANNUAL], dated=st.just(True)), days)
def test_the_line_passes_through_the_start_the_milestones_and_the_end(terms, day):
    for on, value in line_points(terms):
        if on == terms.start_on == terms.due_on:
            continue
        exact = Fraction(value)
        expected = Fraction(expected_on(terms, on))
        if terms.whole_units:
            short_by = exact - expected if terms.comparator.rising else expected - exact
            assert 0 <= short_by < 1
        else:
            assert abs(expected - exact) <= Fraction(1, 200)
    if line_points(terms):
        at_end = expected_on(terms, terms.due_on)
        assert expected_on(terms, max(day, terms.due_on)) == at_end
        if terms.start_on < terms.due_on:
            assert expected_on(terms, min(day, terms.start_on)) == expected_on(terms, terms.start_on)


@for_every(promises(dated=st.just(True)), histories(), reports, quarters, days, st.integers(1, 12))
def test_a_question_after_the_end_is_answered_for_the_end(terms, figures, report, _, known_on, later):
    at_end = judge(terms, figures, report, terms.due_quarter, known_on)
    after = judge(terms, figures, report, terms.due_quarter + later, known_on)
    assert after.capped and not at_end.capped
    assert replace(after, asked=at_end.asked) == at_end


@for_every(promises(kinds=[Kind.CUMULATIVE, Kind.STOCK], dated=st.just(True)), numbers(), days)
def test_a_term_that_ends_in_mid_quarter_is_judged_on_that_quarters_figure(terms, value, known_on):
    figure = Reported(terms.due_quarter, value)
    judgement = judge(terms, [figure], NOT_ASKED, terms.due_quarter, known_on)
    assert judgement.as_at == terms.due_quarter.ends_on
    assert judgement.elapsed == 1
    kept = terms.comparator.satisfied_by(value, terms.target)
    assert judgement.state is (State.ACHIEVED if kept else State.MISSED)


# --- what is known, and when -----------------------------------------------------------------------------


@for_every(promises(), histories(), reports, quarters, days)
def test_figures_after_the_quarter_and_the_order_of_figures_change_nothing(
    terms, figures, report, quarter, known_on
):
    judgement = judge(terms, figures, report, quarter, known_on)
    until = [f for f in figures if f.quarter <= terms.capped(quarter)]
    assert judge(terms, list(reversed(until)), report, quarter, known_on) == judgement


@for_every(promises(), published, quarters, days)
def test_readings_of_later_quarters_change_only_whether_the_publisher_is_silent(
    terms, readings, quarter, known_on
):
    judgement = judge_readings(terms, readings, quarter, known_on)
    until = [r for r in readings if r.quarter <= terms.capped(quarter)]
    without = judge_readings(terms, until, quarter, known_on)
    if without.state is State.UNREPORTED:
        assert (judgement.value, judgement.missing) == (without.value, without.missing)
    else:
        assert judgement == without


@for_every(
    promises(kinds=[Kind.CUMULATIVE], comparators=[Comparator.GE, Comparator.GT]),
    st.lists(st.integers(0, 20), min_size=1, max_size=16),
    reports,
    st.integers(0, 20),
    days,
)
def test_a_cumulative_pledge_that_is_achieved_is_never_lost(terms, added, report, later, known_on):
    total, figures = Decimal(0), []
    terms = replace(terms, target=abs(terms.target) % 100)
    for step, more in enumerate(added):
        total += more
        figures.append(Reported(Quarter(2023, 1) + step, total))
    reached = next((f for f in figures if terms.comparator.satisfied_by(f.value, terms.target)), None)
    assume(reached is not None)
    assume(terms.due_on is None or reached.quarter <= terms.due_quarter)
    assert judge(terms, figures, report, reached.quarter + later, known_on).state is State.ACHIEVED


# --- the four quarters of a year --------------------------------------------------------------------------


@for_every(st.lists(st.integers(0, 1000), min_size=12, max_size=12), st.sets(st.integers(0, 11)))
def test_an_annual_value_is_the_last_four_quarters_or_unknown(per_quarter, gaps):
    first = Quarter(2022, 1)
    figures, total = [], 0
    for step, more in enumerate(per_quarter):
        quarter = first + step
        total = more if quarter.number == 1 else total + more
        if step not in gaps:
            figures.append(Reported(quarter, Decimal(total)))
    values = judged_values(Kind.ANNUAL, figures)
    for step in range(12):
        quarter = first + step
        needed = {step} if quarter.number == 4 else {step, step - quarter.number, step - 4}
        if any(n < 0 or n in gaps for n in needed):
            assert quarter not in values
        else:
            assert values[quarter] == sum(per_quarter[step - 3 : step + 1])


@for_every(promises(kinds=[Kind.ANNUAL]), histories(), quarters, days)
def test_half_a_year_is_never_held_against_a_whole_one(terms, figures, quarter, known_on):
    judgement = judge(terms, figures, NOT_ASKED, quarter, known_on)
    if judgement.value is not None and judgement.figure_quarter.number != 4:
        parts = judgement.annual_sum
        assert Fraction(judgement.value) == (
            Fraction(parts.this_year) + Fraction(parts.last_full_year) - Fraction(parts.last_year_to_then)
        )
    if judgement.missing is Missing.INCOMPLETE_YEAR:
        assert not any(
            f.has_value and f.quarter.number == 4 for f in figures if f.quarter <= judgement.quarter
        )


# --- published lower bounds -------------------------------------------------------------------------------


@for_every(
    promises(),
    numbers(),
    st.sampled_from([Qualifier.MORE_THAN, Qualifier.AT_LEAST]),
    st.integers(2023, 2027),
)
@example(
    Terms(Kind.STOCK, 0, Comparator.GT, Decimal(4000), date(2023, 8, 15), date(2025, 12, 31)),
    Decimal(4000),
    Qualifier.AT_LEAST,
    2025,
)
def test_a_lower_bound_proves_what_it_proves_and_accuses_nobody(terms, value, qualifier, year):
    reading = Published(date(year, 1, 1), date(year, 12, 31), value, qualifier, date(year, 12, 31))
    judgement = judge_readings(terms, [reading], Quarter(year, 4), date(year + 1, 1, 15))
    assert judgement.state in (State.ACHIEVED, State.NO_DATA, State.UNREPORTED)
    if judgement.state is State.ACHIEVED:
        assert terms.comparator.rising and value >= terms.target
        assert value > terms.target or (qualifier, terms.comparator) != (Qualifier.AT_LEAST, Comparator.GT)
