"""The analysts' page: what there is, the filters, the first rows, and how to cite them."""

import html
import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from changchun_innovation.overview.exports import DATASETS
from tests.city_databases import forget
from tests.exports_world import SmallCity
from tests.factories import make_commitment, make_park

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


def page(client, query: str = "") -> str:
    response = client.get(f"{reverse('data:index')}?{query}")
    assert response.status_code == 200
    return response.content.decode()


def links(text: str) -> list[str]:
    return [html.unescape(link) for link in re.findall(r'href="([^"]+)"', text)]


def preview(text: str) -> list[list[str]]:
    table = text.split('id="preview-table"')[1].split("</table>")[0]
    return [re.findall(r"<td[^>]*>([^<]*)</td>", row) for row in table.split("<tr>")[2:]]


def test_the_page_offers_every_data_set_as_csv_and_as_workbook(client, city):
    found = links(page(client))
    for name in DATASETS:
        assert f"/data/{name}.csv" in found
        assert f"/data/{name}.xlsx" in found
    assert "/data/wide.xlsx" in found and "/data/datapackage.json" in found


@pytest.mark.parametrize("dataset", [name for name in DATASETS if name != "events"])
def test_every_link_of_the_page_leads_somewhere(client, city, dataset):
    text = page(client, f"dataset={dataset}&as_of=2024-11-01")
    ours = {link.split("#")[0] for link in links(text) if "/data/" in link}
    for link in ours - {"/data/events.csv?as_of=2024-11-01", "/data/events.xlsx?as_of=2024-11-01"}:
        response = client.get(link.removeprefix("http://testserver"))
        assert response.status_code == 200, link
        assert response.streaming is False or b"".join(response)


def test_the_preview_shows_the_cells_of_the_file_under_its_filters(client, city):
    text = page(client, "dataset=progress&park=east&quarter=2024-Q2&as_of=2024-11-01")
    rows = preview(text)
    assert len(rows) == 1
    assert rows[0][:3] == ["east", "东园", "projects"] and rows[0][19:23] == [
        "0.125",
        "0.1653",
        "0.7692",
        "watch",
    ]
    assert "/data/progress.csv?park=east&quarter=2024-Q2&as_of=2024-11-01" in links(text)


def test_the_preview_is_short_and_says_so(client, city):
    text = page(client, "dataset=progress")
    assert len(preview(text)) == 10
    assert "只显示前 10 行" in text
    assert "这是全部的行" in page(client, "dataset=commitments")


def test_every_filter_can_be_taken_away_again(client, city):
    text = page(client, "dataset=progress&park=east&park=west&state=watch")
    assert "园区：东园" in text and "状态：预警" in text
    removals = re.findall(r'<a class="removable" href="([^"]+)"', text)
    assert [html.unescape(link) for link in removals] == [
        "/data/?dataset=progress&park=west&state=watch",
        "/data/?dataset=progress&park=east&state=watch",
        "/data/?dataset=progress&park=east&park=west",
    ]


def test_an_empty_answer_says_which_filter_emptied_it(client, city):
    text = page(client, "dataset=progress&park=east&state=on_track&as_of=2024-11-01")
    assert "没有符合条件的行" in text
    assert "去掉其中任何一个条件就会有行：园区、状态" in text


def test_a_filter_that_cannot_be_read_is_a_message_on_a_page_that_still_works(client, city):
    text = page(client, "dataset=progress&park=nowhere&quarter=2024-Q1")
    assert "nowhere" in text and "以下未用此条件" in text
    assert len(preview(text)) == 3
    assert "secrets" in page(client, "dataset=secrets")
    assert len(preview(page(client, "as_of=yesterday&quarter=Q9"))) == 10


def test_the_address_to_cite_names_a_day_that_is_over_and_never_changes(client, city, today):
    text = page(client, "dataset=targets")
    permalink = next(link for link in links(text) if link.startswith("http"))
    assert permalink == "http://testserver/data/targets.csv?as_of=2026-11-22&quarter=2026-Q3"
    before = b"".join(client.get(permalink))
    today.move_to(date(2027, 5, 1))
    assert b"".join(client.get(permalink)) == before
    fixed = page(client, "dataset=progress&as_of=2024-11-01")
    assert "http://testserver/data/progress.csv?as_of=2024-11-01" in links(fixed)


def test_what_is_not_approved_has_no_address_to_cite(client, city):
    client.force_login(city.analyst)
    assert not [link for link in links(page(client, "dataset=figures&status=all")) if link.startswith("http")]


def test_events_are_explained_to_who_may_not_read_them_and_shown_to_who_may(client, city):
    text = page(client, "dataset=events")
    assert "没有权限查看" in text and "只对有权查看的账号开放" in text
    assert "manager-east" not in text
    client.force_login(city.analyst)
    assert preview(page(client, "dataset=events"))[0][:5] == ["east", "东园", "2024-Q1", "1", "created"]


def test_a_page_in_english_links_to_files_in_english(client, city, settings):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    text = page(client, "dataset=commitments")
    assert "/data/commitments.csv?lang=en" in links(text)
    assert preview(text)[0][:2] == ["east", "East"]


def test_the_page_of_an_empty_city_says_that_there_is_nothing_yet(client):
    text = page(client, "dataset=commitments")
    assert "没有符合条件的行" in text and "在所问的日期还没有任何这类数据" in text


def test_the_page_costs_the_same_queries_for_two_parks_and_for_ten(client, city):
    def cost() -> int:
        forget()
        with CaptureQueriesContext(connection) as queries:
            page(client)
        return len(queries)

    cost()
    before = cost()
    for _number in range(8):
        make_commitment(park=make_park(reports_from="2024-Q1"), indicator=city.firms)
    assert cost() == before
