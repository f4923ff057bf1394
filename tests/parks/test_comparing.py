"""Parks held against each other: the numbers are the judge's, the order is said, nothing unknown is ranked."""

import csv
import io
from datetime import date
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern
from plotly import graph_objects

from changchun_innovation.shared.marks import measure
from changchun_innovation.shared.numbers import plain
from changchun_innovation.shared.quarters import Quarter
from parks import urls
from parks.comparing import compared
from parks.ledger import Ledger
from parks.models import Park
from parks.models.pledges import TAKEN_CODES
from tests import reading_pages as page
from tests.factories import (
    approved_report,
    change_terms,
    make_commitment,
    make_indicator,
    make_institution,
    make_park,
    make_user,
    moment,
)

pytestmark = pytest.mark.django_db
PATH = "/parks/compare/"
ASKED = Quarter(2025, 4)


def rows_of(response) -> list:
    return list(response.context["page"].rows)


def order(response) -> list[tuple[int | None, str]]:
    """Places and parks in the order of the page."""
    return [(row.place, row.line.pledge.park.code) for row in rows_of(response)]


def file_link(response, dataset: str = "progress") -> str:
    return next(link for link in page.links(response) if link.startswith(f"/data/{dataset}.csv"))


def file_rows(client, response, dataset: str = "progress") -> list[dict]:
    """The rows of a file that the page leads to."""
    text = b"".join(client.get(file_link(response, dataset)).streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def firms():
    """入园企业 of four parks: 甲 and 乙 reported two years, 丙 stopped after the first, 丁 never reported."""
    indicator = make_indicator(code="firms", kind="cumulative", name_zh="入园企业", name_en="Resident firms")
    university, zone = make_institution(), make_institution(kind="development-zone")
    told = {
        "jia": {"2024-Q4": 10, "2025-Q4": 36},
        "yi": {"2024-Q4": 20, "2025-Q4": 26},
        "bing": {"2024-Q4": 30},
        "ding": {},
    }
    for number, (code, reports) in enumerate(told.items()):
        park = make_park(
            code=code, name_zh=f"{code}园", order=number, academic_partner=university, zone_partner=zone
        )
        make_commitment(park=park, indicator=indicator, value=40)
        for quarter, value in reports.items():
            approved_report(park=park, quarter=quarter, figures={"firms": value})
    return indicator


# --- order -------------------------------------------------------------------------------------------------------
def test_the_park_that_is_furthest_leads_and_the_unknown_stand_after_all_others(client, firms):
    assert order(client.get(PATH)) == [(1, "jia"), (2, "yi"), (None, "bing"), (None, "ding")]


def test_a_park_without_a_number_is_listed_with_its_reason_and_never_as_zero(client, firms):
    response = client.get(PATH)
    words = page.text(response)
    assert "没有名次：bing园（数据过期，为 2024Q4 的数）；ding园（从未填报）。" in words
    assert page.judged(response)["ding/firms"]["data-progress"] == ""
    assert "ding园 0" not in words


def test_parks_that_are_equally_far_share_their_place(client, firms):
    park = make_park(code="wu", order=9)
    make_commitment(park=park, indicator=firms, value=40)
    approved_report(park=park, quarter="2025-Q4", figures={"firms": 36})
    assert order(client.get(PATH))[:3] == [(1, "jia"), (1, "wu"), (3, "yi")]


@pytest.mark.parametrize(
    ("rank", "first"), [("progress", "jia"), ("pace", "jia"), ("change", "jia"), ("value", "jia")]
)
def test_each_order_is_offered_and_kept_in_the_address(client, firms, rank, first):
    response = client.get(PATH, {"rank": rank})
    assert order(response)[0] == (1, first)
    assert f'value="{rank}" selected' in response.content.decode()


def test_ranked_by_change_the_park_that_grew_most_leads_whatever_its_size(client):
    indicator = make_indicator(code="firms")
    for number, (code, before, now) in enumerate((("large", 500, 510), ("small", 3, 23))):
        park = make_park(code=code, order=number)
        make_commitment(park=park, indicator=indicator, value=1000, baseline=0)
        for quarter, value in (("2024-Q4", before), ("2025-Q4", now)):
            approved_report(park=park, quarter=quarter, figures={"firms": value})
    assert order(client.get(PATH, {"rank": "change"})) == [(1, "small"), (2, "large")]
    assert order(client.get(PATH, {"rank": "value"})) == [(1, "large"), (2, "small")]


def test_a_rate_has_no_progress_and_is_not_ranked_by_it(client):
    rate = make_indicator(code="growth", kind="rate", decimals=1, unit_zh="%", unit_en="%")
    park = make_park(code="jia")
    make_commitment(park=park, indicator=rate, value=10)
    approved_report(park=park, quarter="2025-Q4", figures={"growth": "9.5"})
    response = client.get(PATH)
    assert order(response) == [(None, "jia")]
    assert "比率逐年单独评判，没有任务进度" in page.text(response)
    assert order(client.get(PATH, {"show": "actual"})) == [(1, "jia")]


# --- numbers -----------------------------------------------------------------------------------------------------
def test_every_number_of_the_comparison_is_the_judges(client, demo_data):
    ledger = Ledger.of(date(2026, 11, 23))
    pledges = {pledge.code: pledge for pledge in ledger.pledges}
    every = [park.code for park in ledger.parks]
    shown = page.judged(client.get(PATH, {"park": every}))
    assert len(shown) == 29
    for code, element in shown.items():
        judgement = ledger.judgement(pledges[code], ASKED)
        assert element["data-value"] == plain(judgement.value), code
        assert element["data-expected"] == plain(judgement.expected), code
        assert element["data-progress"] == plain(judgement.progress), code
        assert element["data-pace"] == plain(judgement.pace), code
        assert element["data-state"] == judgement.state, code


def test_a_quarter_is_held_against_the_same_quarter_a_year_earlier(client, firms):
    words = page.text(client.get(PATH, {"show": "year"}))
    assert "2025Q4 36 家 · 2024Q4 10 家 · +26 家（+260.0%）" in words
    assert "没有名次：bing园、ding园（2025Q4 没有审定过的数）。" in words


def test_half_a_year_of_revenue_is_held_against_half_a_year_and_judged_by_four_quarters(client):
    revenue = make_indicator(code="revenue", kind="annual", unit_zh="亿元")
    park = make_park(code="jia")
    make_commitment(park=park, indicator=revenue, value=100, baseline=10)
    for quarter, value in (("2024-Q2", 20), ("2024-Q4", 50), ("2025-Q2", 32)):
        approved_report(park=park, quarter=quarter, figures={"revenue": value})
    asked = {"quarter": "2025-Q2"}
    # 32 this year + 50 last year − 20 to then
    assert "近四个季度合计 62 亿元" in page.text(client.get(PATH, asked))
    year = client.get(PATH, {**asked, "show": "year"})
    assert "今年以来，2025Q2 32 亿元 · 2024Q2 20 亿元 · +12 亿元（+60.0%）" in page.text(year)
    [row] = rows_of(year)
    # Not drawn against the pledge for a whole year.
    assert row.measure.goal is None


def test_a_figure_from_zero_has_a_change_and_no_growth_in_percent(client):
    park = make_park(code="jia")
    make_commitment(park=park, indicator=make_indicator(code="firms", kind="cumulative"), value=10)
    for quarter, value in (("2024-Q4", 0), ("2025-Q4", 4)):
        approved_report(park=park, quarter=quarter, figures={"firms": value})
    [row] = rows_of(client.get(PATH, {"show": "year"}))
    assert (row.year.change, row.year.growth) == (Decimal(4), None)


def test_a_total_is_not_held_against_a_time_before_its_pledge(client):
    park = make_park(code="jia")
    late = date(2025, 2, 1)
    make_commitment(
        park=park, indicator=make_indicator(code="firms", kind="cumulative"), value=10, start_on=late
    )
    approved_report(park=park, quarter="2025-Q4", figures={"firms": 4})
    assert "2024Q4 早于承诺的起始" in page.text(client.get(PATH, {"show": "year"}))


def test_a_total_of_the_next_term_is_not_held_against_that_of_the_last_one(client):
    park = make_park(code="jia")
    ends = date(2025, 6, 30)
    first = make_commitment(
        park=park, indicator=make_indicator(code="firms", kind="cumulative"), value=10, due_on=ends
    )
    change_terms(commitment=first, value=12, known_from=ends, start_on=ends, due_on=date(2028, 6, 30))
    for quarter, value in (("2024-Q4", 9), ("2025-Q4", 3)):
        approved_report(park=park, quarter=quarter, figures={"firms": value})
    [row] = rows_of(client.get(PATH, {"show": "year"}))
    assert (row.year.now, row.year.before, row.year.change) == (Decimal(3), None, None)
    assert row.unranked == "2024Q4 早于承诺的起始"


def test_a_figure_that_was_approved_later_is_unknown_on_an_earlier_day(client, firms):
    park = make_park(code="wu", order=9)
    make_commitment(park=park, indicator=firms, value=40)
    approved_report(park=park, quarter="2025-Q4", figures={"firms": 39}, approved_at=moment(date(2026, 3, 2)))
    assert order(client.get(PATH))[0] == (1, "wu")
    assert (None, "wu") in order(client.get(PATH, {"as_of": "2026-03-01"}))


# --- what is chosen ----------------------------------------------------------------------------------------------
def test_without_a_choice_the_indicator_of_most_parks_is_shown_and_said(client, demo_data):
    response = client.get(PATH)
    assert {row.line.pledge.indicator.code for row in rows_of(response)} == {"high-tech-firms"}
    assert "没有选择指标与园区，先看承诺园区最多的一项：高新技术企业。" in page.text(response)


def test_the_indicators_of_one_park_stand_on_one_axis_and_those_of_several_in_panels_of_their_own(
    client, demo_data
):
    [panel] = client.get(PATH, {"park": "jixing"}).context["page"].panels
    assert panel.by_park
    assert {row.label for row in panel.ranked} == {"高新技术企业", "引进入园项目", "孵化科技企业"}
    panels = client.get(PATH, {"park": ["jixing", "tcm"]}).context["page"].panels
    assert all(not each.by_park for each in panels)
    assert "high-tech-firms" in {each.code for each in panels}


CHOICES = [
    {},
    {"indicator": ["high-tech-firms", "revenue"]},
    {"park": ["jixing"], "show": ["actual"]},
    {"indicator": ["revenue"], "quarter": ["2025-Q2"]},
    {"park": ["tcm", "optoelectronic"], "quarter": ["2026-Q3"], "as_of": ["2026-11-01"], "show": ["year"]},
]


@pytest.mark.parametrize("chosen", CHOICES, ids=str)
def test_the_file_beside_the_comparison_holds_the_same_commitments_and_judgements(client, demo_data, chosen):
    response = client.get(PATH, chosen)
    shown = {row.line.code: plain(row.line.judgement.progress) for row in rows_of(response)}
    rows = file_rows(client, response)
    assert shown
    assert {f"{row['park_code']}/{row['indicator_code']}": row["progress"] for row in rows} == shown
    assert len(rows) == len(rows_of(response))


@pytest.mark.parametrize("chosen", CHOICES, ids=str)
def test_the_file_beside_a_change_over_a_year_holds_both_figures(client, demo_data, chosen):
    response = client.get(PATH, {**chosen, "show": "year"})
    figures = {
        (f"{row['park_code']}/{row['indicator_code']}", row["quarter"]): row["value"]
        for row in file_rows(client, response, "figures")
    }
    for row in rows_of(response):
        for quarter, value in ((row.year.quarter, row.year.now), (row.year.earlier, row.year.before)):
            assert figures.get((row.line.code, str(quarter)), "") == plain(value)


def test_the_file_keeps_the_day_and_the_language_that_were_asked_for(client, demo_data):
    link = file_link(client.get(PATH, {"as_of": "2026-03-01", "lang": "en", "indicator": "revenue"}))
    assert parse_qs(urlsplit(link).query) == {
        "as_of": ["2026-03-01"],
        "lang": ["en"],
        "indicator": ["revenue"],
        "quarter": ["2025-Q4"],
    }


def test_what_is_chosen_stands_as_words_that_can_be_taken_away(client, demo_data):
    response = client.get(PATH, {"indicator": "revenue", "park": "tcm", "show": "actual"})
    links = page.links(response)
    assert f"{PATH}?park=tcm&show=actual" in links
    assert f"{PATH}?indicator=revenue&show=actual" in links


def test_a_choice_that_nothing_answers_says_which_filter_emptied_it(client, demo_data):
    response = client.get(PATH, {"park": "jixing", "indicator": "revenue"})
    words = page.text(response)
    assert "没有符合条件的承诺" in words
    assert "指标：营业收入" in words and "所属园区：吉兴产业园" in words
    assert PATH in page.links(response)


@pytest.mark.parametrize(
    "query", [{"show": "best"}, {"rank": "luck"}, {"park": "atlantis"}, {"indicator": "gold"}], ids=str
)
def test_a_word_that_means_nothing_is_a_message_on_a_page_that_still_answers(client, demo_data, query):
    response = client.get(PATH, query)
    [[_name, word]] = query.items()
    assert f"“{word}”" in page.text(response)
    assert rows_of(response)


def test_a_quarter_before_the_promises_has_nothing_to_compare_and_says_so(client, demo_data):
    response = client.get(PATH, {"quarter": "2023-Q1"})
    assert "截至这一季度还没有开始的承诺" in page.text(response)


def test_no_park_can_be_given_a_code_that_is_a_page(db):
    words = {
        str(entry.pattern).strip("/")
        for entry in urls.urlpatterns
        if isinstance(entry, URLPattern) and "<" not in str(entry.pattern)
    } - {""}
    assert words <= TAKEN_CODES
    park = Park(code="compare", name_zh="园", name_en="Park")
    with pytest.raises(ValidationError) as refused:
        park.full_clean()
    assert "不能用作园区代码" in str(refused.value)


# --- drawn -------------------------------------------------------------------------------------------------------
def test_bars_and_numbers_stand_in_the_page_before_any_script_runs(client, firms):
    html = client.get(PATH, {"show": "actual"}).content.decode()
    bars = html.split('id="ranking"')[1].split('id="numbers"')[0]
    # 36 and 26 of the 40 that were promised, on one axis.
    assert 'class="fill" x="0" y="4" width="90.00%"' in bars
    assert 'class="fill" x="0" y="4" width="65.00%"' in bars
    assert "现值 36 家 · 按直线估计应达 31 家 · 承诺 ≥ 40 家" in bars


def test_an_unknown_number_is_no_bar_of_no_length():
    drawn = measure(None, Decimal(3), None, Decimal(10))
    assert (drawn.bar, drawn.mark, drawn.goal) == (None, "30.00%", None)
    assert measure(Decimal(0), None, None, Decimal(0)).bar == "0.00%"


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("show", ["progress", "actual", "year"])
@pytest.mark.parametrize("park", [[], ["jixing"], ["jixing", "tcm", "optoelectronic"]], ids=str)
def test_every_figure_of_the_comparison_is_one_that_plotly_draws(client, demo_data, show, park, lang):
    figures = page.figures(client.get(PATH, {"show": show, "park": park, "lang": lang}))
    assert figures
    for figure in figures.values():
        graph_objects.Figure(figure)


def test_the_figure_breaks_where_no_quarter_was_approved(client, firms):
    [figure] = page.figures(client.get(PATH, {"show": "actual"})).values()
    leader = figure["data"][-1]
    assert [value for value in leader["y"] if value is not None] == [10.0, 36.0]
    assert None in leader["y"]


def test_shares_keep_one_axis_over_all_panels(client, demo_data):
    figures = page.figures(client.get(PATH, {"park": ["jixing", "tcm", "changzhi"]}))
    assert len({tuple(figure["layout"]["yaxis"]["range"]) for figure in figures.values()}) == 1


# --- a large city ------------------------------------------------------------------------------------------------
@pytest.fixture
def eighty_parks(db):
    indicator = make_indicator(code="firms", kind="cumulative")
    university, zone = make_institution(), make_institution(kind="development-zone")
    manager, reviewer = make_user(role="park manager"), make_user(role="reviewer")
    for number in range(80):
        park = make_park(
            code=f"park-{number:02}", order=number, academic_partner=university, zone_partner=zone
        )
        park.park_managers.create(user=manager)
        make_commitment(park=park, indicator=indicator, value=100)
        approved_report(
            park=park, quarter="2025-Q4", figures={"firms": number + 1}, by=manager, reviewer=reviewer
        )


def test_of_eighty_parks_the_first_and_the_last_are_drawn_and_all_are_in_the_table(client, eighty_parks):
    response = client.get(PATH)
    bars = response.content.decode().split('id="ranking"')[1].split('id="numbers"')[0]
    assert bars.count("<li value=") == 10
    assert "其间 70 项未画出" in page.text(response)
    assert len(page.judged(response)) == 80
    everything = client.get(PATH, {"all": "1"}).content.decode()
    assert everything.split('id="ranking"')[1].split('id="numbers"')[0].count("<li value=") == 80


def test_the_comparison_costs_the_same_queries_whatever_is_compared(client, eighty_parks):
    def cost(query: dict) -> int:
        with CaptureQueriesContext(connection) as caught:
            client.get(PATH, query)
        return len(caught)

    few = cost({"park": "park-01"})
    assert cost({"park": "park-01", "show": "year"}) == few
    assert cost({"all": "1", "show": "actual", "rank": "change"}) == few


def test_the_same_question_has_the_same_answer_without_a_page(firms):
    answer = compared(ASKED, date(2026, 11, 23), QueryDict("show=year"))
    assert [(row.place, row.line.pledge.park.code) for row in answer.rows][:2] == [(1, "jia"), (2, "yi")]


# --- the way there -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", ["/", "/parks/"])
def test_every_indicator_of_a_matrix_leads_to_its_comparison(client, demo_data, path):
    links = page.links(client.get(path, {"quarter": "2025-Q3"}))
    for code in {pledge.indicator.code for pledge in Ledger.of(date(2026, 11, 23)).pledges}:
        assert f"{PATH}?quarter=2025-Q3&indicator={code}" in links


def test_the_list_of_the_parks_leads_to_the_comparison(client, demo_data):
    assert f"{PATH}?as_of=2026-03-01" in page.links(client.get("/parks/", {"as_of": "2026-03-01"}))
