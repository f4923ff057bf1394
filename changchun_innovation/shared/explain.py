"""The arithmetic of a judgement in words: why a promise is called what it is called.

Every sentence is in the active language and needs nothing but the judgement and the name of the unit. The words
follow the README's chapter on judging; A, B, E, T and d are written out as the numbers that were compared.
"""

from collections.abc import Mapping
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from changchun_innovation.shared.progress import (
    Basis,
    JointJudgement,
    Judgement,
    Kind,
    Missing,
    Rule,
    State,
)
from changchun_innovation.shared.wording import (
    COMPARATOR_SIGNS,
    QUALIFIER_WORDS,
    STATE_WORDS,
    day_text,
    in_english,
    number_text,
    park_names,
    percent_text,
    quarter_text,
    times_text,
    unit_text,
)


def explain(
    judgement: Judgement, unit: str = "", *, published: bool = False, scope_said: bool = False
) -> str:
    """The whole reasoning of a judgement as running text.

    `published` says that the value was published by others (a city target) and not reported by a park;
    `scope_said`, that the page has already told for which quarter it answers.
    """
    return joined(
        [*([] if scope_said else scope_notes(judgement)), *sentences(judgement, unit, published=published)]
    )


def sentences(judgement: Judgement, unit: str = "", *, published: bool = False) -> list[str]:
    """The reasoning as sentences: the value, the comparison, the rule, the pace needed."""
    return [
        *_value(judgement, unit, published),
        *_comparison(judgement, unit),
        verdict(judgement, unit, published=published),
        *_required(judgement, unit),
    ]


def explain_joint(
    joint: JointJudgement, unit: str, names: Mapping[str, str], *, scope_said: bool = False
) -> str:
    """The reasoning of a joint pledge; `names` gives the parks' names by their keys.

    Where the pledge was judged by a published value the parks' sum is a sentence beside it.
    """
    notes = [] if scope_said else scope_notes(joint.judgement)
    return joined([*notes, *joint_sentences(joint, unit, names)])


def joint_sentences(joint: JointJudgement, unit: str, names: Mapping[str, str]) -> list[str]:
    """The reasoning of a joint pledge as sentences."""
    judgement = joint.judgement
    summed = sum_text(joint, unit, names)
    if joint.published:
        return [*sentences(judgement, unit, published=True), summed]
    return [summed, *_comparison(judgement, unit), verdict(judgement, unit), *_required(judgement, unit)]


def joined(parts: list[str]) -> str:
    """Sentences as one text: Chinese without spaces between them, English with."""
    return (" " if in_english() else "").join(str(part) for part in parts if part)


def quantity(value: Decimal | None, unit: str, decimals: int | None = None) -> str:
    """A number with its unit: 41 家, 41 firms, 9.5%."""
    text, unit = number_text(value, decimals), unit_text(unit, value, decimals)
    if not unit or value is None:
        return text
    return text + unit if unit == "%" else f"{text} {unit}"


def qualified(judgement: Judgement, unit: str) -> str:
    """The figure as it was worded: 超过 4,000 项, 至少 10 亿元, 推算 3,509 项, 41 家."""
    word = QUALIFIER_WORDS.get(str(judgement.qualifier or ""))
    text = quantity(judgement.figure, unit, judgement.decimals)
    return f"{word} {text}" if word else text


def scope_notes(judgement: Judgement) -> list[str]:
    """What the reader must know of the question: answered for another quarter, a term that ends in mid-quarter."""
    notes = []
    if judgement.capped:
        notes.append(_("期限已过，按 %(quarter)s回答。") % {"quarter": quarter_text(judgement.quarter)})
    if judgement.ends_mid_quarter and judgement.quarter == judgement.terms.due_quarter:
        notes.append(
            _("期限（%(due)s）在季度中间，按 %(quarter)s末的数评判。")
            % {"due": day_text(judgement.due_on), "quarter": quarter_text(judgement.quarter)}
        )
    return notes


def sum_text(joint: JointJudgement, unit: str, names: Mapping[str, str]) -> str:
    """What the parks' judged values add up to, out of how many parks, and who is missing."""
    total, decimals = joint.total, joint.judgement.decimals
    facts = {"reported": total.reported, "pledging": total.pledging}
    if total.known_sum is None:
        text = _("承诺此项的 %(pledging)s 个园区都还没有可合计的数。") % facts
    else:
        facts["sum"] = quantity(total.known_sum, unit, decimals)
        facts["day"] = day_text(total.earliest)
        if total.missing_keys:
            text = _("有数的园区（%(reported)s/%(pledging)s）合计 ≥ %(sum)s，最早的数截至 %(day)s。") % facts
        else:
            text = _("%(pledging)s 个园区合计 %(sum)s，最早的数截至 %(day)s。") % facts
    more = []
    if total.missing_keys and total.known_sum is not None:
        more.append(
            _("缺数：%(parks)s。") % {"parks": park_names([names[key] for key in total.missing_keys])}
        )
    if total.stale_keys:
        more.append(
            _("数据过期：%(parks)s。") % {"parks": park_names([names[key] for key in total.stale_keys])}
        )
    return joined([text, *more])


# --- the value ----------------------------------------------------------------------------------------------------
def _value(judgement: Judgement, unit: str, published: bool) -> list[str]:
    """Where A comes from; nothing where there is no figure at all."""
    if judgement.figure is None:
        return []
    facts = {
        "value": qualified(judgement, unit),
        "day": day_text(judgement.figure_on),
        "quarter": quarter_text(judgement.figure_quarter),
    }
    if published:
        return [_("最近可用的公布数：%(value)s（截至 %(day)s）。") % facts]
    if parts := judgement.annual_sum:
        return [
            _(
                "截至 %(day)s的四个季度合计 %(total)s = 今年以来 %(this)s + 上年全年 %(full)s − 上年同期 %(then)s。"
            )
            % {
                "day": facts["day"],
                "total": quantity(judgement.value, unit, judgement.decimals),
                "this": number_text(parts.this_year, judgement.decimals),
                "full": number_text(parts.last_full_year, judgement.decimals),
                "then": number_text(parts.last_year_to_then, judgement.decimals),
            }
        ]
    if judgement.kind is Kind.ANNUAL and judgement.value is not None:
        return [_("%(year)s 年全年 %(value)s。") % {**facts, "year": judgement.figure_quarter.year}]
    if judgement.kind is Kind.CUMULATIVE:
        return [_("自承诺起到 %(quarter)s末累计 %(value)s。") % facts]
    if judgement.kind is Kind.STOCK:
        return [_("%(quarter)s末为 %(value)s。") % facts]
    return [_("%(quarter)s报 %(value)s。") % facts]


# --- the comparison -----------------------------------------------------------------------------------------------
def target_text(judgement: Judgement, unit: str) -> str:
    """The promise with its sign: ≥ 60 家."""
    sign = COMPARATOR_SIGNS[str(judgement.comparator)]
    return f"{sign} {quantity(judgement.target, unit)}"


def baseline_text(judgement: Judgement, unit: str) -> str:
    """What is counted from: the known baseline, 0 by definition, or unknown and counted as 0."""
    if not judgement.baseline_known and judgement.baseline:
        # A joint pledge: the parks' baselines that are known, and the others as 0.
        known = quantity(judgement.baseline, unit, judgement.decimals)
        return _("已知的基数合计 %(value)s，其余未知，按 0 计") % {"value": known}
    if not judgement.baseline_known:
        return _("基数未知，按 0 计")
    if judgement.kind is Kind.CUMULATIVE:
        return _("从 0 累计")
    return _("基数 %(value)s") % {"value": quantity(judgement.baseline, unit, judgement.decimals)}


def expected_text(judgement: Judgement, unit: str) -> str:
    """E with what it rests on: 按直线估计应达 42 家; '' where nothing can be expected."""
    if judgement.expected is None or judgement.kind is Kind.RATE:
        return ""
    # E has whole units or two decimals, whatever the indicator has.
    value = quantity(judgement.expected, unit)
    if judgement.basis is Basis.MILESTONES:
        return _("按节点目标应达 %(value)s") % {"value": value}
    return _("按直线估计应达 %(value)s") % {"value": value}


def _comparison(judgement: Judgement, unit: str) -> list[str]:
    facts = {"target": target_text(judgement, unit)}
    if judgement.kind is Kind.RATE:
        return [_("目标 %(target)s，每一期单独评判。") % facts]
    facts["due"] = day_text(judgement.due_on)
    facts["baseline"] = baseline_text(judgement, unit)
    if judgement.due_on is None:
        promise = _("目标 %(target)s，没有期限；%(baseline)s。") % facts
    else:
        promise = _("目标 %(target)s，期限 %(due)s；%(baseline)s。") % facts
    return [promise, *_ratios(judgement, unit)]


def _ratios(judgement: Judgement, unit: str) -> list[str]:
    """Progress, elapsed time, expectation and pace, each with the numbers that it was computed from."""
    value, base = number_text(judgement.value), number_text(judgement.baseline)
    answer = []
    if judgement.progress is not None:
        answer.append(
            _("任务进度 =（%(a)s − %(b)s）÷（%(t)s − %(b)s）= %(ratio)s。")
            % {
                "a": value,
                "b": base,
                "t": number_text(judgement.target),
                "ratio": percent_text(judgement.progress, 2),
            }
        )
    if judgement.elapsed is not None:
        facts = {
            "day": day_text(judgement.read_on),
            "elapsed": percent_text(judgement.elapsed, 2),
            "expected": expected_text(judgement, unit),
        }
        if facts["expected"]:
            answer.append(_("到 %(day)s，时间进度 %(elapsed)s，%(expected)s。") % facts)
        else:
            answer.append(_("到 %(day)s，时间进度 %(elapsed)s。") % facts)
    if judgement.pace is not None:
        answer.append(
            _("进度比 =（%(a)s − %(b)s）÷（%(e)s − %(b)s）= %(ratio)s。")
            % {
                "a": value,
                "b": base,
                "e": number_text(judgement.expected),
                "ratio": percent_text(judgement.pace, 2),
            }
        )
    return answer


# --- the rule -----------------------------------------------------------------------------------------------------
# Translated when they are said: of the twenty a judgement says one.
_RULE_WORDS = {
    Rule.ACHIEVED_FOR_GOOD: gettext_lazy("累计数达到目标（%(target)s），不会再回落"),
    Rule.REPORT_OVERDUE: gettext_lazy("到期季度（%(quarter)s）的季报已过报送期限，到 %(known_on)s仍未提交"),
    Rule.UNPUBLISHED_FOR_A_YEAR: gettext_lazy("期限 %(due)s已过一年，到 %(known_on)s仍没有覆盖期限的公布数"),
    Rule.DUE_DAY_PASSED: gettext_lazy("期限 %(due)s已到，现值未达目标（%(target)s）"),
    Rule.NO_DUE_DAY: gettext_lazy("没有期限，只算任务进度，不论快慢"),
    Rule.STARTED_AT_TARGET: gettext_lazy("基数已达目标，现值回落到目标以下"),
    Rule.FIRST_TENTH: gettext_lazy("时间进度不足 10%%"),
    Rule.NOTHING_EXPECTED_YET: gettext_lazy("此时应达数还没有超出基数，时间进度不足 75%%"),
    Rule.NOTHING_EXPECTED_LATE: gettext_lazy("时间进度已达 75%%，应达数仍没有超出基数，无从比较快慢"),
    Rule.PACE_ON_MILESTONES: gettext_lazy("进度比不低于 95%%（有节点目标）"),
    Rule.PACE_ON_LINE: gettext_lazy("进度比不低于 90%%（无节点目标）"),
    Rule.PACE_NEAR_MILESTONES: gettext_lazy("进度比低于 95%%，不低于 80%%（有节点目标）"),
    Rule.PACE_NEAR_LINE: gettext_lazy("进度比低于 90%%，不低于 70%%（无节点目标）"),
    Rule.FIRST_THIRD: gettext_lazy("进度比低于 70%%，但时间进度不足三分之一（无节点目标）"),
    Rule.ONE_UNIT_SHORT: gettext_lazy("进度比偏低，但与应达数相差不超过 1 个单位"),
    Rule.RATE_WITHIN_TWO_POINTS: gettext_lazy("与目标（%(target)s）相差不超过 2 个百分点"),
    Rule.RATE_BEYOND_TWO_POINTS: gettext_lazy("与目标（%(target)s）相差超过 2 个百分点"),
    Rule.RATE_LAST_YEAR_KNOWN: gettext_lazy("期限内最后一年已有数，未达目标（%(target)s）"),
}


def verdict(judgement: Judgement, unit: str = "", *, published: bool = False) -> str:
    """The sentence that ends in the state: the row of the table that applied, from the top."""
    if judgement.rule is Rule.VALUE_OLD:
        facts = {
            "quarters": judgement.quarter - judgement.figure_quarter,
            "quarter": quarter_text(judgement.quarter),
            "state": STATE_WORDS[str(State.STALE)],
            "fresh": because(judgement, judgement.rule_if_fresh, unit, published),
            "fresh_state": STATE_WORDS[str(judgement.state_if_fresh)],
        }
        return (
            _("这个数比 %(quarter)s早 %(quarters)s 个季度：%(state)s；若未过期，%(fresh)s：%(fresh_state)s。")
            % facts
        )
    return _("%(because)s：%(state)s。") % {
        "because": because(judgement, judgement.rule, unit, published),
        "state": STATE_WORDS[str(judgement.state)],
    }


def because(judgement: Judgement, rule: Rule, unit: str, published: bool) -> str:
    """The condition of a rule, without a full stop."""
    if rule is Rule.VALUE_UNKNOWN:
        return _why_unknown(judgement, unit, published)
    facts = {
        "value": qualified(judgement, unit) if judgement.figure is not None else "",
        "target": target_text(judgement, unit),
        "due": day_text(judgement.due_on),
        "known_on": day_text(judgement.known_on),
        "quarter": quarter_text(judgement.quarter),
    }
    if rule is Rule.TARGET_REACHED:
        return _target_reached(judgement, facts)
    return _rule_words(rule, judgement.basis) % facts


def _target_reached(judgement: Judgement, facts: dict) -> str:
    if judgement.derived:
        return _("推算值达到目标（%(target)s），并非直接公布") % facts
    if judgement.qualifier is not None and judgement.qualifier.lower_bound:
        return _("下限已足以证明达到目标（%(target)s）") % facts
    final = judgement.due_on is not None and judgement.read_on >= judgement.due_on
    if judgement.kind in (Kind.STOCK, Kind.ANNUAL) and not final:
        return _("现值达到目标（%(target)s），期限前仍可能回落") % facts
    return _("现值达到目标（%(target)s）") % facts


def _rule_words(rule: Rule, basis: Basis) -> str:
    return _pace_floor_words(basis) if rule is Rule.PACE_TOO_LOW else str(_RULE_WORDS[rule])


def _pace_floor_words(basis: Basis) -> str:
    if basis is Basis.MILESTONES:
        return _("进度比低于 80%%（有节点目标）")
    return _("进度比低于 70%%（无节点目标）")


_UNKNOWN_WORDS = {
    Missing.NEVER_REPORTED: gettext_lazy("到 %(quarter)s还没有审定过的填报数"),
    Missing.WAITING_FOR_REVIEW: gettext_lazy("已经填报，到 %(known_on)s尚未审定"),
    Missing.NOT_APPLICABLE: gettext_lazy("填报为不适用，没有数值"),
    Missing.INCOMPLETE_YEAR: gettext_lazy("年度内有季度缺数，凑不成连续四个季度的合计"),
    Missing.LOWER_BOUND: gettext_lazy("只公布了下限（%(figure)s），不能证明是否达到目标（%(target)s）"),
    Missing.INCOMPLETE_SUM: gettext_lazy("合计不全，已知部分不能证明达到目标（%(target)s）"),
    Missing.LOW_COVERAGE: gettext_lazy("各园承诺合计不足共同目标的八成，不能以合计评判"),
}


def _why_unknown(judgement: Judgement, unit: str, published: bool) -> str:
    """What is missing, and why; published and reported values are missing for different reasons."""
    facts = {
        "quarter": quarter_text(judgement.quarter),
        "known_on": day_text(judgement.known_on),
        "figure": qualified(judgement, unit) if judgement.figure is not None else "",
        "target": target_text(judgement, unit),
    }
    if judgement.missing is Missing.NEVER_REPORTED and published:
        return _("到 %(known_on)s没有可用于评判的公布数") % facts
    if judgement.missing is Missing.INCOMPLETE_YEAR and published:
        return _("只公布了不满一个日历年的数，不能与全年目标相比") % facts
    return str(_UNKNOWN_WORDS[judgement.missing]) % facts


def _required(judgement: Judgement, unit: str) -> list[str]:
    """What each remaining quarter must bring, against what came lately."""
    pace = judgement.required
    if pace is None:
        return []
    return [
        _("余下 %(left)s 个季度每季需 %(needed)s，为近四个季度平均（%(recent)s）的 %(times)s。")
        % {
            "left": pace.quarters_left,
            "needed": quantity(pace.per_quarter, unit),
            "recent": quantity(pace.recent, unit),
            "times": times_text(pace.times),
        }
    ]
