"""What is wrong with a report beyond a single field: what cannot be, and what is unusual.

Impossible is refused: a part that is larger than its whole. Unusual is asked about: a line of reason is wanted before
the report is submitted, and the reviewer reads it. One rule for the page, for imported files and for the workflow.

Unusual are
- a total that fell below the last approved one (`cumulative`, and `annual` within a year);
- a step of more than three times the usual one, which is the mean of the steps of up to four earlier quarters; for
  `annual` a step is what one quarter added to its year. Steps below three whole units are no news;
- where fewer than two earlier steps are known, ten times the last figure;
- ten times what was pledged: more often a slip of the unit (万) than news.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from django.utils.translation import gettext as _

from changchun_innovation.shared.quarters import Quarter
from changchun_innovation.shared.wording import number_text, quarter_text
from parks.entry import Graded, Typed, grade
from parks.facts import Pledge
from targets.models import Kind

UNLIKELY_MULTIPLE = 10
UNUSUAL_MULTIPLE = 3
SMALLEST_STEP = 3
STEPS_LOOKED_AT = 4
FEWEST_STEPS = 2


class Unusual(StrEnum):
    """Why a figure is asked about."""

    FELL = "fell"
    JUMPED = "jumped"
    TENFOLD = "tenfold"
    BEYOND_THE_PLEDGE = "beyond-the-pledge"


@dataclass(frozen=True)
class Doubt:
    """One question about a figure, in the active language."""

    code: Unusual
    text: str


def doubts_about(
    pledge: Pledge, quarter: Quarter, value: Decimal | None, earlier: Mapping[Quarter, Decimal]
) -> tuple[Doubt, ...]:
    """What a careful reader would ask about one figure. `earlier`: approved values before the quarter."""
    if value is None or pledge.indicator.kind == Kind.RATE:
        return ()
    found = []
    target = pledge.terms.target
    if target > 0 and value >= UNLIKELY_MULTIPLE * target:
        found.append(
            Doubt(
                Unusual.BEYOND_THE_PLEDGE,
                _("是承诺数 %(target)s 的十倍以上，请核对单位。") % {"target": number_text(target)},
            )
        )
    if earlier:
        last = max(earlier)
        found += _against_the_last(pledge, quarter, value, last, earlier)
    return tuple(found)


def _against_the_last(pledge, quarter, value, last, earlier) -> list[Doubt]:
    kind, words = pledge.indicator.kind, {"quarter": quarter_text(last), "last": number_text(earlier[last])}
    starts_again = kind == Kind.ANNUAL and last.year != quarter.year
    if value < earlier[last] and kind in (Kind.CUMULATIVE, Kind.ANNUAL) and not starts_again:
        message = _("低于 %(quarter)s 的审定数 %(last)s；累计数一般不会减少。") % words
        return [Doubt(Unusual.FELL, message)]
    step = _step(kind, quarter, value, earlier)
    usual = [
        abs(size)
        for each in sorted(earlier)[-STEPS_LOOKED_AT:]
        if (size := _step(kind, each, earlier[each], earlier)) is not None
    ]
    if step is not None and len(usual) >= FEWEST_STEPS:
        mean = sum(usual) / len(usual)
        too_small = pledge.indicator.decimals == 0 and abs(step) < SMALLEST_STEP
        if abs(step) > UNUSUAL_MULTIPLE * mean and not too_small:
            message = _("本季变动 %(step)s，是近几季平均变动 %(mean)s 的三倍以上。") % {
                "step": number_text(step),
                "mean": number_text(round(mean, 2)),
            }
            return [Doubt(Unusual.JUMPED, message)]
        return []
    if earlier[last] > 0 and value >= UNLIKELY_MULTIPLE * earlier[last]:
        message = _("是 %(quarter)s 审定数 %(last)s 的十倍以上，请核对单位。") % words
        return [Doubt(Unusual.TENFOLD, message)]
    return []


def _step(kind: str, quarter: Quarter, value: Decimal, values: Mapping[Quarter, Decimal]) -> Decimal | None:
    """What one quarter added; None where the quarter before it is not known. A year starts from nothing."""
    if kind == Kind.ANNUAL and quarter.number == 1:
        return value
    before = values.get(quarter - 1)
    return None if before is None else value - before


def grade_lines(lines: Sequence, typed: Mapping[int, Typed]) -> dict[int, Graded]:
    """Read what was typed for some lines of a sheet, each alone and then together. Answers one Graded per typed line.

    `lines` are all lines of the sheet: a part is held against its whole also where only one of them was typed.
    """
    graded = {
        line.pk: grade(
            typed[line.pk],
            kind=line.pledge.indicator.kind,
            decimals=line.pledge.indicator.decimals,
            asks_baseline=line.asks_baseline,
        )
        for line in lines
        if line.pk in typed
    }
    values = {line.pledge.indicator.code: _value(line, graded) for line in lines}
    for line in lines:
        message = part_beyond_whole(line.pledge, values.get(line.pledge.indicator.code), values)
        if not message:
            continue
        wrong = [
            each
            for each in lines
            if each.pk == line.pk or each.pledge.indicator.code == line.pledge.part_of.code
        ]
        for each in wrong:
            if each.pk in graded:
                before = graded[each.pk]
                graded[each.pk] = Graded(before.typed, None, {"value": message, **before.errors})
    return graded


def part_beyond_whole(pledge: Pledge, value: Decimal | None, values: Mapping[str, Decimal | None]) -> str:
    """Why a figure cannot be, being a part of another; empty where it can. `values` by indicator code."""
    whole = pledge.part_of
    if whole is None or value is None or values.get(whole.code) is None or value <= values[whole.code]:
        return ""
    return _("“%(part)s”%(value)s 大于“%(whole)s”%(limit)s，而前者是后者的一部分。") % {
        "part": pledge.indicator.name,
        "value": number_text(value),
        "whole": whole.name,
        "limit": number_text(values[whole.code]),
    }


def _value(line, graded: Mapping[int, Graded]) -> Decimal | None:
    if line.pk not in graded:
        return line.entry.value
    entry = graded[line.pk].entry
    return entry.value if entry else None
