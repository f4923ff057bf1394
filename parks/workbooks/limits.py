"""Between which numbers nothing is asked about a figure.

The checks know no such limits: they look at one value. So the limits are found by asking them, halving the distance
each time, and a template says exactly what the page will say.
"""

from dataclasses import dataclass
from decimal import Decimal

from changchun_innovation.shared.numbers import LARGEST
from parks.sheet import Line
from targets.models import Kind


@dataclass(frozen=True)
class Limits:
    """The lowest and the highest value about which nothing is asked; None on a side where nothing ever is."""

    lowest: Decimal | None = None
    highest: Decimal | None = None


def limits_of(line: Line) -> Limits:
    """Values within the limits raise no doubt. Where the last approved value itself does, nothing is promised."""
    if line.pledge.indicator.kind == Kind.RATE:
        return Limits()
    known = {quarter: each.value for quarter, each in line.earlier.items() if each.value is not None}
    usual = Decimal(0)
    if known:
        last = max(known)
        starts_again = line.pledge.indicator.kind == Kind.ANNUAL and last.year != line.quarter.year
        usual = Decimal(0) if starts_again else known[last]
    step = Decimal(1).scaleb(-line.pledge.indicator.decimals)
    if line.doubts_about(usual):
        return Limits()
    return Limits(_furthest(line, usual, Decimal(0), step), _furthest(line, usual, LARGEST, step))


def _furthest(line: Line, good: Decimal, end: Decimal, step: Decimal) -> Decimal | None:
    """The value furthest from a good one towards the end that is good too; None where the end is."""
    if not line.doubts_about(end):
        return None
    near, far = int(good / step), int(end / step)
    while abs(far - near) > 1:
        middle = (near + far) // 2
        if line.doubts_about(middle * step):
            far = middle
        else:
            near = middle
    return near * step
