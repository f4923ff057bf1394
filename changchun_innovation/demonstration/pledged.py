"""What a synthetic park pledged: plain data from a seed and a code, however many other parks there are."""

from dataclasses import dataclass
from datetime import date
from random import Random

# Codes of synthetic parks and partners begin so, in addresses and in the names of their accounts.
SYNTHETIC = "synthetic-"
# The days of the pledges of 2023; a load that reaches further back has pledges that began earlier.
TERM_STARTS, TERM_ENDS = date(2023, 8, 15), date(2026, 8, 15)
# Smallest and largest pledge by indicator: what the eight parks pledged, and innovation teams.
PLEDGES = {
    "resident-firms": (20, 90),
    "high-tech-firms": (4, 18),
    "projects-transferred": (5, 60),
    "revenue": (2, 40),
    "firms-incubated": (10, 60),
    "high-end-talents": (30, 600),
    "projects-introduced": (10, 100),
    "projects-industrialised": (3, 25),
    "institutes-built": (1, 4),
    "firms-and-teams": (3, 15),
    "innovation-teams": (2, 20),
}
PARTS = {"high-tech-firms": "resident-firms"}


@dataclass(frozen=True)
class Pledged:
    """One pledge of a synthetic park, before it has a row."""

    indicator: str
    value: int
    due_on: date | None
    part_of: str = ""


def pledges(code: str, seed: int, count: int) -> list[Pledged]:
    """What a synthetic park pledged: `count` different indicators, in the order of PLEDGES."""
    rng = Random(f"{seed}/{code}/pledges")
    chosen = sorted(rng.sample(range(len(PLEDGES)), count))
    names = list(PLEDGES)
    made = []
    for at in chosen:
        indicator = names[at]
        due_on = None if rng.random() < 0.03 else TERM_ENDS
        part_of = PARTS.get(indicator, "")
        made.append(
            Pledged(
                indicator=indicator,
                value=rng.randint(*PLEDGES[indicator]),
                due_on=due_on,
                part_of=part_of if part_of in {names[each] for each in chosen} else "",
            )
        )
    return made
