"""Chinese first, English second, nothing in between."""

import json
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.test import Client

from parks.models import Figure, Milestone, Reply, ReportEvent
from tests import addresses

pytestmark = pytest.mark.looks

ROOT = Path(settings.BASE_DIR)
FOLDER = Path("changchun_innovation", "locale", "en", "LC_MESSAGES")
SOURCES = ["changchun_innovation", "institutions", "parks", "targets", "templates"]
HAN = re.compile(r"[\u3400-\u9fff]")
# English texts may quote a source in its own words, and name the two Chinese units that are explained there.
QUOTED = re.compile(r"“[^“”]*”|[万亿]")


@pytest.fixture(scope="module")
def catalogue() -> polib.POFile:
    return polib.pofile(str(ROOT / FOLDER / "django.po"))


@pytest.fixture(scope="module")
def extracted(tmp_path_factory) -> polib.POFile:
    """What makemessages finds in the project today, in a copy of it."""
    copy = tmp_path_factory.mktemp("project")
    for name in SOURCES:
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "*.mo"))
    shutil.copy(ROOT / "manage.py", copy)
    made = subprocess.run(
        [sys.executable, "manage.py", "makemessages", "-l", "en", "--no-obsolete", "--no-wrap"],
        cwd=copy,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert made.returncode == 0, made.stderr
    return polib.pofile(str(copy / FOLDER / "django.po"))


def key(entry: polib.POEntry) -> tuple:
    return (entry.msgctxt, entry.msgid, entry.msgid_plural)


def test_every_text_of_the_application_has_its_english(extracted, catalogue):
    known = {key(entry): entry for entry in catalogue if not entry.obsolete}
    missing = [entry.msgid for entry in extracted if key(entry) not in known]
    untranslated = [entry.msgid for entry in known.values() if not entry.translated()]
    assert (missing, untranslated) == ([], [])


def test_no_translation_is_a_guess_or_left_over(extracted, catalogue):
    used = {key(entry) for entry in extracted}
    assert not [entry.msgid for entry in catalogue if entry.fuzzy or entry.obsolete]
    assert not [entry.msgid for entry in catalogue if key(entry) not in used]


def test_every_text_is_written_in_chinese_and_its_translation_is_not(catalogue):
    # A text without any Chinese character is a unit, a sign or a name.
    for entry in catalogue:
        if HAN.search(entry.msgid):
            texts = list(entry.msgstr_plural.values()) or [entry.msgstr]
            assert not [text for text in texts if HAN.search(QUOTED.sub("", text))], entry.msgid


def test_translations_hold_the_same_placeholders(catalogue):
    placeholder = re.compile(r"%\(\w+\)[sd]|(?<!%)%[sd]|\{\w+\}")
    for entry in catalogue:
        for text in list(entry.msgstr_plural.values()) or [entry.msgstr]:
            assert set(placeholder.findall(text)) == set(placeholder.findall(entry.msgid)), entry.msgid


def test_the_compiled_catalogue_is_in_step_with_the_written_one(catalogue):
    compiled = polib.mofile(str(ROOT / FOLDER / "django.mo"))
    assert {key(e): (e.msgstr, e.msgstr_plural) for e in compiled} == {
        key(e): (e.msgstr, e.msgstr_plural) for e in catalogue.translated_entries()
    }


# --- pages ---------------------------------------------------------------------------------------------------
class Texts(HTMLParser):
    """The texts and readable attributes of a page by the language that its elements declare."""

    VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())  # noqa: SIM905
    READ = ("alt", "title", "aria-label", "placeholder", "content")

    def __init__(self):
        super().__init__()
        self.open: list[tuple[str, str]] = []
        self.texts: list[tuple[str, str]] = []

    @property
    def language(self) -> str:
        return self.open[-1][1] if self.open else ""

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        language = attributes.get("lang", self.language)
        for name in self.READ:
            if attributes.get(name):
                self.texts.append((language, attributes[name]))
        if tag not in self.VOID:
            self.open.append((tag, language))

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if not data.strip() or not self.open:
            return
        if self.open[-1][0] == "script":
            data = json.dumps(json.loads(data), ensure_ascii=False)
        self.texts.append((self.language, " ".join(data.split())))


def texts(path: str, lang: str) -> list[tuple[str, str]]:
    answer = Client().get(path, {"lang": lang})
    assert answer.status_code == 200
    parser = Texts()
    parser.feed(answer.content.decode())
    return parser.texts


def typed_by_people() -> set[str]:
    """Notes and reasons stand on every page in the words of those who typed them."""
    columns = [
        (Figure, "note"),
        (Figure, "not_applicable_reason"),
        (ReportEvent, "reason"),
        (Milestone, "reason"),
        (Reply, "text"),
    ]
    return {
        " ".join(text.split())
        for model, column in columns
        for text in model.objects.values_list(column, flat=True)
        if text
    }


PATHS = [path for pattern in addresses.pages() for path in pattern.paths()]


@pytest.mark.parametrize("path", PATHS)
def test_an_english_page_holds_no_chinese_that_is_not_marked_as_such(demo_data, path):
    english = [text for language, text in texts(path, "en") if language == "en"]
    for typed in sorted(typed_by_people(), key=len, reverse=True):
        english = [text.replace(typed, "") for text in english]
    assert not [text for text in english if HAN.search(QUOTED.sub("", text))]


@pytest.mark.parametrize("path", PATHS)
def test_a_chinese_page_holds_no_english_text_of_ours(demo_data, path, catalogue):
    ours = {
        entry.msgstr
        for entry in catalogue
        if re.search(r"[A-Za-z]{3,} [a-z]{2,}", entry.msgstr) and "%" not in entry.msgstr
    }
    assert len(ours) > 50
    english = [text for language, text in texts(path, "zh") if language.startswith("zh") and text in ours]
    assert not english


def test_the_machine_readable_files_are_chinese_unless_the_address_asks_for_english(demo_data):
    client = Client(headers={"accept-language": "en"})
    client.cookies["django_language"] = "en"
    assert "吉兴" in client.get("/data/commitments.csv").getvalue().decode()
    assert "Jixing" in client.get("/data/commitments.csv", {"lang": "en"}).getvalue().decode()
