"""Every page in a real browser, as wide as a desk and as narrow as a phone."""

import pytest

from tests import addresses

pytestmark = pytest.mark.looks

PATHS = [path for pattern in addresses.pages() for path in pattern.paths()]
# Elements may be wider than the phone only inside a box that scrolls by itself.
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("path", PATHS)
def test_the_page_opens_draws_its_charts_and_asks_nobody_else(visit, path):
    reader = visit(360)
    assert reader.go(path).status == 200
    reader.look_at_all_charts()
    assert reader.page.evaluate(OVERFLOW) <= 0, "the page itself must not scroll sideways on a phone"
    # The same page, made as wide as a desk, which its charts follow.
    reader.page.set_viewport_size({"width": 1280, "height": 900})
    assert reader.page.evaluate(OVERFLOW) <= 0, "nor on a desk"


def test_a_parks_page_draws_a_chart_for_every_commitment(visit):
    reader = visit()
    reader.go("/parks/jixing/")
    assert reader.look_at_all_charts() >= 3


def test_every_chart_can_be_read_as_a_table(visit):
    reader = visit()
    reader.go("/parks/jixing/")
    for chart in reader.page.locator("figure:has([data-chart])").all():
        assert chart.locator("details table").count() >= 1


def test_the_language_changes_by_one_link_and_back(visit):
    reader = visit()
    reader.go("/parks/")
    reader.page.locator("header a[hreflang=en]").click()
    assert reader.page.locator("html").get_attribute("lang") == "en"
    reader.page.locator("header a[hreflang='zh-Hans']").click()
    assert reader.page.locator("html").get_attribute("lang") == "zh-Hans"


def test_without_scripts_a_page_still_says_everything(chromium, city):
    context = chromium.new_context(base_url=city, java_script_enabled=False)
    page = context.new_page()
    page.goto("/parks/jixing/")
    assert page.locator("figure:has([data-chart]) details table").count() >= 3
    context.close()


def test_a_saved_picture_says_what_it_shows_of_when_from_where_and_that_it_is_a_demonstration(visit):
    page = visit().page
    page.goto("/parks/jixing/?quarter=2025-Q3")
    page.locator("[data-chart]").first.scroll_into_view_if_needed()
    button = page.locator("figure .picture").first
    button.wait_for()
    page.evaluate(
        "() => { const save = Plotly.downloadImage;"
        " Plotly.downloadImage = (figure, how) => { window.saved = [figure, how]; return save(figure, how); } }"
    )
    with page.expect_download() as download:
        button.click()
    assert download.value.suggested_filename.startswith("demo-")
    layout, how = page.evaluate("[saved[0].layout, saved[1]]")
    chart = page.locator("figure:has(.picture)").first
    title, drawn = layout["title"]["text"].replace("<br>", ""), chart.locator("[data-chart]")
    assert page.locator("h1").text_content().strip() in title
    assert chart.locator(".title").text_content().strip() in title
    origin = next(note["text"] for note in layout["annotations"] if note.get("name") == "origin")
    assert "2025 年第三季度 · 数据截至" in origin and "/parks/jixing/?quarter=2025-Q3#" in origin
    assert "演示" in origin and "虚构" in origin
    assert how["height"] > drawn.evaluate("box => box.clientHeight"), "the words cost the drawing no room"


def test_a_chart_is_read_point_by_point_with_the_keyboard_and_aloud(visit):
    reader = visit()
    reader.go("/parks/jixing/?quarter=2025-Q4")
    reader.look_at_all_charts()
    chart = reader.page.locator("[data-chart][data-drawn]").first
    aloud = chart.locator("xpath=following-sibling::p[@aria-live]").first
    chart.focus()
    assert "方向键" in aloud.text_content()
    said = []
    for _press in range(3):
        reader.page.keyboard.press("ArrowRight")
        reader.page.wait_for_timeout(400)
        said.append(aloud.text_content())
    assert all(said) and len(set(said)) == 3, "every key tells another point"
    assert all("年" in words and any(sign.isdigit() for sign in words) for words in said)
    assert chart.locator(".hovertext").count() >= 1, "and the eye sees the same"
    reader.page.keyboard.press("Escape")
    assert aloud.text_content() == ""


def test_a_chart_zooms_only_when_asked_and_shows_all_again(visit):
    reader = visit()
    reader.go("/parks/jixing/?quarter=2025-Q4")
    reader.look_at_all_charts()
    figure = reader.page.locator("figure:has([data-drawn])").first
    chart, button = figure.locator("[data-chart]"), figure.get_by_role("button", name="放大细看")

    def seen():
        return chart.evaluate("box => [box._fullLayout.dragmode, ...box._fullLayout.xaxis.range.map(String)]")

    whole = seen()
    assert whole[0] is False
    button.click()
    chart.scroll_into_view_if_needed()
    reader.page.wait_for_timeout(400)
    box = chart.bounding_box()
    y = box["y"] + box["height"] / 2
    reader.page.mouse.move(box["x"] + box["width"] * 0.4, y - 40)
    reader.page.mouse.down()
    reader.page.mouse.move(box["x"] + box["width"] * 0.6, y + 40, steps=5)
    reader.page.mouse.up()
    reader.page.wait_for_timeout(400)
    assert seen()[0] == "zoom" and seen()[1:] != whole[1:]
    figure.get_by_role("button", name="恢复全图").click()
    reader.page.wait_for_timeout(400)
    assert seen() == whole
