"""What needs a person, first: counted, with the worst and the longest on top, and who is responsible for it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from changchun_innovation.shared.progress import State
from changchun_innovation.shared.quarters import Quarter
from changchun_innovation.shared.wording import day_text, quarter_text
from institutions.queries import InstitutionFacts
from parks.flags import Flag
from parks.in_need import MOST_CASES, MOST_NAMED, Gathered, InNeed
from parks.in_need import Case as InNeedCase
from parks.ledger import ParkFacts
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


def attention(need: InNeed, city: Iterable, government: InstitutionFacts | None) -> tuple[AttentionItem, ...]:
    """Everything in need in a quarter; `city` are lines with `promise` and `judgement`."""
    items = [*_commitments(need), *_flagged(need), *_targets(list(city), government), *_reports(need)]
    # Of equal rank what has lasted longest comes first; Python keeps the order of equals.
    return tuple(
        sorted(items, key=lambda item: (RANKS.index(item.rank), item.since is None, str(item.since or "")))
    )


def responsible(park: ParkFacts) -> str:
    """The two partners who build a park, by name."""
    return _("、").join(dict.fromkeys((park.academic_partner.name, park.zone_partner.name)))


# --- commitments --------------------------------------------------------------------------------------------------
def _commitments(need: InNeed) -> Iterator[AttentionItem]:
    for state, found in need.states.items():
        sentence = _state_sentence(state, found.count)
        yield _item(state.value, state.value, sentence, found, {"state": state.value})


def _flagged(need: InNeed) -> Iterator[AttentionItem]:
    if found := need.falling:
        sentence = ngettext("%(count)d 项承诺的存量回落", "%(count)d 项承诺的存量回落", found.count)
        sentence %= {"count": found.count}
        yield _item("watch", "falling", sentence, found, {"flag": str(Flag.FALLING)})
    if found := need.restated:
        sentence = ngettext("%(count)d 项承诺的数更正过", "%(count)d 项承诺的数更正过", found.count)
        sentence %= {"count": found.count}
        last = _("%(day)s审定更正")
        yield AttentionItem(
            state="no_data",
            count=found.count,
            sentence=sentence,
            detail=_names(found.names, found.parks),
            view="parks:list",
            query={"flag": str(Flag.RESTATED)},
            fragment="commitments",
            cases=tuple(_case(case, last % {"day": day_text(case.day)}) for case in found.cases),
            rank="restated",
        )


def _item(state: str, rank: str, sentence: str, found: Gathered, query: dict) -> AttentionItem:
    since = found.cases[0].since
    names = _names(found.names, found.parks)
    detail = names
    if since:
        detail = _("最久自 %(quarter)s起；%(parks)s") % {"quarter": quarter_text(since), "parks": names}
    return AttentionItem(
        state=state,
        count=found.count,
        sentence=sentence,
        detail=detail,
        view="parks:list",
        query=query,
        fragment="commitments",
        cases=tuple(_case(case, _since(case.since)) for case in found.cases),
        rank=rank,
        since=since,
    )


def _since(quarter: Quarter | None) -> str:
    return _("自 %(quarter)s起") % {"quarter": quarter_text(quarter)} if quarter else ""


def _case(case: InNeedCase, since: str) -> Case:
    return Case(
        words=f"{case.park.name} {case.indicator.name}",
        since=since,
        responsible=responsible(case.park),
        view="parks:park",
        page=case.park.code,
        fragment=case.indicator.code,
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


def _names(first: Sequence[str], count: int) -> str:
    text = _("、").join(first)
    if count > len(first):
        return _("%(names)s等 %(count)d 家") % {"names": text, "count": count}
    return text


# --- targets of the city ------------------------------------------------------------------------------------------
def _targets(city: list, government: InstitutionFacts | None) -> Iterator[AttentionItem]:
    for state in (State.MISSED, State.BEHIND, State.UNREPORTED, State.STALE, State.NO_DATA):
        found = [line for line in city if line.judgement.state == state and line.judgement.due_on]
        if not found:
            continue
        since = {line.promise.code: _in_state_since(line.promise, line.judgement) for line in found}
        found.sort(key=lambda line: str(since[line.promise.code]))
        names = list(dict.fromkeys(line.promise.indicator.name for line in found))
        yield AttentionItem(
            state=state.value,
            count=len(found),
            sentence=_target_sentence(state, len(found)),
            detail=_names(names[:MOST_NAMED], len(names)),
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
                for line in found[:MOST_CASES]
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
def _reports(need: InNeed) -> Iterator[AttentionItem]:
    """Reports that are overdue, and those sent back, in any quarter up to the one asked for."""
    if found := need.overdue:
        sentence = ngettext("%(count)d 份季报逾期未报", "%(count)d 份季报逾期未报", found.count)
        yield _report_item("unreported", "overdue", sentence, found, _("%(day)s到期"))
    if found := need.returned:
        sentence = ngettext("%(count)d 份季报退回待改", "%(count)d 份季报退回待改", found.count)
        yield _report_item("watch", "returned", sentence, found, _("%(day)s退回"))


def _report_item(state: str, rank: str, sentence: str, found: Gathered, said: str) -> AttentionItem:
    first = found.cases[0].quarter
    return AttentionItem(
        state=state,
        count=found.count,
        sentence=sentence % {"count": found.count},
        detail=_("最早为%(quarter)s；%(parks)s")
        % {"quarter": quarter_text(first), "parks": _names(found.names, found.parks)},
        view="home",
        query={},
        fragment="discipline",
        cases=tuple(
            Case(
                words=f"{case.park.name} {quarter_text(case.quarter)}",
                since=said % {"day": day_text(case.day)} if case.day else "",
                responsible=responsible(case.park),
                view="parks:park",
                page=case.park.code,
                fragment="reports",
            )
            for case in found.cases
        ),
        rank=rank,
        since=first,
    )
