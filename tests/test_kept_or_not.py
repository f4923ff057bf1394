"""What an answer must be to be kept: a plain whole page, without cookies, for nobody in particular."""

from itertools import count

import pytest
from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.middleware.csrf import get_token
from django.test import Client
from django.urls import path

from changchun_innovation import kept_pages
from tests.factories import make_user

_numbers = count()


# What no page of the city is today, and one may become tomorrow.
def _invented(request, kind: str):
    page = HttpResponse(f"<!doctype html>{kind} {next(_numbers)}")
    match kind:
        case "cookie":
            page.set_cookie("of", "one person")
        case "token":
            page.write(get_token(request))
        case "private":
            page["Cache-Control"] = "private"
        case "text":
            page["Content-Type"] = "text/plain"
        case "stream":
            page = StreamingHttpResponse([page.content])
        case "message":
            messages.info(request, "for one person")
        case "missing" | "broken" | "moved":
            page.status_code = {"missing": 404, "broken": 500, "moved": 302}[kind]
    return page


urlpatterns = [
    path("<str:kind>/", _invented),
    *(path(f"{room}/<str:kind>/", _invented) for room in ("admin", "accounts", "i18n", "report-error")),
    path("healthz/<str:kind>/", _invented),
]


@pytest.mark.parametrize("role", [None, "official", "reviewer"])
def test_whatever_a_page_may_become_only_plain_whole_pages_are_kept(db, settings, role):
    settings.ROOT_URLCONF = __name__
    client = Client()
    if role:
        client.force_login(make_user(role=role))
    kinds = ("cookie", "token", "private", "text", "stream", "message", "missing", "broken", "moved")
    rooms = ("admin", "accounts", "i18n", "report-error", "healthz")
    for address in [*(f"/{kind}/" for kind in kinds), *(f"/{room}/plain/" for room in rooms)]:
        # A message waits for its reader in a cookie; the next address is a browser of its own again.
        client.cookies.pop("messages", None)
        first, second = (
            b"".join(answer.streaming_content) if answer.streaming else answer.content
            for answer in (client.get(address), client.get(address))
        )
        assert first != second, address
    assert len(kept_pages.memory) == 0
    client.cookies.pop("messages", None)
    assert client.get("/plain/").content == client.get("/plain/").content
    assert len(kept_pages.memory) == 1
