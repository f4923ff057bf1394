"""What an address asks for: a quarter, a day of knowledge, a language. Bad input is a message, never an error page."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time

from django.conf import settings
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _

from changchun_innovation.shared.quarters import Quarter

LANGUAGE_WORDS = {"zh": "zh-hans", "zh-hans": "zh-hans", "zh-cn": "zh-hans", "en": "en"}


def end_of_day(day: date) -> datetime:
    """The last microsecond of a day in Changchun: what happened up to then is known on that day."""
    return datetime.combine(day, time.max, tzinfo=timezone.get_default_timezone())


def day_of(moment: datetime) -> date:
    """The day of a moment in Changchun."""
    return timezone.localtime(moment, timezone.get_default_timezone()).date()


@dataclass(frozen=True)
class Asked:
    """One question to the dashboard: about a quarter, as known on a day."""

    quarter: Quarter
    known_on: date
    today: date
    quarter_given: bool = False
    known_on_given: bool = False
    lang_given: str | None = None
    messages: tuple = ()

    @property
    def query(self) -> dict[str, str]:
        """The explicit part of the question, which links carry on."""
        query = {}
        if self.quarter_given:
            query["quarter"] = str(self.quarter)
        if self.known_on_given:
            query["as_of"] = self.known_on.isoformat()
        if self.lang_given:
            query["lang"] = self.lang_given
        return query

    @property
    def is_today(self) -> bool:
        return self.known_on == self.today


def default_quarter(known_on: date) -> Quarter:
    """The last quarter closed on a day, or the installation's DEFAULT_QUARTER where that is earlier."""
    closed = Quarter.last_closed(known_on)
    if settings.DEFAULT_QUARTER:
        return min(closed, Quarter.parse(settings.DEFAULT_QUARTER))
    return closed


def read_known_on(text: str, today: date) -> date:
    """The day K of a parameter; raises ValueError with a translated sentence."""
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    # Before 2000 there is neither a promise nor a quarter of ours, and date arithmetic stays safe.
    if day is None or len(text) != 10 or day.year < 2000:
        raise ValueError(_("日期“%(text)s”无法识别，请写作 2025-11-01；已按今天显示。") % {"text": text[:40]})
    if day > today:
        raise ValueError(
            _("日期 %(text)s 尚未到来，没有人知道那一天的情况；已按今天显示。") % {"text": day.isoformat()}
        )
    return day


def read_quarter(text: str, known_on: date) -> Quarter:
    """The quarter Q of a parameter, closed on K; raises ValueError with a translated sentence."""
    try:
        quarter = Quarter.parse(text)
    except ValueError:
        quarter = None
    if quarter is None or not 2000 <= quarter.year <= 2099:
        raise ValueError(_("季度“%(text)s”无法识别，请写作 2025-Q3；已显示默认季度。") % {"text": text[:40]})
    if not quarter.is_closed(known_on):
        raise ValueError(
            _("季度 %(quarter)s 在 %(day)s 尚未结束，还没有数字；已显示默认季度。")
            % {"quarter": quarter.axis, "day": known_on.isoformat()}
        )
    return quarter


def asked_of(request) -> Asked:
    """The question of a request, read once; the messages name what could not be read."""
    if hasattr(request, "_asked"):
        return request._asked
    today = timezone.localdate(timezone=timezone.get_default_timezone())
    messages = []
    known_on, known_on_given = today, False
    if text := request.GET.get("as_of", "").strip():
        try:
            known_on, known_on_given = read_known_on(text, today), True
        except ValueError as error:
            messages.append(error.args[0])
    quarter, quarter_given = default_quarter(known_on), False
    if text := request.GET.get("quarter", "").strip():
        try:
            quarter, quarter_given = read_quarter(text, known_on), True
        except ValueError as error:
            messages.append(error.args[0])
    lang_given = None
    if text := request.GET.get("lang", "").strip():
        if text.lower() in LANGUAGE_WORDS:
            lang_given = text.lower()
        else:
            messages.append(_("没有语言“%(text)s”；可用 zh 与 en。") % {"text": text[:20]})
    request._asked = Asked(
        quarter, known_on, today, quarter_given, known_on_given, lang_given, tuple(messages)
    )
    return request._asked


def asked_about(request, quarter: Quarter) -> Asked:
    """The question of a request whose address itself names the quarter; what the query says of one is ignored."""
    answer = replace(asked_of(request), quarter=quarter, quarter_given=True)
    request._asked = answer
    return answer


def asked(request) -> dict:
    """Context processor: every page outside the admin knows its question and whether it is a demonstration."""
    context = {"demo": settings.DEMO, "public_dashboard": settings.PUBLIC_DASHBOARD}
    if not request.path.startswith("/admin/"):
        context["asked"] = asked_of(request)
    return context
