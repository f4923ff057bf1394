"""Why a promise is called what it is called: everything that opens beside a state, finished for the page.

Built from plain data by `targets.reasons` and `parks.reasons`; the component `why` only sets it.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from changchun_innovation.shared.explain import because, expected_text, qualified, quantity, verdict
from changchun_innovation.shared.progress import Basis, Judgement, Kind, Missing, Rule
from changchun_innovation.shared.wording import (
    STATE_WORDS,
    day_text,
    in_english,
    percent_text,
    quarter_text,
)

PACE_RULES = frozenset(
    {
        Rule.PACE_ON_MILESTONES,
        Rule.PACE_ON_LINE,
        Rule.PACE_NEAR_MILESTONES,
        Rule.PACE_NEAR_LINE,
        Rule.FIRST_THIRD,
        Rule.ONE_UNIT_SHORT,
        Rule.PACE_TOO_LOW,
    }
)


@dataclass(frozen=True)
class Link:
    """Words that lead to a page: the name of its view, the code in its address, the place on the page."""

    words: str
    view: str
    code: str
    fragment: str = ""


@dataclass(frozen=True)
class Fact:
    """One thing that is known of a promise besides its numbers: a label, words, and where they lead."""

    label: str
    words: str = ""
    links: tuple[Link, ...] = ()


@dataclass(frozen=True)
class Why:
    """The reasoning behind one state.

    `key` tells it from every other on a page, `subject` names the promise, `brief` is the judgement in one breath,
    `steps` the same in full, `about` what a report of an error is about (`<park>/<indicator>` or a target's code).
    """

    key: str
    subject: str
    judgement: Judgement
    published: bool
    brief: str
    steps: tuple[str, ...]
    facts: tuple[Fact, ...]
    page: Link | None
    about: str

    @property
    def anchor(self) -> str:
        return "why-" + self.key.replace("/", "--")


def brief(judgement: Judgement, unit: str = "", *, published: bool = False) -> str:
    """The judgement in one breath: 截至 2025 年 9 月 30 日 38 家；按直线估计应达 35 家；进度比 108.57%；故为正常。

    Where no pace decided, the condition of the rule stands in its place.
    """
    parts = []
    if judgement.value is not None:
        parts.append(
            _("截至 %(day)s为 %(value)s")
            % {
                "day": day_text(judgement.as_at),
                "value": qualified(judgement, unit)
                if judgement.annual_sum is None
                else quantity(judgement.value, unit, judgement.decimals),
            }
        )
    if judgement.rule in PACE_RULES:
        parts += [
            expected_text(judgement, unit),
            _("进度比 %(pace)s") % {"pace": percent_text(judgement.pace, 2)},
        ]
    elif judgement.rule is Rule.VALUE_OLD:
        parts.append(
            _("比 %(quarter)s早 %(quarters)s 个季度")
            % {
                "quarter": quarter_text(judgement.quarter),
                "quarters": judgement.quarter - judgement.figure_quarter,
            }
        )
    else:
        parts.append(because(judgement, judgement.rule, unit, published))
    parts.append(_("故为%(state)s") % {"state": STATE_WORDS[str(judgement.state)]})
    first, *rest = parts
    return _("；").join([first, *map(_in_a_sentence, rest)]) + _("。")


def _in_a_sentence(words: str) -> str:
    """Words that could begin a sentence as they stand within one: no capital in English."""
    return words[:1].lower() + words[1:] if in_english() and words[1:2].islower() else words


def steps_of(judgement: Judgement, unit: str, said: list[str], *, published: bool = False) -> tuple[str, ...]:
    """The sentences of the reasoning, less the one that `brief` has said, and what is needed from here on."""
    final = verdict(judgement, unit, published=published)
    kept = [each for each in said if each != final or judgement.rule in PACE_RULES]
    return tuple(step for step in [*kept, pace_needed(judgement, unit)] if step)


def pace_needed(judgement: Judgement, unit: str) -> str:
    """What the required pace means per quarter, or why there is none; '' where nothing is left to do."""
    needed, target_met = judgement.required, judgement.comparator.satisfied_by
    if judgement.value is None or target_met(judgement.value, judgement.target):
        return ""
    if judgement.kind is Kind.RATE:
        return _("比率逐期评判，不算所需速度。")
    if judgement.due_on is None:
        return _("没有期限，不算所需速度。")
    left = judgement.terms.due_quarter - judgement.figure_quarter
    if left <= 0:
        return _("任期内没有余下的季度，不算所需速度。")
    gap = abs(judgement.target - judgement.value)
    facts = {"gap": quantity(gap, unit), "left": left}
    if needed is None:
        per_quarter = (gap / left).quantize(Decimal("0.01"), ROUND_HALF_EVEN)
        return _(
            "还差 %(gap)s，余下 %(left)s 个季度平均每季 %(needed)s；"
            "近四个季度的变化未知或没有前进，算不出是它的几倍。"
        ) % {**facts, "needed": quantity(per_quarter, unit)}
    difference = needed.per_quarter - needed.recent
    facts["difference"] = quantity(abs(difference), unit)
    if difference > 0:
        return _("还差 %(gap)s：今后每个季度要比近四个季度平均多 %(difference)s。") % facts
    return _("还差 %(gap)s：照近四个季度的速度即可，每季有 %(difference)s的余量。") % facts


def what_is_missing(judgement: Judgement) -> str:
    """What the judgement lacks, in words; '' where it lacks nothing."""
    return _("；").join(_lacking(judgement))


# Translated when they are said: of the seven a judgement lacks one at most.
_LACKING_WORDS = {
    Missing.NEVER_REPORTED: gettext_lazy("可评判的数值"),
    Missing.WAITING_FOR_REVIEW: gettext_lazy("对已报数的审定"),
    Missing.NOT_APPLICABLE: gettext_lazy("适用的数值"),
    Missing.INCOMPLETE_YEAR: gettext_lazy("凑成连续四个季度所缺的季度"),
    Missing.LOWER_BOUND: gettext_lazy("确切的数值"),
    Missing.INCOMPLETE_SUM: gettext_lazy("部分园区的数值"),
    Missing.LOW_COVERAGE: gettext_lazy("更多园区的承诺"),
}


def _lacking(judgement: Judgement):
    if judgement.missing:
        yield str(_LACKING_WORDS[judgement.missing])
    elif judgement.stale:
        yield _("%(quarter)s以后的数值") % {"quarter": quarter_text(judgement.figure_quarter)}
    if judgement.due_on is None:
        yield _("期限")
    if judgement.kind is Kind.RATE:
        return
    if not judgement.baseline_known:
        yield _("基数（现按 0 计）")
    if judgement.basis is Basis.LINE:
        yield _("节点目标（现按直线估计）")


def source_fact(source, locator: str, reason: str) -> Fact:
    """Where a promise comes from: a document and the place in it, or the reason of an entry without one."""
    if source is None:
        return Fact(_("出处"), reason)
    return Fact(_("出处"), locator, (Link(source.title, "sources:source", source.code),))
