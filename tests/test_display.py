"""What readers see of a number, a day, a state, a report, a link and a chart."""

import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.http import HttpResponse
from django.template import Context, Template
from django.test import RequestFactory
from django.urls import include, path
from django.utils import translation

from changchun_innovation.overview.gallery import _judgements
from changchun_innovation.shared import marks, wording
from changchun_innovation.shared.params import asked_of
from changchun_innovation.shared.progress import Comparator, Missing, Qualifier, Standing, State
from changchun_innovation.shared.quarters import Quarter
from changchun_innovation.shared.why import Link, Why
from changchun_innovation.templatetags.drawn import REPORT_SHAPES, SHAPES


def _page(request, **_kwargs):
    return HttpResponse()


urlpatterns = [
    path("", _page, name="home"),
    path("changes/", _page, name="changes"),
    path("report-error/", _page, name="report-error"),
    path(
        "parks/", include(([path("", _page, name="list"), path("<slug:code>/", _page, name="park")], "parks"))
    ),
    path("sources/", include(([path("<slug:code>/", _page, name="source")], "sources"))),
    path("data/", include(([path("", _page, name="index")], "data"))),
]
pytestmark = pytest.mark.urls(__name__)


def render(text, address="/parks/", **context):
    request = RequestFactory().get(address)
    context = {"request": request, "asked": asked_of(request), **context}
    return Template("{% load i18n display %}" + text).render(Context(context))


@pytest.fixture
def in_english():
    with translation.override("en"):
        yield


# --- numbers, days, quarters ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("value", "decimals", "written"),
    [
        (Decimal("1234.50"), None, "1,234.5"),
        (1234, None, "1,234"),
        (Decimal("1200"), None, "1,200"),
        (Decimal("0"), None, "0"),
        (Decimal("-0.00"), 2, "0.00"),
        (Decimal("-1234.5"), 1, "−1,234.5"),
        (Decimal("2.345"), 2, "2.34"),
        (Decimal("1E+3"), None, "1,000"),
        ("", None, "—"),
        (None, 2, "—"),
        ("letters", None, "letters"),
    ],
)
def test_a_number_has_separators_and_an_unknown_one_is_a_dash(value, decimals, written):
    assert wording.number_text(value, decimals) == written


@pytest.mark.parametrize(
    ("value", "chinese", "english"),
    [
        (9999, "9,999", "9,999"),
        (12345, "1.23万", "12,345"),
        (35000, "3.5万", "35,000"),
        (-35000, "−3.5万", "−35,000"),
        (99999999, "1亿", "100 million"),
        (350000000, "3.5亿", "350 million"),
        (3500000000, "35亿", "3.5 billion"),
        (0, "0", "0"),
        (None, "—", "—"),
    ],
)
def test_large_numbers_are_counted_in_wan_and_yi_or_in_millions(value, chinese, english):
    assert wording.short_number_text(value) == chinese
    with translation.override("en"):
        assert wording.short_number_text(value) == english


def test_the_exact_number_behind_a_short_one_can_be_reached_by_keyboard():
    html = render("{% short_amount 123456789 unit='元' %}")
    assert 'value="123456789"' in html
    assert 'tabindex="0"' in html
    assert "1.23亿元" in html
    assert "123,456,789 元" in html


def test_progress_below_the_target_is_never_rounded_up_to_one_hundred_percent():
    assert wording.percent_text(Decimal("0.9996")) == "99.9%"
    assert wording.percent_text(Decimal("1")) == "100.0%"
    assert wording.percent_text(Decimal("-0.0667")) == "−6.7%"
    assert wording.percent_text(Decimal("0")) == "0.0%"
    assert wording.percent_text(None) == "—"


def test_a_pace_just_below_the_limit_is_not_shown_as_the_limit():
    assert render("{{ pace|percent2 }}", pace=Decimal("0.8996")) == "89.96%"


def test_days_and_quarters_are_written_as_an_office_writes_them():
    assert wording.day_text(date(2025, 10, 15)) == "2025 年 10 月 15 日"
    assert wording.day_text("2025-10-15") == "2025 年 10 月 15 日"
    assert wording.quarter_text(Quarter(2025, 3)) == "2025 年第三季度"
    assert wording.quarter_axis("2025-Q3") == "2025Q3"
    assert wording.quarter_text("2025-Q9") == "2025-Q9"
    assert wording.day_text(None) == "—"


def test_days_and_quarters_in_english(in_english):
    assert wording.day_text(date(2025, 10, 5)) == "5 Oct 2025"
    assert wording.quarter_text("2025-Q3") == "Q3 2025"


def test_a_moment_late_in_the_evening_of_london_is_the_next_day_in_changchun():
    assert wording.moment_text(datetime(2025, 10, 14, 18, 5, tzinfo=UTC)) == "2025 年 10 月 15 日 02:05"
    assert wording.day_text(datetime(2025, 10, 14, 18, 5, tzinfo=UTC)) == "2025 年 10 月 15 日"


def test_zero_is_a_value_and_unknown_says_why():
    assert render("{{ v|unknown:'尚未填报' }}", v=0) == "0"
    html = render("{{ v|unknown:'尚未填报' }}", v=None)
    assert "—" in html
    assert "尚未填报" in html
    assert "未知" in render("{{ v|unknown }}", v=None)


def test_a_difference_carries_its_sign():
    assert [wording.signed_text(v) for v in (3, -3, 0, None)] == ["+3", "−3", "0", "—"]


# --- states and values ---------------------------------------------------------------------------------------
def test_every_state_of_the_judge_has_its_own_word_and_its_own_shape():
    assert set(SHAPES) == set(wording.STATE_WORDS) == {str(state) for state in State}
    assert len({str(word) for word in wording.STATE_WORDS.values()}) == len(State)
    assert len(set(SHAPES.values())) == len(State)


def test_every_reason_qualifier_and_sign_of_the_judge_has_words():
    assert set(wording.MISSING_WORDS) == {str(reason) for reason in Missing}
    assert set(wording.QUALIFIER_WORDS) == {str(q) for q in Qualifier} - {"exact"}
    assert set(wording.COMPARATOR_SIGNS) == {str(c) for c in Comparator}
    assert set(wording.REPORT_WORDS) == set(REPORT_SHAPES)
    assert {str(s) for s in Standing} - {"approved"} <= set(wording.REPORT_WORDS)
    assert len(set(REPORT_SHAPES.values())) == len(REPORT_SHAPES)


def test_stale_data_names_the_state_it_would_have_and_no_data_its_reason():
    assert "若未过期：正常" in render("{% state_mark 'stale' fresh='on_track' %}")
    assert "已报待审" in render("{% state_mark 'no_data' reason=r %}", r="已报待审")
    assert "正常" not in render("{% state_mark 'stale' fresh='on_track' compact=True %}")


def test_of_a_value_that_others_publish_nobody_is_said_not_to_have_reported():
    silent = next(j for _t, j in _judgements() if j.missing == "never_reported")
    assert "从未填报" in render("{% judgement_mark j %}", j=silent)
    published = render("{% judgement_mark j published=True %}{{ j.missing|missing_word:True }}", j=silent)
    assert published.count("尚无公布数据") == 2
    assert "填报" not in published


def test_the_gallery_shows_every_state():
    assert {j.state for _text, j in _judgements()} == set(State)


def test_a_target_shows_its_sign_its_unit_and_the_way_to_its_source():
    html = render("{% amount 4000 unit='项' comparator='gt' source='conference-2023' %}")
    assert 'href="/sources/conference-2023/" title="来源：conference-2023"' in html
    assert "&gt; 4,000" in html
    assert "项" in html
    assert 'value="4000"' in html


@pytest.mark.parametrize(
    ("unit", "one"),
    [
        ("firms", "firm"),
        ("institutes", "institute"),
        ("bodies", "body"),
        ("people", "person"),
        ("maker spaces", "maker space"),
        ("firms/teams", "firms/teams"),
        ("100m yuan", "100m yuan"),
        ("10,000 m²", "10,000 m²"),
        ("%", "%"),
    ],
)
def test_one_of_anything_is_written_in_the_singular_in_english(unit, one):
    with translation.override("en"):
        assert wording.unit_text(unit, Decimal("1.0000")) == one
        assert {wording.unit_text(unit, n) for n in (0, 2, -1, Decimal("1.5"), None)} == {unit}
        assert wording.unit_text(unit, 1, decimals=1) == unit, "1.0 is written of a measure, not of a count"
        assert one in render("{% amount 1 unit=u %}", u=unit)
    assert wording.unit_text("家", 1) == "家"


def test_a_lower_bound_is_said_in_words_and_an_exact_value_needs_none():
    assert "至少 4,000" in render("{% amount 4000 qualifier='at-least' %}")
    assert ">4,000<" in render("{% amount 4000 qualifier='exact' %}")
    assert "尚未填报" in render("{% amount None missing='尚未填报' source='conference-2023' %}")


def test_a_judged_value_can_be_found_by_a_script_and_unknown_numbers_are_empty():
    known, unknown = _judgements()[2][1], next(j for _t, j in _judgements() if j.state == "no_data")
    html = render("<i{% data_attributes j commitment='jixing/revenue' %}></i>", j=known)
    assert 'data-commitment="jixing/revenue"' in html
    assert 'data-value="41" data-target-value="60" data-expected="42" data-progress="0.6833"' in html
    assert 'data-state="on_track" data-quarter="2025-Q3"' in html
    html = render("<i{% data_attributes j target='city-x' %}></i>", j=unknown)
    assert 'data-target="city-x" data-value="" data-target-value="20"' in html
    assert 'data-progress="" data-pace=""' in html


# --- drawings ------------------------------------------------------------------------------------------------
def test_unknown_progress_draws_no_bar_while_zero_progress_draws_one_of_no_length():
    assert marks.bullet(None, Decimal("0.5")).bar is None
    assert marks.bullet(Decimal(0), Decimal("0.5")).bar == "0.00%"


def test_the_bar_is_cut_beyond_the_scale_and_says_so():
    cut = marks.bullet(Decimal("1.6"), Decimal("0.6"))
    assert (cut.bar, cut.target, cut.elapsed, cut.beyond, cut.below) == (
        "100.00%",
        "83.33%",
        "50.00%",
        True,
        False,
    )
    assert marks.bullet(Decimal("-0.1"), None).below
    assert "160.0%" in render("{% bullet 1.6 0.6 'achieved' %}")


def test_progress_and_elapsed_time_stand_side_by_side():
    html = render("{% bullet p e 'watch' %}", p=Decimal("0.55"), e=Decimal("0.709"))
    assert re.search(r"任务进度 <b>55.0%</b> · 时间进度 70.9%", html)
    assert 'aria-label="任务进度 55.0% · 时间进度 70.9%"' in html


def test_an_expected_mark_of_its_own_is_drawn_only_for_milestones():
    line, milestones = _judgements()[2][1], _judgements()[4][1]
    assert 'class="expected"' not in render("{% judgement_bullet j %}", j=line)
    assert 'class="expected"' in render("{% judgement_bullet j %}", j=milestones)


def test_ninety_pledged_of_one_hundred_is_a_gap_of_ten_before_anyone_reported():
    drawn = marks.coverage(Decimal(90), None, Decimal(100))
    assert (drawn.pledged, drawn.gap, drawn.gap_width, drawn.reported) == ("90.00%", 10, "10.00%", None)
    html = render("{% coverage_bar 90 64 100 unit='家' at_least=True summed='6 / 7' %}")
    assert re.search(r"缺口 <b>10</b>", html)
    assert re.search(r"≥ 64</b> <small>\(6 / 7\)", html)


def test_pledges_beyond_the_joint_pledge_leave_no_gap():
    drawn = marks.coverage(Decimal(130), Decimal(118), Decimal(100))
    assert (drawn.gap, drawn.gap_width, drawn.target) == (0, None, "76.92%")
    assert "缺口" not in render("{% coverage_bar 130 118 100 %}")


def test_a_quarter_without_a_value_breaks_the_line_of_a_sparkline():
    drawn = marks.sparkline([Decimal(1), Decimal(2), None, Decimal(4), None, Decimal(5), Decimal(6)])
    assert len(drawn.lines) == 2
    assert len(drawn.dots) == 1
    assert marks.sparkline([]).last is None
    assert marks.sparkline([None, Decimal(0)]).last is not None


def test_nothing_pledged_looks_different_from_nothing_reported():
    empty = render("{% matrix_cell cell %}", cell=None)
    silent = next(j for _t, j in _judgements() if j.state == "no_data")
    full = render("{% matrix_cell cell %}", cell={"judgement": silent, "commitment": "a/b", "url": "#x"})
    assert "unpledged" in empty
    assert "未承诺" in empty
    assert "data-state" not in empty
    assert "unpledged" not in full
    assert "无数据" in full
    assert 'data-commitment="a/b"' in full


def test_what_is_drawn_once_of_a_thing_is_drawn_again_for_another_block_question_or_language():
    class Row:
        drawn = 0

        def next(self) -> int:
            self.drawn += 1
            return self.drawn

    row = Row()
    block = '{% drawn_once row %}{{ row.next }} {% here "home" %}{% translate "园区" %}{% enddrawn_once %}'
    template = Template("{% load i18n display %}" + f"{block}|{block}")

    def drawn(address: str) -> str:
        request = RequestFactory().get(address)
        return template.render(Context({"request": request, "asked": asked_of(request), "row": row}))

    first = "1 /园区|2 /园区"
    assert drawn("/parks/") == first
    assert drawn("/parks/?quarter=2025-Q3") == "3 /?quarter=2025-Q3园区|4 /?quarter=2025-Q3园区"
    with translation.override("en"):
        assert drawn("/parks/") == "5 /Parks|6 /Parks"
    assert drawn("/targets/") == first


def test_a_drawing_that_is_kept_opens_its_panel_on_every_page(in_english):
    judgement = next(j for _t, j in _judgements() if j.state == "behind")
    page = Link("图与经过", "parks:park", "jia")
    why = Why("jia/firms", "甲 企业", judgement, False, "滞后", (), (), page, "jia/firms")
    template = Template(
        "{% load display %}{% drawn_once why %}{% why_mark why %}{% enddrawn_once %}{% panels %}"
    )

    def drawn() -> str:
        request = RequestFactory().get("/")
        return template.render(Context({"request": request, "asked": asked_of(request), "why": why}))

    first = drawn()
    assert first.count(f'id="{why.anchor}"') == 1
    assert drawn() == first


def test_a_report_square_says_park_quarter_status_and_delay():
    html = render("{% report_square 'late' '2025-Q3' park='吉兴产业园' days_late=6 %}")
    assert "吉兴产业园，2025 年第三季度 迟报，迟 6 天" in html
    assert 'title="' in html


# --- links ---------------------------------------------------------------------------------------------------
def test_links_carry_the_explicit_question_and_nothing_else():
    tag = "{% here 'parks:park' 'jixing' %}"
    assert render(tag, "/") == "/parks/jixing/"
    asked = render(tag, "/?quarter=2025-Q2&as_of=2025-11-01&lang=en&state=behind")
    assert asked == "/parks/jixing/?quarter=2025-Q2&amp;as_of=2025-11-01&amp;lang=en"
    assert render("{% here 'parks:list' query=q %}", "/?lang=en", q={"state": "behind"}) == (
        "/parks/?lang=en&amp;state=behind"
    )


def test_a_question_that_could_not_be_read_is_not_carried_on():
    assert render("{% here 'parks:list' %}", "/?quarter=2025-Q9&as_of=2999-01-01") == "/parks/"


def test_the_language_switch_keeps_the_rest_of_the_address():
    html = render("{% with_query lang='en' page=None %}", "/parks/?state=behind&state=watch&page=3")
    assert html == "/parks/?state=behind&amp;state=watch&amp;lang=en"
    assert render("{% with_query lang='' %}", "/parks/?lang=en") == "/parks/"


def test_one_of_several_filters_can_be_taken_away():
    html = render("{% removable '状态：滞后' 'state' 'behind' %}", "/parks/?state=behind&state=watch")
    assert 'href="/parks/?state=watch"' in html
    assert "移除此条件" in html


def test_the_time_control_keeps_the_filters_and_shows_what_was_asked():
    html = render(
        "{% time_control quarters %}", "/parks/?quarter=2025-Q2&state=behind&page=2", quarters=["2025-Q1"]
    )
    assert '<input type="hidden" name="state" value="behind">' in html
    assert 'name="page"' not in html
    assert re.findall(r'<option value="([^"]+)"', html) == ["2025-Q2", "2025-Q1"]
    assert '<option value="2025-Q2" selected>' in html
    assert "csrf" not in html
    assert 'type="date" name="as_of"' in html
    assert 'value="2025-11-01"' in render("{% time_control q %}", "/?as_of=2025-11-01", q=[])


def test_the_section_of_the_page_is_marked_in_the_navigation():
    html = render("{% navigation %}", "/parks/jixing/?lang=en")
    assert re.search(r'href="/parks/\?lang=en" aria-current="true">园区', html)
    assert html.count("aria-current") == 1
    assert 'aria-current="page">总览' in render("{% navigation %}", "/")


# --- blocks --------------------------------------------------------------------------------------------------
def test_a_table_has_a_caption_with_its_csv_link_and_a_box_of_its_own():
    html = render(
        "{% table '各园承诺' csv='/data/x.csv' sortable=True sticky=True %}<tbody></tbody>{% endtable %}"
    )
    caption = re.search(r"<caption>(.*?)</caption>", html)[1]
    assert "各园承诺" in caption
    assert 'href="/data/x.csv"' in caption
    assert "data-sortable" in html
    assert html.startswith('<div class="table-box"')
    assert "<tbody></tbody></table></div>" in html


def test_two_tables_of_a_page_have_names_of_their_own():
    html = render("{% table 'a' %}{% endtable %}{% table 'b' %}{% endtable %}")
    names = re.findall(r'id="(table-\d+)"', html)
    assert len(set(names)) == 2


def test_a_chart_is_never_alone():
    figure = {"data": [{"y": [1, None], "name": "</script><b>"}], "layout": {}}
    table = {"columns": ["季度", ("家", "n")], "rows": [["2025Q2", "1"], ["2025Q3", "—"]]}
    html = render(
        "{% chart 'park/firms' title='标题' sentence='一句话' figure=figure table=table csv='/x.csv' %}",
        figure=figure,
        table=table,
    )
    data = re.search(r'<script id="chart-data-park-firms" type="application/json">(.*?)</script>', html)[1]
    assert json.loads(data) == figure
    assert 'data-chart="park/firms" data-source="chart-data-park-firms"' in html
    assert "一句话" in html
    assert '<td class="n">—</td>' in html
    assert '<th scope="row">2025Q3</th>' in html


def test_an_empty_place_says_what_why_and_who():
    html = render("{% empty '这里将列出季报' why='尚未上报' who='园区管理员可填报' url='/x' link='查看' %}")
    for words in ("这里将列出季报", "尚未上报", "园区管理员可填报", 'href="/x"'):
        assert words in html
