"""Which two answers are compared: the one that the address asks for, and an earlier one.

Either two days of knowledge about one quarter (`from_day`), or two quarters on one day (`from_quarter`), or both.
Without either, the quarter before. Bad or contradictory input is a message, never an error page.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from changchun_innovation.shared.params import Asked
from changchun_innovation.shared.quarters import Quarter
from changchun_innovation.shared.wording import day_text, quarter_text


@dataclass(frozen=True)
class Moment:
    """A quarter as known on a day."""

    quarter: Quarter
    known_on: date

    @property
    def query(self) -> dict[str, str]:
        """The address of this answer on any page."""
        return {"quarter": str(self.quarter), "as_of": self.known_on.isoformat()}


@dataclass(frozen=True)
class Offered:
    """Another earlier answer that may be compared with, in words, as the parameters of the address."""

    words: str
    from_day: str
    from_quarter: str


@dataclass(frozen=True)
class Compared:
    """Two answers, the earlier one first, and what could not be read of the question."""

    before: Moment
    after: Moment
    messages: tuple[str, ...]
    from_day_given: bool

    @property
    def two_days(self) -> bool:
        """Whether something may have become known in between."""
        return self.before.known_on < self.after.known_on

    @property
    def two_quarters(self) -> bool:
        return self.before.quarter < self.after.quarter

    @property
    def same(self) -> bool:
        return self.before == self.after


def compared(asked: Asked, query) -> Compared:
    """Read `from_day` and `from_quarter` of a query (a QueryDict) beside what was asked."""
    messages: list[str] = []
    day = _day(query.get("from_day", "").strip(), asked, messages)
    known_on = day or asked.known_on
    quarter = _quarter(query.get("from_quarter", "").strip(), asked, known_on, messages)
    if quarter is None and day is None:
        quarter = asked.quarter - 1
    elif quarter is None:
        quarter = min(asked.quarter, Quarter.last_closed(known_on))
        if quarter < asked.quarter:
            messages.append(
                _("%(quarter)s在 %(day)s尚未结束；之前一侧按 %(earlier)s比较。")
                % {
                    "quarter": quarter_text(asked.quarter),
                    "day": day_text(known_on),
                    "earlier": quarter_text(quarter),
                }
            )
    return Compared(
        before=Moment(quarter, known_on),
        after=Moment(asked.quarter, asked.known_on),
        messages=tuple(messages),
        from_day_given=day is not None,
    )


def _day(text: str, asked: Asked, messages: list[str]) -> date | None:
    if not text:
        return None
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None or len(text) != 10 or day.year < 2000:
        messages.append(
            _("起始日期“%(text)s”无法识别，请写作 2025-11-01；已改与上一季度比较。") % {"text": text[:40]}
        )
        return None
    if day > asked.known_on:
        messages.append(
            _("起始日期 %(from)s 晚于数据截至的 %(to)s；已改与上一季度比较。")
            % {"from": day.isoformat(), "to": asked.known_on.isoformat()}
        )
        return None
    return day


def _quarter(text: str, asked: Asked, known_on: date, messages: list[str]) -> Quarter | None:
    if not text:
        return None
    try:
        quarter = Quarter.parse(text)
    except ValueError:
        quarter = None
    if quarter is None or not 2000 <= quarter.year <= 2099:
        messages.append(_("起始季度“%(text)s”无法识别，请写作 2025-Q3；已忽略。") % {"text": text[:40]})
        return None
    if quarter > asked.quarter:
        messages.append(
            _("起始季度 %(from)s 晚于所问的 %(to)s；已忽略。")
            % {"from": quarter.axis, "to": asked.quarter.axis}
        )
        return None
    if not quarter.is_closed(known_on):
        messages.append(
            _("起始季度 %(quarter)s 在 %(day)s 尚未结束，还没有数字；已忽略。")
            % {"quarter": quarter.axis, "day": known_on.isoformat()}
        )
        return None
    return quarter


def offered(asked: Asked, due_on: date | None) -> Iterator[Offered]:
    """Comparisons that officials ask for; `due_on` is the day on which the quarter's reports were due."""
    before = asked.quarter - 1
    yield Offered(_("与上一季度（%(quarter)s）相比") % {"quarter": quarter_text(before)}, "", str(before))
    year_ago = asked.quarter - 4
    yield Offered(_("与上年同期（%(quarter)s）相比") % {"quarter": quarter_text(year_ago)}, "", str(year_ago))
    closed, month = asked.quarter.ends_on + timedelta(days=1), asked.known_on - timedelta(days=30)
    if closed < asked.known_on:
        yield Offered(_("该季度结束（%(day)s）以来") % {"day": day_text(closed)}, closed.isoformat(), "")
    if due_on and closed < due_on < asked.known_on:
        yield Offered(
            _("该季度季报应报日（%(day)s）以来") % {"day": day_text(due_on)}, due_on.isoformat(), ""
        )
    yield Offered(_("近 30 天（%(day)s）以来") % {"day": day_text(month)}, month.isoformat(), "")
