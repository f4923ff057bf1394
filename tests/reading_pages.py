"""Reading a page as a script would: elements with their data- attributes, figures, visible text."""

import json
import re
from html import unescape
from html.parser import HTMLParser

HIDDEN = {"script", "style", "head"}


class _Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.elements: list[dict] = []
        self.words: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag, attributes):
        self.elements.append({"tag": tag, **{name: value or "" for name, value in attributes}})
        self._hidden += tag in HIDDEN

    def handle_endtag(self, tag):
        self._hidden -= tag in HIDDEN

    def handle_data(self, data):
        if not self._hidden:
            self.words.append(data)


def _read(response) -> _Page:
    page = _Page()
    page.feed(response.content.decode())
    return page


def elements(response, attribute: str) -> list[dict]:
    """Every element that carries an attribute, as {attribute: value}."""
    return [element for element in _read(response).elements if attribute in element]


def judged(response, attribute: str = "data-commitment") -> dict[str, dict]:
    """The judged values of a page by commitment or target code; the last element of a code counts."""
    return {element[attribute]: element for element in elements(response, attribute)}


def text(response) -> str:
    """What a reader sees, with every run of white space as one space."""
    return re.sub(r"\s+", " ", "".join(_read(response).words))


def links(response) -> set[str]:
    return {element["href"] for element in elements(response, "href")}


def figures(response) -> dict[str, dict]:
    """Every figure of a page by the name of its chart."""
    html = response.content.decode()
    scripts = dict(re.findall(r'<script id="([^"]+)" type="application/json">(.*?)</script>', html, re.S))
    return {
        element["data-chart"]: json.loads(unescape(scripts[element["data-source"]]))
        for element in elements(response, "data-chart")
    }
