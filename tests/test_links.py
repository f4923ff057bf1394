"""A reader who follows the links of the city never stands before a wall."""

from collections import Counter
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from django.test import Client

from tests import addresses

pytestmark = pytest.mark.looks

PATHS = [path for pattern in addresses.pages() for path in pattern.paths()]


class Page(HTMLParser):
    """The ids, links, labels and headings of a page."""

    def __init__(self, html: str):
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.references: list[str] = []
        self.headings: list[int] = []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if "id" in attributes:
            self.ids.append(attributes["id"])
        if tag == "a":
            self.links.append(attributes.get("href") or "")
        for name in ("for", "aria-labelledby", "aria-describedby", "aria-controls", "headers"):
            self.references += (attributes.get(name) or "").split()
        if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
            self.headings.append(int(tag[1]))


def read(path: str) -> Page:
    answer = Client().get(path)
    assert answer.status_code == 200, path
    return Page(answer.content.decode())


@pytest.mark.parametrize("path", PATHS)
def test_every_page_is_built_so_that_it_can_be_read_aloud(demo_data, path):
    page = read(path)
    assert not [name for name, times in Counter(page.ids).items() if times > 1]
    assert not [name for name in page.references if name not in page.ids]
    assert page.headings.count(1) == 1
    steps = zip(page.headings, page.headings[1:], strict=False)
    assert not [(upper, lower) for upper, lower in steps if lower > upper + 1], "a level is left out"


def test_no_link_of_any_page_is_dead(demo_data):
    # As a browser asks: a file that needs an account leads to the log-in.
    client = Client(headers={"Accept": "text/html,*/*"})
    asked: dict[str, int] = {}
    dead = []
    for path in PATHS:
        page = read(path)
        for link in page.links:
            address, fragment = urldefrag(urljoin(path, link))
            parts = urlsplit(address)
            if parts.netloc:
                assert parts.scheme in ("http", "https"), link
                continue
            if fragment and parts.path == path and not parts.query and fragment not in page.ids:
                dead.append((path, link))
            # One of the links to an address stands for all of them, whatever question they carry.
            if parts.path not in asked:
                answer = client.get(address)
                if answer.streaming:
                    b"".join(answer)
                asked[parts.path] = answer.status_code
            if asked[parts.path] not in (200, 302):
                dead.append((path, link))
    assert not dead
    assert len(asked) > 60


@pytest.mark.parametrize("quarter", ["2023-Q4", "2025-Q4", "2026-Q3"])
def test_every_park_and_target_has_its_page_in_any_quarter(demo_data, quarter):
    client = Client()
    lists = {
        link for path in ("/parks/", "/targets/", "/institutions/", "/sources/") for link in read(path).links
    }
    codes = {
        link for link in lists if link.count("/") == 3 and not link.startswith(("/data", "/admin", "/i18n"))
    }
    assert len(codes) > 40
    assert not [path for path in sorted(codes) if client.get(path, {"quarter": quarter}).status_code != 200]
