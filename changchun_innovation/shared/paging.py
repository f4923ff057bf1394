"""A long list in parts: which part an address asks for. A number that is no part is a message and the nearest part."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _


@dataclass(frozen=True)
class Part:
    """Some rows of a list: `number` of `count` parts of `size` rows, and how many rows there are in all."""

    rows: tuple
    key: str
    number: int
    size: int
    total: int
    messages: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def is_whole(self) -> bool:
        return self.count == 1

    @property
    def first(self) -> int:
        """The place of its first row in the whole list, counted from 1; 0 for an empty list."""
        return min(self.total, (self.number - 1) * self.size + 1)

    @property
    def last(self) -> int:
        return min(self.total, self.number * self.size)

    @property
    def numbers(self) -> tuple[int, ...]:
        """The parts to offer: the first, the last, and those around this one."""
        near = range(self.number - 2, self.number + 3)
        return tuple(number for number in range(1, self.count + 1) if number in (1, self.count, *near))

    @property
    def before(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def after(self) -> int | None:
        return self.number + 1 if self.number < self.count else None


def part_of(rows: Sequence, asked: str, *, key: str, size: int) -> Part:
    """The part of a list that a parameter asks for; blank is the first."""
    rows = tuple(rows)
    return part_among(len(rows), lambda first, end: rows[first:end], asked, key=key, size=size)


def part_among(
    total: int, between: Callable[[int, int], Iterable], asked: str, *, key: str, size: int
) -> Part:
    """The same of a list that is not read as a whole: `between` answers its rows from one place to another."""
    asked = asked.strip()
    count = max(1, -(-total // size))
    # Of digits beyond any count the first nine are enough.
    wanted = int(asked[:9]) if asked.isdecimal() and asked.isascii() else (0 if asked else 1)
    number = min(max(wanted, 1), count)
    messages = ()
    if number != wanted:
        words = _("没有第“%(asked)s”页，共 %(count)s 页；已显示第 %(number)s 页。")
        messages = (words % {"asked": asked[:20], "count": count, "number": number},)
    rows = tuple(between((number - 1) * size, number * size))
    return Part(rows, key, number, size, total, messages)
