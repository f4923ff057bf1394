"""What a person typed for one commitment in one quarter, read and graded.

One rule for the page, for imported files and for commands. A blank, a zero and "not applicable" are three different
answers: a blank stays open and blocks submission, zero is a value, "not applicable" needs a reason and excludes a
number. How numbers are read is told in `shared/numbers.py`; on top of it:

- counts and money are never below zero; a rate may be, and lies between -1000 and 1000;
- more decimals than the indicator has are refused, not rounded;
- a baseline is read like a figure, and only where the page asked for one;
- "不适用" (or "N/A") written where the number belongs means the same as choosing it;
- a text that is too long, or holds a character that no database keeps, is refused, not cut;
- a line end in a text (Excel's Alt+Enter) becomes a blank: the page has one line for it, and would drop it.

Whatever is wrong is said beside the field it was typed in, and what was typed is handed back unchanged.
"""

import re
from dataclasses import dataclass, field
from decimal import Decimal
from unicodedata import normalize

from django.utils.translation import gettext as _

from changchun_innovation.shared.numbers import NumberRefused, parse_number, plain
from changchun_innovation.shared.unkept import holds_unkept
from parks.models import Figure
from targets.models import Kind

LARGEST_RATE = Decimal(1000)
LONGEST_NOTE = Figure._meta.get_field("note").max_length
LONGEST_REASON = Figure._meta.get_field("not_applicable_reason").max_length
LONGEST_EXPLANATION = Figure._meta.get_field("explanation").max_length
LINE_END = re.compile(r"[ \t]*[\r\n]+[ \t]*")
NOT_APPLICABLE_WORDS = frozenset({"不适用", "n/a", "na", "n.a.", "not applicable"})


@dataclass(frozen=True)
class Entry:
    """One figure as it is stored: a number, or "not applicable" with its reason, or still blank."""

    value: Decimal | None = None
    not_applicable: bool = False
    not_applicable_reason: str = ""
    note: str = ""
    baseline: Decimal | None = None
    explanation: str = ""

    @property
    def is_blank(self) -> bool:
        """Whether neither a number nor "not applicable" was given."""
        return self.value is None and not self.not_applicable

    @classmethod
    def of(cls, figure: Figure | None) -> "Entry":
        """The entry that a stored figure holds; a blank one where there is none."""
        if figure is None:
            return cls()
        return cls(
            figure.value,
            figure.not_applicable,
            figure.not_applicable_reason,
            figure.note,
            figure.baseline,
            figure.explanation,
        )


@dataclass(frozen=True)
class Typed:
    """The same as texts, exactly as they stand in the fields of the page or the cells of a file."""

    value: str = ""
    not_applicable: bool = False
    not_applicable_reason: str = ""
    note: str = ""
    baseline: str = ""
    explanation: str = ""

    @classmethod
    def of(cls, entry: Entry) -> "Typed":
        """How a stored entry is written into the fields."""
        return cls(
            plain(entry.value),
            entry.not_applicable,
            entry.not_applicable_reason,
            entry.note,
            plain(entry.baseline),
            entry.explanation,
        )

    @property
    def says_not_applicable(self) -> bool:
        """Whether "not applicable" was chosen, or written where the number belongs."""
        return self.not_applicable or self._has_words

    @property
    def _has_words(self) -> bool:
        return normalize("NFKC", self.value).strip().casefold() in NOT_APPLICABLE_WORDS

    @property
    def number(self) -> str:
        """What stands where the number belongs, without the words that say that there is none."""
        return "" if self._has_words else self.value


@dataclass(frozen=True)
class Graded:
    """What became of one typed line: its entry, or the errors by field name."""

    typed: Typed
    entry: Entry | None
    errors: dict[str, str] = field(default_factory=dict)


def grade(typed: Typed, *, kind: str, decimals: int, asks_baseline: bool = False) -> Graded:
    """Read one line. `kind` and `decimals` are the indicator's; the entry is None where anything is wrong.

    `errors` has the keys of Typed; its sentences are in the active language.
    """
    errors: dict[str, str] = {}
    value = _number(typed.number, "value", decimals, errors, rate=kind == Kind.RATE)
    baseline = None
    if asks_baseline:
        baseline = _number(typed.baseline, "baseline", decimals, errors)
    reason = _text(typed.not_applicable_reason, "not_applicable_reason", LONGEST_REASON, errors)
    note = _text(typed.note, "note", LONGEST_NOTE, errors)
    explanation = _text(typed.explanation, "explanation", LONGEST_EXPLANATION, errors)
    if typed.says_not_applicable:
        if typed.number.strip():
            errors.setdefault("value", _("数字与“不适用”只能选一个：请删去数字，或取消“不适用”。"))
        if not reason:
            errors.setdefault("not_applicable_reason", _("请写明不适用的理由。"))
    elif reason:
        errors.setdefault(
            "not_applicable_reason", _("写了不适用的理由，却没有选“不适用”：请选上，或删去理由。")
        )
    if errors:
        return Graded(typed, None, errors)
    return Graded(typed, Entry(value, typed.says_not_applicable, reason, note, baseline, explanation))


def _number(text: str, name: str, decimals: int, errors: dict, *, rate: bool = False) -> Decimal | None:
    try:
        value = parse_number(text, decimals, allow_negative=rate)
    except NumberRefused as refused:
        errors[name] = str(refused.message)
        return None
    if rate and value is not None and abs(value) > LARGEST_RATE:
        errors[name] = _("比率应在 -1000 与 1000 之间，请核对单位。")
        return None
    return value


def _text(text: str, name: str, longest: int, errors: dict) -> str:
    text = LINE_END.sub(" ", text.strip())
    if holds_unkept(text):
        errors[name] = _("含有无法保存的字符，请重新输入。")
    elif len(text) > longest:
        errors[name] = _("最多 %(longest)s 个字，现有 %(length)s 个字。") % {
            "longest": longest,
            "length": len(text),
        }
    return text
