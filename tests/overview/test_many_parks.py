"""The overview and the list of parks for eight parks and for eighty: as much to read, and every park to be found."""

import gzip
import re

import pytest

from changchun_innovation.overview.documents import ROWS_TO_A_PAGE
from changchun_innovation.overview.partners import MOST_NAMED
from parks import shortlist
from parks.comparison import COMMITMENTS_TO_A_PAGE, PARKS_TO_A_PAGE
from parks.models import Park
from tests import reading_pages as page
from tests.big_city import grow_to
from tests.factories import make_commitment, make_indicator, make_park, make_source

pytestmark = pytest.mark.django_db
LANGUAGES = ("zh-hans", "en")


def sent(response) -> int:
    """The bytes of a page as they travel."""
    return len(gzip.compress(response.content, 9))


def rows_of(response, table: str) -> list[str]:
    """The parks that a section's table names, in order."""
    section = response.content.decode().split(f'aria-labelledby="{table}"')[1].split("</section>")[0]
    return re.findall(r'<tr><th scope="row"><a href="/parks/([\w-]+)/', section)


def test_eight_parks_are_all_shown_without_a_field_to_find_one(demo_data, client):
    home = client.get("/")
    assert len(rows_of(home, "parks")) == len(rows_of(home, "discipline")) == 8
    assert 'name="find"' not in home.content.decode()
    assert "全部 8 个园区" not in page.text(home)
    listed = client.get("/parks/")
    assert len(page.judged(listed)) == 29
    assert 'class="pages' not in listed.content.decode()


def test_the_overview_does_not_grow_with_the_parks(demo_data, client):
    before = {lang: client.get("/", {"lang": lang}) for lang in LANGUAGES}
    grow_to(80)
    for lang, small in before.items():
        large = client.get("/", {"lang": lang})
        assert sent(large) <= 1.1 * sent(small), lang
        assert len(large.content) <= 1.25 * len(small.content), lang
        for table in ("parks", "discipline"):
            assert len(rows_of(large, table)) <= 2 * shortlist.AT_EACH_END


def test_of_eighty_parks_the_overview_shows_both_ends_with_counts_and_the_way_to_all(big_city, client):
    home = client.get("/")
    text = page.text(home)
    assert "最需要关注的 5 个；有需要关注的承诺的共" in text
    assert "进展最好的 5 个；有正常或已完成的承诺的共" in text
    assert "迟报、逾期未报或退回最多的 5 个" in text and "从未迟报、按时最多的 5 个" in text
    assert "全部 80 个园区" in text and "/parks/" in page.links(home)
    states = {code: element["data-state"] for code, element in page.judged(home).items()}
    first, last = rows_of(home, "parks")[0], rows_of(home, "parks")[-1]
    assert {"behind", "missed"} & {state for code, state in states.items() if code.startswith(f"{first}/")}
    assert {state for code, state in states.items() if code.startswith(f"{last}/")} == {"achieved"}


def test_a_park_that_never_reported_is_not_among_the_best(big_city, client):
    best = rows_of(client.get("/"), "parks")[shortlist.AT_EACH_END :]
    assert best
    # Every fourth of the new parks never reports.
    assert not [code for code in best if code.startswith("new-") and int(code[4:]) % 4 == 3]


@pytest.mark.parametrize("name", ["新建园区42", "new park 42", "ＮＥＷ-42", "42 新建"])
def test_a_park_is_found_by_a_part_of_its_name_in_either_language(big_city, client, name):
    home = client.get("/", {"find": name})
    assert rows_of(home, "parks") == rows_of(home, "discipline") == ["new-42"]
    listed = client.get("/parks/", {"find": name})
    assert {code.split("/")[0] for code in page.judged(listed)} == {"new-42"}


def test_a_find_that_meets_many_shows_some_and_leads_to_all(big_city, client):
    home = client.get("/?find=新建&quarter=2025-Q4")
    assert len(rows_of(home, "parks")) == shortlist.WHOLE_UP_TO
    assert "名称含“新建”的园区 72 个，列出前 12 个" in page.text(home)
    assert "/parks/?quarter=2025-Q4&find=%E6%96%B0%E5%BB%BA" in page.links(home)
    assert '<input type="hidden" name="quarter" value="2025-Q4">' in home.content.decode()


@pytest.mark.parametrize("address", ["/", "/parks/"])
def test_a_name_that_no_park_bears_says_so_and_offers_all(big_city, client, address):
    response = client.get(address, {"find": "亚特兰蒂斯\x01<b>"})
    assert response.status_code == 200
    assert "没有名称含“亚特兰蒂斯\x01<b>”的园区" in page.text(response).replace("&lt;", "<")
    assert "<b>”" not in response.content.decode()
    assert address in {link.split("#")[0] for link in page.links(response)}


def test_every_park_and_every_commitment_stands_on_one_part_of_the_list(big_city, client):
    parks = [rows_of(client.get("/parks/", {"page": number}), "matrix") for number in (1, 2, 3, 4)]
    assert [len(part) for part in parks] == [PARKS_TO_A_PAGE] * 3 + [5]
    assert len({code for part in parks for code in part}) == 80
    total = 29 + 3 * 72
    seen = []
    for number in range(1, -(-total // COMMITMENTS_TO_A_PAGE) + 1):
        html = client.get("/parks/", {"list": number}).content.decode()
        seen += re.findall(r'data-commitment="([^"]+)"', html.split('id="commitments"')[1])
    assert len(seen) == len(set(seen)) == total


def test_the_parts_of_the_list_keep_the_rest_of_the_address(big_city, client):
    links = page.links(client.get("/parks/?lang=en&quarter=2025-Q3&page=2"))
    assert "/parks/?lang=en&quarter=2025-Q3&page=3#scorecards" in links
    assert "/parks/?lang=en&quarter=2025-Q3#scorecards" in links
    assert "/parks/?lang=en&quarter=2025-Q3&page=2&list=2#commitments" in links


@pytest.mark.parametrize(("asked", "shown"), [("99", 4), ("0", 1), ("-1", 1), ("two", 1), ("9" * 5000, 4)])
def test_a_part_that_does_not_exist_is_a_message_and_the_nearest_part(big_city, client, asked, shown):
    response = client.get("/parks/", {"page": asked})
    assert response.status_code == 200
    assert f"已显示第 {shown} 页" in page.text(response)


def test_a_joint_pledge_of_eighty_parks_names_the_first_and_counts_the_others(big_city, client):
    joint = client.get("/").content.decode().split('aria-labelledby="joint"')[1].split("</section>")[0]
    assert joint.count('href="/parks/') <= 8 * 2 * 4
    assert re.search(r"共 \d\d 个园区", joint)


# --- partners and documents --------------------------------------------------------------------------------------
@pytest.fixture
def partners(big_city) -> tuple[str, str]:
    """The university and the zone that build the seventy-two new parks."""
    park = Park.objects.get(code="new-0")
    return park.academic_partner.code, park.zone_partner.code


def test_the_list_of_partners_names_some_parks_of_each_and_says_how_many_there_are(partners, client):
    response = client.get("/institutions/")
    for code in partners:
        row = response.content.decode().split(f'href="/institutions/{code}/">')[1].split("</tr>")[0]
        assert row.count('href="/parks/') == MOST_NAMED
        assert f'href="/institutions/{code}/#parks"' in row and "共 72 个园区" in row
    assert "72 parks in all" in page.text(client.get("/institutions/?lang=en"))


def test_every_park_of_a_partner_stands_on_one_part_the_neediest_first(partners, client):
    for code in partners:
        parts = [client.get(f"/institutions/{code}/", {"page": number}) for number in (1, 2, 3)]
        rows = [rows_of(part, "parks") for part in parts]
        assert [len(part) for part in rows] == [25, 25, 22]
        assert len({park for part in rows for park in part}) == 72
        assert rows[0][0] in rows_of(client.get("/parks/"), "matrix")
        assert "共建的园区 72" in page.text(parts[0])
        assert f"/institutions/{code}/?page=2#parks" in page.links(parts[0])
        beyond = client.get(f"/institutions/{code}/", {"page": "9"})
        assert "没有第“9”页" in page.text(beyond) and rows_of(beyond, "parks") == rows[2]


def test_what_rests_on_a_document_stands_in_parts_and_is_counted_whole(baseline, client):
    source = make_source(code="long-list")
    park = make_park(code="ninth")
    for number in range(ROWS_TO_A_PAGE + 3):
        indicator = make_indicator(name_zh=f"指标{number:03d}", order=number)
        make_commitment(park=park, indicator=indicator, source=source, order=number)
    listed = client.get("/sources/").content.decode()
    row = listed.split('href="/sources/long-list/">')[1].split("</tr>")[0]
    assert f'data-sort="{ROWS_TO_A_PAGE + 3}"' in row
    seen = []
    for number in ("1", "2"):
        response = client.get("/sources/long-list/", {"page-commitments": number})
        assert f"园区承诺 {ROWS_TO_A_PAGE + 3}" in page.text(response)
        seen.append(re.findall(r"指标\d{3}", response.content.decode()))
    assert [len(part) for part in seen] == [ROWS_TO_A_PAGE, 3]
    assert len({name for part in seen for name in part}) == ROWS_TO_A_PAGE + 3
    beyond = client.get("/sources/long-list/", {"page-commitments": "three"})
    assert "没有第“three”页" in page.text(beyond)
