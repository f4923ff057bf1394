"""From parks to the city: judging a joint pledge by the sum of the parks' judged values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from ..quarters import Quarter
from .judgement import Found, Judgement, Missing, Qualifier
from .readings import Published, chosen_readings, judge_readings
from .table import decide
from .terms import Kind, Terms, exact_sum, rounded

LEAST_COVERAGE = Decimal("0.8")


@dataclass(frozen=True, slots=True)
class Part:
    """One linked commitment: whose it is, how it was judged (same quarter, same day), and its pledge."""

    key: str
    judgement: Judgement
    pledge: Decimal


@dataclass(frozen=True, slots=True)
class PartsSum:
    """What the linked commitments add up to.

    ``known_sum``: the judged values that exist, stale ones included; None where there is none, and for a
    rate, which is never summed. ``pledging`` counts the parks that pledged, ``reported`` those of them with
    every value known; ``missing_keys`` names the others, ``stale_keys`` those with a stale value.
    ``coverage``: ``pledged`` against the joint pledge, to 4 decimals; None where the joint pledge is not
    above 0. ``earliest``: the earliest reference day among the summed values.
    """

    known_sum: Decimal | None
    reported: int
    pledging: int
    missing_keys: tuple[str, ...]
    stale_keys: tuple[str, ...]
    pledged: Decimal
    coverage: Decimal | None
    earliest: date | None

    @property
    def complete(self) -> bool:
        """Whether every linked commitment has a value that is not stale."""
        return not self.missing_keys and not self.stale_keys


@dataclass(frozen=True, slots=True)
class JointJudgement:
    """A joint pledge's judgement and the sum that stands beside it, or that it rests on."""

    judgement: Judgement
    total: PartsSum
    published: bool  # judged by a published value; the sum stands beside it

    @property
    def known_sum(self) -> Decimal | None:
        return self.total.known_sum

    @property
    def reported(self) -> int:
        return self.total.reported

    @property
    def pledging(self) -> int:
        return self.total.pledging

    @property
    def missing_keys(self) -> tuple[str, ...]:
        return self.total.missing_keys

    @property
    def stale_keys(self) -> tuple[str, ...]:
        return self.total.stale_keys

    @property
    def coverage(self) -> Decimal | None:
        return self.total.coverage

    @property
    def pledged(self) -> Decimal:
        return self.total.pledged


@dataclass(frozen=True, slots=True)
class Added:
    """Everything of the fully linked commitments that a joint judgement needs, whoever added it up.

    ``parts`` counts the commitments, ``known`` those with a judged value, ``lasting`` those whose value cannot
    be lost again by being old; ``lasting_sum`` adds the latter (None for none). ``baseline`` is the sum of theirs, an
    unknown one as 0; ``baseline_known``: whether all of them are known.
    """

    total: PartsSum
    parts: int
    known: int
    lasting: int
    lasting_sum: Decimal | None
    baseline: Decimal
    baseline_known: bool


def judge_joint(
    terms: Terms,
    parts: Sequence[Part],
    quarter: Quarter,
    known_on: date,
    readings: Iterable[Published] = (),
) -> JointJudgement:
    """Judge a joint pledge by its published value, where one can be judged, otherwise by its parts.

    ``parts``: the commitments under *full* links, each judged for the same quarter and day. ``readings``:
    the published values of the joint pledge itself that are known on the day.
    """
    return judge_added(terms, added_up(terms, parts), quarter, known_on, readings)


def judge_added(
    terms: Terms, added: Added, quarter: Quarter, known_on: date, readings: Iterable[Published] = ()
) -> JointJudgement:
    """Judge a joint pledge whose parts were added up already.

    A partial sum of a falling target proves nothing, and stale values prove nothing that can be lost again: a `stock`
    or `annual` sum that reaches the target only with them is `stale`.
    """
    readings, total = list(readings), added.total
    capped = terms.capped(quarter)
    if any(r.quarter <= capped for r in chosen_readings(terms, readings)):
        return JointJudgement(judge_readings(terms, readings, quarter, known_on), total, published=True)

    terms, baseline_known = _with_baseline(terms, added)
    reached = _reached(terms, total.known_sum, added.known, added.parts)
    on_line = total.complete and total.coverage is not None and total.coverage >= LEAST_COVERAGE
    found = None
    if total.known_sum is not None and (reached or on_line):
        found = Found(
            value=total.known_sum,
            figure=total.known_sum,
            quarter=Quarter.containing(total.earliest),
            as_at=total.earliest,
            satisfied=reached,
            qualifier=Qualifier.AT_LEAST if total.missing_keys else Qualifier.EXACT,
        )
    summable = terms.kind is not Kind.RATE
    judgement = decide(
        terms,
        found,
        asked=quarter,
        known_on=known_on,
        missing=Missing.LOW_COVERAGE if total.complete and summable else Missing.INCOMPLETE_SUM,
        unreported=None,
        stale=reached and not _reached(terms, added.lasting_sum, added.lasting, added.parts),
        term_over=False,
        earlier={},
    )
    return JointJudgement(replace(judgement, baseline_known=baseline_known), total, published=False)


def added_up(terms: Terms, parts: Sequence[Part]) -> Added:
    """What the commitments under full links add up to, for the judge."""
    known = [p for p in parts if p.judgement.value is not None]
    lasting = [p for p in known if terms.kind is Kind.CUMULATIVE or not p.judgement.stale]
    return Added(
        total=sum_of_parts(terms, parts),
        parts=len(parts),
        known=len(known),
        lasting=len(lasting),
        lasting_sum=exact_sum(*(p.judgement.value for p in lasting)) if lasting else None,
        baseline=exact_sum(*(p.judgement.baseline for p in parts)),
        baseline_known=all(p.judgement.baseline_known for p in parts),
    )


def sum_of_parts(terms: Terms, parts: Sequence[Part]) -> PartsSum:
    """Add up linked commitments, full or partly comparable ones, without judging the sum."""
    keys = tuple(dict.fromkeys(p.key for p in parts))
    known = [p for p in parts if p.judgement.value is not None]
    missing = {p.key for p in parts if p.judgement.value is None}
    stale = {p.key for p in known if p.judgement.stale}
    summable = known and terms.kind is not Kind.RATE
    pledged = exact_sum(*(p.pledge for p in parts))
    return PartsSum(
        known_sum=exact_sum(*(p.judgement.value for p in known)) if summable else None,
        reported=len(keys) - len(missing),
        pledging=len(keys),
        missing_keys=tuple(key for key in keys if key in missing),
        stale_keys=tuple(key for key in keys if key in stale),
        pledged=pledged,
        coverage=coverage_of(terms, pledged),
        earliest=min((p.judgement.as_at for p in known), default=None),
    )


def coverage_of(terms: Terms, pledged: Decimal) -> Decimal | None:
    """What was pledged against the joint pledge, to 4 decimals; None where that is not above 0."""
    return rounded(Fraction(pledged) / Fraction(terms.target), 4) if terms.target > 0 else None


def _reached(terms: Terms, summed: Decimal | None, count: int, parts: int) -> bool:
    """Whether the sum of some parts proves that the pledge is kept.

    What is missing can only add to a rising sum; it can break a falling one, which must therefore be whole.
    """
    if summed is None or terms.kind is Kind.RATE:
        return False
    if not terms.comparator.rising and count < parts:
        return False
    return terms.comparator.satisfied_by(summed, terms.target)


def _with_baseline(terms: Terms, added: Added) -> tuple[Terms, bool]:
    """The terms with B, the joint pledge's own or else the sum of the parks', and whether all of it is known.

    An unknown baseline of a park counts as 0 in the sum, as it does for the park itself.
    """
    if terms.baseline_known or not added.parts:
        return terms, terms.baseline_known
    return replace(terms, baseline=added.baseline), added.baseline_known
