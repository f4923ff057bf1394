"""The way of one number, walked by people in their browsers: entered, submitted, returned, mended, approved, seen."""

import csv
import io
from datetime import date

import pytest
from django.urls import reverse

from parks.models import Commitment, Park, QuarterlyReport, ReportEvent, ReportsFrom
from tests import addresses, evidence_files
from tests.factories import PASSWORD, make_user

QUARTER = "2025-Q4"
PLEDGE = "jixing/high-tech-firms"
PAGES = {"park": f"/parks/jixing/?quarter={QUARTER}", "overview": f"/?quarter={QUARTER}"}
ENTRY = f"/admin/parks/quarterlyreport/enter/jixing/{QUARTER}/"


@pytest.fixture
def city(live_server, baseline) -> str:
    """The city without invented reports; Jixing was asked to report from the fourth quarter of 2025 on."""
    jixing = Park.objects.get(code="jixing")
    ReportsFrom.objects.create(
        park=jixing, quarter=QUARTER, known_from=date(2025, 10, 1), reason="市科技局通知"
    )
    make_user(username="jixing", role="park manager", parks=[jixing])
    make_user(username="changzhi", role="park manager", parks=[Park.objects.get(code="changzhi")])
    make_user(username="wang", role="reviewer")
    return live_server.url


class Person:
    """Somebody with an account, at their own browser."""

    def __init__(self, visit, name: str):
        self.at = visit()
        self.page = self.at.page
        self.at.log_in(name, PASSWORD)

    def open_from_desk(self, address: str) -> None:
        self.at.go("/admin/")
        self.page.locator(f'a[href="{address}"]').first.click()
        self.page.wait_for_load_state()

    def fill(self, **figures) -> None:
        for indicator, value in figures.items():
            pledge = Commitment.objects.get(park__code="jixing", indicator__code=indicator.replace("_", "-"))
            self.page.fill(f'[name="value-{pledge.pk}"]', value)
            baseline = self.page.locator(f'[name="baseline-{pledge.pk}"]')
            if baseline.count():
                baseline.fill("0")

    def press(self, step: str, reason: str | None = None) -> None:
        button = self.page.locator(f'button[name="step"][value="{step}"]')
        if reason is not None:
            form = self.page.locator("form", has=button)
            for box in form.locator("xpath=ancestor::details[not(@open)]").all():
                box.locator("summary").click()
            form.locator('[name="reason"]').fill(reason)
        button.click()
        self.page.wait_for_load_state()


def published(reader) -> dict[str, str]:
    """What the public reads of the pledge: on the park's page, on the overview, in the file."""
    values = {}
    for name, path in PAGES.items():
        reader.go(path)
        values[name] = reader.page.locator(f'[data-commitment="{PLEDGE}"]').first.get_attribute("data-value")
    answer = reader.context.request.get(f"/data/progress.csv?lang=en&park=jixing&quarter={QUARTER}")
    rows = csv.DictReader(io.StringIO(answer.text().lstrip("\ufeff")))
    values["file"] = next(row["value"] for row in rows if row["indicator_code"] == "high-tech-firms")
    return {name: value or "" for name, value in values.items()}


NOTHING = {"park": "", "overview": "", "file": ""}


def test_a_number_is_public_when_it_is_approved_and_not_before(visit, city):
    public = visit()
    assert published(public) == NOTHING

    manager = Person(visit, "jixing")
    manager.open_from_desk(ENTRY)
    manager.fill(projects_introduced="60", firms_incubated="30")
    manager.press("save")
    assert QuarterlyReport.objects.get().status == "draft"
    manager.fill(high_tech_firms="21")
    manager.press("submit")
    report = QuarterlyReport.objects.get()
    assert report.status == "submitted"
    assert published(public) == NOTHING

    reviewer = Person(visit, "wang")
    page_of_report = reverse("admin:parks_quarterlyreport_change", args=[report.pk])
    reviewer.open_from_desk(page_of_report)
    assert "21" in reviewer.page.locator("main, #content").first.inner_text()
    reviewer.press("return", reason="高新技术企业数与名录不符，请核对。")
    assert QuarterlyReport.objects.get().status == "returned"
    assert published(public) == NOTHING

    manager.open_from_desk(ENTRY)
    assert "请核对" in manager.page.locator("body").inner_text()
    manager.fill(high_tech_firms="12")
    manager.press("submit")
    assert published(public) == NOTHING

    reviewer.open_from_desk(page_of_report)
    reviewer.press("approve")
    assert QuarterlyReport.objects.get().status == "approved"
    assert published(public) == {"park": "12", "overview": "12", "file": "12"}
    steps = list(ReportEvent.objects.values_list("verb", "by__username"))
    assert steps == [
        ("created", "jixing"),
        ("submitted", "jixing"),
        ("returned", "wang"),
        ("submitted", "jixing"),
        ("approved", "wang"),
    ]


def addresses_of(report: QuarterlyReport) -> list[str]:
    """Every address of the admin in which this report, or its park's quarter, can be named."""
    found = []
    for pattern in addresses.patterns():
        if "/quarterlyreport/" not in pattern.route or not pattern.codes:
            continue
        known = {
            "object_id": report.pk,
            "pk": report.pk,
            "report_id": report.pk,
            "park": report.park.code,
            "quarter": QUARTER,
            "kind": "xlsx",
            "evidence_id": report.evidence.get().pk,
        }
        found.append(reverse(pattern.name, kwargs={code: known[code] for code in pattern.codes}))
    assert len(found) >= 10
    return found


def test_the_manager_of_another_park_is_told_of_no_address_of_a_report(visit, city):
    manager = Person(visit, "jixing")
    manager.open_from_desk(ENTRY)
    manager.fill(projects_introduced="60", firms_incubated="30", high_tech_firms="12")
    manager.press("save")
    manager.page.locator('a[href$="/evidence/"]').first.click()
    manager.page.wait_for_load_state()
    contract = {"name": "合同.pdf", "mimeType": "application/pdf", "buffer": evidence_files.pdf()}
    manager.page.locator("input[type=file]").first.set_input_files(contract)
    manager.page.locator("#content-main button[type=submit]").first.click()
    manager.page.wait_for_load_state()
    manager.at.go(ENTRY)
    manager.press("submit")
    report = QuarterlyReport.objects.get()

    stranger = Person(visit, "changzhi")
    stranger.at.go("/admin/")
    assert "吉兴" not in stranger.page.locator("main, #content").first.inner_text()
    request = stranger.at.context.request
    token = next(c["value"] for c in stranger.at.context.cookies() if c["name"] == "csrftoken")
    for path in addresses_of(report):
        assert request.get(path).status == 404, path
        for step in ("save", "submit", "withdraw", "approve", "return", "reopen", "discard"):
            answer = request.post(
                path, form={"step": step, "reason": "试试"}, headers={"X-CSRFToken": token}, max_redirects=0
            )
            assert answer.status in (404, 405), f"{step} {path}"
    ticked = {"report": f"{report.pk}:{report.version}"}
    bulk = reverse("admin:parks_quarterlyreport_approve_selected")
    assert request.post(bulk, form=ticked, headers={"X-CSRFToken": token}).status == 404
    report.refresh_from_db()
    assert report.status == "submitted"
    assert ReportEvent.objects.count() == 2


def test_what_was_typed_survives_a_session_that_ended(visit, city):
    manager = Person(visit, "jixing")
    manager.at.go(ENTRY)
    manager.fill(high_tech_firms="41")
    manager.at.context.clear_cookies()
    manager.page.goto("/accounts/login/")
    manager.at.log_in("jixing", PASSWORD)
    manager.at.go(ENTRY)
    pledge = Commitment.objects.get(park__code="jixing", indicator__code="high-tech-firms")
    field = manager.page.locator(f'[name="value-{pledge.pk}"]')
    assert field.input_value() == ""
    manager.page.locator("#restore button").click()
    assert field.input_value() == "41"
    manager.press("save")
    assert field.input_value() == "41"
    assert manager.page.locator("#restore").is_hidden()
    manager.at.go(ENTRY)
    assert manager.page.locator("#restore").is_hidden()
