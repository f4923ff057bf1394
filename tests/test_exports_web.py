"""The files as the web gives them: to whom, under which filters, in which language, and how they arrive."""

from dataclasses import replace
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from changchun_innovation.overview.exports import DATASETS
from changchun_innovation.overview.files import csv_file
from changchun_innovation.shared.datasets import Selection
from changchun_innovation.shared.quarters import Quarter
from tests.exports_world import SmallCity
from tests.factories import approved_report, make_commitment, make_park, make_report

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def real_reports(settings):
    settings.DEMO = False
    settings.DEFAULT_QUARTER = None
    settings.PUBLIC_DASHBOARD = True
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def city():
    return SmallCity().reports()


def content(response) -> str:
    text = b"".join(response) if response.streaming else response.content
    return text.decode("utf-8-sig")


def rows(client, address: str) -> list[str]:
    response = client.get(address)
    text = content(response)
    assert response.status_code == 200, text
    return text.splitlines()[1:]


# --- headers -------------------------------------------------------------------------------------------------
def test_a_file_is_a_download_that_arrives_row_by_row(client, city):
    response = client.get("/data/progress.csv?as_of=2024-11-01")
    assert response.streaming
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="progress-2024-11-01.csv"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private, no-cache"
    assert b"".join(response).startswith(b"\xef\xbb\xbfpark_code,")


def test_a_file_of_a_demonstration_says_so_in_its_name(client, settings):
    settings.DEMO = True
    for path in ("/data/institutions.csv", "/data/institutions.xlsx", "/data/wide.xlsx"):
        assert 'filename="demo-' in client.get(path)["Content-Disposition"]


def test_the_headings_leave_before_a_row_is_looked_for_and_rows_before_the_last_one_is_read(city):
    anything = Selection(known_on=date(2024, 11, 1), about=Quarter(2024, 3))
    partner = next(iter(DATASETS["institutions"].rows(anything)))
    read = []

    def without_end(selection):
        while True:
            read.append(partner)
            yield partner

    stream = csv_file(replace(DATASETS["institutions"], rows=without_end), anything)
    assert next(stream) == "\ufeffcode,name,kind,role\n".encode()
    assert read == []
    assert b"university" in next(stream)
    assert len(read) < 1000


def test_a_file_can_only_be_read(client):
    assert client.post("/data/progress.csv").status_code == 405
    assert client.head("/data/progress.csv").status_code == 200


def test_an_unknown_data_set_is_not_found(client):
    assert client.get("/data/secrets.csv").status_code == 404
    assert client.get("/data/secrets.xlsx").status_code == 404


# --- filters -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("progress.csv?park=east", ["east,projects"] * 3),
        ("progress.csv?park=east&park=west&quarter=2024-Q1", ["east,projects", "west,firms", "west,revenue"]),
        ("progress.csv?indicator=firms&from=2024-Q2", ["west,firms"] * 2),
        ("progress.csv?indicator=firms&from=2024-Q2&to=2024-Q2", ["west,firms"]),
        ("progress.csv?state=no_data&quarter=2024-Q3", ["west,revenue"]),
        ("progress.csv?state=watch&state=on_track&to=2024-Q2", ["east,projects", "west,firms"]),
        ("progress.csv?park=&quarter=&state=on_track", ["west,firms"]),
        ("figures.csv?park=west&indicator=firms&quarter=2024-Q2", ["west,firms"]),
        ("figures.csv?from=2024-Q3", ["west,firms", "west,revenue"]),
        ("figures.csv?to=2023-Q4", []),
        ("commitments.csv?indicator=revenue&indicator=projects", ["east,projects", "west,revenue"]),
        ("targets.csv?state=watch", ["all-firms,first-batch-parks"]),
        ("targets.csv?indicator=revenue", []),
        ("readings.csv?quarter=2024-Q2", ["city,firms"]),
        ("readings.csv?from=2024-Q3", []),
        ("coverage.csv?indicator=projects", []),
        ("reports.csv?park=east&to=2024-Q1", ["east,2024-Q1"]),
    ],
)
def test_a_filter_keeps_exactly_what_it_names(client, city, address, expected):
    separator = "&" if "?" in address else "?"
    found = [row.split(",") for row in rows(client, f"/data/{address}{separator}as_of=2024-11-01")]
    second = {"targets": 1, "readings": 1, "reports": 2}.get(address.split(".")[0], 2)
    assert [f"{row[0]},{row[second]}" for row in found] == expected


@pytest.mark.parametrize(
    ("address", "parameter", "word"),
    [
        ("progress.csv?park=nowhere", "park", "nowhere"),
        ("progress.csv?park=east&park=nowhere", "park", "nowhere"),
        ("figures.csv?indicator=happiness", "indicator", "happiness"),
        ("progress.csv?state=splendid", "state", "splendid"),
        ("progress.csv?quarter=2025Q3", "quarter", "2025Q3"),
        ("progress.csv?quarter=2099-Q1", "quarter", "2099-Q1"),
        ("progress.csv?as_of=2024-11-01&quarter=2024-Q4", "quarter", "2024-Q4"),
        ("progress.csv?quarter=2025-Q1&quarter=2025-Q2", "quarter", ""),
        ("progress.csv?as_of=yesterday", "as_of", "yesterday"),
        ("progress.csv?as_of=2025-02-30", "as_of", "2025-02-30"),
        ("progress.csv?as_of=2099-01-01", "as_of", "2099-01-01"),
        ("progress.csv?from=Q3", "from", "Q3"),
        ("progress.csv?from=2025-Q3&to=2025-Q2", "from", "to"),
        ("progress.csv?lang=fr", "lang", "fr"),
        ("progress.csv?labels=fr", "labels", "fr"),
        ("progress.csv?bom=yes", "bom", "yes"),
        ("progress.csv?prak=east", "prak", ""),
        ("context.csv?park=east", "park", "context"),
        ("figures.csv?state=achieved", "state", "figures"),
        ("figures.csv?status=draft", "status", "draft"),
        ("figures.csv?status=all&as_of=2024-11-01", "status", "as_of"),
        ("wide.xlsx?state=achieved", "state", "wide"),
    ],
)
def test_a_filter_that_cannot_be_read_is_refused_by_name_and_never_ignored(
    client, city, address, parameter, word
):
    client.force_login(city.analyst)
    for dressed in (address, address.replace(".csv", ".xlsx")):
        response = client.get(f"/data/{dressed}")
        assert response.status_code == 400
        assert response["Content-Type"].startswith("text/plain")
        sentence = response.content.decode()
        assert sentence.count("\n") == 1
        assert parameter in sentence and word in sentence
        assert "参数" in sentence


# --- language ------------------------------------------------------------------------------------------------
def test_names_are_chinese_whatever_cookie_and_browser_prefer(client, city, settings):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    found = rows(client, "/data/progress.csv?as_of=2024-11-01&park=east")
    assert found == [
        row.decode()
        for row in b"".join(
            client.get("/data/progress.csv?as_of=2024-11-01&park=east", headers={"accept-language": "en"})
        ).splitlines()[1:]
    ]
    assert ",东园," in found[0]
    assert ",East," in rows(client, "/data/progress.csv?as_of=2024-11-01&park=east&lang=en")[0]


def test_headings_can_be_words(client, city):
    chinese = content(client.get("/data/reports.csv?labels=zh")).splitlines()[0]
    english = content(client.get("/data/reports.csv?labels=en")).splitlines()[0]
    assert chinese.startswith("园区代码,园区,季度,截止日,状态,版次")
    assert english.startswith("Park code,Park,Quarter,Due,Status,Revision")


# --- who may see what ----------------------------------------------------------------------------------------
def test_a_waiting_figure_is_in_no_file_of_the_public(client, city):
    city.waiting()
    for dataset in DATASETS.values():
        if not dataset.restricted:
            assert "555" not in content(client.get(f"/data/{dataset.name}.csv"))


def test_events_ask_anybody_to_log_in_and_refuse_who_may_not_read_them(client, city):
    for path in ("/data/events.csv", "/data/events.xlsx", "/data/figures.csv?status=all"):
        client.logout()
        asked = client.get(path, headers={"Accept": "text/html,application/xhtml+xml,*/*"})
        assert asked.status_code == 302 and asked["Location"].startswith("/accounts/login/?next=/data/")
        # What a program is told is no page that it could take for the file.
        program = client.get(path, headers={"Accept": "*/*"})
        assert (program.status_code, program["Content-Type"]) == (403, "text/plain; charset=utf-8")
        client.force_login(city.official)
        refused = client.get(path)
        assert refused.status_code == 403
        assert "只对有权查看的账号开放" in refused.content.decode()
        client.force_login(city.analyst)
        assert client.get(path).status_code == 200


def test_a_manager_sees_what_is_not_approved_of_the_own_park_only(client, city):
    city.waiting()
    client.force_login(city.colleague)
    assert {row.split(",")[0] for row in rows(client, "/data/events.csv")} == {"west"}
    assert not [row for row in rows(client, "/data/figures.csv?status=all") if ",submitted," in row]
    client.force_login(city.manager)
    assert {row.split(",")[0] for row in rows(client, "/data/events.csv")} == {"east"}
    waiting = [row for row in rows(client, "/data/figures.csv?status=all") if ",submitted," in row]
    assert len(waiting) == 1 and ",555,false," in waiting[0]


def test_all_figures_include_the_revision_that_was_replaced(client, city):
    city.correction(value=12)
    client.force_login(city.analyst)
    found = rows(client, "/data/figures.csv?status=all&park=east&quarter=2024-Q2")
    assert [row.split(",")[9] for row in found] == ["10", "12"]
    assert [row.split(",")[12] for row in found] == ["1", "2"]


def test_a_draft_is_missing_to_everybody_who_may_not_read_it(client, city):
    make_report(park=city.east, quarter="2024-Q3", figures={"projects": 3}, by=city.manager)
    address = "/data/reports.csv?park=east&quarter=2024-Q3"
    for reader in (None, city.official, city.colleague):
        client.logout()
        if reader:
            client.force_login(reader)
        assert rows(client, address) == ["east,东园,2024-Q3,2024-10-15,missing,,,,,reported"]
    for reader in (city.manager, city.analyst):
        client.force_login(reader)
        response = client.get(address)
        assert response["Cache-Control"] == "private, no-store"
        assert content(response).splitlines()[1] == "east,东园,2024-Q3,2024-10-15,draft,1,,,,reported"


def test_without_a_public_dashboard_every_file_is_for_accounts(client, city, settings):
    settings.PUBLIC_DASHBOARD = False
    assert client.get("/data/progress.csv").status_code == 302
    client.force_login(city.official)
    assert client.get("/data/progress.csv").status_code == 200


# --- cost ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("dataset", list(DATASETS))
def test_a_file_costs_the_same_queries_for_two_parks_and_for_ten(client, city, dataset):
    client.force_login(city.analyst)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            content(client.get(f"/data/{dataset}.csv"))
        return len(queries)

    cost()
    before = cost()
    for number in range(8):
        park = make_park(reports_from="2024-Q1")
        make_commitment(park=park, indicator=city.firms, start_on=date(2024, 1, 1))
        if number < 3:
            approved_report(park=park, quarter="2024-Q1", figures={"firms": 3}, reviewer=city.reviewer)
    assert cost() == before
