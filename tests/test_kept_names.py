"""Which request gets which page: whatever makes a page another one stands in its name, and nothing else does."""

import pytest
from django.conf import settings as django_settings
from django.test import Client

from changchun_innovation import release as release_module
from changchun_innovation.release import release
from tests.city_databases import forget
from tests.test_kept_pages import queries


# --- one name, one page --------------------------------------------------------------------------------------
def test_every_host_and_scheme_leads_to_itself(baseline):
    """The page of data sets shows whole addresses."""
    of_hosts = {
        "http://testserver": {},
        "http://localhost": {"HTTP_HOST": "localhost"},
        "http://127.0.0.1:8000": {"HTTP_HOST": "127.0.0.1:8000"},
        "https://localhost": {"HTTP_HOST": "localhost", "secure": True},
        # Without a name in the request it is the server's own.
        "http://localhost:81": {"SERVER_NAME": "localhost", "SERVER_PORT": "81"},
    }
    for _round in range(2):
        for here, of_host in of_hosts.items():
            page = Client().get("/data/", **of_host).content.decode()
            assert f"{here}/data/" in page
            assert not [each for each in of_hosts if f"{each}/data/" in page and each != here]


def test_a_host_that_is_not_ours_gets_no_page_that_is_kept(baseline):
    Client().get("/search/", HTTP_HOST="localhost")
    for host in ("evil.example", "localhost\n", "localhost, evil.example"):
        assert Client().get("/search/", HTTP_HOST=host).status_code == 400


def test_another_beginning_of_the_site_does_not_put_one_page_in_the_place_of_another(baseline):
    """A server in front may cut off the beginning of a path: then /sources/ is the overview of a site below it."""
    below = Client().get("/", SCRIPT_NAME="/sources").content
    assert below != Client().get("/sources/").content
    assert Client().get("/sources/").content != Client().get("/").content


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/parks/?quarter=2025-Q3", "/parks/?quarter=2025-Q2"),
        ("/parks/?quarter=2025-Q3", "/parks/?quarter=2025-Q3&as_of=2025-11-01"),
        ("/parks/", "/parks/?lang=en"),
        ("/parks/?lang=en", "/parks/?lang=zh"),
        ("/parks/", "/parks/compare/"),
        ("/search/?q=a", "/search/?q=A"),
        ("/search/?q=a%26lang=en", "/search/?q=a&lang=en"),
        ("/search/?q=%E5%9B%AD", "/search/?q=%E5%9B%AD%E5%8C%BA"),
    ],
)
def test_pages_that_differ_in_the_address_are_two(baseline, one, other):
    first, second = Client().get(one), Client().get(other)
    assert first["ETag"] != second["ETag"]
    assert first.content != second.content
    assert (Client().get(one).content, Client().get(other).content) == (first.content, second.content)


@pytest.mark.parametrize(
    "path",
    ["/PARKS/", "//parks/", "/parks//", "/parks/\n", "/\n/parks/", "/parks/\n/parks/", "/parks/?lang=en"],
)
def test_an_address_that_only_looks_like_one_of_ours_gets_none_of_our_pages(baseline, path):
    Client().get("/parks/")
    Client().get("/parks/?lang=en")
    # The path as a server decoded it, a question mark in it included.
    answer = Client().get("/", PATH_INFO=path)
    assert answer.status_code == 404
    assert not answer.has_header("ETag")


def test_one_path_written_in_two_ways_is_one_page(baseline):
    first = Client().get("/parks/jixing/")
    asked, again = queries(Client(), "/parks/%6Aixing/")
    assert (asked, again.content) == ([], first.content)
    assert Client().get("/parks%2Fjixing/").content == first.content


def test_a_choice_of_language_kept_in_a_cookie_is_another_page(baseline):
    english, chinese, odd = Client(), Client(), Client()
    english.cookies[django_settings.LANGUAGE_COOKIE_NAME] = "en"
    odd.cookies[django_settings.LANGUAGE_COOKIE_NAME] = "xx"
    odd.cookies["anything"] = "else"
    for _round in range(2):
        assert '<html lang="en"' in english.get("/parks/").content.decode()
        assert '<html lang="zh-Hans"' in chinese.get("/parks/").content.decode()
        assert odd.get("/parks/")["ETag"] == chinese.get("/parks/")["ETag"]
    # What the address asks for goes before what the cookie keeps.
    assert english.get("/parks/?lang=zh").content == chinese.get("/parks/?lang=zh").content


def test_what_a_browser_tells_of_itself_changes_no_page(baseline):
    plain = Client().get("/parks/")
    told = Client(REMOTE_ADDR="10.1.2.3").get(
        "/parks/",
        headers={"accept-language": "en", "user-agent": "curl", "accept": "application/json", "referer": "/"},
    )
    assert (told.content, told["ETag"]) == (plain.content, plain["ETag"])
    forget()
    alone = Client(REMOTE_ADDR="10.1.2.3").get("/parks/", headers={"accept-language": "en", "accept": "*/*"})
    assert (alone.content, alone["ETag"]) == (plain.content, plain["ETag"])


def test_an_address_with_too_many_parameters_is_refused_in_words(baseline):
    answer = Client().get("/parks/?" + "a=1&" * 1001)
    assert answer.status_code == 400
    assert "请求无法识别" in answer.content.decode()


# --- the release ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "value"),
    [("DEMO", False), ("DEFAULT_QUARTER", "2025-Q2"), ("REPORT_DUE_DAYS", 20), ("HTTPS", True)],
)
def test_under_another_setting_every_page_is_a_new_one(baseline, settings, name, value):
    before = Client().get("/search/")["ETag"]
    setattr(settings, name, value)
    assert Client().get("/search/")["ETag"] != before


@pytest.mark.parametrize("name", ["NAME", "HOST", "PORT"])
def test_two_databases_that_share_a_store_do_not_share_their_pages(settings, monkeypatch, name):
    before = release()
    monkeypatch.setitem(settings.DATABASES["default"], name, "another")
    assert release() != before


def test_another_file_of_the_application_or_another_package_is_another_release(settings, tmp_path):
    texts = {
        "templates/base.html": "<html>",
        "parks/views.py": "",
        "static/css/base.css": "a {}",
        "changchun_innovation/locale/en/LC_MESSAGES/django.mo": "words",
        "requirements.txt": "Django==5.2.19",
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    settings.BASE_DIR, settings.STATIC_ROOT = tmp_path, tmp_path / "collected"

    def now() -> str:
        # A process reads its files once.
        release_module._sources.cache_clear()
        return release()

    try:
        known = {now()}
        for name in texts:
            (tmp_path / name).write_text("another text")
            known.add(now())
        settings.STATIC_ROOT.mkdir()
        (settings.STATIC_ROOT / "staticfiles.json").write_text('{"paths": {"a.css": "a.123.css"}}')
        known.add(now())
        assert len(known) == len(texts) + 2
        assert now() in known, "and without a change it is the same"
    finally:
        release_module._sources.cache_clear()
