"""Finished pages, kept until something that they rest on changes: nothing is worked out twice.

A page is a function of its address, the language, the day, the edition (`edition.py`), the release (`release.py`) and
of who may read it: anybody, an account, or an account with a desk. All of that makes the strong ETag, so that a browser
that holds the page is answered by one cheap query. Only whole pages without cookies are kept; what a view marks as
private, or depends on one person, never is.

`KeptPages` stands before everything else: a page that is kept already holds what the other middlewares add.
"""

import gzip
import hashlib
import logging
import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

import brotli
from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils import timezone

from changchun_innovation.audience import ANYBODY, MESSAGES, audience_of, audience_served
from changchun_innovation.edition import edition
from changchun_innovation.release import release
from changchun_innovation.shared.params import LANGUAGE_WORDS

# Pages in the memory of one process; with CACHE_URL all processes and machines share one more store.
MOST = 300
MOST_BYTES = 8 * 1024 * 1024
SHARED = "pages"
SHARED_SECONDS = 24 * 60 * 60
# Pages with a form or a door of their own.
NOT_KEPT = ("/admin/", "/accounts/", "/healthz", "/i18n/", "/report-error/", "/static/")
KEPT_FOR_READERS = "private, no-cache"
# These follow from the body that is sent, or from the hour at which it is sent.
NOT_THE_PAGES_OWN = frozenset({"content-length", "content-encoding", "etag", "vary", "cache-control", "date"})
_QUICKLY = {
    "br": lambda page: brotli.compress(page, quality=5),
    "gzip": lambda page: gzip.compress(page, 6, mtime=0),
}
_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Kept:
    """A finished page: its own headers, and its body in every coding that was asked for so far, `br` or `gzip`.

    The page as it is takes ten times the room; whoever wants it gets it unpacked.
    """

    headers: tuple[tuple[str, str], ...]
    bodies: dict[str, bytes]

    @property
    def room(self) -> int:
        return sum(map(len, self.bodies.values()))

    def as_it_is(self) -> bytes:
        if "br" in self.bodies:
            return brotli.decompress(self.bodies["br"])
        return gzip.decompress(self.bodies["gzip"])


class _Memory:
    """The pages that were asked for last, at most so many and so many bytes. Threads share it."""

    def __init__(self, most: int, most_bytes: int) -> None:
        self.most, self.most_bytes, self._lock = most, most_bytes, Lock()
        self._pages: OrderedDict[str, tuple[Kept, int]] = OrderedDict()
        self._room = 0

    def get(self, name: str) -> Kept | None:
        with self._lock:
            held = self._pages.get(name)
            if held is None:
                return None
            self._pages.move_to_end(name)
            return held[0]

    def set(self, name: str, kept: Kept) -> None:
        with self._lock:
            _before, room = self._pages.pop(name, (None, 0))
            self._pages[name] = kept, kept.room
            self._room += kept.room - room
            while len(self._pages) > self.most or self._room > self.most_bytes:
                _name, (_longest_ago, room) = self._pages.popitem(last=False)
                self._room -= room

    def clear(self) -> None:
        with self._lock:
            self._pages.clear()
            self._room = 0

    def __len__(self) -> int:
        return len(self._pages)

    @property
    def room(self) -> int:
        """Bytes of all bodies that are held."""
        return self._room


memory = _Memory(MOST, MOST_BYTES)


class KeptPages:
    """Answers from what is kept, or has the page worked out and keeps it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.release = release()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        audience = audience_of(request) if _may_be_kept(request) else None
        if audience is None or (audience == ANYBODY and not settings.PUBLIC_DASHBOARD):
            response = self.get_response(request)
            if response.status_code == 304:
                # Django counts the bytes of an answer that has none, and not those of the page.
                del response.headers["Content-Length"]
            return response
        return self.answer(request, audience)

    def answer(self, request: HttpRequest, audience: str) -> HttpResponse:
        before = edition()
        name = self._name(request, audience, before)
        coding = _coding(request.META.get("HTTP_ACCEPT_ENCODING", ""))
        etag = f'"{name}-{coding}"' if coding else f'"{name}"'
        # A tag is hexadecimal between its quotes, so that it is found whole, weak or strong, among others or alone.
        held_by_reader = request.META.get("HTTP_IF_NONE_MATCH", "")
        if etag in held_by_reader:
            return _labelled(HttpResponseNotModified(), etag)
        kept = _held(name)
        if kept is None:
            response = self.get_response(request)
            # Somebody may have logged out or in since the audience was read.
            if audience_served(request) != audience:
                return response
            if _is_a_file_for_many(response):
                response.headers["ETag"] = etag
            if not _is_a_page_for_many(request, response):
                return response
            # What was read while somebody published may be half of the old edition and half of the new one.
            if edition() != before:
                return _asked_after(response)
            kept = _keep(name, response, coding)
        if held_by_reader == "*":
            return _labelled(HttpResponseNotModified(), etag)
        return _labelled(_sent(name, kept, coding), etag)

    def _name(self, request: HttpRequest, audience: str, known: str) -> str:
        meta = request.META
        # The language that the address asks for stands in the address. Only the path is decoded, so that nothing else can
        # hold a line end, and one in the path stands there twice: no two requests make the same text.
        asked = (
            audience,
            request.scheme,
            # A client of the first days of the web names no host.
            meta.get("HTTP_HOST") or f"{meta.get('SERVER_NAME')}:{meta.get('SERVER_PORT')}",
            # A server in front may say where the site begins: one path, read in two ways, is two pages.
            request.path,
            request.path_info,
            meta.get("QUERY_STRING", ""),
            LANGUAGE_WORDS.get(request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME), settings.LANGUAGE_CODE),
            str(timezone.localdate(timezone=timezone.get_default_timezone())),
            known,
            self.release,
        )
        return hashlib.sha256("\n".join(asked).encode()).hexdigest()[:40]


def _may_be_kept(request: HttpRequest) -> bool:
    return (
        request.method in ("GET", "HEAD")
        and not settings.DEBUG
        and not request.path.startswith(NOT_KEPT)
        and not any(name in request.COOKIES for name in MESSAGES)
    )


def _is_a_page_for_many(request: HttpRequest, response: HttpResponse) -> bool:
    """Whether an answer may be given to the next reader too."""
    return (
        response.status_code == 200
        and not response.streaming
        and not response.cookies
        and not response.has_header("Cache-Control")
        and response.get("Content-Type", "").startswith("text/html")
        and not request.META.get("CSRF_COOKIE_NEEDS_UPDATE")
    )


def _is_a_file_for_many(response: HttpResponse) -> bool:
    """Whether an answer is a file that everybody gets alike: kept by its reader only, who asks whether it still holds."""
    return (
        response.status_code == 200
        and not response.cookies
        and response.get("Cache-Control") == KEPT_FOR_READERS
        and not response.get("Content-Type", "").startswith("text/html")
    )


def _held(name: str) -> Kept | None:
    kept = memory.get(name)
    if kept is None and SHARED in settings.CACHES:
        kept = _by_all("get", name)
        if kept is not None:
            memory.set(name, kept)
    return kept


def _keep(name: str, response: HttpResponse, coding: str) -> Kept:
    own = tuple((key, value) for key, value in response.items() if key.lower() not in NOT_THE_PAGES_OWN)
    packed = coding or "br"
    kept = Kept(own, {packed: _QUICKLY[packed](response.content)})
    memory.set(name, kept)
    if SHARED in settings.CACHES:
        _by_all("set", name, kept, SHARED_SECONDS)
    return kept


def _by_all(verb: str, *what) -> Kept | None:
    """Ask the store that all processes share; without it pages are slower and stay right."""
    try:
        return getattr(caches[SHARED], verb)(*what)
    except Exception as trouble:  # whatever the store's own client raises
        _logger.warning(
            "CACHE_URL: the store of pages does not answer (%s: %s)", type(trouble).__name__, trouble
        )
        return None


def _sent(name: str, kept: Kept, coding: str) -> HttpResponse:
    if not coding:
        body = kept.as_it_is()
    else:
        body = kept.bodies.get(coding)
        if body is None:
            body = _QUICKLY[coding](kept.as_it_is())
            memory.set(name, Kept(kept.headers, {**kept.bodies, coding: body}))
    response = HttpResponse(body, headers=dict(kept.headers))
    response.headers["Content-Length"] = str(len(body))
    if coding:
        response.headers["Content-Encoding"] = coding
    return response


def _labelled(response: HttpResponse, etag: str) -> HttpResponse:
    response.headers["ETag"] = etag
    return _asked_after(response)


def _asked_after(response: HttpResponse) -> HttpResponse:
    """A copy of it may be used again only after asking, by its reader only."""
    response.headers["Cache-Control"] = KEPT_FOR_READERS
    response.headers["Vary"] = "Accept-Encoding, Cookie"
    return response


@lru_cache(64)
def _coding(accepted: str) -> str:
    """The best coding that the browser takes, by its Accept-Encoding: `br`, `gzip` or '' for none."""
    taken = set()
    for each in accepted.lower().split(","):
        name, _semicolon, weight = each.replace(" ", "").replace("\t", "").partition(";")
        if not re.fullmatch(r"q=0(\.0*)?", weight):
            taken.add(name)
    return next((name for name in _QUICKLY if name in taken), "")
