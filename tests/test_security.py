"""What protects accounts and readers."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import PASSWORD, make_user
from tests.test_settings import start

OVER_HTTPS = """
import django
django.setup()
from django.test import Client
client = Client(SERVER_NAME="localhost")
plain = client.get("/accounts/login/")
print(plain.status_code, plain["Location"])
page = client.get("/accounts/login/", secure=True)
print(page.status_code, page["Strict-Transport-Security"])
cookie = page.cookies["csrftoken"]
print(cookie["secure"], cookie["samesite"])
from django.conf import settings
print(settings.SESSION_COOKIE_SECURE, settings.SESSION_COOKIE_HTTPONLY, settings.SESSION_COOKIE_SAMESITE)
"""


def test_under_https_cookies_are_secure_and_plain_requests_are_sent_on(tmp_path):
    ended = start(
        tmp_path,
        "-c",
        OVER_HTTPS,
        HTTPS="on",
        DJANGO_SETTINGS_MODULE="changchun_innovation.settings",
    )
    assert ended.stdout.splitlines() == [
        "301 https://localhost/accounts/login/",
        "200 max-age=31536000",
        "True Lax",
        "True True Lax",
    ], ended.stderr


def log_in(user, password: str, address: str) -> bool:
    client = Client(REMOTE_ADDR=address)
    client.post(reverse("login"), {"username": user.username, "password": password})
    return "_auth_user_id" in client.session


@pytest.mark.django_db
def test_eight_wrong_passwords_lock_one_person_at_one_address_and_nobody_else():
    guessed, colleague = make_user(role="official"), make_user(role="official")
    for _attempt in range(8):
        assert not log_in(guessed, "a wrong guess", "10.0.0.1")
    assert not log_in(guessed, PASSWORD, "10.0.0.1"), "locked, even with the right password"
    assert log_in(guessed, PASSWORD, "10.0.0.2"), "the same person elsewhere is not locked out by a stranger"
    assert log_in(colleague, PASSWORD, "10.0.0.1"), "the colleague behind the same address is not locked"


@pytest.mark.django_db
def test_whoever_is_locked_is_told_so_in_a_page_of_the_city():
    user = make_user(role="official")
    client = Client(REMOTE_ADDR="10.0.0.3")
    for _attempt in range(8):
        answer = client.post(reverse("login"), {"username": user.username, "password": "a wrong guess"})
    assert answer.status_code in (403, 429)
    assert "registration/locked.html" in [template.name for template in answer.templates]


@pytest.mark.django_db
def test_the_lock_opens_again_after_a_quarter_of_an_hour(today):
    user = make_user(role="official")
    for _attempt in range(8):
        log_in(user, "a wrong guess", "10.0.0.4")
    assert not log_in(user, PASSWORD, "10.0.0.4")
    today.shift(16 * 60)
    assert log_in(user, PASSWORD, "10.0.0.4")
