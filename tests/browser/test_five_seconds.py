"""On a phone the first screens of the overview answer what is behind, since when, and who must act."""

import re

import pytest

pytestmark = pytest.mark.looks

SCREEN = 800  # the height of a common phone that is 360 wide
BOTTOM = "element => element.getBoundingClientRect().bottom + scrollY"


# English takes more room: there the first four of the list, what is behind and overdue among them, must be in view.
@pytest.mark.parametrize(("address", "in_view"), [("/", 7), ("/?lang=en", 4)])
def test_the_answer_stands_on_the_first_screen_and_the_list_on_the_first_two(visit, address, in_view):
    page = visit(360).page
    page.goto(address)
    assert page.locator("#answer").evaluate(BOTTOM) <= SCREEN
    sentences = page.locator(".attention > li > a")
    assert sentences.count() >= in_view
    assert sentences.nth(in_view - 1).evaluate(BOTTOM) <= 2 * SCREEN


def test_what_is_folded_on_the_phone_is_all_there_when_it_is_opened(visit):
    page = visit(360).page
    page.goto("/")
    assert page.locator(".attention details:not([open])").count() > 1
    item = page.locator(".attention > li").nth(1)
    assert "责任方：" not in item.inner_text()
    item.locator("summary").click()
    words = item.inner_text()
    assert "责任方：" in words and re.search(r"自 \d{4} 年|\d+ 月 \d+ 日", words)
