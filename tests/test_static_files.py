"""Static files that are made from others: the joined style sheet and script, plotly's script."""

import os
import shutil
from importlib.resources import files
from pathlib import Path

import pytest

from changchun_innovation import finders


@pytest.fixture
def finder(settings, tmp_path):
    """A finder whose sources and made files lie in folders of the test."""
    shutil.copytree(settings.BASE_DIR / "static", tmp_path / "static")
    settings.BASE_DIR, settings.DATA_DIR = tmp_path, tmp_path / "data"
    return finders.MadeFinder()


def test_a_joined_file_holds_its_sources_in_their_order_and_each_is_there(finder, settings):
    for name, sources in finders.JOINED.items():
        texts = [(settings.BASE_DIR / "static" / source).read_text() for source in sources]
        assert Path(finder.find(name)).read_text() == "".join(texts)
        assert all(text.endswith("\n") for text in texts), "the next one begins on a line of its own"


def test_a_source_that_changes_changes_the_joined_file_and_nothing_else_does(finder, settings):
    found = Path(finder.find("css/site.css"))
    os.utime(found, (1, 1))
    assert finder.find("css/site.css") == str(found)
    assert found.stat().st_mtime == 1, "an unchanged file was written again, and would be collected again"
    with (settings.BASE_DIR / "static" / "css" / "print.css").open("a") as source:
        source.write(".new-rule { color: inherit; }\n")
    assert Path(finder.find("css/site.css")).read_text().endswith(".new-rule { color: inherit; }\n")


def test_what_can_be_found_can_be_collected_and_nothing_else_of_the_package_is_offered(finder):
    listed = {name: storage.path(name) for name, storage in finder.list([])}
    assert set(listed) == {"css/site.css", "js/site.js", "plotly/plotly.min.js"}
    assert {name: finder.find(name) for name in listed} == listed
    assert {name: finder.find(name, find_all=True) for name in listed} == {n: [p] for n, p in listed.items()}
    assert finder.find("plotly/package_data/plotly.min.js") == finder.find("css/tokens.css") == []


def test_the_one_function_of_plotlys_script_stands_in_parentheses_and_nothing_else_is_changed():
    script = (files("plotly") / "package_data" / "plotly.min.js").read_bytes()
    served = finders.plotly_script()
    assert served.count(b"this, (() => {") == 1 and served.endswith(b"\n})));\n")
    again = served.replace(b"this, (() => {", b"this, () => {").removesuffix(b"})));\n") + b"}));"
    assert again == script.rstrip()


@pytest.mark.parametrize("script", [b"var Plotly = {};\n", b"(this, () => { return 1; })\n", b""])
def test_a_script_of_another_shape_stays_as_it_is(script):
    assert finders.in_parentheses(script) == script
