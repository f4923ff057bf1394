"""Filled templates for tests: the bytes of a workbook or a CSV file, as a spreadsheet program would save them."""

import io
import zipfile
from collections.abc import Iterable, Mapping

from django.utils import timezone
from openpyxl import Workbook, load_workbook

from changchun_innovation.shared.quarters import Quarter
from parks.models import Park
from parks.workbooks.planning import sheets_of
from parks.workbooks.template import template_csv, template_xlsx

# The first line of a template's table, and where its columns stand when a baseline is asked.
FIRST = 7
COLUMNS = {"value": "K", "not_applicable_reason": "L", "note": "M", "explanation": "N", "baseline": "O"}


def the_template(park: Park, quarter: Quarter) -> bytes:
    sheet, _report = sheets_of(park, [quarter], timezone.localdate())[quarter]
    return template_xlsx(park, sheet).getvalue()


def the_csv(park: Park, quarter: Quarter) -> bytes:
    sheet, _report = sheets_of(park, [quarter], timezone.localdate())[quarter]
    return template_csv(park, sheet)


def filled(book: bytes, cells: Mapping[str, object], sheet: str | None = None) -> bytes:
    """The workbook with some cells written over; a text is written as text, whatever it looks like."""
    opened = load_workbook(io.BytesIO(book))
    page = opened[sheet] if sheet else opened.worksheets[0]
    for address, value in cells.items():
        page[address] = value
        if isinstance(value, str) and not value.startswith("=1"):
            page[address].data_type = "s"
    return saved(opened)


def saved(book: Workbook) -> bytes:
    result = io.BytesIO()
    book.save(result)
    return result.getvalue()


def plain_book(rows: Iterable[Iterable], title: str = "Sheet") -> Workbook:
    """A workbook of a person's own making, with one sheet of these rows."""
    book = Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(list(row))
    return book


def repacked(book: bytes, change) -> bytes:
    """The workbook with its parts as `change(name, content)` answers them."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return result.getvalue()
