"""What the pages of the targets say: every promise judged, and one promise with its readings or its parks."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property

from django.utils.translation import gettext as _

from changchun_innovation.overview.joint_parts import LinkPortrait, joint_parts
from changchun_innovation.overview.promise_charts import promise_chart, sum_chart
from changchun_innovation.overview.queries import offered_quarters
from changchun_innovation.shared.charts import Chart
from changchun_innovation.shared.explain import explain, explain_joint, quantity, scope_notes, sum_text
from changchun_innovation.shared.filters import Choice, Facet, Narrowed, narrow
from changchun_innovation.shared.progress import (
    Judgement,
    Kind,
    Qualifier,
    chosen_readings,
    judge_readings,
)
from changchun_innovation.shared.quarters import Quarter
from changchun_innovation.shared.why import Why
from changchun_innovation.shared.wording import STATE_WORDS, day_text
from parks import whole_city
from parks.joint import JointPledge
from parks.queries import NEED, PublicationFacts, publications
from targets.explained import why_period, why_target
from targets.models import Scope
from targets.queries import (
    ContextFacts,
    Promise,
    ReadingFacts,
    context_figures,
    promises,
    readings,
)


# --- the list -----------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class PromiseLine:
    """One target in a quarter; `joint` for a promise of the parks together."""

    promise: Promise
    judgement: Judgement
    reading: ReadingFacts | None
    joint: JointPledge | None

    @cached_property
    def why(self) -> Why:
        """The reasoning, for the panel that the state opens."""
        return self.joint.why if self.joint else why_target(self.promise, self.judgement)


@dataclass(frozen=True)
class PromiseList:
    quarters: tuple[Quarter, ...]
    lines: Narrowed
    beside: tuple[ReadingFacts, ...]
    context: tuple[ContextFacts, ...]

    def _of(self, scope: str) -> tuple[PromiseLine, ...]:
        return tuple(line for line in self.lines.rows if line.promise.scope == scope)

    @property
    def city(self) -> tuple[PromiseLine, ...]:
        return self._of(Scope.CITY)

    @property
    def joint(self) -> tuple[PromiseLine, ...]:
        return self._of(Scope.FIRST_BATCH_PARKS)

    @property
    def of_institutions(self) -> tuple[PromiseLine, ...]:
        return self._of(Scope.INSTITUTION)


def promise_list(quarter: Quarter, known_on: date, query) -> PromiseList:
    """Every target known on the day, judged in the quarter, and the published values nobody promised anything about."""
    known = promises(known_on, quarter)
    joint = {each.promise.code: each for each in whole_city.joint_pledges(known, quarter, known_on)}
    lines = [_line(promise, joint.get(promise.code), quarter) for promise in known]
    promised = {(promise.indicator.code, promise.scope_code) for promise in known}
    facet = Facet(
        "state",
        _("状态"),
        tuple(Choice(str(state), str(STATE_WORDS[str(state)])) for state in NEED),
        lambda line: str(line.judgement.state),
    )
    return PromiseList(
        quarters=offered_quarters(known_on),
        lines=narrow(lines, [facet], query),
        beside=tuple(
            reading
            for reading in readings(known_on)
            if (reading.indicator.code, reading.subject) not in promised
            and reading.subject in (Scope.CITY, Scope.FIRST_BATCH_PARKS)
        ),
        context=tuple(each for each in context_figures() if each.source.published_on <= known_on),
    )


def _line(promise: Promise, joint: JointPledge | None, quarter: Quarter) -> PromiseLine:
    judgement = joint.judgement if joint else promise.judgement(quarter)
    return PromiseLine(promise, judgement, promise.reading_of(judgement), joint)


# --- one promise --------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class ReadingLine:
    """One published value, what part it plays in the judgement, and what it says of its own period."""

    reading: ReadingFacts
    part: str
    used: bool
    alone: Why | None


@dataclass(frozen=True)
class YearLine:
    """One year of a yearly rate, judged alone; without a reading it is unknown."""

    year: int
    line: ReadingLine | None
    why: Why


@dataclass(frozen=True)
class PromisePortrait:
    promise: Promise
    judgement: Judgement
    reading: ReadingFacts | None
    why: Why
    explanation: str
    notes: tuple[str, ...]
    quarters: tuple[Quarter, ...]
    term: tuple[Quarter, ...]
    readings: tuple[ReadingLine, ...]
    years: tuple[YearLine, ...]
    joint: JointPledge | None
    links: tuple[LinkPortrait, ...]
    second_sum: str
    press_beside: str
    press: tuple[PublicationFacts, ...]
    chart: Chart | None

    @property
    def messages(self) -> tuple[str, ...]:
        """What of the address could not be read."""
        return tuple(message for each in self.links for message in each.shown.messages)

    @property
    def term_over(self) -> bool:
        due = self.judgement.due_on
        return due is not None and self.judgement.quarter.ends_on >= due


def promise_portrait(code: str, quarter: Quarter, known_on: date, query) -> PromisePortrait | None:
    """One promise by its code; None where no such promise was known on the day.

    `query` (a QueryDict) may ask for a part of the parks under each link of a joint pledge.
    """
    promise = next((each for each in promises(known_on, quarter) if each.code == code), None)
    if promise is None:
        return None
    if promise.is_joint:
        return _joint_portrait(promise, quarter, known_on, query)
    judgement = promise.judgement(quarter)
    lines = _reading_lines(promise, judgement)
    return PromisePortrait(
        promise=promise,
        judgement=judgement,
        reading=promise.reading_of(judgement),
        why=why_target(promise, judgement),
        explanation=explain(judgement, promise.indicator.unit, published=True, scope_said=True),
        notes=tuple(scope_notes(judgement)),
        quarters=offered_quarters(known_on),
        term=term_of(promise, known_on),
        readings=lines,
        years=_years(promise, judgement, lines) if judgement.kind is Kind.RATE else (),
        joint=None,
        links=(),
        second_sum="",
        press_beside="",
        press=(),
        chart=promise_chart(promise, judgement),
    )


def term_of(promise: Promise, known_on: date) -> tuple[Quarter, ...]:
    """The quarters of a promise's term that are closed on the day, oldest first."""
    last = Quarter.last_closed(known_on)
    if promise.terms.due_quarter:
        last = min(last, promise.terms.due_quarter)
    return tuple(Quarter.range(Quarter.containing(promise.terms.start_on), last))


def _reading_lines(promise: Promise, judgement: Judgement) -> tuple[ReadingLine, ...]:
    """Every reading, the latest period first, with its part in the judgement."""
    chosen = chosen_readings(promise.terms, [each.published for each in promise.readings])
    used = _used(promise, judgement)
    return tuple(
        ReadingLine(
            reading=reading,
            part=_part(promise, judgement, reading, chosen, reading is used),
            used=reading is used,
            alone=_alone(promise, reading) if reading.published in chosen else None,
        )
        for reading in reversed(promise.readings)
    )


def _used(promise: Promise, judgement: Judgement) -> ReadingFacts | None:
    """The reading whose value was judged, or held against the target and found to prove nothing."""
    return next(
        (
            each
            for each in reversed(promise.readings)
            if each.period_end == judgement.figure_on and each.value == judgement.figure
        ),
        None,
    )


def _part(promise: Promise, judgement: Judgement, reading: ReadingFacts, chosen: list, used: bool) -> str:
    if used:
        return _("据此评判")
    if reading.period_end < promise.terms.start_on:
        return _("早于目标起始日，只作参考")
    if reading.qualifier in (Qualifier.PLANNED, Qualifier.BRACKET):
        return _("不是实际数，只作参考")
    if judgement.kind in (Kind.ANNUAL, Kind.RATE) and not reading.published.whole_year:
        return _("不是整个日历年，不评判")
    if reading.quarter > judgement.quarter:
        return _("晚于所问季度")
    if reading.published not in chosen:
        return _("同一时期另有更准确或更新的数")
    return _("较早的数")


def _alone(promise: Promise, reading: ReadingFacts) -> Why | None:
    """What a reading of a rate says of its own period; None for other kinds, which are judged over the term."""
    if promise.terms.kind is not Kind.RATE:
        return None
    judgement = judge_readings(promise.terms, [reading.published], reading.quarter, promise.known_on)
    return why_period(promise, reading, judgement, str(reading.period_end.year))


def _years(promise: Promise, judgement: Judgement, lines: tuple[ReadingLine, ...]) -> tuple[YearLine, ...]:
    """Every calendar year of the term up to the quarter, the latest first, known or not."""
    by_year = {line.reading.period_end.year: line for line in reversed(lines) if line.alone}
    last = judgement.quarter.year if judgement.quarter.number == 4 else judgement.quarter.year - 1
    return tuple(
        YearLine(year, line := by_year.get(year), line.alone if line else _unpublished(promise, year))
        for year in range(last, promise.terms.start_on.year - 1, -1)
    )


def _unpublished(promise: Promise, year: int) -> Why:
    """A year about which nothing was published: no data, and why."""
    judgement = judge_readings(replace(promise.terms, due_on=None), [], Quarter(year, 4), promise.known_on)
    return why_period(promise, None, judgement, str(year))


# --- a joint pledge -----------------------------------------------------------------------------------------------
def _joint_portrait(promise: Promise, quarter: Quarter, known_on: date, query) -> PromisePortrait:
    term = term_of(promise, known_on)
    parts = joint_parts(promise, quarter, known_on, term, query)
    pledge, unit = parts.pledge, promise.indicator.unit
    codes = [link.indicator.code for link in pledge.links]
    press = publications(known_on, indicator__code__in=codes or [""])
    return PromisePortrait(
        promise=promise,
        judgement=pledge.judgement,
        reading=promise.reading_of(pledge.judgement),
        why=pledge.why,
        explanation=explain_joint(pledge.joint, unit, parts.names, scope_said=True),
        notes=tuple(scope_notes(pledge.judgement)),
        quarters=offered_quarters(known_on),
        term=term,
        readings=_reading_lines(promise, pledge.judgement),
        years=(),
        joint=pledge,
        links=parts.links,
        second_sum=_second_sum(pledge, unit),
        press_beside=_press_beside(pledge, press, unit),
        press=press,
        chart=sum_chart(pledge, parts.history, sum_text(pledge.joint, unit, parts.names)),
    )


def _press_beside(joint: JointPledge, press: tuple[PublicationFacts, ...], unit: str) -> str:
    """What the press published of the parks in the sum, beside what they reported; never added to it."""
    counted = {link.indicator.code for link in joint.full}
    reached = [
        each
        for each in press
        if each.indicator.code in counted and each.qualifier not in (Qualifier.PLANNED, Qualifier.BRACKET)
    ]
    latest = {each.park_code: each for each in sorted(reached, key=lambda each: each.as_of)}
    if not latest:
        return ""
    said = _("；").join(
        _("%(park)s %(value)s（%(day)s）")
        % {"park": each.park_name, "value": quantity(each.value, unit), "day": day_text(each.as_of)}
        for each in latest.values()
    )
    return _("媒体报道过的：%(said)s；只并列，不与填报数相加。") % {"said": said}


def _second_sum(joint: JointPledge, unit: str) -> str:
    """The sentence of the partly comparable pledges: never silently added."""
    if not joint.partly:
        return ""
    pledged = sum((link.total.pledged for link in joint.partly), Decimal(0))
    sums = [link.total.known_sum for link in joint.partly if link.total.known_sum is not None]
    facts = {
        "names": _("、").join(link.indicator.name for link in joint.partly),
        "pledged": quantity(pledged, unit),
        "both": quantity(joint.joint.pledged + pledged, unit),
        "known": quantity(sum(sums, Decimal(0)), unit),
    }
    if sums:
        return (
            _(
                "部分可比的承诺（%(names)s）合计 %(pledged)s，已报 %(known)s；若与可比部分相加，承诺为 %(both)s。"
                "口径不同，不计入评判。"
            )
            % facts
        )
    return (
        _(
            "部分可比的承诺（%(names)s）合计 %(pledged)s；若与可比部分相加，承诺为 %(both)s。口径不同，不计入评判。"
        )
        % facts
    )
