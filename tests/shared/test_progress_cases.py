"""Worked cases: what the judge must say, with the arithmetic beside it for a reader to check by hand.

The tables `worked_figures.csv` (parks), `worked_readings.csv` (published values) and `worked_joint.csv`
(parks added up) hold the questions and, in the same row, answers that were computed by hand.
"""

import csv
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from changchun_innovation.shared.numbers import plain
from changchun_innovation.shared.progress import (
    NOT_ASKED,
    Milestone,
    Part,
    Published,
    Reported,
    ReportStatus,
    Standing,
    Terms,
    judge,
    judge_joint,
    judge_readings,
)
from changchun_innovation.shared.quarters import Quarter

HERE = Path(__file__).parent
ANSWERS = ("value", "expected", "progress", "elapsed", "pace", "state", "state_if_fresh", "missing")


def _rows(name):
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return [pytest.param(row, id=row["case"]) for row in csv.DictReader(file)]


FIGURES, READINGS, JOINT = (_rows(f"worked_{name}.csv") for name in ("figures", "readings", "joint"))


# --- reading the tables ----------------------------------------------------------------------------------


def _pairs(cell):
    return [tuple(pair.strip().split("=")) for pair in cell.split(";") if pair.strip()]


def _terms(row, decimals=0, **changes):
    given = {
        "kind": row["kind"],
        "decimals": int(row.get("decimals") or decimals),
        "comparator": row["comparator"],
        "target": Decimal(row["target"]),
        "start_on": date.fromisoformat(row["start"]),
        "due_on": date.fromisoformat(row["due"]) if row["due"] else None,
        "baseline": Decimal(row["baseline"]) if row["baseline"] else None,
        "milestones": [
            Milestone(date.fromisoformat(on), Decimal(value))
            for on, value in _pairs(row.get("milestones") or "")
        ],
    }
    return Terms(**{**given, **changes})


def _figures(cell):
    return [
        Reported(Quarter.parse(quarter), None if value == "n/a" else Decimal(value), value == "n/a")
        for quarter, value in _pairs(cell)
    ]


def _report(cell):
    if cell == "not asked":
        return NOT_ASKED
    standing, *rest = cell.split()
    due_on = date.fromisoformat(rest[1]) if rest else None
    return ReportStatus(due_on is not None, due_on, Standing(standing), waiting="waiting" in rest)


def _readings(row):
    """The readings of the cell that are published on the day of the question: the asker leaves out the rest."""
    written = re.compile(r"([0-9-]*)\.\.([0-9-]+)=([0-9.]+) ([a-z-]+) ([0-9-]+)")
    found = [written.fullmatch(part).groups() for part in row["readings"].split(";") if part]
    return [
        Published(
            date.fromisoformat(first) if first else None,
            date.fromisoformat(last),
            Decimal(value),
            qualifier,
            date.fromisoformat(published),
        )
        for first, last, value, qualifier, published in found
        if published <= row["known_on"]
    ]


def _parts(row):
    written = re.compile(r"(\S+) (\S+?)(?: from (\S+?))?:(.*)")
    parts = []
    for cell in filter(None, row["parts"].split(";")):
        park, pledge, baseline, figures = written.fullmatch(cell).groups()
        terms = _terms(row, target=Decimal(pledge), baseline=Decimal(baseline) if baseline else None)
        judgement = judge(terms, _figures(figures), NOT_ASKED, *_question(row))
        parts.append(Part(park, judgement, terms.target))
    return parts


def _question(row):
    return Quarter.parse(row["quarter"]), date.fromisoformat(row["known_on"])


def _answers(judgement):
    return {
        "value": plain(judgement.value),
        "expected": plain(judgement.expected),
        "progress": plain(judgement.progress),
        "elapsed": plain(judgement.elapsed),
        "pace": plain(judgement.pace),
        "state": str(judgement.state),
        "state_if_fresh": judgement.state_if_fresh or "",
        "missing": judgement.missing or "",
    }


def _expected(row, *more):
    return {column: row[column] for column in (*ANSWERS, *more)}


# --- the cases -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", FIGURES)
def test_a_park_is_judged_as_computed_by_hand(row):
    judgement = judge(_terms(row), _figures(row["figures"]), _report(row["report"]), *_question(row))
    required = plain(judgement.required.times) if judgement.required else ""
    assert {**_answers(judgement), "required": required} == _expected(row, "required")


@pytest.mark.parametrize("row", READINGS)
def test_a_published_value_is_judged_as_computed_by_hand(row):
    judgement = judge_readings(_terms(row), _readings(row), *_question(row))
    required = plain(judgement.required.times) if judgement.required else ""
    said = {**_answers(judgement), "required": required, "qualifier": judgement.qualifier or ""}
    assert said == _expected(row, "required", "qualifier")


@pytest.mark.parametrize("row", JOINT)
def test_a_joint_pledge_is_judged_as_computed_by_hand(row):
    joint = judge_joint(_terms(row), _parts(row), *_question(row), readings=_readings(row))
    said = {
        **_answers(joint.judgement),
        "known_sum": plain(joint.known_sum),
        "reported": f"{joint.reported} of {joint.pledging}",
        "missing_parks": " ".join(joint.missing_keys),
        "stale_parks": " ".join(joint.stale_keys),
        "pledged": plain(joint.pledged),
        "coverage": plain(joint.coverage),
    }
    more = ("known_sum", "reported", "missing_parks", "stale_parks", "pledged", "coverage")
    assert said == _expected(row, *more)


def test_there_are_at_least_sixty_worked_cases_and_each_shows_its_arithmetic():
    rows = [param.values[0] for param in (*FIGURES, *READINGS, *JOINT)]
    assert len(FIGURES) >= 60
    assert len({row["case"] for row in rows}) == len(rows)
    assert all(len(row["arithmetic"]) > 5 and None not in row for row in rows)
    assert {row["state"] for row in rows} == {
        *("achieved", "unreported", "no_data", "stale", "missed"),
        *("undated", "too_early", "watch", "on_track", "behind"),
    }


# --- what a judgement says besides its numbers -------------------------------------------------------------


def _park_terms(**changes):
    given = {
        "kind": "stock",
        "decimals": 0,
        "comparator": "ge",
        "target": Decimal(20),
        "start_on": date(2023, 8, 15),
        "due_on": date(2026, 8, 15),
    }
    return Terms(**{**given, **changes})


def test_a_judgement_says_that_the_term_ends_in_mid_quarter_and_which_quarter_answers():
    judgement = judge(
        _park_terms(),
        [Reported(Quarter(2026, 3), Decimal(19))],
        NOT_ASKED,
        Quarter(2027, 1),
        date(2027, 5, 1),
    )
    assert judgement.ends_mid_quarter
    assert judgement.capped
    assert (judgement.asked, judgement.quarter) == (Quarter(2027, 1), Quarter(2026, 3))
    assert judgement.as_at == judgement.read_on == date(2026, 9, 30)
    assert not _park_terms(due_on=date(2026, 9, 30)).ends_mid_quarter


def test_a_judgement_says_that_the_baseline_is_unknown_but_never_of_a_cumulative_pledge():
    question = (NOT_ASKED, Quarter(2025, 2), date(2025, 7, 20))
    assert not judge(_park_terms(), [], *question).baseline_known
    assert judge(_park_terms(baseline=Decimal(0)), [], *question).baseline_known
    assert judge(_park_terms(kind="cumulative"), [], *question).baseline_known


def test_the_expected_value_says_whether_it_rests_on_a_guess_or_on_milestones():
    milestone = (Milestone(date(2025, 1, 1), Decimal(8)),)
    assert _park_terms().basis == "line"
    assert _park_terms(milestones=milestone).basis == "milestones"
    assert _park_terms(milestones=(Milestone(date(2030, 1, 1), Decimal(8)),)).basis == "line"
    assert _park_terms(kind="rate").basis == "threshold"
    assert _park_terms(due_on=None, milestones=milestone).basis == "none"
    assert _park_terms(baseline=Decimal(20)).basis == "none"


def test_an_annual_value_shows_the_three_numbers_it_was_made_of():
    figures = [
        Reported(Quarter(2024, 2), Decimal("2.5")),
        Reported(Quarter(2024, 4), Decimal(6)),
        Reported(Quarter(2025, 2), Decimal("3.5")),
    ]
    judgement = judge(
        _park_terms(kind="annual", decimals=2), figures, NOT_ASKED, Quarter(2025, 2), date(2025, 7, 20)
    )
    parts = judgement.annual_sum
    assert (parts.this_year, parts.last_full_year, parts.last_year_to_then) == (
        Decimal("3.5"),
        Decimal(6),
        Decimal("2.5"),
    )
    assert judgement.figure == Decimal("3.5")
    assert judgement.value == Decimal(7)


def test_a_lower_bound_that_proves_nothing_is_still_shown():
    reading = Published(None, date(2024, 12, 31), Decimal(50), "at-least", date(2025, 2, 1))
    judgement = judge_readings(
        _park_terms(target=Decimal(100)), [reading], Quarter(2024, 4), date(2025, 3, 1)
    )
    assert judgement.value is None and judgement.as_at is None
    assert (judgement.figure, judgement.figure_on) == (Decimal(50), date(2024, 12, 31))


def test_an_achievement_by_a_derived_value_says_so():
    reading = Published(None, date(2024, 12, 31), Decimal(120), "derived", date(2025, 2, 1))
    judgement = judge_readings(
        _park_terms(target=Decimal(100)), [reading], Quarter(2024, 4), date(2025, 3, 1)
    )
    assert judgement.state == "achieved" and judgement.derived


def test_a_corrupt_number_never_reaches_the_judge():
    for number in (Decimal("NaN"), Decimal("Infinity"), 1.5):
        with pytest.raises(ValueError):
            _park_terms(target=number)
        with pytest.raises(ValueError):
            _park_terms(baseline=number)
        with pytest.raises(ValueError):
            Reported(Quarter(2025, 1), number)
        with pytest.raises(ValueError):
            Published(None, date(2025, 1, 1), number, "exact", date(2025, 1, 1))
        with pytest.raises(ValueError):
            Milestone(date(2025, 1, 1), number)
    with pytest.raises(ValueError):
        _park_terms(due_on=date(2023, 8, 14))
    with pytest.raises(ValueError):
        judge(
            _park_terms(),
            [Reported(Quarter(2025, 1), Decimal(1)), Reported(Quarter(2025, 1), Decimal(2))],
            NOT_ASKED,
            Quarter(2025, 1),
            date(2025, 4, 20),
        )
