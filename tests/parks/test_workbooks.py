"""Templates and what comes back: read cell by cell, held against what is saved, and taken whole or not at all."""

import io
import os
import subprocess
import sys
import zipfile
from datetime import date, datetime
from decimal import Decimal

import pytest
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from openpyxl import load_workbook

from changchun_innovation.shared.quarters import Quarter
from parks import workflow
from parks.entry import Entry
from parks.models import Figure, QuarterlyReport, ReportEvent, Status
from parks.workbooks import importing
from parks.workbooks.limits import limits_of
from parks.workbooks.packing import LARGEST_FILE, MOST_ROWS
from parks.workbooks.planning import sheets_of
from parks.workbooks.template import backfill_xlsx
from tests.factories import (
    approved_report,
    make_commitment,
    make_indicator,
    make_park,
    make_report,
    make_user,
    submitted_report,
)
from tests.workbook_files import COLUMNS, FIRST, filled, plain_book, repacked, saved, the_csv, the_template

pytestmark = pytest.mark.django_db

Q = Quarter.parse("2026-Q3")
HEADINGS = ["指标代码", "指标", "本季填报数", "不适用的理由", "备注", "异常说明"]


class City:
    def __init__(self):
        self.park = make_park(code="jixing", name_zh="吉兴产业园", reports_from="2026-Q1")
        whole = make_indicator(code="resident-firms", name_zh="入园企业", name_en="Resident firms")
        part = make_indicator(code="high-tech", name_zh="高新技术企业", name_en="High-tech firms")
        self.firms = make_commitment(park=self.park, indicator=whole, value=40)
        self.tech = make_commitment(park=self.park, indicator=part, value=10, part_of=whole)
        money = make_indicator(code="revenue", name_zh="营业收入", kind="annual", decimals=2)
        self.revenue = make_commitment(park=self.park, indicator=money, value=10)
        projects = make_indicator(code="projects", name_zh="转化项目", kind="cumulative")
        self.projects = make_commitment(park=self.park, indicator=projects, value=100)
        self.manager = make_user(role="park manager", parks=[self.park], username="manager")
        self.quarter = Q

    def row(self, commitment) -> int:
        sheet, _report = sheets_of(self.park, [Q], timezone.localdate())[Q]
        return FIRST + [line.pk for line in sheet.lines].index(commitment.pk)

    def at(self, commitment, field="value") -> str:
        return f"{COLUMNS[field]}{self.row(commitment)}"

    def template(self, cells=None) -> bytes:
        """The template with cells written over, given as {(commitment, field): value}."""
        at = {self.at(*key): value for key, value in (cells or {}).items()}
        return filled(the_template(self.park, Q), at)

    def preview(self, data: bytes, quarter: Quarter | None = Q, by=None):
        return importing.preview(
            park=self.park, quarter=quarter, data=data, by=by or self.manager, at=timezone.now()
        )

    def confirm(self, shown, quarter: Quarter | None = Q, by=None):
        return importing.confirm(
            park=self.park, quarter=quarter, token=shown.token, by=by or self.manager, at=timezone.now()
        )

    def take(self, data: bytes, quarter: Quarter | None = Q):
        shown = self.preview(data, quarter)
        assert not shown.is_wrong, shown.problems
        return self.confirm(shown, quarter)

    def values(self, quarter=Q) -> dict:
        return dict(
            Figure.objects.filter(report__park=self.park, report__quarter=quarter).values_list(
                "commitment__indicator__code", "value"
            )
        )

    def figure(self, commitment, quarter=Q) -> Figure:
        return Figure.objects.get(report__park=self.park, report__quarter=quarter, commitment=commitment)

    def csv(self, text: str, encoding="utf-8") -> bytes:
        return text.encode(encoding)


@pytest.fixture
def city():
    return City()


def nothing_is_saved() -> bool:
    return not Figure.objects.exists() and not QuarterlyReport.objects.exists()


def told(shown) -> list[tuple[str, str]]:
    return [(problem.address, problem.message) for problem in shown.problems]


# --- the template --------------------------------------------------------------------------------------------
def test_a_template_carries_its_park_and_quarter_and_what_is_known(city):
    for back, value in ((4, 20), (3, 24), (1, 30)):
        approved_report(park=city.park, quarter=Q - back, figures={city.firms: value}, by=city.manager)
    make_report(park=city.park, quarter=Q, figures={city.firms: 33, city.revenue: None}, by=city.manager)
    page = load_workbook(io.BytesIO(city.template())).worksheets[0]
    assert (page["B2"].value, page["B3"].value) == ("jixing", "2026-Q3")
    row = city.row(city.firms)
    assert [page.cell(row, column).value for column in range(7, 12)] == [20, 24, None, 30, 33]
    assert page[city.at(city.revenue)].value == "不适用"
    assert page[city.at(city.revenue, "not_applicable_reason")].value == "本季度不涉及"


def test_only_the_cells_to_fill_are_open_and_a_baseline_only_where_it_is_asked(city):
    page = load_workbook(io.BytesIO(city.template())).worksheets[0]
    opened = {cell.coordinate for row in page.iter_rows() for cell in row if not cell.protection.locked}
    asked = (city.firms, city.tech, city.revenue)
    expected = {
        city.at(each, field)
        for each in (*asked, city.projects)
        for field in COLUMNS
        if field != "baseline" or each in asked
    }
    assert page.protection.sheet and opened == expected
    checked = {str(each.sqref): each for each in page.data_validations.dataValidation}
    assert "整数" in checked[city.at(city.firms)].error
    assert "2 位小数" in checked[city.at(city.revenue)].error
    assert "入园企业" in checked[city.at(city.tech)].error


def test_a_template_speaks_the_readers_language_and_is_read_in_any(city):
    with translation.override("en"):
        book = the_template(city.park, Q)
        page = load_workbook(io.BytesIO(book)).worksheets[0]
        assert page["A2"].value == "Park code" and page["K6"].value == "Figure of this quarter"
        assert page["B7"].value == "Resident firms"
    city.take(filled(book, {city.at(city.firms): 12}))
    assert city.values() == {"resident-firms": 12}


def test_the_limits_in_words_are_those_of_the_checks(city):
    for back, firms, projects in ((3, 20, 10), (2, 24, 12), (1, 26, 15)):
        approved_report(
            park=city.park,
            quarter=Q - back,
            figures={city.firms: firms, city.projects: projects, city.revenue: "3.25"},
            by=city.manager,
        )
    sheet, _report = sheets_of(city.park, [Q], timezone.localdate())[Q]
    for line in sheet.lines:
        limits, step = limits_of(line), Decimal(1).scaleb(-line.pledge.indicator.decimals)
        for limit, beyond in ((limits.lowest, -step), (limits.highest, step)):
            assert limit is None or not line.doubts_about(limit)
            assert limit is None or line.doubts_about(limit + beyond), (line.pledge.code, limit)
    firms = limits_of(sheet.lines[0])
    assert firms.lowest is not None and firms.highest is not None
    assert limits_of(next(line for line in sheet.lines if line.pk == city.projects.pk)).lowest == 15


def test_a_template_that_comes_back_as_it_was_changes_nothing(city):
    make_report(park=city.park, quarter=Q, figures={city.firms: 33, city.revenue: "2.5"}, by=city.manager)
    for data in (city.template(), the_csv(city.park, Q)):
        shown = city.preview(data)
        assert not shown.is_wrong and shown.figures == 0 and shown.unchanged == 4
        assert shown.token == ""


@pytest.mark.parametrize("text", ["=1+1", "'=1+1", "+8613800000000", "@备注", "-", "＝五"])
def test_a_text_like_a_formula_survives_a_journey_through_both_files(city, text):
    report = make_report(park=city.park, quarter=Q, figures={city.firms: 1}, by=city.manager)
    entries = {city.firms.pk: Entry(value=Decimal(1), note=text, explanation="已核实")}
    workflow.save_figures(
        report=report, entries=entries, version=report.version, by=city.manager, at=timezone.now()
    )
    for data in (city.template(), the_csv(city.park, Q)):
        shown = city.preview(data)
        assert not shown.is_wrong and shown.figures == 0, [
            d.fields for p in shown.plans for d in p.differences
        ]
    page = load_workbook(io.BytesIO(city.template())).worksheets[0]
    assert page[city.at(city.firms, "note")].data_type == "s"


# --- cells of a workbook -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "value, taken",
    [
        (12, "12"),
        (12.0, "12"),
        (0, "0"),
        (0.1 + 0.2, "0.3"),
        (1.1 * 3, "3.3"),
        (100000.0, "100000"),
        ("1,234.5", "1234.5"),
        ("３．５", "3.5"),
        ("007", "7"),
        ("不适用", None),
        ("N/A", None),
    ],
)
def test_a_cell_is_read_as_a_person_reads_it(city, value, taken):
    cells = {(city.revenue, "value"): value}
    if taken is None:
        cells[city.revenue, "not_applicable_reason"] = "停产"
    city.take(city.template(cells))
    figure = city.figure(city.revenue)
    assert figure.value == (None if taken is None else Decimal(taken))
    assert figure.not_applicable is (taken is None)


@pytest.mark.parametrize(
    "value, words",
    [
        (date(2026, 9, 30), "日期"),
        (datetime(2026, 9, 30, 8, 5), "日期"),
        (True, "TRUE 或 FALSE"),
        ("=1+1", "公式没有算出结果"),
        (1 / 3, "小数"),
        (-5, "负数"),
        (1e13, "数字过大"),
        ("1e5", "科学记数法"),
        ("1_000", "下划线"),
        ("NaN", "请填写数字"),
    ],
)
def test_what_is_no_number_is_refused_with_its_cell_and_indicator(city, value, words):
    shown = city.preview(city.template({(city.revenue, "value"): value, (city.firms, "value"): 12}))
    (problem,) = shown.problems
    assert problem.address == city.at(city.revenue)
    assert problem.subject == "营业收入" and words in problem.message
    assert shown.token == "" and nothing_is_saved()


def test_an_error_of_the_spreadsheet_is_refused_and_a_percentage_too(city):
    opened = load_workbook(io.BytesIO(city.template()))
    page = opened.worksheets[0]
    page[city.at(city.firms)] = "#REF!"
    assert page[city.at(city.firms)].data_type == "e"
    page[city.at(city.revenue)] = 0.05
    page[city.at(city.revenue)].number_format = "0.0%"
    messages = dict(told(city.preview(saved(opened))))
    assert "#REF!" in messages[city.at(city.firms)]
    assert "百分比" in messages[city.at(city.revenue)]


def test_a_formula_counts_with_the_result_that_the_spreadsheet_worked_out(city):
    cell = city.at(city.firms)
    book = city.template({(city.firms, "value"): 1})

    def solved(name, content):
        if not name.startswith("xl/worksheets/sheet1"):
            return content
        text = content.decode()
        start = text.index(f'<c r="{cell}"')
        end = text.index("</c>", start)
        head = text[start : text.index(">", start) + 1]
        return (text[:start] + f"{head}<f>SUM(A1:A2)+40</f><v>42</v>" + text[end:]).encode()

    city.take(repacked(book, solved))
    assert city.values() == {"resident-firms": 42}


@pytest.mark.parametrize(
    "stored, taken", [("0.30000000000000004", "0.3"), ("1E2", "100"), ("3.3000000000000003", "3.3")]
)
def test_a_binary_fraction_counts_with_the_digits_that_a_spreadsheet_shows(city, stored, taken):
    book = city.template({(city.revenue, "value"): 77})

    def as_excel_stores_it(name, content):
        return content.replace(b"<v>77</v>", f"<v>{stored}</v>".encode()) if "sheet1" in name else content

    city.take(repacked(book, as_excel_stores_it))
    assert city.figure(city.revenue).value == Decimal(taken)


def test_merged_cells_are_refused_and_hidden_ones_are_named(city):
    opened = load_workbook(
        io.BytesIO(city.template({(city.firms, "value"): 12, (city.projects, "value"): 3}))
    )
    page = opened.worksheets[0]
    page.merge_cells(f"{city.at(city.firms)}:{city.at(city.firms, 'not_applicable_reason')}")
    page.row_dimensions[city.row(city.projects)].hidden = True
    shown = city.preview(saved(opened))
    assert [(city.at(city.firms), True)] == [(a, "合并单元格" in m) for a, m in told(shown)]
    assert any(city.at(city.projects) in remark and "隐藏" in remark for remark in shown.remarks)


def test_rows_beyond_a_stale_dimension_are_read(city):
    book = city.template({(city.projects, "value"): 3})

    def stale(name, content):
        return content.replace(b'<dimension ref="A1:Q10"', b'<dimension ref="A1:B2"')

    small = repacked(book, stale)
    assert b'ref="A1:B2"' in zipfile.ZipFile(io.BytesIO(small)).read("xl/worksheets/sheet1.xml")
    city.take(small)
    assert city.values() == {"projects": 3}


# --- whose file, which lines ---------------------------------------------------------------------------------
def test_the_template_of_another_park_or_quarter_is_refused_by_its_own_marks(city):
    other = make_park(code="tcm")
    make_commitment(park=other, indicator=city.firms.indicator)
    for data in (the_template(other, Q), the_csv(other, Q)):
        (problem,) = city.preview(data).problems
        assert "tcm" in problem.message and "jixing" in problem.message
    for data in (the_template(city.park, Q - 1), the_csv(city.park, Q - 1)):
        problems = city.preview(filled(data, {"K7": 5}) if data.startswith(b"PK") else data).problems
        assert problems and "2026 年第二季度" in problems[0].message


def test_indicators_are_known_by_code_or_by_either_name_and_never_guessed(city):
    rows = [
        ["", "Resident firms", "30"],
        ["projects", "", "3"],
        ["", " 营业收入 ", "1.5"],
    ]
    city.take(saved(plain_book([HEADINGS[:3], *rows])))
    assert city.values() == {"resident-firms": 30, "projects": 3, "revenue": Decimal("1.5")}
    wrong = [
        ["nonsense", "", "1"],
        ["projects", "入园企业", "4"],
        ["", "", "9"],
        ["high-tech", "", "1"],
        ["high-tech", "", "2"],
    ]
    messages = [
        message for _address, message in told(city.preview(saved(plain_book([HEADINGS[:3], *wrong]))))
    ]
    assert [
        "nonsense" in messages[1],
        "不是同一个指标" in messages[2],
        "没有写是哪个指标" in messages[0],
    ] == [True] * 3
    assert "出现了两次" in messages[3] and len(messages) == 4


def test_a_column_that_is_not_ours_is_named_not_swallowed(city):
    shown = city.preview(saved(plain_book([["指标代码", "本季填报数", "联系人"], ["projects", 3, "王"]])))
    assert not shown.is_wrong and any("联系人" in remark and "C2" in remark for remark in shown.remarks)
    assert any("没有写明园区" in remark for remark in shown.remarks)
    twice = city.preview(saved(plain_book([["指标代码", "备注", "备注"], ["projects", "a", "b"]])))
    assert "两次" in twice.problems[0].message


def test_a_blank_cell_loses_nothing_and_a_number_takes_the_old_reason_away(city):
    make_report(park=city.park, quarter=Q, figures={city.firms: 33}, by=city.manager)
    rows = [["resident-firms", "", ""], ["projects", "", 3]]
    city.take(saved(plain_book([["指标代码", "备注", "本季填报数"], *rows])))
    assert city.values()["resident-firms"] == 33 and city.values()["projects"] == 3
    figure = city.figure(city.projects)
    assert (figure.not_applicable, figure.not_applicable_reason) == (False, "")
    assert city.figure(city.revenue).not_applicable, "a line that the file does not name stays"


def test_a_part_larger_than_its_whole_stops_the_file_also_against_what_is_saved(city):
    make_report(park=city.park, quarter=Q, figures={city.firms: 12}, by=city.manager)
    shown = city.preview(saved(plain_book([HEADINGS[:3], ["high-tech", "", 13]])))
    (problem,) = shown.problems
    assert problem.address == "C2" and "大于“入园企业”12" in problem.message


def test_an_unusual_figure_is_shown_with_its_question_and_may_be_saved(city):
    approved_report(park=city.park, quarter=Q - 1, figures={city.projects: 12}, by=city.manager)
    shown = city.preview(saved(plain_book([HEADINGS[:3], ["projects", "", 9]])))
    (difference,) = shown.plans[0].differences
    assert difference.wants_explanation and "累计数一般不会减少" in difference.doubts[0].text
    city.confirm(shown)
    report = QuarterlyReport.objects.get(quarter=Q)
    with pytest.raises(workflow.TransitionError):
        workflow.submit(report=report, version=report.version, by=city.manager, at=timezone.now())


# --- CSV -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_every_way_excel_saves_a_csv_is_read(city, encoding, separator):
    rows = [
        ["园区代码", "季度", "指标", "本季填报数", "备注"],
        ["jixing", "2026-Q3", "入园企业", "12", "含两家\n迁入"],
    ]
    text = "\r\n".join(separator.join(f'"{cell}"' if "\n" in cell else cell for cell in row) for row in rows)
    city.take(city.csv(text, encoding))
    assert city.figure(city.firms).value == 12 and "迁入" in city.figure(city.firms).note


def test_a_separator_that_excel_names_in_the_first_line_is_obeyed(city):
    shown = city.preview(city.csv("sep=;\r\n指标;本季填报数\r\n入园企业;1,5\r\n"))
    assert [address for address, _message in told(shown)] == ["B3"]


def test_nothing_in_a_csv_is_converted_before_it_is_read(city):
    city.take(
        city.csv("指标代码,本季填报数,不适用的理由,备注\nresident-firms,007,,NA\nprojects,NA,停办,001\n")
    )
    assert city.figure(city.firms).value == 7 and city.figure(city.firms).note == "NA"
    figure = city.figure(city.projects)
    assert figure.not_applicable and figure.value is None and figure.note == "001"


@pytest.mark.parametrize(
    "data, words",
    [
        (b"", "空的"),
        (b"\x00\x00\r\n", "空的"),
        ("指标代码,本季填报数\nprojects,1\x00\n".encode(), "读不出文字"),
        (b"\xff\xfe\x00\x00" + "指标".encode("utf-32-le"), "读不出文字"),
        ('指标代码,本季填报数\nprojects,"1\n'.encode(), "引号"),
        ("甲,乙\n1,2\n".encode(), "没有找到表头"),
        (b"\xd0\xcf\x11\xe0 old office", "旧版"),
        (b"PK\x03\x04 but no archive", "打不开"),
        (b"%PDF-1.7 \xe2\xe3\xcf\xd3", ""),
        (b"x" * (LARGEST_FILE + 1), "文件过大"),
        (b"a,b\n" * (MOST_ROWS + 2), "表格过大"),
        (("指标代码,本季填报数" + ",甲" * 300 + "\n").encode(), "表格过大"),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused_in_one_sentence(city, data, words):
    shown = city.preview(data)
    assert len(shown.problems) == 1 and words in shown.problems[0].message
    assert nothing_is_saved()


# --- workbooks that are built to harm ------------------------------------------------------------------------
def packed(**parts) -> bytes:
    result = io.BytesIO()
    with zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(name.replace("__", "/"), content)
    return result.getvalue()


def with_sheet(city, change) -> bytes:
    """The template with the XML of its first sheet changed."""
    return repacked(
        city.template(),
        lambda name, content: change(content) if name == "xl/worksheets/sheet1.xml" else content,
    )


def test_a_workbook_that_unpacks_to_more_than_it_may_is_refused_unopened(city):
    bomb = packed(**{"xl/workbook.xml": b" " * 11_000_000})
    assert len(bomb) < 50_000
    (problem,) = city.preview(bomb).problems
    assert "解开后过大" in problem.message
    many = packed(**{f"xl/{number}.xml": b"<a/>" for number in range(300)})
    assert "解开后过大" in city.preview(many).problems[0].message


def test_a_style_sheet_full_of_nothing_is_refused_like_a_sheet_full_of_cells(city):
    full = repacked(
        city.template(),
        lambda name, content: (
            content.replace(b"</styleSheet>", b"<a/>" * 200_000 + b"</styleSheet>")
            if "styles" in name
            else content
        ),
    )
    assert len(full) < 50_000
    (problem,) = city.preview(full).problems
    assert "解开后过大" in problem.message


@pytest.mark.parametrize(
    "change",
    [
        lambda xml: xml.replace(b"</sheetData>", b'<row r="1048576"><c r="A1048576"/></row></sheetData>'),
        lambda xml: xml.replace(b"</sheetData>", b'<row r="90"><c r="XFD90"/></row></sheetData>'),
        lambda xml: xml.replace(b"</sheetData>", b"<row/>" * (MOST_ROWS + 1) + b"</sheetData>"),
        lambda xml: xml.replace(b"</sheetData>", b"<row>" + b"<c/>" * 201 + b"</row></sheetData>"),
    ],
)
def test_a_sheet_with_more_rows_or_columns_than_it_may_have_is_refused(city, change):
    (problem,) = city.preview(with_sheet(city, change)).problems
    assert "表格过大" in problem.message


@pytest.mark.parametrize(
    "change",
    [
        lambda xml: xml.replace(
            b"<worksheet", b'<!DOCTYPE w [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><worksheet', 1
        ),
        lambda xml: xml[: len(xml) // 2],
        lambda xml: xml.replace(b"<v>", b"<v>x", 1),
    ],
)
def test_a_workbook_with_entities_or_damage_is_refused(city, change):
    (problem,) = city.preview(with_sheet(city, change)).problems
    assert "打不开" in problem.message


def test_a_worker_that_shows_the_pages_of_reports_carries_neither_pandas_nor_openpyxl():
    code = (
        "import django; django.setup(); import sys;"
        "import parks.admin, parks.admin.importing, changchun_innovation.management.commands.import_figures;"
        "print([m for m in ('pandas', 'openpyxl', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "changchun_innovation.settings"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


# --- saving: all or nothing, once, and only what was shown ---------------------------------------------------
def test_a_file_opens_a_draft_and_the_same_file_again_changes_nothing(city):
    data = city.template(
        {(city.firms, "value"): 12, (city.firms, "baseline"): 8, (city.projects, "note"): "无"}
    )
    shown = city.preview(data)
    assert nothing_is_saved(), "a preview saves nothing"
    city.confirm(shown)
    report = QuarterlyReport.objects.get()
    assert (report.status, report.version, report.saved_by) == (Status.DRAFT, 1, city.manager)
    assert city.figure(city.firms).baseline == 8
    again = city.preview(data)
    assert not again.is_wrong and again.figures == 0
    # The confirmation of the first time, sent once more.
    assert city.confirm(shown).figures == 0
    report.refresh_from_db()
    assert report.version == 1 and ReportEvent.objects.count() == 1


def test_one_wrong_quarter_stops_all_the_others(city):
    rows = [
        ["指标代码", "2026-Q1", "2026-Q2", "2026-Q3"],
        ["projects", 3, 5, "8家"],
        ["resident-firms", 10, 12, 14],
    ]
    shown = city.preview(saved(plain_book(rows)), None)
    assert [address for address, _message in told(shown)] == ["D2"]
    assert shown.token == "" and nothing_is_saved()
    rows[1][3] = 8
    city.take(saved(plain_book(rows)), None)
    assert [city.values(Q - back)["projects"] for back in (2, 1, 0)] == [3, 5, 8]


def test_quarters_that_wait_or_are_approved_are_refused_each_with_its_reason(city):
    approved_report(park=city.park, quarter=Q - 2, figures={city.firms: 5}, by=city.manager)
    submitted_report(park=city.park, quarter=Q - 1, figures={city.firms: 6}, by=city.manager)
    headings = ["指标代码", "2026-Q1", "2026-Q2", "2026-Q3"]
    shown = city.preview(saved(plain_book([headings, ["resident-firms", 50, 60, 70]])), None)
    refusals = [plan.refusal for plan in shown.refused]
    assert len(refusals) == 2 and "已审定" in refusals[0] and "等待审核" in refusals[1]
    assert shown.token == "" and city.values() == {}
    # What says the same as they do is no quarrel.
    shown = city.preview(saved(plain_book([headings, ["resident-firms", 5, 6, 7]])), None)
    assert not shown.is_wrong and [plan.quarter for plan in shown.changed] == [Q]


@pytest.mark.parametrize("written", ["2026-Q4", "2031-Q1", "1999-Q4"])
def test_a_quarter_that_has_not_ended_takes_no_figures(city, written):
    shown = city.preview(saved(plain_book([["指标代码", written], ["projects", 3]])), None)
    assert "尚未结束" in shown.problems[0].message and nothing_is_saved()


def test_the_workbook_of_many_quarters_goes_out_filled_and_comes_back_whole(city):
    approved_report(park=city.park, quarter=Q - 2, figures={city.firms: 5}, by=city.manager)
    make_report(park=city.park, quarter=Q, figures={city.firms: 7}, by=city.manager)
    quarters = [Q - 2, Q - 1, Q]
    book = backfill_xlsx(city.park, sheets_of(city.park, quarters, timezone.localdate())).getvalue()
    assert city.preview(book, None).figures == 0
    page = load_workbook(io.BytesIO(book)).worksheets[0]
    assert [page.cell(6, column).value for column in (6, 7, 8)] == ["2026-Q1", "2026-Q2", "2026-Q3"]
    assert [page.cell(7, column).value for column in (6, 7, 8)] == [5, None, 7]
    assert [page.cell(7, column).protection.locked for column in (6, 7, 8)] == [True, False, False]
    texts = load_workbook(io.BytesIO(book))["文字"]
    line = next(
        row[0].row
        for row in texts.iter_rows(min_row=7)
        if (row[0].value, row[1].value) == ("2026-Q2", "resident-firms")
    )
    book = filled(filled(book, {"G7": 6}), {f"E{line}": "两家迁入", f"G{line}": 4}, "文字")
    city.take(book, None)
    figure = city.figure(city.firms, Q - 1)
    assert (figure.value, figure.note, figure.baseline) == (6, "两家迁入", 4)


def test_somebody_who_saved_in_between_makes_the_confirmation_fail_with_the_difference(city):
    colleague = make_user(role="park manager", parks=[city.park])
    report = make_report(park=city.park, quarter=Q, figures={city.firms: 10}, by=city.manager)
    shown = city.preview(city.template({(city.firms, "value"): 12}))
    workflow.save_figures(
        report=report,
        entries={city.firms.pk: Entry(value=Decimal(11))},
        version=report.version,
        by=colleague,
        at=timezone.now(),
    )
    with pytest.raises(importing.ImportRefused) as refused:
        city.confirm(shown)
    assert colleague.username in refused.value.message
    assert city.values()["resident-firms"] == 11
    (difference,) = refused.value.preview.plans[0].differences
    assert ("本季填报数", "11", "12") in difference.fields
    city.confirm(refused.value.preview)
    assert city.values()["resident-firms"] == 12


def test_where_the_last_of_several_quarters_was_overtaken_none_is_saved(city):
    report = make_report(park=city.park, quarter=Q, figures={city.firms: 10}, by=city.manager)
    rows = [["指标代码", "2026-Q1", "2026-Q2", "2026-Q3"], ["projects", 3, 5, 8]]
    shown = city.preview(saved(plain_book(rows)), None)
    entries = {city.firms.pk: Entry(value=Decimal(11))}
    workflow.save_figures(
        report=report, entries=entries, version=report.version, by=city.manager, at=timezone.now()
    )
    with pytest.raises(importing.ImportRefused):
        city.confirm(shown, None)
    assert city.values(Q - 2) == {} and city.values(Q - 1) == {}
    assert QuarterlyReport.objects.count() == 1


def test_a_draft_begun_or_handed_in_meanwhile_is_not_written_over(city):
    shown = city.preview(city.template({(city.firms, "value"): 12}))
    report = make_report(park=city.park, quarter=Q, figures={city.firms: 10}, by=city.manager)
    with pytest.raises(importing.ImportRefused):
        city.confirm(shown)
    fresh = city.preview(city.template({(city.firms, "value"): 12}))
    workflow.submit(report=report, version=report.version, by=city.manager, at=timezone.now())
    with pytest.raises(importing.ImportRefused) as refused:
        city.confirm(fresh)
    assert refused.value.preview.refused and refused.value.preview.token == ""
    assert city.values()["resident-firms"] == 10


def test_a_confirmation_is_good_for_one_person_park_quarter_and_hour(city, today):
    shown = city.preview(city.template({(city.firms, "value"): 12}))
    colleague = make_user(role="park manager", parks=[city.park])
    other = make_park(code="tcm")
    both = make_user(role="park manager", parks=[city.park, other])
    forged = signing.dumps({"by": city.manager.pk}, salt="another purpose", compress=True)
    at = timezone.now()
    attempts = [
        {"park": city.park, "quarter": Q, "token": shown.token, "by": colleague, "at": at},
        {"park": city.park, "quarter": Q - 1, "token": shown.token, "by": city.manager, "at": at},
        {"park": city.park, "quarter": None, "token": shown.token, "by": city.manager, "at": at},
        {"park": other, "quarter": Q, "token": shown.token, "by": both, "at": at},
        {"park": city.park, "quarter": Q, "token": shown.token[:-1] + "x", "by": city.manager, "at": at},
        {"park": city.park, "quarter": Q, "token": forged, "by": city.manager, "at": at},
        {"park": city.park, "quarter": Q, "token": "", "by": city.manager, "at": at},
    ]
    for attempt in attempts:
        with pytest.raises(importing.ImportRefused) as refused:
            importing.confirm(**attempt)
        assert refused.value.preview is None and "没有保存" in refused.value.message
    with pytest.raises(PermissionDenied):
        importing.confirm(park=city.park, quarter=Q, token=shown.token, by=make_user(role="reviewer"), at=at)
    today.shift(3700)
    with pytest.raises(importing.ImportRefused) as refused:
        city.confirm(shown)
    assert "过期" in refused.value.message and nothing_is_saved()


def test_reading_many_quarters_costs_no_more_queries_than_reading_two(city):
    def cost(count: int) -> int:
        quarters = [str(Q - back) for back in range(count)]
        data = saved(plain_book([["指标代码", *quarters], ["projects", *range(count, 0, -1)]]))
        with CaptureQueriesContext(connection) as queries:
            assert not city.preview(data, None).is_wrong
        return len(queries)

    cost(2)
    assert cost(8) == cost(2)
