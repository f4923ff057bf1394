"""What of the parks needs a person in a quarter: how much of each kind, whose it is, and the worst of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from changchun_innovation.shared.params import day_of
from changchun_innovation.shared.progress import State
from changchun_innovation.shared.quarters import Quarter
from parks.flags import falling_since, restated_on
from parks.ledger import Ledger, ParkFacts
from parks.queries import CommitmentLine, ParkScorecard
from targets.queries import IndicatorFacts

# States that need a person, the worst first.
STATES_IN_NEED = (State.MISSED, State.BEHIND, State.UNREPORTED, State.WATCH, State.STALE)
MOST_CASES = 3
MOST_NAMED = 4


@dataclass(frozen=True)
class Case:
    """A commitment (with its `indicator`) or a report (of its `quarter`) in need; `since` when, or on which `day`."""

    park: ParkFacts
    indicator: IndicatorFacts | None = None
    quarter: Quarter | None = None
    since: Quarter | None = None
    day: date | None = None


@dataclass(frozen=True)
class Gathered:
    """Everything in need for one reason: how many cases, the names of the first parks of how many, the first cases."""

    count: int
    names: tuple[str, ...]
    parks: int
    cases: tuple[Case, ...]


@dataclass(frozen=True)
class InNeed:
    """What needs a person, by reason; None where nothing does.

    The longest comes first, of corrections the latest; among equals the order is that of the scorecards.
    """

    states: dict[State, Gathered]
    falling: Gathered | None
    restated: Gathered | None
    overdue: Gathered | None
    returned: Gathered | None


def gathered(cases: Iterable[Case]) -> Gathered | None:
    """Cases in their order as a whole; None for none."""
    cases = list(cases)
    if not cases:
        return None
    names = list(dict.fromkeys(case.park.name for case in cases))
    return Gathered(len(cases), tuple(names[:MOST_NAMED]), len(names), tuple(cases[:MOST_CASES]))


def in_need(ledger: Ledger, cards: Iterable[ParkScorecard], quarter: Quarter) -> InNeed:
    """Worked out from the judgements of every commitment and the reports of every park up to the quarter."""
    lines = [line for card in cards for line in card.lines]
    by_state = {
        state: gathered(
            _longest_first(_case(line, since=line.since) for line in lines if line.judgement.state == state)
        )
        for state in STATES_IN_NEED
    }
    falling = [
        _case(line, since=since) for line in lines if (since := falling_since(ledger, line.pledge, quarter))
    ]
    restated = [_case(line, day=day) for line in lines if (day := restated_on(ledger, line.pledge, quarter))]
    reports = sorted(
        (report for report in ledger.reports() if report.quarter <= quarter),
        key=lambda report: report.quarter,
    )
    return InNeed(
        states={state: found for state, found in by_state.items() if found},
        falling=gathered(_longest_first(falling)),
        restated=gathered(sorted(restated, key=lambda case: case.day, reverse=True)),
        overdue=gathered(
            Case(report.park, quarter=report.quarter, day=report.due_on)
            for report in reports
            if report.overdue and report.standing != "returned"
        ),
        returned=gathered(
            Case(
                report.park,
                quarter=report.quarter,
                day=day_of(report.returned_at) if report.returned_at else None,
            )
            for report in reports
            if "returned" in (report.standing, report.open_standing)
        ),
    )


def _case(line: CommitmentLine, since: Quarter | None = None, day: date | None = None) -> Case:
    return Case(line.pledge.park, indicator=line.pledge.indicator, since=since, day=day)


def _longest_first(cases: Iterable[Case]) -> list[Case]:
    return sorted(cases, key=lambda case: (case.since is None, str(case.since or "")))
