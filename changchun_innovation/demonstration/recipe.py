"""The numbers a synthetic load is made with."""

from dataclasses import dataclass
from datetime import date

from changchun_innovation.demonstration.pledged import PLEDGES, TERM_ENDS, TERM_STARTS
from changchun_innovation.shared.params import default_quarter
from changchun_innovation.shared.quarters import Quarter

# How the reason of a park's `ReportsFrom` row begins where its reports are synthetic.
MARK = "演示：模拟数据 "
MOST_QUARTERS = 40
MOST_COMMITMENTS = len(PLEDGES)


@dataclass(frozen=True)
class Recipe:
    """The same recipe gives the same rows, however many parks it is used for."""

    quarters: int
    until: Quarter
    commitments: int
    seed: int

    @property
    def range(self) -> list[Quarter]:
        return Quarter.range(self.until - (self.quarters - 1), self.until)

    @property
    def starts_on(self) -> date:
        """When the pledges of synthetic parks begin: with those of 2023, or with the first quarter."""
        return min(TERM_STARTS, self.range[0].starts_on)

    @property
    def mark(self) -> str:
        """What a park's `ReportsFrom` row gives as its reason."""
        return f"{MARK}{self}"

    def __str__(self) -> str:
        return (
            f"--quarters {self.quarters} --until {self.until}"
            f" --commitments {self.commitments} --seed {self.seed}"
        )


def last_quarters(today: date) -> list[Quarter]:
    """The quarters with which a load may end: closed ones in which the pledges of 2023 run; none too early."""
    last = min(Quarter.last_closed(today), Quarter.containing(TERM_ENDS))
    return Quarter.range(Quarter.containing(TERM_STARTS), last)


def usual_until(today: date) -> Quarter:
    """The quarter that pages open on, so that they are busy (see DEFAULT_QUARTER), or the last that may be."""
    return min(default_quarter(today), Quarter.containing(TERM_ENDS))
