"""What needs a person, first: counted, with the worst and the longest on top, and who is responsible for it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from changchun_innovation.shared.progress import State
from changchun_innovation.shared.quarters import Quarter
from changchun_innovation.shared.wording import day_text, quarter_text
from institutions.queries import InstitutionFacts
from parks.flags import Flag, falling_since, restated_on
from parks.ledger import Ledger, ParkFacts, ReportFacts
from parks.queries import CommitmentLine, ParkScorecard
from targets.queries import Promise

# The worst first. A report that is overdue comes after promises known to be in need, a correction last.
RANKS = (
    "missed",
    "behind",
    "unreported",
    "overdue",
    "falling",
    "watch",
    "stale",
    "returned",
    "no_data",
    "restated",
)
SHOWN_CASES = 3


@dataclass(frozen=True)
class Case:
    """One thing in need: what it is, since when, who answers for it, and its page."""

    words: str
    since: str
    responsible: str
    view: str
    page: str
    fragment: str


@dataclass(frozen=True)
class AttentionItem:
    """Something that needs a person: a sentence with its count, the worst cases, and where all are listed.

    `state` gives the colour; `rank` and `since` the place in the list.
    """

    state: str
    count: int
    sentence: str
    detail: str
    view: str
    query: dict[str, str]
    fragment: str = ""
    cases: tuple[Case, ...] = ()
    rank: str = ""
    since: Quarter | None = None

    @property
    def left_out(self) -> int:
        """How many cases the list behind the link has besides those named here."""
        return self.count - len(self.cases)


def attention(
    ledger: Ledger,
    cards: Iterable[ParkScorecard],
    city: Iterable,
    government: InstitutionFacts | None,
    quarter: Quarter,
) -> tuple[AttentionItem, ...]:
    """Everything in need in a quarter; `city` are lines with `promise` and `judgement`."""
    lines = [line for card in cards for line in card.lines]
    items = [
        *_commitments(lines),
        *_flagged(ledger, lines, quarter),
        *_targets(list(city), government),
        *_reports(ledger, quarter),
    ]
    # Of equal rank what has lasted longest comes first; Python keeps the order of equals.
    return tuple(
        sorted(items, key=lambda item: (RANKS.index(item.rank), item.since is None, str(item.since or "")))
    )


def responsible(park: ParkFacts) -> str:
    """The two partners who build a park, by name."""
    return _("、").join(dict.fromkeys((park.academic_partner.name, park.zone_partner.name)))


# --- commitments --------------------------------------------------------------------------------------------------
def _commitments(lines: list[CommitmentLine]) -> Iterator[AttentionItem]:
    for state in (State.MISSED, State.BEHIND, State.UNREPORTED, State.WATCH, State.STALE):
        found = [(line, line.since) for line in lines if line.judgement.state == state]
        if found:
            sentence = _state_sentence(state, len(found))
            yield _item(state.value, state.value, sentence, found, {"state": state.value})


def _flagged(ledger: Ledger, lines: list[CommitmentLine], quarter: Quarter) -> Iterator[AttentionItem]:
    falling = [(line, since) for line in lines if (since := falling_since(ledger, line.pledge, quarter))]
    if falling:
        sentence = ngettext("%(count)d 项承诺的存量回落", "%(count)d 项承诺的存量回落", len(falling))
        yield _item(
            "watch", "falling", sentence % {"count": len(falling)}, falling, {"flag": str(Flag.FALLING)}
        )
    restated = [(line, day) for line in lines if (day := restated_on(ledger, line.pledge, quarter))]
    if restated:
        sentence = ngettext("%(count)d 项承诺的数更正过", "%(count)d 项承诺的数更正过", len(restated))
        sentence %= {"count": len(restated)}
        newest_first = sorted(restated, key=lambda pair: pair[1], reverse=True)
        last = _("%(day)s审定更正")
        cases = [_case(line, last % {"day": day_text(day)}) for line, day in newest_first[:SHOWN_CASES]]
        yield AttentionItem(
            state="no_data",
            count=len(restated),
            sentence=sentence,
            detail=_names(line.pledge.park.name for line, _day in newest_first),
            view="parks:list",
            query={"flag": str(Flag.RESTATED)},
            fragment="commitments",
            cases=tuple(cases),
            rank="restated",
        )


def _item(state: str, rank: str, sentence: str, found: list[tuple], query: dict) -> AttentionItem:
    found = sorted(found, key=lambda pair: (pair[1] is None, str(pair[1] or "")))
    since = found[0][1]
    names = _names(line.pledge.park.name for line, _since in found)
    detail = names
    if since:
        detail = _("最久自 %(quarter)s起；%(parks)s") % {"quarter": quarter_text(since), "parks": names}
    return AttentionItem(
        state=state,
        count=len(found),
        sentence=sentence,
        detail=detail,
        view="parks:list",
        query=query,
        fragment="commitments",
        cases=tuple(_case(line, _since(quarter)) for line, quarter in found[:SHOWN_CASES]),
        rank=rank,
        since=since,
    )


def _since(quarter: Quarter | None) -> str:
    return _("自 %(quarter)s起") % {"quarter": quarter_text(quarter)} if quarter else ""


def _case(line: CommitmentLine, since: str) -> Case:
    pledge = line.pledge
    return Case(
        words=f"{pledge.park.name} {pledge.indicator.name}",
        since=since,
        responsible=responsible(pledge.park),
        view="parks:park",
        page=pledge.park.code,
        fragment=pledge.indicator.code,
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


def _names(names: Iterable[str], most: int = 4) -> str:
    names = list(dict.fromkeys(names))
    text = _("、").join(names[:most])
    if len(names) > most:
        return _("%(names)s等 %(count)d 家") % {"names": text, "count": len(names)}
    return text


# --- targets of the city ------------------------------------------------------------------------------------------
def _targets(city: list, government: InstitutionFacts | None) -> Iterator[AttentionItem]:
    for state in (State.MISSED, State.BEHIND, State.UNREPORTED, State.STALE, State.NO_DATA):
        found = [line for line in city if line.judgement.state == state and line.judgement.due_on]
        if not found:
            continue
        since = {line.promise.code: _in_state_since(line.promise, line.judgement) for line in found}
        found.sort(key=lambda line: str(since[line.promise.code]))
        yield AttentionItem(
            state=state.value,
            count=len(found),
            sentence=_target_sentence(state, len(found)),
            detail=_names(line.promise.indicator.name for line in found),
            view="targets:list",
            query={"state": state.value},
            cases=tuple(
                Case(
                    words=line.promise.indicator.name,
                    since=_since(since[line.promise.code]),
                    responsible=government.name if government else "",
                    view="targets:target",
                    page=line.promise.code,
                    fragment="",
                )
                for line in found[:SHOWN_CASES]
            ),
            rank=state.value,
            since=since[found[0].promise.code],
        )


def _in_state_since(promise: Promise, judgement) -> Quarter:
    """The first quarter of the unbroken run of the present state."""
    since, first = judgement.quarter, Quarter.containing(promise.start_on)
    while since > first and promise.judgement(since - 1).state == judgement.state:
        since -= 1
    return since


def _target_sentence(state: State, count: int) -> str:
    sentences = {
        State.MISSED: ngettext("%(count)d 项全市目标到期未完成", "%(count)d 项全市目标到期未完成", count),
        State.BEHIND: ngettext("%(count)d 项全市目标滞后", "%(count)d 项全市目标滞后", count),
        State.UNREPORTED: ngettext(
            "%(count)d 项全市目标到期一年仍未公布", "%(count)d 项全市目标到期一年仍未公布", count
        ),
        State.STALE: ngettext("%(count)d 项全市目标的数据过期", "%(count)d 项全市目标的数据过期", count),
        State.NO_DATA: ngettext(
            "%(count)d 项全市目标没有可评判的数据", "%(count)d 项全市目标没有可评判的数据", count
        ),
    }
    return sentences[state] % {"count": count}


# --- reports ------------------------------------------------------------------------------------------------------
def _reports(ledger: Ledger, quarter: Quarter) -> Iterator[AttentionItem]:
    """Reports that are overdue, and those sent back, in any quarter up to the one asked for."""
    reports = [report for report in ledger.reports() if report.quarter <= quarter]
    overdue = [report for report in reports if report.overdue and report.standing != "returned"]
    returned = [report for report in reports if "returned" in (report.standing, report.open_standing)]
    if overdue:
        sentence = ngettext("%(count)d 份季报逾期未报", "%(count)d 份季报逾期未报", len(overdue))
        yield _report_item(
            "unreported", "overdue", sentence, overdue, lambda report: report.due_on, _("%(day)s到期")
        )
    if returned:
        sentence = ngettext("%(count)d 份季报退回待改", "%(count)d 份季报退回待改", len(returned))
        yield _report_item(
            "watch", "returned", sentence, returned, lambda report: report.returned_at, _("%(day)s退回")
        )


def _report_item(
    state: str, rank: str, sentence: str, reports: list[ReportFacts], day_in: Callable, said: str
) -> AttentionItem:
    reports = sorted(reports, key=lambda report: report.quarter)
    return AttentionItem(
        state=state,
        count=len(reports),
        sentence=sentence % {"count": len(reports)},
        detail=_("最早为%(quarter)s；%(parks)s")
        % {
            "quarter": quarter_text(reports[0].quarter),
            "parks": _names(report.park.name for report in reports),
        },
        view="home",
        query={},
        fragment="discipline",
        cases=tuple(
            Case(
                words=f"{report.park.name} {quarter_text(report.quarter)}",
                since=said % {"day": day_text(day_in(report))} if day_in(report) else "",
                responsible=responsible(report.park),
                view="parks:park",
                page=report.park.code,
                fragment="reports",
            )
            for report in reports[:SHOWN_CASES]
        ),
        rank=rank,
        since=reports[0].quarter,
    )
