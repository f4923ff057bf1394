"""The page on which an account is left: it says who is logged in, and only its button ends that."""

import pytest
from django.conf import settings as django_settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from tests.factories import make_user
from tests.test_urls import INLINE, SCRIPTS

pytestmark = pytest.mark.django_db

PAGE = reverse("logout")


@pytest.fixture
def browser():
    """An official's, with everything that Django checks of a form."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user(role="official", username="wang"))
    return client


def is_logged_in(client) -> bool:
    return PAGE in client.get("/search/").content.decode()


def test_it_says_who_is_logged_in_and_ends_nothing_by_being_read(browser):
    for _round in range(2):
        page = browser.get(PAGE)
        assert (page.status_code, "wang" in page.content.decode()) == (200, True)
        assert browser.head(PAGE).status_code == 200
    assert is_logged_in(browser)
    assert 'lang="en"' in browser.get(PAGE, {"lang": "en"}).content.decode()


def test_the_button_ends_it_everywhere_in_this_browser(browser):
    session = browser.cookies[django_settings.SESSION_COOKIE_NAME].value
    token = browser.get(PAGE).cookies["csrftoken"].value
    answer = browser.post(PAGE, {"csrfmiddlewaretoken": token})
    assert (answer.status_code, answer["Location"]) == (302, reverse("home"))
    assert not Session.objects.filter(pk=session).exists()
    assert answer.cookies[django_settings.SESSION_COOKIE_NAME].value == ""
    assert not is_logged_in(browser)
    assert browser.get(PAGE)["Location"] == reverse("home")


def test_nobody_elses_page_can_press_it(browser):
    token = browser.get(PAGE).cookies["csrftoken"].value
    assert browser.post(PAGE).status_code == 403
    assert browser.post(PAGE, {"csrfmiddlewaretoken": "x" * len(token)}).status_code == 403
    foreign = browser.post(PAGE, {"csrfmiddlewaretoken": token}, headers={"origin": "https://evil.example"})
    assert foreign.status_code == 403
    for method in ("put", "delete", "patch"):
        assert getattr(browser, method)(PAGE).status_code in (403, 405)
    assert is_logged_in(browser)


@pytest.mark.parametrize("name", ["next", "to", "redirect"])
def test_it_leads_nowhere_else(browser, name):
    foreign = {name: "https://evil.example/"}
    assert "evil.example" not in browser.get(PAGE, foreign).content.decode().replace("evil.example%2F", "")
    token = browser.cookies["csrftoken"].value
    answer = browser.post(f"{PAGE}?{name}=//evil.example/", {"csrfmiddlewaretoken": token, **foreign})
    assert answer["Location"] == reverse("home")
    assert Client().get(PAGE, foreign)["Location"] == reverse("home")


def test_no_copy_of_it_stays_behind(browser):
    for answer in (browser.get(PAGE), Client().get(PAGE)):
        assert not answer.has_header("ETag")
        assert {"no-store", "private"} <= {part.strip() for part in answer["Cache-Control"].split(",")}
    # Two accounts, one after the other, in the same browser and in others.
    other = Client()
    other.force_login(make_user(role="official", username="li"))
    assert ["wang" in client.get(PAGE).content.decode() for client in (browser, other)] == [True, False]


def test_it_obeys_the_strict_content_policy(browser):
    answer = browser.get(PAGE)
    assert "form-action 'self'" in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "DENY"
    page = answer.content.decode()
    assert not INLINE.search(page)
    assert all("src=" in attributes for attributes in SCRIPTS.findall(page))
