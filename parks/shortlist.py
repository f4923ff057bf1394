"""A list of parks short enough for a page that shows other things too: whole while it is short, else its two ends.

How long such a list is must not depend on how many parks there are.
"""

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from changchun_innovation.shared.progress import State
from parks.ledger import ParkFacts
from parks.queries import DisciplineRow

# Up to so many parks every one is shown; of more, so many at each end.
WHOLE_UP_TO = 12
AT_EACH_END = 5
LONGEST_NAME = 60
NEEDY = frozenset({State.MISSED, State.BEHIND, State.UNREPORTED, State.WATCH, State.STALE})
WELL = frozenset({State.ACHIEVED, State.ON_TRACK})


@dataclass(frozen=True)
class Group:
    """Some rows under a line that says which of how many they are; '' where nothing is left out."""

    words: str
    rows: tuple


@dataclass(frozen=True)
class Shortlist:
    """What is shown of `total` rows; `found` is the number that bear the name that was asked for, None for no name."""

    groups: tuple[Group, ...]
    total: int
    found: int | None = None

    @property
    def rows(self) -> tuple:
        return tuple(row for group in self.groups for row in group.rows)

    @property
    def left_out(self) -> int:
        return (self.total if self.found is None else self.found) - len(self.rows)

    @property
    def is_long(self) -> bool:
        """Whether a reader needs help to find one park."""
        return self.total > WHOLE_UP_TO


def wanted_name(query) -> str:
    """The part of a park's name that an address asks for; '' for none."""
    return " ".join(query.get("find", "").replace("\x00", "").split())[:LONGEST_NAME]


def bears(park: ParkFacts, name: str) -> bool:
    """Whether every word of a name is somewhere in the park's own names, whatever the language, width or case."""
    own = [park.name_zh, park.name_en, park.alias_zh, park.alias_en, park.code]
    return all(any(word in _plain(each) for each in own) for word in _plain(name).split())


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


MATRIX_WORDS = (
    gettext_lazy("最需要关注的 %(shown)s 个；有需要关注的承诺的共 %(all)s 个园区"),
    gettext_lazy("进展最好的 %(shown)s 个；有正常或已完成的承诺的共 %(all)s 个园区"),
)
DISCIPLINE_WORDS = (
    gettext_lazy("迟报、逾期未报或退回最多的 %(shown)s 个；有此情况的共 %(all)s 个园区"),
    gettext_lazy("从未迟报、按时最多的 %(shown)s 个；从未迟报的共 %(all)s 个园区"),
)


def in_matrix(rows: Iterable, name: str = "") -> Shortlist:
    """The parks × indicators, neediest first: those most in need and those that do best."""
    rows = list(rows)

    def states(row):
        return [line.judgement.state for line in row.card.lines]

    def merit(row):
        well = sum(state in WELL for state in states(row))
        done = states(row).count(State.ACHIEVED)
        return well / len(row.card.lines), done, well

    return _shortlist(
        rows,
        name,
        park_of=lambda row: row.card.park,
        need=lambda row: 0 if any(state in NEEDY for state in states(row)) else None,
        merit=lambda row: merit(row) if any(state in WELL for state in states(row)) else None,
        words=MATRIX_WORDS,
    )


def in_discipline(rows: Iterable[DisciplineRow], name: str = "") -> Shortlist:
    """How the parks reported: those with most reports late or missing, and those with most in time and none late."""

    def need(row: DisciplineRow):
        missing = sum(square.status == "missing" for square in row.squares)
        return (row.late_or_missing, missing) if row.late_or_missing else None

    def merit(row: DisciplineRow):
        on_time = sum(square.status == "on_time" for square in row.squares)
        return on_time if on_time and not row.late_or_missing else None

    return _shortlist(
        list(rows),
        name,
        park_of=lambda row: row.park,
        need=need,
        merit=merit,
        words=DISCIPLINE_WORDS,
    )


def _shortlist(
    rows: list,
    name: str,
    *,
    park_of: Callable,
    need: Callable,
    merit: Callable,
    words: tuple[str, str],
) -> Shortlist:
    """`need` and `merit` rank a row, the highest first; None keeps it out of that end."""
    if name:
        found = [row for row in rows if bears(park_of(row), name)]
        return that_bear(name, tuple(found[:WHOLE_UP_TO]), len(found), len(rows))
    if len(rows) <= WHOLE_UP_TO:
        return Shortlist((Group("", tuple(rows)),), len(rows))
    worst, in_need = _end(rows, need)
    taken = {id(row) for row in worst}
    best, doing_well = _end([row for row in rows if id(row) not in taken], merit)
    # Those in need may do well in other respects, so the count is of all.
    doing_well += sum(merit(row) is not None for row in worst)
    return two_ends(words, (worst, in_need), (best, doing_well), len(rows))


def two_ends(
    words: tuple[str, str], worst: tuple[tuple, int], best: tuple[tuple, int], total: int
) -> Shortlist:
    """The two ends of a list of `total` rows, each with how many rows could stand there."""
    groups = (
        Group(said % {"shown": len(rows), "all": count}, rows)
        for said, (rows, count) in zip(words, (worst, best), strict=True)
    )
    return Shortlist(tuple(group for group in groups if group.rows), total)


def that_bear(name: str, shown: tuple, found: int, total: int) -> Shortlist:
    """The first rows of those that bear a name."""
    return Shortlist((Group(_found_words(name, found, len(shown)), shown),), total, found)


def _end(rows: list, rank: Callable) -> tuple[tuple, int]:
    """The first rows by a rank, and how many have one; of equals the list's own order holds."""
    ranked = [row for row in rows if rank(row) is not None]
    return tuple(sorted(ranked, key=rank, reverse=True)[:AT_EACH_END]), len(ranked)


def _found_words(name: str, found: int, shown: int) -> str:
    words = ngettext("名称含“%(name)s”的园区 %(n)d 个", "名称含“%(name)s”的园区 %(n)d 个", found)
    words %= {"name": name, "n": found}
    if shown < found:
        words = _("%(words)s，列出前 %(shown)s 个") % {"words": words, "shown": shown}
    return words
