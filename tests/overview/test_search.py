"""Looking for something: in Chinese, by pinyin and its initials, in English, as known on a day."""

from datetime import date

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from changchun_innovation.overview import searchable
from changchun_innovation.overview.documents import document_list
from changchun_innovation.overview.found import SHOWN, results
from changchun_innovation.shared.finding import Rank, Sought, nearest
from changchun_innovation.shared.pinyin import every_reading, spelt, usual_readings
from changchun_innovation.shared.quarters import Quarter
from parks import stored
from parks.models import Park
from tests import reading_pages as page
from tests.factories import (
    make_commitment,
    make_indicator,
    make_institution,
    make_joint_link,
    make_park,
    make_source,
    make_target,
)

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 23)
Q4 = Quarter(2025, 4)


def found(typed: str, known_on: date = TODAY) -> dict[str, list[str]]:
    """The Chinese names that answer, by kind, in their order."""
    groups = results(typed, Q4, known_on).groups
    return {
        group.key: ["".join(piece.text for piece in each.name) for each in group.found] for group in groups
    }


def marked(typed: str, kind: str) -> list[str]:
    """The names that answer, with [ ] around what is marked."""
    groups = {group.key: group for group in results(typed, Q4, TODAY).groups}
    return [
        "".join(f"[{piece.text}]" if piece.hit else piece.text for piece in each.name)
        for each in groups[kind].found
    ]


def ask(typed: str, **query):
    return Client().get("/search/", {"q": typed, **query})


# --- Chinese -------------------------------------------------------------------------------------------------
def test_a_part_of_a_name_finds_it_wherever_it_stands(baseline):
    assert marked("光谷", "parks") == ["长智[光谷]产业园"]
    assert marked("吉林", "institutions") == ["[吉林]大学", "[吉林]省科学技术厅"]
    assert "科技型中小企业" in found("中小企业")["indicators"]
    assert "省市共建三江实验室" in found("三江")["initiatives"]
    assert found("法治政府")["sources"] == ["长春市科学技术局2025年度法治政府建设报告"]
    assert "占地面积(万平方米)" in found("占地面积")["publications"]


@pytest.mark.parametrize("typed", ["R&D", "r&d", "Ｒ＆Ｄ", "ｒｄ", " R & D "])
def test_width_case_spaces_and_punctuation_do_not_matter(baseline, typed):
    assert found(typed)["indicators"][:2] == ["R&D支出年增速", "R&D经费支出"]


def test_brackets_in_a_name_need_not_be_typed(baseline):
    assert marked("中韩长春国际", "institutions") == ["[中韩(长春)国际]合作示范区"]


def test_several_words_must_all_be_found_in_any_order(baseline):
    assert marked("产业园 光电", "parks")[0] == "长春[光电]信息[产业园]"
    assert "parks" not in found("光电 不存在")


def test_what_an_institution_is_called_for_short_finds_it_first(baseline):
    assert next(iter(found("吉大").items())) == ("institutions", ["吉林大学"])
    assert found("高企")["indicators"] == ["高新技术企业"]
    assert marked("中科院", "institutions")[0].startswith("[中]国[科]学[院]")


def test_a_park_is_found_by_its_other_name_which_stands_beside(baseline):
    assert found("吉诺贝尔")["parks"] == ["吉诺尔科学家科创园"]
    assert "别名：<span" in (html := ask("吉诺贝尔").content.decode())
    assert "<mark>吉诺贝尔</mark>科学家科创园" in html


def test_a_park_is_found_by_its_partner_after_the_partner_itself(baseline):
    groups = found("吉林大学")
    assert next(iter(groups)) == "institutions"
    assert groups["parks"] == ["吉兴产业园", "吉诺尔科学家科创园"]


def test_the_exact_name_comes_before_its_beginning_and_that_before_its_middle(db):
    for name in ("大长光园", "长光园区", "长光园"):
        make_institution(name_zh=name)
    assert found("长光园")["institutions"] == ["长光园", "长光园区", "大长光园"]


def test_a_code_finds_its_thing(baseline):
    assert found("jlu")["institutions"][0] == "吉林大学"


# --- pinyin --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("typed", "kind", "first"),
    [
        ("jl", "institutions", "[吉林]大学"),
        ("jldx", "institutions", "[吉林大学]"),
        ("JLDX", "institutions", "[吉林大学]"),
        ("jilindaxue", "institutions", "[吉林大学]"),
        ("ji lin da xue", "institutions", "[吉林大学]"),
        ("jílín", "institutions", "[吉林]大学"),
        ("jilind", "institutions", "[吉林大]学"),
        ("ccgd", "parks", "[长春光电]信息产业园"),
        ("czgg", "parks", "[长智光谷]产业园"),
        ("changzhi", "parks", "[长智]光谷产业园"),
        ("gxjsqy", "indicators", "[高新技术企业]"),
        ("lvyou", "institutions", "长春莲花山生态[旅游]度假区"),
        ("zgkxy", "institutions", "[中国科学院]长春光学精密机械与物理研究所"),
        ("zhgkxy", "institutions", "[中国科学院]长春光学精密机械与物理研究所"),
    ],
)
def test_pinyin_and_its_initials_find_a_name(baseline, typed, kind, first):
    found_by = [name for name in marked(typed, kind) if "[" in name]
    assert found_by[0] == first


def test_cg_finds_what_is_called_changguang(baseline):
    make_institution(code="cgs", name_zh="长光卫星技术股份有限公司", kind="enterprise")
    assert marked("cg", "institutions")[0] == "[长光]卫星技术股份有限公司"
    assert {"长春光电信息产业园", "长智光谷产业园"} <= set(found("cg")["parks"])


def test_in_changchun_the_first_character_reads_chang(baseline):
    assert usual_readings("长")[0] == "chang"
    assert spelt("长春", 0, "cc") and spelt("长春", 0, "changchun") and spelt("长春", 0, "zhangchun")
    assert spelt("部长", 0, "buzhang") == spelt("成长", 0, "chzhang") == 2
    # The initial of the rarer reading finds nothing while others answer.
    assert not spelt("长春", 0, "zc")


def test_every_reading_of_a_character_counts_before_nothing_is_found(db):
    make_institution(name_zh="大夫研究院")
    assert {"da", "dai"} <= set(every_reading("大"))
    assert found("daifu")["institutions"] == ["大夫研究院"]
    make_institution(name_zh="代父基金")
    assert found("daifu")["institutions"] == ["代父基金"]


def test_one_letter_finds_only_what_begins_with_it(baseline):
    for names in found("j").values():
        assert names
    assert "吉林大学" in found("j")["institutions"] and "长春新区" not in found("j")["institutions"]


# --- English -------------------------------------------------------------------------------------------------
def test_english_is_found_by_words_and_their_beginnings(baseline):
    assert found("optoel")["parks"][0] == "长春光电信息产业园"
    assert found("information optoelectronic")["parks"][0] == "长春光电信息产业园"
    assert found("Jilin University")["institutions"][0] == "吉林大学"
    # Not from the middle of a word.
    assert not found("electronicinf") and "parks" not in found("versity")


def test_the_english_name_by_which_it_was_found_stands_beside_the_chinese(baseline):
    html = ask("optoelectronic").content.decode()
    assert '<span lang="en">Changchun <mark>Optoelectronic</mark> Information Industrial Park</span>' in html


def test_on_an_english_page_the_chinese_name_stands_beside_and_says_its_language(baseline):
    html = ask("jldx", lang="en").content.decode()
    assert '<a href="/institutions/jlu/?lang=en">Jilin University</a>' in html
    assert '<span lang="zh-Hans"><mark>吉林大学</mark></span>' in html


# --- what an answer says -------------------------------------------------------------------------------------
def test_answers_are_counted_by_kind_and_every_kind_can_be_jumped_to(baseline):
    response = ask("吉林大学")
    text = page.text(response)
    total = results("吉林大学", Q4, TODAY)
    assert f"“吉林大学”找到 {total.count} 项" in text and "机构 1" in text and "园区 2" in text
    for group in total.groups:
        assert f"#{group.key}" in page.links(response)


def test_a_park_says_who_builds_it_and_how_its_promises_stand_in_the_quarter(demo_data):
    text = page.text(ask("珥光"))
    assert "长春理工大学、长春汽车经济技术开发区" in text and "滞后 3" in text
    early = page.text(ask("珥光", quarter="2023-Q4"))
    assert "滞后" not in early.split("园区 1")[1].split("指标")[0]


def test_an_indicator_names_the_parks_that_pledged_it_and_leads_to_their_comparison(baseline):
    response = ask("高新技术企业")
    assert "7 个园区承诺：" in page.text(response)
    links = page.links(response)
    assert {"/parks/compare/?indicator=high-tech-firms", "/parks/jixing/#high-tech-firms"} <= links
    assert "/targets/parks-high-tech-firms/" in links


def test_an_indicator_without_parks_leads_to_its_target_or_to_who_published_it(baseline):
    assert "/targets/city-tech-smes/" in page.links(ask("科技型中小企业"))
    assert "/institutions/changxing-fund/" in page.links(ask("长兴基金投资项目"))
    assert "/targets/#beside" in page.links(ask("正式运营园区"))


def test_of_many_parks_that_pledged_an_indicator_the_first_are_named_and_the_rest_counted(db):
    indicator = make_indicator(name_zh="卫星数据产品")
    for number in range(11):
        make_commitment(park=make_park(name_zh=f"第{number:02}园", order=number), indicator=indicator)
    text = page.text(ask("卫星数据"))
    assert "11 个园区承诺：第00园、" in text and "第07园等，另有 3 个" in text


def test_a_target_says_how_it_stands_as_its_own_page_does(demo_data):
    for code, typed in (("city-tech-smes", "科技型中小企业"), ("parks-high-tech-firms", "高新技术企业")):
        own = page.judged(Client().get(f"/targets/{code}/"), "data-target")[code]
        (target,) = (
            each
            for group in results(typed, Q4, TODAY).groups
            if group.key == "targets"
            for each in group.found
            if each.thing.code == code
        )
        assert str(target.facts.state) == own["data-state"]


def test_where_too_many_parks_make_up_a_joint_pledge_its_state_of_an_earlier_day_is_left_to_its_page(
    demo_data, monkeypatch
):
    monkeypatch.setattr(stored, "BIG", 3)
    assert "各园区之和与状态见其页面" in page.text(ask("高新技术企业", as_of="2026-11-22"))
    assert "各园区之和与状态见其页面" not in page.text(ask("高新技术企业"))


def test_a_source_says_who_published_it_and_when(baseline):
    assert "长春市科学技术局 · 2026 年 1 月 28 日" in page.text(ask("法治政府建设报告"))


def test_links_carry_the_question(baseline):
    response = ask("吉林大学", quarter="2025-Q3", as_of="2025-11-01", lang="zh")
    assert "/institutions/jlu/?quarter=2025-Q3&as_of=2025-11-01&lang=zh" in page.links(response)


def test_more_answers_than_are_shown_are_counted(db):
    for number in range(SHOWN + 5):
        make_institution(name_zh=f"长白山研究院{number}")
    response = ask("长白山研究院")
    assert page.text(response).count("高等院校") == SHOWN
    assert "机构 25" in page.text(response) and "另有 5 项未列出" in page.text(response)


# --- known on a day ------------------------------------------------------------------------------------------
def test_what_was_not_known_on_a_day_is_not_found(db):
    early, late = date(2023, 8, 15), date(2025, 3, 1)
    for day, name in ((early, "甲"), (late, "乙")):
        source = make_source(title_zh=f"星火报告{name}", published_on=day)
        park = make_park(name_zh=f"星火园{name}")
        indicator = make_indicator(name_zh=f"星火指标{name}")
        make_commitment(park=park, indicator=indicator, known_from=day, source=source)
        make_target(indicator=indicator, known_from=day, source=source)
    then = found("星火", date(2025, 2, 28))
    assert then == {
        "parks": ["星火园甲"],
        "indicators": ["星火指标甲"],
        "targets": ["星火指标甲"],
        "sources": ["星火报告甲"],
    }
    now = found("星火", late)
    assert all(len(names) == 2 for names in now.values()) and set(now) == set(then)


@pytest.mark.parametrize("day", [date(2022, 12, 31), date(2023, 9, 15), date(2024, 5, 1), TODAY])
def test_the_documents_that_can_be_found_are_those_of_the_list(demo_data, day):
    listed = [line.source.code for line in document_list(day)]
    kinds = {kind.key: kind for kind in searchable.kinds_known_on(day, Quarter.last_closed(day))}
    assert [source.code for source in kinds["sources"].things] == listed


def test_an_indicator_that_is_only_part_of_a_joint_pledge_is_known_from_that_day(db):
    indicator = make_indicator(name_zh="极光指标")
    make_joint_link(target=make_target(), indicator=indicator, known_from=date(2024, 1, 1))
    assert not found("极光", date(2023, 12, 31))
    assert found("极光", date(2024, 1, 1)) == {"indicators": ["极光指标"]}


# --- odd questions -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("typed", ["", "   ", "%", "_", "'; --", "。、！", "🚀", "🚀🔬", "\u200b", "\t\n"])
def test_without_a_letter_nothing_is_asked_and_the_page_says_what_to_type(baseline, typed):
    response = ask(typed)
    assert response.status_code == 200
    text = page.text(response)
    assert "例如：" in text and "找到" not in text


@pytest.mark.parametrize("typed", ["%长春%", "长_春", "长*春", "长春🚀", "'长春'", "\\长春"])
def test_signs_that_mean_something_to_a_database_mean_nothing(baseline, typed):
    assert found(typed) == found("长春")


def test_nul_is_refused_before_it_reaches_a_database(baseline):
    assert Client().get("/search/?q=%00").status_code == 400


@pytest.mark.parametrize("typed", ["长" * 5000, "a" * 5000, "长 " * 2000, "zh" * 3000])
def test_of_a_very_long_question_the_beginning_is_looked_for_and_that_is_said(baseline, typed):
    response = ask(typed)
    assert response.status_code == 200
    assert "只按前 100 个字搜索" in page.text(response)
    assert len(results(typed, Q4, TODAY).typed) <= 100


def test_bytes_that_are_no_text_are_answered(baseline):
    assert Client().get("/search/?q=%ff%fe%ed%a0%80").status_code == 200


def test_what_is_typed_is_never_markup(baseline):
    html = ask('<script>alert("长春")</script>').content.decode()
    assert "<script>alert" not in html and "&lt;script&gt;" in html


def test_where_nothing_is_found_the_page_says_what_was_searched_and_what_may_be_meant(baseline):
    response = ask("吉林大雪")
    text = page.text(response)
    assert "没有找到“吉林大雪”" in text and "园区 8、机构 17" in text
    assert "是不是要找：吉林大学" in text
    assert "/search/?q=%E5%90%89%E6%9E%97%E5%A4%A7%E5%AD%A6" in page.links(response)


def test_what_was_not_yet_known_can_be_looked_for_today(baseline):
    response = ask("法治政府", as_of="2024-01-01")
    assert "那一天之后才知道的不在其中" in page.text(response)
    assert any(link.startswith("/search/?q=") and "as_of" not in link for link in page.links(response))
    assert "那一天之后" not in page.text(ask("不存在的东西"))


# --- the field in the header ---------------------------------------------------------------------------------
@pytest.mark.parametrize("path", ["/", "/parks/", "/targets/city-tech-smes/", "/data/", "/no-such-page/"])
def test_every_page_has_a_field_to_search_from_that_keeps_the_question(baseline, path):
    response = Client().get(path, {"quarter": "2025-Q3", "as_of": "2025-11-01", "lang": "zh"})
    html = response.content.decode()
    form = html.split('role="search"')[1].split("</form>")[0]
    assert 'method="get" action="/search/"' in form and '<label class="visually-hidden" for="search">' in form
    for name, value in (("quarter", "2025-Q3"), ("as_of", "2025-11-01"), ("lang", "zh")):
        assert f'<input type="hidden" name="{name}" value="{value}">' in form


def test_the_page_of_answers_has_one_field_with_what_was_typed(baseline):
    html = ask("吉林", as_of="2025-11-01").content.decode()
    assert html.count('name="q"') == 2  # the field, and the hidden one of the time control
    assert html.count('role="search"') == 1
    assert 'value="吉林"' in html.split('role="search"')[1].split("</form>")[0]


# --- growth --------------------------------------------------------------------------------------------------
def queries_of(typed: str) -> int:
    cache.clear()
    with CaptureQueriesContext(connection) as caught:
        assert ask(typed).status_code == 200
    return len(caught)


def test_a_search_costs_the_same_queries_whatever_the_number_of_parks(baseline):
    university, zone = make_institution(), make_institution(kind="development-zone")
    indicator = make_indicator(name_zh="增长指标")

    def grow(parks: int):
        for _number in range(parks):
            park = make_park(name_zh="增长园", academic_partner=university, zone_partner=zone)
            make_commitment(park=park, indicator=indicator)

    grow(1)
    before = [queries_of(typed) for typed in ("增长", "zz", "高新技术企业")]
    grow(80 - Park.objects.count())
    assert [queries_of(typed) for typed in ("增长", "zz", "高新技术企业")] == before
    assert max(before) <= 40


# --- the rule itself -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("typed", "name", "rank"),
    [
        ("吉林大学", "吉林大学", Rank.IS),
        ("吉林", "吉林大学", Rank.BEGINS),
        ("吉大", "吉林大学", Rank.SHORT_NAME),
        ("长光", "中国科学院长春光学精密机械与物理研究所", Rank.SHORTENED),
        ("光电", "长春珥光汽车电子产业园", None),
        ("大学", "吉林大学", Rank.HOLDS),
        ("大学 吉林", "吉林大学", Rank.WORDS),
        ("jl", "吉林大学", Rank.BEGINS_SPELT),
        ("dx", "吉林大学", Rank.HOLDS_SPELT),
        ("jd", "吉林大学", Rank.SHORTENED),
        ("林吉", "吉林大学", None),
        ("lj", "吉林大学", None),
        ("niversity", "Jilin University", None),
        ("uni", "Jilin University", Rank.HOLDS),
    ],
)
def test_how_well_a_name_answers(typed, name, rank):
    assert Sought.of(typed).rank([name]) is rank


def test_every_character_of_the_city_can_be_spelt(baseline):
    names = "".join(Park.objects.values_list("name_zh", flat=True)) + "珥镉氢"
    assert all(every_reading(letter)[0].isalpha() and every_reading(letter)[0].isascii() for letter in names)


def test_names_without_likeness_are_not_proposed():
    assert nearest(Sought.of("火星基地"), ["吉林大学", "长春新区"]) == ()
