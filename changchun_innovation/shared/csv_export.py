"""Files for analysts: a column is one pair of heading and value, and rows leave one at a time.

The text of a cell is settled here, for every file alike: `.` as decimal point, no separators, no trailing zeros, ISO
days, moments with +08:00, quarters as 2025-Q3, true and false, an empty cell for what is unknown. Nothing here asks
for the active language: a stream is read after the request is over, so the language is an argument.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from zoneinfo import ZoneInfo

from changchun_innovation.shared.bilingual import in_language, is_english
from changchun_innovation.shared.numbers import plain
from changchun_innovation.shared.quarters import Quarter

BOM = "\ufeff"
CHANGCHUN = ZoneInfo("Asia/Shanghai")
# A spreadsheet takes such a cell for a formula. The apostrophes before it make the prefix reversible: a text that
# already begins with '= gets one more, and loses exactly that one when it is read back.
_FORMULA = re.compile("'*[=+\\-@\t\r\n\x00＝＋－＠]")
_GUARDED = re.compile("'+[=+\\-@\t\r\n\x00＝＋－＠]")


@dataclass(frozen=True)
class Column:
    """A heading and how its value is read from a row.

    `value(row, lang)` answers None, bool, int, Decimal, Quarter, date, datetime or text. `type` is the word of the
    Frictionless Table Schema; the about texts describe the column for datapackage.json.
    """

    name: str
    value: Callable[[object, str], object]
    label_zh: str
    label_en: str
    type: str = "string"
    about_zh: str = ""
    about_en: str = ""
    values: tuple[str, ...] = ()

    def heading(self, labels: str | None) -> str:
        """The column's name, or its word in the language `labels`."""
        return self.name if labels is None else in_language(self, "label", labels)


def of(path: str) -> Callable[[object, str], object]:
    """Reads `a.b.c` from a row; None as soon as a step of the way is None."""
    steps = path.split(".")

    def value(row, lang):
        for step in steps:
            row = getattr(row, step)
            if row is None:
                return None
        return row

    return value


def in_words(path: str) -> Callable[[object, str], str | None]:
    """Reads the text `a.b.name` from its pair of columns, in the language of the file."""
    *way, field = path.split(".")
    owner = of(".".join(way)) if way else lambda row, lang: row

    def value(row, lang):
        found = owner(row, lang)
        return None if found is None else in_language(found, field, lang)

    return value


def guard(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet would take it for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def unguard(text: str) -> str:
    """The text as it was before `guard`."""
    return text[1:] if _GUARDED.match(text) else text


def moment_text(moment: datetime) -> str:
    """A moment as 2025-10-15T14:05:00+08:00; a moment without a zone raises ValueError."""
    if moment.tzinfo is None:
        raise ValueError(f"a moment without its zone: {moment!r}")
    return moment.astimezone(CHANGCHUN).isoformat(timespec="seconds")


def cell(value) -> str:
    """The text of one value, before the formula guard. A float is refused: nothing of ours is one."""
    if value is None:
        return ""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return plain(value)
    if isinstance(value, datetime):
        return moment_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Quarter):
        return str(value)
    raise TypeError(f"no text for a {type(value).__name__}: {value!r}")


def stream_csv(
    columns: Iterable[Column],
    rows: Iterable,
    *,
    lang: str = "zh-hans",
    bom: bool = True,
    labels: str | None = None,
) -> Iterator[str]:
    """The lines of a CSV file, each when it is asked for: the headings first, then one text per row.

    `labels` writes the headings in words of that language; the names of things are in `lang`.
    """
    columns = tuple(columns)
    line = csv.writer(_Echo(), lineterminator="\n").writerow
    lang = "en" if is_english(lang) else "zh-hans"
    yield (BOM if bom else "") + line([column.heading(labels) for column in columns])
    readers = [column.value for column in columns]
    for row in rows:
        values = [read(row, lang) for read in readers]
        yield line([guard(value) if isinstance(value, str) else cell(value) for value in values])


def in_blocks(lines: Iterator[str], size: int = 200) -> Iterator[bytes]:
    """The lines as UTF-8, `size` of them at a time: a network is not asked for every line."""
    while block := "".join(islice(lines, size)):
        yield block.encode()


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text
