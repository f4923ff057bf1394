"""What stands behind a joint pledge: the parks' pledges in parts, and what they added up to quarter by quarter."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from changchun_innovation.shared.paging import Part, part_among
from changchun_innovation.shared.progress import Part as Addend
from changchun_innovation.shared.progress import PartsSum, sum_of_parts
from changchun_innovation.shared.quarters import Quarter
from parks import joint, many_joint
from parks.carried import city_ledger
from parks.joint import JointPledge, LinkedIndicator, pledges_towards
from parks.ledger import Ledger, Pledge
from parks.many_joint import KnownSum
from parks.models import Park, StoredState
from parks.queries import CommitmentLine, commitment_line
from parks.replies import ReplyFacts, replies
from parks.whole_city import is_stored
from targets.queries import Promise

PARKS_TO_A_PAGE = 50


@dataclass(frozen=True)
class LinkPortrait:
    """One of the parks' indicators under a joint pledge, with a part of the pledges that add up, the largest first."""

    link: LinkedIndicator
    shown: Part

    @property
    def lines(self) -> tuple[CommitmentLine, ...]:
        return self.shown.rows

    @property
    def summed(self) -> str:
        return f"{self.link.total.reported}/{self.link.total.pledging}"


@dataclass(frozen=True)
class JointParts:
    """A joint pledge, its links, its sums in the quarters that were asked for, and what its parks are called."""

    pledge: JointPledge
    links: tuple[LinkPortrait, ...]
    history: tuple[tuple[Quarter, PartsSum | KnownSum], ...]
    names: Mapping[str, str]


def joint_parts(
    promise: Promise, quarter: Quarter, known_on: date, term: Iterable[Quarter], query: Mapping[str, str]
) -> JointParts:
    """A joint pledge in a quarter; `term` are the quarters to look back on, `query` may ask for a part of each link."""
    ask = _from_store if is_stored(known_on) else _from_ledger
    return ask(promise, quarter, known_on, tuple(term), query)


def _key(link: LinkedIndicator) -> str:
    return f"page-{link.indicator.code}"


def _until(term: Sequence[Quarter], pledge: JointPledge) -> list[Quarter]:
    return [each for each in term if each <= pledge.judgement.quarter]


# --- from the ledger ---------------------------------------------------------------------------------------------
def _from_ledger(promise: Promise, quarter: Quarter, known_on: date, term, query) -> JointParts:
    ledger = city_ledger(known_on)
    (pledge,) = joint.joint_pledges(ledger, (promise,), quarter)
    pledges = pledges_towards(ledger, promise, quarter)
    spoken = replies(known_on, quarter)
    return JointParts(
        pledge=pledge,
        links=tuple(_link(ledger, pledges, link, quarter, spoken, query) for link in pledge.links),
        history=tuple((each, _known_sum(ledger, pledge, each)) for each in _until(term, pledge)),
        names={park.code: park.name for park in ledger.parks},
    )


def _link(
    ledger: Ledger,
    pledges: tuple[Pledge, ...],
    link: LinkedIndicator,
    quarter: Quarter,
    spoken: Mapping[tuple[str, str], ReplyFacts],
    query: Mapping[str, str],
) -> LinkPortrait:
    of_link = [pledge for pledge in pledges if pledge.indicator.code == link.indicator.code]
    of_link.sort(key=lambda pledge: -pledge.terms.target)
    key = _key(link)
    part = part_among(
        len(of_link),
        lambda first, end: [_line(ledger, pledge, quarter, spoken) for pledge in of_link[first:end]],
        query.get(key, ""),
        key=key,
        size=PARKS_TO_A_PAGE,
    )
    return LinkPortrait(link, part)


def _line(ledger: Ledger, pledge: Pledge, quarter: Quarter, spoken) -> CommitmentLine:
    return commitment_line(ledger, pledge, quarter, spoken.get((pledge.park.code, pledge.indicator.code)))


def _known_sum(ledger: Ledger, pledge: JointPledge, quarter: Quarter) -> PartsSum:
    """What the fully comparable pledges added up to at the end of a quarter."""
    counted = {link.indicator.code for link in pledge.full}
    parts = [
        Addend(each.park.code, ledger.judgement(each, quarter), each.terms.target)
        for each in pledges_towards(ledger, pledge.promise, quarter)
        if each.indicator.code in counted
    ]
    return sum_of_parts(pledge.promise.terms, parts)


# --- from what is stored -----------------------------------------------------------------------------------------
def _from_store(promise: Promise, quarter: Quarter, known_on: date, term, query) -> JointParts:
    """The same; only the parks that are shown are loaded. The queries depend on the links, never on the parks."""
    (pledge,) = many_joint.joint_pledges((promise,), quarter, known_on, name_largest=True)
    parts = [
        part_among(
            # A park may have several pledges for one indicator, which all stand in the list.
            (rows := many_joint.largest_first(promise, link.indicator.code, quarter)).count(),
            partial(_between, rows),
            query.get(_key(link), ""),
            key=_key(link),
            size=PARKS_TO_A_PAGE,
        )
        for link in pledge.links
    ]
    lines = _lines(promise, quarter, known_on, [row for part in parts for row in part.rows])
    return JointParts(
        pledge=pledge,
        links=tuple(
            LinkPortrait(link, replace(part, rows=tuple(lines[row.commitment_id] for row in part.rows)))
            for link, part in zip(pledge.links, parts, strict=True)
        ),
        history=many_joint.known_sums(pledge, _until(term, pledge)),
        names={park.code: park.name for link in pledge.links for park in link.pledging},
    )


def _between(rows, first: int, end: int) -> Iterable[StoredState]:
    return rows[first:end]


def _lines(
    promise: Promise, quarter: Quarter, known_on: date, rows: Iterable[StoredState]
) -> dict[int, CommitmentLine]:
    """The commitments of some stored answers in full, by id."""
    parks = Park.objects.filter(pk__in={row.park_id for row in rows})
    codes = list(parks.values_list("code", flat=True))
    ledger, spoken = Ledger.of(known_on, codes), replies(known_on, quarter, codes)
    wanted = {row.commitment_id for row in rows}
    return {
        pledge.pk: _line(ledger, pledge, quarter, spoken)
        for pledge in pledges_towards(ledger, promise, quarter)
        if pledge.pk in wanted
    }
