"""The calendar quarter: the period of every report, judgement and export.

Written ``2025-Q3``, so that text order is time order. Plain Python without a clock: what depends on
"today" takes the day as an argument.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

_WRITTEN = re.compile(r"([0-9]{4})-Q([1-4])")
_FIRST_YEAR, _LAST_YEAR = 1900, 2199


@dataclass(frozen=True, order=True, slots=True)
class Quarter:
    """One calendar quarter; ordered by time, hashable, immutable.

    ``year`` is 1900…2199 (whatever is outside is a typing error, and date arithmetic stays safe inside),
    ``number`` 1…4. Anything else raises ValueError.
    """

    year: int
    number: int

    def __post_init__(self) -> None:
        if not (_FIRST_YEAR <= self.year <= _LAST_YEAR and 1 <= self.number <= 4):
            raise ValueError(f"no such quarter: year {self.year}, number {self.number}")

    @classmethod
    def parse(cls, text: str) -> Quarter:
        """Read ``2025-Q3``, exactly so written; everything else raises ValueError."""
        match = _WRITTEN.fullmatch(text) if isinstance(text, str) else None
        if match is None:
            raise ValueError(f"not a quarter: {text!r} (write it as 2025-Q3)")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def containing(cls, day: date) -> Quarter:
        """The quarter that the day lies in."""
        return cls(day.year, (day.month + 2) // 3)

    @classmethod
    def last_closed(cls, on: date) -> Quarter:
        """The latest quarter whose last day is before the given day."""
        return cls.containing(on) - 1

    @classmethod
    def range(cls, first: Quarter, last: Quarter) -> list[Quarter]:
        """Every quarter from the first to the last, both included; empty if the last is before the first."""
        return [first + step for step in range(last - first + 1)]

    def __str__(self) -> str:
        return f"{self.year}-Q{self.number}"

    @property
    def axis(self) -> str:
        """``2025Q3``, the short form for chart axes and column headings."""
        return f"{self.year}Q{self.number}"

    @property
    def label(self) -> str:
        """``2025 Q3``, for places that serve both languages."""
        return f"{self.year} Q{self.number}"

    def label_in(self, lang: str) -> str:
        """In words: ``2025 年第三季度`` for a Chinese language code, ``Q3 2025`` for any other."""
        if lang.startswith("zh"):
            return f"{self.year} 年第{'一二三四'[self.number - 1]}季度"
        return f"Q{self.number} {self.year}"

    @property
    def starts_on(self) -> date:
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def ends_on(self) -> date:
        if self.number == 4:
            return date(self.year, 12, 31)
        return date(self.year, 3 * self.number + 1, 1) - timedelta(days=1)

    def is_closed(self, on: date) -> bool:
        """Whether the quarter's last day is before the given day."""
        return self.ends_on < on

    def __add__(self, count: int) -> Quarter:
        """The quarter that comes so many quarters later (earlier when negative)."""
        if not isinstance(count, int):
            return NotImplemented
        year, index = divmod(self._index + count, 4)
        return Quarter(year, index + 1)

    def __sub__(self, other: Quarter | int) -> Quarter | int:
        """``quarter - 2`` is a quarter; ``quarter - quarter`` counts the steps between them."""
        if isinstance(other, Quarter):
            return self._index - other._index
        if isinstance(other, int):
            return self + -other
        return NotImplemented

    @property
    def _index(self) -> int:
        return 4 * self.year + self.number - 1
