"""Chromium before the city's own server, with the demonstration in a database of the test's own.

Without Chromium these tests are reported as not run; with REQUIRE_BROWSER=1 in the environment that is an error.
"""

import os
import shutil
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import sync_playwright

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.is_relative_to(os.path.dirname(__file__)):
            item.add_marker(pytest.mark.browser)


def executable() -> str | None:
    for name in (os.environ.get("CHROMIUM"), "/usr/bin/chromium", "chromium", "chromium-browser"):
        if name and (found := shutil.which(name)):
            return found
    return None


@pytest.fixture(scope="session")
def chromium():
    """One Chromium for the session."""
    found = executable()
    if found is None:
        if os.environ.get("REQUIRE_BROWSER", "") not in ("", "0"):
            pytest.fail("Chromium is not installed, and REQUIRE_BROWSER asks for it")
        pytest.skip("not run: Chromium is not installed (name it in CHROMIUM)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


class Visit:
    """A reader's window: knows the city's address, and remembers what must not happen in it."""

    def __init__(self, browser, city: str, width: int, **device):
        self.city = city
        self.context = browser.new_context(
            base_url=city,
            viewport={"width": width, "height": 900},
            locale="zh-CN",
            reduced_motion="reduce",
            **device,
        )
        self.context.set_default_timeout(30_000)
        self.page = self.context.new_page()
        self.wrong: list[str] = []
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.wrong.append(f"script: {error}"))
        self.page.on("requestfailed", self._failed)
        self.page.on("response", self._answered)
        self.context.on("request", self._asked)

    def _heard(self, message):
        if message.type in ("error", "warning"):
            self.wrong.append(f"console: {message.text}")

    def _asked(self, request):
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.netloc != urlsplit(self.city).netloc:
            self.wrong.append(f"foreign request: {request.url}")

    def _failed(self, request):
        # A reader who leaves a page early ends what it was loading.
        if "ERR_ABORTED" not in (request.failure or ""):
            self.wrong.append(f"failed: {request.url} {request.failure}")

    def _answered(self, response):
        if response.status >= 400:
            self.wrong.append(f"{response.status}: {response.url}")

    def go(self, path: str):
        """Open an address of the city and wait until its scripts have run."""
        return self.page.goto(path, wait_until="load")

    def look_at_all_charts(self) -> int:
        """Scroll to every chart and wait until plotly has drawn it; answers how many there are."""
        charts = self.page.locator("[data-chart]")
        for number in range(charts.count()):
            chart = charts.nth(number)
            chart.scroll_into_view_if_needed()
            chart.locator(".main-svg").first.wait_for(state="visible")
        return charts.count()

    def log_in(self, username: str, password: str) -> None:
        self.go("/accounts/login/")
        self.page.fill("input[name=username]", username)
        self.page.fill("input[name=password]", password)
        self.page.locator("main button[type=submit]").click()
        self.page.wait_for_url(lambda address: "/login/" not in address)

    def end(self) -> None:
        self.context.close()
        assert not self.wrong


@pytest.fixture
def city(live_server, demo_data) -> str:
    """The address of the city's own server, which shows the demonstration."""
    return live_server.url


@pytest.fixture
def visit(chromium, city):
    """Begins visits: `visit(width=360)`. Every visit must end without an error, and without a foreign request.

    What else is given describes the device in Playwright's words: `visit(360, has_touch=True, is_mobile=True)`.
    """
    begun: list[Visit] = []

    def begin(width: int = 1280, **device) -> Visit:
        begun.append(Visit(chromium, city, width, **device))
        return begun[-1]

    yield begin
    for each in begun:
        each.end()
