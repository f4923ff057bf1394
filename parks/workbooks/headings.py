"""The words above the columns of a template, and how a quarter is written in one.

A file is read in whatever language it was made: every heading is known by its name, its Chinese and its English words.
"""

import re
from unicodedata import normalize

from changchun_innovation.shared.bilingual import is_english
from changchun_innovation.shared.quarters import Quarter

# name: (Chinese, English); the name itself is understood as well.
HEADINGS = {
    "park_code": ("园区代码", "Park code"),
    "quarter": ("季度", "Quarter"),
    "indicator_code": ("指标代码", "Indicator code"),
    "indicator": ("指标", "Indicator"),
    "unit": ("单位", "Unit"),
    "kind": ("口径", "Counted as"),
    "commitment": ("承诺", "Commitment"),
    "expected": ("本季末序时", "Expected"),
    "value": ("本季填报数", "Figure of this quarter"),
    "not_applicable_reason": ("不适用的理由", "Why not applicable"),
    "note": ("备注", "Note"),
    "explanation": ("异常说明", "Explanation"),
    "baseline": ("基数", "Baseline"),
    "rule": ("填写规则", "What fits"),
    "check": ("检查", "Check"),
}
# The columns that a person fills; they have the names of `parks.entry.Typed`.
FILLED = ("value", "not_applicable_reason", "note", "explanation", "baseline")
# Columns of a template that say something and ask nothing.
SAID = ("unit", "kind", "commitment", "expected", "rule", "check")
# Above an approved figure of an earlier quarter: never to be taken for a column to fill.
APPROVED = ("审定", "approved")

_NUMERALS = {"一": 1, "二": 2, "三": 3, "四": 4}
_QUARTERS = (
    re.compile(r"(?P<year>\d{4})[-\s]?q(?P<number>[1-4])"),
    re.compile(r"q(?P<number>[1-4])[-\s]?(?P<year>\d{4})"),
    re.compile(r"(?P<year>\d{4})\s?年?\s?第?(?P<number>[1-4一二三四])季度?"),
)


def heading(name: str, lang: str | None) -> str:
    chinese, english = HEADINGS[name]
    return english if is_english(lang) else chinese


def folded(text: str) -> str:
    """The text without what does not tell words apart: width, case, spaces at the ends and doubled ones."""
    return " ".join(normalize("NFKC", text).casefold().split())


_NAMES = {folded(word): name for name, words in HEADINGS.items() for word in (name, *words)}


def name_of(text: str) -> str | None:
    """The name of the column that a heading stands above; None for a heading that is not ours."""
    return _NAMES.get(folded(text))


def quarter_of(text: str) -> Quarter | None:
    """The quarter that a cell names: 2025-Q3, 2025Q3, Q3 2025, 2025 年第三季度; None for anything else."""
    written = folded(text)
    for pattern in _QUARTERS:
        if match := pattern.fullmatch(written):
            number = _NUMERALS.get(match["number"]) or int(match["number"])
            try:
                return Quarter(int(match["year"]), number)
            except ValueError:
                return None
    return None


def letters(column: int) -> str:
    """The letters of a column as a spreadsheet shows them: 1 → A, 27 → AA."""
    text = ""
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text
