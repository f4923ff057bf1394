"""The quarterly bulletin: one quarter as a document, its sentences from the same numbers as its tables."""

import re
from datetime import date

import pytest

from changchun_innovation.overview.bulletin import bulletin
from changchun_innovation.shared.params import Asked
from changchun_innovation.shared.quarters import Quarter
from parks.models import Commitment, Park
from tests import reading_pages as page
from tests.factories import approved_report, make_commitment, make_park

pytestmark = pytest.mark.django_db
Q = Quarter(2025, 3)
TODAY = date(2026, 11, 23)


def asked(quarter=Q, known_on=TODAY):
    return Asked(quarter, known_on, TODAY, quarter_given=True)


@pytest.fixture
def two_parks():
    ahead = make_park(reports_from="2025-Q2", name_zh="甲园")
    silent = make_park(reports_from="2025-Q2", name_zh="乙园")
    firms = make_commitment(park=ahead, kind="stock", value=40)
    make_commitment(park=silent, kind="stock", value=40)
    approved_report(park=ahead, quarter=Q - 1, figures={firms: 5})
    approved_report(park=ahead, quarter=Q, figures={firms: 41})
    return ahead, silent


def test_its_sentences_count_what_its_tables_show(client, two_parks):
    text = page.text(client.get("/bulletin/2025-Q3/"))
    assert "应报季报 2 份，已报 1 份，其中迟报 0 份。" in text
    assert "逾期未报 1 家：乙园。" in text
    assert "各园区 2 项承诺中，无数据 1 项、已完成 1 项。" in text
    assert "与 2025 年第二季度相比，变差 0 项，变好 1 项。" in text
    judged = page.judged(client.get("/bulletin/2025-Q3/"))
    assert sorted(element["data-state"] for element in judged.values()) == ["achieved", "no_data"]


def test_every_commitment_target_and_source_of_the_city_is_in_it(client, baseline):
    answer = client.get("/bulletin/2025-Q3/")
    assert len(page.judged(answer)) == Commitment.objects.count() == 29
    assert len(page.judged(answer, "data-target")) > 4
    text = page.text(answer)
    for park in Park.objects.all():
        assert park.name_zh in text
    assert any(link.startswith("/sources/conference-2023/") for link in page.links(answer))


def test_what_it_draws_is_what_it_counts(client, two_parks):
    drawn = bulletin(asked())
    last = drawn.history_rows[-1]
    assert last.quarter == Q and sum(count for _state, count in last.parts) == 2
    html = client.get("/bulletin/2025-Q3/").content.decode()
    bar = re.findall(r'<svg class="state-bar" viewBox="0 0 (\d+) 1".*?</svg>', html)
    assert bar[-1] == "2"


def test_the_same_bulletin_as_known_on_an_earlier_day_stays_as_it_was(client, two_parks):
    ahead, _silent = two_parks
    address = "/bulletin/2025-Q2/?as_of=2025-08-01"
    before = client.get(address).content
    commitment = ahead.commitments.get()
    from parks import workflow
    from tests.factories import make_user, moment

    workflow.reopen(
        park=ahead,
        quarter=Q - 1,
        reason="更正",
        by=make_user(role="reviewer"),
        at=moment(date(2026, 3, 2)),
    )
    approved_report(park=ahead, quarter=Q + 1, figures={commitment: 50})
    assert client.get(address).content == before


def test_a_quarter_that_has_not_ended_has_no_bulletin_and_says_where_one_is(client, baseline):
    answer = client.get("/bulletin/2026-Q4/")
    assert "尚未结束" in page.text(answer) and not page.judged(answer)
    # In a demonstration pages open on the last quarter of 2025.
    assert "/bulletin/2025-Q4/" in page.links(answer)
    assert not page.judged(client.get("/bulletin/2025-Q3/?as_of=2025-09-30"))


@pytest.mark.parametrize("quarter", ["2025-Q5", "2025", "1999-Q4", "x", "2025-q3x"])
def test_an_address_that_names_no_quarter_is_not_found(client, baseline, quarter):
    assert client.get(f"/bulletin/{quarter}/").status_code == 404


def test_the_address_decides_and_not_the_query(client, two_parks):
    text = page.text(client.get("/bulletin/2025-Q3/?quarter=2025-Q2"))
    assert "2025 年第三季度通报" in text and "本页反映 2025 年第三季度" in text


def test_before_anything_was_promised_it_says_so(client, baseline):
    text = page.text(client.get("/bulletin/2023-Q2/?as_of=2023-08-01"))
    assert "还没有已知的承诺" in text


def test_it_costs_the_same_queries_for_many_parks(two_parks, django_assert_max_num_queries):
    with django_assert_max_num_queries(60) as few:
        bulletin(asked())
    for _number in range(5):
        approved_report(
            park=(park := make_park(reports_from="2025-Q2")),
            quarter=Q,
            figures={make_commitment(park=park): 5},
        )
    with django_assert_max_num_queries(len(few.captured_queries)):
        bulletin(asked())
