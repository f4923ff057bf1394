"""The same tables as workbooks: typed cells, a bold heading that stays in view, and no cell that is a formula.

Numbers are numbers, days are days (written yyyy-mm-dd), true and false are truth values. Moments stay text with
their +08:00, because a spreadsheet knows no time zones, and quarters stay text. An empty cell is unknown.
"""

import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from shutil import copyfileobj
from tempfile import NamedTemporaryFile

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from changchun_innovation.shared.bilingual import is_english
from changchun_innovation.shared.csv_export import Column, cell, moment_text

WIDTHS = {"number": 13, "integer": 10, "boolean": 10, "date": 12, "datetime": 27, "string": 20}
# Of the parts of a workbook only docProps/core.xml carries the hour at which it was written.
_WRITTEN_AT = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:)")
_NO_HOUR = rb"\g<1>2000-01-01T00:00:00Z\g<3>"


def new_book() -> Workbook:
    """A workbook that takes rows one at a time and keeps none of them in memory."""
    return Workbook(write_only=True)


def write_table(
    book: Workbook,
    title: str,
    columns: Iterable[Column],
    rows: Iterable,
    *,
    lang: str = "zh-hans",
    labels: str | None = None,
) -> None:
    """A sheet with the headings of the columns and one line per row, the cells of the CSV file with their types."""
    columns = tuple(columns)
    lang = "en" if is_english(lang) else "zh-hans"
    readers = [column.value for column in columns]
    write_sheet(
        book,
        title,
        headings=[column.heading(labels) for column in columns],
        widths=[WIDTHS[column.type] for column in columns],
        rows=([read(row, lang) for read in readers] for row in rows),
    )


def write_sheet(
    book: Workbook,
    title: str,
    *,
    headings: Sequence[str],
    widths: Sequence[int],
    rows: Iterable[Sequence],
    kept_columns: int = 0,
) -> None:
    """A sheet of plain values under bold headings; they and the first `kept_columns` columns stay in view."""
    sheet = book.create_sheet(title)
    sheet.freeze_panes = f"{get_column_letter(kept_columns + 1)}2"
    for number, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.append([_cell(sheet, heading, bold=True) for heading in headings])
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])


def write_about(book: Workbook, title: str, lines: Iterable[tuple[str, str]]) -> None:
    """A sheet of what there is to know about the file: a word, and what it means here."""
    sheet = book.create_sheet(title)
    sheet.column_dimensions["A"].width = 24
    sheet.column_dimensions["B"].width = 90
    for word, text in lines:
        sheet.append([_cell(sheet, word, bold=True), _cell(sheet, text)])


def settled(book: Workbook) -> BytesIO:
    """The finished workbook, open at its beginning, without the hour of its making: same cells, same bytes."""
    result = BytesIO()
    with NamedTemporaryFile(suffix=".xlsx") as saved:
        book.save(saved)
        saved.seek(0)
        with zipfile.ZipFile(saved) as written, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as fresh:
            for part in sorted(written.namelist()):
                info = zipfile.ZipInfo(part, date_time=(2000, 1, 1, 0, 0, 0))
                info.compress_type = zipfile.ZIP_DEFLATED
                if part == "docProps/core.xml":
                    fresh.writestr(info, _WRITTEN_AT.sub(_NO_HOUR, written.read(part)))
                    continue
                with written.open(part) as source, fresh.open(info, "w") as target:
                    copyfileobj(source, target)
    result.seek(0)
    return result


def _cell(sheet, value, bold: bool = False) -> Cell | None:
    if isinstance(value, datetime):
        value = moment_text(value)
    if not (value is None or isinstance(value, bool | int | Decimal | date)):
        # A workbook cannot hold control characters.
        value = ILLEGAL_CHARACTERS_RE.sub("\ufffd", cell(value))
    if value is None or value == "":
        return None
    written = WriteOnlyCell(sheet, value)
    if isinstance(value, str):
        # Said outright: openpyxl would take =1+1 for a formula and #N/A for an error.
        written.data_type = "s"
    elif isinstance(value, date):
        written.number_format = "yyyy-mm-dd"
    if bold:
        written.font = Font(bold=True)
    return written
