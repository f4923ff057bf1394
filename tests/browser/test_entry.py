"""A manager fills a quarter in the browser: by keyboard alone, by pasting from a spreadsheet, and with a tab that closes."""

from datetime import date
from decimal import Decimal

import pytest

from parks.models import Commitment, Figure, KeptCopy, Park, QuarterlyReport, ReportsFrom
from tests.factories import PASSWORD, make_user

QUARTER = "2025-Q4"
# No park pledged more.
LARGEST = "xinguang"
ENTRY = f"/admin/parks/quarterlyreport/enter/{LARGEST}/{QUARTER}/"


@pytest.fixture
def city(live_server, baseline) -> str:
    """The city without invented reports; one park was asked to report."""
    park = Park.objects.get(code=LARGEST)
    ReportsFrom.objects.create(
        park=park, quarter=QUARTER, known_from=date(2025, 10, 1), reason="市科技局通知"
    )
    make_user(username="manager", role="park manager", parks=[park])
    return live_server.url


@pytest.fixture
def pledges(city):
    counts = {
        park: Commitment.objects.filter(park__code=park).count()
        for park in Park.objects.values_list("code", flat=True)
    }
    assert counts[LARGEST] == max(counts.values())
    return list(
        Commitment.objects.filter(park__code=LARGEST).select_related("indicator").order_by("order", "pk")
    )


@pytest.fixture
def manager(visit, city):
    manager = visit()
    manager.log_in("manager", PASSWORD)
    manager.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=city)
    manager.go(ENTRY)
    yield manager
    # What a page hands over when it is closed arrives while the city still answers.
    last = manager.context.new_page()
    for page in manager.context.pages[:-1]:
        page.close()
    last.wait_for_timeout(500)


@pytest.fixture
def page(manager):
    return manager.page


def saved() -> list[Decimal]:
    figures = Figure.objects.filter(report__park__code=LARGEST).order_by("commitment__order", "commitment_id")
    return list(figures.values_list("value", flat=True))


def settled(page):
    """The server has judged what was typed last, and keeps it."""
    page.locator("#saved", has_text="已自动保留").wait_for()


def paste(page, rows: list[list[str]]):
    page.evaluate("text => navigator.clipboard.writeText(text)", "\n".join("\t".join(row) for row in rows))
    page.keyboard.press("Control+V")


def test_a_full_quarter_of_the_largest_park_is_entered_and_submitted_by_keyboard_alone(page, pledges):
    presses = 0

    def press(key):
        nonlocal presses
        presses += 1
        page.keyboard.press(key)

    page.locator(f"#value-{pledges[0].pk}").focus()
    # Fewer high-tech firms than firms: a part is no larger than its whole.
    figures = list(range(len(pledges), 0, -1))
    for figure in figures:
        press(str(figure))
        press("Enter")
    assert page.evaluate("document.activeElement.value") == "save"
    settled(page)
    press("Tab")
    assert page.evaluate("document.activeElement.value") == "submit"
    press("Enter")
    page.wait_for_url("**/admin/")
    assert saved() == figures
    assert QuarterlyReport.objects.get().status == "submitted"
    # A digit and Enter for each figure, and two keys to submit.
    assert presses == 2 * len(pledges) + 2


def test_a_column_copied_from_a_spreadsheet_fills_the_quarter(page, pledges):
    page.locator(f"#value-{pledges[0].pk}").focus()
    figures = [20 - number for number in range(len(pledges))]
    paste(page, [[str(figure)] for figure in figures])
    settled(page)
    page.locator('button[value="save"]').click()
    page.locator(".messagelist .success").wait_for()
    assert saved() == figures
    assert not KeptCopy.objects.exists()


def test_a_block_with_names_finds_its_rows_and_what_found_none_is_listed(page, pledges):
    first, second, *_rest = pledges
    page.locator(f"#value-{pledges[-1].pk}").focus()
    paste(
        page,
        [
            ["指标", "三季度", "四季度"],
            [second.indicator.name_zh, "1", "1,234"],
            ["不认识的指标", "3", "4"],
            [first.indicator.name_en, "5", "3.5万"],
        ],
    )
    page.locator("#paste-refused", has_text="3.5万").wait_for()
    assert page.locator(f"#value-{second.pk}").input_value() == "1,234"
    assert page.locator(f"#value-{first.pk}").input_value() == "3.5万", (
        "refused, and still there to be mended"
    )
    report = page.locator("#paste-report").inner_text()
    assert "不认识的指标 3 4" in report and "35000" in report
    page.locator("#paste-report button").click()
    assert page.locator(f"#value-{second.pk}").input_value() == ""


def test_a_column_that_is_too_long_lists_what_is_left(page, pledges):
    page.locator(f"#value-{pledges[-1].pk}").focus()
    paste(page, [["7"], ["8"], ["9"]])
    settled(page)
    assert page.locator(f"#value-{pledges[-1].pk}").input_value() == "7"
    assert "8 · 9" in page.locator("#paste-report").inner_text()


def test_the_consequence_of_a_figure_stands_beside_it_while_it_is_typed(page, pledges):
    outcome = page.locator(f"#outcome-{pledges[0].pk}")
    assert "未填" in outcome.inner_text()
    page.locator(f"#value-{pledges[0].pk}").fill("100000")
    outcome.locator(".state", has_text="已完成").wait_for()
    assert "任务进度" in outcome.inner_text()


def test_a_closed_tab_loses_nothing(page, pledges):
    page.locator(f"#value-{pledges[0].pk}").fill("42")
    settled(page)
    context = page.context
    page.close()
    again = context.new_page()
    again.goto(ENTRY)
    again.locator("#kept a.button").click()
    assert again.locator(f"#value-{pledges[0].pk}").input_value() == "42"
    assert saved() == []


def test_an_expired_log_in_loses_nothing(manager, pledges):
    page = manager.page
    page.locator(f"#value-{pledges[0].pk}").fill("42")
    settled(page)
    page.context.clear_cookies(name="sessionid")
    page.locator(f"#value-{pledges[1].pk}").fill("43")
    page.locator("#saved", has_text="暂存在本窗口").wait_for()
    # The browser itself reports that the answer was the log-in page.
    assert manager.wrong
    manager.wrong.clear()
    page.locator('button[value="save"]').click()
    page.wait_for_url("**/accounts/login/**")
    page.fill("input[name=username]", "manager")
    page.fill("input[name=password]", PASSWORD)
    page.locator("main button[type=submit]").click()
    page.wait_for_url(f"**{ENTRY}")
    page.locator("#restore button").click()
    typed = [page.locator(f"#value-{pledge.pk}").input_value() for pledge in pledges[:2]]
    assert typed == ["42", "43"]
