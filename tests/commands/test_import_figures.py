"""`import_figures`: the same door as the page, from the command line."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from changchun_innovation.shared.quarters import Quarter
from parks.models import Figure, QuarterlyReport, Status
from tests.factories import approved_report, make_commitment, make_indicator, make_park, make_user
from tests.workbook_files import filled, plain_book, saved, the_template

pytestmark = pytest.mark.django_db

Q = Quarter.parse("2025-Q3")


class City:
    def __init__(self, folder):
        self.park = make_park(code="tcm")
        indicator = make_indicator(code="resident-firms", name_zh="入园企业", name_en="Resident firms")
        self.firms = make_commitment(park=self.park, indicator=indicator)
        self.manager = make_user(role="park manager", parks=[self.park], username="manager-tcm")
        self.folder = folder

    def file(self, data: bytes, name="filled.xlsx") -> str:
        (self.folder / name).write_bytes(data)
        return str(self.folder / name)

    def run(self, file: str, *more: str, quarter="2025-Q3", by="manager-tcm", park="tcm") -> str:
        told = StringIO()
        period = ["--quarter", quarter] if quarter else []
        call_command("import_figures", file, "--park", park, *period, "--by", by, *more, stdout=told)
        return told.getvalue()


@pytest.fixture
def city(tmp_path):
    return City(tmp_path)


def test_a_filled_template_becomes_a_draft_and_the_second_time_nothing(city):
    file = city.file(filled(the_template(city.park, Q), {"K7": 12}))
    assert "nothing was (--dry-run)" in city.run(file, "--dry-run")
    assert not QuarterlyReport.objects.exists()
    told = city.run(file)
    assert "K7 入园企业 · 本季填报数: ∅ → 12" in told and "1 figure saved as a draft" in told
    report = QuarterlyReport.objects.get()
    assert (report.status, report.saved_by, report.figures.get().value) == (Status.DRAFT, city.manager, 12)
    assert "saved already" in city.run(file)
    report.refresh_from_db()
    assert report.version == 1


def test_a_csv_of_many_quarters_needs_no_quarter_named(city):
    text = "季度,指标,本季填报数\n2025-Q2,入园企业,3\n2025-Q3,入园企业,5\n"
    city.run(city.file(text.encode("gb18030"), "many.csv"), quarter=None)
    assert sorted(Figure.objects.values_list("report__quarter", "value")) == [(Q - 1, 3), (Q, 5)]


def test_one_wrong_cell_saves_nothing_and_is_told_in_one_line(city):
    rows = [["指标代码", "2025-Q2", "2025-Q3"], ["resident-firms", 3, "3.5万"]]
    with pytest.raises(CommandError) as refused:
        city.run(city.file(saved(plain_book(rows))), quarter=None)
    message = str(refused.value)
    assert "C2 入园企业" in message and "35000" in message and "\n" not in message
    assert not QuarterlyReport.objects.exists()


def test_an_approved_quarter_is_refused_with_the_reason(city):
    approved_report(park=city.park, quarter=Q, figures={city.firms: 3}, by=city.manager)
    with pytest.raises(CommandError, match="已审定"):
        city.run(city.file("指标,本季填报数\n入园企业,4\n".encode(), "a.csv"))
    assert Figure.objects.get().value == 3


def test_bad_input_is_told_in_one_line(city):
    good = city.file("指标,本季填报数\n入园企业,4\n".encode(), "a.csv")
    make_park(code="jixing")
    make_user(role="reviewer", username="reviewer")
    for run, words in (
        (lambda: city.run(str(city.folder / "missing.xlsx")), "Cannot read"),
        (lambda: city.run(str(city.folder)), "Cannot read"),
        (lambda: city.run(good, quarter="2025Q3x"), "is not a quarter"),
        (lambda: city.run(good, quarter="2026-Q4"), "尚未结束"),
        (lambda: city.run(good, by="nobody"), "no active account"),
        (lambda: city.run(good, by="reviewer"), "does not enter"),
        (lambda: city.run(good, park="jixing"), "does not enter"),
        (lambda: city.run(good, park="nowhere"), "no such park"),
        (lambda: city.run(city.file(b"x" * 3_000_000, "big.csv")), "larger than 2 MB"),
        (lambda: city.run(city.file(b"PK nonsense")), "打不开"),
    ):
        with pytest.raises(CommandError, match=words) as refused:
            run()
        assert "\n" not in str(refused.value)
    assert not QuarterlyReport.objects.exists()


def test_messages_come_in_english_when_asked(city):
    told = city.run(city.file("指标,本季填报数\n入园企业,4\n".encode(), "a.csv"), "--lang", "en", "--dry-run")
    assert "Resident firms · Figure of this quarter: ∅ → 4" in told


def test_the_help_shows_an_example(capsys):
    with pytest.raises(SystemExit) as done:
        call_command("import_figures", "--help")
    assert done.value.code == 0
    assert "import_figures tcm-2025-Q3.xlsx --park tcm" in capsys.readouterr().out
