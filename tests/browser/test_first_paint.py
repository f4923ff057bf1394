"""What a page asks for before it stands, when plotly's file comes, and that nothing moves while charts are drawn."""

import gzip
from urllib.parse import urlsplit

import pytest

from tests.benchmarks.first_paint import is_plotly
from tests.browser.conftest import Visit

pytestmark = pytest.mark.looks

OVERVIEW, PARK, TARGET = "/", "/parks/jixing/", "/targets/parks-high-tech-firms/"
PHONE = {"has_touch": True, "is_mobile": True}
# Everything that is asked for up to the first moment in which the browser has nothing else to do.
NOTHING_TO_DO = "() => new Promise((done) => requestIdleCallback(() => setTimeout(done, 100)))"
# The shifts that nobody caused by a click or a key (https://web.dev/articles/cls), all of them added up.
KEEP_SHIFTS = """(() => {
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts.push(entry.value);
  }).observe({ type: "layout-shift", buffered: true });
})()"""
SAVE_DATA = "Object.defineProperty(navigator, 'connection', { value: { saveData: true } })"


def ask(reader, path: str) -> list:
    """Open a page; answers the responses that come, a list that grows."""
    responses = []
    reader.page.on("response", lambda response: responses.append(response))
    reader.go(path)
    reader.page.evaluate(NOTHING_TO_DO)
    return responses


def paths(responses: list) -> list[str]:
    return [urlsplit(response.url).path for response in responses]


def plotly_came(responses: list) -> bool:
    return any(map(is_plotly, paths(responses)))


@pytest.mark.parametrize("path", [OVERVIEW, PARK, TARGET])
def test_a_page_stands_with_one_style_sheet_and_one_script_in_less_than_sixty_kilobytes(visit, path):
    responses = ask(visit(360, **PHONE), path)
    assert sorted(paths(responses)) == sorted(
        [path, "/static/css/site.css", "/static/js/site.js", "/static/img/icon.svg"]
    )
    # The test's own server sends files as they are; those that were collected travel compressed, as pages do.
    assert sum(len(gzip.compress(response.body(), 6)) for response in responses) < 60_000


@pytest.mark.parametrize("path", ["/parks/", "/targets/", "/data/", "/accounts/login/", "/bulletin/2025-Q3/"])
def test_a_page_without_charts_never_asks_for_plotly(visit, path):
    reader = visit()
    responses = ask(reader, path)
    assert reader.page.locator("[data-chart]").count() == 0
    reader.page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    reader.page.evaluate(NOTHING_TO_DO)
    assert len(responses) > 2 and not plotly_came(responses)


def test_on_a_phone_plotly_comes_when_somebody_scrolls_to_a_chart_and_not_before(visit):
    reader = visit(360, **PHONE)
    responses = ask(reader, OVERVIEW)
    assert not plotly_came(responses)
    top = reader.page.locator("[data-chart]").first.bounding_box()["y"]
    reader.page.evaluate("scrollTo(0, 100)")
    reader.page.evaluate(NOTHING_TO_DO)
    assert top > 3600 and not plotly_came(responses), "the chart is still far away"
    with reader.page.expect_response(lambda response: is_plotly(urlsplit(response.url).path)):
        reader.page.evaluate("top => scrollTo(0, top - 2200)", top)
    assert reader.page.evaluate("window.Plotly === undefined"), "it is fetched, and not yet run"
    assert reader.look_at_all_charts() == 1


def test_at_a_desk_plotly_is_fetched_when_the_page_stands_and_run_when_a_chart_comes_into_view(visit):
    reader = visit()
    with reader.page.expect_response(lambda response: is_plotly(urlsplit(response.url).path)) as response:
        reader.go(OVERVIEW)
    assert reader.page.evaluate("window.Plotly === undefined")
    address = response.value.url
    reader.page.wait_for_function("address => performance.getEntriesByName(address).length", arg=address)
    asked, painted = reader.page.evaluate(
        "address => [address, 'first-contentful-paint'].map(name => performance.getEntriesByName(name)[0].startTime)",
        address,
    )
    assert asked >= painted, "it delayed the first paint"
    assert reader.look_at_all_charts() == 1


def test_who_saves_data_gets_plotly_only_for_a_chart_in_view(visit):
    reader = visit()
    reader.context.add_init_script(SAVE_DATA)
    responses = ask(reader, OVERVIEW)
    assert not plotly_came(responses)
    assert reader.look_at_all_charts() == 1
    assert plotly_came(responses)


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("path", [OVERVIEW, PARK, PARK + "?lang=en", TARGET, "/parks/compare/"])
def test_nothing_moves_while_a_page_is_read_to_its_end_and_all_its_charts_are_drawn(visit, path, width):
    reader = visit(width)
    reader.context.add_init_script(KEEP_SHIFTS)
    reader.go(path)
    height = reader.page.evaluate("document.documentElement.scrollHeight")
    for top in range(0, height, 600):
        reader.page.evaluate("top => scrollTo(0, top)", top)
        reader.page.wait_for_timeout(50)
    assert reader.look_at_all_charts() == reader.page.locator("[data-drawn]").count() > 0
    reader.page.wait_for_timeout(200)
    assert sum(reader.page.evaluate("window.shifts")) <= 0.02
    assert reader.page.evaluate("document.documentElement.scrollHeight") == height


def test_the_buttons_of_a_chart_have_their_room_before_it_is_drawn_and_cannot_be_pressed(visit):
    reader = visit(360, **PHONE)
    reader.go(PARK)
    buttons = reader.page.locator("figure.chart").first.locator(".picture")
    before = [box.bounding_box() for box in buttons.all()]
    assert len(before) == 2 and not any(button.is_visible() for button in buttons.all())
    assert reader.look_at_all_charts() == 3
    assert all(button.is_visible() for button in buttons.all())
    assert [box.bounding_box()["width"] for box in buttons.all()] == [box["width"] for box in before]


def test_a_chart_that_cannot_be_loaded_leaves_its_numbers_and_no_buttons(chromium, city):
    reader = Visit(chromium, city, 1280)
    reader.context.route(lambda address: is_plotly(urlsplit(address).path), lambda route: route.abort())
    reader.go(PARK)
    figure = reader.page.locator("figure.chart").first
    figure.scroll_into_view_if_needed()
    figure.locator(".plot .quiet").wait_for()
    assert figure.locator("details[open] table").is_visible()
    assert figure.locator(".picture").count() == 0
    assert any("plotly" in wrong for wrong in reader.wrong), "and the console says why"
    reader.context.close()
