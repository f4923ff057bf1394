"""The pages of the targets: what was promised, what was published, what it says."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from plotly import graph_objects

from changchun_innovation.shared.numbers import plain
from changchun_innovation.shared.quarters import Quarter
from targets.models import Indicator
from targets.queries import promises
from tests import reading_pages as page
from tests.factories import (
    approved_report,
    make_commitment,
    make_indicator,
    make_joint_link,
    make_park,
    make_reading,
    make_target,
    moment,
)

pytestmark = pytest.mark.django_db
TODAY, ASKED = date(2026, 11, 23), Quarter(2025, 4)


def target(client, code: str, query: str = "") -> tuple[dict, str]:
    """The judged values of a target's page, and its text."""
    response = client.get(f"/targets/{code}/{query}")
    assert response.status_code == 200
    return page.judged(response, "data-target")[code], page.text(response)


def test_the_list_shows_all_14_targets_as_the_judge_sees_them(client, baseline):
    response = client.get("/targets/")
    shown = page.judged(response, "data-target")
    assert len(shown) == 14
    for promise in promises(TODAY):
        if not promise.is_joint:
            judgement = promise.judgement(ASKED)
            element = shown[promise.code]
            assert (element["data-value"], element["data-state"]) == (plain(judgement.value), judgement.state)
            assert element["data-progress"] == plain(judgement.progress)
    assert "/sources/conference-2023/" in page.links(response)


def test_results_transferred_are_achieved_and_were_not_known_to_be_at_the_end_of_2025(client, baseline):
    element, text = target(client, "city-transferred-results")
    assert (element["data-value"], element["data-state"]) == ("4000", "achieved")
    assert "超过 4,000 项" in text and "下限已足以证明达到目标（> 4,000 项）" in text
    element, text = target(client, "city-transferred-results", "?as_of=2025-12-31")
    assert element["data-state"] != "achieved"
    assert "3,509" not in text


def test_technology_smes_are_achieved_by_the_exact_later_value(client, baseline):
    element, text = target(client, "city-tech-smes")
    assert (element["data-value"], element["data-state"]) == ("6934", "achieved")
    assert "据此评判" in text and "推算 4,598 家" in text and "可信度" in text


def test_srdi_firms_are_stale_since_the_end_of_2023(client, baseline):
    element, text = target(client, "city-srdi-smes")
    assert (element["data-value"], element["data-state"]) == ("1452", "stale")
    assert "2023 年 12 月 31 日" in text and "若未过期" in text


def test_growth_of_research_spending_has_no_data_in_any_year(client, baseline):
    element, text = target(client, "city-rd-growth")
    assert (element["data-value"], element["data-state"]) == ("", "no_data")
    assert "逐年评判 3" in text and text.count("没有公布") >= 3
    assert "还没有公布数据" in text and "0.0%" not in text


def test_every_year_of_a_rate_is_judged_alone(client, db):
    indicator = make_indicator(kind="rate", decimals=1, unit_zh="%", unit_en="%")
    make_target(code="growth", indicator=indicator, value=10, comparator="gt")
    for year, value in ((2023, "12.5"), (2024, "8.2")):
        make_reading(
            indicator=indicator,
            value=value,
            period_start=date(year, 1, 1),
            period_end=date(year, 12, 31),
        )
    response = client.get("/targets/growth/")
    years = response.content.decode().split('id="years"')[1].split("</table>")[0]
    assert [
        years.index(word) for word in ("2025", "没有公布", "2024", "8.2", "预警", "2023", "12.5", "已完成")
    ] == sorted(
        years.index(word) for word in ("2025", "没有公布", "2024", "8.2", "预警", "2023", "12.5", "已完成")
    )
    element = page.judged(response, "data-target")["growth"]
    assert element["data-progress"] == "" and element["data-pace"] == ""


def test_a_question_after_the_term_is_answered_for_its_last_quarter_and_says_so(client, baseline):
    element, text = target(client, "city-tech-smes", "?quarter=2026-Q2")
    assert element["data-quarter"] == "2025-Q4"
    assert "期限已过，按 2025 年第四季度回答。" in text
    assert "期限已过" not in target(client, "city-tech-smes", "?quarter=2025-Q4")[1]
    assert "按 2025Q4 回答" in page.text(client.get("/targets/?quarter=2026-Q2"))


def test_readings_before_the_start_are_shown_and_say_that_they_are_not_judged(client, baseline):
    _element, text = target(client, "city-transferred-results")
    assert "早于目标起始日，只作参考" in text and "560" in text


def test_a_partial_year_is_no_year(client, baseline):
    _element, text = target(client, "city-tech-smes")
    assert "早于目标起始日" in text
    indicator = make_indicator(kind="annual")
    make_target(code="half", indicator=indicator, value=10)
    make_reading(indicator=indicator, value=6, period_start=date(2025, 1, 1), period_end=date(2025, 6, 30))
    element, text = target(client, "half")
    assert element["data-state"] == "no_data" and "不是整个日历年，不评判" in text


def test_a_target_that_only_a_derived_value_satisfies_is_achieved_by_it_in_words(client, db):
    indicator = make_indicator()
    make_target(code="derived", indicator=indicator, value=10)
    make_reading(indicator=indicator, value=12, period_end=date(2025, 9, 30), qualifier="derived")
    element, text = target(client, "derived")
    assert element["data-state"] == "achieved" and "推算值达到目标" in text and "依据推算值" in text


@pytest.mark.parametrize("code", ["city-transferred-results", "city-tech-smes", "city-srdi-smes"])
def test_the_chart_of_a_target_is_valid_and_has_its_table(client, baseline, code):
    response = client.get(f"/targets/{code}/")
    (figure,) = page.figures(response).values()
    graph_objects.Figure(figure)
    assert "同一组数字的表格" in page.text(response)


# --- joint pledges -------------------------------------------------------------------------------------------
def test_high_tech_firms_cover_90_of_100(client, baseline):
    _element, text = target(client, "parks-high-tech-firms")
    assert "7 个园区自己承诺的合计为 90 家，占共同承诺 100 家的 90.0%" in text
    assert "还有 10 家没有任何园区承诺" in text and "缺口 10" in text


def test_talents_cover_1800_of_2000(client, baseline):
    _element, text = target(client, "parks-high-end-talents")
    assert "4 个园区自己承诺的合计为 1,800 人，占共同承诺 2,000 人的 90.0%" in text


def test_partly_comparable_pledges_are_a_second_sentence_and_never_added(client, baseline):
    _element, text = target(client, "parks-firms-incubated")
    assert "1 个园区自己承诺的合计为 50 家" in text
    assert "部分可比的承诺（入园企业）合计 168 家；若与可比部分相加，承诺为 218 家" in text
    # The press speaks of resident firms; it stands beside.
    assert "一期入驻企业" in text


@pytest.fixture
def two_of_three(db):
    """Three parks pledged 40 firms each towards 100; two of them have reported."""
    indicator = make_indicator(code="firms")
    joint = make_target(
        code="joint", indicator=indicator, scope="first-batch-parks", due_on=date(2026, 8, 15), value=100
    )
    make_joint_link(target=joint, indicator=indicator)
    for name, value in (("甲园", 30), ("乙园", 34), ("丙园", None)):
        park = make_park(name_zh=name)
        make_commitment(park=park, indicator=indicator, value=40)
        if value is not None:
            approved_report(
                park=park, quarter="2025-Q4", figures={"firms": value}, approved_at=moment(date(2026, 1, 12))
            )
    return joint


def test_an_incomplete_sum_is_a_lower_bound_and_names_who_is_missing(client, two_of_three):
    element, text = target(client, "joint")
    assert (element["data-state"], element["data-value"]) == ("no_data", "")
    assert "≥ 64 家" in text and "2/3 个园区有数" in text
    assert "缺数的园区：丙园" in text and "有数的园区（2/3）合计 ≥ 64 家" in text
    figure = page.figures(client.get("/targets/joint/"))["joint-sum"]
    graph_objects.Figure(figure)


def test_the_sum_of_the_parks_stands_beside_a_published_value(client, two_of_three):
    make_reading(
        indicator=Indicator.objects.get(code="firms"),
        value=Decimal(70),
        period_end=date(2025, 12, 31),
        scope="first-batch-parks",
    )
    element, text = target(client, "joint")
    assert element["data-value"] == "70" and "有数的园区（2/3）合计 ≥ 64 家" in text


def test_every_park_of_a_joint_pledge_stands_with_its_own_judgement(client, baseline):
    response = client.get("/targets/parks-high-tech-firms/")
    assert len(page.judged(response)) == 7


# --- bad input, empty states, growth -------------------------------------------------------------------------
def test_an_unknown_target_is_no_page(client, baseline):
    assert client.get("/targets/moon-base/").status_code == 404


def test_a_target_that_was_not_known_yet_has_a_page_that_says_so(client, baseline):
    response = client.get("/targets/city-tech-smes/?as_of=2020-01-01")
    assert response.status_code == 200 and "还没有人知道这项目标" in page.text(response)


def test_before_the_conference_the_list_is_empty_and_says_why(client, baseline):
    text = page.text(client.get("/targets/?as_of=2020-01-01"))
    assert "截至这一天还没有已知的目标" in text and "100.0%" not in text


@pytest.mark.parametrize(
    "address", ["/targets/", "/targets/city-tech-smes/", "/targets/parks-high-tech-firms/"]
)
@pytest.mark.parametrize("query", ["quarter=2025-Q9", "as_of=yesterday", "as_of=2031-01-01"])
def test_a_bad_parameter_is_a_message_on_a_page_that_works(client, baseline, address, query):
    response = client.get(f"{address}?{query}")
    assert response.status_code == 200 and 'class="warning"' in response.content.decode()


def test_without_any_data_the_list_stands(client):
    assert "load_baseline" in page.text(client.get("/targets/"))


def test_the_filter_of_the_list_names_what_it_emptied(client, baseline):
    assert len(page.judged(client.get("/targets/?state=stale"), "data-target")) == 1
    text = page.text(client.get("/targets/?state=too_early"))
    assert "共有 14 项目标，筛选条件“状态：尚早”之下一项也没有" in text


def test_a_joint_pledge_costs_the_same_queries_with_many_parks_and_quarters(client, db):
    indicator = make_indicator(code="firms")
    joint = make_target(
        code="joint", indicator=indicator, scope="first-batch-parks", due_on=date(2026, 8, 15)
    )
    make_joint_link(target=joint, indicator=indicator)

    def grow(parks, quarters):
        for _number in range(parks):
            park = make_park()
            make_commitment(park=park, indicator=indicator)
            for number in range(1, quarters + 1):
                approved_report(park=park, quarter=f"2025-Q{number}", figures={"firms": 5})
        answers = []
        for address in ("/targets/", "/targets/joint/"):
            with CaptureQueriesContext(connection) as caught:
                assert client.get(address).status_code == 200
            answers.append(len(caught))
        return answers

    assert grow(2, 1) == grow(8, 3)


def test_english_pages_carry_the_same_values(client, baseline):
    chinese = page.judged(client.get("/targets/"), "data-target")
    english = page.judged(client.get("/targets/?lang=en"), "data-target")
    assert {code: element["data-value"] for code, element in chinese.items()} == {
        code: element["data-value"] for code, element in english.items()
    }
    assert "Technology-based SMEs" in page.text(client.get("/targets/?lang=en"))
