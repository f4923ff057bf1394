"""What changed between two days or two quarters, state by state, and why."""

from datetime import date
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from changchun_innovation.shared.quarters import Quarter
from parks import workflow
from parks.entry import Entry
from parks.models import JointLink, Milestone
from tests import reading_pages as page
from tests.city_databases import forget
from tests.exports_world import ENDS, SmallCity
from tests.factories import (
    approved_report,
    change_terms,
    make_commitment,
    make_park,
    make_reading,
    make_source,
    make_user,
    moment,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def real_reports(settings):
    settings.DEMO = False
    settings.DEFAULT_QUARTER = None
    settings.PUBLIC_DASHBOARD = True


@pytest.fixture
def city():
    return SmallCity().reports()


class _Rows(HTMLParser):
    """Each row of changes: its code, its direction, its kinds of reasons, its words."""

    def __init__(self):
        super().__init__()
        self.rows: dict[str, dict] = {}
        self.reports: dict[str, dict] = {}
        self._row = None

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "tr":
            self._row = None
            row = {"reasons": [], "text": "", "links": [], **attributes}
            if "data-direction" in attributes:
                code = attributes.get("data-commitment") or attributes["data-target"]
                self._row = self.rows[code] = row
            elif "data-report" in attributes:
                self._row = self.reports[attributes["data-report"]] = row
        elif self._row is not None:
            if "data-reason" in attributes:
                self._row["reasons"].append(attributes["data-reason"])
            if tag == "a":
                self._row["links"].append(attributes["href"])

    def handle_data(self, data):
        if self._row is not None:
            self._row["text"] += data


def changed(client, query: str) -> tuple[dict, dict]:
    """Rows of promises and rows of reports of the page."""
    response = client.get(f"/changes/?{query}")
    assert response.status_code == 200
    rows = _Rows()
    rows.feed(response.content.decode())
    return rows.rows, rows.reports


# --- reasons ------------------------------------------------------------------------------------------------------
def test_a_new_figure_is_named_with_its_quarter_and_the_day_of_its_approval(client, city):
    rows, reports = changed(client, "quarter=2024-Q2&as_of=2024-08-01&from_day=2024-07-05")
    row = rows["east/projects"]
    assert row["reasons"][0] == "figure"
    assert "2024 年第二季度报 10 项，2024 年 7 月 10 日审定" in row["text"]
    assert "7 项" in row["text"], "the value before stands beside it"
    assert reports["east/2024-Q2"]["data-step"] == "approved"


def test_a_correction_shows_both_values_its_revision_and_its_day(client, city):
    city.correction(value=12)
    rows, reports = changed(client, "quarter=2024-Q3&as_of=2024-12-31&from_day=2024-11-30")
    row = rows["east/projects"]
    assert "correction" in row["reasons"]
    assert "2024 年第二季度由 10 项更正为 12 项（第 2 版，2024 年 12 月 3 日审定）" in row["text"]
    assert "更正（第 2 版）于 2024 年 12 月 3 日审定" in reports["east/2024-Q2"]["text"]
    assert "漏报" not in row["text"], "why a quarter was reopened is for accounts with the right"


def test_a_correction_of_an_earlier_quarter_is_told_although_the_value_of_now_is_the_same(client, city):
    approved_report(
        park=city.east,
        quarter="2024-Q3",
        figures={"projects": 15},
        by=city.manager,
        reviewer=city.reviewer,
    )
    city.correction(value=12)
    rows, _reports = changed(client, "quarter=2024-Q3&as_of=2024-12-31&from_day=2024-11-30")
    assert rows["east/projects"]["reasons"] == ["correction"]
    assert rows["east/projects"]["data-direction"] == "other"


def test_a_changed_promise_shows_old_and_new_numbers_and_who_says_so(client, city):
    change_terms(
        commitment=city.pledge,
        value=60,
        start_on=date(2024, 1, 1),
        due_on=ENDS,
        known_from=date(2024, 11, 20),
    )
    rows, _reports = changed(client, "quarter=2024-Q2&as_of=2024-12-01&from_day=2024-11-01")
    row = rows["east/projects"]
    assert row["reasons"] == ["promise"]
    assert "由“≥ 80 项，期限 2026 年 12 月 31 日”改为“≥ 60 项，期限 2026 年 12 月 31 日”" in row["text"]
    assert "2024 年 11 月 20 日起知悉" in row["text"] and "双方商定" in row["text"]


def test_a_baseline_that_became_known_is_a_reason_and_its_typist_is_not_named(client, city):
    rows, _reports = changed(client, "quarter=2024-Q1&as_of=2024-04-20&from_day=2024-04-03")
    row = rows["west/firms"]
    assert "baseline" in row["reasons"] and "由 未知（按 0 计）改为 10 家" in row["text"]
    assert "manager-west" not in row["text"]


def test_milestones_that_replace_the_straight_line_are_a_reason(client, city):
    def agreed(value, day):
        Milestone.objects.create(
            commitment=city.pledge, on=date(2024, 12, 31), value=value, known_from=day, reason="双方商定"
        )

    agreed(Decimal(5), date(2024, 11, 10))
    rows, _reports = changed(client, "quarter=2024-Q3&as_of=2024-11-15&from_day=2024-11-01")
    assert rows["east/projects"]["reasons"] == ["milestone"]
    assert "2024 年 12 月 31 日应达 5 项；2024 年 11 月 10 日起知悉" in rows["east/projects"]["text"]
    agreed(Decimal(6), date(2024, 11, 20))
    rows, _reports = changed(client, "quarter=2024-Q3&as_of=2024-11-25&from_day=2024-11-15")
    assert "2024 年 12 月 31 日由 5 项改为 6 项" in rows["east/projects"]["text"]
    agreed(None, date(2024, 11, 28))
    rows, _reports = changed(client, "quarter=2024-Q3&as_of=2024-11-30&from_day=2024-11-25")
    assert "2024 年 12 月 31 日的 6 项撤销" in rows["east/projects"]["text"]


def test_a_published_value_is_a_reason_with_its_document(client, city):
    rows, _reports = changed(client, "quarter=2024-Q2&as_of=2024-08-02&from_day=2024-07-31")
    row = rows["city-firms"]
    assert row["reasons"][0] == "reading" and "为 400 家；2024 年 8 月 1 日起知悉" in row["text"]
    assert any("/sources/yearbook/" in link for link in row["links"])


def test_another_value_for_the_same_period_shows_the_one_before(client, city):
    make_reading(
        indicator=city.firms,
        value=420,
        period_end=date(2024, 6, 30),
        known_from=date(2024, 11, 5),
        source=make_source(published_on=date(2024, 11, 5)),
    )
    rows, _reports = changed(client, "quarter=2024-Q3&as_of=2024-11-10&from_day=2024-11-01")
    assert "为 420 家" in rows["city-firms"]["text"] and "同期原有 400 家" in rows["city-firms"]["text"]


def test_a_joint_pledge_names_changed_links_and_the_parks_whose_values_moved(client, city):
    rows, _reports = changed(client, "quarter=2024-Q2&as_of=2024-08-01&from_day=2024-07-05")
    row = rows["all-firms"]
    assert "parts" in row["reasons"] and "变动的园区：西园" in row["text"]
    assert "12 家" in row["text"] and "19 家" in row["text"]
    JointLink.objects.create(
        target=city.joint,
        indicator=city.firms,
        comparable="partly",
        known_from=date(2024, 11, 5),
        reason="口径不同",
    )
    rows, _reports = changed(client, "quarter=2024-Q3&as_of=2024-11-10&from_day=2024-11-01")
    assert "link" in rows["all-firms"]["reasons"]
    assert "企业：由“可比”改为“部分可比”" in rows["all-firms"]["text"]


def test_a_new_promise_has_no_before(client, city):
    park = city.west
    make_commitment(
        park=park,
        indicator=city.projects,
        value=5,
        start_on=date(2024, 1, 1),
        due_on=ENDS,
        known_from=date(2024, 11, 5),
    )
    rows, _reports = changed(client, "quarter=2024-Q3&as_of=2024-11-10&from_day=2024-11-01")
    row = rows["west/projects"]
    assert row["reasons"][0] == "new" and "当时还没有这项承诺" in row["text"]
    assert row["data-direction"] == "other"


def test_data_that_only_grew_old_is_put_down_to_time(client, city):
    rows, _reports = changed(client, "quarter=2024-Q4&from_quarter=2024-Q3&as_of=2025-01-10")
    row = rows["east/projects"]
    assert row["data-state"] == "stale" and row["reasons"] == ["time"]
    assert "最近的数是 2024 年第二季度的，此后没有新数，已经过期" in row["text"]
    assert row["data-direction"] == "worse"


def test_between_two_quarters_the_new_figure_and_the_time_that_passed_are_both_named(client, city):
    rows, reports = changed(client, "quarter=2024-Q2&from_quarter=2024-Q1&as_of=2024-11-01")
    assert rows["east/projects"]["reasons"] == ["figure", "time"]
    assert "应达由 6到 13" in rows["east/projects"]["text"]
    assert reports == {}, "on one day no report comes in"


# --- directions ---------------------------------------------------------------------------------------------------
def test_a_fallen_level_is_worse_although_the_state_has_the_same_name(client, city):
    rows, _reports = changed(client, "quarter=2024-Q3&from_quarter=2024-Q2&as_of=2024-11-01")
    assert "19 家" in rows["west/firms"]["text"] and "8 家" in rows["west/firms"]["text"]
    assert rows["west/firms"]["data-direction"] == "worse"


def test_the_first_value_of_a_promise_on_its_line_is_better(client, city):
    rows, _reports = changed(client, "quarter=2024-Q2&as_of=2024-08-02&from_day=2024-07-31")
    assert rows["city-firms"]["data-direction"] == "better"


# --- reports ------------------------------------------------------------------------------------------------------
def test_reports_that_fell_overdue_were_submitted_or_returned_are_told(client, city):
    _rows, reports = changed(client, "as_of=2024-10-16&from_day=2024-10-01")
    assert reports["east/2024-Q3"]["data-step"] == "overdue"
    assert "应于 2024 年 10 月 15 日前报送，未报" in reports["east/2024-Q3"]["text"]
    report = city.waiting()
    _rows, reports = changed(client, "as_of=2024-11-05&from_day=2024-10-16")
    assert reports["east/2024-Q3"]["data-step"] == "submitted"
    assert "555" not in reports["east/2024-Q3"]["text"]
    workflow.return_report(
        report=report,
        version=report.version,
        reason="数字不对",
        by=city.reviewer,
        at=moment(date(2024, 11, 8)),
    )
    _rows, reports = changed(client, "as_of=2024-11-10&from_day=2024-11-05")
    assert reports["east/2024-Q3"]["data-step"] == "returned"
    assert "数字不对" not in reports["east/2024-Q3"]["text"]


# --- the question -------------------------------------------------------------------------------------------------
def test_without_a_question_the_quarter_is_compared_with_the_one_before(client, city):
    text = page.text(client.get("/changes/?as_of=2024-11-01"))
    assert "之前：2024 年第二季度，数据截至 2024 年 11 月 1 日" in text
    assert "之后：2024 年第三季度，数据截至 2024 年 11 月 1 日" in text


def test_nothing_changed_is_said_in_words(client, city):
    text = page.text(client.get("/changes/?quarter=2024-Q2&as_of=2024-10-02&from_day=2024-10-01"))
    assert "两者之间没有变化" in text


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("as_of=2024-11-01&from_day=2024-11-02", "晚于数据截至的"),
        ("from_day=2099-01-01", "晚于数据截至的"),
        ("from_day=yesterday", "无法识别"),
        ("from_day=2024-02-30", "无法识别"),
        ("quarter=2024-Q2&from_quarter=2024-Q3", "晚于所问的"),
        ("from_quarter=2024Q5", "无法识别"),
        ("quarter=2024-Q3&from_quarter=2024-Q2&from_day=2024-05-01", "尚未结束"),
        ("quarter=2024-Q3&from_day=2024-05-01", "之前一侧按 2024 年第一季度比较"),
        ("park=nowhere", "没有“nowhere”这个值"),
    ],
)
def test_a_question_that_contradicts_itself_is_a_message_on_a_page_that_works(client, city, query, words):
    response = client.get(f"/changes/?{query}")
    assert response.status_code == 200 and words in page.text(response)


def test_every_change_leads_to_its_page_at_both_ends(client, city):
    rows, reports = changed(client, "quarter=2024-Q2&as_of=2024-08-02&from_day=2024-07-05")
    links = rows["east/projects"]["links"]
    assert "/parks/east/?quarter=2024-Q2&as_of=2024-08-02#projects" in links
    assert "/parks/east/?quarter=2024-Q2&as_of=2024-07-05#projects" in links
    assert "/targets/city-firms/?quarter=2024-Q2&as_of=2024-08-02" in rows["city-firms"]["links"]
    for row in (*rows.values(), *reports.values()):
        for link in row["links"]:
            assert client.get(link.split("#")[0]).status_code == 200


def test_changes_can_be_narrowed_to_a_park(client, city):
    rows, reports = changed(client, "quarter=2024-Q2&as_of=2024-08-02&from_day=2024-07-05&park=east")
    assert set(rows) == {"east/projects"} and set(reports) == {"east/2024-Q2"}


def test_every_change_of_the_demonstration_has_a_reason(client, demo_data, settings):
    for query in (
        "quarter=2026-Q3&from_day=2026-10-10",
        "quarter=2025-Q4&from_day=2024-02-01",
        "quarter=2026-Q3&from_quarter=2023-Q4",
        "quarter=2024-Q4&from_day=2025-03-01",
    ):
        rows, _reports = changed(client, query)
        assert rows and all(row["reasons"] for row in rows.values())


def test_the_page_costs_the_same_queries_for_two_parks_and_for_ten(client, city):
    def cost() -> int:
        forget()
        with CaptureQueriesContext(connection) as queries:
            changed(client, "quarter=2024-Q2&as_of=2024-11-01&from_day=2024-05-01")
        return len(queries)

    cost()
    before = cost()
    for _number in range(8):
        park = make_park(reports_from="2024-Q1")
        make_commitment(park=park, indicator=city.firms, start_on=date(2024, 1, 1))
        approved_report(park=park, quarter="2024-Q1", figures={"firms": 3}, reviewer=city.reviewer)
    assert cost() == before


# --- the time control ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "address",
    [
        "/?lang=en",
        "/targets/?state=no_data&lang=en",
        "/targets/all-firms/?lang=en",
        "/parks/?state=behind&park=east&park=west&indicator=projects&lang=en",
        "/parks/east/?lang=en",
        "/institutions/university/?lang=en",
        "/changes/?from_day=2024-05-01&from_quarter=2024-Q1&park=east&lang=en",
    ],
)
def test_asking_for_another_day_keeps_the_rest_of_the_address(client, city, address):
    response = client.get(f"{address}&quarter=2024-Q2&as_of=2024-11-01")
    form = response.content.decode().split('class="time-control', 1)[1].split("</form>", 1)[0]
    for pair in address.split("?")[1].split("&"):
        name, value = pair.split("=")
        assert f'<input type="hidden" name="{name}" value="{value}">' in form
    assert 'type="hidden" name="quarter"' not in form and 'type="hidden" name="as_of"' not in form
    assert f'action="{address.split("?")[0]}"' in form


def test_overview_park_and_target_pages_lead_to_what_changed(client, city):
    for path in ("/", "/parks/", "/parks/east/", "/targets/", "/targets/city-firms/"):
        links = page.links(client.get(f"{path}?quarter=2024-Q2&as_of=2024-11-01"))
        assert "/changes/?quarter=2024-Q2&amp;as_of=2024-11-01" in links or (
            "/changes/?quarter=2024-Q2&as_of=2024-11-01" in links
        )


# --- both values of a revised figure ------------------------------------------------------------------------------
def test_a_revised_figure_shows_both_values_on_the_park_comparison_and_target_pages(client, city):
    report = workflow.reopen(
        park=city.west,
        quarter=Quarter(2024, 3),
        reason="漏报",
        by=city.reviewer,
        at=moment(date(2024, 12, 2)),
    )
    firms = city.west.commitments.get(indicator=city.firms)
    report = workflow.save_figures(
        report=report,
        entries={firms.pk: Entry(value=Decimal(21))},
        version=report.version,
        by=city.colleague,
        at=moment(date(2024, 12, 2)),
    )
    report = workflow.submit(
        report=report, version=report.version, by=city.colleague, at=moment(date(2024, 12, 2))
    )
    workflow.approve(
        report=report, version=report.version, by=make_user(role="reviewer"), at=moment(date(2024, 12, 3))
    )
    both = "2024 年第三季度：第 2 版修订：原为 8 家，现为 21 家"
    for path in ("/parks/west/", "/parks/", "/targets/all-firms/"):
        assert both in page.text(client.get(f"{path}?quarter=2024-Q3&as_of=2024-12-31"))
        assert both not in page.text(client.get(f"{path}?quarter=2024-Q3&as_of=2024-12-01"))


def test_a_total_of_four_quarters_names_the_revised_figures_inside_it(client, city):
    park = make_park(reports_from="2024-Q1", asked_on=date(2024, 1, 1))
    manager = make_user(role="park manager", parks=[park])
    pledge = make_commitment(
        park=park, indicator=city.revenue, value=100, start_on=date(2024, 1, 1), due_on=ENDS
    )
    for quarter, value in (("2024-Q1", 4), ("2024-Q4", 20), ("2025-Q1", 6)):
        approved_report(park=park, quarter=quarter, figures={"revenue": value}, by=manager)
    at = moment(date(2025, 5, 5))
    report = workflow.reopen(park=park, quarter=Quarter(2024, 4), reason="漏报", by=city.reviewer, at=at)
    report = workflow.save_figures(
        report=report,
        entries={pledge.pk: Entry(value=Decimal(22))},
        version=report.version,
        by=manager,
        at=at,
    )
    report = workflow.submit(report=report, version=report.version, by=manager, at=at)
    workflow.approve(report=report, version=report.version, by=make_user(role="reviewer"), at=at)
    text = page.text(client.get(f"/parks/{park.code}/?quarter=2025-Q1&as_of=2025-06-01"))
    assert "24.0 万元" in text
    assert "2024 年第四季度：第 2 版修订：原为 20.0 万元，现为 22.0 万元" in text
