"""What a synthetic park reported of its pledges: plain data from a seed and a code, made without a database.

The same seed, code and pledges give the same figures and steps, however many other parks there are. Moments are working
hours in Changchun; what would have happened after the present moment is left out, and a report then stands where it
would stand now.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from types import SimpleNamespace

from django.utils import timezone

from changchun_innovation.demonstration.pledged import TERM_ENDS
from changchun_innovation.shared.quarters import Quarter
from parks.as_read import AsRead
from parks.baselines import takes_baseline
from parks.checks import SMALLEST_STEP, UNLIKELY_MULTIPLE, doubts_about
from parks.entry import Entry
from parks.models import Status, Verb
from targets.models import Kind

# Centre of the pace, and how many of a hundred parks go at it: ahead, on pace, slow, behind.
PACES = ((1.2, 22), (0.98, 34), (0.8, 22), (0.45, 22))
# How the report of the last quarter ends, of a hundred.
ENDINGS = (("approved", 93), ("submitted", 3), ("returned", 3), ("draft", 1))
# What of a whole year has come in by the end of each quarter.
SEASONS = (0.2, 0.46, 0.71, 1.0)
# Nothing about a quarter is open any more when the next one ends, so that figures are checked against approved ones.
LATEST_SUBMISSION = 66

NOT_APPLICABLE = "项目尚未启动，本季不涉及。"
EXPLANATION = "集中入驻与集中结算所致，已与台账核对。"
COMPLETED = "已补充合同清单。"
RETURNED = "请补充合同清单后再提交。"
REOPENED = "园区来函更正，按台账核实后重报。"


@dataclass(frozen=True)
class Promise:
    """What is needed of a commitment to imagine its figures; `pk` is its id."""

    pk: int
    indicator: str
    kind: str
    decimals: int
    target: Decimal
    start_on: date
    due_on: date | None
    baseline: Decimal | None
    part_of: str


@dataclass(frozen=True)
class Step:
    """One step of a report; saving figures is a step without a verb, and leaves no event."""

    verb: str
    at: datetime
    to_status: str = ""
    by_reviewer: bool = False
    reason: str = ""
    stood: dict | None = None


@dataclass(frozen=True)
class Imagined:
    """One revision of one report as its steps left it."""

    quarter: Quarter
    revision: int
    steps: tuple[Step, ...]
    entries: Mapping[int, Entry] = field(default_factory=dict)

    @property
    def status(self) -> str:
        return next(step.to_status for step in reversed(self.steps) if step.verb)

    @property
    def version(self) -> int:
        """Every step but the first adds one, as does every save."""
        return len(self.steps) - 1

    def last(self, verb: str) -> datetime | None:
        """When a step was taken last."""
        return max((step.at for step in self.steps if step.verb == verb), default=None)


@dataclass(frozen=True)
class _Manner:
    """How a park goes about its reports; quarters are counted from the first."""

    pace: float
    late: float
    silent: range
    ending: str
    corrected: int | None


def history(
    code: str,
    seed: int,
    promises: Sequence[Promise],
    quarters: Sequence[Quarter],
    due: Mapping[Quarter, date],
    now: datetime,
) -> Iterator[Imagined]:
    """The reports of a park, by quarter and revision; `due` is the day on which each quarter's report is due."""
    rng = Random(f"{seed}/{code}/reports")
    manner = _manner(rng, len(quarters))
    begun = {promise.pk: _begun(rng, promise) for promise in promises}
    courses = _courses(rng, promises, quarters, manner.pace, begun)
    asked = _baselines(rng, promises, begun)
    earlier: dict[int, dict[Quarter, Decimal]] = {promise.pk: {} for promise in promises}
    for at, quarter in enumerate(quarters):
        if at in manner.silent:
            continue
        ending = manner.ending if at == len(quarters) - 1 else "approved"
        entries = {
            promise.pk: _entry(rng, promise, quarter, courses[promise.pk][at], earlier, asked.get(promise.pk))
            for promise in promises
        }
        corrected = at == manner.corrected and ending == "approved"
        steps, saves = _first_steps(rng, quarter, due[quarter], manner, ending, entries, smooth=corrected)
        steps = _until(now, steps)
        if not steps:
            return
        report = Imagined(quarter, 1, steps, _saved_last(steps, saves) or {})
        yield report
        if report.status != Status.APPROVED:
            continue
        asked, entries = {}, report.entries
        if corrected:
            entries = _corrected(rng, promises, quarter, entries, earlier)
            steps = _until(now, _correction(rng, report.steps[-1].at))
            if steps:
                # A revision begins with a copy.
                yield Imagined(quarter, 2, steps, _saved_last(steps, [entries]) or report.entries)
        for promise in promises:
            if (value := entries[promise.pk].value) is not None:
                earlier[promise.pk][quarter] = value


# --- how a park goes about it --------------------------------------------------------------------------------
def _manner(rng: Random, quarters: int) -> _Manner:
    (pace,) = rng.choices([pace for pace, _share in PACES], [share for _pace, share in PACES])
    late = 0.85 if rng.random() < 0.12 else 0.06
    silent, draw = range(0), rng.random()
    if draw < 0.01:
        silent = range(quarters)
    elif draw < 0.07:
        silent = range(max(0, quarters - rng.randint(1, 4)), quarters)
    elif draw < 0.10:
        begin = rng.randrange(quarters)
        silent = range(begin, min(quarters, begin + rng.randint(1, 3)))
    (ending,) = rng.choices([ending for ending, _share in ENDINGS], [share for _ending, share in ENDINGS])
    corrected = rng.randrange(quarters) if rng.random() < 0.08 else None
    return _Manner(pace, late, silent, ending, corrected)


def _begun(rng: Random, promise: Promise) -> int:
    """What a pledge began with, in its smallest unit: its baseline where one is known."""
    share = rng.uniform(0, 0.3)
    if promise.kind == Kind.CUMULATIVE:
        return 0
    if promise.baseline is not None:
        return int(promise.baseline.scaleb(promise.decimals))
    return int(share * float(promise.target) * 10**promise.decimals)


def _baselines(rng: Random, promises: Sequence[Promise], begun: Mapping[int, int]) -> dict[int, Decimal]:
    """The baselines that the first report brings, by commitment; three of ten are never given."""
    brought = {}
    for promise in promises:
        given = rng.random() < 0.7
        if given and takes_baseline(promise.kind) and promise.baseline is None:
            brought[promise.pk] = _decimal(promise, begun[promise.pk])
    return brought


# --- figures -------------------------------------------------------------------------------------------------
def _courses(
    rng: Random,
    promises: Sequence[Promise],
    quarters: Sequence[Quarter],
    pace: float,
    begun: Mapping[int, int],
) -> dict[int, list[int | None]]:
    """What each commitment stood at in every quarter, in its smallest unit; None where it was not applicable."""
    by_indicator: dict[str, list[int | None]] = {}
    courses = {}
    for promise in promises:
        values = _course(rng, promise, quarters, max(0.05, rng.gauss(pace, 0.1)), begun[promise.pk])
        whole = by_indicator.get(promise.part_of)
        if whole:
            # A part is never larger than its whole.
            values = [
                min(value, limit) if None not in (value, limit) else value
                for value, limit in zip(values, whole, strict=True)
            ]
        courses[promise.pk] = by_indicator[promise.indicator] = values
    return courses


def _course(
    rng: Random, promise: Promise, quarters: Sequence[Quarter], pace: float, begin: int
) -> list[int | None]:
    target = float(promise.target) * 10**promise.decimals
    bend = rng.uniform(0.9, 1.15)
    # Much may come at once, a level may fall at the end, and a pledge may be not applicable at first.
    leap = rng.randrange(len(quarters)) if rng.random() < 0.04 else len(quarters)
    falling = rng.randint(1, 3) if promise.kind == Kind.STOCK and rng.random() < 0.12 else 0
    blank = rng.randint(1, 4) if rng.random() < 0.02 else 0
    values: list[int | None] = []
    for at, quarter in enumerate(quarters):
        if promise.kind == Kind.ANNUAL:
            year = begin + (target - begin) * pace * _elapsed(promise, date(quarter.year, 12, 31)) ** bend
            value = int(year * SEASONS[quarter.number - 1])
        else:
            share = pace * _elapsed(promise, quarter.ends_on) ** bend + (0.3 if at >= leap else 0)
            value = int(begin + (target - begin) * share)
            fallen = at - (len(quarters) - 1 - falling)
            if falling and fallen > 0:
                value = int(value * (1 - 0.07 * fallen)) - fallen
        values.append(max(0, value))
    return [None] * min(blank, len(values) - 1) + values[min(blank, len(values) - 1) :]


def _elapsed(promise: Promise, day: date) -> float:
    due_on = promise.due_on or TERM_ENDS
    return min(1.0, max(0.0, (day - promise.start_on).days / (due_on - promise.start_on).days))


def _decimal(promise: Promise, units: int) -> Decimal:
    return Decimal(units).scaleb(-promise.decimals) if promise.decimals else Decimal(units)


def _entry(
    rng: Random,
    promise: Promise,
    quarter: Quarter,
    units: int | None,
    earlier: Mapping[int, Mapping[Quarter, Decimal]],
    baseline: Decimal | None,
) -> Entry:
    if units is None:
        return Entry(not_applicable=True, not_applicable_reason=NOT_APPLICABLE, baseline=baseline)
    value = _decimal(promise, units)
    return Entry(
        value=value, baseline=baseline, explanation=_explained(promise, quarter, value, earlier[promise.pk])
    )


def _explained(promise: Promise, quarter: Quarter, value: Decimal, earlier: Mapping[Quarter, Decimal]) -> str:
    """The line of reason without which an unusual figure is not submitted; '' for a usual one."""
    if _is_no_news(promise, value, earlier):
        return ""
    asked = SimpleNamespace(indicator=promise, terms=promise)
    return EXPLANATION if doubts_about(asked, quarter, value, earlier) else ""


def _is_no_news(promise: Promise, value: Decimal, earlier: Mapping[Quarter, Decimal]) -> bool:
    """Whether a figure is so near to the last one that nothing can be unusual about it.

    Most are, and asking about each would take most of the time.
    """
    if promise.kind == Kind.ANNUAL or promise.decimals or value >= UNLIKELY_MULTIPLE * promise.target:
        return False
    step = value - next(reversed(earlier.values()), value)
    return abs(step) < SMALLEST_STEP and (step >= 0 or promise.kind == Kind.STOCK)


def _corrected(
    rng: Random,
    promises: Sequence[Promise],
    quarter: Quarter,
    entries: Mapping[int, Entry],
    earlier: Mapping[int, Mapping[Quarter, Decimal]],
) -> dict[int, Entry]:
    """The figures of a correction: one of them is lower, and never lower than what is a part of it."""
    wholes = {promise.part_of for promise in promises}
    able = [promise for promise in promises if entries[promise.pk].value and promise.indicator not in wholes]
    if not able:
        return dict(entries)
    promise = rng.choice(able)
    entry = entries[promise.pk]
    unit = _decimal(promise, 1)
    value = max(Decimal(0), (entry.value * Decimal("0.93") // unit) * unit)
    value = value if value != entry.value else entry.value - unit
    explanation = _explained(promise, quarter, value, earlier[promise.pk])
    return {**entries, promise.pk: replace(entry, value=value, explanation=explanation)}


# --- steps ---------------------------------------------------------------------------------------------------
def _first_steps(
    rng: Random,
    quarter: Quarter,
    due_on: date,
    manner: _Manner,
    ending: str,
    entries: Mapping[int, Entry],
    *,
    smooth: bool,
) -> tuple[list[Step], list[Mapping[int, Entry]]]:
    """The life of a first report, and its figures as each save left them; a `smooth` one is in time and not returned."""
    regular = (due_on - quarter.ends_on).days
    days = rng.randint(1, max(1, min(regular, 40) - 3))
    if rng.random() < manner.late and not smooth:
        days = max(days, min(regular + rng.randint(1, 35), LATEST_SUBMISSION))
    submitted = _working(rng, quarter.ends_on + timedelta(days=days))
    steps = [Step(Verb.CREATED, submitted - timedelta(minutes=rng.randint(65, 100)), Status.DRAFT)]
    if ending == "draft":
        return [*steps, _saved(rng, submitted)], [entries]
    steps += _submission(rng, submitted)
    returned_once = rng.random() < 0.04 and not smooth
    if ending == "returned" or returned_once:
        stood = AsRead(entries).plain()
        returned = _working(rng, submitted.date() + timedelta(days=rng.randint(1, 4)))
        steps.append(
            Step(Verb.RETURNED, returned, Status.RETURNED, by_reviewer=True, reason=RETURNED, stood=stood)
        )
    if ending == "returned":
        return steps, [entries]
    saves = [entries]
    if returned_once:
        pk = rng.choice(list(entries))
        saves.append({**entries, pk: replace(entries[pk], note=COMPLETED)})
        submitted = _working(rng, returned.date() + timedelta(days=rng.randint(1, 6)))
        steps += _submission(rng, submitted)
    if ending == "approved":
        steps.append(_approval(rng, submitted, 8))
    return steps, saves


def _correction(rng: Random, approved: datetime) -> list[Step]:
    reopened = _working(rng, approved.date() + timedelta(days=rng.randint(5, 15)))
    submitted = _working(rng, reopened.date() + timedelta(days=rng.randint(2, 7)))
    return [
        Step(Verb.REOPENED, reopened, Status.DRAFT, by_reviewer=True, reason=REOPENED),
        *_submission(rng, submitted),
        _approval(rng, submitted, 5),
    ]


def _saved(rng: Random, submitted: datetime) -> Step:
    return Step("", submitted - timedelta(minutes=rng.randint(2, 50)))


def _submission(rng: Random, at: datetime) -> list[Step]:
    return [_saved(rng, at), Step(Verb.SUBMITTED, at, Status.SUBMITTED)]


def _approval(rng: Random, submitted: datetime, most_days: int) -> Step:
    at = _working(rng, submitted.date() + timedelta(days=rng.randint(2, most_days)))
    return Step(Verb.APPROVED, at, Status.APPROVED, by_reviewer=True)


def _working(rng: Random, day: date) -> datetime:
    """A minute between 10:00 and 16:59 of a day, or of the Monday after it."""
    day += timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)
    minute = rng.randrange(7 * 60)
    at = time(10 + minute // 60, minute % 60)
    return datetime.combine(day, at, tzinfo=timezone.get_default_timezone())


def _until(now: datetime, steps: list[Step]) -> tuple[Step, ...]:
    return tuple(step for step in steps if step.at <= now)


def _saved_last(steps: Sequence[Step], saves: Sequence[Mapping[int, Entry]]) -> Mapping[int, Entry] | None:
    """The figures as the last save among the steps left them; None where nothing was saved by now."""
    count = sum(not step.verb for step in steps)
    return saves[count - 1] if count else None
