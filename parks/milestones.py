"""Interim values of the parks' promises: what is in force, how it came about, and what a careful reader would ask.

A milestone lies strictly between the start and the due day of a term: there the baseline and the target hold. From
the day on which it is known it replaces the straight line, which the ledger and the judge see to.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from django.utils.translation import gettext as _

from changchun_innovation.shared.numbers import LARGEST
from changchun_innovation.shared.progress import Kind, Terms
from changchun_innovation.shared.wording import day_text, number_text
from parks.ledger import Ledger, Pledge
from parks.models import Commitment, Milestone

MOST_AT_ONCE = 24


@dataclass(frozen=True)
class Interim:
    """A proposed interim value of one day; no value withdraws the milestone of that day."""

    on: date
    value: Decimal | None


# --- for readers ---------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class MilestoneFacts:
    """One agreed interim value, or its withdrawal (no value), as readers see it.

    `in_force` tells whether it still held at the end of the day of knowledge; `proposed` whether the park proposed
    it and a reviewer approved it, rather than a reviewer entering what had been agreed elsewhere.
    """

    on: date
    value: Decimal | None
    known_from: date
    reason: str
    proposed: bool
    in_force: bool
    origin: str


def milestone_histories(known_on: date, park_codes: Iterable[str]) -> dict[int, tuple[MilestoneFacts, ...]]:
    """All milestones of some parks known on a day, by commitment: by day, the latest known first. One query."""
    rows = Milestone.objects.known_on(known_on).filter(commitment__park__code__in=list(park_codes))
    found: dict[int, list[MilestoneFacts]] = {}
    seen: set[tuple[int, date]] = set()
    for row in sorted(rows, key=lambda row: (row.known_from, row.pk), reverse=True):
        is_latest = (row.commitment_id, row.on) not in seen
        seen.add((row.commitment_id, row.on))
        found.setdefault(row.commitment_id, []).append(
            MilestoneFacts(
                on=row.on,
                value=row.value,
                known_from=row.known_from,
                reason=row.reason,
                proposed=row.proposal_id is not None,
                in_force=is_latest and row.value is not None,
                origin=row.origin,
            )
        )
    return {pk: tuple(sorted(facts, key=lambda each: each.on)) for pk, facts in found.items()}


# --- what is proposed ----------------------------------------------------------------------------------------
def terms_of_commitment(commitment: Commitment, known_on: date) -> tuple[Pledge, ...]:
    """The terms of a commitment known on a day that may have milestones: dated ones of what is no rate."""
    ledger = Ledger.of(known_on, [commitment.park.code])
    return tuple(
        pledge
        for pledge in ledger.pledges
        if pledge.pk == commitment.pk and pledge.terms.due_on and pledge.terms.kind is not Kind.RATE
    )


def in_force(pledges: Sequence[Pledge]) -> dict[date, Decimal]:
    """The milestones that shape the lines of the terms, by day."""
    return {each.on: each.value for pledge in pledges for each in pledge.terms.line_milestones}


def term_around(pledges: Sequence[Pledge], day: date) -> Pledge | None:
    """The term in which a day may have a milestone."""
    return next((p for p in pledges if p.terms.start_on < day < p.terms.due_on), None)


def why_impossible(interim: Interim, pledges: Sequence[Pledge]) -> dict[str, str]:
    """What cannot be, by field (`on`, `value`); empty where the interim value can be proposed at all."""
    wrong = {}
    if term_around(pledges, interim.on) is None:
        spans = _("、").join(
            _("%(start)s 与 %(due)s")
            % {"start": day_text(each.terms.start_on), "due": day_text(each.terms.due_on)}
            for each in pledges
        )
        wrong["on"] = _("节点日期须在起始日与到期日之间，不含这两天：%(spans)s。") % {"spans": spans}
    if interim.value is not None and not 0 <= interim.value <= LARGEST:
        wrong["value"] = _("节点目标值须在 0 与一万亿之间。")
    if interim.value is None and interim.on not in in_force(pledges):
        wrong["value"] = _("这一天没有可撤销的节点目标。")
    return wrong


def doubts(interims: Iterable[Interim], pledges: Sequence[Pledge], today: date) -> list[str]:
    """What a careful reader would ask about proposed values; said to both sides, and never a reason to refuse."""
    interims = list(interims)
    after: dict[date, Decimal | None] = {
        **in_force(pledges),
        **{interim.on: interim.value for interim in interims},
    }
    found = []
    touched = [p for p in pledges if any(term_around([p], interim.on) for interim in interims)]
    for pledge in touched:
        inside = {on: v for on, v in after.items() if v is not None and term_around([pledge], on)}
        found += _doubts_of_term(pledge.terms, inside)
    for interim in interims:
        if interim.value is not None and interim.on <= today:
            found.append(
                _("%(day)s 已过：批准以后再问过去的季度，也按这个节点目标评判。")
                % {"day": day_text(interim.on)}
            )
    return found


def _doubts_of_term(terms: Terms, values: Mapping[date, Decimal]) -> list[str]:
    rising, found = terms.comparator.rising, []
    corners = [(terms.start_on, terms.judged_baseline), *sorted(values.items())]
    for (_day, before), (on, value) in pairwise(corners):
        backwards = value < before if rising else value > before
        if backwards:
            sentence = (
                _("%(day)s 的 %(value)s 低于此前的 %(before)s：进度会倒退。")
                if rising
                else _("%(day)s 的 %(value)s 高于此前的 %(before)s：进度会倒退。")
            )
            found.append(
                sentence % {"day": day_text(on), "value": number_text(value), "before": number_text(before)}
            )
    for on, value in sorted(values.items()):
        if value > terms.target if rising else value < terms.target:
            found.append(
                _("%(day)s 的 %(value)s 已超过承诺的 %(target)s。")
                % {"day": day_text(on), "value": number_text(value), "target": number_text(terms.target)}
            )
    return found
