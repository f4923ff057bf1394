"""WCAG 2.2 AA on every page, as far as a machine can tell: axe-core, the keyboard, zoom, and a reader's own settings.

axe comes with axe-playwright-python and is evaluated by the browser's debugger, so that the page's strict content policy
stays as it is. Most of its rules read the document alone: they are asked once, of the wide light page. Those that depend
on layout and colours are asked of the narrow dark page again: both widths and both palettes are seen on every page.
"""

from functools import cache
from importlib.resources import files

import pytest
from django.urls import reverse
from playwright.sync_api import TimeoutError

from parks.models import Park, QuarterlyReport
from tests import addresses
from tests.factories import PASSWORD, make_user

pytestmark = [pytest.mark.browser, pytest.mark.looks]

PUBLIC = ["/accounts/login/", *(pattern.paths()[-1] for pattern in addresses.pages())]
LAYOUT = ["color-contrast", "target-size", "scrollable-region-focusable", "link-in-text-block"]
# A window of 1280 pixels at 200 % and at 400 % (WCAG 1.4.10).
ENLARGED = (640, 320)
RUN = """async only => {
  const found = await axe.run(document, {
    resultTypes: ['violations'],
    ...(only.length ? {runOnly: only} : {rules: {'target-size': {enabled: true}}}),
  });
  return found.violations
    .filter(rule => ['serious', 'critical'].includes(rule.impact))
    .map(rule => `${rule.id}: ${rule.nodes.slice(0, 3).map(node => node.html.slice(0, 200)).join(' | ')}`);
}"""
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Whether the element with the focus shows it, and lies in view.
SHOWN = """() => {
  const at = document.activeElement, box = at.getBoundingClientRect(), how = getComputedStyle(at);
  return at === document.body || (
    how.outlineStyle !== 'none' && parseFloat(how.outlineWidth) >= 2 && how.outlineColor !== 'rgba(0, 0, 0, 0)' &&
    box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth);
}"""


@cache
def axe() -> str:
    return files("axe_playwright_python").joinpath("axe.min.js").read_text()


def audit(page) -> list[str]:
    """Every serious or critical finding on the page as it stands open, wide and light, then narrow and dark."""
    page.evaluate(axe())
    found = []
    for width, scheme, only in ((1280, "light", []), (360, "dark", LAYOUT)):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        found += [f"{page.url} {width} {scheme} {each}" for each in page.evaluate(RUN, only)]
    return found


def desk(who: str) -> list[str]:
    """The pages of the desk that a role works on, with rows of the demonstration."""
    draft = QuarterlyReport.objects.filter(status="draft").select_related("park").first()
    waiting = QuarterlyReport.objects.filter(status="submitted").first()
    kept = {"park": draft.park.code, "quarter": str(draft.quarter)}
    name = "admin:parks_quarterlyreport_{}".format
    return {
        "manager": [
            reverse("admin:index"),
            reverse("logout"),
            reverse(name("enter"), kwargs=kept),
            reverse(name("evidence_entry"), kwargs=kept),
            reverse(name("import"), kwargs=kept),
        ],
        "reviewer": [
            reverse("admin:index"),
            reverse(name("change"), args=[waiting.pk]),
            reverse(name("changelist")),
        ],
        "administrator": [reverse("admin:index"), reverse("admin:auth_user_handover")],
    }[who]


@pytest.fixture(scope="module")
def window(chromium):
    """One window for all pages: a new one for each would cost more than the audit."""
    context = chromium.new_context(
        viewport={"width": 1280, "height": 900}, locale="zh-CN", reduced_motion="reduce"
    )
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


def log_in(page, city: str, username: str) -> None:
    page.context.clear_cookies()
    page.goto(f"{city}/accounts/login/")
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", PASSWORD)
    page.locator("main button[type=submit]").click()
    page.wait_for_url(lambda address: "/login/" not in address)


def test_axe_finds_nothing_serious_on_any_public_page_and_enlarged_none_scrolls_in_two_directions(
    window, city
):
    found, wide = [], []
    for path in [*PUBLIC, "/no-such-page/"]:
        assert window.goto(city + path).status == (404 if "no-such" in path else 200)
        found += audit(window)
        for width in ENLARGED:
            window.set_viewport_size({"width": width, "height": 450})
            try:
                # The scripts of the tables see the new width a moment later.
                window.wait_for_function(f"() => {OVERFLOW} <= 0", timeout=3_000)
            except TimeoutError:
                wide.append((path, width))
    assert (found, wide) == ([], [])


def test_axe_finds_nothing_serious_in_english_in_an_open_panel_and_in_drawn_charts(window, city):
    window.set_viewport_size({"width": 1280, "height": 900})
    window.goto(f"{city}/parks/erguang/?lang=en")
    for chart in window.locator("[data-chart]").all():
        chart.scroll_into_view_if_needed()
        chart.locator(".main-svg").first.wait_for(state="visible")
    found = audit(window)
    window.goto(f"{city}/?lang=en")
    window.locator("td.cell button").first.click()
    assert not found + audit(window)


def test_axe_finds_nothing_serious_at_the_desk(window, city):
    draft = QuarterlyReport.objects.filter(status="draft").select_related("park").first()
    make_user(username="her", role="park manager", parks=[Park.objects.get(pk=draft.park_id)])
    make_user(username="wang", role="reviewer")
    make_user(username="root", role="administrator")
    found = []
    for username, who in (("her", "manager"), ("wang", "reviewer"), ("root", "administrator")):
        log_in(window, city, username)
        for path in desk(who):
            assert window.goto(city + path).status == 200, path
            found += audit(window)
    window.context.clear_cookies()
    assert not found


def test_on_paper_every_word_is_dark_on_white_whatever_the_screen_was(window, city):
    window.set_viewport_size({"width": 1280, "height": 900})
    window.emulate_media(media="print", color_scheme="dark")
    found = []
    for path in ("/", "/bulletin/2025-Q3/"):
        window.goto(city + path)
        window.evaluate(axe())
        found += window.evaluate(RUN, ["color-contrast"])
    window.emulate_media(media="screen", color_scheme="light")
    assert not found


@pytest.mark.parametrize("path", ["/", "/parks/", "/parks/erguang/"])
def test_the_whole_page_is_walked_by_keyboard_and_the_focus_is_always_seen(window, city, path):
    window.set_viewport_size({"width": 1280, "height": 900})
    window.emulate_media(color_scheme="light")
    window.goto(city + path)
    window.keyboard.press("Tab")
    assert window.evaluate("document.activeElement.className") == "skip"
    reachable = window.evaluate(
        "[...document.querySelectorAll('a[href], button, select, input:not([type=hidden]), summary, [tabindex=\"0\"]')]"
        ".filter(e => e.checkVisibility({visibilityProperty: true}) && !e.closest('svg')).length"
    )
    unseen, stops = [], 0
    while window.evaluate("document.activeElement !== document.body") and stops < 2 * reachable:
        if not window.evaluate(SHOWN):
            unseen.append(window.evaluate("document.activeElement.outerHTML.slice(0, 200)"))
        window.keyboard.press("Tab")
        stops += 1
    assert not unseen
    # A field for a day has a stop for each of its parts, and a box that scrolls is a stop too.
    assert reachable <= stops < 2 * reachable, "every control has its turn, and the walk ends"


def test_a_panel_opens_by_enter_and_escape_leads_back_to_its_state(window, city):
    window.goto(f"{city}/")
    state = window.locator("td.cell button").first
    state.focus()
    window.keyboard.press("Enter")
    assert window.locator(".why:popover-open").count() == 1
    window.keyboard.press("Escape")
    assert window.locator(".why:popover-open").count() == 0
    assert state.evaluate("e => e === document.activeElement")


def test_who_asks_for_less_motion_sees_none(window, city):
    make_user(username="wang", role="reviewer")
    log_in(window, city, "wang")
    for path in ("/", "/parks/jixing/", "/admin/"):
        window.goto(city + path)
        moving = window.evaluate(
            "[...document.querySelectorAll('body *')].filter(e => { const s = getComputedStyle(e);"
            " return s.animationName !== 'none' || s.transitionDuration.split(',').some(d => parseFloat(d) > 0); })"
            ".map(e => e.outerHTML.slice(0, 100))"
        )
        assert not moving[:3], path
    window.context.clear_cookies()


def test_in_two_colours_states_are_told_by_word_and_shape_and_no_drawing_vanishes(window, city):
    window.emulate_media(forced_colors="active", color_scheme="dark")
    window.goto(f"{city}/components/")
    seen = window.evaluate(
        """() => [...document.querySelectorAll('.key .state')].map(e => [
          e.innerText.trim(), e.querySelector('.mark').innerHTML, getComputedStyle(e.querySelector('.mark')).fill])"""
    )
    words, shapes, colours = ({each[part] for each in seen} for part in range(3))
    assert len(words) == len(shapes) == len(seen) == 10
    assert len(colours) == 1
    ground = window.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert ground not in colours
    lines = window.evaluate(
        "[...new Set([...document.querySelectorAll('.bar .fill, .bar .reported')].map(e => getComputedStyle(e).fill)"
        ".concat([...document.querySelectorAll('.bar .goal, .bar .time, .sparkline .reported')]"
        ".map(e => getComputedStyle(e).stroke)))]"
    )
    window.emulate_media(forced_colors="none", color_scheme="light")
    assert ground not in lines
