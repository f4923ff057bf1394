"""Finished pages: worked out once, and given again in the reader's coding, only if the reader has not got them.

Which request gets which page is held by test_kept_names.py, who by test_kept_for_whom.py, how many are kept by
test_kept_room.py, and when a page is a new one by test_edition.py.
"""

import gzip

import brotli
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from changchun_innovation import kept_pages
from tests import addresses
from tests.city_databases import forget
from tests.factories import make_user

# A form whose every rendering carries a new token.
PAGES = [path for pattern in addresses.pages() for path in pattern.paths() if path != "/report-error/"]
CODINGS = {"br": brotli.decompress, "gzip": gzip.decompress, "": bytes}


def queries(client: Client, path: str, **headers: str) -> tuple[list[str], object]:
    """The tables that Django asked for an answer, and the answer."""
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(path, headers=headers)
    return [each["sql"] for each in captured.captured_queries], answer


# --- once ----------------------------------------------------------------------------------------------------
def test_a_page_is_worked_out_once_and_then_given_without_asking_the_record(baseline):
    for path in PAGES:
        client = Client()
        _worked_out, first = queries(client, path)
        asked, again = queries(client, path)
        assert not asked, path
        assert first.has_header("ETag"), path
        assert (again.status_code, again.content, again.headers) == (200, first.content, first.headers), path


def test_whoever_is_logged_in_is_looked_up_and_given_the_same_page(baseline):
    client = Client()
    client.force_login(make_user(role="official"))
    worked_out, first = queries(client, "/targets/")
    asked, again = queries(client, "/targets/")
    assert len(worked_out) > 2
    assert [next(t for t in ("django_session", "auth_user") if t in sql) for sql in asked] == [
        "django_session",
        "auth_user",
    ]
    assert (again.content, again["ETag"]) == (first.content, first["ETag"])


def test_what_is_asked_for_first_without_a_body_is_a_whole_page(baseline):
    for path in PAGES:
        head = Client().head(path, headers={"accept-encoding": "br"})
        get = Client().get(path, headers={"accept-encoding": "br"})
        assert (head.status_code, head.headers) == (200, get.headers), path
        assert b"</html>" in brotli.decompress(get.content), path
        assert int(head["Content-Length"]) == len(get.content), path


def test_nothing_is_kept_while_somebody_works_on_the_code(baseline, settings):
    settings.DEBUG = True
    assert not Client().get("/targets/").has_header("ETag")
    assert len(kept_pages.memory) == 0


# --- codings -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("first", CODINGS)
def test_every_coding_holds_the_same_page_whichever_was_asked_for_first(baseline, first):
    page, tags = Client().get("/parks/").content, set()
    forget()
    for coding in dict.fromkeys([first, *CODINGS]):
        asked, answer = queries(Client(), "/parks/", **{"accept-encoding": coding})
        assert bool(asked) is (coding == first)
        assert CODINGS[coding](answer.content) == page
        assert answer.get("Content-Encoding", "") == coding
        assert int(answer["Content-Length"]) == len(answer.content)
        tags.add(answer["ETag"])
    assert len(tags) == len(CODINGS), "bytes that differ have tags that differ"


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("br", "br"),
        ("BR;Q=1.0", "br"),
        ("br ; q=0.1, gzip;q=1", "br"),
        ("gzip", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("gzip, br;q=0.000", "gzip"),
        ("br; q=0, gzip; q=0.0", ""),
        ("gzip;q=0,br;q=0", ""),
        ("GZIP;Q=0", ""),
        ("br;q=0.001", "br"),
        ("identity", ""),
        ("brotli, x-gzipped", ""),
        ("deflate, zstd", ""),
        ("*", ""),
        ("", ""),
        (";;,q=0,,", ""),
    ],
)
def test_a_browser_gets_no_coding_that_it_does_not_take(baseline, accepted, coding):
    answer = Client().get("/search/", headers={"accept-encoding": accepted})
    assert answer.get("Content-Encoding", "") == coding
    assert b"</html>" in CODINGS[coding](answer.content)


# --- only if it is another one -------------------------------------------------------------------------------
@pytest.mark.parametrize("role", [None, "official"])
@pytest.mark.parametrize("coding", CODINGS)
def test_a_browser_that_holds_the_page_is_told_so_without_a_body(baseline, role, coding):
    client = Client()
    if role:
        client.force_login(make_user(role=role))
    page = client.get("/parks/", headers={"accept-encoding": coding})
    asked, answer = queries(client, "/parks/", **{"accept-encoding": coding, "if-none-match": page["ETag"]})
    assert (answer.status_code, answer.content) == (304, b"")
    assert len(asked) == (2 if role else 0)
    for name in ("ETag", "Cache-Control", "Vary"):
        assert answer[name] == page[name]
    assert not {"Content-Length", "Content-Type", "Content-Encoding"} & set(answer.headers)
    assert not answer.cookies


def test_a_browser_is_told_so_also_where_no_process_holds_the_page_any_more(baseline):
    tag = Client().get("/parks/")["ETag"]
    forget()
    asked, answer = queries(Client(), "/parks/", **{"if-none-match": tag})
    assert (answer.status_code, asked) == (304, [])


@pytest.mark.parametrize(
    ("written", "status"),
    [
        ("{tag}", 304),
        ("W/{tag}", 304),
        ('"another", {tag}', 304),
        ('W/"another",W/{tag} , "a third"', 304),
        ("*", 304),
        ('"another"', 200),
        ("", 200),
        ("{bare}", 200),
        ('"{bare}x"', 200),
        ('"x{bare}"', 200),
        ('"{bare}-gzip"', 200),
        ("{upper}", 200),
    ],
)
def test_weak_and_several_tags_are_read_and_others_are_not_taken_for_ours(baseline, written, status):
    tag = Client().get("/search/")["ETag"]
    held = written.format(tag=tag, bare=tag.strip('"'), upper=tag.upper())
    assert Client().get("/search/", headers={"if-none-match": held}).status_code == status
    assert Client().head("/search/", headers={"if-none-match": held}).status_code == status


def test_no_star_makes_an_answer_of_a_page_that_is_not_there(baseline):
    assert Client().get("/parks/no-such-park/", headers={"if-none-match": "*"}).status_code == 404


# --- headers -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", [None, "official", "reviewer"])
@pytest.mark.parametrize("https", [False, True])
def test_a_kept_page_is_protected_like_one_that_was_just_worked_out(baseline, settings, role, https):
    if https:
        settings.HTTPS = settings.SECURE_SSL_REDIRECT = True
        settings.SECURE_HSTS_SECONDS = 31536000
    client = Client()
    if role:
        client.force_login(make_user(role=role))
    for path in ("/", "/parks/jixing/", "/search/"):
        first, again = (client.get(path, secure=https) for _round in range(2))
        assert again.headers == first.headers
        for name, value in {
            "X-Frame-Options": "DENY",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Content-Language": "zh-hans",
            "Content-Type": "text/html; charset=utf-8",
            "Cache-Control": "private, no-cache",
            "Vary": "Accept-Encoding, Cookie",
            "Content-Length": str(len(again.content)),
        }.items():
            assert again[name] == value
        assert "script-src 'self'" in again["Content-Security-Policy"]
        assert again.get("Strict-Transport-Security") == ("max-age=31536000" if https else None)
