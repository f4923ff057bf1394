"""What happened to a commitment besides its state: a level that fell, a figure that was corrected."""

from datetime import date
from enum import StrEnum

from django.utils.translation import gettext_lazy

from changchun_innovation.shared.params import day_of
from changchun_innovation.shared.progress import Kind
from changchun_innovation.shared.quarters import Quarter
from parks.ledger import Ledger, Pledge


class Flag(StrEnum):
    FALLING = "falling"  # the level is worse than at the end of the quarter before
    RESTATED = "restated"  # a figure was corrected in the quarter or after it


FLAG_WORDS = {Flag.FALLING: gettext_lazy("回落"), Flag.RESTATED: gettext_lazy("更正过")}


def flags(ledger: Ledger, pledge: Pledge, quarter: Quarter) -> frozenset[Flag]:
    """Everything that happened to a pledge by a quarter."""
    found = set()
    if falling_since(ledger, pledge, quarter):
        found.add(Flag.FALLING)
    if restated_on(ledger, pledge, quarter):
        found.add(Flag.RESTATED)
    return frozenset(found)


def falling_since(ledger: Ledger, pledge: Pledge, quarter: Quarter) -> Quarter | None:
    """The first quarter of the unbroken fall of a level up to its latest judged figure; None where it did not fall.

    Only levels fall: a total never does, and a year's amount is compared with its line. A stale level is not said
    to be falling now, and a quarter without a figure breaks the run.
    """
    judgement = ledger.judgement(pledge, quarter)
    if judgement.kind is not Kind.STOCK or judgement.figure_quarter is None or judgement.stale:
        return None
    levels = {of: figure.value for of, figure in ledger.published(pledge).items() if figure.value is not None}
    rising = judgement.comparator.rising

    def fell(at: Quarter) -> bool:
        now, before = levels.get(at), levels.get(at - 1)
        return now is not None and before is not None and (now < before if rising else now > before)

    since, at = None, judgement.figure_quarter
    while fell(at):
        since, at = at, at - 1
    return since


def restated_on(ledger: Ledger, pledge: Pledge, quarter: Quarter) -> date | None:
    """The last day on which a correction of a figure up to the quarter was approved, in the quarter or after it."""
    days = [
        day_of(figure.approved_at)
        for of, figure in ledger.published(pledge).items()
        if of <= quarter and figure.was_revised
    ]
    return max((day for day in days if day >= quarter.starts_on), default=None)
