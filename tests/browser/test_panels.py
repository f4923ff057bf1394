"""A state opened by a reader: by keyboard, on a phone, on paper."""

import re

import pytest

pytestmark = pytest.mark.looks

OPEN = ".why:popover-open"
FOCUSED = "document.activeElement.getAttribute('popovertarget')"


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize(
    ("path", "mark"),
    [
        ("/", "[aria-labelledby=city] button.state"),
        ("/", "td.cell:last-of-type button, tr:last-child td.cell button"),
        ("/parks/", "button.tally"),
        ("/parks/erguang/?lang=en", "tbody button.state"),
        ("/targets/parks-high-tech-firms/", ".facts button.state"),
        ("/institutions/jlu/", "button.tally"),
    ],
)
def test_a_state_opens_by_keyboard_within_the_window_and_closes_by_escape(visit, width, path, mark):
    page = visit(width=width).page
    page.goto(path)
    button = page.locator(mark).first
    target = button.get_attribute("popovertarget")
    assert page.locator(OPEN).count() == 0
    button.focus()
    page.keyboard.press("Enter")
    panel = page.locator(OPEN)
    panel.wait_for()
    assert panel.get_attribute("id") == target
    assert panel.evaluate("e => e === document.activeElement"), "what is opened is read first"
    box = panel.bounding_box()
    assert box["x"] >= 0 and box["y"] >= 0
    assert box["x"] + box["width"] <= width + 0.5
    assert box["y"] + box["height"] <= 900.5
    page.keyboard.press("Escape")
    assert page.locator(OPEN).count() == 0
    assert page.evaluate(FOCUSED) == target, "the reader is back where they were"


def test_a_panel_is_left_by_its_own_button_and_its_links_are_reached_by_keyboard(visit):
    page = visit(width=360).page
    page.goto("/")
    page.locator("td.cell button").first.click()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.why:popover-open') !== null")
    assert page.evaluate("document.activeElement.tagName") == "A"
    page.locator(f"{OPEN} .ways button").click()
    assert page.locator(OPEN).count() == 0


def test_a_state_in_the_list_of_a_park_opens_in_turn(visit):
    page = visit().page
    page.goto("/parks/")
    page.locator("button.tally").first.click()
    page.locator(f"{OPEN} button.state").first.click()
    assert page.locator(OPEN).last.locator("li").count() > 3


def test_a_screen_reader_hears_promise_and_state(visit):
    page = visit().page
    page.goto("/?lang=en")
    promise = re.compile("Erguang.*High and new technology enterprises")
    page.locator("[aria-labelledby=parks]").get_by_role("button", name=promise).click()
    panel = page.get_by_role("dialog", name=re.compile("High and new technology enterprises.*Behind"))
    assert panel.is_visible()


def test_paper_shows_the_reasoning_of_a_park_and_no_panels(visit):
    page = visit().page
    page.goto("/parks/erguang/")
    page.locator("tbody button.state").first.click()
    page.emulate_media(media="print")
    assert not page.locator(".why").first.is_visible()
    assert page.locator("#high-tech-firms .reasons").get_by_text("任务进度 =").is_visible()
