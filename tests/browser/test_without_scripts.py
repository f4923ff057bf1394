"""With scripts switched off every number of the dashboard stands on the page, as its data- attributes say it."""

import re
from decimal import Decimal

import pytest

from tests import addresses

pytestmark = pytest.mark.looks

PATHS = [path for pattern in addresses.pages() for path in pattern.paths()]
# What a reader sees of each judged element; popovers and folded details do not count as seen.
SEEN = """elements => elements.map(element => ({
  code: element.dataset.commitment ?? element.dataset.target,
  value: element.dataset.value, target: element.dataset.targetValue, progress: element.dataset.progress,
  state: element.dataset.state, words: element.innerText,
  draws: !!element.querySelector(".bullet, .ratio"), cell: element.matches("td"),
}))"""
NUMBER = re.compile(r"[-−]?\d[\d,]*(?:\.\d+)?")


def numbers(text: str) -> set[Decimal]:
    """Every number in a text, without its separators."""
    return {Decimal(found.replace(",", "").replace("−", "-")) for found in NUMBER.findall(text)}


@pytest.fixture
def reader(chromium, city):
    """A browser that runs no script."""
    context = chromium.new_context(base_url=city, java_script_enabled=False, locale="zh-CN")
    yield context.new_page()
    context.close()


def test_every_judged_number_is_to_be_read_without_scripts(reader):
    judged = 0
    for path in PATHS:
        reader.goto(path)
        # What `evaluate` runs is the test's own and not the page's.
        for element in reader.locator("[data-commitment], [data-target]").evaluate_all(SEEN):
            judged += 1
            seen, about = numbers(element["words"]), (path, element["code"], element["words"])
            # A cell of parks × indicators has room for the progress only; its panel has the rest.
            if element["value"] and not element["cell"]:
                assert Decimal(element["value"]) in seen, about
            if element["target"] and not element["cell"]:
                assert Decimal(element["target"]) in seen, about
            if element["progress"] and element["draws"]:
                shown = Decimal(element["progress"]) * 100
                assert any(abs(each - shown) <= Decimal("0.1") for each in seen), about
    assert judged > 150


def test_every_chart_has_its_numbers_in_a_table_that_opens_without_scripts(reader):
    charts = 0
    for path in PATHS:
        reader.goto(path)
        for chart in reader.locator("figure:has([data-chart])").all():
            charts += 1
            assert chart.locator("details > summary").count() == 1, path
            assert chart.locator("details tbody tr").count() >= 1, path
            assert chart.locator(".sentence").inner_text().strip(), path
    assert charts > 10


def test_a_parks_trend_is_drawn_before_any_script(reader):
    reader.goto("/parks/changzhi/")
    lines = reader.locator("svg.sparkline[role=img]")
    assert lines.count() == 3
    assert lines.locator(".pledge").count() == lines.locator("polyline.reported").count() == 3
    assert "2025Q4 292" in lines.nth(2).get_attribute("aria-label")


def test_a_panel_opens_without_scripts(reader):
    reader.goto("/")
    mark = reader.locator("#parks ~ * button.opens, section[aria-labelledby=parks] button.opens").first
    mark.click()
    assert reader.locator(".why:popover-open").inner_text().strip()
