"""What a data set is, and what may be asked of one."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date

from changchun_innovation.shared.bilingual import Bilingual
from changchun_innovation.shared.csv_export import Column
from changchun_innovation.shared.quarters import Quarter


@dataclass(frozen=True)
class Selection:
    """One question to a data set: as known on which day, about what, in which language.

    `quarter` is None unless it was asked for; `about` is the quarter that a file about one quarter speaks of.
    An empty tuple of codes means all. `unapproved` holds the codes of the parks whose figures the reader may see
    before they are approved.
    """

    known_on: date
    about: Quarter
    quarter: Quarter | None = None
    parks: tuple[str, ...] = ()
    indicators: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    first: Quarter | None = None
    last: Quarter | None = None
    every_status: bool = False
    unapproved: frozenset[str] = field(default_factory=frozenset)
    lang: str = "zh-hans"
    labels: str | None = None
    bom: bool = True

    @property
    def park_codes(self) -> tuple[str, ...] | None:
        """The parks asked for, None for all of them."""
        return self.parks or None

    def takes_indicator(self, code: str | None) -> bool:
        return not self.indicators or code in self.indicators

    def takes_state(self, state: str) -> bool:
        return not self.states or state in self.states

    def takes_period(self, quarter: Quarter) -> bool:
        """Whether a quarter lies between `from` and `to`."""
        return (self.first is None or quarter >= self.first) and (self.last is None or quarter <= self.last)

    def takes_quarter(self, quarter: Quarter) -> bool:
        """Whether a quarter is the one asked for, if one was, and lies between `from` and `to`."""
        return (self.quarter is None or quarter == self.quarter) and self.takes_period(quarter)


@dataclass(frozen=True)
class Dataset:
    """A table that can be downloaded: its columns, its rows, what a row is, and which filters it takes.

    `filters` are names of parameters out of park, indicator, quarter, from, to, state, status. Day, quarter and
    language can be given to every data set; where no row has a quarter, that one changes nothing.
    `restricted` data sets are for accounts that may read what is not approved. `lines` answers a SELECT, with its
    parameters, by which PostgreSQL writes the lines of the same rows itself.
    """

    name: str
    title_zh: str
    title_en: str
    row_zh: str
    row_en: str
    columns: tuple[Column, ...]
    rows: Callable[[Selection], Iterable]
    key: tuple[str, ...]
    filters: frozenset[str] = frozenset()
    depends_on_reader: bool = False
    restricted: bool = False
    lines: Callable[[Selection], tuple[str, list]] | None = None

    title = Bilingual()
    row = Bilingual()
