"""Finished pages, kept until something that they rest on changes: nothing is worked out twice.

A page is a function of its address, the language, the day, the edition (`edition.py`), the release (`release.py`) and
of who may read it: anybody, an account, or an account with a desk. All of that makes the strong ETag, so that a browser
that holds the page is answered by one cheap query. Only whole pages without cookies are kept; what a view marks as
private, or depends on one person, never is.

Two doors: `ForReaders` stands before everything else and answers whoever brings no session; `ForAccounts` stands
behind the log-in and answers the others.
"""

import gzip
import hashlib
import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

import brotli
from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils import timezone

from changchun_innovation.edition import edition
from changchun_innovation.middleware import language_of
from changchun_innovation.release import release

# Pages in the memory of one process; with CACHE_URL all processes and machines share one more store.
MOST = 300
SHARED = "pages"
SHARED_SECONDS = 24 * 60 * 60
# Pages with a form or a door of their own.
NOT_KEPT = ("/admin/", "/accounts/", "/healthz", "/i18n/", "/report-error/", "/static/")
# Django's messages are for one person, once.
MESSAGES = ("messages", "_messages")
KEPT_FOR_READERS = "private, no-cache"
# These follow from the body that is sent, or from the hour at which it is sent.
NOT_THE_PAGES_OWN = frozenset({"content-length", "content-encoding", "etag", "vary", "cache-control", "date"})
_QUICKLY = {
    "br": lambda page: brotli.compress(page, quality=5),
    "gzip": lambda page: gzip.compress(page, 6, mtime=0),
}
_REFUSED = {name: re.compile(rf"\b{name}\s*;\s*q=0(\.0*)?\s*(,|$)") for name in _QUICKLY}


@dataclass(frozen=True)
class Kept:
    """A finished page: its own headers, and its body in every coding that was asked for so far."""

    headers: tuple[tuple[str, str], ...]
    bodies: dict[str, bytes]

    def in_coding(self, coding: str) -> bytes:
        """The body in `br`, `gzip` or '' (as it is); worked out from another coding where it is not held."""
        if coding not in self.bodies:
            page = self.bodies.get("")
            if page is None:
                page = (
                    brotli.decompress(self.bodies["br"])
                    if "br" in self.bodies
                    else gzip.decompress(self.bodies["gzip"])
                )
            self.bodies[coding] = _QUICKLY[coding](page) if coding else page
        return self.bodies[coding]


class _Memory:
    """The pages that were asked for last. Threads share it."""

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, Lock()
        self._pages: OrderedDict[str, Kept] = OrderedDict()

    def get(self, name: str) -> Kept | None:
        with self._lock:
            if name in self._pages:
                self._pages.move_to_end(name)
            return self._pages.get(name)

    def set(self, name: str, kept: Kept) -> None:
        with self._lock:
            self._pages[name] = kept
            self._pages.move_to_end(name)
            while len(self._pages) > self._most:
                self._pages.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._pages.clear()


memory = _Memory(MOST)


class _Door:
    """What both doors do once it is known for whom."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.release = release()

    def answer(self, request: HttpRequest, audience: str) -> HttpResponse:
        before = edition()
        name = self._name(request, audience, before)
        coding = _coding(request)
        etag = f'"{name}-{coding}"' if coding else f'"{name}"'
        if etag in request.META.get("HTTP_IF_NONE_MATCH", ""):
            return _labelled(HttpResponseNotModified(), etag)
        kept = _held(name)
        if kept is None:
            response = self.get_response(request)
            if not _is_a_page_for_many(request, response):
                return response
            # What was read while somebody published may be half of the old edition and half of the new one.
            if edition() != before:
                return response
            kept = _keep(name, response, coding)
        elif coding not in kept.bodies:
            kept.in_coding(coding)
        return _labelled(_sent(kept, coding), etag)

    def _name(self, request: HttpRequest, audience: str, known: str) -> str:
        today = timezone.localdate(timezone=timezone.get_default_timezone())
        asked = (
            audience,
            request.scheme,
            request.META.get("HTTP_HOST", ""),
            request.path,
            request.META.get("QUERY_STRING", ""),
            language_of(request),
            str(today),
            known,
            self.release,
        )
        return hashlib.sha256("\n".join(asked).encode()).hexdigest()[:40]


class ForReaders(_Door):
    """Answers whoever brings no session. The first middleware: a page that is kept already holds what the others add."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not _may_be_kept(request) or not settings.PUBLIC_DASHBOARD or _brings_a_session(request):
            return self.get_response(request)
        return self.answer(request, "anybody")


class ForAccounts(_Door):
    """Answers whoever brought a session, once it is known whose it is; stands behind the log-in."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not _may_be_kept(request) or not _brings_a_session(request):
            return self.get_response(request)
        if not request.user.is_authenticated or any(name in request.session for name in MESSAGES):
            return self.get_response(request)
        return self.answer(request, "a desk" if request.user.is_staff else "an account")


def _may_be_kept(request: HttpRequest) -> bool:
    return (
        request.method in ("GET", "HEAD")
        and not settings.DEBUG
        and not request.path.startswith(NOT_KEPT)
        and not any(name in request.COOKIES for name in MESSAGES)
    )


def _brings_a_session(request: HttpRequest) -> bool:
    return settings.SESSION_COOKIE_NAME in request.COOKIES


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


def _held(name: str) -> Kept | None:
    kept = memory.get(name)
    if kept is None and SHARED in settings.CACHES:
        kept = caches[SHARED].get(name)
        if kept is not None:
            memory.set(name, kept)
    return kept


def _keep(name: str, response: HttpResponse, coding: str) -> Kept:
    own = tuple((key, value) for key, value in response.items() if key.lower() not in NOT_THE_PAGES_OWN)
    kept = Kept(own, {"": response.content})
    # The page as it is takes ten times the room; whoever wants it gets it unpacked.
    packed = coding or "br"
    kept = Kept(own, {packed: kept.in_coding(packed)})
    memory.set(name, kept)
    if SHARED in settings.CACHES:
        caches[SHARED].set(name, kept, SHARED_SECONDS)
    return kept


def _sent(kept: Kept, coding: str) -> HttpResponse:
    body = kept.in_coding(coding)
    response = HttpResponse(body, headers=dict(kept.headers))
    response.headers["Content-Length"] = str(len(body))
    if coding:
        response.headers["Content-Encoding"] = coding
    return response


def _labelled(response: HttpResponse, etag: str) -> HttpResponse:
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = KEPT_FOR_READERS
    response.headers["Vary"] = "Accept-Encoding, Cookie"
    return response


def _coding(request: HttpRequest) -> str:
    """The best coding that the browser takes: `br`, `gzip` or '' for none."""
    accepted = request.META.get("HTTP_ACCEPT_ENCODING", "")
    return next((name for name in _QUICKLY if name in accepted and not _REFUSED[name].search(accepted)), "")
