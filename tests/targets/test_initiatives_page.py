"""The page of the promises without a number."""

import pytest

from tests import reading_pages as page

pytestmark = pytest.mark.django_db


def rows(response) -> int:
    return response.content.decode().count("<tr id=")


def test_all_44_initiatives_stand_under_their_measures_with_lead_and_source(client, baseline):
    response = client.get("/initiatives/")
    assert rows(response) == 44
    assert "建设高能级创新平台 8" in page.text(response)
    assert {"/institutions/jl-dst/", "/sources/conference-2023/"} <= page.links(response)


def test_a_filter_narrows_and_can_be_removed(client, baseline):
    response = client.get("/initiatives/?lead=changxing-fund&as_of=2026-01-01")
    assert rows(response) == 6
    assert "牵头单位：长兴基金" in page.text(response)
    assert "/initiatives/?as_of=2026-01-01" in page.links(response)


def test_an_empty_result_says_which_filter_emptied_it(client, baseline):
    text = page.text(client.get("/initiatives/?lead=changxing-fund&status=dropped"))
    assert "筛选条件“状态：已取消”之下一项也没有" in text


def test_an_unknown_status_is_a_message(client, baseline):
    response = client.get("/initiatives/?status=brilliant")
    assert rows(response) == 44 and "没有“brilliant”这个值" in page.text(response)


def test_before_the_conference_there_were_none(client, baseline):
    response = client.get("/initiatives/?as_of=2020-01-01")
    assert rows(response) == 0 and "没有已知的举措" in page.text(response)
