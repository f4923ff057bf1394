"""What changed between two answers: every promise whose state, value or numbers differ, and the reports between.

Each end is a quarter as known on a day. Nothing of the past is kept for this: both answers are worked out anew from
what was known, in a fixed number of queries.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from changchun_innovation.overview import reasons
from changchun_innovation.overview.comparing import Compared, Moment, Offered, offered
from changchun_innovation.overview.queries import offered_quarters
from changchun_innovation.overview.reasons import Reason
from changchun_innovation.overview.report_changes import ReportChange, report_changes
from changchun_innovation.shared.append_only import latest_by
from changchun_innovation.shared.explain import verdict
from changchun_innovation.shared.filters import Choice, Facet, Narrowed, narrow
from changchun_innovation.shared.params import Asked
from changchun_innovation.shared.progress import Comparator, Judgement, Qualifier, State
from changchun_innovation.shared.quarters import Quarter
from changchun_innovation.shared.wording import day_text
from institutions.queries import SourceFacts
from parks.carried import city_ledger
from parks.joint import JointPledge, joint_pledges, pledges_towards
from parks.ledger import Ledger, ParkFacts, Pledge, PublishedFigure
from parks.models import Milestone
from targets.queries import IndicatorFacts, Promise, promises

# How much a state asks for a person. What is stale weighs a little more than what it would otherwise be.
GRAVITY = {
    State.ACHIEVED: 0,
    State.ON_TRACK: 2,
    State.TOO_EARLY: 2,
    State.UNDATED: 2,
    State.NO_DATA: 4,
    State.WATCH: 6,
    State.UNREPORTED: 8,
    State.BEHIND: 10,
    State.MISSED: 12,
}
# Not to know what was known before is never an improvement.
UNKNOWN = (State.NO_DATA, State.UNREPORTED)


def gravity(judgement: Judgement) -> int:
    if judgement.state is State.STALE:
        return GRAVITY[judgement.state_if_fresh] + 1
    return GRAVITY[judgement.state]


@dataclass(frozen=True)
class Known:
    """Everything known on one day, judged for one quarter."""

    moment: Moment
    ledger: Ledger
    promises: tuple[Promise, ...]
    joint: dict[str, JointPledge]

    @property
    def quarter(self) -> Quarter:
        return self.moment.quarter


@dataclass(frozen=True)
class End:
    """How one promise stood at one end."""

    judgement: Judgement
    value: Decimal | None
    lower_bound: bool
    qualifier: Qualifier | None
    source: SourceFacts | None
    beside: str


@dataclass(frozen=True)
class Change:
    """One promise that is judged otherwise, or promised otherwise, than before; `before` None where it is new."""

    code: str
    park: ParkFacts | None
    subject: str
    indicator: IndicatorFacts
    promise: Pledge | Promise
    before: End | None
    after: End
    reasons: tuple[Reason, ...]
    view: str
    page: str
    anchor: str

    @property
    def published(self) -> bool:
        """Whether others publish its values, or nobody but the parks together."""
        return self.park is None

    @property
    def direction(self) -> str:
        """`worse` and `better` by the state; with the same gravity, `worse` where the value moved off its target."""
        if self.before is None:
            return "other"
        old, new = self.before.judgement, self.after.judgement
        if new.state in UNKNOWN and old.state not in UNKNOWN:
            return "worse"
        was, now = gravity(old), gravity(new)
        if was != now:
            return "worse" if now > was else "better"
        return "worse" if self._fell else "other"

    @property
    def _fell(self) -> bool:
        before, after = self.before.value, self.after.value
        if before is None or after is None:
            return False
        rising = Comparator(self.after.judgement.comparator).rising
        return after < before if rising else after > before


@dataclass(frozen=True)
class Group:
    """Changes that point the same way."""

    key: str
    title: str
    rows: tuple[Change, ...]


@dataclass(frozen=True)
class Differences:
    compared: Compared
    quarters: tuple[Quarter, ...]
    offered: tuple[Offered, ...]
    changes: Narrowed
    reports: tuple[ReportChange, ...]
    shows_reports: bool

    @property
    def groups(self) -> tuple[Group, ...]:
        """What got worse, what got better, what else changed; the gravest state of now first."""
        titles = {"worse": _("变差"), "better": _("变好"), "other": _("其他变化")}
        rows = sorted(self.changes.rows, key=lambda each: -gravity(each.after.judgement))
        return tuple(
            Group(key, title, tuple(each for each in rows if each.direction == key))
            for key, title in titles.items()
        )

    @property
    def report_counts(self) -> tuple[tuple[str, int], ...]:
        kinds = [each.kind for each in self.reports]
        words = {
            "overdue": _("新近逾期"),
            "submitted": _("提交"),
            "returned": _("退回"),
            "approved": _("审定"),
            "other": _("其他"),
        }
        return tuple((word, kinds.count(kind)) for kind, word in words.items() if kind in kinds)

    @property
    def nothing(self) -> bool:
        """Whether nothing changed between the two ends, filters left aside."""
        return not (self.changes.total or self.reports)


def differences(asked: Asked, compared: Compared, query) -> Differences:
    """Compare the two answers; `query` may narrow them to parks. A fixed number of queries."""
    after = _known(compared.after)
    before = after if compared.same else _known(compared.before, after)
    found = [*_pledges(before, after, compared), *_promises(before, after)]
    parks = Facet(
        "park",
        _("所属园区"),
        tuple(Choice(park.code, park.name) for park in after.ledger.parks),
        lambda change: change.park.code if change.park else "",
    )
    changes = narrow(found, [parks], query)
    wanted = {each.value for each in changes.chosen}
    first_due = min(
        (report.due_on for report in after.ledger.reports() if report.quarter == asked.quarter), default=None
    )
    return Differences(
        compared=compared,
        quarters=offered_quarters(asked.known_on),
        offered=tuple(offered(asked, first_due)),
        changes=changes,
        reports=tuple(
            each
            for each in report_changes(before.ledger, after.ledger)
            if not wanted or each.park.code in wanted
        ),
        shows_reports=compared.two_days,
    )


def _known(moment: Moment, other: Known | None = None) -> Known:
    """What is known at one end; of the same day the parks are not asked twice."""
    if other and other.moment.known_on == moment.known_on:
        ledger, known = other.ledger, promises(moment.known_on, moment.quarter)
    else:
        ledger, known = city_ledger(moment.known_on), promises(moment.known_on, moment.quarter)
    joint = {each.promise.code: each for each in joint_pledges(ledger, known, moment.quarter)}
    return Known(moment, ledger, known, joint)


# --- pledges of the parks -----------------------------------------------------------------------------------------
def _pledges(before: Known, after: Known, compared: Compared) -> Iterator[Change]:
    old = {pledge.pk: pledge for pledge in before.ledger.pledges_in(before.quarter)}
    milestones = _milestones(compared)
    for pledge in after.ledger.pledges_in(after.quarter):
        change = _pledge(before, after, old.get(pledge.pk), pledge, milestones)
        if change:
            yield change


def _milestones(compared: Compared) -> dict[tuple, Milestone]:
    """Rows of milestones that became known between the two days; one query."""
    rows = Milestone.objects.known_on(compared.after.known_on)
    return latest_by(rows.filter(known_from__gt=compared.before.known_on), "commitment_id", "on")


def _pledge(before: Known, after: Known, old: Pledge | None, new: Pledge, milestones) -> Change | None:
    now = after.ledger.judgement(new, after.quarter)
    was = before.ledger.judgement(old, before.quarter) if old else None
    figures = _figures(after, new, now)
    earlier = _figures(before, old, was) if old else {}
    promise = reasons.of_promise(old, new)
    if old:
        promise += reasons.of_milestones(old, new, milestones)
    reported = reasons.of_figures(new, earlier, figures)
    if not (promise or _differs(was, now) or any(each.kind == "correction" for each in reported)):
        return None
    reported += reasons.of_report(was, now, after.ledger.report(new.park, now.quarter))
    unit = new.indicator.unit
    return Change(
        code=new.code,
        park=new.park,
        subject=new.park.name,
        indicator=new.indicator,
        promise=new,
        before=_pledge_end(was) if was else None,
        after=_pledge_end(now),
        reasons=_or_the_rule([*promise, *reported, *(reasons.of_time(was, now) if was else ())], now, unit),
        view="parks:park",
        page=new.park.code,
        anchor=new.indicator.code,
    )


def _figures(known: Known, pledge: Pledge, judgement: Judgement) -> dict[Quarter, PublishedFigure]:
    """Approved figures up to the judged quarter."""
    published = known.ledger.published(pledge)
    return {quarter: figure for quarter, figure in published.items() if quarter <= judgement.quarter}


def _differs(before: Judgement | None, after: Judgement) -> bool:
    """Whether two judgements say something else; that more time is over is no change by itself."""
    if before is None:
        return True
    return any(
        getattr(before, name) != getattr(after, name)
        for name in ("state", "state_if_fresh", "missing", "value", "figure", "qualifier")
    )


def _pledge_end(judgement: Judgement) -> End:
    return End(judgement, judgement.value, False, None, None, "")


def _or_the_rule(found: list[Reason], after: Judgement, unit: str, published: bool = False) -> tuple:
    """The reasons; where no new fact explains the change, the rule that decides now."""
    return tuple(found) or (Reason("time", verdict(after, unit, published=published)),)


# --- targets and joint pledges ------------------------------------------------------------------------------------
def _promises(before: Known, after: Known) -> Iterator[Change]:
    old = {promise.code: promise for promise in before.promises}
    for promise in after.promises:
        if promise.is_joint:
            change = _joint(before, after, promise)
        else:
            change = _target(before, after, old.get(promise.code), promise)
        if change:
            yield change


def _target(before: Known, after: Known, old: Promise | None, new: Promise) -> Change | None:
    now = new.judgement(after.quarter)
    was = old.judgement(before.quarter) if old else None
    promise = reasons.of_promise(old, new)
    readings = reasons.of_readings(_readings(old, was), _readings(new, now))
    if not (promise or _differs(was, now)):
        return None
    return _promise_change(
        new,
        before=_promise_end(old, was) if old else None,
        after=_promise_end(new, now),
        found=[*promise, *readings, *(reasons.of_time(was, now) if was else ())],
    )


def _joint(before: Known, after: Known, promise: Promise) -> Change | None:
    old, new = before.joint.get(promise.code), after.joint[promise.code]
    now, was = new.judgement, old.judgement if old else None
    found = reasons.of_promise(old.promise if old else None, promise)
    if old:
        found += reasons.of_links(old, new)
        found += reasons.of_parts(old, new, _moved(before, after, new))
    found += reasons.of_readings(_readings(old.promise if old else None, was), _readings(promise, now))
    if not (found or _differs(was, now)):
        return None
    return _promise_change(
        promise,
        before=_joint_end(old) if old else None,
        after=_joint_end(new),
        found=[*found, *(reasons.of_time(was, now) if was else ())],
    )


def _promise_change(promise: Promise, before: End | None, after: End, found: list[Reason]) -> Change:
    indicator = promise.indicator
    return Change(
        code=promise.code,
        park=None,
        subject=_subject(promise),
        indicator=indicator,
        promise=promise,
        before=before,
        after=after,
        reasons=_or_the_rule(found, after.judgement, indicator.unit, published=True),
        view="targets:target",
        page=promise.code,
        anchor="",
    )


def _subject(promise: Promise) -> str:
    if promise.is_joint:
        return _("首批八个园区")
    return promise.institution.name if promise.institution else _("长春市")


def _readings(promise: Promise | None, judgement: Judgement | None) -> list:
    """Published values up to the judged quarter."""
    if promise is None:
        return []
    return [each for each in promise.readings if each.quarter <= judgement.quarter]


def _promise_end(promise: Promise, judgement: Judgement) -> End:
    reading = promise.reading_of(judgement)
    beside = day_text(reading.period_end) if reading else ""
    source = reading.source if reading else None
    return End(judgement, judgement.value, False, judgement.qualifier, source, beside)


def _joint_end(pledge: JointPledge) -> End:
    if pledge.joint.published:
        return _promise_end(pledge.promise, pledge.judgement)
    beside = _("%(summed)s 个园区有数") % {"summed": pledge.summed}
    return End(pledge.judgement, pledge.joint.known_sum, pledge.incomplete, None, None, beside)


def _moved(before: Known, after: Known, joint: JointPledge) -> list[str]:
    """Parks whose judged value under a full link is another one."""
    counted = {link.indicator.code for link in joint.full}
    old = {pledge.pk: pledge for pledge in pledges_towards(before.ledger, joint.promise, before.quarter)}
    moved = []
    for pledge in pledges_towards(after.ledger, joint.promise, after.quarter):
        if pledge.indicator.code not in counted:
            continue
        now = after.ledger.judgement(pledge, after.quarter)
        was = before.ledger.judgement(old[pledge.pk], before.quarter) if pledge.pk in old else None
        if was is None or was.value != now.value:
            moved.append(pledge.park.name)
    return list(dict.fromkeys(moved))
