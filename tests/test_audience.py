"""Whose page it is: an account's session counts while the account, its password and the session do."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from changchun_innovation import kept_pages
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(settings):
    settings.PUBLIC_DASHBOARD = True
    user, client = make_user(role="official"), Client()
    client.force_login(user)
    assert is_logged_in(client)
    assert len(kept_pages.memory) == 1
    return user, client


def is_logged_in(client: Client) -> bool:
    answer = client.get("/")
    assert answer.status_code == 200
    return reverse("logout") in answer.content.decode()


def test_an_account_is_known_again(reader):
    _user, client = reader
    assert is_logged_in(client)


def test_an_account_that_was_locked_reads_as_anybody(reader):
    user, client = reader
    user.is_active = False
    user.save()
    assert not is_logged_in(client)


def test_a_changed_password_ends_the_sessions_of_the_old_one(reader):
    user, client = reader
    user.set_password("another password of theirs")
    user.save()
    assert not is_logged_in(client)


def test_a_session_that_ran_out_is_nobodys(reader):
    _user, client = reader
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert not is_logged_in(client)


def test_a_session_with_other_content_is_nobodys(reader):
    _user, client = reader
    content = Session.objects.get().session_data
    Session.objects.update(session_data=content[:-4] + ("aaaa" if content[-4:] != "aaaa" else "bbbb"))
    assert not is_logged_in(client)


@pytest.mark.parametrize("cookie", ["", "x", "a" * 32, "' OR 1=1 --", "é" * 32, "9" * 10_000])
def test_a_cookie_that_is_none_of_ours_is_nobodys(reader, cookie):
    client = Client()
    client.cookies["sessionid"] = cookie
    assert not is_logged_in(client)


def test_who_gets_a_desk_is_led_to_it(reader):
    user, client = reader
    user.is_staff = True
    user.save()
    assert reverse("admin:index") in client.get("/").content.decode()
