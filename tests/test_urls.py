"""Every address for every role: nobody ever gets an error page, and everybody gets what their role may see."""

import re

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django.urls import NoReverseMatch, reverse

from changchun_innovation.roles import ROLES, STAFF_ROLES
from parks.models import MilestoneProposal, Park, QuarterlyReport, Reply
from tests import addresses
from tests.factories import make_user

ROLE_NAMES = list(ROLES)
EVERYBODY = ["anonymous", "nobody", *ROLE_NAMES]
PAGES = [path for pattern in addresses.pages() for path in pattern.paths()]
FILES = [path for pattern in addresses.files() for path in pattern.paths()]
ADMIN = [pattern for pattern in addresses.patterns() if pattern.is_admin]


def client_of(who: str) -> Client:
    """A browser of somebody in a role; `nobody` has an account without a role."""
    client = Client()
    if who != "anonymous":
        parks = Park.objects.filter(code="jixing") if who == "park manager" else ()
        client.force_login(make_user(role=None if who == "nobody" else who, parks=parks))
    return client


def get(client: Client, path: str, query: dict | None = None):
    """GET, read to the last byte: a file that is streamed fails where it is written."""
    answer = client.get(path, query or {})
    if answer.streaming:
        answer.content_read = b"".join(answer.streaming_content)
    return answer


def test_every_pattern_with_a_code_has_a_code_that_exists():
    for pattern in addresses.dashboard():
        if pattern.codes:
            assert addresses.SAMPLES.get(pattern.name), (
                f"add a sample for {pattern.name} to tests/addresses.py"
            )


# --- the dashboard -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("who", EVERYBODY)
def test_with_a_public_dashboard_everybody_reads_every_page(demo_data, settings, who):
    settings.PUBLIC_DASHBOARD = True
    client = client_of(who)
    answers = {path: get(client, path).status_code for path in PAGES}
    assert answers == dict.fromkeys(PAGES, 200)


@pytest.mark.parametrize("who", EVERYBODY)
def test_without_one_only_accounts_read_pages_and_files(demo_data, settings, who):
    settings.PUBLIC_DASHBOARD = False
    client = client_of(who)
    for path in [*PAGES, *FILES]:
        answer = get(client, path)
        if who == "anonymous":
            assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={path}")
        else:
            assert answer.status_code == 200


@pytest.mark.parametrize("who", EVERYBODY)
def test_with_a_public_dashboard_everybody_downloads_every_file(demo_data, settings, who):
    settings.PUBLIC_DASHBOARD = True
    client = client_of(who)
    answers = {path: get(client, path).status_code for path in FILES}
    assert answers == dict.fromkeys(FILES, 200)


@pytest.mark.parametrize("path", PAGES)
def test_no_page_of_the_dashboard_can_be_written_to(demo_data, path):
    client = client_of("administrator")
    assert client.post(path, {"value": "1"}).status_code in (200, 403, 405)
    assert get(client, path).status_code == 200


@pytest.mark.parametrize(
    "pattern", [pattern for pattern in addresses.dashboard() if pattern.codes], ids=lambda p: p.name
)
@pytest.mark.parametrize("code", ["no-such-code", "1", "JIXING", "x" * 300, "2025-Q9"])
def test_an_unknown_code_is_a_404(demo_data, pattern, code):
    path = reverse(pattern.name, kwargs=dict.fromkeys(pattern.codes, code))
    assert get(Client(), path).status_code == 404


# --- what may stand in an address ----------------------------------------------------------------------------
MALFORMED = [
    {"quarter": "soon"},
    {"as_of": "2025-02-30"},
    {"quarter": "2024-Q1", "as_of": "2023-12-01"},
    {"lang": "xx"},
    {"quarter": "2025-Q5"},
    {"quarter": "0000-Q1"},
    {"quarter": "９９９９-Q1"},
    {"quarter": "2027-Q1"},
    {"quarter": "2026-Q4"},
    {"as_of": "yesterday"},
    {"as_of": "0001-01-01"},
    {"as_of": "2026-11-24"},
    {"as_of": "20251101"},
]
HARMLESS = [
    {"quarter": "2024-Q2", "as_of": "2025-11-01", "lang": "en"},
    {"quarter": "", "as_of": "", "lang": ""},
    {"as_of": "2000-01-01"},
    {"quarter": "2025-Q3"},
    {"as_of": "2025-11-01"},
    {"quarter": "2023-Q1"},
    {"as_of": "2023-01-01"},
    {"unknown": "word", "page": "-1"},
]
WARNING = re.compile(r'<ul class="messages" role="status"><li class="warning">')


def of_pages(queries: list[dict], everywhere: int) -> list[tuple[str, dict]]:
    """All queries on two pages, and the first few on every page: they are read in one place."""
    thorough = ["/", "/parks/jixing/"]
    return [
        (path, query) for path in PAGES for query in (queries if path in thorough else queries[:everywhere])
    ]


@pytest.mark.parametrize(("path", "query"), of_pages(MALFORMED, 4), ids=str)
def test_a_malformed_question_is_a_message_on_a_page_that_still_works(demo_data, path, query):
    answer = get(Client(), path, query)
    assert answer.status_code == 200
    assert WARNING.search(answer.content.decode())


@pytest.mark.parametrize(("path", "query"), of_pages(HARMLESS, 3), ids=str)
def test_a_well_formed_question_is_answered_without_a_message(demo_data, path, query):
    answer = get(Client(), path, query)
    assert answer.status_code == 200
    assert not WARNING.search(answer.content.decode())


@pytest.mark.parametrize("path", ["/", "/parks/", "/admin/", "/accounts/login/", "/data/progress.csv"])
def test_nul_in_an_address_is_a_bad_request_and_no_error_page(baseline, path):
    client = client_of("administrator")
    assert client.get(f"{path}?q=%00").status_code == 400
    assert client.get(f"{path}%00").status_code == 400


@pytest.mark.parametrize("path", PAGES)
def test_what_a_reader_types_into_an_address_is_never_markup(demo_data, path):
    typed = '"><script>alert(1)</script>'
    answer = get(Client(), path, dict.fromkeys(("quarter", "as_of", "lang", "state", "park", "q"), typed))
    assert answer.status_code == 200
    assert "<script>alert" not in answer.content.decode()


# --- every answer --------------------------------------------------------------------------------------------
INLINE = re.compile(r"<style|\sstyle=|<[^>]+\son[a-z]+=|href=[\"']?javascript:", re.IGNORECASE)
SCRIPTS = re.compile(r"<script\b([^>]*)>", re.IGNORECASE)


@pytest.mark.parametrize("path", [*PAGES, "/accounts/login/", "/no-such-page/", "/admin/login/"])
def test_every_page_obeys_the_strict_content_policy(demo_data, path):
    answer = Client().get(path)
    policy = dict(part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["form-action"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    page = answer.content.decode()
    assert not INLINE.search(page)
    for attributes in SCRIPTS.findall(page):
        assert "src=" in attributes or 'type="application/json"' in attributes


# --- the admin -----------------------------------------------------------------------------------------------
def rows_of(pattern: addresses.Pattern) -> dict | None:
    """Codes of a pattern of the admin: a row of its model, or words that mean nothing."""
    found = {}
    model = next(
        (
            model
            for model in addresses.admin_models()
            if pattern.route.startswith(f"admin/{model._meta.app_label}/{model._meta.model_name}/")
        ),
        None,
    )
    row = model._base_manager.order_by("pk").first() if model else None
    for code in pattern.codes:
        if code == "app_label":
            found[code] = "parks"
        elif code == "url":
            found[code] = "no/such/page"
        elif code == "quarter":
            found[code] = "2025-Q3"
        elif code in ("code", "park", "park_code"):
            found[code] = "jixing"
        else:
            found[code] = str(row.pk if row else 1)
    return found


def path_of(pattern: addresses.Pattern) -> str:
    codes = rows_of(pattern)
    try:
        return reverse(pattern.name, kwargs=codes)
    except NoReverseMatch:
        # Nameless patterns of the admin: its catch-alls.
        path = "/" + pattern.route.replace("(?P<url>.*)$", codes.get("url", ""))
        return re.sub(r"<(?:\w+:)?(\w+)>", lambda match: codes[match.group(1)], path)


@pytest.mark.parametrize("who", EVERYBODY)
def test_no_address_of_the_admin_is_an_error_page_for_anybody(demo_data, who):
    client = client_of(who)
    for pattern in ADMIN:
        if pattern.name == "admin:logout":
            continue
        path = path_of(pattern)
        answer = get(client, path)
        assert answer.status_code in (200, 301, 302, 400, 403, 404, 405), path
        if who not in STAFF_ROLES and pattern.name not in ("admin:login", "admin:jsi18n"):
            assert answer.status_code in (302, 403, 404), f"{path} is open to {who}"


@pytest.mark.parametrize("who", EVERYBODY)
def test_an_empty_form_sent_to_any_address_is_no_error_page(demo_data, who):
    client = client_of(who)
    for pattern in ADMIN:
        path = path_of(pattern)
        assert client.post(path).status_code in (200, 301, 302, 400, 403, 404, 405), path
        if pattern.name == "admin:logout" and who != "anonymous":
            client.force_login(User.objects.order_by("-pk").first())


@pytest.mark.parametrize("who", sorted(STAFF_ROLES))
def test_a_list_of_the_admin_is_open_exactly_to_the_roles_that_may_view_it(demo_data, who):
    client = client_of(who)
    for model in addresses.admin_models():
        options = model._meta
        answer = client.get(reverse(f"admin:{options.app_label}_{options.model_name}_changelist"))
        may = f"{options.app_label}.view_{options.model_name}" in ROLES[who]
        assert answer.status_code == (200 if may else 403), f"{options.label} for {who}"


# Their rows are made by the workflow alone.
WITHOUT_A_FORM = {QuarterlyReport, MilestoneProposal, Reply}


@pytest.mark.parametrize("who", sorted(STAFF_ROLES))
def test_a_form_of_the_admin_is_open_exactly_to_the_roles_that_may_add(demo_data, who):
    client = client_of(who)
    for model in addresses.admin_models():
        options = model._meta
        form = f"admin:{options.app_label}_{options.model_name}_add"
        if form not in {pattern.name for pattern in ADMIN}:
            assert model in WITHOUT_A_FORM
            continue
        answer = client.get(reverse(form))
        may = f"{options.app_label}.add_{options.model_name}" in ROLES[who]
        assert answer.status_code == (200 if may else 403), f"{options.label} for {who}"


def test_nothing_of_the_record_can_be_deleted_through_the_admin(demo_data):
    for who in STAFF_ROLES:
        for permission in ROLES[who]:
            verb, _, model = permission.split(".")[1].partition("_")
            assert verb != "delete" or model in {"parkmanager", "preference"}


def test_the_admin_registers_no_model_that_no_role_may_see():
    seen = {permission for permissions in ROLES.values() for permission in permissions}
    unseen = [
        model._meta.label
        for model in admin.site._registry
        if f"{model._meta.app_label}.view_{model._meta.model_name}" not in seen
    ]
    assert not unseen
