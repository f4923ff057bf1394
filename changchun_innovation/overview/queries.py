"""What the home page says: the city, the joint pledges and the parks of one quarter, as known on one day."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from changchun_innovation.overview.answer import answer
from changchun_innovation.overview.attention import AttentionItem, attention
from changchun_innovation.overview.closing import is_over
from changchun_innovation.shared.progress import Judgement, State
from changchun_innovation.shared.quarters import Quarter
from changchun_innovation.shared.remembered import once
from changchun_innovation.shared.why import Why
from institutions.queries import city_government
from parks.carried import city_ledger
from parks.comparison import ParkRow, park_rows, pledged_indicators
from parks.in_need import in_need
from parks.joint import JointPledge, joint_pledges
from parks.ledger import Ledger
from parks.queries import DisciplineRow, ParkScorecard, discipline, scorecards, term_quarters
from parks.shortlist import Shortlist, in_discipline, in_matrix
from targets.explained import why_target
from targets.models import Scope
from targets.queries import IndicatorFacts, Promise, ReadingFacts, promises


@dataclass(frozen=True)
class TargetLine:
    """One target in a quarter: its judgement and the published value that it rests on."""

    promise: Promise
    judgement: Judgement
    reading: ReadingFacts | None

    @cached_property
    def why(self) -> Why:
        """The reasoning, for the panel that the state opens."""
        return why_target(self.promise, self.judgement)


@dataclass(frozen=True)
class StatesInQuarter:
    """How many commitments stood in which state in one quarter."""

    quarter: Quarter
    counts: dict[State, int]


@dataclass(frozen=True)
class Overview:
    quarter: Quarter
    known_on: date
    quarters: tuple[Quarter, ...]
    reports_in: int
    reports_expected: int
    attention: tuple[AttentionItem, ...]
    city: tuple[TargetLine, ...]
    joint: tuple[JointPledge, ...]
    indicators: tuple[IndicatorFacts, ...]
    matrix: tuple[ParkRow, ...]
    discipline: tuple[DisciplineRow, ...]
    discipline_quarters: tuple[Quarter, ...]
    find: str
    shown_matrix: Shortlist
    shown_discipline: Shortlist
    history: tuple[StatesInQuarter, ...]
    term_over: bool
    some_terms_over: bool
    newer_quarter: Quarter | None

    @property
    def quarter_query(self) -> dict[str, str]:
        """The filter by which a file holds this quarter only."""
        return {"quarter": str(self.quarter)}

    @property
    def no_quarter(self) -> dict[str, None]:
        """For a link whose address names the quarter itself."""
        return {"quarter": None}

    @property
    def answer(self) -> tuple[str, ...]:
        """The page in a few sentences, for its top."""
        return answer(self.attention)

    @property
    def find_query(self) -> dict[str, str]:
        """For the list of all the parks whose name was asked for."""
        return {"find": self.find}

    @property
    def nothing_known(self) -> bool:
        """Whether no promise was known on the day."""
        return not (self.city or self.joint or self.indicators)


def target_line(promise: Promise, quarter: Quarter) -> TargetLine:
    return once(promise, ("line", quarter), lambda: _target_line(promise, quarter))


def _target_line(promise: Promise, quarter: Quarter) -> TargetLine:
    judgement = promise.judgement(quarter)
    return TargetLine(promise, judgement, promise.reading_of(judgement))


def overview(quarter: Quarter, known_on: date, find: str = "") -> Overview:
    """Everything on the home page; a fixed number of queries, whatever the number of parks.

    `find` is a part of a park's name: of many parks the page shows those that bear it, or only the two ends.
    """
    ledger = city_ledger(known_on)
    known = promises(known_on, quarter)
    cards = scorecards(ledger, quarter)
    city = tuple(target_line(promise, quarter) for promise in known if promise.scope == Scope.CITY)
    term = term_quarters(ledger)
    shown = [each for each in term if each <= quarter][-12:]
    reports = [card.report for card in cards if card.report.expected]
    return Overview(
        quarter=quarter,
        known_on=known_on,
        quarters=tuple(quarters_to_offer(term, known_on)),
        reports_in=sum(report.standing in ("submitted", "approved") for report in reports),
        reports_expected=len(reports),
        attention=attention(in_need(ledger, cards, quarter), city, city_government()),
        city=city,
        joint=joint_pledges(ledger, known, quarter),
        indicators=(columns := pledged_indicators(cards)),
        matrix=(rows := park_rows(cards, columns, known_on)),
        discipline=(reported := tuple(discipline(ledger, shown[0], shown[-1])) if shown else ()),
        find=find,
        shown_matrix=in_matrix(rows, find),
        shown_discipline=in_discipline(reported, find),
        discipline_quarters=tuple(shown),
        history=tuple(_history(ledger, shown)),
        term_over=_term_over(cards, city),
        some_terms_over=any(is_over(each.terms, known_on) for each in (*ledger.pledges, *known)),
        newer_quarter=term[-1] if term and term[-1] > quarter else None,
    )


def offered_quarters(known_on: date) -> tuple[Quarter, ...]:
    """The quarters that a page offers: from the conference's to the last one closed, newest first."""
    return tuple(quarters_to_offer([], known_on))


def quarters_to_offer(term: list[Quarter], known_on: date) -> list[Quarter]:
    """The quarters of a term, or from the conference's on, to the last one closed, newest first."""
    last = Quarter.last_closed(known_on)
    first = min(term[0] if term else Quarter(2023, 3), last)
    return Quarter.range(first, last)[::-1]


def _history(ledger: Ledger, quarters: list[Quarter]):
    for quarter in quarters:
        states = ledger.states_in(quarter)
        yield StatesInQuarter(quarter, {state: states.count(state) for state in State if state in states})


def _term_over(cards: list[ParkScorecard], city: tuple[TargetLine, ...]) -> bool:
    """Whether every dated promise of the page is over in the quarter."""
    judgements = [line.judgement for card in cards for line in card.lines] + [line.judgement for line in city]
    dated = [judgement for judgement in judgements if judgement.due_on]
    return bool(dated) and all(judgement.quarter.ends_on >= judgement.due_on for judgement in dated)
