"""What an uploaded workbook may be made of, looked at before a spreadsheet library sees it.

A workbook is a ZIP of XML parts. 2 MB of it can hold 400,000 rows, or unpack to gigabytes; so the declared sizes are
added up first (ZIP readers never give out more than was declared), and then every part is read once as a stream, which
counts rows and cells and notes what the library would pass over in silence: merged and hidden cells, and formulas
whose result was never worked out. Entities are refused by defusedxml.
"""

import posixpath
import re
import zipfile
from dataclasses import dataclass, field
from io import BytesIO
from xml.etree.ElementTree import ParseError

from django.utils.translation import gettext as _

MEGABYTE = 1024 * 1024
LARGEST_FILE = 2 * MEGABYTE
LARGEST_UNPACKED = 5 * MEGABYTE
MOST_PARTS = 200
MOST_SHEETS = 20
MOST_ROWS = 5_000
MOST_COLUMNS = 200
MOST_CELLS = 20_000
# Of all parts together: a style sheet full of nothing costs as much as a sheet full of cells.
MOST_ELEMENTS = 150_000

_WORKBOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_ADDRESS = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


class Unreadable(Exception):
    """The file cannot be taken at all; the text is a sentence for the person who sent it."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass
class Part:
    """What was seen of one sheet: addresses of formulas without a result, hidden rows and columns, merged ranges."""

    unsolved: set[str] = field(default_factory=set)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)

    def is_hidden(self, row: int, column: int) -> bool:
        return row in self.hidden_rows or any(first <= column <= last for first, last in self.hidden_columns)

    def is_merged(self, row: int, column: int) -> bool:
        return any(
            top <= row <= bottom and left <= column <= right for left, top, right, bottom in self.merged
        )


def looked_through(data: bytes) -> dict[str, Part]:
    """What the sheets of a workbook hold, by title. Raises Unreadable for anything beyond the bounds."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as book:
            return _sheets(book)
    except Unreadable:
        raise
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise _damaged() from error
    except Exception as error:
        # The decompressors have errors of their own (zlib, lzma); all of them mean the same to a reader.
        if type(error).__module__ in ("zlib", "lzma", "_lzma", "defusedxml.common"):
            raise _damaged() from error
        raise


def _damaged() -> Unreadable:
    return Unreadable(_("文件打不开：不是 XLSX 工作簿，或者已经损坏。请在 Excel 中另存为 .xlsx 再上传。"))


def _too_much() -> Unreadable:
    return Unreadable(
        _("文件解开后过大（最多 %(size)s MB）。请只保留要导入的表，删去多余的行列与图片。")
        % {"size": LARGEST_UNPACKED // MEGABYTE}
    )


def _sheets(book: zipfile.ZipFile) -> dict[str, Part]:
    infos = book.infolist()
    names = [info.filename for info in infos]
    if len(names) != len(set(names)):
        raise _damaged()
    if len(infos) > MOST_PARTS or sum(info.file_size for info in infos) > LARGEST_UNPACKED:
        raise _too_much()
    if _WORKBOOK not in names or _RELATIONS not in names:
        raise Unreadable(
            _("这不是 XLSX 工作簿。请用 Excel 或 WPS 打开，另存为“Excel 工作簿 (*.xlsx)”再上传。")
        )
    counted, seen = _Count(), {}
    for name in names:
        with book.open(name) as stream:
            seen[name] = _streamed(stream, counted, is_sheet=name.startswith("xl/"))
    titles = _titles(book)
    if len(titles) > MOST_SHEETS:
        raise Unreadable(_("工作簿最多 %(most)s 张表。") % {"most": MOST_SHEETS})
    return {title: seen.get(part) or Part() for title, part in titles.items()}


def _titles(book: zipfile.ZipFile) -> dict[str, str]:
    """The part of every sheet by its title."""
    from defusedxml.ElementTree import fromstring

    targets = {
        each.get("Id"): each.get("Target", "") for each in fromstring(book.read(_RELATIONS), forbid_dtd=True)
    }
    found = {}
    for element in fromstring(book.read(_WORKBOOK), forbid_dtd=True).iter():
        if _local(element) != "sheet":
            continue
        link = next((value for key, value in element.attrib.items() if key.endswith("}id")), "")
        target = targets.get(link, "")
        found[element.get("name", "")] = (
            target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join("xl", target))
        )
    return found


@dataclass
class _Count:
    rows: int = 0
    cells: int = 0
    elements: int = 0

    def check(self, row: int, column: int) -> None:
        if self.rows > MOST_ROWS or self.cells > MOST_CELLS or row > MOST_ROWS or column > MOST_COLUMNS:
            raise Unreadable(
                _("表格过大：最多 %(rows)s 行、%(columns)s 列。请删去多余的行列（包括只有格式的）再上传。")
                % {"rows": MOST_ROWS, "columns": MOST_COLUMNS}
            )


def _local(element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _streamed(stream, counted: _Count, *, is_sheet: bool) -> Part:
    """One part read from end to end; a part that is no XML (a picture) is passed over."""
    from defusedxml.ElementTree import iterparse

    part, row, column = Part(), 0, 0
    try:
        for event, element in iterparse(stream, events=("start", "end"), forbid_dtd=True):
            name = _local(element)
            counted.elements += event == "start"
            if counted.elements > MOST_ELEMENTS:
                raise _too_much()
            if event == "start" and name == "row":
                row, column = _number(element.get("r"), row + 1), 0
                counted.rows += 1
                if element.get("hidden") in ("1", "true"):
                    part.hidden_rows.add(row)
                counted.check(row, 0)
            elif event == "start" and name == "c":
                where = _ADDRESS.fullmatch(element.get("r") or "")
                column = _column(where[1]) if where else column + 1
                counted.cells += 1
                counted.check(int(where[2]) if where else row, column)
            elif event == "end" and name == "c":
                if _is_unsolved(element):
                    part.unsolved.add(element.get("r") or "")
                element.clear()
            elif event == "start" and name == "mergeCell":
                part.merged.append(_range(element.get("ref") or ""))
                counted.cells += 1
                counted.check(row, 0)
            elif event == "start" and name == "col" and element.get("hidden") in ("1", "true"):
                first = _number(element.get("min"), 1)
                part.hidden_columns.append((first, _number(element.get("max"), first)))
            elif event == "end" and name in ("row", "si"):
                element.clear()
    except ParseError:
        if is_sheet and stream.name.endswith(".xml"):
            raise _damaged() from None
    return part


def _is_unsolved(cell) -> bool:
    parts = {_local(each): each for each in cell}
    return "f" in parts and "is" not in parts and not (parts["v"].text if "v" in parts else None)


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 8 else otherwise


def _column(text: str) -> int:
    number = 0
    for letter in text:
        number = number * 26 + ord(letter) - 64
    return number


def _range(text: str) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of a range like B2:C5."""
    corners = [_ADDRESS.fullmatch(corner) for corner in text.split(":")]
    if not all(corners):
        return (0, 0, 0, 0)
    columns, rows = [_column(each[1]) for each in corners], [int(each[2]) for each in corners]
    return (min(columns), min(rows), max(columns), max(rows))
