"""What the home page says: the city, the joint pledges and the parks of one quarter, as known on one day."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from changchun_innovation.shared.progress import Judgement, State
from changchun_innovation.shared.quarters import Quarter
from changchun_innovation.shared.why import Why
from changchun_innovation.shared.wording import quarter_text
from parks.ledger import Ledger, ReportFacts
from parks.queries import (
    CommitmentLine,
    DisciplineRow,
    JointPledge,
    ParkScorecard,
    discipline,
    joint_pledges,
    scorecards,
    term_quarters,
)
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
class AttentionItem:
    """Something that needs a person: a sentence with its count, and where the cases are listed."""

    state: str
    count: int
    sentence: str
    detail: str
    view: str
    query: dict[str, str]
    fragment: str = ""


@dataclass(frozen=True)
class MatrixRow:
    """One park's progress for every indicator that some park pledged; None where it pledged nothing."""

    card: ParkScorecard
    cells: tuple["MatrixCell | None", ...]


@dataclass(frozen=True)
class MatrixCell:
    """One commitment's judgement, where it leads and how it is read aloud."""

    judgement: Judgement
    commitment: str
    label: str
    why: Why


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
    matrix: tuple[MatrixRow, ...]
    discipline: tuple[DisciplineRow, ...]
    discipline_quarters: tuple[Quarter, ...]
    history: tuple[StatesInQuarter, ...]
    term_over: bool

    @property
    def quarter_query(self) -> dict[str, str]:
        """The filter by which a file holds this quarter only."""
        return {"quarter": str(self.quarter)}

    @property
    def nothing_known(self) -> bool:
        """Whether no promise was known on the day."""
        return not (self.city or self.joint or self.matrix)


def target_line(promise: Promise, quarter: Quarter) -> TargetLine:
    judgement = promise.judgement(quarter)
    return TargetLine(promise, judgement, promise.reading_of(judgement))


def overview(quarter: Quarter, known_on: date) -> Overview:
    """Everything on the home page; a fixed number of queries, whatever the number of parks."""
    ledger = Ledger.of(known_on)
    known = promises(known_on, quarter)
    cards = scorecards(ledger, quarter)
    city = tuple(target_line(promise, quarter) for promise in known if promise.scope == Scope.CITY)
    term = term_quarters(ledger)
    shown = [each for each in term if each <= quarter][-12:]
    reports = [card.report for card in cards if card.report.expected]
    return Overview(
        quarter=quarter,
        known_on=known_on,
        quarters=tuple(_offered_quarters(term, known_on)),
        reports_in=sum(report.standing in ("submitted", "approved") for report in reports),
        reports_expected=len(reports),
        attention=tuple(_attention(ledger, cards, city, quarter)),
        city=city,
        joint=joint_pledges(ledger, known, quarter),
        indicators=(columns := _pledged_indicators(cards)),
        matrix=tuple(_matrix_row(card, columns) for card in cards),
        discipline=tuple(discipline(ledger, shown[0], shown[-1])) if shown else (),
        discipline_quarters=tuple(shown),
        history=tuple(_history(ledger, shown)),
        term_over=_term_over(cards, city),
    )


def offered_quarters(known_on: date) -> tuple[Quarter, ...]:
    """The quarters that a page offers: from the conference's to the last one closed, newest first."""
    return tuple(_offered_quarters([], known_on))


def _offered_quarters(term: list[Quarter], known_on: date) -> list[Quarter]:
    last = Quarter.last_closed(known_on)
    first = min(term[0] if term else Quarter(2023, 3), last)
    return Quarter.range(first, last)[::-1]


def _pledged_indicators(cards: list[ParkScorecard]) -> tuple[IndicatorFacts, ...]:
    """Every indicator that some park pledged: the ones that most parks share first."""
    pledging: dict[IndicatorFacts, int] = {}
    for card in cards:
        for line in card.lines:
            indicator = line.pledge.indicator
            pledging[indicator] = pledging.get(indicator, 0) + 1
    return tuple(sorted(pledging, key=lambda each: (-pledging[each], each.order)))


def _matrix_row(card: ParkScorecard, columns: tuple[IndicatorFacts, ...]) -> MatrixRow:
    cells = {
        line.pledge.indicator.code: MatrixCell(
            line.judgement, line.code, f"{card.park.name} {line.pledge.indicator.name}", line.why
        )
        for line in card.lines
    }
    return MatrixRow(card, tuple(cells.get(indicator.code) for indicator in columns))


def _history(ledger: Ledger, quarters: list[Quarter]):
    for quarter in quarters:
        states = [ledger.judgement(pledge, quarter).state for pledge in ledger.pledges_in(quarter)]
        yield StatesInQuarter(quarter, {state: states.count(state) for state in State if state in states})


def _term_over(cards: list[ParkScorecard], city: tuple[TargetLine, ...]) -> bool:
    """Whether every dated promise of the page is over in the quarter."""
    judgements = [line.judgement for card in cards for line in card.lines] + [line.judgement for line in city]
    dated = [judgement for judgement in judgements if judgement.due_on]
    return bool(dated) and all(judgement.quarter.ends_on >= judgement.due_on for judgement in dated)


# --- what needs a person ---------------------------------------------------------------------------------------
def _attention(ledger: Ledger, cards: list[ParkScorecard], city: tuple[TargetLine, ...], quarter: Quarter):
    yield from _commitments_in_need(cards)
    yield from _targets_in_need(city)
    yield from _reports_in_need(ledger, quarter)


def _commitments_in_need(cards: list[ParkScorecard]):
    lines = [line for card in cards for line in card.lines]
    for state in (State.MISSED, State.BEHIND, State.UNREPORTED, State.WATCH, State.STALE):
        found = [line for line in lines if line.judgement.state == state]
        if found:
            yield AttentionItem(
                state=state.value,
                count=len(found),
                sentence=_state_sentence(state, len(found)),
                detail=_since_and_whose(found),
                view="parks:list",
                query={"state": state.value},
                fragment="commitments",
            )


def _state_sentence(state: State, count: int) -> str:
    sentences = {
        State.MISSED: ngettext("%(count)d 项承诺到期未完成", "%(count)d 项承诺到期未完成", count),
        State.BEHIND: ngettext("%(count)d 项承诺滞后", "%(count)d 项承诺滞后", count),
        State.UNREPORTED: ngettext("%(count)d 项承诺到期而逾期未报", "%(count)d 项承诺到期而逾期未报", count),
        State.WATCH: ngettext("%(count)d 项承诺预警", "%(count)d 项承诺预警", count),
        State.STALE: ngettext("%(count)d 项承诺的数据过期", "%(count)d 项承诺的数据过期", count),
    }
    return sentences[state] % {"count": count}


def _since_and_whose(found: list[CommitmentLine]) -> str:
    parks = list(dict.fromkeys(line.pledge.park.name for line in found))
    names = _name_list(parks)
    since = [line.since for line in found if line.since]
    if not since:
        return names
    return _("最久自%(quarter)s起；%(parks)s") % {"quarter": quarter_text(min(since)), "parks": names}


def _name_list(names: list[str], most: int = 4) -> str:
    text = _("、").join(names[:most])
    if len(names) > most:
        return _("%(names)s等 %(count)d 家") % {"names": text, "count": len(names)}
    return text


def _targets_in_need(city: tuple[TargetLine, ...]):
    for state in (State.MISSED, State.BEHIND, State.UNREPORTED, State.STALE, State.NO_DATA):
        found = [line for line in city if line.judgement.state == state and line.judgement.due_on]
        if not found:
            continue
        sentences = {
            State.MISSED: ngettext(
                "%(count)d 项全市目标到期未完成", "%(count)d 项全市目标到期未完成", len(found)
            ),
            State.BEHIND: ngettext("%(count)d 项全市目标滞后", "%(count)d 项全市目标滞后", len(found)),
            State.UNREPORTED: ngettext(
                "%(count)d 项全市目标到期一年仍未公布", "%(count)d 项全市目标到期一年仍未公布", len(found)
            ),
            State.STALE: ngettext(
                "%(count)d 项全市目标的数据过期", "%(count)d 项全市目标的数据过期", len(found)
            ),
            State.NO_DATA: ngettext(
                "%(count)d 项全市目标没有可评判的数据", "%(count)d 项全市目标没有可评判的数据", len(found)
            ),
        }
        yield AttentionItem(
            state=state.value,
            count=len(found),
            sentence=sentences[state] % {"count": len(found)},
            detail=_name_list([line.promise.indicator.name for line in found]),
            view="targets:list",
            query={"state": state.value},
        )


def _reports_in_need(ledger: Ledger, quarter: Quarter):
    """Reports that are overdue, and those sent back, in any quarter up to the one asked for."""
    reports = [report for report in ledger.reports() if report.quarter <= quarter]
    overdue = [report for report in reports if report.overdue and report.standing != "returned"]
    returned = [report for report in reports if "returned" in (report.standing, report.open_standing)]
    if overdue:
        yield _report_item(
            "unreported",
            ngettext("%(count)d 份季报逾期未报", "%(count)d 份季报逾期未报", len(overdue)),
            overdue,
        )
    if returned:
        yield _report_item(
            "watch",
            ngettext("%(count)d 份季报退回待改", "%(count)d 份季报退回待改", len(returned)),
            returned,
        )


def _report_item(state: str, sentence: str, reports: list[ReportFacts]) -> AttentionItem:
    oldest = min(report.quarter for report in reports)
    return AttentionItem(
        state=state,
        count=len(reports),
        sentence=sentence % {"count": len(reports)},
        detail=_("最早为%(quarter)s；%(parks)s")
        % {
            "quarter": quarter_text(oldest),
            "parks": _name_list(list(dict.fromkeys(report.park.name for report in reports))),
        },
        view="home",
        query={},
        fragment="discipline",
    )
