"""The edition: rows that a command adds, changes or takes away make every page a new one, too."""

import json
import shutil
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from auditlog.context import disable_auditlog
from auditlog.models import LogEntry
from django.core.management import call_command

from changchun_innovation import baseline as loader
from changchun_innovation.edition import edition
from institutions.models import Agreement
from parks.models import Park
from targets.models import Reading
from tests.published_city import PARK, now
from tests.test_edition import is_new

TODAY = date(2026, 11, 23)


@pytest.fixture
def files(tmp_path, settings) -> Path:
    """A copy of fixtures/ that a test may change."""
    folder = tmp_path / "fixtures"
    shutil.copytree(settings.BASE_DIR / "fixtures", folder, ignore=shutil.ignore_patterns("demo"))
    return folder


def load(folder: Path, *, update: bool = False) -> int:
    """Loads the files; answers how many rows were added."""
    return sum(table.added for table in loader.load(update=update, today=TODAY, folder=folder))


def rewrite(path: Path, change) -> None:
    rows = json.loads(path.read_text(encoding="utf-8"))
    change(rows)
    path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")


def one_more(rows, **fields) -> None:
    rows.append({"model": rows[0]["model"], "fields": {**rows[0]["fields"], **fields}})


# --- reference data ------------------------------------------------------------------------------------------
def test_loading_what_is_there_leaves_every_page_as_it_is_kept(baseline, files):
    before = edition()
    assert load(files) == load(files, update=True) == 0
    assert edition() == before


@pytest.mark.parametrize(
    ("file", "fields", "path"),
    [
        ("publications.json", {"code": "one-more", "label_zh": "又一篇"}, "/parks/changzhi/"),
        ("initiatives.json", {"code": "one-more", "deliverable_zh": "又一项"}, "/initiatives/"),
        ("institutions.json", {"code": "one-more", "name_zh": "又一家"}, "/institutions/"),
        ("city_context.json", {"code": "one-more", "name_zh": "又一个"}, "/targets/"),
        ("readings.json", {"period_start": "2018-01-01", "period_end": "2018-12-31"}, "/sources/"),
    ],
)
def test_a_row_that_is_added_to_the_files_is_on_the_page(baseline, files, file, fields, path):
    before, shown, entries = edition(), now(path), LogEntry.objects.count()
    rewrite(files / file, lambda rows: one_more(rows, **fields))
    assert load(files) == 1
    assert LogEntry.objects.count() - entries == ("code" in fields), "a text leaves an entry, a fact is one"
    assert edition() != before
    after = now(path)
    assert is_new(shown, after, path)
    for text in (each for name, each in fields.items() if name.endswith("_zh")):
        assert text in after[0].decode() and text not in shown[0].decode()


def test_a_table_of_texts_that_was_empty_until_now_is_on_the_page(baseline, files):
    """The first rows of a table leave no entry each; one of them tells of all."""
    path = "/sources/conference-2023/"
    with disable_auditlog():
        Agreement.objects.all().delete()
    shown, entries = now(path), LogEntry.objects.count()
    assert load(files) == 5
    assert is_new(shown, now(path), path)
    assert LogEntry.objects.count() == entries + 1


def test_an_update_is_on_the_page(baseline, files):
    shown = {path: now(path) for path in (PARK, "/parks/tcm/", "/institutions/jlu/")}

    def name(rows):
        next(row for row in rows if row["fields"]["code"] == "jixing")["fields"]["name_zh"] = "改了名的园区"

    def pledge(rows):
        row = next(row for row in rows if row["fields"]["commitment"] == ["tcm", "resident-firms"])
        row["fields"]["value"] = "25"

    def parties(rows):
        rows[0]["fields"]["parties"].append(["jlu"])

    for file, change, path in (
        ("parks.json", name, PARK),
        ("commitment_terms.json", pledge, "/parks/tcm/"),
        ("agreements.json", parties, "/institutions/jlu/"),
    ):
        rewrite(files / file, change)
        before = edition()
        assert load(files) == 0
        assert edition() == before, "a difference is printed, and applied only when asked for"
        load(files, update=True)
        assert is_new(shown[path], now(path), path)


def test_words_of_a_fact_that_are_mended_are_on_the_page(baseline, files):
    path = "/targets/city-tech-smes/"

    def mend(rows):
        for row in rows:
            row["fields"]["remark_zh"] = "改过的说明"

    shown = now(path)
    rewrite(files / "readings.json", mend)
    facts = Reading.objects.count()
    load(files, update=True)
    assert Reading.objects.count() == facts
    assert is_new(shown, now(path), path)


# --- what is invented ----------------------------------------------------------------------------------------
def test_the_demonstration_comes_and_goes(baseline):
    bare = now(PARK)
    call_command("load_demo", verbosity=0, stdout=StringIO())
    told = now(PARK)
    assert is_new(bare, told, PARK)
    call_command("load_demo", "--clear", verbosity=0, stdout=StringIO())
    again = now(PARK)
    assert is_new(told, again, PARK)
    assert again[0] == bare[0]


def test_a_load_comes_and_goes(baseline):
    paths = ("/parks/", "/institutions/", PARK)
    bare = {path: now(path) for path in paths}
    call_command("generate_load", "--parks", "10", "--quarters", "2", stdout=StringIO())
    loaded = {path: now(path) for path in paths}
    for path in paths:
        assert is_new(bare[path], loaded[path], path)
    more = edition()
    call_command("generate_load", "--parks", "11", "--quarters", "2", stdout=StringIO())
    assert edition() != more
    call_command("load_demo", "--clear", stdout=StringIO())
    assert Park.objects.count() == 8
    for path in paths:
        assert now(path)[0] == bare[path][0]
