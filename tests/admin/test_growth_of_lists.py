"""A page of the admin costs the same queries whatever the number of parks, quarters and revisions, and lists no parks
to choose from where they are many."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from parks.models import QuarterlyReport
from tests import addresses
from tests.factories import make_commitment, make_park, make_user
from tests.test_growth import CITIES, FEW, a_city


def lists() -> list[str]:
    """The address of every list of the admin."""
    return [
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for model in addresses.admin_models()
    ]


REPORTS = "/admin/parks/quarterlyreport/"
PAGES = {
    "reviewer": [
        *lists(),
        f"{REPORTS}?q=grown",
        f"{REPORTS}?quarter=2026-Q3",
        f"{REPORTS}?status__exact=approved",
        f"{REPORTS}{{report}}/change/",
        "/admin/parks/reply/?q=grown",
        "/admin/parks/commitment/?q=grown",
        "/admin/",
    ],
    "manager": [
        REPORTS,
        "/admin/parks/reply/",
        "/admin/parks/milestoneproposal/",
        f"{REPORTS}{{report}}/change/",
        f"{REPORTS}enter/{{park}}/2023-Q3/",
        "/admin/",
    ],
    "administrator": [*lists(), "/admin/auth/user/?q=grown", "/admin/auditlog/logentry/?q=grown", "/admin/"],
}


def queries_in(**size) -> dict[tuple[str, str], int]:
    counted = {}
    with a_city(**size) as city:
        report = QuarterlyReport.objects.filter(park=city.park, quarter="2026-Q2").earliest("revision")
        for who, paths in PAGES.items():
            client = Client()
            client.force_login(getattr(city, who))
            for path in paths:
                # They are looked up once a process.
                ContentType.objects.clear_cache()
                with CaptureQueriesContext(connection) as caught:
                    answer = client.get(path.format(report=report.pk, park=city.park.code))
                if answer.status_code != 403:
                    assert answer.status_code == 200, path
                    counted[who, path] = len(caught)
    return counted


@pytest.fixture(scope="module")
def remembered() -> dict:
    """The answers of the small city, asked once for all comparisons."""
    return {}


@pytest.mark.parametrize("city", CITIES)
def test_the_admin_asks_no_further_query_of_a_bigger_city(baseline, remembered, city):
    if not remembered:
        remembered |= queries_in(**FEW)
    assert queries_in(**CITIES[city]) == remembered


def test_the_fourth_revision_is_read_with_the_queries_of_the_second(baseline):
    def queries_of_the_last(revisions: int) -> int:
        with a_city(**FEW | {"revisions": revisions, "corrected": 1}) as city:
            report = QuarterlyReport.objects.filter(park=city.park, quarter="2026-Q2").latest("revision")
            assert report.revision == revisions
            client = Client()
            client.force_login(city.reviewer)
            with CaptureQueriesContext(connection) as caught:
                assert client.get(f"{REPORTS}{report.pk}/change/").status_code == 200
            return len(caught)

    assert queries_of_the_last(4) == queries_of_the_last(2)


def test_a_page_of_a_list_holds_a_hundred_rows(baseline):
    with a_city(**FEW | {"parks": 72}) as city:
        client = Client()
        client.force_login(city.reviewer)
        listed = client.get(REPORTS).context["cl"]
        assert (listed.result_count, len(listed.result_list)) == (144, 100)


# --- what is offered -----------------------------------------------------------------------------------------
# The names of the parks that a city grew begin so.
NAME = "成长园区"


def side_bar(page: str) -> str:
    _before, _tag, bar = page.partition('id="changelist-filter"')
    return bar.partition("</nav>")[0]


def read_by(people, path: str) -> str:
    """The page as the first of some people reads it who may."""
    for account in people:
        client = Client()
        client.force_login(account)
        answer = client.get(path)
        if answer.status_code == 200:
            return answer.content.decode()
    raise AssertionError(f"nobody reads {path}")


# Lists whose rows are about a park, beside that of the parks themselves.
ABOUT_PARKS = [
    f"/admin/parks/{model}/"
    for model in (
        "commitment",
        "commitmentterms",
        "deadlineextension",
        "milestone",
        "milestoneproposal",
        "publication",
        "quarterlyreport",
        "reply",
        "reportsfrom",
    )
]


def test_few_parks_are_offered_in_the_side_bar(baseline):
    with a_city(**FEW) as city:
        people = (city.reviewer, city.administrator)
        assert [path for path in lists() if NAME in side_bar(read_by(people, path))] == ABOUT_PARKS


def test_many_parks_are_searched_for(baseline):
    with a_city(**FEW | {"parks": 72}) as city:
        people = (city.reviewer, city.administrator)
        pages = {path: read_by(people, path) for path in lists()}
        assert [path for path, page in pages.items() if NAME in side_bar(page)] == []
        assert all('name="q"' in pages[path] for path in ABOUT_PARKS)


def test_the_list_of_one_park_among_many_says_which(baseline):
    with a_city(**FEW | {"parks": 72}) as city:
        client = Client()
        client.force_login(city.reviewer)
        answer = client.get(f"{REPORTS}?park={city.park.code}")
        assert {report.park for report in answer.context["cl"].result_list} == {city.park}
        assert side_bar(answer.content.decode()).count(NAME) == 1
        assert client.get(f"{REPORTS}?park=nowhere").context["cl"].result_count == 0


def test_no_form_lists_the_parks_or_promises_to_choose_from(baseline):
    with a_city(**FEW | {"parks": 72}) as city:
        opened = []
        for account in (city.reviewer, city.administrator):
            client = Client()
            client.force_login(account)
            for path in lists():
                answer = client.get(f"{path}add/")
                if answer.status_code == 200:
                    opened.append(path)
                    assert NAME not in answer.content.decode(), path
        assert {"/admin/parks/commitmentterms/", "/admin/parks/publication/", "/admin/auth/user/"} <= set(
            opened
        )
        # The park that an account has is named in its form, and no other.
        page = client.get(f"/admin/auth/user/{city.manager.pk}/change/").content.decode()
        assert set(re.findall(NAME + r"\d+", page)) == {city.park.name_zh}


@pytest.mark.parametrize(
    ("model", "field", "shown"),
    [("publication", "park", "park"), ("commitmentterms", "commitment", "commitment")],
)
def test_who_has_one_park_is_offered_no_other_while_typing(db, client, model, field, shown):
    """Even an account that was given the right to such a form by hand."""
    own, other = make_park(name_zh="东园"), make_park(name_zh="西园")
    for park in (own, other):
        make_commitment(park=park)
    user = make_user(role="park manager", parks=[own])
    user.user_permissions.set(Permission.objects.filter(codename__in=[f"add_{model}", f"view_{shown}"]))
    client.force_login(user)
    query = {"app_label": "parks", "model_name": model, "field_name": field}
    for term, found in [("", 1), ("东园", 1), ("西园", 0)]:
        answer = client.get(reverse("admin:autocomplete"), query | {"term": term})
        offered = [each["text"] for each in answer.json()["results"]]
        assert len(offered) == found and not any("西园" in text for text in offered)
    client.force_login(make_user(role="reviewer"))
    assert len(client.get(reverse("admin:autocomplete"), query | {"term": ""}).json()["results"]) == 2
