"""The scripts of the pages at work: sorting, scrolling, drawing, the dark page, paper."""

import pytest

from tests.browser.conftest import Visit

pytestmark = pytest.mark.looks

OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
SECOND_COLUMN = "#bullets-table tbody td:nth-child(2)"


@pytest.fixture
def gallery(chromium, live_server):
    """Opens the gallery of components: `gallery(width=360)`; the visit must end without an error."""
    begun = []

    def begin(width=1280):
        begun.append(Visit(chromium, live_server.url, width))
        begun[-1].go("/components/")
        return begun[-1].page

    yield begin
    for each in begun:
        each.end()


def numbers(page) -> list[str]:
    return [text.split()[0] for text in page.locator(SECOND_COLUMN).all_inner_texts()]


def test_a_table_is_sorted_by_keyboard_and_unknown_values_stay_last(gallery):
    page = gallery()
    page.locator("#bullets-table thead th").nth(1).get_by_role("button").focus()
    page.keyboard.press("Enter")
    rising = numbers(page)
    page.keyboard.press("Enter")
    falling = numbers(page)
    assert rising[:3] == ["−2", "1", "3"]
    assert falling[:3] == ["68", "41", "33"]
    assert rising[-1] == falling[-1] == "—"
    headings = page.locator("#bullets-table thead th[aria-sort]")
    assert headings.count() == 1
    assert headings.get_attribute("aria-sort") == "descending"


def test_on_a_phone_a_wide_table_scrolls_in_its_own_box_by_keyboard(gallery):
    page = gallery(360)
    assert page.evaluate(OVERFLOW) <= 0
    box = page.locator("#bullets-table")
    assert box.get_attribute("tabindex") == "0"
    box.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => document.querySelector('#bullets-table').scrollLeft > 0")


def test_at_a_desk_the_head_of_a_long_table_stays_in_view(gallery):
    page = gallery()
    page.locator("#bullets-table tbody tr").last.scroll_into_view_if_needed()
    page.evaluate("document.querySelector('#bullets-table tbody tr:nth-child(8)').scrollIntoView()")
    assert abs(page.locator("#bullets-table thead th").first.bounding_box()["y"]) < 2


def test_the_first_stop_of_the_keyboard_leads_past_the_navigation(gallery):
    page = gallery()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_a_chart_that_is_out_of_view_is_not_drawn_and_its_script_is_not_run(gallery):
    page = gallery()
    assert page.evaluate("window.Plotly === undefined")
    before = page.locator("[data-chart]").first.bounding_box()["height"]
    page.locator("[data-chart]").first.scroll_into_view_if_needed()
    page.locator("[data-drawn]").first.wait_for()
    assert page.locator("[data-chart].js-plotly-plot").count() >= 1
    assert page.locator("[data-chart]").first.bounding_box()["height"] == before, (
        "nothing moves when it is drawn"
    )


def test_charts_take_the_colours_of_the_dark_page_and_paper_those_of_the_light_one(gallery):
    page = gallery()
    page.locator("[data-chart]").first.scroll_into_view_if_needed()
    page.locator("[data-drawn]").first.wait_for()
    reported = "getComputedStyle(document.querySelectorAll('[data-chart] .js-line')[1]).stroke"
    light = page.evaluate(reported)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"() => {reported} !== '{light}'")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.wait_for_function(f"() => {reported} === '{light}'")


def test_the_exact_number_appears_when_the_short_one_has_the_focus(gallery):
    page = gallery()
    short = page.locator("data.short").first
    hidden = short.locator(".exact").evaluate("e => getComputedStyle(e).clipPath")
    short.focus()
    assert hidden != "none"
    assert short.locator(".exact").evaluate("e => getComputedStyle(e).clipPath") == "none"


def test_on_paper_there_is_no_navigation_and_every_table_is_whole(gallery):
    page = gallery()
    page.emulate_media(media="print")
    assert not page.locator("nav.sections").is_visible()
    assert not page.locator("form.time-control").is_visible()
    assert page.locator("figure.chart details table").first.is_visible()
    assert page.locator(".period").is_visible()
