"""Answers about the parks: how each stands, what their pledges add up to, who has not reported."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from changchun_innovation.shared.bilingual import Bilingual
from changchun_innovation.shared.progress import (
    Judgement,
    State,
)
from changchun_innovation.shared.quarters import Quarter
from changchun_innovation.shared.remembered import once
from changchun_innovation.shared.why import Why
from institutions.queries import SourceFacts
from parks.explained import restatement, why_commitment
from parks.ledger import Ledger, ParkFacts, Pledge, PublishedFigure, ReportFacts
from parks.models import Publication
from parks.replies import ReplyFacts, replies
from targets.queries import IndicatorFacts

# What needs a person comes first. A promise nobody reported on says less than one known to be behind.
NEED = (
    State.MISSED,
    State.BEHIND,
    State.UNREPORTED,
    State.WATCH,
    State.STALE,
    State.NO_DATA,
    State.TOO_EARLY,
    State.ON_TRACK,
    State.UNDATED,
    State.ACHIEVED,
)
ACCUSING = (State.MISSED, State.BEHIND)


@dataclass(frozen=True, slots=True)
class CommitmentLine:
    """One commitment of one park in a quarter: the pledge, its judgement, the figure it rests on."""

    pledge: Pledge
    judgement: Judgement
    figure: PublishedFigure | None
    since: Quarter | None
    reply: ReplyFacts | None = None
    restated: tuple[PublishedFigure, ...] = ()

    @property
    def code(self) -> str:
        return self.pledge.code

    @property
    def restatement(self) -> str:
        """Both values of every revised figure that the judged value rests on; '' where none was revised."""
        return restatement(self.pledge, self.restated)

    @property
    def why(self) -> Why:
        """The reasoning, for the panel that the state opens."""
        return once(
            self, "why", lambda: why_commitment(self.pledge, self.judgement, self.restated, self.reply)
        )

    @property
    def ahead(self) -> Decimal | None:
        """How many units the judged value lies above what was expected (negative: below)."""
        if self.judgement.value is None or self.judgement.expected is None:
            return None
        return self.judgement.value - self.judgement.expected


@dataclass(frozen=True)
class ParkScorecard:
    """One park in a quarter: its commitments, the quarter's report, and how many stand in which state."""

    park: ParkFacts
    quarter: Quarter
    lines: tuple[CommitmentLine, ...]
    report: ReportFacts

    @property
    def counts(self) -> dict[State, int]:
        """Commitments by state, the neediest state first; states without one are left out."""
        states = [line.judgement.state for line in self.lines]
        return {state: states.count(state) for state in NEED if state in states}

    @property
    def need(self) -> tuple:
        """Sorting key: more missed, then more behind, … first; then the park's own order."""
        states = [line.judgement.state for line in self.lines]
        return (*(-states.count(state) for state in NEED[:4]), self.park.order, self.park.code)


def commitment_line(
    ledger: Ledger, pledge: Pledge, quarter: Quarter, reply: ReplyFacts | None = None
) -> CommitmentLine:
    """A pledge in a quarter, with the quarter from which it has been in an accusing state without a break."""
    return ledger.once(
        pledge.park, ("line", pledge.key, reply), lambda: _line(ledger, pledge, quarter, reply), quarter
    )


def _line(ledger: Ledger, pledge: Pledge, quarter: Quarter, reply: ReplyFacts | None) -> CommitmentLine:
    judgement = ledger.judgement(pledge, quarter)
    figure = ledger.published(pledge).get(judgement.figure_quarter) if judgement.figure_quarter else None
    since = in_this_state_since(ledger, pledge, quarter, judgement)
    return CommitmentLine(pledge, judgement, figure, since, reply, ledger.restated(pledge, judgement))


def in_this_state_since(
    ledger: Ledger, pledge: Pledge, quarter: Quarter, judgement: Judgement
) -> Quarter | None:
    """The first quarter of the unbroken run of the present state, for states that need a person."""
    if judgement.state not in (*ACCUSING, State.WATCH, State.STALE, State.UNREPORTED):
        return None
    since, first = judgement.quarter, Quarter.containing(pledge.terms.start_on)
    while since > first and ledger.judgement(pledge, since - 1).state == judgement.state:
        since -= 1
    return since


def scorecard(
    ledger: Ledger,
    park: ParkFacts,
    quarter: Quarter,
    spoken: Mapping[tuple[str, str], ReplyFacts] | None = None,
) -> ParkScorecard:
    """One park in a quarter; `spoken` are the parks' replies by (park, indicator), if the caller has them."""
    if spoken is None:
        spoken = replies(ledger.known_on, quarter, [park.code])
    pledges = ledger.pledges_of(park, quarter)
    words = tuple(spoken.get((park.code, pledge.indicator.code)) for pledge in pledges)
    return ledger.once(
        park,
        ("card", words),
        lambda: ParkScorecard(
            park=park,
            quarter=quarter,
            lines=tuple(
                commitment_line(ledger, pledge, quarter, reply)
                for pledge, reply in zip(pledges, words, strict=True)
            ),
            report=ledger.report(park, quarter),
        ),
        quarter,
    )


def scorecards(ledger: Ledger, quarter: Quarter) -> list[ParkScorecard]:
    """Every park in a quarter, the neediest first."""
    spoken = replies(ledger.known_on, quarter, None if ledger.whole else [park.code for park in ledger.parks])
    cards = [scorecard(ledger, park, quarter, spoken) for park in ledger.parks]
    return sorted(cards, key=lambda card: card.need)


# --- the press -------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class PublicationFacts:
    """What the press said about a park."""

    park_code: str
    park_name_zh: str
    park_name_en: str
    indicator: IndicatorFacts | None
    label_zh: str
    label_en: str
    as_of: date
    value: Decimal
    qualifier: str
    qualifier_label: str
    confidence: str
    confidence_label: str
    source: SourceFacts
    remark_zh: str
    remark_en: str

    label = Bilingual()
    remark = Bilingual()
    park_name = Bilingual()


def publications(known_on: date, **filters) -> tuple[PublicationFacts, ...]:
    """Press reports published by a day, by park and day; one query."""
    rows = (
        Publication.objects.filter(source__published_on__lte=known_on, **filters)
        .select_related("park", "indicator", "source")
        .order_by("park__order", "as_of", "pk")
    )
    return tuple(
        PublicationFacts(
            row.park.code,
            row.park.name_zh,
            row.park.name_en,
            IndicatorFacts.of(row.indicator),
            row.label_zh,
            row.label_en,
            row.as_of,
            row.value,
            row.qualifier,
            row.get_qualifier_display(),
            row.confidence,
            row.get_confidence_display(),
            SourceFacts.of(row.source),
            row.remark_zh,
            row.remark_en,
        )
        for row in rows
    )


# --- reporting discipline ----------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class DisciplineSquare:
    """How one park reported one quarter, in one word."""

    quarter: Quarter
    status: str
    due_on: date | None
    days_late: int | None


@dataclass(frozen=True)
class DisciplineRow:
    park: ParkFacts
    squares: tuple[DisciplineSquare, ...]

    @property
    def late_or_missing(self) -> int:
        return sum(square.status in ("late", "missing", "returned") for square in self.squares)


def report_word(report: ReportFacts, known_on: date) -> str:
    """`on_time`, `late`, `submitted`, `returned`, `missing`, `not_due` or `not_expected`.

    A draft is nobody's business but the park's: until it is submitted the report is missing or not yet due.
    """
    if not report.expected and report.standing in ("missing", "draft"):
        return "not_expected"
    if report.standing == "approved":
        return "late" if report.days_late else "on_time"
    if report.standing in ("submitted", "returned"):
        return str(report.standing)
    return "missing" if report.overdue else "not_due"


def discipline(ledger: Ledger, first: Quarter, last: Quarter) -> list[DisciplineRow]:
    """Parks × quarters: how each report came in."""
    quarters = Quarter.range(first, last)
    return [
        ledger.once(
            park, ("discipline", first), lambda park=park: _discipline_row(ledger, park, quarters), last
        )
        for park in ledger.parks
    ]


def _discipline_row(ledger: Ledger, park: ParkFacts, quarters: list[Quarter]) -> DisciplineRow:
    squares = []
    for quarter in quarters:
        report = ledger.report(park, quarter)
        squares.append(
            DisciplineSquare(quarter, report_word(report, ledger.known_on), report.due_on, report.days_late)
        )
    return DisciplineRow(park, tuple(squares))


def term_quarters(ledger: Ledger) -> list[Quarter]:
    """The quarters of the parks' term that are closed on the day, oldest first."""
    starts = [pledge.terms.start_on for pledge in ledger.pledges]
    if not starts:
        return []
    first = Quarter.containing(min(starts))
    dues = [pledge.terms.due_on for pledge in ledger.pledges if pledge.terms.due_on]
    last = Quarter.last_closed(ledger.known_on)
    if dues:
        last = min(last, Quarter.containing(max(dues)))
    return Quarter.range(first, last)
