"""The quarterly bulletin (季度通报): one quarter on paper, its sentences written from the same numbers as its tables."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from changchun_innovation.overview.comparing import compared
from changchun_innovation.overview.differences import Differences, differences
from changchun_innovation.overview.queries import Overview, StatesInQuarter, overview
from changchun_innovation.shared.explain import quantity
from changchun_innovation.shared.params import Asked
from changchun_innovation.shared.progress import State
from changchun_innovation.shared.quarters import Quarter
from changchun_innovation.shared.wording import (
    MISSING_WORDS,
    STATE_WORDS,
    number_text,
    percent_text,
    quarter_text,
)
from institutions.queries import SourceFacts
from parks.joint import JointPledge
from parks.queries import NEED, ParkScorecard

# So many quarters are drawn beside each other, this one included.
QUARTERS_DRAWN = 8


@dataclass(frozen=True)
class DrawnQuarter:
    """How many commitments stood in which state in a quarter, in the order of the columns."""

    quarter: Quarter
    parts: tuple[tuple[State, int], ...]


@dataclass(frozen=True)
class Bulletin:
    """Everything that one bulletin says; `before` and `after` are the neighbouring quarters that have one."""

    page: Overview
    sentences: tuple[str, ...]
    changes: Differences
    sources: tuple[SourceFacts, ...]
    before: Quarter | None
    after: Quarter | None

    @property
    def quarter(self) -> Quarter:
        return self.page.quarter

    @property
    def cards(self) -> tuple[ParkScorecard, ...]:
        """The parks, the neediest first."""
        return tuple(row.card for row in self.page.matrix)

    @property
    def history(self) -> tuple[StatesInQuarter, ...]:
        return self.page.history[-QUARTERS_DRAWN:]

    @property
    def states(self) -> tuple[State, ...]:
        """The states that are drawn, the neediest first."""
        return tuple(state for state in NEED if any(each.counts.get(state) for each in self.history))

    @property
    def history_rows(self) -> tuple[DrawnQuarter, ...]:
        return tuple(
            DrawnQuarter(each.quarter, tuple((state, each.counts.get(state, 0)) for state in self.states))
            for each in self.history
        )


def bulletin(asked: Asked) -> Bulletin:
    """The bulletin of the quarter that was asked for; a fixed number of queries, whatever the number of parks."""
    quarter = asked.quarter
    page = overview(quarter, asked.known_on)
    # One quarter against the one before, both as known today: what was corrected since then is no change of the quarter.
    query = QueryDict(f"from_quarter={quarter - 1}")
    changes = differences(asked, compared(asked, query), QueryDict())
    offered = sorted(page.quarters)
    return Bulletin(
        page=page,
        sentences=tuple(_sentences(page, changes)),
        changes=changes,
        sources=_sources(page),
        before=max((each for each in offered if each < quarter), default=None),
        after=min((each for each in offered if each > quarter), default=None),
    )


# --- in words ------------------------------------------------------------------------------------------------
def _sentences(page: Overview, changes: Differences) -> Iterator[str]:
    yield from _reports(page)
    lines = [line.judgement for row in page.matrix for line in row.card.lines]
    if lines:
        yield _("各园区 %(count)s 项承诺中，%(states)s。") % {
            "count": len(lines),
            "states": _counted([each.state for each in lines]),
        }
    if page.city:
        yield _("全市 %(count)s 项目标中，%(states)s。") % {
            "count": len(page.city),
            "states": _counted([line.judgement.state for line in page.city]),
        }
    yield from (_joint(pledge) for pledge in page.joint)
    yield from _changed(changes)


def _reports(page: Overview) -> Iterator[str]:
    if not page.reports_expected:
        yield _("本季度没有园区被要求上报季报。")
        return
    reports = [row.card.report for row in page.matrix if row.card.report.expected]
    missing = [report.park.name for report in reports if report.overdue]
    late = sum(1 for report in reports if report.days_late)
    yield _("应报季报 %(all)s 份，已报 %(in)s 份，其中迟报 %(late)s 份。") % {
        "all": page.reports_expected,
        "in": page.reports_in,
        "late": late,
    }
    if missing:
        yield ngettext(
            "逾期未报 %(count)s 家：%(parks)s。", "逾期未报 %(count)s 家：%(parks)s。", len(missing)
        ) % {
            "count": len(missing),
            "parks": _("、").join(missing),
        }


def _counted(states: list[State]) -> str:
    """The states by number, the neediest first: 滞后 3 项、正常 9 项."""
    return _("、").join(
        ngettext("%(state)s %(count)s 项", "%(state)s %(count)s 项", states.count(state))
        % {"state": STATE_WORDS[str(state)], "count": states.count(state)}
        for state in NEED
        if state in states
    )


def _joint(pledge: JointPledge) -> str:
    indicator, joint = pledge.promise.indicator, pledge.joint
    return _(
        "共同承诺“%(name)s”目标 %(target)s，各园区承诺合计 %(pledged)s，覆盖 %(coverage)s；已报合计 %(sum)s"
        "（%(summed)s 个园区）：%(state)s。"
    ) % {
        "name": indicator.name,
        "target": quantity(pledge.judgement.target, indicator.unit, indicator.decimals),
        "pledged": number_text(joint.pledged),
        "coverage": percent_text(joint.coverage),
        "sum": ("≥ " if pledge.incomplete else "") + number_text(joint.known_sum),
        "summed": pledge.summed,
        "state": _state(pledge),
    }


def _state(pledge: JointPledge) -> str:
    """The state in words, with the reason where there is none."""
    word, missing = STATE_WORDS[str(pledge.judgement.state)], pledge.judgement.missing
    if missing is None:
        return str(word)
    return _("%(state)s（%(reason)s）") % {"state": word, "reason": MISSING_WORDS[str(missing)]}


def _changed(changes: Differences) -> Iterator[str]:
    counts = {group.key: len(group.rows) for group in changes.groups}
    yield _("与 %(quarter)s相比，变差 %(worse)s 项，变好 %(better)s 项。") % {
        "quarter": quarter_text(changes.compared.before.quarter),
        "worse": counts["worse"],
        "better": counts["better"],
    }


def _sources(page: Overview) -> tuple[SourceFacts, ...]:
    """The documents that the promises and published values of the bulletin rest on, each once."""
    found = [line.promise.source for line in page.city]
    found += [line.reading.source for line in page.city if line.reading]
    found += [pledge.promise.source for pledge in page.joint]
    found += [line.pledge.source for row in page.matrix for line in row.card.lines]
    return tuple(dict.fromkeys(source for source in found if source))


def title(quarter: Quarter) -> str:
    return _("长春市科技创新目标 %(quarter)s通报") % {"quarter": quarter_text(quarter)}
