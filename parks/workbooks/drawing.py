"""How a template looks, and what a spreadsheet program checks in it by itself. The only part that draws with openpyxl."""

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from changchun_innovation.shared.csv_export import guard
from parks.workbooks.headings import heading

TO_FILL = PatternFill("solid", fgColor="FFF6D5")
HEADING = PatternFill("solid", fgColor="E8ECF0")
WRONG = PatternFill("solid", bgColor="F6C9C4")
HAIRLINE = Border(*(Side(style="thin", color="C9CED4") for _side in range(4)))
QUIET = Font(color="4F5963")
TOP = Alignment(vertical="top", wrap_text=True)
# What Excel takes as the text of a message beside a cell.
LONGEST_MESSAGE = 220


class Draft:
    """A workbook in the making, whose sheets cannot be moved or renamed."""

    def __init__(self) -> None:
        self.book = Workbook()
        self.book.remove(self.book.active)
        self.book.calculation.fullCalcOnLoad = True

    def sheet(self, title: str) -> "Page":
        return Page(self.book.create_sheet(title))

    def explain(self, title: str, lines: list[tuple[str, str]]) -> None:
        """A sheet of words and what they mean."""
        page = self.sheet(title)
        page.sheet.column_dimensions["A"].width = 18
        page.sheet.column_dimensions["B"].width = 90
        for row, (word, text) in enumerate(lines, 1):
            page.put(row, 1, word).font = Font(bold=True)
            page.put(row, 2, text)


class Page:
    """One sheet: locked but for the cells that are opened."""

    def __init__(self, sheet) -> None:
        self.sheet = sheet
        sheet.protection.sheet = True
        # Widening a column to read it is no harm.
        sheet.protection.formatColumns = False
        sheet.protection.formatRows = False
        sheet.page_setup.orientation = "landscape"
        sheet.page_setup.fitToHeight = 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True

    def put(self, row: int, column: int, value, *, opened: bool = False):
        """A value in a cell: Decimal as a number, text always as text.

        What people wrote carries the guard of our CSV files where it looks like a formula, since a workbook is
        saved as CSV and back; reading takes exactly that guard off again.
        """
        cell = self.sheet.cell(row, column)
        if isinstance(value, str):
            value = guard(value) if opened else value
            cell.value = ILLEGAL_CHARACTERS_RE.sub("\ufffd", value) or None
            if cell.value is not None:
                cell.data_type = "s"
        else:
            cell.value = value
        cell.alignment = TOP
        if opened:
            cell.protection, cell.fill, cell.border = Protection(locked=False), TO_FILL, HAIRLINE
        return cell

    def title(self, text: str) -> None:
        cell = self.put(1, 1, text)
        cell.font, cell.alignment = Font(bold=True, size=14), Alignment(wrap_text=False)

    def mark(self, row: int, name: str, value: str, words: str) -> None:
        """The mark by which the file is known again, with the same in words beside it."""
        for column, text in enumerate((heading(name, get_language()), value, words), 1):
            self.put(row, column, text).alignment = Alignment(wrap_text=False)

    def says(self, row: int, text: str) -> None:
        cell = self.put(row, 1, text)
        cell.font, cell.alignment = QUIET, Alignment(wrap_text=False)

    def headings(self, row: int, columns: list[tuple[str, int]], *, kept: int) -> None:
        """The line that names the columns; it and the first `kept` columns stay in view."""
        for number, (text, width) in enumerate(columns, 1):
            cell = self.put(row, number, text)
            cell.font, cell.fill = Font(bold=True), HEADING
            self.sheet.column_dimensions[get_column_letter(number)].width = width
        self.sheet.freeze_panes = f"{get_column_letter(kept + 1)}{row + 1}"

    def allow(self, cell: str, formula: str, words: str) -> None:
        """Only what fits the formula may be typed into a cell; the words say what that is."""
        self._validate(cell, words, type="custom", formula1=formula)

    def allow_text(self, cell: str, longest: int) -> None:
        words = _("最多 %(longest)s 个字。") % {"longest": longest}
        self._validate(cell, words, type="textLength", operator="lessThanOrEqual", formula1=str(longest))

    def _validate(self, cell: str, words: str, **rule) -> None:
        words = words[:LONGEST_MESSAGE]
        validation = DataValidation(allow_blank=True, errorStyle="stop", error=words, prompt=words, **rule)
        validation.errorTitle = validation.promptTitle = _("填写规则")
        validation.showErrorMessage, validation.showInputMessage = True, rule["type"] == "custom"
        self.sheet.add_data_validation(validation)
        validation.add(cell)

    def check(self, cell: str, value: str, cases) -> None:
        """A cell that says the first case that holds, and the colour of the value's cell while one does."""
        formula = '""'
        for condition, words in reversed(cases):
            if words:
                formula = f'IF({condition},"{words.replace(chr(34), chr(34) * 2)}",{formula})'
        self.sheet[cell] = f"={formula}"
        self.sheet[cell].alignment = TOP
        anywhere = ",".join(condition for condition, words in cases if words)
        self.sheet.conditional_formatting.add(value, FormulaRule(formula=[f"OR({anywhere})"], fill=WRONG))
