"""Which series go into the figures of the targets: published values by year or over time, sums of the parks."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from changchun_innovation.shared.charts import Chart, Course, Level, Mark, course, yearly
from changchun_innovation.shared.explain import expected_text, joined, quantity, target_text
from changchun_innovation.shared.progress import Judgement, Kind, PartsSum, Qualifier, line_points
from changchun_innovation.shared.quarters import Quarter
from changchun_innovation.shared.wording import (
    QUALIFIER_WORDS,
    STATE_WORDS,
    UNKNOWN,
    day_text,
    number_text,
    percent_text,
    quarter_text,
)
from parks.joint import JointPledge
from parks.many_joint import KnownSum
from targets.queries import IndicatorFacts, Promise, ReadingFacts

# Of several readings for one year the more exact is drawn.
EXACTNESS = (
    Qualifier.BRACKET,
    Qualifier.PLANNED,
    Qualifier.DERIVED,
    Qualifier.AT_LEAST,
    Qualifier.MORE_THAN,
    Qualifier.EXACT,
)
BOUND_SIGNS = {"more-than": "> ", "at-least": "≥ "}


def promise_chart(promise: Promise, judgement: Judgement) -> Chart | None:
    """Published values against a target: a bar a year where a value belongs to a year, else a course in time."""
    shown = [reading for reading in promise.readings if reading.quarter <= judgement.quarter]
    if not shown:
        return None
    indicator = promise.indicator
    by_year = judgement.kind in (Kind.ANNUAL, Kind.RATE)
    return Chart(
        name=promise.code,
        title=promise_title(promise, judgement),
        sentence=_sentence(promise, judgement, shown, by_year),
        figure=_years(promise, judgement, shown) if by_year else _course(promise, judgement, shown),
        table={
            "columns": [_("期间"), (_("公布数（%(unit)s）") % {"unit": indicator.unit}, "n"), _("表述")],
            "rows": [
                [period_text(each), number_text(each.value, indicator.decimals), each.qualifier_label]
                for each in reversed(shown)
            ],
        },
    )


def promise_title(promise: Promise, judgement: Judgement) -> str:
    """The answer in one line: 科技型中小企业：6,934 家，目标 > 6,000 家，已完成."""
    indicator = promise.indicator
    if judgement.figure is None:
        return _("%(name)s：没有可评判的公布数") % {"name": indicator.name}
    return _("%(name)s：%(value)s，目标 %(target)s，%(state)s") % {
        "name": indicator.name,
        "value": worded(judgement.figure, judgement.qualifier, indicator),
        "target": target_text(judgement, indicator.unit),
        "state": STATE_WORDS[str(judgement.state)],
    }


def worded(value, qualifier, indicator: IndicatorFacts) -> str:
    """A published value with the word that qualifies it: 超过 4,000 项."""
    word = QUALIFIER_WORDS.get(str(qualifier or ""))
    text = quantity(value, indicator.unit, indicator.decimals)
    return f"{word} {text}" if word else text


def period_text(reading: ReadingFacts) -> str:
    """The period of a reading: a year, two days, or the day of a level."""
    if reading.published.whole_year:
        return _("%(year)s 年") % {"year": reading.period_end.year}
    if reading.period_start:
        return _("%(start)s至 %(end)s") % {
            "start": day_text(reading.period_start),
            "end": day_text(reading.period_end),
        }
    return _("截至 %(day)s") % {"day": day_text(reading.period_end)}


def _sentence(promise: Promise, judgement: Judgement, shown: Sequence[ReadingFacts], by_year: bool) -> str:
    facts = {
        "due": day_text(judgement.due_on),
        "target": target_text(judgement, promise.indicator.unit),
        "day": day_text(judgement.read_on),
        "expected": expected_text(judgement, promise.indicator.unit),
    }
    dated = judgement.due_on is not None
    parts = [(_("目标到 %(due)s达到 %(target)s。") if dated else _("目标 %(target)s，没有期限。")) % facts]
    if not by_year and judgement.value is not None and facts["expected"]:
        parts.append(_("到 %(day)s，%(expected)s。") % facts)
    if any(not _is_exact(reading) for reading in shown):
        parts.append(_("空心的是推算值或只知下限的数。"))
    if by_year and any(not reading.published.whole_year for reading in shown):
        parts.append(_("带 * 的不足一年。"))
    return joined(parts)


def _is_exact(reading: ReadingFacts) -> bool:
    return reading.qualifier == Qualifier.EXACT


def _level(judgement: Judgement, unit: str) -> Level:
    return Level(judgement.target, _("目标 %(target)s") % {"target": target_text(judgement, unit)})


def _years(promise: Promise, judgement: Judgement, shown: Sequence[ReadingFacts]) -> dict:
    """One bar for a year; of several readings for one year the more exact, then the later one."""
    by_year: dict[str, ReadingFacts | None] = {}
    for reading in sorted(shown, key=lambda each: EXACTNESS.index(each.qualifier)):
        year = str(reading.period_end.year) + ("" if reading.published.whole_year else "*")
        by_year[year] = reading
    years = {int(year.rstrip("*")) for year in by_year}
    for year in range(min(years), max(years) + 1):
        if year not in years:
            by_year[str(year)] = None
    bars = []
    for year, reading in sorted(by_year.items()):
        if reading is None:
            bars.append((year, None, "", _("%(year)s 年没有公布数") % {"year": year}, False))
            continue
        label = BOUND_SIGNS.get(reading.qualifier, "") + number_text(
            reading.value, promise.indicator.decimals
        )
        words = f"{period_text(reading)}  {worded(reading.value, reading.qualifier, promise.indicator)}"
        bars.append((year, reading.value, label, words, _is_exact(reading)))
    return yearly(bars, [_level(judgement, promise.indicator.unit)])


def _course(promise: Promise, judgement: Judgement, shown: Sequence[ReadingFacts]) -> dict:
    unit = promise.indicator.unit
    marks = [
        Mark(
            each.period_end,
            each.value,
            f"{period_text(each)}  {worded(each.value, each.qualifier, promise.indicator)}",
        )
        for each in shown
    ]
    return course(
        Course(
            first=min(promise.terms.start_on, *(each.period_end for each in shown)),
            last=max(promise.terms.due_on or judgement.quarter.ends_on, judgement.quarter.ends_on),
            reported=marks,
            last_label=worded(shown[-1].value, shown[-1].qualifier, promise.indicator),
            expected=_line(judgement, unit),
            expected_label=_("按直线估计"),
            levels=[_level(judgement, unit)],
            hollow=[mark for mark, each in zip(marks, shown, strict=True) if not _is_exact(each)],
        )
    )


def _line(judgement: Judgement, unit: str) -> list[Mark]:
    return [
        Mark(day, value, _("%(day)s应达 %(value)s") % {"day": day_text(day), "value": quantity(value, unit)})
        for day, value in line_points(judgement.terms)
    ]


# --- sums of the parks --------------------------------------------------------------------------------------------
def sum_chart(
    pledge: JointPledge, history: Sequence[tuple[Quarter, PartsSum | KnownSum]], summed: str
) -> Chart | None:
    """What the parks' values added up to, quarter by quarter, against the joint pledge and the sum of pledges."""
    if not any(total.known_sum is not None for _quarter, total in history):
        return None
    promise, judgement, unit = pledge.promise, pledge.judgement, pledge.promise.indicator.unit
    marks = [_sum_mark(quarter, total, unit) for quarter, total in history]
    incomplete = [
        mark
        for mark, (_quarter, total) in zip(marks, history, strict=True)
        if mark.value is not None and not total.complete
    ]
    known = _known_words(pledge, unit)
    levels = [_level(judgement, unit)]
    if pledge.joint.pledged < judgement.target:
        words = _("各园承诺合计 %(pledged)s") % {"pledged": quantity(pledge.joint.pledged, unit)}
        levels.append(Level(pledge.joint.pledged, words, thin=True))
    return Chart(
        name=f"{promise.code}-sum",
        title=_("%(name)s：各园已报合计 %(sum)s，目标 %(target)s，承诺覆盖 %(coverage)s")
        % {
            "name": promise.indicator.name,
            "sum": known,
            "target": target_text(judgement, unit),
            "coverage": percent_text(pledge.joint.coverage),
        },
        sentence=joined([summed, _("空心的是缺数或有过期数的合计。") if incomplete else ""]),
        figure=course(
            Course(
                first=promise.terms.start_on,
                last=max(promise.terms.due_on or judgement.quarter.ends_on, judgement.quarter.ends_on),
                reported=marks,
                last_label=known,
                expected=_line(judgement, unit),
                expected_label=_("按直线估计"),
                levels=levels,
                hollow=incomplete,
            )
        ),
        table={
            "columns": [_("季度"), (_("合计（%(unit)s）") % {"unit": unit}, "n"), (_("有数的园区"), "n")],
            "rows": [
                [quarter.axis, number_text(total.known_sum), f"{total.reported}/{total.pledging}"]
                for quarter, total in reversed(history)
            ],
        },
    )


def _known_words(pledge: JointPledge, unit: str) -> str:
    """The sum as far as it is known: 64 家, ≥ 64 家, —."""
    total = pledge.joint.total
    if total.known_sum is None:
        return UNKNOWN
    return ("≥ " if total.missing_keys else "") + quantity(total.known_sum, unit)


def _sum_mark(quarter: Quarter, total: PartsSum | KnownSum, unit: str) -> Mark:
    if total.known_sum is None:
        return Mark(quarter.ends_on, None, quarter_text(quarter))
    words = _("%(quarter)s  合计 %(sum)s（%(reported)s/%(pledging)s 个园区有数）") % {
        "quarter": quarter_text(quarter),
        "sum": quantity(total.known_sum, unit),
        "reported": total.reported,
        "pledging": total.pledging,
    }
    return Mark(quarter.ends_on, total.known_sum, words)
