"""From parks to the city: what the parks' own pledges and figures add up to, against what they promised together."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property

from auditlog.models import LogEntry
from django.utils.translation import gettext as _

from changchun_innovation.shared.append_only import latest_by
from changchun_innovation.shared.bilingual import Bilingual
from changchun_innovation.shared.progress import (
    JointJudgement,
    Judgement,
    Part,
    PartsSum,
    judge_joint,
    sum_of_parts,
)
from changchun_innovation.shared.quarters import Quarter
from changchun_innovation.shared.remembered import Latest, WhileUnchanged, once
from changchun_innovation.shared.why import Why
from institutions.queries import SourceFacts
from parks.dependence import Share, largest_share
from parks.explained import why_joint
from parks.ledger import Ledger, ParkFacts, Pledge
from parks.models import Comparability, JointLink
from targets.queries import IndicatorFacts, Promise


@dataclass(frozen=True)
class LinkedIndicator:
    """What the parks' pledges for one indicator add up to, under one link of a joint pledge."""

    indicator: IndicatorFacts
    comparable: str
    comparable_label: str
    note_zh: str
    note_en: str
    source: SourceFacts | None
    total: PartsSum
    pledging: tuple[ParkFacts, ...]
    missing: tuple[ParkFacts, ...]
    stale: tuple[ParkFacts, ...]

    note = Bilingual()


@dataclass(frozen=True)
class JointPledge:
    """A promise of the eight parks together: its judgement, and what the parks' own pledges cover of it."""

    promise: Promise
    joint: JointJudgement
    links: tuple[LinkedIndicator, ...]
    largest_pledge: Share | None = None
    largest_report: Share | None = None

    @property
    def judgement(self) -> Judgement:
        return self.joint.judgement

    @cached_property
    def why(self) -> Why:
        """The reasoning, for the panel that the state opens."""
        return why_joint(self)

    @property
    def full(self) -> tuple[LinkedIndicator, ...]:
        return tuple(link for link in self.links if link.comparable == Comparability.FULL)

    @property
    def partly(self) -> tuple[LinkedIndicator, ...]:
        return tuple(link for link in self.links if link.comparable == Comparability.PARTLY)

    @property
    def gap(self) -> Decimal:
        """What no park has pledged: the joint pledge less the sum of the parks' pledges, at least 0."""
        return max(Decimal(0), self.promise.terms.target - self.joint.pledged)

    @property
    def missing(self) -> tuple[ParkFacts, ...]:
        """Parks that pledged the indicator and have no judged value."""
        return tuple(dict.fromkeys(park for link in self.full for park in link.missing))

    @property
    def stale(self) -> tuple[ParkFacts, ...]:
        """Parks whose judged value is too old for the sum to be judged on the line."""
        return tuple(dict.fromkeys(park for link in self.full for park in link.stale))

    @property
    def incomplete(self) -> bool:
        return bool(self.joint.missing_keys)

    @property
    def leans_on(self) -> tuple[Share, ...]:
        """Parks of which one alone carries too much of what is pledged, or of what is reported."""
        return tuple(
            share for share in (self.largest_pledge, self.largest_report) if share and share.too_much
        )

    @property
    def dependence(self) -> str:
        """The same in words; '' where the sum leans on no park."""
        return _("；").join(share.words for share in self.leans_on)

    @property
    def summed(self) -> str:
        """How many of the parks that pledged are in the sum: `6 / 7`."""
        return f"{self.joint.reported} / {self.joint.pledging}"


def joint_pledges(ledger: Ledger, promises: tuple[Promise, ...], quarter: Quarter) -> tuple[JointPledge, ...]:
    """Every joint pledge known on the ledger's day, in the order of the targets; one query."""
    by_target = links_by_target(ledger.known_on)
    return tuple(
        _joint_pledge(ledger, promise, by_target.get(promise.code, []), quarter)
        for promise in promises
        if promise.is_joint
    )


_linked_by = WhileUnchanged(lambda: (JointLink, LogEntry))


def links_by_target(known_on: date) -> Mapping[str, Sequence[JointLink]]:
    """The links of every joint pledge by its code, the fully comparable ones first; one query if any is new."""
    return _linked_by.answer(known_on, lambda: _links_by_target(known_on))


def _links_by_target(known_on: date) -> dict[str, list[JointLink]]:
    links = latest_by(
        JointLink.objects.known_on(known_on).select_related("indicator", "source", "target"),
        "target_id",
        "indicator_id",
    ).values()
    order = {Comparability.FULL: 0, Comparability.PARTLY: 1}
    counted = [link for link in links if link.comparable in order]
    by_target: dict[str, list[JointLink]] = {}
    for link in sorted(counted, key=lambda link: (order[link.comparable], link.indicator.order)):
        by_target.setdefault(link.target.code, []).append(link)
    return by_target


def _joint_pledge(
    ledger: Ledger, promise: Promise, links: Sequence[JointLink], quarter: Quarter
) -> JointPledge:
    pledges = pledges_towards(ledger, promise, quarter)
    parts = {link.pk: _parts(ledger, pledges, link.indicator.code, quarter) for link in links}
    # It is the last one again, drawings and all, unless one of its parts is another.
    linked = {link.indicator.code for link in links}
    rests_on = (links, parts, [each.park for each in pledges if each.indicator.code in linked])
    return once(promise, ("joint", quarter), Latest).answer(
        rests_on, lambda: _added_up(ledger, promise, links, parts, quarter)
    )


def _added_up(
    ledger: Ledger,
    promise: Promise,
    links: Sequence[JointLink],
    parts: dict[int, list[Part]],
    quarter: Quarter,
) -> JointPledge:
    full = [part for link in links if link.comparable == Comparability.FULL for part in parts[link.pk]]
    by_code = {park.code: park for park in ledger.parks}
    return JointPledge(
        promise=promise,
        joint=judge_joint(
            promise.terms,
            full,
            quarter,
            ledger.known_on,
            [reading.published for reading in promise.readings],
        ),
        links=tuple(_linked(ledger, promise, link, parts[link.pk]) for link in links),
        largest_pledge=largest_share(by_code, _by_park(full, lambda part: part.pledge), reported=False),
        largest_report=largest_share(
            by_code, _by_park(full, lambda part: part.judgement.value), reported=True
        ),
    )


def pledges_towards(ledger: Ledger, promise: Promise, quarter: Quarter) -> tuple[Pledge, ...]:
    """The parks' pledges that a joint pledge can be held against in a quarter.

    They are the terms in force then, at most on the last day before the joint pledge's due day: what the parks
    promise for the time after counts towards its successor.
    """
    return ledger.pledges_on(counted_on(promise, quarter))


def counted_on(promise: Promise, quarter: Quarter) -> date:
    """The day whose terms of the parks a joint pledge is held against in a quarter."""
    last = quarter.ends_on
    if promise.terms.due_on:
        last = min(last, promise.terms.due_on - timedelta(days=1))
    return last


def _parts(ledger: Ledger, pledges: tuple[Pledge, ...], indicator: str, quarter: Quarter) -> list[Part]:
    return [
        Part(pledge.park.code, ledger.judgement(pledge, quarter), pledge.terms.target)
        for pledge in pledges
        if pledge.indicator.code == indicator
    ]


def _by_park(parts: list[Part], number: Callable[[Part], Decimal | None]) -> dict[str, Decimal]:
    """What the parts of each park add up to; parks without a number are left out."""
    sums: dict[str, Decimal] = {}
    for part in parts:
        if (value := number(part)) is not None:
            sums[part.key] = sums.get(part.key, Decimal(0)) + value
    return sums


def _linked(ledger: Ledger, promise: Promise, link: JointLink, parts: list[Part]) -> LinkedIndicator:
    total = sum_of_parts(promise.terms, parts)
    by_code = {park.code: park for park in ledger.parks}
    return LinkedIndicator(
        indicator=IndicatorFacts.of(link.indicator),
        comparable=link.comparable,
        comparable_label=link.get_comparable_display(),
        note_zh=link.note_zh,
        note_en=link.note_en,
        source=SourceFacts.of(link.source),
        total=total,
        pledging=tuple(by_code[part.key] for part in parts),
        missing=tuple(by_code[key] for key in total.missing_keys),
        stale=tuple(by_code[key] for key in total.stale_keys),
    )
