"""Reads what an address or a command asks of a data set. A file is never silently another one than was asked for."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from changchun_innovation.shared.datasets import Dataset, Selection
from changchun_innovation.shared.params import LANGUAGE_WORDS, default_quarter
from changchun_innovation.shared.progress import State
from changchun_innovation.shared.quarters import Quarter
from parks import access
from parks.models import Park
from targets.models import Indicator

ALWAYS = ("quarter", "as_of", "lang", "labels", "bom")
FILTERS = ("park", "indicator", "from", "to", "state", "status")
REPEATABLE = ("park", "indicator", "state")
FORBIDDEN = gettext_lazy(
    "这里有尚未审定的内容（草稿、待审与退回的数字，以及谁在何时做了什么），只对有权查看的账号开放。"
)


class Refused(ValueError):
    """A parameter that cannot be answered; the text is one sentence in the reader's language that names it."""

    def __init__(self, parameter: str, sentence: str) -> None:
        super().__init__(sentence)
        self.parameter = parameter


class Denied(Exception):
    """The reader may not see what was asked for."""


def read_selection(given: Mapping[str, list[str]], dataset: Dataset, *, today: date, user=None) -> Selection:
    """The question that the parameters ask; raises Refused, or Denied where the reader may not see the answer.

    `given` holds a list of texts for each parameter, as in an address; blank ones count as not given. Without
    a `user` the reader is anybody.
    """
    asked = _Given(given, dataset)
    known_on = asked.day("as_of", today)
    selection = Selection(
        known_on=known_on,
        about=default_quarter(known_on),
        quarter=asked.closed_quarter("quarter", known_on),
        parks=asked.codes("park", Park),
        indicators=asked.codes("indicator", Indicator),
        states=asked.states(),
        first=asked.quarter("from"),
        last=asked.quarter("to"),
        every_status=asked.word("status", {"approved": False, "all": True}, False),
        lang=asked.word("lang", LANGUAGE_WORDS, "zh-hans"),
        labels=asked.word("labels", {"zh": "zh-hans", "en": "en"}, None),
        bom=asked.word("bom", {"0": False, "1": True}, True),
    )
    if selection.first and selection.last and selection.first > selection.last:
        raise Refused("from", _("参数 from 晚于参数 to，两者之间没有季度。"))
    if selection.every_status and known_on < today:
        # What was entered and not approved is not kept: a past day cannot be shown as it was.
        raise Refused("status", _("参数 status=all 只能看今天：未审定的数字不保留历史，不能与 as_of 同用。"))
    if selection.quarter:
        selection = replace(selection, about=selection.quarter)
    if not (dataset.depends_on_reader or selection.every_status):
        return selection
    unapproved = frozenset(access.parks_read_by(user).values_list("code", flat=True))
    if (dataset.restricted or selection.every_status) and not unapproved:
        raise Denied(FORBIDDEN)
    return replace(selection, unapproved=unapproved)


class _Given:
    """The parameters as they came, checked one by one."""

    def __init__(self, given: Mapping[str, list[str]], dataset: Dataset) -> None:
        self._texts = {}
        for name, texts in given.items():
            texts = [text.strip() for text in texts if text and text.strip()]
            if not texts:
                continue
            if name not in (*ALWAYS, *FILTERS):
                raise Refused(name, _("没有参数“%(name)s”。") % {"name": name[:40]})
            if name in FILTERS and name not in dataset.filters:
                raise Refused(
                    name,
                    _("参数 %(name)s 不适用于数据集 %(dataset)s。") % {"name": name, "dataset": dataset.name},
                )
            if name not in REPEATABLE and len(set(texts)) > 1:
                raise Refused(name, _("参数 %(name)s 只能写一次。") % {"name": name})
            self._texts[name] = list(dict.fromkeys(texts))

    def _text(self, name: str) -> str:
        return self._texts.get(name, [""])[0]

    def day(self, name: str, today: date) -> date:
        text = self._text(name)
        if not text:
            return today
        try:
            day = parse_date(text)
        except ValueError:
            day = None
        if day is None or len(text) != 10 or day.year < 2000:
            raise Refused(
                name,
                _("参数 %(name)s：“%(text)s”不是日期，请写作 2025-11-01。")
                % {"name": name, "text": text[:40]},
            )
        if day > today:
            raise Refused(
                name,
                _("参数 %(name)s：%(text)s 尚未到来，没有人知道那一天的情况。") % {"name": name, "text": day},
            )
        return day

    def quarter(self, name: str) -> Quarter | None:
        text = self._text(name)
        if not text:
            return None
        try:
            quarter = Quarter.parse(text)
        except ValueError:
            quarter = None
        if quarter is None or not 2000 <= quarter.year <= 2099:
            raise Refused(
                name,
                _("参数 %(name)s：“%(text)s”不是季度，请写作 2025-Q3。") % {"name": name, "text": text[:40]},
            )
        return quarter

    def closed_quarter(self, name: str, known_on: date) -> Quarter | None:
        quarter = self.quarter(name)
        if quarter is not None and not quarter.is_closed(known_on):
            raise Refused(
                name,
                _("参数 %(name)s：季度 %(quarter)s 在 %(day)s 尚未结束，还没有数字。")
                % {"name": name, "quarter": quarter, "day": known_on},
            )
        return quarter

    def codes(self, name: str, model) -> tuple[str, ...]:
        texts = self._texts.get(name, [])
        known = set(model.objects.filter(code__in=texts).values_list("code", flat=True)) if texts else set()
        for text in texts:
            if text not in known:
                raise self._unknown(name, text)
        return tuple(texts)

    def states(self) -> tuple[str, ...]:
        texts = self._texts.get("state", [])
        for text in texts:
            if text not in tuple(State):
                raise self._unknown("state", text, tuple(State))
        return tuple(texts)

    def word(self, name: str, words: dict, default):
        text = self._text(name).lower()
        if not text:
            return default
        if text not in words:
            raise self._unknown(name, text, tuple(words))
        return words[text]

    def _unknown(self, name: str, text: str, known: tuple[str, ...] = ()) -> Refused:
        if known:
            sentence = _("参数 %(name)s：没有“%(text)s”；可用 %(known)s。")
        else:
            sentence = _("参数 %(name)s：没有代码“%(text)s”。")
        return Refused(name, sentence % {"name": name, "text": text[:40], "known": _("、").join(known)})
