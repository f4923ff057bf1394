"""How numbers, days, quarters and states are written for readers, in the active language.

Every function passes on what it cannot read, so that one odd value never breaks a page; None becomes “—”.
Files for machines (CSV, data- attributes) do not use this module.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal, InvalidOperation

from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from changchun_innovation.shared.quarters import Quarter

UNKNOWN = "—"
MINUS = "−"
ENGLISH_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

STATE_WORDS = {
    "achieved": gettext_lazy("已完成"),
    "on_track": gettext_lazy("正常"),
    "watch": gettext_lazy("预警"),
    "behind": gettext_lazy("滞后"),
    "missed": gettext_lazy("未完成"),
    "unreported": gettext_lazy("逾期未报"),
    "stale": gettext_lazy("数据过期"),
    "too_early": gettext_lazy("尚早"),
    "no_data": gettext_lazy("无数据"),
    "undated": gettext_lazy("无期限"),
}
MISSING_WORDS = {
    "never_reported": gettext_lazy("从未填报"),
    "waiting_for_review": gettext_lazy("已报待审"),
    "not_applicable": gettext_lazy("填报为不适用"),
    "incomplete_year": gettext_lazy("年度内有季度缺数"),
    "lower_bound": gettext_lazy("只公布了下限"),
    "incomplete_sum": gettext_lazy("部分园区缺数或数据过期"),
    "low_coverage": gettext_lazy("承诺覆盖不足八成"),
}
# Of a value that others publish, nobody is said not to have reported it.
PUBLISHED_MISSING_WORDS = {**MISSING_WORDS, "never_reported": gettext_lazy("尚无公布数据")}
REPORT_WORDS = {
    "on_time": gettext_lazy("按时上报"),
    "late": gettext_lazy("迟报"),
    "submitted": gettext_lazy("已报待审"),
    "returned": gettext_lazy("退回修改"),
    "draft": gettext_lazy("填报中"),
    "missing": gettext_lazy("逾期未报"),
    "not_due": gettext_lazy("未到期"),
    "not_expected": gettext_lazy("不要求上报"),
}
QUALIFIER_WORDS = {
    "more-than": gettext_lazy("超过"),
    "at-least": gettext_lazy("至少"),
    "derived": gettext_lazy("推算"),
    "planned": gettext_lazy("计划"),
    "bracket": gettext_lazy("前"),
}
COMPARATOR_SIGNS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}


# How many parks are named in one breath.
MOST_NAMES = 12


def in_english() -> bool:
    return (get_language() or "").startswith("en")


def as_decimal(value) -> Decimal | None:
    """The value as a finite Decimal; None for anything that is not a number."""
    if value is None or isinstance(value, bool):
        return None
    try:
        number = value if isinstance(value, Decimal) else Decimal(str(value))
    except InvalidOperation:
        return None
    # Beyond 10^15 nothing of this city is a number any more, and rounding would leave decimal's precision.
    return number if number.is_finite() and abs(number) < 10**15 else None


def number_text(value, decimals: int | None = None) -> str:
    """1234.5 → “1,234.5”; with `decimals` always that many, rounded half-even; without, no trailing zeros."""
    number = as_decimal(value)
    if number is None:
        return UNKNOWN if value in (None, "") else str(value)
    if decimals is not None:
        number = number.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN)
    text = f"{number:,f}"
    if decimals is None and "." in text:
        text = text.rstrip("0").rstrip(".")
    if not any(digit in text for digit in "123456789"):
        text = text.removeprefix("-")
    return text.replace("-", MINUS)


# English units are plural words; those that a final s does not make.
SINGULARS = {"people": "person"}


def unit_text(unit: str, value, decimals: int | None = None) -> str:
    """The unit as it stands after a number: “1 firm”, “2 firms”; any other form of a unit stays as it is.

    >>> unit_text("bodies", 1), unit_text("firms/teams", 1), unit_text("100m yuan", 1)
    ('body', 'firms/teams', '100m yuan')
    """
    unit = str(unit or "")
    if not in_english() or decimals or as_decimal(value) != 1 or not unit.replace(" ", "").isalpha():
        return unit
    if unit in SINGULARS:
        return SINGULARS[unit]
    if unit.endswith("ies"):
        return unit[:-3] + "y"
    return unit[:-1] if unit.endswith("s") and not unit.endswith("ss") else unit


def signed_text(value, decimals: int | None = None) -> str:
    """A difference with its sign: +3, −3, 0."""
    number = as_decimal(value)
    text = number_text(value, decimals)
    return f"+{text}" if number is not None and number > 0 and any(d in text for d in "123456789") else text


def short_number_text(value) -> str:
    """12345 → “1.23万” or “12,345”; 350000000 → “3.5亿” or “350 million”: at most two decimals, half-even."""
    number = as_decimal(value)
    if number is None:
        return number_text(value)
    steps = [(9, " billion"), (6, " million")] if in_english() else [(8, "亿"), (4, "万")]
    # Small numbers stay exact; only what is short anyway may be rounded up into the next step.
    if abs(number) < 10 ** steps[-1][0]:
        return number_text(number)
    for power, word in steps:
        short = number.scaleb(-power).quantize(Decimal("0.01"), ROUND_HALF_EVEN)
        if abs(short) >= 1:
            return number_text(short) + word
    return number_text(number)


def percent_text(ratio, decimals: int = 1) -> str:
    """0.6123 → “61.2%”. What is below 100% is never rounded up to it: 0.9996 → “99.9%”."""
    number = as_decimal(ratio)
    if number is None:
        return number_text(ratio)
    step = Decimal(1).scaleb(-decimals)
    percent = (number * 100).quantize(step, ROUND_HALF_EVEN)
    if percent >= 100 and number < 1:
        percent = (number * 100).quantize(step, ROUND_DOWN)
    return number_text(percent, decimals) + "%"


def times_text(ratio) -> str:
    """1.6 → “1.6 倍” or “1.6 times”."""
    if as_decimal(ratio) is None:
        return number_text(ratio)
    return _("%(factor)s 倍") % {"factor": number_text(ratio, 1)}


def _as_day(day) -> date | None:
    if isinstance(day, datetime):
        return timezone.localtime(day).date() if timezone.is_aware(day) else day.date()
    if isinstance(day, date):
        return day
    try:
        return date.fromisoformat(str(day))
    except ValueError:
        return None


def day_text(day) -> str:
    """2025-10-15 → “2025 年 10 月 15 日” or “15 Oct 2025”; a moment is read in Asia/Shanghai."""
    read = _as_day(day)
    if read is None:
        return UNKNOWN if day in (None, "") else str(day)
    if in_english():
        return f"{read.day} {ENGLISH_MONTHS[read.month - 1]} {read.year}"
    return f"{read.year} 年 {read.month} 月 {read.day} 日"


def moment_text(moment) -> str:
    """A moment as its day and minute in Asia/Shanghai: “2025 年 10 月 15 日 14:05”."""
    if not isinstance(moment, datetime):
        return day_text(moment)
    local = timezone.localtime(moment) if timezone.is_aware(moment) else moment
    return f"{day_text(local.date())} {local:%H:%M}"


def _as_quarter(quarter) -> Quarter | None:
    try:
        return Quarter.parse(str(quarter))
    except ValueError:
        return None


def quarter_text(quarter) -> str:
    """A Quarter or “2025-Q3” → “2025 年第三季度” or “Q3 2025”."""
    read = _as_quarter(quarter)
    if read is None:
        return UNKNOWN if quarter in (None, "") else str(quarter)
    return read.label_in("en" if in_english() else "zh-hans")


def quarter_axis(quarter) -> str:
    """A Quarter or “2025-Q3” → “2025Q3”, as written on axes."""
    read = _as_quarter(quarter)
    return read.axis if read else quarter_text(quarter)


def park_names(names: Sequence[str]) -> str:
    """Parks in one breath: all of a few by name, of many the first and how many there are."""
    text = (", " if in_english() else "、").join(names[:MOST_NAMES])
    if len(names) <= MOST_NAMES:
        return text
    return _("%(names)s等 %(count)d 个园区") % {"names": text, "count": len(names)}
