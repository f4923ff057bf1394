"""The parks of a file, some at a time: what is read of them does not grow with the city."""

from collections.abc import Iterator
from dataclasses import replace

from changchun_innovation.shared.datasets import Selection
from parks.ledger import Ledger
from parks.models import Park

# So many parks are read together.
TOGETHER = 100


def park_groups(selection: Selection) -> Iterator[list[tuple[int, str]]]:
    """Primary key and code of the parks asked for, in the order of the files, a hundred at a time. One query.

    They are put in order here and not by the database, whose rules for texts depend on how it was installed.
    """
    parks = Park.objects.order_by().values_list("order", "code", "pk")
    if selection.parks:
        parks = parks.filter(code__in=selection.parks)
    in_order = [(pk, code) for _order, code, pk in sorted(parks)]
    for first in range(0, len(in_order), TOGETHER):
        yield in_order[first : first + TOGETHER]


def ledgers(selection: Selection) -> Iterator[Ledger]:
    """What is known on the day of the parks asked for: a ledger for every hundred of them, in order."""
    for group in park_groups(selection):
        yield _in_order(Ledger.of(selection.known_on, [code for _pk, code in group]), group)


def _in_order(ledger: Ledger, group: list[tuple[int, str]]) -> Ledger:
    place = {pk: number for number, (pk, _code) in enumerate(group)}
    return replace(
        ledger,
        parks=tuple(sorted(ledger.parks, key=lambda park: place[park.pk])),
        pledges=tuple(sorted(ledger.pledges, key=lambda pledge: place[pledge.park.pk])),
    )
