"""What is private is never kept for others: everybody gets, to the byte, what they would get if nobody else had asked."""

from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from changchun_innovation import kept_pages
from changchun_innovation.roles import ROLES
from parks.models import Park
from tests import addresses
from tests.city_databases import forget
from tests.conftest import TODAY
from tests.factories import approved_report, make_source, make_user, submitted_report

# A form whose every rendering carries a new token.
WITH_A_FORM = "/report-error/"
PAGES = [path for pattern in addresses.pages() for path in pattern.paths() if path != WITH_A_FORM]
# The preview of the data shows what was not approved to whom it is open.
PREVIEWS = [
    "/data/?dataset=figures&park=jixing&status=all",
    "/data/?dataset=reports&park=jixing",
    "/data/?dataset=figures&lang=en",
]
UNSEEN = 987654


@pytest.fixture
def city(baseline):
    """A park with a figure that was approved, and one that waits and is nobody's business yet."""
    park = Park.objects.get(code="jixing")
    figures = dict.fromkeys(park.commitments.values_list("indicator__code", flat=True), 3)
    approved_report(park=park, quarter="2025-Q3", figures=figures)
    submitted_report(park=park, quarter="2025-Q4", figures=dict.fromkeys(figures, UNSEEN), at=TODAY)
    return park


def browser_of(role: str | None, parks=()) -> Client:
    client = Client()
    client.force_login(make_user(role=role, parks=parks))
    return client


def people(park) -> dict[str, Client]:
    """Anonymous, and two accounts without a role and of every role; one of the managers has the park."""
    found = {"anonymous": Client()}
    for role in (None, *ROLES):
        for number, parks in enumerate(([park], [])):
            found[f"{role} {number}"] = browser_of(role, parks if role == "park manager" else ())
    return found


def answer_of(client: Client, path: str) -> tuple:
    answer = client.get(path)
    assert not answer.cookies, "nobody is given a cookie that was made for somebody"
    return answer.status_code, answer.get("Location"), answer.content


# --- the sweep -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("public", [True, False], ids=["public dashboard", "for accounts only"])
def test_everybody_gets_what_they_would_get_alone(city, settings, public):
    settings.PUBLIC_DASHBOARD = public
    readers = people(city)
    alone = {}
    # Where only accounts read, the pages that tell most of people are enough: the rest is told above.
    paths = [*PAGES, *PREVIEWS] if public else ["/parks/jixing/", *PREVIEWS[:1]]
    for who, client in readers.items():
        forget()
        for path in paths:
            alone[who, path] = answer_of(client, path)
    forget()
    for _round in range(2):
        for path in paths:
            for who, client in readers.items():
                assert answer_of(client, path) == alone[who, path], (who, path)
    statuses = {status for (who, _path), (status, *_) in alone.items() if who == "anonymous"}
    assert statuses == ({200} if public else {302})
    # The sweep would see it: there is something that some read and others do not.
    unseen = {who for (who, path), (*_, page) in alone.items() if str(UNSEEN).encode() in page}
    assert {"park manager 0", "reviewer 0", "analyst 1"} <= unseen
    assert not {"anonymous", "None 0", "official 0", "park manager 1"} & unseen


def test_whoever_has_a_desk_is_led_to_it_and_nobody_else(city):
    desk, account, nobody = browser_of("reviewer"), browser_of("official"), Client()
    for _round in range(2):
        assert reverse("admin:index") in desk.get("/search/").content.decode()
        pages = [client.get("/search/").content.decode() for client in (account, nobody)]
        assert [reverse("logout") in page for page in pages] == [True, False]
        assert not [page for page in pages if reverse("admin:index") in page]


# --- what is not kept ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        (None, "/report-error/", 200),
        (None, "/accounts/login/", 200),
        (None, "/accounts/logout/", 302),
        (None, "/parks", 301),
        (None, "/parks/no-such-park/", 404),
        (None, "/no-such-page/", 404),
        (None, "/healthz", 200),
        (None, "/data/progress.csv?quarter=soon", 400),
        (None, "/parks/?q=%00", 400),
        ("analyst", "/data/", 200),
        ("analyst", "/data/?dataset=figures&status=all", 200),
        ("analyst", "/report-error/", 200),
        ("analyst", "/accounts/logout/", 200),
        ("analyst", "/accounts/login/", 302),
        ("analyst", "/admin/", 302),
        ("reviewer", "/admin/", 200),
        ("reviewer", "/admin/parks/park/", 200),
        ("reviewer", "/admin/parks/park/add/", 200),
        ("reviewer", "/no-such-page/", 404),
    ],
)
def test_forms_refusals_and_desks_are_worked_out_for_each_who_asks(city, role, path, status):
    client = browser_of(role) if role else Client()
    for _round in range(2):
        answer = client.get(path)
        assert (answer.status_code, answer.has_header("ETag")) == (status, False)
        if answer.streaming:
            assert b"".join(answer.streaming_content)
    assert len(kept_pages.memory) == 0


def test_what_is_sent_in_is_never_answered_from_what_is_kept(city):
    Client().get("/parks/")
    for method in ("post", "put", "delete", "patch", "options"):
        answer = getattr(Client(), method)("/parks/")
        assert not answer.has_header("ETag")
    assert len(kept_pages.memory) == 1


def test_a_form_that_was_sent_in_again_holds_a_token_of_its_own(city):
    pages = [Client().get(WITH_A_FORM) for _reader in range(2)]
    assert pages[0].cookies["csrftoken"].value != pages[1].cookies["csrftoken"].value
    assert pages[0].content != pages[1].content
    # Whoever holds a token reads the same pages as everybody, and is given no new one with them.
    client = Client()
    client.get(WITH_A_FORM)
    assert answer_of(client, "/parks/") == answer_of(Client(), "/parks/")
    assert client.get("/parks/").has_header("ETag")


@pytest.mark.parametrize("public", [True, False])
def test_a_message_for_one_person_is_shown_to_that_person_once(city, settings, public):
    settings.PUBLIC_DASHBOARD = public
    reviewer, colleague = browser_of("reviewer"), browser_of("reviewer")
    source = make_source()
    page = reviewer.get(reverse("admin:institutions_source_change", args=[source.pk]))
    form = {name: value or "" for name, value in page.context["adminform"].form.initial.items()}
    sent = reviewer.post(page.request["PATH_INFO"], {**form, "title_zh": "只有我看得到的标题"})
    assert sent.status_code == 302
    plain = colleague.get("/parks/").content
    told = reviewer.get("/parks/")
    assert "只有我看得到的标题" in told.content.decode()
    assert not told.has_header("ETag")
    assert reviewer.get("/parks/").content == colleague.get("/parks/").content == plain


# --- who is who ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("public", [True, False])
@pytest.mark.parametrize("cookie", ["forged", "expired", "ended", 'odd"; value', ""])
def test_a_session_that_is_none_gets_what_anybody_gets(city, settings, public, cookie):
    settings.PUBLIC_DASHBOARD = public
    desk, account = browser_of("reviewer"), browser_of("official")
    anonymous, of_account = Client().get("/parks/"), account.get("/parks/")
    client = Client()
    client.cookies[django_settings.SESSION_COOKIE_NAME] = cookie
    if cookie in ("expired", "ended"):
        client = browser_of("reviewer")
        client.get("/parks/")
        session = Session.objects.get(pk=client.cookies[django_settings.SESSION_COOKIE_NAME].value)
        if cookie == "ended":
            session.delete()
        else:
            session.expire_date = timezone.now() - timedelta(seconds=1)
            session.save()
    for _round in range(2):
        answer = client.get("/parks/", headers={"if-none-match": desk.get("/parks/")["ETag"]})
        assert answer.status_code == anonymous.status_code == (200 if public else 302)
        assert (answer.content, answer.get("Location")) == (anonymous.content, anonymous.get("Location"))
    assert not Client().get("/parks/").cookies
    assert account.get("/parks/").content == of_account.content != anonymous.content


@pytest.mark.parametrize("public", [True, False])
def test_after_the_way_out_a_browser_reads_what_anybody_reads(city, settings, public):
    settings.PUBLIC_DASHBOARD = public
    anonymous = answer_of(Client(), "/parks/")
    client = browser_of("reviewer")
    held = client.get("/parks/")
    assert client.get("/parks/", headers={"if-none-match": held["ETag"]}).status_code == 304
    client.post(reverse("logout"))
    answer = client.get("/parks/", headers={"if-none-match": held["ETag"]})
    assert (answer.status_code, answer.get("Location"), answer.content) == anonymous
    assert answer.content != held.content


def test_a_locked_account_and_another_role_count_from_the_next_page_on(city):
    user = make_user(role="reviewer")
    client = Client()
    client.force_login(user)
    anonymous, desk = Client().get("/search/"), client.get("/search/")
    user.groups.set(Group.objects.none())
    user.is_staff = False
    user.save()
    account = client.get("/search/")
    assert len({anonymous.content, desk.content, account.content}) == 3
    assert client.get("/search/", headers={"if-none-match": desk["ETag"]}).status_code == 200
    user.is_active = False
    user.save()
    assert client.get("/search/").content == anonymous.content
