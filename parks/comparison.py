"""The parks side by side in a quarter: scorecards, attainment by indicator, and every commitment by need."""

from dataclasses import dataclass, replace
from datetime import date

from django.utils.translation import gettext as _

from changchun_innovation.shared.filters import Choice, Facet, Narrowed, narrow
from changchun_innovation.shared.progress import Judgement
from changchun_innovation.shared.quarters import Quarter
from changchun_innovation.shared.why import Why
from changchun_innovation.shared.wording import STATE_WORDS
from parks.checklist import WANT_WORDS, Finding, checklist, counted
from parks.flags import FLAG_WORDS, Flag, flags
from parks.ledger import Ledger
from parks.portrait import is_over, neediest_first, offered_quarters, summary
from parks.queries import NEED, ParkScorecard, report_word, scorecards, term_quarters
from targets.queries import IndicatorFacts


@dataclass(frozen=True)
class Attainment:
    """One cell of parks × indicators: a judged commitment and how it is read aloud."""

    judgement: Judgement
    commitment: str
    label: str
    why: Why
    park: str
    anchor: str


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
    rows: tuple[ParkRow, ...]
    indicators: tuple[IndicatorFacts, ...]
    lines: Narrowed
    term_over: bool
    wants: tuple[tuple[str, int], ...]

    @property
    def judged_file(self) -> dict:
        """The filter by which a file holds what this page judges; after the term the file is whole."""
        return {"quarter": str(self.quarter) if self.quarter in self.term else None}


def comparison(quarter: Quarter, known_on: date, query) -> Comparison:
    """Every park in a quarter, the neediest first; a fixed number of queries, whatever the number of parks."""
    ledger = Ledger.of(known_on)
    cards = scorecards(ledger, quarter)
    lines = neediest_first(line for card in cards for line in card.lines)
    indicators = pledged_indicators(cards)
    rows = tuple(
        replace(row, findings=_findings(ledger, row.card)) for row in park_rows(cards, indicators, known_on)
    )
    wanted = counted(finding for row in rows for finding in row.findings)
    return Comparison(
        quarter=quarter,
        quarters=offered_quarters(ledger),
        term=tuple(term_quarters(ledger)),
        rows=rows,
        indicators=indicators,
        lines=narrow(lines, _facets(ledger, indicators, quarter), query),
        term_over=is_over(lines),
        wants=tuple((str(WANT_WORDS[want]), count) for want, count in wanted.items()),
    )


def _findings(ledger: Ledger, card: ParkScorecard) -> tuple[Finding, ...]:
    return checklist(ledger, [line.pledge for line in card.lines], card.quarter)


def pledged_indicators(cards: list[ParkScorecard]) -> tuple[IndicatorFacts, ...]:
    """Every indicator that some park pledged: the ones that most parks share first."""
    pledging: dict[IndicatorFacts, int] = {}
    for card in cards:
        for line in card.lines:
            pledging[line.pledge.indicator] = pledging.get(line.pledge.indicator, 0) + 1
    return tuple(sorted(pledging, key=lambda each: (-pledging[each], each.order)))


def park_rows(
    cards: list[ParkScorecard], indicators: tuple[IndicatorFacts, ...], known_on: date
) -> tuple[ParkRow, ...]:
    """The parks × indicators of some scorecards, in their order."""
    return tuple(_row(card, indicators, known_on) for card in cards)


def _row(card: ParkScorecard, indicators: tuple[IndicatorFacts, ...], known_on: date) -> ParkRow:
    cells = {
        line.pledge.indicator.code: Attainment(
            judgement=line.judgement,
            commitment=line.code,
            label=f"{card.park.name} {line.pledge.indicator.name}",
            why=line.why,
            park=card.park.code,
            anchor=line.pledge.indicator.code,
        )
        for line in card.lines
    }
    return ParkRow(
        card=card,
        report_word=report_word(card.report, known_on),
        summary=summary(card),
        cells=tuple(cells.get(indicator.code) for indicator in indicators),
    )


def _facets(ledger: Ledger, indicators: tuple[IndicatorFacts, ...], quarter: Quarter) -> tuple[Facet, ...]:
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
            tuple(Choice(park.code, park.name) for park in ledger.parks),
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
            lambda line: flags(ledger, line.pledge, quarter),
        ),
    )
