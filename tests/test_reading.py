"""What a screen reader says of a page makes sense: one title, headings in order, tables and charts in words."""

import re
from html.parser import HTMLParser

import pytest
from django.test import Client
from django.urls import reverse

from parks.models import QuarterlyReport
from tests import addresses
from tests.factories import make_user

pytestmark = pytest.mark.looks

VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
LABELLED = ("aria-label", "aria-labelledby", "title")


class Reading(HTMLParser):
    """Headings as (level, words); tables, charts, fields and images with what names them."""

    def __init__(self, html: str):
        super().__init__()
        self.headings: list[tuple[int, str]] = []
        self.tables: list[dict] = []
        self.charts: list[str] = []
        self.words: dict[str, str] = {}
        self.labels: set[str] = set()
        self.nameless: list[str] = []
        self.landmarks: list[str] = []
        self._open: list[tuple[str, str | None]] = []
        self._inside: list[dict] = []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        inside = {name for name, _ in self._open}
        if re.fullmatch("h[1-6]", tag):
            self.headings.append((int(tag[1]), ""))
        if tag == "table":
            self._inside.append(
                {"caption": "", "heads": 0, "unscoped": 0, "named": attributes.get("aria-labelledby")}
            )
        if tag == "th" and self._inside:
            self._inside[-1]["heads"] += 1
            self._inside[-1]["unscoped"] += "scope" not in attributes
        if "data-chart" in attributes:
            self.charts.append(attributes.get("aria-labelledby") or "")
        if tag == "label":
            self.labels.add(attributes.get("for") or "")
        field = tag in ("select", "textarea") or (
            tag == "input" and attributes.get("type") not in ("hidden", "submit", "button", "reset")
        )
        named = "label" in inside or any(attributes.get(name) for name in LABELLED)
        if field and not named:
            self.nameless.append(attributes.get("id") or f"a nameless {tag}")
        if tag == "img" and "alt" not in attributes:
            self.nameless.append("an image without its words")
        if tag in ("main", "nav", "header", "footer"):
            self.landmarks.append(tag)
        if tag not in VOID:
            self._open.append((tag, attributes.get("id")))

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag):
        if tag == "table":
            self.tables.append(self._inside.pop())
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        for tag, name in self._open:
            if name:
                self.words[name] = self.words.get(name, "") + data
            if tag == "caption" and self._inside:
                self._inside[-1]["caption"] += data
            if re.fullmatch("h[1-6]", tag):
                level, text = self.headings[-1]
                self.headings[-1] = (level, text + data)


def complaints(html: str) -> list[str]:
    """What a listener would miss on a page, in words; empty where nothing is missing."""
    page = Reading(html)
    levels = [level for level, _ in page.headings]
    found = []
    if levels.count(1) != 1:
        found.append(f"{levels.count(1)} titles")
    found += [f"heading without words, level {level}" for level, words in page.headings if not words.strip()]
    found += [
        f"“{words.strip()}” leaves out a level"
        for (upper, _), (lower, words) in zip(page.headings, page.headings[1:], strict=False)
        if lower > upper + 1
    ]
    for table in page.tables:
        if not table["caption"].strip() and not page.words.get(table["named"] or ""):
            found.append("a table without caption")
        if not table["heads"]:
            found.append("a table without heads")
        if table["unscoped"]:
            found.append(f"{table['unscoped']} heads of “{table['caption'].strip()}” belong to nothing")
    for named in page.charts:
        title, *sentence = [page.words.get(each, "").strip() for each in named.split()]
        if not (title and sentence and len(sentence[0]) > 10):
            found.append(f"a chart without its sentence: {title}")
    found += [f"a field without label: {field}" for field in page.nameless if field not in page.labels]
    if page.landmarks.count("main") != 1:
        found.append("not one main part")
    return found


PATHS = [path for pattern in addresses.pages() for path in pattern.paths()]


@pytest.mark.parametrize("lang", ["zh-hans", "en"])
def test_every_public_page_tells_a_listener_what_it_shows(demo_data, lang):
    client = Client()
    pages = {
        path: client.get(path, {"lang": lang}) for path in [*PATHS, "/accounts/login/", "/no-such-page/"]
    }
    found = {path: complaints(page.content.decode()) for path, page in pages.items()}
    assert not {path: each for path, each in found.items() if each}


def test_every_page_of_the_desk_tells_a_listener_what_it_shows(demo_data):
    draft = QuarterlyReport.objects.filter(status="draft").select_related("park").first()
    waiting = QuarterlyReport.objects.filter(status="submitted").first()
    kept = {"park": draft.park.code, "quarter": str(draft.quarter)}
    name = "admin:parks_quarterlyreport_{}".format
    desk = reverse("admin:index")
    pages = {
        make_user(username="her", role="park manager", parks=[draft.park]): [
            desk,
            reverse("logout"),
            reverse(name("enter"), kwargs=kept),
            reverse(name("evidence_entry"), kwargs=kept),
            reverse(name("import"), kwargs=kept),
        ],
        make_user(username="wang", role="reviewer"): [desk, reverse(name("change"), args=[waiting.pk])],
        make_user(username="root", role="administrator"): [desk, reverse("admin:auth_user_handover")],
    }
    found = {}
    for user, paths in pages.items():
        client = Client()
        client.force_login(user)
        for path in paths:
            answer = client.get(path)
            assert answer.status_code == 200, path
            found[f"{user} {path}"] = complaints(answer.content.decode())
    assert not {path: each for path, each in found.items() if each}


def test_the_overview_is_heard_in_the_order_of_its_questions(demo_data):
    page = Reading(Client().get("/").content.decode())
    heard = [words.split()[0] for level, words in page.headings if level == 2]
    assert heard[0] == "需要关注"
    assert heard.index("全市目标") < heard.index("季报报送")


def test_the_sweep_hears_what_is_missing():
    wrong = (
        "<main><h1>标题</h1><h3>跳级</h3><table><tr><td>1</td></tr></table><input id='amount'>"
        "<div data-chart='x' aria-labelledby='t s'></div><p id='t'>图</p></main>"
    )
    assert len(complaints(wrong)) == 5
