"""On paper: a park on two sheets, the bulletin with every commitment, no row of a table cut in two."""

import re

import pytest

pytestmark = pytest.mark.looks

A4_WIDTH = 794  # 210 mm at 96 dots to the inch
PAGE = re.compile(rb"/Type\s*/Page\b")
VISIBLE = "rows => rows.filter(row => row.getClientRects().length && row.innerText.trim()).length"


def sheets(page) -> int:
    """How many pages Chromium prints."""
    return len(PAGE.findall(page.pdf(prefer_css_page_size=True)))


def on_paper(visit, path: str):
    """A page as it goes to the printer, with every chart drawn."""
    reader = visit(A4_WIDTH)
    reader.go(path)
    reader.look_at_all_charts()
    reader.page.emulate_media(media="print")
    return reader.page


@pytest.mark.parametrize("path", ["/parks/changzhi/", "/parks/tcm/", "/parks/changzhi/?lang=en"])
def test_a_park_with_three_commitments_takes_two_sheets(visit, path):
    page = on_paper(visit, path)
    assert page.locator("article.portrait").count() == 3
    assert page.locator("article.portrait svg.main-svg:visible").count() >= 3
    assert sheets(page) == 2


def test_the_sheets_of_a_park_hold_what_the_screen_holds(visit):
    page = on_paper(visit, "/parks/changzhi/")
    for heading in ("commitments", "courses", "checklist", "reports", "remarks", "press", "contact"):
        assert page.locator(f"h2#{heading}:visible").count() == 1, heading
    # The figures under each chart are printed once, beside the reports that brought them.
    assert page.locator(".portrait details table:visible").count() == 0
    assert "292" in page.locator("#report-history").inner_text()


def test_the_bulletin_prints_every_commitment_on_at_most_six_sheets(visit):
    page = on_paper(visit, "/bulletin/2025-Q3/")
    assert page.locator("[data-commitment]").evaluate_all(VISIBLE) == 29
    assert sheets(page) <= 6


@pytest.mark.parametrize("path", ["/bulletin/2025-Q3/", "/parks/changzhi/", "/"])
def test_no_row_of_a_table_is_cut_in_two(visit, path):
    page = on_paper(visit, path)
    rows = page.locator("tr:visible").evaluate_all(
        "rows => rows.map(row => [getComputedStyle(row).breakInside, row.getBoundingClientRect().height])"
    )
    assert rows
    # A sheet is some 990 dots high: what may not be cut must also fit.
    assert all(inside.startswith("avoid") and height < 500 for inside, height in rows)
