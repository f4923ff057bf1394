"""On every public page every state opens to its arithmetic, its source, and who supplies what is missing."""

import gzip
import re
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from changchun_innovation.overview.queries import overview
from changchun_innovation.shared.params import asked_of
from changchun_innovation.shared.wording import STATE_WORDS, number_text
from parks.models import CommitmentTerms, Park
from targets.models import Target
from tests.reading_pages import elements

pytestmark = pytest.mark.looks

LANGUAGES = ("zh-hans", "en")
QUARTERS = ("2023-Q3", "2025-Q4", "2026-Q3")


class Panels(HTMLParser):
    """The panels of a page by id with their words, the buttons that open them, and the marks outside of both."""

    def __init__(self, response):
        super().__init__()
        self.panels: dict[str, str] = {}
        self.labels: dict[str, list[str]] = {}
        self.bare_marks: list[str] = []
        self._panel = self._button = None
        self._depth = 0
        self._key = False
        self.feed(response.content.decode())

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        classes = (given.get("class") or "").split()
        if tag == "p":
            self._key = "key" in classes
        if tag == "div" and self._panel:
            self._depth += 1
        if "popover" in given:
            assert given["id"] not in self.panels, "one panel per promise and page"
            self._panel, self._depth = given["id"], 1
            self.panels[self._panel] = ""
        elif tag == "button" and "popovertarget" in given and "popovertargetaction" not in given:
            self._button = given["popovertarget"]
            self.labels.setdefault(self._button, []).append("")
        elif "state" in classes and not (self._button or self._panel or self._key):
            self.bare_marks.append(given["class"])

    def handle_endtag(self, tag):
        if tag == "button":
            self._button = None
        if tag == "div" and self._panel:
            self._depth -= 1
            if not self._depth:
                self._panel = None

    def handle_data(self, data):
        if self._button:
            self.labels[self._button][-1] += data
        if self._panel:
            self.panels[self._panel] += data


def pages() -> list[str]:
    parks = Park.objects.values_list("code", "academic_partner__code", "zone_partner__code")
    institutions = {code for _park, *codes in parks for code in codes} | {"changxing-fund"}
    return [
        "/",
        "/parks/",
        "/targets/",
        *(f"/parks/{code}/" for code, *_rest in parks),
        *(f"/targets/{code}/" for code in Target.objects.values_list("code", flat=True)),
        *(f"/institutions/{code}/" for code in sorted(institutions)),
    ]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_state_on_every_page_opens_to_its_reasoning(demo_data, client, lang):
    opened = set()
    for page in pages():
        for quarter in QUARTERS if page in ("/", "/parks/", "/targets/") else QUARTERS[1:2]:
            read = Panels(client.get(page, {"lang": lang, "quarter": quarter}))
            assert not read.bare_marks, page
            assert set(read.labels) == set(read.panels), page
            for panel, words in read.panels.items():
                assert "%(" not in words and not re.search(r"\bNone\b(?! of)", words), (page, panel)
            for labels in read.labels.values():
                for label in labels:
                    assert re.search(r"\w", label), page
            opened |= set(read.panels)
    # 29 commitments, 8 parks' lists of states, every target.
    assert len(opened) >= 29 + 8 + Target.objects.count()


@pytest.mark.parametrize(
    "page", ["/", "/parks/", "/targets/", "/parks/erguang/", "/targets/parks-high-tech-firms/"]
)
def test_the_panel_says_the_numbers_that_a_script_reads(demo_data, client, page):
    answer = client.get(page)
    panels = Panels(answer).panels
    judged = [e for name in ("data-commitment", "data-target") for e in elements(answer, name)]
    assert judged
    for element in judged:
        key = element.get("data-commitment") or element["data-target"]
        words = panels["why-" + key.replace("/", "--")]
        assert str(STATE_WORDS[element["data-state"]]) in words
        for name in ("data-value", "data-target-value"):
            if element[name]:
                assert number_text(Decimal(element[name])) in words, (key, name)
        for name in ("data-progress", "data-pace"):
            if element[name]:
                assert f"{Decimal(element[name]) * 100:,.2f}%".replace("-", "−") in words, (key, name)


def test_a_button_is_named_by_its_promise_and_its_state(demo_data, client):
    labels = Panels(client.get("/")).labels["why-erguang--high-tech-firms"]
    (label,) = labels
    assert "高新技术企业" in label and "珥光" in label and "滞后" in label


def test_a_panel_names_the_source_what_is_missing_and_who_reports(demo_data, client):
    answer = client.get("/parks/erguang/")
    words = Panels(answer).panels["why-erguang--high-tech-firms"]
    for expected in (
        "出处",
        "地校院企",
        "缺什么",
        "基数",
        "节点目标",
        "由谁提供",
        "长春理工大学",
        "每个季度",
    ):
        assert expected in words, expected
    assert 'href="/sources/conference-2023/"' in answer.content.decode()


def test_a_panel_of_a_city_target_says_what_is_unclear_and_who_publishes(demo_data, client):
    words = Panels(client.get("/")).panels["why-city-transferred-results"]
    for expected in ("表述不明", "自然年", "由谁提供", "公布后由审核人录入", "出处"):
        assert expected in words, expected
    assert "填报人" not in words, "no park reports what the city publishes"


def test_a_joint_pledge_names_the_parks_that_its_sum_waits_for(demo_data, client):
    words = Panels(client.get("/")).panels["why-parks-high-tech-firms"]
    assert "缺数" in words and "莲花山" in words


def test_progress_never_stands_without_elapsed_time(demo_data, client):
    html = client.get("/parks/").content.decode()
    cells = re.findall(r'<td class="cell s-.*?</td>', html, re.S)
    undated = CommitmentTerms.objects.filter(due_on=None).count()
    alone = [cell for cell in cells if 'class="ratio"' in cell and 'class="elapsed"' not in cell]
    assert len(cells) == 29
    assert len(alone) <= undated
    for words in re.findall(r'<span class="words">任务进度.*?</span>', html, re.S):
        assert "时间进度" in words


def test_the_required_pace_can_be_sorted_in_the_lists(demo_data, client):
    for page in ("/parks/", "/parks/erguang/"):
        html = client.get(page).content.decode()
        assert "所需速度" in html
        assert re.search(r'data-sort="4">4\.0 倍<br><span class="quiet small">每季 3<', html), page


def test_a_baseline_that_nobody_knows_is_said_beside_the_progress(demo_data, client):
    html = client.get("/parks/erguang/").content.decode()
    row = re.search(r'<tr>\s*<th scope="row"><a href="#high-tech-firms">.*?</tr>', html, re.S)[0]
    assert "基数未知，按 0 计" in row
    assert "按直线估计" in row


def test_the_overview_with_all_its_panels_stays_small(demo_data, client):
    for lang in LANGUAGES:
        assert len(gzip.compress(client.get("/", {"lang": lang}).content)) < 45_000


def test_a_panel_asks_nothing_of_the_database(demo_data):
    asked = asked_of(RequestFactory().get("/"))
    page = overview(asked.quarter, asked.known_on)
    with CaptureQueriesContext(connection) as caught:
        assert all(cell.why.steps for row in page.matrix for cell in row.cells if cell)
        assert all(pledge.why.facts for pledge in page.joint)
        assert all(line.why.brief for line in page.city)
    assert not len(caught)
