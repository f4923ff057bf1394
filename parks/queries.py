"""Answers about the parks: how each stands, what their pledges add up to, who has not reported."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property

from django.utils.translation import gettext as _

from changchun_innovation.shared.append_only import latest_by
from changchun_innovation.shared.bilingual import Bilingual
from changchun_innovation.shared.progress import (
    JointJudgement,
    Judgement,
    Part,
    PartsSum,
    State,
    judge_joint,
    sum_of_parts,
)
from changchun_innovation.shared.quarters import Quarter
from changchun_innovation.shared.why import Why
from institutions.queries import SourceFacts
from parks.dependence import Share, largest_share
from parks.explained import restatement, why_commitment, why_joint
from parks.ledger import Ledger, ParkFacts, Pledge, PublishedFigure, ReportFacts
from parks.models import Comparability, JointLink, Publication
from parks.replies import ReplyFacts, replies
from targets.queries import IndicatorFacts, Promise

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


@dataclass(frozen=True)
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

    @cached_property
    def why(self) -> Why:
        """The reasoning, for the panel that the state opens."""
        return why_commitment(self.pledge, self.judgement, self.restated, self.reply)

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
    judgement = ledger.judgement(pledge, quarter)
    figure = ledger.published(pledge).get(judgement.figure_quarter) if judgement.figure_quarter else None
    since = _in_this_state_since(ledger, pledge, quarter, judgement)
    return CommitmentLine(pledge, judgement, figure, since, reply, ledger.restated(pledge, judgement))


def _in_this_state_since(
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
    ledger: Ledger, park: ParkFacts, quarter: Quarter, spoken: dict[tuple[str, str], ReplyFacts] | None = None
) -> ParkScorecard:
    """One park in a quarter; `spoken` are the parks' replies by (park, indicator), if the caller has them."""
    if spoken is None:
        spoken = replies(ledger.known_on, quarter, [park.code])
    return ParkScorecard(
        park=park,
        quarter=quarter,
        lines=tuple(
            commitment_line(ledger, pledge, quarter, spoken.get((park.code, pledge.indicator.code)))
            for pledge in ledger.pledges_of(park, quarter)
        ),
        report=ledger.report(park, quarter),
    )


def scorecards(ledger: Ledger, quarter: Quarter) -> list[ParkScorecard]:
    """Every park in a quarter, the neediest first."""
    spoken = replies(ledger.known_on, quarter, [park.code for park in ledger.parks])
    cards = [scorecard(ledger, park, quarter, spoken) for park in ledger.parks]
    return sorted(cards, key=lambda card: card.need)


# --- joint pledges ---------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class LinkedIndicator:
    """What the parks' pledges for one indicator add up to, under one link of a joint pledge."""

    indicator: IndicatorFacts
    comparable: str
    comparable_label: str
    note_zh: str
    note_en: str
    source: SourceFacts | None
    total: PartsSum
    pledging: tuple[ParkFacts, ...]
    missing: tuple[ParkFacts, ...]
    stale: tuple[ParkFacts, ...]

    note = Bilingual()


@dataclass(frozen=True)
class JointPledge:
    """A promise of the eight parks together: its judgement, and what the parks' own pledges cover of it."""

    promise: Promise
    joint: JointJudgement
    links: tuple[LinkedIndicator, ...]
    largest_pledge: Share | None = None
    largest_report: Share | None = None

    @property
    def judgement(self) -> Judgement:
        return self.joint.judgement

    @cached_property
    def why(self) -> Why:
        """The reasoning, for the panel that the state opens."""
        return why_joint(self)

    @property
    def full(self) -> tuple[LinkedIndicator, ...]:
        return tuple(link for link in self.links if link.comparable == Comparability.FULL)

    @property
    def partly(self) -> tuple[LinkedIndicator, ...]:
        return tuple(link for link in self.links if link.comparable == Comparability.PARTLY)

    @property
    def gap(self) -> Decimal:
        """What no park has pledged: the joint pledge less the sum of the parks' pledges, at least 0."""
        return max(Decimal(0), self.promise.terms.target - self.joint.pledged)

    @property
    def missing(self) -> tuple[ParkFacts, ...]:
        """Parks that pledged the indicator and have no judged value."""
        return tuple(dict.fromkeys(park for link in self.full for park in link.missing))

    @property
    def stale(self) -> tuple[ParkFacts, ...]:
        """Parks whose judged value is too old for the sum to be judged on the line."""
        return tuple(dict.fromkeys(park for link in self.full for park in link.stale))

    @property
    def incomplete(self) -> bool:
        return bool(self.joint.missing_keys)

    @property
    def leans_on(self) -> tuple[Share, ...]:
        """Parks of which one alone carries too much of what is pledged, or of what is reported."""
        return tuple(
            share for share in (self.largest_pledge, self.largest_report) if share and share.too_much
        )

    @property
    def dependence(self) -> str:
        """The same in words; '' where the sum leans on no park."""
        return _("；").join(share.words for share in self.leans_on)

    @property
    def summed(self) -> str:
        """How many of the parks that pledged are in the sum: `6 / 7`."""
        return f"{self.joint.reported} / {self.joint.pledging}"


def joint_pledges(ledger: Ledger, promises: tuple[Promise, ...], quarter: Quarter) -> tuple[JointPledge, ...]:
    """Every joint pledge known on the ledger's day, in the order of the targets; one query."""
    links = latest_by(
        JointLink.objects.known_on(ledger.known_on).select_related("indicator", "source", "target"),
        "target_id",
        "indicator_id",
    ).values()
    by_target: dict[str, list[JointLink]] = {}
    for link in links:
        if link.comparable != Comparability.NONE:
            by_target.setdefault(link.target.code, []).append(link)
    return tuple(
        _joint_pledge(ledger, promise, by_target.get(promise.code, []), quarter)
        for promise in promises
        if promise.is_joint
    )


def _joint_pledge(ledger: Ledger, promise: Promise, links: list[JointLink], quarter: Quarter) -> JointPledge:
    order = {Comparability.FULL: 0, Comparability.PARTLY: 1}
    links = sorted(links, key=lambda link: (order[link.comparable], link.indicator.order))
    pledges = pledges_towards(ledger, promise, quarter)
    parts = {link.pk: _parts(ledger, pledges, link.indicator.code, quarter) for link in links}
    full = [part for link in links if link.comparable == Comparability.FULL for part in parts[link.pk]]
    by_code = {park.code: park for park in ledger.parks}
    return JointPledge(
        promise=promise,
        joint=judge_joint(
            promise.terms,
            full,
            quarter,
            ledger.known_on,
            [reading.published for reading in promise.readings],
        ),
        links=tuple(_linked(ledger, promise, link, parts[link.pk]) for link in links),
        largest_pledge=largest_share(by_code, _by_park(full, lambda part: part.pledge), reported=False),
        largest_report=largest_share(
            by_code, _by_park(full, lambda part: part.judgement.value), reported=True
        ),
    )


def pledges_towards(ledger: Ledger, promise: Promise, quarter: Quarter) -> tuple[Pledge, ...]:
    """The parks' pledges that a joint pledge can be held against in a quarter.

    They are the terms in force then, at most on the last day before the joint pledge's due day: what the parks
    promise for the time after counts towards its successor.
    """
    last = quarter.ends_on
    if promise.terms.due_on:
        last = min(last, promise.terms.due_on - timedelta(days=1))
    return ledger.pledges_on(last)


def _parts(ledger: Ledger, pledges: tuple[Pledge, ...], indicator: str, quarter: Quarter) -> list[Part]:
    return [
        Part(pledge.park.code, ledger.judgement(pledge, quarter), pledge.terms.target)
        for pledge in pledges
        if pledge.indicator.code == indicator
    ]


def _by_park(parts: list[Part], number: Callable[[Part], Decimal | None]) -> dict[str, Decimal]:
    """What the parts of each park add up to; parks without a number are left out."""
    sums: dict[str, Decimal] = {}
    for part in parts:
        if (value := number(part)) is not None:
            sums[part.key] = sums.get(part.key, Decimal(0)) + value
    return sums


def _linked(ledger: Ledger, promise: Promise, link: JointLink, parts: list[Part]) -> LinkedIndicator:
    total = sum_of_parts(promise.terms, parts)
    by_code = {park.code: park for park in ledger.parks}
    return LinkedIndicator(
        indicator=IndicatorFacts.of(link.indicator),
        comparable=link.comparable,
        comparable_label=link.get_comparable_display(),
        note_zh=link.note_zh,
        note_en=link.note_en,
        source=SourceFacts.of(link.source),
        total=total,
        pledging=tuple(by_code[part.key] for part in parts),
        missing=tuple(by_code[key] for key in total.missing_keys),
        stale=tuple(by_code[key] for key in total.stale_keys),
    )


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
@dataclass(frozen=True)
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
    rows = []
    for park in ledger.parks:
        squares = []
        for quarter in Quarter.range(first, last):
            report = ledger.report(park, quarter)
            squares.append(
                DisciplineSquare(
                    quarter, report_word(report, ledger.known_on), report.due_on, report.days_late
                )
            )
        rows.append(DisciplineRow(park, tuple(squares)))
    return rows


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
