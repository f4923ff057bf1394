"""Closing the books: what became of every promise whose term is over, as known on a day.

A term is over once the quarter that contains its due day has closed; the question is then asked about that quarter,
whatever quarter a page speaks of. What nobody reported on is never called missed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property, partial

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from changchun_innovation.shared.explain import qualified, quantity
from changchun_innovation.shared.progress import Judgement, Kind, Missing, Qualifier, State, Terms
from changchun_innovation.shared.quarters import Quarter
from changchun_innovation.shared.why import Why
from changchun_innovation.shared.wording import (
    MISSING_WORDS,
    PUBLISHED_MISSING_WORDS,
    day_text,
    park_names,
    quarter_text,
)
from institutions.queries import SourceFacts
from parks import many, many_joint
from parks.carried import city_ledger
from parks.joint import JointPledge, joint_pledges
from parks.ledger import Ledger, Pledge
from parks.queries import CommitmentLine, commitment_line
from targets.explained import why_target
from targets.models import Scope
from targets.queries import IndicatorFacts, Promise, ReadingFacts, promises_by_term


class Outcome(StrEnum):
    """What is said of a promise at the end of its term."""

    ACHIEVED = "achieved"
    MISSED = "missed"
    UNREPORTED = "unreported"  # nobody reported or published how it ended
    UNDECIDED = "undecided"  # something is known, and it does not say how the term ended


OUTCOME_WORDS = {
    Outcome.ACHIEVED: gettext_lazy("已完成"),
    Outcome.MISSED: gettext_lazy("未完成"),
    Outcome.UNREPORTED: gettext_lazy("没有期末数"),
    Outcome.UNDECIDED: gettext_lazy("不能定论"),
}
GROUPS = (Scope.CITY, Scope.FIRST_BATCH_PARKS, Scope.INSTITUTION, "parks")
GROUP_WORDS = {
    Scope.CITY: gettext_lazy("全市目标"),
    Scope.FIRST_BATCH_PARKS: gettext_lazy("八个园区的共同承诺"),
    Scope.INSTITUTION: gettext_lazy("机构的目标"),
    "parks": gettext_lazy("各园区的承诺"),
}


def outcome_of(judgement: Judgement) -> Outcome:
    """The outcome that the judgement of a due quarter allows."""
    if judgement.state is State.ACHIEVED:
        return Outcome.ACHIEVED
    if judgement.state is State.MISSED:
        return Outcome.MISSED
    if judgement.state is State.UNREPORTED or judgement.missing is Missing.NEVER_REPORTED:
        return Outcome.UNREPORTED
    return Outcome.UNDECIDED


@dataclass(frozen=True)
class Evidence:
    """What an outcome rests on: a report of a park (its quarter, revision and day of approval) or a document."""

    words: str
    quarter: str = ""
    revision: int | None = None
    approved_at: datetime | None = None
    source: SourceFacts | None = None


@dataclass(frozen=True)
class Verdict:
    """One term of one promise that is over."""

    group: str
    code: str
    subject: str
    indicator: IndicatorFacts
    terms: Terms
    judgement: Judgement
    why: Why
    evidence: Evidence | None
    remarks: tuple[str, ...]
    source: SourceFacts | None
    view: str
    page: str
    fragment: str
    pledge: Pledge | None = None
    joint: JointPledge | None = None

    @property
    def outcome(self) -> Outcome:
        return outcome_of(self.judgement)

    @property
    def outcome_word(self) -> str:
        return str(OUTCOME_WORDS[self.outcome])

    @property
    def name(self) -> str:
        return self.indicator.name

    @property
    def needs_words(self) -> bool:
        """Whether the outcome says something that the state beside it does not."""
        return self.outcome in (Outcome.UNREPORTED, Outcome.UNDECIDED)

    @property
    def state_class(self) -> str:
        """The state whose colour the outcome takes."""
        return {Outcome.UNDECIDED: "no_data"}.get(self.outcome, str(self.outcome))

    @property
    def value_words(self) -> str:
        """The final value as it was worded; of a sum over parks that lacks some, at least so much."""
        if self.joint and not self.joint.joint.published:
            total = self.joint.joint.known_sum
            words = quantity(total, self.indicator.unit, self.indicator.decimals)
            return "" if total is None else f"≥ {words}" if self.joint.incomplete else words
        judgement, unit = self.judgement, self.indicator.unit
        if judgement.annual_sum is not None:
            return quantity(judgement.value, unit, judgement.decimals)
        return "" if judgement.figure is None else qualified(judgement, unit)

    @property
    def query(self) -> dict[str, str]:
        """The address of its page in its due quarter."""
        return {"quarter": str(self.judgement.quarter)}


@dataclass(frozen=True)
class Open:
    """A promise that is not judged here: its term runs, or it has no due day."""

    group: str
    subject: str
    indicator: IndicatorFacts
    terms: Terms
    source: SourceFacts | None
    view: str
    page: str
    fragment: str


@dataclass(frozen=True)
class VerdictGroup:
    """The promises of one kind, by outcome."""

    group: str
    verdicts: tuple[Verdict, ...]

    @property
    def words(self) -> str:
        return str(GROUP_WORDS[self.group])

    @property
    def counts(self) -> dict[Outcome, int]:
        outcomes = [each.outcome for each in self.verdicts]
        return {outcome: outcomes.count(outcome) for outcome in Outcome if outcome in outcomes}

    @property
    def sentence(self) -> str:
        """全市目标 9 项：6 项已完成，2 项未完成，1 项没有期末数。"""
        counted = _("，").join(
            _("%(count)s 项%(outcome)s") % {"count": count, "outcome": str(OUTCOME_WORDS[outcome]).lower()}
            for outcome, count in self.counts.items()
        )
        return _("%(group)s %(count)s 项：%(counted)s。") % {
            "group": self.words,
            "count": len(self.verdicts),
            "counted": counted,
        }


@dataclass(frozen=True)
class Books:
    """Everything that was promised, as the day finds it: closed, running, without a due day."""

    known_on: date
    verdicts: tuple[Verdict, ...]
    running: tuple[Open, ...]
    undated: tuple[Open, ...]
    # None where the parks are too many: then only how many of their commitments are over is known.
    ledger: Ledger | None
    of_parks_over: int | None = None

    @cached_property
    def groups(self) -> tuple[VerdictGroup, ...]:
        groups = (
            VerdictGroup(group, tuple(each for each in self.verdicts if each.group == group))
            for group in GROUPS
        )
        return tuple(group for group in groups if group.verdicts)


def books(known_on: date) -> Books:
    """The books of a day; a fixed number of queries for every due quarter of the joint pledges, usually one."""
    ledger = city_ledger(known_on)
    every, closed = _promises(known_on)
    pledges = [pledge for pledge in ledger.pledges if is_over(pledge.terms, known_on)]
    verdicts = [
        *_of_promises(closed, partial(joint_pledges, ledger)),
        *(_of_pledge(ledger, pledge) for pledge in pledges),
    ]
    left = [
        *(_open_promise(promise) for promise in every if promise not in closed),
        *(_open_pledge(pledge) for pledge in ledger.pledges if pledge not in pledges),
    ]
    return _books(known_on, verdicts, left, ledger=ledger)


def books_of_many(known_on: date) -> Books:
    """The books of a big city: of its targets and joint pledges; the parks' own commitments are only counted.

    The stored answers must be those of the day (`parks.whole_city.is_stored`).
    """
    every, closed = _promises(known_on)
    verdicts = _of_promises(closed, lambda due, quarter: many_joint.joint_pledges(due, quarter, known_on))
    left = [_open_promise(promise) for promise in every if promise not in closed]
    span = many.span(Quarter.last_closed(known_on))
    return _books(known_on, list(verdicts), left, ledger=None, of_parks_over=span.over if span else 0)


def _promises(known_on: date) -> tuple[list[Promise], list[Promise]]:
    """Every term of every target, and those of them that are over."""
    every = [promise for terms in promises_by_term(known_on) for promise in terms]
    return every, [promise for promise in every if is_over(promise.terms, known_on)]


def _books(known_on: date, verdicts: list[Verdict], left: list[Open], **parks) -> Books:
    return Books(
        known_on=known_on,
        verdicts=tuple(_told_apart(sorted(verdicts, key=lambda each: GROUPS.index(each.group)))),
        running=tuple(each for each in left if each.terms.due_on),
        undated=tuple(each for each in left if not each.terms.due_on),
        **parks,
    )


def _told_apart(verdicts: list[Verdict]) -> Iterator[Verdict]:
    """The reasoning of a further term of one promise opens beside its own line."""
    seen: set[str] = set()
    for verdict in verdicts:
        if verdict.code in seen:
            key = f"{verdict.code}--{verdict.terms.start_on}"
            verdict = replace(verdict, why=replace(verdict.why, key=key))
        seen.add(verdict.code)
        yield verdict


def is_over(terms: Terms, known_on: date) -> bool:
    """Whether the quarter that contains the due day has closed."""
    return terms.due_quarter is not None and terms.due_quarter.is_closed(known_on)


# --- targets ------------------------------------------------------------------------------------------------------
def _of_promises(
    closed: list[Promise], joint_of: Callable[[tuple[Promise, ...], Quarter], tuple[JointPledge, ...]]
) -> Iterator[Verdict]:
    """`joint_of` answers the joint pledges among some promises in a quarter."""
    joint: dict[tuple, JointPledge] = {}
    for quarter in sorted({each.terms.due_quarter for each in closed if each.is_joint}):
        due = tuple(each for each in closed if each.is_joint and each.terms.due_quarter == quarter)
        for pledge in joint_of(due, quarter):
            joint[pledge.promise.code, pledge.promise.start_on] = pledge
    for promise in closed:
        pledge = joint.get((promise.code, promise.start_on))
        yield _of_joint(pledge) if pledge else _of_target(promise)


def _of_target(promise: Promise) -> Verdict:
    judgement = promise.judgement(promise.terms.due_quarter)
    reading = _reading(promise, judgement)
    evidence = None
    if reading:
        words = _("截至 %(day)s的公布数，%(published)s发布") % {
            "day": day_text(reading.period_end),
            "published": day_text(reading.source.published_on),
        }
        evidence = Evidence(words, source=reading.source)
    return _target_verdict(
        promise, judgement, why_target(promise, judgement), evidence, _remarks(judgement, True)
    )


def _of_joint(pledge: JointPledge) -> Verdict:
    promise, judgement = pledge.promise, pledge.judgement
    if pledge.joint.published:
        reading = _reading(promise, judgement)
        words = _("公布数，各园区合计并列于本页之外")
        evidence = Evidence(words, source=reading.source if reading else None)
        return _target_verdict(promise, judgement, pledge.why, evidence, _remarks(judgement, True), pledge)
    evidence = None
    if pledge.joint.known_sum is not None:
        words = _("各园区审定数之和，%(summed)s 个园区有数") % {"summed": pledge.summed}
        evidence = Evidence(words)
    remarks = list(_remarks(judgement, False))
    if pledge.missing:
        names = park_names([park.name for park in pledge.missing])
        remarks.append(_("缺数：%(parks)s") % {"parks": names})
    return _target_verdict(promise, judgement, pledge.why, evidence, tuple(remarks), pledge)


def _target_verdict(promise: Promise, judgement, why, evidence, remarks, joint=None) -> Verdict:
    return Verdict(
        group=promise.scope,
        code=promise.code,
        subject=promise.institution.name if promise.institution else "",
        indicator=promise.indicator,
        terms=promise.terms,
        judgement=judgement,
        why=why,
        evidence=evidence,
        remarks=remarks,
        source=promise.source,
        view="targets:target",
        page=promise.code,
        fragment="",
        joint=joint,
    )


def _reading(promise: Promise, judgement: Judgement) -> ReadingFacts | None:
    """The published value that was held against the target, whether it proved anything or not."""
    for reading in reversed(promise.readings):
        if reading.period_end == judgement.figure_on and reading.value == judgement.figure:
            return reading
    return None


# --- commitments --------------------------------------------------------------------------------------------------
def _of_pledge(ledger: Ledger, pledge: Pledge) -> Verdict:
    line = commitment_line(ledger, pledge, pledge.terms.due_quarter)
    return Verdict(
        group="parks",
        code=pledge.code,
        subject=pledge.park.name,
        indicator=pledge.indicator,
        terms=pledge.terms,
        judgement=line.judgement,
        why=line.why,
        evidence=_report(line),
        remarks=_remarks(line.judgement, False),
        source=pledge.source,
        view="parks:park",
        page=pledge.park.code,
        fragment=pledge.indicator.code,
        pledge=pledge,
    )


def _report(line: CommitmentLine) -> Evidence | None:
    figure = line.figure
    if figure is None:
        return None
    words = _("%(quarter)s季报第 %(revision)s 版，%(day)s审定") % {
        "quarter": quarter_text(figure.quarter),
        "revision": figure.revision,
        "day": day_text(figure.approved_at),
    }
    return Evidence(words, str(figure.quarter), figure.revision, figure.approved_at)


# --- words --------------------------------------------------------------------------------------------------------
def _remarks(judgement: Judgement, published: bool) -> tuple[str, ...]:
    """How far the value can be trusted, and why there is no outcome where there is none."""
    return tuple(_remarked(judgement, published, outcome_of(judgement)))


def _remarked(judgement: Judgement, published: bool, outcome: Outcome) -> Iterator[str]:
    if judgement.missing:
        words = PUBLISHED_MISSING_WORDS if published else MISSING_WORDS
        yield str(words[str(judgement.missing)])
    if outcome is Outcome.ACHIEVED and judgement.derived:
        yield _("由推算值达到，并非直接公布")
    elif judgement.qualifier is Qualifier.DERIVED:
        yield _("推算值")
    if outcome is Outcome.ACHIEVED and judgement.qualifier in (Qualifier.AT_LEAST, Qualifier.MORE_THAN):
        yield _("只知下限，下限已达到目标")
    if judgement.value is None:
        return
    if outcome in (Outcome.UNDECIDED, Outcome.UNREPORTED):
        yield _("最后的数截至 %(day)s，说明不了期末") % {"day": day_text(judgement.as_at)}
    elif judgement.as_at < judgement.due_on and judgement.kind not in (Kind.CUMULATIVE, Kind.RATE):
        yield _("数截至 %(day)s，早于期限") % {"day": day_text(judgement.as_at)}
    if not judgement.baseline_known and judgement.kind is not Kind.RATE:
        yield _("基数未知，按 0 计")


def _open_promise(promise: Promise) -> Open:
    return Open(
        group=promise.scope,
        subject=promise.institution.name if promise.institution else str(GROUP_WORDS[promise.scope]),
        indicator=promise.indicator,
        terms=promise.terms,
        source=promise.source,
        view="targets:target",
        page=promise.code,
        fragment="",
    )


def _open_pledge(pledge: Pledge) -> Open:
    return Open(
        group="parks",
        subject=pledge.park.name,
        indicator=pledge.indicator,
        terms=pledge.terms,
        source=pledge.source,
        view="parks:park",
        page=pledge.park.code,
        fragment=pledge.indicator.code,
    )
