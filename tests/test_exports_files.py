"""Workbooks, the description of the files, the command, and what other programs make of them."""

import csv
import io
import json
import os
import re
import subprocess
import sys
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pandas
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from changchun_innovation.management.commands import export_data
from changchun_innovation.overview.exports import DATASETS
from changchun_innovation.shared.csv_export import Column, of, unguard
from changchun_innovation.shared.xlsx_export import new_book, settled, write_table
from parks.models import Figure
from tests.exports_world import SmallCity

pytestmark = pytest.mark.django_db
DAY = "2024-11-01"


@pytest.fixture(autouse=True)
def real_reports(settings):
    settings.DEMO = False
    settings.DEFAULT_QUARTER = None
    settings.PUBLIC_DASHBOARD = True
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def city(client):
    city = SmallCity().reports()
    client.force_login(city.analyst)
    return city


def downloaded(client, path: str, **query) -> bytes:
    response = client.get(path, query)
    content = b"".join(response) if response.streaming else response.content
    assert response.status_code == 200, content
    return content


def sheets(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


def as_csv_text(value) -> str:
    """A cell of a workbook as the CSV file writes it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        assert (value.hour, value.minute, value.second) == (0, 0, 0)
        return value.date().isoformat()
    if isinstance(value, int | float):
        return f"{Decimal(str(value)).normalize():f}"
    return value


# --- workbooks -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("dataset", list(DATASETS))
def test_a_workbook_has_the_same_cells_as_the_csv_file(client, city, dataset):
    text = downloaded(client, f"/data/{dataset}.csv", as_of=DAY).decode("utf-8-sig")
    expected = [[unguard(cell) for cell in line] for line in csv.reader(io.StringIO(text, newline=""))]
    book = sheets(downloaded(client, f"/data/{dataset}.xlsx", as_of=DAY))
    sheet = book[dataset]
    assert [[as_csv_text(cell.value) for cell in line] for line in sheet.iter_rows()] == expected
    assert sheet.freeze_panes == "A2"
    assert all(cell.font.bold for cell in sheet[1])
    assert sheet.column_dimensions["A"].width == 20


def test_a_workbook_holds_numbers_days_and_truth_values_as_what_they_are(client, city):
    sheet = sheets(downloaded(client, "/data/progress.xlsx", as_of=DAY))["progress"]
    first = dict(zip((cell.value for cell in sheet[1]), sheet[2], strict=True))
    assert first["progress"].value == 0.0875 and first["progress"].data_type == "n"
    assert first["baseline_known"].value is True
    assert first["start_on"].value == datetime(2024, 1, 1) and first["start_on"].is_date
    assert first["quarter"].value == "2024-Q1"
    assert first["approved_at"].value == "2024-04-10T10:00:00+08:00"
    assert first["state_if_fresh"].value is None


def test_the_same_workbook_is_the_same_bytes_at_any_hour(client, city, today):
    before = downloaded(client, "/data/progress.xlsx", as_of=DAY)
    today.move_to(datetime(2026, 11, 24, 9, 30))
    assert downloaded(client, "/data/progress.xlsx", as_of=DAY) == before


@pytest.mark.parametrize("text", ["=1+1", "=HYPERLINK(1)", "+1", "-1", "@A1", "#N/A", "TRUE", "007", " a "])
def test_no_text_of_a_workbook_becomes_a_formula_an_error_or_a_number(text):
    column = Column("note", of("note"), "备注", "Note")
    book = new_book()
    write_table(book, "sheet", [column], [type("Row", (), {"note": text})])
    cell = openpyxl.load_workbook(settled(book))["sheet"]["A2"]
    assert (cell.value, cell.data_type) == (text, "s")


def test_a_workbook_of_a_demonstration_says_so_first_of_all(client, settings):
    settings.DEMO = True
    about = sheets(downloaded(client, "/data/institutions.xlsx"))["说明"]
    assert about["A2"].value == "演示"


# --- the wide table ------------------------------------------------------------------------------------------
def test_the_wide_table_has_a_column_for_every_quarter(client, city):
    book = sheets(downloaded(client, "/data/wide.xlsx", as_of=DAY))
    assert book.sheetnames == ["填报数", "任务进度", "说明"]
    figures = [[cell.value for cell in line] for line in book["填报数"].iter_rows()]
    assert figures[0][:4] == ["park_code", "park", "indicator_code", "indicator"]
    assert figures[0][10:] == ["2024-Q1", "2024-Q2", "2024-Q3"]
    assert [line[:1] + line[2:3] + line[10:] for line in figures[1:]] == [
        ["east", "projects", 7, 10, None],
        ["west", "firms", 12, 19, 8],
        ["west", "revenue", 5.5, 11.25, None],
    ]
    progress = [[cell.value for cell in line] for line in book["任务进度"].iter_rows()]
    assert [line[10:] for line in progress[1:]] == [
        [0.0875, 0.125, None],
        [0.0667, 0.3, -0.0667],
        [None, None, None],
    ]


def test_the_wide_table_says_what_it_is_and_where_its_promises_come_from(client, city):
    about = sheets(downloaded(client, "/data/wide.xlsx", as_of=DAY))["说明"]
    lines = {line[0].value: line[1].value for line in about.iter_rows()}
    assert lines["数据截至"] == DAY
    assert lines["数据性质"] == "reported"
    assert lines["来源"].startswith("plan · 规划 · 2024-01-01")


def test_the_wide_table_of_a_demonstration_is_labelled_on_every_sheet(client, settings):
    settings.DEMO = True
    SmallCity().reports()
    book = sheets(downloaded(client, "/data/wide.xlsx", as_of=DAY))
    assert book.sheetnames == ["填报数（演示）", "任务进度（演示）", "说明"]
    assert book["说明"]["A1"].value == "演示"


def test_the_wide_table_of_nothing_is_an_empty_table(client, city):
    book = sheets(downloaded(client, "/data/wide.xlsx", as_of="2023-12-31"))
    assert book["填报数"].max_row == 1


def test_pages_do_without_pandas_and_without_the_library_for_workbooks():
    program = (
        "import os, sys, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'changchun_innovation.settings';"
        "django.setup(); from django.urls import get_resolver; get_resolver().url_patterns;"
        "sys.exit(any(name in sys.modules for name in ('pandas', 'numpy', 'openpyxl')))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


# --- other programs ------------------------------------------------------------------------------------------
def test_pandas_reads_the_file_without_being_told_anything(client, city):
    table = pandas.read_csv(io.BytesIO(downloaded(client, "/data/progress.csv", as_of=DAY)))
    assert table.columns[0] == "park_code"
    kinds = {name: table[name].dtype.kind for name in table.columns}
    assert kinds["progress"] == kinds["elapsed"] == kinds["value"] == "f"
    assert kinds["baseline_known"] == "b"
    unknown = table[table.state == "no_data"]
    assert len(unknown) == 3
    assert unknown.value.isna().all() and unknown.approved_at.isna().all()
    assert table.state_if_fresh.isna().all()
    assert pandas.to_datetime(table.approved_at.dropna()).dt.tz is not None
    assert table.progress.sum() == pytest.approx(0.0875 + 0.125 * 2 + 0.0667 + 0.3 - 0.0667)


def test_a_note_that_looks_like_a_formula_does_not_reach_a_spreadsheet_as_one(client, city):
    Figure.objects.filter(commitment=city.pledge).update(note="=cmd|' /C calc'!A0")
    text = downloaded(client, "/data/figures.csv", as_of=DAY, park="east").decode("utf-8-sig")
    assert ",'=cmd|' /C calc'!A0," in text
    table = pandas.read_csv(io.StringIO(text))
    assert unguard(table.note[0]) == "=cmd|' /C calc'!A0"


# --- datapackage.json ----------------------------------------------------------------------------------------
def test_the_data_package_names_every_file_and_each_of_its_columns_in_order(client, city):
    package = json.loads(downloaded(client, "/data/datapackage.json"))
    assert [resource["name"] for resource in package["resources"]] == list(DATASETS)
    for resource in package["resources"]:
        header = downloaded(client, f"/data/{resource['path']}").decode("utf-8-sig").splitlines()[0]
        assert [field["name"] for field in resource["schema"]["fields"]] == header.split(",")
        assert resource["encoding"] == "utf-8"
        assert resource["schema"]["missingValues"] == [""]
        for field in resource["schema"]["fields"]:
            assert field["title"] and field["title_en"] and field["description"] and field["description_en"]
        assert resource["title"] != resource["title_en"] and resource["description"]


READERS = {
    "string": str,
    "number": Decimal,
    "integer": int,
    "boolean": {"true": True, "false": False}.__getitem__,
    "date": date.fromisoformat,
    "datetime": lambda text: datetime.strptime(text, "%Y-%m-%dT%H:%M:%S+08:00"),
}


def check_against_the_package(client, resource: dict) -> int:
    text = downloaded(client, f"/data/{resource['path']}").decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    fields = resource["schema"]["fields"]
    for row in rows:
        for field in fields:
            if row[field["name"]] == "":
                continue
            value = READERS[field["type"]](row[field["name"]])
            constraints = field.get("constraints", {})
            assert value in constraints.get("enum", [value]), (resource["name"], field["name"])
            assert re.search(constraints.get("pattern", ""), row[field["name"]])
    keys = [tuple(row[name] for name in resource["schema"]["primaryKey"]) for row in rows]
    assert len(set(keys)) == len(keys), resource["name"]
    return len(rows)


def test_every_cell_is_of_the_type_that_the_data_package_gives_its_column(client, city):
    city.waiting()
    package = json.loads(downloaded(client, "/data/datapackage.json"))
    counted = {
        resource["name"]: check_against_the_package(client, resource) for resource in package["resources"]
    }
    assert {name for name, count in counted.items() if not count} == {
        "initiatives",
        "publications",
        "context",
        # Every term of this city still runs.
        "verdicts",
    }


def test_the_reference_data_is_as_the_data_package_says(client, baseline):
    package = json.loads(downloaded(client, "/data/datapackage.json"))
    assert len(package["sources"]) == 15
    for resource in package["resources"]:
        if resource["name"] != "events":
            check_against_the_package(client, resource)


# --- the command ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("format", ["csv", "xlsx"])
@pytest.mark.parametrize("dataset", list(DATASETS))
def test_the_command_writes_the_bytes_that_the_web_gives(client, city, tmp_path, dataset, format):
    file = tmp_path / "file"
    call_command("export_data", dataset, as_of=DAY, by="analyst", format=format, output=str(file))
    assert file.read_bytes() == downloaded(client, f"/data/{dataset}.{format}", as_of=DAY)


def test_the_command_takes_the_filters_of_the_web(client, city, tmp_path):
    file = tmp_path / "file.csv"
    call_command(
        "export_data",
        "progress",
        park=["west"],
        state=["watch"],
        lang="en",
        labels="en",
        bom="0",
        output=str(file),
    )
    query = {"park": "west", "state": "watch", "lang": "en", "labels": "en", "bom": "0"}
    assert file.read_bytes() == downloaded(client, "/data/progress.csv", **query)
    wide = tmp_path / "wide.xlsx"
    call_command("export_data", "wide", format="xlsx", as_of=DAY, output=str(wide))
    assert wide.read_bytes() == downloaded(client, "/data/wide.xlsx", as_of=DAY)


def test_the_command_writes_to_standard_output(city, capfdbinary):
    call_command("export_data", "institutions", bom="0")
    assert capfdbinary.readouterr().out.startswith(b"code,name,kind,role\n")


def test_a_long_export_shows_a_bar_on_a_terminal(city, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(export_data, "PATIENCE", -1.0)
    call_command("export_data", "progress", output=str(tmp_path / "file"))
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    call_command("export_data", "progress", output=str(tmp_path / "file"))
    assert " rows" in capsys.readouterr().err


def test_who_reads_only_the_first_lines_is_not_answered_with_an_error(tmp_path):
    manage = [sys.executable, "manage.py"]
    environment = {**os.environ, "DATA_DIR": str(tmp_path), "DATABASE_URL": "", "DEMO": "on"}
    run = {"cwd": settings.BASE_DIR, "env": environment, "check": False, "capture_output": True}
    assert subprocess.run([*manage, "migrate", "-v0"], **run).returncode == 0
    reading, writing = os.pipe()
    os.close(reading)
    run.pop("capture_output")
    ended = subprocess.run([*manage, "export_data", "context"], **run, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"dataset": "secrets"}, "secrets"),
        ({"dataset": "wide"}, "xlsx"),
        ({"dataset": "progress", "format": "xlsx"}, "-o"),
        ({"dataset": "progress", "quarter": "Q3"}, "quarter"),
        ({"dataset": "progress", "as_of": "2099-01-01"}, "2099-01-01"),
        ({"dataset": "progress", "park": ["nowhere"]}, "nowhere"),
        ({"dataset": "context", "state": ["watch"]}, "state"),
        ({"dataset": "events"}, "未审定"),
        ({"dataset": "events", "by": "official"}, "未审定"),
        ({"dataset": "events", "by": "nobody"}, "nobody"),
        ({"dataset": "progress", "output": "no/such/folder/file.csv"}, "no/such/folder"),
    ],
)
def test_bad_input_ends_the_command_with_one_readable_line(city, options, word):
    dataset = options.pop("dataset")
    with pytest.raises(CommandError) as stopped:
        call_command("export_data", dataset, **options)
    assert word in str(stopped.value)
    assert "\n" not in str(stopped.value)
    assert stopped.value.returncode == 1


def test_the_help_of_the_command_has_an_example(capsys):
    with pytest.raises(SystemExit):
        call_command("export_data", "--help")
    assert "manage.py export_data progress --quarter 2025-Q3" in capsys.readouterr().out


# --- the promises of the eight parks -------------------------------------------------------------------------
PLEDGES = Path(__file__).parent / "pledges_of_2023.csv"


def test_the_file_of_commitments_holds_the_29_pledges_of_2023_exactly(client, baseline):
    text = downloaded(client, "/data/commitments.csv", bom="0").decode()
    table = pandas.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)
    named = table[
        ["park_code", "indicator_code", "comparator", "commitment", "start_on", "due_on", "part_of"]
    ]
    assert named.to_csv(index=False, lineterminator="\n") == PLEDGES.read_text()
    assert len(table) == 29


def test_coverage_is_90_of_100_high_tech_firms_and_1800_of_2000_talents(client, baseline):
    lines = downloaded(client, "/data/coverage.csv").decode().splitlines()
    assert "parks-high-tech-firms,high-tech-firms,full,7,90,100,0.9,0,," in "\n".join(lines)
    assert "parks-high-end-talents,high-end-talents,full,4,1800,2000,0.9,0,," in "\n".join(lines)


@pytest.mark.parametrize(
    ("target", "as_of", "expected"),
    [
        ("city-transferred-results", "2026-02-01", "2025-Q4,4000,2025-12-31,more-than,4000,1,1,1,achieved"),
        (
            "city-transferred-results",
            "2025-12-31",
            "2025-Q3,2050,2023-12-31,exact,635.21,0.5125,0.1588,3.2273,stale",
        ),
        ("city-tech-smes", "2026-11-01", "2025-Q4,6934,2025-12-31,exact,6000,"),
        ("city-srdi-smes", "2026-11-01", "2025-Q4,1452,2023-12-31,exact,317,0.726,0.1588,4.5804,stale"),
        ("city-rd-growth", "2026-11-01", "2025-Q4,,,,10,,,,no_data"),
    ],
)
def test_the_targets_of_the_city_read_as_they_were_published(client, baseline, target, as_of, expected):
    text = downloaded(client, "/data/targets.csv", as_of=as_of, bom="0").decode()
    line = next(line for line in text.splitlines() if line.startswith(target))
    assert expected in line
