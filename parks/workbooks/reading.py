"""XLSX or CSV → sheets of cells, each with the address that a spreadsheet shows for it.

What a file is, is told by its content, never by its name. Nothing is guessed and nothing is converted: a cell is the
text that a person would read in it. Numbers of a workbook are binary fractions; they are written with the fifteen
digits that a spreadsheet keeps, so that 0.1 + 0.2 is 0.3. What is no number and looks like one to a program (dates,
truth values, percentages, errors, formulas without a result) keeps a word about what it is.
"""

import csv
import io
import logging
import math
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum

from django.utils.translation import gettext as _

from changchun_innovation.shared.csv_export import unguard
from parks.workbooks.headings import letters, name_of, quarter_of
from parks.workbooks.packing import (
    LARGEST_FILE,
    MEGABYTE,
    MOST_CELLS,
    MOST_COLUMNS,
    MOST_ROWS,
    Part,
    Unreadable,
    looked_through,
)

__all__ = ["Cell", "Odd", "Sheet", "Unreadable", "read_file"]

log = logging.getLogger(__name__)

LONGEST_CELL = 32_767
SEPARATORS = (",", ";", "\t")
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_BYTE_ORDERS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


class Odd(StrEnum):
    """What a cell is instead of a text or a plain number."""

    DATE = "date"
    TRUTH = "truth"
    PERCENT = "percent"
    ERROR = "error"
    UNSOLVED = "unsolved"
    MERGED = "merged"


@dataclass(frozen=True)
class Cell:
    """One cell: where it is ("C7"), what a person reads in it, what it is if not that, and whether it is hidden."""

    address: str
    text: str
    odd: Odd | None = None
    hidden: bool = False


@dataclass(frozen=True)
class Sheet:
    """The cells of one sheet that hold anything, by row and column, both counted from 1. A CSV file has no title."""

    title: str
    rows: dict[int, dict[int, Cell]]


def read_file(data: bytes) -> list[Sheet]:
    """The sheets of an uploaded file. Raises Unreadable with a sentence for the person who sent it."""
    if len(data) > LARGEST_FILE:
        raise Unreadable(_("文件过大：最多 %(size)s MB。") % {"size": LARGEST_FILE // MEGABYTE})
    if not data.strip(b"\x00 \r\n\t"):
        raise Unreadable(_("文件是空的。"))
    if data.startswith(b"PK"):
        return _read_workbook(data)
    if data.startswith(_OLD_OFFICE):
        raise Unreadable(_("这是旧版 .xls 文件，或者设了打开密码。请另存为没有密码的 .xlsx 再上传。"))
    return [_read_csv(_decoded(data))]


# --- CSV -----------------------------------------------------------------------------------------------------
def _decoded(data: bytes) -> str:
    """The text of a CSV file: UTF-16 by its mark, else UTF-8, else what Excel writes in China."""
    if data.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")):
        raise _not_text()
    encodings = [encoding for mark, encoding in _BYTE_ORDERS if data.startswith(mark)] or ["utf-8", "gb18030"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise _not_text()


def _not_text() -> Unreadable:
    return Unreadable(_("文件读不出文字：请上传 XLSX，或 UTF-8、GB18030、UTF-16（带标记）编码的 CSV。"))


def _read_csv(text: str) -> Sheet:
    first, _end, rest = text.partition("\n")
    # Excel's own way to name the separator; it stands before the table.
    says_separator = first.lower().startswith("sep=")
    named = first[4:].strip("\r\n") if says_separator else ""
    if says_separator:
        text = rest
    lines_before = 1 if says_separator else 0
    tried = [_split(text, separator) for separator in ([named] if named in SEPARATORS else SEPARATORS)]
    found = max(tried, key=_headings_in)
    broken = [
        records[0][0] for records in tried if records and records[0] and isinstance(records[0][0], _Broken)
    ]
    if broken and not _headings_in(found):
        raise Unreadable(_("CSV 第 %(line)s 行读不下去：引号没有成对。") % {"line": broken[0]})
    rows: dict[int, dict[int, Cell]] = {}
    cells = 0
    for number, row in enumerate(found, 1 + lines_before):
        cells += len(row)
        if number > MOST_ROWS or len(row) > MOST_COLUMNS or cells > MOST_CELLS:
            raise Unreadable(
                _("表格过大：最多 %(rows)s 行、%(columns)s 列。请删去多余的行列（包括只有格式的）再上传。")
                % {"rows": MOST_ROWS, "columns": MOST_COLUMNS}
            )
        kept = {
            column: Cell(f"{letters(column)}{number}", unguard(value))
            for column, value in enumerate(row, 1)
            if value.strip()
        }
        if kept:
            rows[number] = kept
    return Sheet("", rows)


def _split(text: str, separator: str) -> list[list[str]]:
    """The records of a CSV text; [] where it cannot be read with this separator."""
    records: list[list[str]] = []
    try:
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True):
            records.append(record)
            if len(records) > MOST_ROWS:
                break
    except csv.Error:
        # Another separator may do; the refusal names the line if none does.
        return [[_Broken(len(records) + 1)]]
    return records


class _Broken(str):
    """The place where a CSV text could not be read on."""


def _headings_in(records: Iterable[list[str]]) -> int:
    """How many of our headings the best line among the first thirty holds."""
    return max(
        (sum(1 for text in row if name_of(text) or quarter_of(text)) for row in list(records)[:30]), default=0
    )


# --- XLSX ----------------------------------------------------------------------------------------------------
def _read_workbook(data: bytes) -> list[Sheet]:
    parts = looked_through(data)
    from openpyxl import load_workbook

    try:
        # It warns of what it leaves aside (extensions, styles); said for good, since workers have threads.
        warnings.filterwarnings("ignore", module="openpyxl")
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        try:
            return [
                _read_sheet(sheet, parts.get(sheet.title, Part()))
                for sheet in book.worksheets
                if sheet.sheet_state == "visible"
            ]
        finally:
            book.close()
    except Unreadable:
        raise
    except Exception as error:
        # A malformed part raises whatever the library happens to stumble over.
        log.warning("A workbook could not be read: %r", error)
        raise Unreadable(
            _("文件打不开：不是 XLSX 工作簿，或者已经损坏。请在 Excel 中另存为 .xlsx 再上传。")
        ) from error


def _read_sheet(sheet, part: Part) -> Sheet:
    # Without this a stale <dimension> drops the rows beyond it in silence.
    sheet.reset_dimensions()
    rows: dict[int, dict[int, Cell]] = {}
    for line in sheet.iter_rows():
        for each in line:
            address = getattr(each, "coordinate", None)
            if address is None:
                continue
            text, odd = _text_of(each, address in part.unsolved)
            if not text.strip() and odd is None:
                continue
            row, column = each.row, each.column
            if odd is None and part.is_merged(row, column):
                odd = Odd.MERGED
            cell = Cell(address, unguard(text), odd, part.is_hidden(row, column))
            rows.setdefault(row, {})[column] = cell
    return Sheet(sheet.title, rows)


def _text_of(cell, unsolved: bool) -> tuple[str, Odd | None]:
    """The text of a workbook's cell, and what it is if that is neither a text nor a plain number."""
    value = cell.value
    if unsolved:
        return "", Odd.UNSOLVED
    if value is None:
        return "", None
    if cell.data_type == "e":
        return str(value), Odd.ERROR
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE", Odd.TRUTH
    if isinstance(value, datetime) and (value.hour, value.minute, value.second) == (0, 0, 0):
        return value.date().isoformat(), Odd.DATE
    if isinstance(value, date | time | datetime | timedelta):
        return str(value), Odd.DATE
    if isinstance(value, int | float | Decimal):
        return _number_text(value), Odd.PERCENT if "%" in (cell.number_format or "") else None
    return str(value)[: LONGEST_CELL + 1], None


def _number_text(value: float | Decimal) -> str:
    """The digits of a number as a spreadsheet keeps them: fifteen, without an exponent."""
    if isinstance(value, float):
        if not math.isfinite(value):
            return str(value)
        value = Decimal(f"{value:.15g}")
    text = f"{Decimal(value):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
