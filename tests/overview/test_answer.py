"""The overview says at its very top what is worst, since when and whose turn it is."""

import re
from datetime import date

import pytest

from changchun_innovation.overview.answer import answer
from changchun_innovation.overview.queries import overview
from changchun_innovation.shared.quarters import Quarter
from tests import reading_pages as page
from tests.factories import approved_report, make_commitment, make_indicator, make_park

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)


def top(response) -> str:
    """The words between the page's heading and its first section."""
    return page.text(response).split("承诺了什么，做到了哪一步")[1].split("需要关注")[0]


def test_the_answer_names_what_is_behind_since_when_and_who_is_responsible(demo_data, client):
    said = top(client.get("/?quarter=2025-Q4"))
    assert "4 项承诺滞后。" in said
    longest = re.search(r"最久的是(.+?)（自 (\d{4}) 年第.季度起），责任方：(.+?)。", said)
    assert longest, said
    assert "珥光" in longest[1] and longest[2] == "2024" and "长春理工大学" in longest[3]


def test_the_answer_is_the_first_of_the_list_below(demo_data):
    for quarter in (Quarter(2024, 1), Quarter(2025, 4), Quarter(2026, 3)):
        asked = overview(quarter, TODAY)
        first, *_others = asked.answer
        assert asked.attention[0].sentence in first
        assert asked.attention[0].cases[0].words in asked.answer[1]
        assert all(item.sentence in asked.answer[-1] for item in asked.attention[1:3])


def test_where_nothing_needs_a_person_the_page_has_no_answer_to_give(client):
    park = make_park(reports_from="2025-Q4")
    indicator = make_indicator()
    make_commitment(park=park, indicator=indicator, value=10, baseline=0)
    approved_report(park=park, quarter="2025-Q4", figures={indicator.code: 10})
    assert answer(overview(Quarter(2025, 4), TODAY).attention) == ()
    assert 'id="answer"' not in client.get("/?quarter=2025-Q4").content.decode()


def test_a_correction_is_not_said_to_have_lasted(demo_data):
    items = [item for item in overview(Quarter(2024, 4), TODAY).attention if item.rank == "restated"]
    assert items
    assert "最久" not in answer(items)[1] and "更正" in answer(items)[1]
