"""Files for analysts: a column is one pair of heading and value, and rows leave one at a time.

The text of a cell is settled here, for every file alike: `.` as decimal point, no separators, no trailing zeros, ISO
days, moments with +08:00, quarters as 2025-Q3, true and false, an empty cell for what is unknown. Nothing here asks
for the active language: a stream is read after the request is over, so the language is an argument.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from itertools import groupby, islice
from operator import attrgetter
from zoneinfo import ZoneInfo

from changchun_innovation.shared.bilingual import in_language, is_english
from changchun_innovation.shared.numbers import plain
from changchun_innovation.shared.quarters import Quarter

BOM = "\ufeff"
CHANGCHUN = ZoneInfo("Asia/Shanghai")
# A spreadsheet takes such a cell for a formula. The apostrophes before it make the prefix reversible: a text that
# already begins with '= gets one more, and loses exactly that one when it is read back.
FORMULA_SIGNS = "-=+@\t\r\n\x00＝＋－＠"
_FORMULA = re.compile(f"'*[{FORMULA_SIGNS}]")
_GUARDED = re.compile(f"'+[{FORMULA_SIGNS}]")
# A cell with one of these stands in quotation marks. The library's writer would leave a bare carriage return
# without them or not, depending on its version, and its reader takes such a one for the end of the line.
QUOTED_SIGNS = ',"\n\r'
_QUOTED = re.compile(f"[{QUOTED_SIGNS}]")
# So many parts of rows are remembered as text, and so many short texts and numbers.
KEPT_PARTS = 2048
KEPT_TEXTS = 4096


@dataclass(frozen=True, slots=True)
class Lookup:
    """Reads `a.b.c` from a row; None as soon as a step of the way is None.

    `words` reads the pair of columns `c_zh`, `c_en` in the language of the file.
    """

    path: str
    words: bool = False

    def __call__(self, row, lang: str):
        *way, last = self.path.split(".")
        for step in way:
            row = getattr(row, step)
            if row is None:
                return None
        return in_language(row, last, lang) if self.words else getattr(row, last)

    @property
    def owner(self) -> str:
        """The first step of the way, whose part of the row it is; empty for the row's own columns."""
        first, dot, _rest = self.path.partition(".")
        return first if dot else ""

    @property
    def beyond(self) -> "Lookup":
        """The same as read from the owner."""
        return Lookup(self.path.removeprefix(f"{self.owner}."), self.words)


def of(path: str) -> Lookup:
    """Reads `a.b.c` from a row; None as soon as a step of the way is None."""
    return Lookup(path)


def in_words(path: str) -> Lookup:
    """Reads the text `a.b.name` from its pair of columns, in the language of the file."""
    return Lookup(path, words=True)


@dataclass(frozen=True)
class Column:
    """A heading and how its value is read from a row.

    `value(row, lang)` answers None, bool, int, Decimal, Quarter, date, datetime or text. `type` is the word of the
    Frictionless Table Schema; the about texts describe the column for datapackage.json.
    """

    name: str
    value: Lookup
    label_zh: str
    label_en: str
    type: str = "string"
    about_zh: str = ""
    about_en: str = ""
    values: tuple[str, ...] = ()

    def heading(self, labels: str | None) -> str:
        """The column's name, or its word in the language `labels`."""
        return self.name if labels is None else in_language(self, "label", labels)


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
    return str(value) if isinstance(value, str) else _WRITERS[type(value)](value)


def written(value) -> str:
    """The text of one value as it stands in a line: guarded, and in quotation marks where it needs them."""
    return _WRITERS[type(value)](value)


@lru_cache(KEPT_TEXTS)
def _written_text(text: str) -> str:
    text = guard(str(text))
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text


class _Writers(dict):
    """How a value of each type stands in a line; words of a fixed list are text."""

    def __missing__(self, kind: type) -> Callable[[object], str]:
        if not issubclass(kind, str):
            raise TypeError(f"no text for a value of the type {kind.__name__}")
        self[kind] = _written_text
        return _written_text


_WRITERS = _Writers(
    {
        type(None): lambda value: "",
        str: _written_text,
        bool: lambda value: "true" if value else "false",
        int: str,
        Decimal: lru_cache(KEPT_TEXTS)(plain),
        datetime: moment_text,
        date: date.isoformat,
        Quarter: str,
    }
)


# --- lines -----------------------------------------------------------------------------------------------------
def heading_line(columns: Iterable[Column], *, bom: bool = True, labels: str | None = None) -> str:
    """The first line: the columns' names, or their words in the language `labels`."""
    line = ",".join(written(column.heading(labels)) for column in columns)
    return f"{BOM if bom else ''}{line}\n"


def row_lines(columns: Iterable[Column], rows: Iterable, lang: str = "zh-hans") -> Iterator[str]:
    """One line per row, each when it is asked for; the names of things are in `lang`."""
    line = _writer([column.value for column in columns], "en" if is_english(lang) else "zh-hans")
    for row in rows:
        yield f"{line(row)}\n"


def stream_csv(
    columns: Iterable[Column],
    rows: Iterable,
    *,
    lang: str = "zh-hans",
    bom: bool = True,
    labels: str | None = None,
) -> Iterator[str]:
    """The lines of a CSV file, each when it is asked for: the headings first, then one text per row."""
    columns = tuple(columns)
    yield heading_line(columns, bom=bom, labels=labels)
    yield from row_lines(columns, rows, lang)


def in_blocks(lines: Iterator[str], size: int = 200) -> Iterator[bytes]:
    """The lines as UTF-8, `size` of them at a time: a network is not asked for every line."""
    while block := "".join(islice(lines, size)):
        yield block.encode()


def _writer(lookups: Iterable[Lookup], lang: str) -> Callable[[object], str]:
    """A function that writes the cells of one row, with commas between them."""
    parts: list[Callable[[object], str]] = []
    for owner, group in groupby(lookups, key=lambda lookup: lookup.owner):
        if owner:
            parts.append(_part_writer(owner, [lookup.beyond for lookup in group], lang))
        else:
            parts += [_cell_writer(lookup, lang) for lookup in group]
    if len(parts) == 1:
        return parts[0]
    return lambda row: ",".join([write(row) for write in parts])


def _cell_writer(lookup: Lookup, lang: str) -> Callable[[object], str]:
    if lookup.words:
        return lambda row: written(lookup(row, lang))
    read, writers = attrgetter(lookup.path), _WRITERS
    return lambda row: writers[type(value := read(row))](value)


def _part_writer(owner: str, lookups: list[Lookup], lang: str) -> Callable[[object], str]:
    """Writes what several columns read from one part of the row: a park, a report, the terms of a pledge.

    Many rows share such a part, so its text is remembered; the part with it, so that nothing else gets its id.
    """
    part_of, write = attrgetter(owner), _writer(lookups, lang)
    nothing = "," * (len(lookups) - 1)
    kept: dict[int, tuple[object, str]] = {}

    def text(row) -> str:
        part = part_of(row)
        if part is None:
            return nothing
        found = kept.get(id(part))
        if found is None:
            if len(kept) >= KEPT_PARTS:
                kept.clear()
            found = kept[id(part)] = (part, write(part))
        return found[1]

    return text
