"""How many pages are kept, and where: a process holds no more than it is given room for, and all may share one store."""

import brotli
import pytest
from django.test import Client

from changchun_innovation import kept_pages
from institutions.models import Source
from tests.test_kept_pages import CODINGS, queries


# --- not too many --------------------------------------------------------------------------------------------
@pytest.fixture
def small_memory(monkeypatch):
    """A memory that holds ten pages."""
    monkeypatch.setattr(kept_pages, "memory", kept_pages._Memory(10, kept_pages.MOST_BYTES))
    return kept_pages.memory


def test_of_many_addresses_those_that_were_asked_for_last_are_kept(baseline, small_memory):
    Client().get("/initiatives/")
    for number in range(30):
        Client().get(f"/initiatives/?n={number}")
        asked, _answer = queries(Client(), "/initiatives/")
        assert not asked, "this one is asked for all the while"
    assert len(small_memory) == 10
    assert 0 < small_memory.room < 10 * 10_000
    for number in (29, 28, 21):
        asked, _answer = queries(Client(), f"/initiatives/?n={number}")
        assert not asked, "nine others are kept"
    asked, _answer = queries(Client(), "/initiatives/?n=20")
    assert asked, "longest ago"


def test_a_thousand_addresses_take_no_more_room_than_is_given_to_them():
    memory = kept_pages._Memory(kept_pages.MOST, kept_pages.MOST_BYTES)
    for number in range(1000):
        memory.set(str(number), kept_pages.Kept((), {"br": bytes(20_000), "gzip": bytes(25_000)}))
        assert len(memory) <= kept_pages.MOST
        assert memory.room <= kept_pages.MOST_BYTES
    assert memory.get("0") is None
    assert memory.get("999").room == 45_000
    # The same page again, with one more coding, takes its own place.
    held = len(memory)
    memory.set("999", kept_pages.Kept((), {"br": bytes(20_000)}))
    assert (len(memory), memory.room) == (held, held * 45_000 - 25_000)
    # A page that is larger than everything leaves, and leaves the rest of the memory in order.
    memory.set("huge", kept_pages.Kept((), {"br": bytes(kept_pages.MOST_BYTES + 1)}))
    assert (len(memory), memory.room, memory.get("huge")) == (0, 0, None)


def test_a_page_lies_in_the_memory_packed_whoever_asked_for_it(baseline):
    page = Client().get("/parks/").content
    for coding in CODINGS:
        Client().get("/parks/", headers={"accept-encoding": coding})
    assert len(kept_pages.memory) == 1
    assert kept_pages.memory.room < len(page) / 3


# --- one store for all ---------------------------------------------------------------------------------------
@pytest.fixture
def shared(settings, tmp_path):
    """A store that other processes read too, as CACHE_URL names one."""
    settings.CACHES = {
        **settings.CACHES,
        "pages": {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": str(tmp_path),
        },
    }


def test_what_one_process_worked_out_another_gives(baseline, shared):
    first = Client().get("/parks/", headers={"accept-encoding": "br"})
    for coding in CODINGS:
        # Another process begins with an empty memory.
        kept_pages.memory.clear()
        asked, answer = queries(Client(), "/parks/", **{"accept-encoding": coding})
        assert not asked
        assert CODINGS[coding](answer.content) == brotli.decompress(first.content)
    source = Source.objects.first()
    source.title_zh = "改了名"
    source.save()
    kept_pages.memory.clear()
    asked, _answer = queries(Client(), "/parks/")
    assert asked


def test_a_store_that_does_not_answer_costs_time_and_no_page(baseline, settings, caplog):
    settings.CACHES = {
        **settings.CACHES,
        "pages": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1",
        },
    }
    first, again = Client().get("/parks/"), Client().get("/parks/")
    assert (first.status_code, again.content) == (200, first.content)
    assert "CACHE_URL: the store of pages does not answer" in caplog.text
