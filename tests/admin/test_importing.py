"""Figures by file on the pages of the admin: take the template, send it back, see the difference, confirm."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.signing import dumps
from django.urls import reverse
from openpyxl import load_workbook

from changchun_innovation.shared.quarters import Quarter
from parks import workflow
from parks.models import Figure, QuarterlyReport, ReportEvent, Status
from parks.workbooks.importing import SALT
from parks.workbooks.packing import LARGEST_FILE
from tests.factories import (
    approved_report,
    make_commitment,
    make_indicator,
    make_park,
    make_report,
    make_user,
    moment,
    submitted_report,
)
from tests.workbook_files import filled, plain_book, saved

pytestmark = pytest.mark.django_db

Q = Quarter.parse("2026-Q3")


class City:
    def __init__(self, client):
        self.park = make_park(code="jixing", reports_from="2026-Q1")
        firms = make_indicator(code="resident-firms", name_zh="入园企业", name_en="Resident firms")
        self.firms = make_commitment(park=self.park, indicator=firms, value=40)
        self.projects = make_commitment(park=self.park, kind="cumulative", value=100)
        self.manager = make_user(role="park manager", parks=[self.park], username="manager")
        self.client = client

    def as_(self, user):
        self.client.force_login(user)
        return self.client

    def address(self, what: str, quarter=Q) -> str:
        names = {
            "xlsx": ("template", [self.park.code, quarter, "xlsx"]),
            "csv": ("template", [self.park.code, quarter, "csv"]),
            "import": ("import", [self.park.code, quarter]),
            "backfill.xlsx": ("backfill_template", [self.park.code]),
            "backfill": ("backfill", [self.park.code]),
        }
        name, args = names[what]
        return reverse(f"admin:parks_quarterlyreport_{name}", args=args)

    def send(self, data: bytes, what="import", name="filled.xlsx"):
        return self.client.post(self.address(what), {"file": SimpleUploadedFile(name, data)})

    def sheet(self, value, quarter=Q) -> bytes:
        return saved(plain_book([["指标代码", str(quarter)], ["resident-firms", value]]))

    def values(self) -> dict:
        return dict(Figure.objects.values_list("commitment__indicator__code", "value"))


@pytest.fixture
def city(client):
    return City(client)


def bytes_of(answer) -> bytes:
    return answer.getvalue()


def everything() -> tuple:
    return (
        list(QuarterlyReport.objects.order_by("pk").values()),
        list(Figure.objects.order_by("pk").values()),
        ReportEvent.objects.count(),
    )


def test_the_way_of_a_quarter_through_excel(city):
    client = city.as_(city.manager)
    answer = client.get(city.address("xlsx"))
    assert answer["Content-Disposition"] == 'attachment; filename="jixing-2026-Q3.xlsx"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert not QuarterlyReport.objects.exists(), "taking a template begins nothing"
    data = filled(bytes_of(answer), {"K7": 12, "M7": "含两家迁入"})

    page = city.send(data)
    text = page.content.decode()
    assert page.status_code == 200 and not QuarterlyReport.objects.exists()
    assert "K7" in text and "<b>12</b>" in text and "入园企业" in text and "filled.xlsx" in text
    done = client.post(city.address("import"), {"confirmation": page.context["shown"].token}, follow=True)
    assert done.redirect_chain[-1][0] == reverse("admin:parks_quarterlyreport_enter", args=["jixing", Q])
    assert "已从文件存入草稿" in done.content.decode()
    assert city.values() == {"resident-firms": 12}

    again = city.send(data)
    assert "没有变化" in again.content.decode() and again.context["shown"].token == ""


def test_a_csv_template_names_park_and_quarter_in_every_line(city):
    data = bytes_of(city.as_(city.manager).get(city.address("csv")))
    lines = data.decode("utf-8-sig").splitlines()
    assert data.startswith(b"\xef\xbb\xbf") and len(lines) == 3
    assert all(line.startswith("jixing,2026-Q3,") for line in lines[1:])


def test_errors_are_told_by_cell_and_indicator_and_nothing_is_confirmed(city):
    city.as_(city.manager)
    page = city.send(city.sheet("3.5万"))
    text = page.content.decode()
    assert "B2" in text and "入园企业" in text and "3.5万" in text and "35000" in text
    assert 'name="confirmation"' not in text
    assert not QuarterlyReport.objects.exists()


def test_what_a_file_says_is_shown_and_never_run(city):
    city.as_(city.manager)
    evil = '<script>alert("1")</script>'
    text = city.send(city.sheet(evil), name=f"{evil}.xlsx").content.decode()
    assert evil not in text and "&lt;script&gt;" in text


def test_a_file_too_large_or_none_at_all_is_refused_before_it_is_read(city):
    client = city.as_(city.manager)
    assert "文件过大" in city.send(b"x" * (LARGEST_FILE + 1)).content.decode()
    assert "请先选择一个文件" in client.post(city.address("import"), {}).content.decode()


def test_many_quarters_go_through_one_workbook(city):
    client = city.as_(city.manager)
    approved_report(park=city.park, quarter=Q - 2, figures={city.firms: 5}, by=city.manager)
    book = bytes_of(client.get(city.address("backfill.xlsx")))
    page = load_workbook(io.BytesIO(book)).worksheets[0]
    headings = {page.cell(6, column).value: column for column in range(1, page.max_column + 1)}
    assert headings["2023-Q3"] and "2026-Q3" in headings and "2026-Q4" not in headings
    cells = {
        page.cell(7, headings[quarter]).coordinate: value
        for quarter, value in (("2025-Q4", 3), ("2026-Q2", 6), ("2026-Q3", 7))
    }
    shown = city.send(filled(book, cells), "backfill")
    assert [str(plan.quarter) for plan in shown.context["shown"].changed] == ["2025-Q4", "2026-Q2", "2026-Q3"]
    client.post(city.address("backfill"), {"confirmation": shown.context["shown"].token})
    drafts = QuarterlyReport.objects.filter(status=Status.DRAFT)
    assert sorted(str(report.quarter) for report in drafts) == ["2025-Q4", "2026-Q2", "2026-Q3"]


def test_a_quarter_that_is_submitted_or_approved_takes_no_file(city):
    client = city.as_(city.manager)
    report = submitted_report(park=city.park, quarter=Q, figures={city.firms: 5}, by=city.manager)
    change = reverse("admin:parks_quarterlyreport_change", args=[report.pk])
    assert client.get(city.address("import")).headers["Location"] == change
    text = city.send(city.sheet(6)).content.decode()
    assert "等待审核" in text and 'name="confirmation"' not in text
    workflow.approve(
        report=report,
        version=report.version,
        by=make_user(role="reviewer"),
        at=moment(report.quarter.ends_on.replace(month=11, day=1)),
    )
    assert "已审定" in city.send(city.sheet(6)).content.decode()
    assert city.values()["resident-firms"] == 5


def test_a_colleague_who_saved_in_between_is_not_written_over_and_the_difference_is_shown(city):
    client = city.as_(city.manager)
    report = make_report(park=city.park, quarter=Q, figures={city.firms: 10}, by=city.manager)
    token = city.send(city.sheet(12)).context["shown"].token
    from parks.entry import Entry

    colleague = make_user(role="park manager", parks=[city.park])
    workflow.save_figures(
        report=report,
        entries={city.firms.pk: Entry(value=11)},
        version=report.version,
        by=colleague,
        at=moment(Q.ends_on.replace(month=11, day=20)),
    )
    page = client.post(city.address("import"), {"confirmation": token})
    text = page.content.decode()
    assert "没有保存" in text and colleague.username in text
    assert "<del>11</del>" in text and "<b>12</b>" in text
    assert city.values()["resident-firms"] == 11
    client.post(city.address("import"), {"confirmation": page.context["shown"].token})
    assert city.values()["resident-firms"] == 12


def test_a_confirmation_that_is_not_ours_changes_nothing_and_says_so(city):
    client = city.as_(city.manager)
    make_report(park=city.park, quarter=Q, figures={city.firms: 10}, by=city.manager)
    token = city.send(city.sheet(12)).context["shown"].token
    before = everything()
    forged = {"by": city.manager.pk, "park": "jixing", "quarter": str(Q - 1), "plans": []}
    for text in ("", "x", token[:-2], token + "x", dumps(forged, salt=SALT), dumps(forged, salt="other")):
        page = client.post(city.address("import"), {"confirmation": text})
        assert page.status_code == 200 and "没有保存" in page.content.decode(), text
    assert "没有保存" in client.post(city.address("backfill"), {"confirmation": token}).content.decode()
    assert everything() == before


def test_another_parks_manager_gets_404_at_every_address_and_nothing_is_read_or_changed(city):
    make_report(park=city.park, quarter=Q, figures={city.firms: 10}, by=city.manager)
    token = city.as_(city.manager) and city.send(city.sheet(12)).context["shown"].token
    own = make_park(code="tcm", reports_from="2026-Q1")
    make_commitment(park=own, indicator=city.firms.indicator)
    before = everything()
    people = [
        make_user(role="park manager", parks=[own]),
        make_user(role="reviewer"),
        make_user(role="administrator"),
    ]
    for user in people:
        client = city.as_(user)
        for what in ("xlsx", "csv", "import", "backfill.xlsx", "backfill"):
            address = city.address(what)
            assert client.get(address).status_code == 404, (user, what)
            for sent in (
                {"confirmation": token},
                {"file": SimpleUploadedFile("a.xlsx", city.sheet(99))},
                {"confirmation": token, "park": own.code},
            ):
                assert client.post(address, sent).status_code == 404, (user, what)
    # With the confirmation of another park's file at an address of their own.
    client = city.as_(people[0])
    for address in (
        reverse("admin:parks_quarterlyreport_import", args=["tcm", Q]),
        reverse("admin:parks_quarterlyreport_backfill", args=["tcm"]),
    ):
        page = client.post(address, {"confirmation": token})
        assert "没有保存" in page.content.decode() and "入园企业" not in page.content.decode()
    assert everything() == before


@pytest.mark.parametrize("role", ["official", "analyst", None])
def test_who_only_reads_finds_no_template(city, role):
    client = city.as_(make_user(role=role))
    for what in ("xlsx", "csv", "import", "backfill.xlsx", "backfill"):
        assert client.get(city.address(what)).status_code in (302, 403, 404)
        assert client.post(city.address(what), {"confirmation": "x"}).status_code in (302, 403, 404)


def test_who_lost_the_park_between_preview_and_confirmation_changes_nothing(city):
    client = city.as_(city.manager)
    token = city.send(city.sheet(12)).context["shown"].token
    city.park.park_managers.all().delete()
    assert client.post(city.address("import"), {"confirmation": token}).status_code == 404
    assert not QuarterlyReport.objects.exists()


@pytest.mark.parametrize(
    "quarter, status", [("2026-Q4", 404), ("1999-Q1", 404), ("nonsense", 404), ("2026-Q2", 200)]
)
def test_only_quarters_that_have_ended_have_templates(city, quarter, status):
    client = city.as_(city.manager)
    for what in ("xlsx", "csv", "import"):
        assert client.get(city.address(what, quarter)).status_code == status, what
    assert client.get(city.address("xlsx", Q).replace(".xlsx", ".exe")).status_code == 404
    assert client.post(city.address("xlsx", Q)).status_code == 405


def test_the_page_speaks_english_too(city):
    client = city.as_(city.manager)
    client.post(reverse("admin:language"), {"language": "en", "next": "/admin/"})
    page = city.send(city.sheet(12))
    assert page.headers["Content-Language"] == "en" and "Resident firms" in page.content.decode()
    book = load_workbook(io.BytesIO(bytes_of(client.get(city.address("xlsx")))))
    assert book.worksheets[0]["K6"].value == "Figure of this quarter"
