"""Templates to fill in: one quarter as XLSX or CSV, many quarters as one workbook.

What the park knows stands beside the cells to fill: the last four approved figures, what the line expects, what the
draft already holds. Everything else is locked (without a password: against slips, not against people). The rules stand
in words; a cell that breaks one says so while typing, and once more in the column of checks. What decides is what is
read when the file comes back. All words are in the active language.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from changchun_innovation.shared.bilingual import is_english
from changchun_innovation.shared.csv_export import BOM, guard
from changchun_innovation.shared.numbers import LARGEST, plain
from changchun_innovation.shared.quarters import Quarter
from changchun_innovation.shared.wording import COMPARATOR_SIGNS, number_text, quarter_text
from parks.entry import LARGEST_RATE, LONGEST_EXPLANATION, LONGEST_NOTE, LONGEST_REASON, Entry
from parks.models import Park, QuarterlyReport
from parks.sheet import Line, Sheet
from parks.workbooks.headings import FILLED, heading, letters
from parks.workbooks.limits import limits_of
from targets.models import Kind

WIDTHS = {
    "indicator_code": 22,
    "indicator": 22,
    "unit": 9,
    "kind": 18,
    "commitment": 12,
    "expected": 11,
    "value": 15,
    "not_applicable_reason": 24,
    "note": 30,
    "explanation": 30,
    "baseline": 12,
    "rule": 44,
    "check": 30,
    "quarter": 11,
}
LONGEST = {
    "not_applicable_reason": LONGEST_REASON,
    "note": LONGEST_NOTE,
    "explanation": LONGEST_EXPLANATION,
}


@dataclass(frozen=True)
class Fill:
    """A column of a template: its name, its heading, and the cell of a line. `fills`: a person writes in it."""

    name: str
    heading: str
    width: int

    @property
    def fills(self) -> bool:
        return self.name in FILLED


# --- one quarter ---------------------------------------------------------------------------------------------
def template_xlsx(park: Park, sheet: Sheet) -> io.BytesIO:
    """The workbook for one park and quarter."""
    from changchun_innovation.shared.xlsx_export import settled
    from parks.workbooks.drawing import Draft

    draft = Draft()
    page = draft.sheet(_("填报"))
    title = _("%(park)s · %(quarter)s季报") % {"park": park.name, "quarter": quarter_text(sheet.quarter)}
    page.title(title)
    page.mark(2, "park_code", park.code, park.name)
    page.mark(3, "quarter", str(sheet.quarter), quarter_text(sheet.quarter))
    page.says(4, _("只填黄色的格。空着的格不改动已保存的内容；没有发生填 0，不涉及写“不适用”并写明理由。"))
    columns = _columns(sheet)
    top = 6
    page.headings(top, [(column.heading, column.width) for column in columns], kept=2)
    places = {column.name: number for number, column in enumerate(columns, 1)}
    rows = {line.pledge.indicator.code: top + 1 + index for index, line in enumerate(sheet.lines)}
    for line in sheet.lines:
        row = rows[line.pledge.indicator.code]
        for column, (each, value) in enumerate(zip(columns, _cells(line, columns), strict=True), 1):
            open_cell = each.fills and (each.name != "baseline" or line.asks_baseline)
            page.put(row, column, value, opened=open_cell)
        whole = rows.get(line.pledge.part_of.code) if line.pledge.part_of else None
        _rules(page, line, row, places, whole)
    draft.explain(_("填写说明"), _about())
    return settled(draft.book)


def template_csv(park: Park, sheet: Sheet) -> bytes:
    """The same lines as a CSV file: park and quarter stand in every line, since nothing stands above it."""
    lang = get_language()
    columns = [column for column in _columns(sheet) if column.name != "check"]
    written = io.StringIO()
    line_of = csv.writer(written, lineterminator="\n").writerow
    line_of([heading("park_code", lang), heading("quarter", lang), *(column.heading for column in columns)])
    for line in sheet.lines:
        cells = [guard(cell) if isinstance(cell, str) else plain(cell) for cell in _cells(line, columns)]
        line_of([park.code, str(sheet.quarter), *cells])
    return (BOM + written.getvalue()).encode()


def _columns(sheet: Sheet) -> list[Fill]:
    lang = get_language()
    names = ["indicator_code", "indicator", "unit", "kind", "commitment", "expected"]
    columns = [Fill(name, heading(name, lang), WIDTHS[name]) for name in names]
    columns += [Fill(f"approved {quarter}", _approved(quarter), 13) for quarter in sheet.quarters_beside]
    filled = [
        name for name in FILLED if name != "baseline" or any(line.asks_baseline for line in sheet.lines)
    ]
    columns += [Fill(name, heading(name, lang), WIDTHS[name]) for name in (*filled, "rule", "check")]
    return columns


def _approved(quarter: Quarter) -> str:
    """The heading above approved figures; never a bare quarter, which would be a column to fill."""
    if is_english(get_language()):
        return f"{quarter.label_in('en')} approved"
    return f"{quarter.label_in('zh-hans')}审定"


def _cells(line: Line, columns: Sequence[Fill]) -> list:
    """The cells of a line: numbers as Decimal, everything else as text; None is an empty cell."""
    pledge, indicator = line.pledge, line.pledge.indicator
    known = {
        "indicator_code": indicator.code,
        "indicator": indicator.name,
        "unit": indicator.unit,
        "kind": kind_words(indicator.kind),
        "commitment": f"{COMPARATOR_SIGNS[pledge.terms.comparator]} {number_text(pledge.terms.target)}",
        "expected": None if indicator.kind == Kind.RATE else line.expected,
        "rule": rule_words(line),
        **filled_cells(line.entry),
    }
    for quarter, figure in zip((line.quarter - back for back in (4, 3, 2, 1)), line.beside, strict=True):
        known[f"approved {quarter}"] = (
            None if figure is None else _("不适用") if figure.not_applicable else figure.value
        )
    return [known.get(column.name) for column in columns]


def filled_cells(entry: Entry) -> dict:
    """What a stored entry is in the cells to fill."""
    return {
        "value": _("不适用") if entry.not_applicable else entry.value,
        "not_applicable_reason": entry.not_applicable_reason,
        "note": entry.note,
        "explanation": entry.explanation,
        "baseline": entry.baseline,
    }


# --- the rules, in words and as a spreadsheet checks them ----------------------------------------------------
def kind_words(kind: str) -> str:
    return {
        Kind.CUMULATIVE: _("承诺以来的总数"),
        Kind.STOCK: _("季末的水平"),
        Kind.ANNUAL: _("1 月 1 日至季末的合计"),
        Kind.RATE: _("当期的比率"),
    }[kind]


def rule_words(line: Line) -> str:
    """What fits into the cell of a line, and beyond which numbers a line of reason is asked."""
    indicator = line.pledge.indicator
    words = [
        _("整数") if indicator.decimals == 0 else _("最多 %(number)s 位小数") % {"number": indicator.decimals}
    ]
    if indicator.kind == Kind.RATE:
        words.append(_("-1000 至 1000"))
    else:
        words.append(_("不小于 0"))
    if line.pledge.part_of:
        words.append(_("不大于“%(whole)s”") % {"whole": line.pledge.part_of.name})
    limits = limits_of(line)
    asked = {"low": number_text(limits.lowest), "high": number_text(limits.highest)}
    if limits.lowest is not None and limits.highest is not None:
        words.append(_("低于 %(low)s 或高于 %(high)s 请写异常说明") % asked)
    elif limits.lowest is not None:
        words.append(_("低于 %(low)s 请写异常说明") % asked)
    elif limits.highest is not None:
        words.append(_("高于 %(high)s 请写异常说明") % asked)
    return "；".join(words) if not is_english(get_language()) else "; ".join(words)


def fits(cell: str, indicator) -> str:
    """The formula that holds where a cell's content fits an indicator."""
    lowest, highest = (-LARGEST_RATE, LARGEST_RATE) if indicator.kind == Kind.RATE else (Decimal(0), LARGEST)
    number = (
        f"AND(ISNUMBER({cell}),{cell}>={lowest},{cell}<={highest},{cell}=ROUND({cell},{indicator.decimals}))"
    )
    return f'OR({cell}="不适用",{cell}="N/A",{number})'


def _rules(page, line: Line, row: int, places: Mapping[str, int], whole: int | None) -> None:
    def at(name: str, line_number: int = row) -> str:
        return f"{letters(places[name])}{line_number}"

    value = at("value")
    page.allow(value, fits(value, line.pledge.indicator), rule_words(line))
    for name, longest in LONGEST.items():
        page.allow_text(at(name), longest)
    if line.asks_baseline and "baseline" in places:
        cell = at("baseline")
        page.allow(cell, f"AND(ISNUMBER({cell}),{cell}>=0)", _("只填数字；不知道可留空。"))
    limits = limits_of(line)
    outside = [f"{value}<{plain(limits.lowest)}"] if limits.lowest is not None else []
    outside += [f"{value}>{plain(limits.highest)}"] if limits.highest is not None else []
    unusual = f"OR({','.join(outside)})" if outside else "FALSE"
    too_large = f"AND(ISNUMBER({at('value', whole)}),{value}>{at('value', whole)})" if whole else "FALSE"
    page.check(
        at("check"),
        value,
        (
            (
                f'AND(OR({value}="不适用",{value}="N/A"),{at("not_applicable_reason")}="")',
                _("请写明不适用的理由"),
            ),
            (
                f"AND(ISNUMBER({value}),{too_large})",
                _("大于“%(whole)s”") % {"whole": line.pledge.part_of.name} if line.pledge.part_of else "",
            ),
            (f'AND(ISNUMBER({value}),{unusual},{at("explanation")}="")', _("数字反常，请写一句异常说明")),
        ),
    )


# --- many quarters -------------------------------------------------------------------------------------------
def backfill_xlsx(park: Park, sheets: Mapping[Quarter, tuple[Sheet, QuarterlyReport | None]]) -> io.BytesIO:
    """One workbook for many quarters: indicators down, quarters across, so that a block can be pasted.

    Reasons, notes, explanations and baselines stand on a second sheet, one line for each figure.
    """
    from changchun_innovation.shared.xlsx_export import settled
    from parks.workbooks.drawing import Draft

    lang, draft = get_language(), Draft()
    title = _("%(park)s · 补报以往季度") % {"park": park.name}
    page = draft.sheet(_("数字"))
    page.title(title)
    page.mark(2, "park_code", park.code, park.name)
    page.says(3, _("每个季度一列，可以整块粘贴。只填黄色的格；空着的格不改动已保存的内容，没有发生填 0。"))
    names = ["indicator_code", "indicator", "unit", "kind", "commitment"]
    quarters = list(sheets)
    for column, quarter in enumerate(quarters, len(names) + 1):
        report = sheets[quarter][1]
        page.put(5, column, report.get_status_display() if report else _("未填"))
    page.headings(
        6, [(heading(name, lang), WIDTHS[name]) for name in names] + [(str(q), 11) for q in quarters], kept=2
    )
    by_code = _by_code(sheets)
    for row, (code, lines) in enumerate(by_code.items(), 7):
        any_line = next(iter(lines.values()))
        known = dict(zip(names, _cells(any_line, [Fill(name, "", 0) for name in names]), strict=True))
        for column, name in enumerate(names, 1):
            page.put(row, column, code if name == "indicator_code" else known[name])
        for column, quarter in enumerate(quarters, len(names) + 1):
            line = lines.get(quarter)
            opened = line is not None and _is_open(sheets[quarter][1])
            page.put(row, column, filled_cells(line.entry)["value"] if line else None, opened=opened)
            if opened:
                cell = f"{letters(column)}{row}"
                page.allow(cell, fits(cell, line.pledge.indicator), rule_words(line))
    _texts_sheet(draft, park, sheets)
    draft.explain(_("填写说明"), _about())
    return settled(draft.book)


def _texts_sheet(draft, park: Park, sheets) -> None:
    lang = get_language()
    page = draft.sheet(_("文字"))
    page.title(_("%(park)s · 补报以往季度") % {"park": park.name})
    page.mark(2, "park_code", park.code, park.name)
    page.says(3, _("不适用的理由、备注、异常说明与基数写在这里；数字写在前一张表。"))
    names = [
        "quarter",
        "indicator_code",
        "indicator",
        "not_applicable_reason",
        "note",
        "explanation",
        "baseline",
    ]
    page.headings(6, [(heading(name, lang), WIDTHS[name]) for name in names], kept=3)
    row = 7
    for quarter, (sheet, report) in sheets.items():
        if not _is_open(report):
            continue
        for line in sheet.lines:
            stored = filled_cells(line.entry)
            said = [str(quarter), line.pledge.indicator.code, line.pledge.indicator.name]
            for column, value in enumerate(said, 1):
                page.put(row, column, value)
            for column, name in enumerate(names[3:], 4):
                opened = name != "baseline" or line.asks_baseline
                page.put(row, column, stored[name], opened=opened)
                if name in LONGEST:
                    page.allow_text(f"{letters(column)}{row}", LONGEST[name])
            row += 1


def _by_code(sheets) -> dict[str, dict[Quarter, Line]]:
    """The lines by indicator code and quarter, in the order of the sheets."""
    found: dict[str, dict[Quarter, Line]] = {}
    for quarter, (sheet, _report) in sheets.items():
        for line in sheet.lines:
            found.setdefault(line.pledge.indicator.code, {})[quarter] = line
    return found


def _is_open(report: QuarterlyReport | None) -> bool:
    return report is None or report.is_editable


def _about() -> list[tuple[str, str]]:
    """What there is to know before filling in: a word, and what it means here."""
    return [
        (
            _("怎样上传"),
            _(
                "填好后保存，在填报页选“从文件导入”。先看到与已保存内容的差别，确认后才保存；有一处错误就一项也不存。"
            ),
        ),
        (_("空着的格"), _("不改动已保存的内容。要清空已保存的数字，请在填报页上清空。")),
        (_("没有发生"), _("填 0。0 是一个数，与空着不同。")),
        (_("不涉及"), _("在数字一格写“不适用”（或 N/A），并写明理由。")),
        (
            _("数字写法"),
            _("1234.5 或 1,234.5；不写“万”“亿”、单位和科学记数法。小数位数超过指标规定的不收，不四舍五入。"),
        ),
        (_("公式"), _("按算出的结果读入；没有算出结果的公式不收。")),
        (_("日期、百分比"), _("数字一格不要设成日期或百分比格式，请用“常规”。")),
        (_("异常说明"), _("数字反常时写一句，只有审核人看到；不写可以保存，不能提交。")),
        (_("备注"), _("选填，审定后公开。")),
        (
            _("保护"),
            _(
                "其余的格已锁定，防止误改；没有密码。指标代码、园区代码和季度请勿改动，文件凭它们认出是谁的哪个季度。"
            ),
        ),
    ]
