"""The pages of the parks say what the judge says, and nothing else."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from plotly import graph_objects

from changchun_innovation.shared.numbers import plain
from changchun_innovation.shared.quarters import Quarter
from parks.ledger import Ledger
from parks.models import Park
from tests import reading_pages as page
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

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)
ASKED = Quarter(2025, 4)


def assert_page_agrees_with_judge(response, quarter=ASKED, known_on=TODAY):
    """Every judged value on the page is the judge's; answers how many there are."""
    ledger = Ledger.of(known_on)
    pledges = {pledge.code: pledge for pledge in ledger.pledges}
    shown = page.judged(response)
    for code, element in shown.items():
        judgement = ledger.judgement(pledges[code], quarter)
        assert element["data-value"] == plain(judgement.value), code
        assert element["data-target-value"] == plain(judgement.target), code
        assert element["data-expected"] == plain(judgement.expected), code
        assert element["data-progress"] == plain(judgement.progress), code
        assert element["data-pace"] == plain(judgement.pace), code
        assert element["data-state"] == judgement.state, code
        assert element["data-quarter"] == str(judgement.quarter), code
    return len(shown)


@pytest.fixture
def reporting_park(baseline):
    """长智光谷 has reported four quarters, and corrected one of them."""
    park = Park.objects.get(code="changzhi")
    for quarter, firms in (("2025-Q1", 10), ("2025-Q2", 12), ("2025-Q3", 13), ("2025-Q4", 15)):
        approved_report(
            park=park,
            quarter=quarter,
            figures={"resident-firms": firms, "high-tech-firms": 6, "high-end-talents": 250},
        )
    return park


def test_a_park_page_shows_what_the_judge_says(client, reporting_park):
    response = client.get("/parks/changzhi/")
    assert assert_page_agrees_with_judge(response) == 3
    assert page.judged(response)["changzhi/resident-firms"]["data-value"] == "15"


def test_the_comparison_shows_all_29_commitments_as_the_judge_sees_them(client, reporting_park):
    assert assert_page_agrees_with_judge(client.get("/parks/")) == 29


def test_an_earlier_quarter_is_answered_with_its_own_figures(client, reporting_park):
    response = client.get("/parks/changzhi/?quarter=2025-Q2")
    assert_page_agrees_with_judge(response, Quarter(2025, 2))
    assert page.judged(response)["changzhi/resident-firms"]["data-value"] == "12"


def test_every_commitment_has_its_source_one_click_away_and_its_arithmetic_in_words(client, reporting_park):
    response = client.get("/parks/changzhi/")
    assert "/sources/conference-2023/" in page.links(response)
    text = page.text(response)
    assert "任务进度 =（15 − 0）÷（20 − 0）= 75.00%" in text
    assert "基数未知，按 0 计" in text and "按直线估计应达" in text
    assert "期限 2026 年 8 月 15 日" in text
    assert "原文为“引进企业”" in text


def test_a_figure_that_is_not_approved_is_nowhere_on_the_pages(client, baseline):
    park = Park.objects.get(code="changzhi")
    figures = {"resident-firms": 7773, "high-tech-firms": 7772, "high-end-talents": 7771}
    make_report(park=park, quarter="2025-Q3", figures=figures)
    submitted_report(park=park, quarter="2025-Q4", figures=figures)
    for address in ("/parks/", "/parks/changzhi/", "/targets/parks-high-tech-firms/"):
        assert "777" not in client.get(address).content.decode().replace(",", "")
    assert page.judged(client.get("/parks/changzhi/"))["changzhi/resident-firms"]["data-state"] == "no_data"
    assert "已报待审" in page.text(client.get("/parks/changzhi/"))


def test_a_park_that_never_reported_is_unknown_and_not_zero(client, baseline):
    response = client.get("/parks/jixing/")
    element = page.judged(response)["jixing/projects-introduced"]
    assert (element["data-value"], element["data-progress"], element["data-state"]) == ("", "", "no_data")
    text = page.text(response)
    assert "从未填报" in text and "0.0%" not in text
    assert "尚未要求该园区上报" in text


def test_a_corrected_figure_shows_both_values(client, reporting_park):
    from parks import workflow
    from parks.entry import Entry

    reviewer, manager = make_user(role="reviewer"), make_user(role="park manager", parks=[reporting_park])
    at = moment(date(2026, 3, 2))
    report = workflow.reopen(
        park=reporting_park, quarter=Quarter(2025, 4), reason="重复计算", by=reviewer, at=at
    )
    entries = {
        figure.commitment_id: Entry(
            value=Decimal(14) if figure.commitment.indicator.code == "resident-firms" else figure.value,
            not_applicable=False,
            not_applicable_reason="",
            note="扣除重复计算的一家" if figure.commitment.indicator.code == "resident-firms" else "",
            baseline=None,
        )
        for figure in report.figures.select_related("commitment__indicator")
    }
    workflow.save_figures(report=report, entries=entries, version=report.version, by=manager, at=at)
    report.refresh_from_db()
    workflow.submit(report=report, version=report.version, by=manager, at=at)
    report.refresh_from_db()
    workflow.approve(
        report=report, version=report.version, by=make_user(role="reviewer"), at=moment(date(2026, 3, 5))
    )
    text = page.text(client.get("/parks/changzhi/"))
    assert "第 2 版修订：原为 15 家，现为 14 家" in text and "扣除重复计算的一家" in text
    before = client.get("/parks/changzhi/?as_of=2026-03-01")
    assert page.judged(before)["changzhi/resident-firms"]["data-value"] == "15"
    assert "原为" not in page.text(before)


def test_there_is_one_valid_chart_for_every_commitment_with_table_and_sentence(client, reporting_park):
    response = client.get("/parks/changzhi/")
    charts = page.figures(response)
    assert set(charts) == {"changzhi-resident-firms", "changzhi-high-tech-firms", "changzhi-high-end-talents"}
    for figure in charts.values():
        graph_objects.Figure(figure)
    text = page.text(response)
    assert "入园企业：15 家，与序时进度持平" in text
    assert (
        "2025 年 12 月 31 日为 15 家；按直线估计应达 15 家；承诺到 2026 年 8 月 15 日达到 ≥ 20 家。" in text
    )
    assert text.count("同一组数字的表格") == 3


def test_the_press_stands_beside_the_figures_as_a_hollow_diamond(client, baseline):
    response = client.get("/parks/optoelectronic/")
    traces = page.figures(response)["optoelectronic-resident-firms"]["data"]
    diamonds = [trace for trace in traces if trace.get("marker", {}).get("symbol") == "diamond-open"]
    assert [trace["y"] for trace in diamonds] == [[22.0]]
    # It is shown and never judged.
    assert page.judged(response)["optoelectronic/resident-firms"]["data-value"] == ""
    assert "可信度" in page.text(response)


def test_a_plan_in_the_press_is_not_drawn_as_a_value(client, baseline):
    traces = page.figures(client.get("/parks/erguang/"))["erguang-resident-firms"]["data"]
    assert not [trace for trace in traces if trace.get("marker", {}).get("symbol") == "diamond-open"]
    assert "计划" in page.text(client.get("/parks/erguang/"))


def test_the_history_of_reports_says_what_was_late(client, db):
    park = make_park(reports_from="2025-Q1")
    make_commitment(park=park, indicator=make_indicator(code="firms"))
    late = moment(date(2025, 4, 25))
    approved_report(
        park=park,
        quarter="2025-Q1",
        figures={"firms": 3},
        at=late,
        approved_at=moment(date(2025, 4, 28)),
    )
    text = page.text(client.get(f"/parks/{park.code}/"))
    assert "迟报" in text and "2025 年 4 月 15 日" in text and "2025 年 4 月 28 日" in text
    assert "逾期未报" in text


def test_a_commitment_whose_values_are_stale_names_the_state_it_would_have(client, db):
    park = make_park()
    make_commitment(park=park, indicator=make_indicator(code="firms"), value=20)
    approved_report(park=park, quarter="2025-Q2", figures={"firms": 12})
    response = client.get(f"/parks/{park.code}/")
    assert page.judged(response)[f"{park.code}/firms"]["data-state"] == "stale"
    assert "若未过期" in page.text(response)


def test_when_the_term_is_over_the_page_says_so_and_offers_its_quarters(client, reporting_park):
    response = client.get("/parks/changzhi/?quarter=2026-Q3")
    assert "本页给出的是结果" in page.text(response)
    assert "期限（2026 年 8 月 15 日）在季度中间，按 2026 年第三季度末的数评判" in page.text(response)
    assert "/parks/changzhi/?quarter=2024-Q2" in page.links(response)
    assert "本页给出的是结果" not in page.text(client.get("/parks/changzhi/?quarter=2026-Q2"))


def test_every_commitment_has_its_trend_in_the_table_with_the_pledge_as_a_rule(client, reporting_park):
    response = client.get("/parks/changzhi/?quarter=2025-Q3")
    lines = [each for each in page.elements(response, "class") if each["class"] == "sparkline"]
    assert len(lines) == 3
    (firms,) = [each["aria-label"] for each in lines if "入园企业" in each["aria-label"]]
    assert firms == "入园企业各季度：2025Q1 10、2025Q2 12、2025Q3 13；承诺 ≥ 20 家"
    assert response.content.decode().count('class="pledge"') == 3


def test_the_history_of_reports_holds_the_approved_figures_and_a_dash_where_there_are_none(client, baseline):
    park = Park.objects.get(code="changzhi")
    figures = {"resident-firms": 1234, "high-tech-firms": 0, "high-end-talents": None}
    approved_report(park=park, quarter="2025-Q3", figures=figures)
    submitted_report(park=park, quarter="2025-Q4", figures={**figures, "resident-firms": 1299})
    html = client.get("/parks/changzhi/").content.decode().split('id="report-history"')[1]
    rows = re.findall(r"<tr>(.*?)</tr>", html, re.S)
    cells = {row.split("</a>")[0][-6:]: re.findall(r'<td class="n">([^<]*)</td>', row)[-3:] for row in rows}
    assert cells["2025Q3"] == ["1,234", "0", "不适用"]
    assert cells["2025Q4"] == ["—", "—", "—"]


def test_the_baseline_stands_under_the_target_that_progress_is_counted_to(client, db):
    park = make_park(reports_from="2025-Q4")
    make_commitment(park=park, indicator=make_indicator(code="firms"), value=20, baseline=5)
    approved_report(park=park, quarter="2025-Q4", figures={"firms": 11})
    for address in (f"/parks/{park.code}/", "/parks/"):
        html = client.get(address).content.decode()
        target = re.search(r'<td class="n" data-sort="20">.*?</td>', html, re.S)[0]
        assert "基数 5" in target and "40.0%" in html


def test_the_page_of_a_park_says_who_answers_and_invents_no_number_to_call(client, baseline):
    html = client.get("/parks/changzhi/").content.decode()
    section = html.split('aria-labelledby="contact"')[1].split("</section>")[0]
    assert "长春新区" in section and "长春光学精密机械" in section
    assert "/report-error/?about=changzhi" in section
    assert "没有公布过园区的联系电话" in section and "tel:" not in section


# --- bad input and empty states ------------------------------------------------------------------------------
def test_an_unknown_park_is_no_page(client, baseline):
    assert client.get("/parks/atlantis/").status_code == 404


@pytest.mark.parametrize("address", ["/parks/", "/parks/changzhi/"])
@pytest.mark.parametrize(
    "query", ["quarter=2025-Q9", "quarter=2031-Q1", "as_of=yesterday", "as_of=2031-01-01"]
)
def test_a_bad_parameter_is_a_message_on_a_page_that_works(client, baseline, address, query):
    response = client.get(f"{address}?{query}")
    assert response.status_code == 200
    assert 'class="warning"' in response.content.decode()
    assert page.judged(response)


@pytest.mark.parametrize("address", ["/parks/", "/parks/changzhi/"])
def test_before_the_conference_nothing_was_known(client, baseline, address):
    response = client.get(f"{address}?as_of=2020-01-01")
    assert response.status_code == 200
    assert not page.judged(response)
    assert "还没有" in page.text(response)


def test_without_any_data_the_comparison_says_who_can_load_it(client):
    assert "load_baseline" in page.text(client.get("/parks/"))


def test_filters_show_as_words_that_can_be_removed(client, reporting_park):
    response = client.get("/parks/?park=changzhi&indicator=resident-firms")
    assert "指标：入园企业" in page.text(response)
    assert "/parks/?park=changzhi" in page.links(response)
    listed = response.content.decode().split('id="commitments"')[1]
    assert listed.count("data-commitment=") == 1


def test_an_empty_result_names_the_filter_that_emptied_it(client, reporting_park):
    text = page.text(client.get("/parks/?park=changzhi&state=missed"))
    assert "筛选条件“状态：未完成”之下一项也没有" in text or "筛选条件“状态：未完成" in text
    assert "长智光谷产业园”之下" not in text


def test_an_unknown_filter_value_is_a_message(client, baseline):
    text = page.text(client.get("/parks/?state=wonderful"))
    assert "没有“wonderful”这个值" in text and "全部承诺 29" in text


# --- growth --------------------------------------------------------------------------------------------------
def queries_of(client, address: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as caught:
        assert client.get(address).status_code == 200
    return len(caught)


def grow(parks: int, quarters: int) -> str:
    """Parks with a commitment each and approved quarters; answers the code of the last park."""
    indicator = make_indicator()
    for _number in range(parks):
        park = make_park(reports_from="2025-Q1")
        make_commitment(park=park, indicator=indicator)
        for quarter in Quarter.range(Quarter(2025, 1), Quarter(2025, 1) + (quarters - 1)):
            approved_report(park=park, quarter=quarter, figures={indicator.code: 5})
    return park.code


def test_a_page_costs_the_same_queries_with_many_parks_and_quarters(client, db):
    few = grow(2, 1)
    before = queries_of(client, "/parks/"), queries_of(client, f"/parks/{few}/")
    many = grow(10, 4)
    after = queries_of(client, "/parks/"), queries_of(client, f"/parks/{many}/")
    assert before == after


# --- language ------------------------------------------------------------------------------------------------
def test_the_english_page_carries_the_same_values(client, reporting_park):
    chinese, english = client.get("/parks/changzhi/"), client.get("/parks/changzhi/?lang=en")
    pick = ("data-value", "data-progress", "data-state", "data-expected", "data-pace")
    assert {code: [element[name] for name in pick] for code, element in page.judged(chinese).items()} == {
        code: [element[name] for name in pick] for code, element in page.judged(english).items()
    }
    assert "Changzhi Optics Valley Industrial Park" in page.text(english)
    assert "/parks/?lang=en" in page.links(english)


def test_every_table_of_a_park_has_its_file_and_the_file_agrees(client, reporting_park):
    response = client.get("/parks/changzhi/?quarter=2025-Q2")
    address = "/data/progress.csv?quarter=2025-Q2&park=changzhi"
    assert address in page.links(response)
    lines = b"".join(client.get(address).streaming_content).decode("utf-8-sig").splitlines()
    names = lines[0].split(",")
    values = {
        f"{row[names.index('park_code')]}/{row[names.index('indicator_code')]}": row[names.index("value")]
        for row in (line.split(",") for line in lines[1:])
    }
    assert values == {code: element["data-value"] for code, element in page.judged(response).items()}
