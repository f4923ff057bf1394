"""The parks side by side in a quarter: scorecards, attainment by indicator, and every commitment by need."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date

from django.utils.translation import gettext as _

from changchun_innovation.shared.filters import Choice, Facet, Narrowed, narrow
from changchun_innovation.shared.paging import Part, part_of
from changchun_innovation.shared.progress import Judgement
from changchun_innovation.shared.quarters import Quarter
from changchun_innovation.shared.remembered import once
from changchun_innovation.shared.why import Why
from changchun_innovation.shared.wording import STATE_WORDS
from parks.carried import city_ledger
from parks.checklist import WANT_WORDS, Finding, checklist, counted
from parks.flags import FLAG_WORDS, Flag, flags
from parks.ledger import Ledger, ParkFacts
from parks.models import Park
from parks.portrait import is_over, neediest_first, offered_quarters, summary
from parks.queries import NEED, CommitmentLine, ParkScorecard, report_word, scorecards, term_quarters
from parks.shortlist import WHOLE_UP_TO, bears, wanted_name
from targets.queries import IndicatorFacts

PARKS_TO_A_PAGE = 25
COMMITMENTS_TO_A_PAGE = 50


@dataclass(frozen=True)
class Attainment:
    """One cell of parks × indicators: a judged commitment and how it is read aloud."""

    line: CommitmentLine
    label: str

    @property
    def judgement(self) -> Judgement:
        return self.line.judgement

    @property
    def commitment(self) -> str:
        return self.line.code

    @property
    def why(self) -> Why:
        """The reasoning, worked out only for a cell that is shown."""
        return self.line.why


@dataclass(frozen=True)
class ParkRow:
    """One park: its scorecard in words, and its cells; None where it pledged nothing."""

    card: ParkScorecard
    report_word: str
    summary: str
    cells: tuple[Attainment | None, ...]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Comparison:
    quarter: Quarter
    quarters: tuple[Quarter, ...]
    term: tuple[Quarter, ...]
    parks: Part
    every_park: int
    find: str
    indicators: tuple[IndicatorFacts, ...]
    lines: Narrowed
    shown: Part
    term_over: bool
    wants: tuple[tuple[str, int], ...]
    # Of very many parks what their pledges want is not added up.
    wants_left_out: bool = False

    @property
    def judged_file(self) -> dict:
        """The filter by which a file holds what this page judges; after the term the file is whole."""
        return {"quarter": str(self.quarter) if self.quarter in self.term else None}

    @property
    def messages(self) -> tuple[str, ...]:
        """What of the address could not be read."""
        return (*self.lines.messages, *self.parks.messages, *self.shown.messages)

    @property
    def offers_find(self) -> bool:
        """Whether there are so many parks that a reader looks for one by name."""
        return bool(self.find) or self.every_park > WHOLE_UP_TO


def comparison(quarter: Quarter, known_on: date, query) -> Comparison:
    """Every park in a quarter, the neediest first, in parts; the number of queries does not depend on how many.

    `query` (a QueryDict) may ask for parks by name, for one part of either list, and narrow the commitments.
    """
    ledger = city_ledger(known_on)
    name = wanted_name(query)
    every = scorecards(ledger, quarter)
    cards = [card for card in every if not name or bears(card.park, name)]
    indicators = pledged_indicators(every)
    findings = {card.park.code: findings_of(ledger, card) for card in cards}
    wanted = counted(finding for found in findings.values() for finding in found)
    parks = part_of(cards, query.get("page", ""), key="page", size=PARKS_TO_A_PAGE)
    rows = park_rows(list(parks.rows), indicators, known_on, findings)
    lines = narrow(
        neediest_first(line for card in cards for line in card.lines),
        commitment_facets(ledger.parks, indicators, lambda line: flags(ledger, line.pledge, quarter)),
        query,
    )
    return Comparison(
        quarter=quarter,
        quarters=offered_quarters(ledger),
        term=tuple(term_quarters(ledger)),
        parks=replace(parks, rows=rows),
        every_park=len(every),
        find=name,
        indicators=indicators,
        lines=lines,
        shown=part_of(lines.rows, query.get("list", ""), key="list", size=COMMITMENTS_TO_A_PAGE),
        term_over=is_over([line for card in every for line in card.lines]),
        wants=tuple((str(WANT_WORDS[want]), count) for want, count in wanted.items()),
    )


def findings_of(ledger: Ledger, card: ParkScorecard) -> tuple[Finding, ...]:
    """Everything that the commitments of a scorecard want in themselves."""
    pledges = [line.pledge for line in card.lines]
    return once(card, "findings", lambda: checklist(ledger, pledges, card.quarter))


def pledged_indicators(cards: list[ParkScorecard]) -> tuple[IndicatorFacts, ...]:
    """Every indicator that some park pledged: the ones that most parks share first."""
    pledging: dict[IndicatorFacts, int] = {}
    for card in cards:
        for line in card.lines:
            pledging[line.pledge.indicator] = pledging.get(line.pledge.indicator, 0) + 1
    return tuple(sorted(pledging, key=lambda each: (-pledging[each], each.order)))


def park_rows(
    cards: list[ParkScorecard],
    indicators: tuple[IndicatorFacts, ...],
    known_on: date,
    findings: dict[str, tuple[Finding, ...]] | None = None,
) -> tuple[ParkRow, ...]:
    """The parks × indicators of some scorecards, in their order; `findings` by the code of the park."""
    columns = tuple(indicator.code for indicator in indicators)

    def row(card: ParkScorecard) -> ParkRow:
        found = findings[card.park.code] if findings else ()
        question = ("row", columns, findings is not None)
        return once(card, question, lambda: _row(card, indicators, known_on, found))

    return tuple(row(card) for card in cards)


def _row(
    card: ParkScorecard,
    indicators: tuple[IndicatorFacts, ...],
    known_on: date,
    findings: tuple[Finding, ...],
) -> ParkRow:
    cells = {
        line.pledge.indicator.code: Attainment(
            line=line, label=f"{card.park.name} {line.pledge.indicator.name}"
        )
        for line in card.lines
    }
    return ParkRow(
        card=card,
        report_word=report_word(card.report, known_on),
        summary=summary(card),
        cells=tuple(cells.get(indicator.code) for indicator in indicators),
        findings=findings,
    )


def commitment_facets(
    parks: Iterable[ParkFacts | Park],
    indicators: Iterable[IndicatorFacts],
    flags_of: Callable[[CommitmentLine], frozenset[str]],
) -> tuple[Facet, ...]:
    """By what a list of commitments may be narrowed."""
    return (
        Facet(
            "state",
            _("状态"),
            tuple(Choice(str(state), str(STATE_WORDS[str(state)])) for state in NEED),
            lambda line: str(line.judgement.state),
        ),
        Facet(
            "park",
            _("所属园区"),
            tuple(Choice(park.code, park.name) for park in parks),
            lambda line: line.pledge.park.code,
        ),
        Facet(
            "indicator",
            _("指标"),
            tuple(Choice(each.code, each.name) for each in indicators),
            lambda line: line.pledge.indicator.code,
        ),
        Facet(
            "flag",
            _("变动"),
            tuple(Choice(str(flag), str(FLAG_WORDS[flag])) for flag in Flag),
            flags_of,
        ),
    )
