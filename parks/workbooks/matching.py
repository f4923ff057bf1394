"""Cells → what was given for which quarter and which indicator, and what is wrong with it, cell by cell.

A table begins at the line that names its columns. Two shapes are understood, also side by side in one workbook:

- long: one line per indicator (and quarter, where a column says it) with columns for figure, note and so on;
- wide: one line per indicator and a column for every quarter, whose heading is the quarter.

Above the table, and in the columns of a CSV file, stand the marks of park and quarter. A file with the marks of
another park or quarter is refused, whatever else it holds. An indicator is known by its code or by either name.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from changchun_innovation.shared.quarters import Quarter
from changchun_innovation.shared.wording import quarter_text
from parks.workbooks.headings import (
    APPROVED,
    FILLED,
    folded,
    name_of,
    quarter_of,
)
from parks.workbooks.reading import Cell, Odd, Sheet

# The line with the headings is looked for this far down.
LINES_BEFORE = 30
NUMBERS = ("value", "baseline")


@dataclass(frozen=True)
class Problem:
    """Something wrong with a file: at which cell, of which indicator, what stood there, and why it is not taken."""

    address: str
    subject: str
    written: str
    message: str


@dataclass(frozen=True)
class Row:
    """What one line of a file gives for one quarter: the indicator as it is written, and cells by field.

    `table` is the title of its sheet and `address` says the line in words.
    """

    table: str
    quarter: Quarter
    address: str
    code: str
    name: str
    cells: Mapping[str, Cell]


@dataclass
class Found:
    """Everything that a file gives, with its problems and what a reader should know."""

    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Table:
    sheet: Sheet
    line: int
    names: Mapping[str, int]
    quarters: Mapping[int, Quarter]
    unknown: Mapping[int, Cell]
    marks: Mapping[str, Cell]


def found_in(sheets: Sequence[Sheet], *, park_code: str, quarter: Quarter | None) -> Found:
    """What the sheets give for a park; with `quarter`, for that quarter alone."""
    found = Found()
    tables = [table for sheet in sheets if (table := _table_of(sheet, found))]
    if not tables:
        if not found.problems:
            found.problems.append(
                Problem("", "", "", _("没有找到表头：需有“指标代码”或“指标”一列，以及“本季填报数”一列。"))
            )
        return found
    prefixed = len(tables) > 1
    marked_park = False
    for table in tables:
        marked_park = _read_table(table, park_code, quarter, found, prefixed) or marked_park
    if not marked_park:
        found.remarks.append(_("文件没有写明园区；请核对是否本园区的数字。"))
    hidden = [
        cell.address for row in found.rows for cell in row.cells.values() if cell.hidden and cell.text.strip()
    ]
    if hidden:
        found.remarks.append(
            _("这些单元格在表中是隐藏的，也读入了：%(cells)s。") % {"cells": _listed(hidden)}
        )
    return found


def _listed(addresses: Sequence[str], most: int = 12) -> str:
    return _("、").join(addresses[:most]) + ("…" if len(addresses) > most else "")


# --- the shape of a table ------------------------------------------------------------------------------------
def _table_of(sheet: Sheet, found: Found) -> _Table | None:
    """The table of a sheet; None where no line names its columns."""
    for number in sorted(sheet.rows)[:LINES_BEFORE]:
        line = sheet.rows[number]
        names: dict[str, int] = {}
        quarters: dict[int, Quarter] = {}
        unknown: dict[int, Cell] = {}
        twice = []
        for column, cell in sorted(line.items()):
            name, written = name_of(cell.text), quarter_of(cell.text)
            if name in names or (written and written in quarters.values()):
                twice.append(cell)
            elif name:
                names[name] = column
            elif written:
                quarters[column] = written
            elif not any(word in folded(cell.text) for word in APPROVED):
                unknown[column] = cell
        if not ({"indicator_code", "indicator"} & set(names)) or not (quarters or set(FILLED) & set(names)):
            continue
        for cell in twice:
            found.problems.append(Problem(cell.address, "", cell.text, _("这一列的表头出现了两次。")))
        return _Table(sheet, number, names, quarters, unknown, _marks(sheet, number))
    return None


def _marks(sheet: Sheet, before: int) -> dict[str, Cell]:
    """The marks above a table: a cell that says park code or quarter, with the value in the cell to its right."""
    marks: dict[str, Cell] = {}
    for number in range(1, before):
        line = sheet.rows.get(number, {})
        for column, cell in line.items():
            name = name_of(cell.text)
            if name in ("park_code", "quarter") and column + 1 in line:
                marks.setdefault(name, line[column + 1])
    return marks


# --- the lines of a table ------------------------------------------------------------------------------------
def _read_table(table: _Table, park_code: str, quarter: Quarter | None, found: Found, prefixed: bool) -> bool:
    """Adds what a table gives; answers whether it names its park."""
    marked = False
    if cell := table.marks.get("park_code"):
        marked = True
        if not _is_park(cell, park_code, found):
            return True
    marked_quarter = None
    if cell := table.marks.get("quarter"):
        marked_quarter = _quarter_in(cell, quarter, found)
        if marked_quarter is None:
            return marked
    unread: dict[int, list[str]] = {}
    wrong_parks: set[str] = set()
    for number in sorted(table.sheet.rows):
        if number <= table.line:
            continue
        line = table.sheet.rows[number]
        for column in table.unknown:
            if column in line:
                unread.setdefault(column, []).append(line[column].address)
        where = _where(table, number, prefixed)
        if cell := line.get(table.names.get("park_code", 0)):
            marked = True
            if folded(cell.text) != folded(park_code):
                if cell.text not in wrong_parks:
                    _is_park(cell, park_code, found)
                wrong_parks.add(cell.text)
                continue
        _read_line(table, line, where, marked_quarter, quarter, found, prefixed)
    for column, addresses in unread.items():
        found.remarks.append(
            _("“%(heading)s”一列不是填报表的列，没有读（%(cells)s）。")
            % {"heading": table.unknown[column].text[:40], "cells": _listed(addresses)}
        )
    return marked


def _read_line(table, line, where, marked_quarter, asked_quarter, found: Found, prefixed: bool) -> None:
    code = line.get(table.names.get("indicator_code", 0))
    name = line.get(table.names.get("indicator", 0))
    cells = {
        field: _placed(cell, table, prefixed)
        for field in FILLED
        if (cell := line.get(table.names.get(field, 0)))
    }
    wide = {
        q: _placed(line[column], table, prefixed) for column, q in table.quarters.items() if column in line
    }
    if code is None and name is None:
        if cells or wide:
            first = next(iter([*cells.values(), *wide.values()]))
            found.problems.append(
                Problem(first.address, "", first.text, _("这一行没有写是哪个指标（指标代码或名称）。"))
            )
        return
    texts = (code.text if code else "", name.text if name else "")
    written_quarter = line.get(table.names.get("quarter", 0))
    line_quarter = marked_quarter or (asked_quarter if not table.quarters else None)
    if written_quarter is not None:
        line_quarter = _quarter_in(
            _placed(written_quarter, table, prefixed), marked_quarter or asked_quarter, found
        )
        if line_quarter is None:
            return
    if line_quarter is not None:
        found.rows.append(Row(table.sheet.title, line_quarter, where, *texts, cells))
    elif cells:
        first = next(iter(cells.values()))
        message = _("没有写明是哪个季度：请保留“季度”一列或一格，写作 2025-Q3。")
        found.problems.append(Problem(first.address, texts[1] or texts[0], first.text, message))
    for each, cell in wide.items():
        if asked_quarter is not None and each != asked_quarter:
            found.problems.append(
                Problem(cell.address, texts[1] or texts[0], cell.text, _another_quarter(each, asked_quarter))
            )
        else:
            found.rows.append(Row(table.sheet.title, each, where, *texts, {"value": cell}))


def _where(table: _Table, number: int, prefixed: bool) -> str:
    place = _("第 %(row)s 行") % {"row": number}
    return f"{table.sheet.title} {place}" if prefixed and table.sheet.title else place


def _placed(cell: Cell, table: _Table, prefixed: bool) -> Cell:
    """The cell with the sheet's title before its address, where a file has several sheets."""
    if not prefixed:
        return cell
    return Cell(f"{table.sheet.title}!{cell.address}", cell.text, cell.odd, cell.hidden)


def _is_park(cell: Cell, park_code: str, found: Found) -> bool:
    if folded(cell.text) == folded(park_code):
        return True
    message = _("文件是园区“%(found)s”的，不是“%(park)s”的；没有读入。") % {
        "found": cell.text[:40],
        "park": park_code,
    }
    found.problems.append(Problem(cell.address, "", cell.text, message))
    return False


def _quarter_in(cell: Cell, expected: Quarter | None, found: Found) -> Quarter | None:
    """The quarter that a cell names; None, with a problem, where it names none or another than expected."""
    written = quarter_of(cell.text) if cell.odd is None else None
    if written is None:
        message = _("季度无法识别：请写作 2025-Q3。")
    elif expected is not None and written != expected:
        message = _another_quarter(written, expected)
    else:
        return written
    problem = Problem(cell.address, "", cell.text, message)
    if problem not in found.problems:
        found.problems.append(problem)
    return None


def _another_quarter(written: Quarter, expected: Quarter) -> str:
    return _("文件写的是%(found)s，这里要的是%(quarter)s；没有读入。") % {
        "found": quarter_text(written),
        "quarter": quarter_text(expected),
    }


# --- indicators ----------------------------------------------------------------------------------------------
class Indicators:
    """The indicators of a park by their code and by their names."""

    def __init__(self, indicators: Iterable) -> None:
        self._by_code, self._by_name = {}, {}
        for each in indicators:
            self._by_code[folded(each.code)] = each.code
            for name in (each.name_zh, each.name_en):
                self._by_name.setdefault(folded(name), each.code)

    def of(self, row: Row) -> tuple[str | None, str]:
        """The code of the indicator that a line is about, or None with the reason."""
        by_code = self._by_code.get(folded(row.code))
        # A name in the column of codes is understood too.
        by_code = by_code or self._by_name.get(folded(row.code)) if row.code.strip() else None
        by_name = self._by_name.get(folded(row.name)) or self._by_code.get(folded(row.name))
        if row.code.strip() and by_code is None:
            return None, _("本园区没有指标“%(text)s”。") % {"text": row.code[:60]}
        if not row.code.strip() and by_name is None:
            return None, _("本园区没有指标“%(text)s”。") % {"text": row.name[:60]}
        if by_code and by_name and by_code != by_name:
            return None, _("指标代码“%(code)s”与名称“%(name)s”不是同一个指标，请核对是否错行。") % {
                "code": row.code[:60],
                "name": row.name[:60],
            }
        return by_code or by_name, ""


def oddity(field: str, cell: Cell) -> str:
    """Why a cell cannot be taken for a field; empty where it can. Texts may look like a day, numbers may not."""
    if cell.odd is Odd.UNSOLVED:
        return _("这里的公式没有算出结果：请在 Excel 中打开、保存后再上传，或改填数字。")
    if cell.odd is Odd.ERROR:
        return _("这里是错误值 %(text)s，不是数字。") % {"text": cell.text}
    if cell.odd is Odd.MERGED:
        return _("这里是合并单元格，分不清属于哪一项：请取消合并，逐格填写。")
    if field not in NUMBERS:
        return ""
    return {
        Odd.DATE: _("这里是日期，不是数字：请把单元格格式改为“常规”，重新填写。"),
        Odd.TRUTH: _("这里是 TRUE 或 FALSE，不是数字。"),
        Odd.PERCENT: _("这里是百分比格式，存的是 %(text)s：请改为“常规”格式，按表中单位填写。")
        % {"text": cell.text},
    }.get(cell.odd, "")
