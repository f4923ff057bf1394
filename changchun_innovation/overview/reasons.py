"""Why a promise is judged otherwise than before, worked out by comparing what was known at the two ends.

Every reason names the fact that is new (a figure, a correction, a changed promise, a link, a published value), when
it became known, and both numbers where one took the place of another. That time passed is said last.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from changchun_innovation.shared.explain import quantity
from changchun_innovation.shared.params import day_of
from changchun_innovation.shared.progress import Judgement, Kind, Missing, State, Terms
from changchun_innovation.shared.quarters import Quarter
from changchun_innovation.shared.wording import (
    COMPARATOR_SIGNS,
    QUALIFIER_WORDS,
    day_text,
    number_text,
    percent_text,
    quarter_text,
)
from institutions.queries import SourceFacts
from parks.charts import revision_words
from parks.joint import JointPledge
from parks.ledger import Pledge, PublishedFigure, ReportFacts
from parks.models import Milestone
from targets.queries import IndicatorFacts, Promise, ReadingFacts
from targets.terms import opens_next_term

# Figures and readings that are named one by one; of more only the number is said.
NAMED = 3


@dataclass(frozen=True)
class Reason:
    """One cause of a change: its kind, a sentence, what somebody typed about it, and the document behind it."""

    kind: str
    words: str
    typed: str = ""
    source: SourceFacts | None = None

    @property
    def label(self) -> str:
        return {
            "new": _("新承诺"),
            "promise": _("承诺改变"),
            "baseline": _("基数"),
            "milestone": _("节点目标"),
            "link": _("构成改变"),
            "correction": _("更正"),
            "figure": _("新填报数"),
            "reading": _("新公布数"),
            "parts": _("园区数变动"),
            "report": _("季报"),
            "time": _("时间推移"),
        }[self.kind]


# --- the promise --------------------------------------------------------------------------------------------------
def promise_text(terms: Terms, indicator: IndicatorFacts) -> str:
    """The promise in words: ≥ 60 家，期限 2026 年 8 月 15 日."""
    sign = COMPARATOR_SIGNS[str(terms.comparator)]
    value = f"{sign} {quantity(terms.target, indicator.unit)}"
    if terms.due_on is None:
        return _("%(value)s，没有期限") % {"value": value}
    return _("%(value)s，期限 %(due)s") % {"value": value, "due": day_text(terms.due_on)}


def of_promise(before: Pledge | Promise | None, after: Pledge | Promise) -> list[Reason]:
    """What is new about the numbers of a promise: the promise itself, its number or days, its baseline."""
    indicator, new = after.indicator, after.terms
    known = {"day": day_text(after.known_from), "after": promise_text(new, indicator)}
    if before is None:
        words = _("%(after)s；%(day)s起知悉") % known
        return [Reason("new", words, source=after.source)]
    old, reasons = before.terms, []
    next_term = opens_next_term(new.start_on, old.due_on)
    if next_term:
        words = _("新一期：%(after)s，自 %(start)s起算；上一期为“%(before)s”") % {
            **known,
            "start": day_text(new.start_on),
            "before": promise_text(old, before.indicator),
        }
        reasons.append(Reason("promise", words, after.reason, after.source))
    elif (old.comparator, old.target, old.due_on) != (new.comparator, new.target, new.due_on):
        words = _("由“%(before)s”改为“%(after)s”；%(day)s起知悉") % {
            **known,
            "before": promise_text(old, before.indicator),
        }
        reasons.append(Reason("promise", words, after.reason, after.source))
    if old.start_on != new.start_on and not next_term:
        words = _("起始日由 %(before)s改为 %(after)s；%(day)s起知悉") % {
            **known,
            "before": day_text(old.start_on),
            "after": day_text(new.start_on),
        }
        reasons.append(Reason("promise", words, after.reason, after.source))
    if next_term:
        return reasons
    if old.judged_baseline != new.judged_baseline or old.baseline_known != new.baseline_known:
        words = _("由 %(before)s改为 %(after)s；%(day)s起知悉") % {
            **known,
            "before": _baseline(old, indicator),
            "after": _baseline(new, indicator),
        }
        # Who typed a baseline into a report is no public matter, so its reason stays inside.
        reasons.append(Reason("baseline", words))
    return reasons


def _baseline(terms: Terms, indicator: IndicatorFacts) -> str:
    if not terms.baseline_known:
        return _("未知（按 0 计）")
    return quantity(terms.baseline, indicator.unit, terms.decimals)


def of_milestones(before: Pledge, after: Pledge, rows: Mapping[tuple, Milestone]) -> list[Reason]:
    """Milestones that were agreed, changed or withdrawn; `rows` by commitment and day."""
    old = {each.on: each.value for each in before.terms.milestones}
    new = {each.on: each.value for each in after.terms.milestones}
    reasons = []
    for on in sorted(old.keys() | new.keys()):
        if old.get(on) == new.get(on):
            continue
        row = rows.get((after.pk, on))
        facts = {
            "on": day_text(on),
            "before": quantity(old.get(on), after.indicator.unit),
            "after": quantity(new.get(on), after.indicator.unit),
            "day": day_text(row.known_from) if row else day_text(after.known_from),
        }
        if on not in old:
            words = _("%(on)s应达 %(after)s；%(day)s起知悉") % facts
        elif on not in new:
            words = _("%(on)s的 %(before)s撤销；%(day)s起知悉") % facts
        else:
            words = _("%(on)s由 %(before)s改为 %(after)s；%(day)s起知悉") % facts
        reasons.append(Reason("milestone", words, row.reason if row else ""))
    return reasons


# --- what a park reported -----------------------------------------------------------------------------------------
def of_figures(
    pledge: Pledge, before: Mapping[Quarter, PublishedFigure], after: Mapping[Quarter, PublishedFigure]
) -> list[Reason]:
    """Corrections with both values, then figures that are new; the latest quarter first."""
    reasons, fresh = [], []
    for quarter in sorted(after, reverse=True):
        old, new = before.get(quarter), after[quarter]
        if old is None:
            fresh.append(new)
        elif (old.value, old.not_applicable) != (new.value, new.not_applicable):
            words = _("%(quarter)s由 %(before)s更正为 %(after)s（第 %(revision)s 版，%(day)s审定）") % {
                "quarter": quarter_text(quarter),
                "before": figure_text(pledge, old),
                "after": figure_text(pledge, new),
                "revision": new.revision,
                "day": day_text(day_of(new.approved_at)),
            }
            reasons.append(Reason("correction", words, new.note or new.not_applicable_reason))
    return reasons + _fresh_figures(pledge, fresh)


def _fresh_figures(pledge: Pledge, fresh: Sequence[PublishedFigure]) -> list[Reason]:
    if not fresh:
        return []
    latest = fresh[0]
    words = _("%(quarter)s报 %(value)s，%(day)s审定") % {
        "quarter": quarter_text(latest.quarter),
        "value": figure_text(pledge, latest),
        "day": day_text(day_of(latest.approved_at)),
    }
    if pledge.terms.kind is Kind.ANNUAL:
        words = _("%(quarter)s报今年以来 %(value)s，%(day)s审定") % {
            "quarter": quarter_text(latest.quarter),
            "value": figure_text(pledge, latest),
            "day": day_text(day_of(latest.approved_at)),
        }
    if latest.was_revised:
        words = _("%(words)s；%(revision)s") % {"words": words, "revision": revision_words(pledge, latest)}
    if more := len(fresh) - 1:
        words = _("%(words)s；%(more)s") % {
            "words": words,
            "more": ngettext("另有 %(count)d 个较早季度的新数", "另有 %(count)d 个较早季度的新数", more)
            % {"count": more},
        }
    return [Reason("figure", words)]


def figure_text(pledge: Pledge, figure: PublishedFigure) -> str:
    if figure.value is None:
        return _("不适用")
    return quantity(figure.value, pledge.indicator.unit, pledge.terms.decimals)


def of_report(before: Judgement | None, after: Judgement, report: ReportFacts) -> list[Reason]:
    """What the report of the judged quarter has to do with it, where there is no value or nobody sent one."""
    facts = {
        "quarter": quarter_text(report.quarter),
        "due": day_text(report.due_on),
        "day": day_text(after.known_on),
    }
    newly = before is None or (before.state, before.missing) != (after.state, after.missing)
    if newly and after.state is State.UNREPORTED:
        return [Reason("report", _("%(quarter)s的季报应于 %(due)s前报送，到 %(day)s未报") % facts)]
    if newly and after.missing is Missing.WAITING_FOR_REVIEW:
        return [Reason("report", _("已经填报，尚未审定"))]
    return []


# --- what was published -------------------------------------------------------------------------------------------
def of_readings(before: Iterable[ReadingFacts], after: Iterable[ReadingFacts]) -> list[Reason]:
    """Published values that are new, the latest period first; with the one they stand beside for the same period."""
    old = list(before)
    fresh = [each for each in after if each not in old]
    fresh.sort(key=lambda each: (each.period_end, each.known_from), reverse=True)
    reasons = []
    for reading in fresh[:NAMED]:
        facts = {
            "day": day_text(reading.period_end),
            "value": reading_text(reading),
            "known": day_text(reading.known_from),
        }
        words = _("截至 %(day)s为 %(value)s；%(known)s起知悉") % facts
        same = [each for each in old if each.period_end == reading.period_end]
        if same:
            words = _("%(words)s；同期原有 %(before)s") % {"words": words, "before": reading_text(same[-1])}
        reasons.append(Reason("reading", words, source=reading.source))
    if (more := len(fresh) - NAMED) > 0:
        words = ngettext("另有 %(count)d 个较早的公布数", "另有 %(count)d 个较早的公布数", more)
        reasons.append(Reason("reading", words % {"count": more}))
    return reasons


def reading_text(reading: ReadingFacts) -> str:
    word = QUALIFIER_WORDS.get(str(reading.qualifier))
    text = quantity(reading.value, reading.indicator.unit, reading.indicator.decimals)
    return f"{word} {text}" if word else text


# --- joint pledges ------------------------------------------------------------------------------------------------
def of_links(before: JointPledge, after: JointPledge) -> list[Reason]:
    """Which of the parks' indicators count towards the pledge, where that changed."""
    old = {link.indicator.code: link for link in before.links}
    new = {link.indicator.code: link for link in after.links}
    reasons = []
    for code in dict.fromkeys([*old, *new]):
        was, now = old.get(code), new.get(code)
        if (was and was.comparable) == (now and now.comparable):
            continue
        words = _("%(name)s：由“%(before)s”改为“%(after)s”") % {
            "name": (now or was).indicator.name,
            "before": was.comparable_label if was else _("不计入"),
            "after": now.comparable_label if now else _("不计入"),
        }
        reasons.append(Reason("link", words, source=now.source if now else None))
    return reasons


def of_parts(before: JointPledge, after: JointPledge, moved: Sequence[str]) -> list[Reason]:
    """What the parks' pledges and values add up to, where that changed; `moved`: parks with another value."""
    reasons, unit = [], after.promise.indicator.unit
    if before.joint.pledged != after.joint.pledged:
        words = _("各园承诺合计由 %(before)s变为 %(after)s") % {
            "before": quantity(before.joint.pledged, unit),
            "after": quantity(after.joint.pledged, unit),
        }
        reasons.append(Reason("promise", words))
    if (before.joint.known_sum, before.summed) != (after.joint.known_sum, after.summed):
        words = _("各园合计由 %(before)s变为 %(after)s") % {
            "before": _sum(before, unit),
            "after": _sum(after, unit),
        }
        if moved:
            words = _("%(words)s；变动的园区：%(parks)s") % {"words": words, "parks": _("、").join(moved)}
        reasons.append(Reason("parts", words))
    return reasons


def _sum(pledge: JointPledge, unit: str) -> str:
    sign = "≥ " if pledge.incomplete and pledge.joint.known_sum is not None else ""
    value: Decimal | None = pledge.joint.known_sum
    return _("%(value)s（%(summed)s 个园区）") % {
        "value": sign + quantity(value, unit),
        "summed": pledge.summed,
    }


# --- time ---------------------------------------------------------------------------------------------------------
def of_time(before: Judgement, after: Judgement) -> list[Reason]:
    """What passing time alone did: a due day reached, data grown old, more expected than before."""
    if after.state is State.STALE and before.state is not State.STALE:
        words = _("最近的数是 %(quarter)s的，此后没有新数，已经过期") % {
            "quarter": quarter_text(after.figure_quarter)
        }
        return [Reason("time", words)]
    if after.due_on and before.read_on < after.due_on <= after.read_on:
        return [Reason("time", _("期限 %(due)s已到") % {"due": day_text(after.due_on)})]
    # Without a value E is read at the quarter's end; that an older value is found now is no time that passed.
    if before.read_on >= after.read_on or None in (before.elapsed, after.elapsed):
        return []
    if before.elapsed == after.elapsed:
        return []
    facts = {"from": percent_text(before.elapsed), "to": percent_text(after.elapsed)}
    if None in (before.expected, after.expected) or before.expected == after.expected:
        return [Reason("time", _("时间进度由 %(from)s到 %(to)s") % facts)]
    facts |= {"before": number_text(before.expected), "after": number_text(after.expected)}
    words = _("时间进度由 %(from)s到 %(to)s，应达由 %(before)s到 %(after)s") % facts
    return [Reason("time", words)]
