"""What parks say of their own promises, as readers see it: approved replies known on a day."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from changchun_innovation.shared.params import day_of
from changchun_innovation.shared.progress import State
from changchun_innovation.shared.quarters import Quarter
from changchun_innovation.shared.remembered import WhileUnchanged
from parks.models import Reply, ReplyEvent

# States that accuse: beside them the park's own word stands, or the want of one is said.
IN_NEED_OF_A_REPLY = frozenset({State.BEHIND, State.MISSED, State.UNREPORTED, State.STALE, State.WATCH})


@dataclass(frozen=True)
class ReplyFacts:
    """One approved reply. `earlier` are the ones it stands in place of, the latest first.

    `quarter` is the one that the park speaks of; it may lie before the one that was asked for, and is then named.
    """

    pk: int
    park: str
    indicator: str
    quarter: Quarter
    text: str
    approved_on: date
    origin: str
    earlier: tuple["ReplyFacts", ...] = ()

    @property
    def code(self) -> str:
        """`<park>/<indicator>`, as the pages mark the commitment."""
        return f"{self.park}/{self.indicator}"


_said = WhileUnchanged(lambda: (ReplyEvent,))


def replies(
    known_on: date, quarter: Quarter | None = None, park_codes: Iterable[str] | None = None
) -> Mapping[tuple[str, str], ReplyFacts]:
    """The reply that counts for each commitment, by (park code, indicator code). One query.

    Approved by the end of the day; of the asked quarter, else of the latest one before it (without a quarter: the
    latest of all). Of two replies of one quarter the one approved later counts. Of all parks (`park_codes` None) they
    are remembered until a reply takes its next step.
    """
    if park_codes is not None:
        return _replies(known_on, quarter, park_codes)
    return _said.answer((known_on, quarter), lambda: MappingProxyType(_replies(known_on, quarter, None)))


def _replies(
    known_on: date, quarter: Quarter | None, park_codes: Iterable[str] | None
) -> dict[tuple[str, str], ReplyFacts]:
    rows = (
        Reply.objects.approved_by_end_of(known_on)
        .order_by("quarter", "approved_at", "pk")
        .values_list(
            "pk",
            "commitment__park__code",
            "commitment__indicator__code",
            "quarter",
            "text",
            "approved_at",
            "origin",
        )
    )
    if quarter is not None:
        rows = rows.filter(quarter__lte=quarter)
    if park_codes is not None:
        rows = rows.filter(commitment__park__code__in=list(park_codes))
    answer: dict[tuple[str, str], ReplyFacts] = {}
    for pk, park, indicator, spoken_of, text, approved_at, origin in rows:
        before = answer.get((park, indicator))
        earlier = (before, *before.earlier) if before else ()
        answer[park, indicator] = ReplyFacts(
            pk, park, indicator, spoken_of, text, day_of(approved_at), origin, earlier
        )
    return answer
