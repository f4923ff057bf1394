"""The look: contrast, the strict content policy, the palette of the charts, the pages that stand when others fall."""

import gzip
import re
from itertools import chain
from pathlib import Path

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from changchun_innovation.finders import joined
from changchun_innovation.shared.progress import State
from changchun_innovation.templatetags.writing import state_class

ROOT = Path(__file__).resolve().parent.parent
CSS = ROOT / "static" / "css"
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STATE_COLOURS = ["achieved", "on-track", "watch", "behind", "missed", "unreported", "dim"]


def palettes() -> dict[str, dict[str, str]]:
    """The colours of tokens.css by name, for the light and for the dark page."""
    light, dark = (CSS / "tokens.css").read_text().split("@media", 1)
    found = {
        name: dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", text))
        for name, text in (("light", light), ("dark", dark))
    }
    found["dark"] = found["light"] | found["dark"]
    return found


def luminance(colour: str) -> float:
    """Relative luminance, https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("page", ["light", "dark"])
@pytest.mark.parametrize("text", ["ink", "ink-2", "accent", "chart-subject", *STATE_COLOURS])
def test_every_text_colour_is_legible_on_every_ground(page, text):
    colours = palettes()[page]
    for ground in ("ground", "ground-2"):
        assert contrast(colours[text], colours[ground]) >= 4.5, (page, text, ground)


@pytest.mark.parametrize("page", ["light", "dark"])
def test_banner_and_buttons_are_legible(page):
    colours = palettes()[page]
    assert contrast(colours["on-banner"], colours["banner"]) >= 4.5
    assert contrast(colours["ground"], colours["accent"]) >= 4.5
    assert contrast(colours["accent"], colours["accent-ground"]) >= 4.5


def test_the_dark_page_names_its_own_value_for_every_colour_of_text():
    dark = (CSS / "tokens.css").read_text().split("@media", 1)[1]
    for name in ("ground", "ink", "ink-2", "line", "accent", *STATE_COLOURS):
        assert f"--{name}: #" in dark, name


def test_paper_is_never_dark():
    assert "@media screen and (prefers-color-scheme: dark)" in (CSS / "tokens.css").read_text()


def test_charts_know_the_colours_of_the_page():
    script = (ROOT / "static" / "js" / "charts.js").read_text()
    light = palettes()["light"]
    pairs = re.findall(r'"(#[0-9a-f]{6})": "--([\w-]+)"', script)
    assert len(pairs) > 10
    for colour, name in pairs:
        assert light[name] in (colour, colour[:1] + colour[1::2]), name


def test_every_state_has_a_colour_class():
    css = (CSS / "components.css").read_text()
    for state in State:
        assert f".{state_class(state)}" in css


def test_what_a_page_is_made_of_stays_small():
    """As it travels, compressed: comments that say why must not be what is saved on."""
    sheets = {sheet.name: len(gzip.compress(sheet.read_bytes(), 9)) for sheet in CSS.glob("*.css")}
    assert sheets["admin.css"] < 6_500
    assert sheets["bulletin.css"] < 1_000
    assert len(gzip.compress(joined("css/site.css"), 9)) < 8_500
    assert len(gzip.compress(joined("js/site.js"), 9)) < 7_000


def test_every_class_of_a_template_is_known_to_the_style_sheets():
    known = set(re.findall(r"\.([a-z][\w-]*)", "".join(sheet.read_text() for sheet in CSS.glob("*.css"))))
    unknown = set()
    for template in TEMPLATES:
        if "admin" in template.parts:
            continue
        # Tags go first: they may hold quotation marks of their own.
        plain = re.sub(r"[\w-]*({%.*?%}|{{.*?}})", " ", template.read_text())
        for names in re.findall(r'class="([^"]*)"', plain):
            unknown |= {(template.name, name) for name in names.split() if name not in known}
    assert not unknown


def test_no_template_needs_more_than_the_strict_content_policy_allows():
    for template in TEMPLATES:
        text = template.read_text()
        assert not re.search(r"\sstyle=", text), template
        assert not re.search(r"\son[a-z]+=[\"']", text), template
        assert "<style" not in text, template
        assert all("src=" in tag for tag in re.findall(r"<script\b[^>]*>", text)), template


def test_no_script_stands_in_the_way_of_the_first_paint():
    for template in TEMPLATES:
        assert all(" defer" in tag for tag in re.findall(r"<script\b[^>]*>", template.read_text())), template


def test_no_page_asks_a_foreign_host_for_anything():
    files = chain(TEMPLATES, CSS.glob("*.css"), (ROOT / "static" / "js").glob("*.js"))
    for file in files:
        assert not re.search(r"(src|href)=[\"']https?://|url\(|@import|//cdn", file.read_text()), file


def test_the_page_of_a_broken_server_needs_nothing_of_the_server():
    for name in ("500.html", "400.html"):
        html = render_to_string(name)
        assert '<html lang="zh-Hans">' in html
        assert 'href="/"' in html
        assert 'class="demo"' not in html


@pytest.mark.django_db
def test_an_unknown_address_is_answered_in_the_look_of_the_site():
    response = Client().get("/no-such-page/?lang=en")
    assert response.status_code == 404
    assert 'class="brand"' in response.content.decode()


@pytest.mark.django_db
def test_a_wrong_password_is_said_on_top_of_the_form():
    response = Client().post(reverse("login"), {"username": "nobody", "password": "wrong"})
    html = response.content.decode()
    assert html.index("error-summary") < html.index('name="username"')
    assert 'value="nobody"' in html
    assert '<label for="id_username">' in html


@pytest.mark.django_db
def test_a_missing_password_is_said_beside_the_field_and_on_top_with_a_link_to_it():
    html = Client().post(reverse("login"), {"username": "nobody"}).content.decode()
    assert 'href="#id_password"' in html
    assert 'class="error" id="id_password_error' in html


@pytest.mark.django_db
def test_the_gallery_of_components_exists_only_where_nobody_can_take_it_for_real(settings):
    settings.DEMO = True
    response = Client().get("/components/")
    assert response.status_code == 200
    assert "data-demo" in response.content.decode()
    settings.DEMO = settings.DEBUG = False
    assert Client().get("/components/").status_code == 404


@pytest.mark.django_db
def test_the_navigation_leads_to_all_six_sections():
    html = Client().get("/components/").content.decode()
    sections = re.search(r'<nav class="sections.*?</nav>', html, re.S)[0]
    assert re.findall(r">([^<>]+)</a>", sections) == ["总览", "目标", "园区", "机构", "举措", "数据"]


@pytest.mark.django_db
def test_a_public_page_holds_no_form_that_makes_every_rendering_differ():
    html = Client().get("/components/").content.decode()
    assert "csrfmiddlewaretoken" not in html
