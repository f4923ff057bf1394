"""Pages of a big city are read from stored answers: each says what the ledger of the whole city says."""

import re
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from urllib.parse import parse_qsl

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from changchun_innovation.shared.quarters import Quarter
from institutions.models import Institution
from parks import stored
from parks.comparison import COMMITMENTS_TO_A_PAGE
from parks.ledger import Ledger
from parks.many_comparison import comparison_of_many
from parks.models import JointLink, Park, StoredPark
from parks.queries import NEED, scorecards
from targets.models import Scope, Target
from tests.city_databases import forget

QUARTERS = ["2023-Q4", "2025-Q1", "2025-Q4", "2026-Q3"]


@pytest.fixture
def worked_out(big_city):
    stored.bring_up_to(timezone.localdate(), most=None)


@pytest.fixture
def pages(worked_out, monkeypatch):
    """A function: the page of an address as a big city shows it, and as any other does."""

    def both(path: str, **query) -> tuple[str, str]:
        return tuple(_page(monkeypatch, big, path, query) for big in (79, 80))

    return both


@pytest.fixture
def same(pages):
    """Asserts that an address says the same in a big city as in any other."""

    def compare(path: str, **query) -> None:
        as_big, as_any = pages(path, **query)
        assert as_big == as_any, f"{path} {query}"

    return compare


def _page(monkeypatch, big: int, path: str, query: dict) -> str:
    """A page where more parks than `big` are many."""
    forget()
    monkeypatch.setattr(stored, "BIG", big)
    response = Client().get(path, query)
    assert response.status_code == 200
    return response.content.decode()


def cost_of(path: str, **query) -> int:
    """How many queries a page asks when nothing is kept."""
    forget()
    with CaptureQueriesContext(connection) as asked:
        assert Client().get(path, query).status_code == 200
    return len(asked)


# --- targets and the search --------------------------------------------------------------------------------------
def test_joint_pledges_are_the_same_from_stored_answers_and_from_the_ledger(same):
    for quarter in QUARTERS:
        for lang in ("zh", "en"):
            same("/targets/", quarter=quarter, lang=lang)
        same("/search/", q="孵化", quarter=quarter)


def test_a_page_that_cannot_wait_for_stored_answers_says_so(big_city, monkeypatch):
    monkeypatch.setattr(stored, "BIG", 79)
    monkeypatch.setattr(stored, "MOST_WHILE_A_PAGE_WAITS", 10)
    response = Client().get("/targets/")
    assert response.status_code == 503
    assert "还有 80 个园区的状态没有算完" in response.content.decode()
    assert Client().get("/search/", {"q": "孵化"}).status_code == 200
    assert not StoredPark.objects.exists()


# --- the parks ---------------------------------------------------------------------------------------------------
ASKED = [
    {},
    {"page": "3", "lang": "en"},
    {"page": "9"},
    {"quarter": "2025-Q4", "page": "4"},
    {"quarter": "2023-Q4"},
    {"quarter": "2026-Q3", "find": "新建园区0"},
    {"find": "no such park"},
    {"find": "吉", "list": "2", "lang": "en"},
]
NARROWED = [
    {"quarter": "2025-Q4"},
    {"quarter": "2026-Q3", "state": "stale"},
    {"quarter": "2025-Q4", "state": ["behind", "no_data"], "indicator": "revenue"},
    {"quarter": "2025-Q4", "park": ["new-1", "new-2", "nowhere"], "state": "nonsense"},
    {"quarter": "2025-Q4", "flag": "restated"},
    {"quarter": "2025-Q4", "flag": ["falling", "restated"], "lang": "en"},
    {"quarter": "2025-Q4", "state": "missed", "find": "新建"},
]
WANTS = re.compile(r'<p class="note">(承诺本身有待明确|园区很多|What the pledges|With so many parks).*?</p>')


def test_every_part_of_the_parks_is_the_same_from_stored_answers_and_from_the_ledger(pages):
    for query in ASKED:
        as_big, as_any = (html.split('id="commitments"')[0] for html in pages("/parks/", **query))
        assert WANTS.sub("", as_big) == WANTS.sub("", as_any), query


def test_every_commitment_stands_on_one_part_of_the_list_and_says_the_same(pages):
    for query in NARROWED:
        as_big, as_any = _commitments(pages, **query)
        assert as_big.rows == as_any.rows, query
        assert as_big.told == as_any.told, query


def test_within_a_state_the_commitments_of_a_big_city_stand_by_how_long_they_have_been_in_it(
    worked_out, monkeypatch
):
    monkeypatch.setattr(stored, "BIG", 79)
    quarter, today = Quarter(2026, 3), timezone.localdate()
    lines = [line for card in scorecards(Ledger.of(today), quarter) for line in card.lines]
    lines.sort(key=lambda line: (NEED.index(line.judgement.state), str(line.since or "")))
    shown = []
    for part in range(1, 1 + -(-len(lines) // COMMITMENTS_TO_A_PAGE)):
        page = comparison_of_many(quarter, today, QueryDict(f"list={part}"))
        shown += [line.code for line in page.shown.rows]
    assert shown == [line.code for line in lines]


def test_in_a_big_city_no_choice_holds_every_park(pages):
    as_big, as_any = pages("/parks/", quarter="2025-Q4")
    assert as_any.count("<option") - as_big.count("<option") == 80 + 1
    assert "每个园区的见其页面" in as_big
    assert '<option value="new-1" selected>' in pages("/parks/", park="new-1")[0]


def test_before_anything_was_promised_a_big_city_has_nothing_to_compare(pages):
    assert "截至这一天还没有已知的承诺" in pages("/parks/", quarter="2015-Q1")[0]


def test_the_parks_of_a_big_city_cost_the_same_queries_whatever_part_is_shown(worked_out, monkeypatch):
    monkeypatch.setattr(stored, "BIG", 79)
    costs = {cost_of("/parks/", page=str(page), state="behind", list=str(page)) for page in (1, 2, 3)}
    assert len(costs) == 1


@dataclass
class Listed:
    """What the list of commitments shows over all its parts: rows by commitment, and what is said around them."""

    rows: dict[str, str]
    told: list[str]


def _commitments(pages, **query) -> tuple[Listed, Listed]:
    """All parts of the list, and the one behind the last, which does not exist."""
    found = (Listed({}, []), Listed({}, []))
    for part in count(1):
        before = [len(listed.rows) for listed in found]
        asked = pages("/parks/", list=str(part), **query)
        for listed, html in zip(found, asked, strict=True):
            section = html.split('aria-labelledby="commitments"')[1]
            listed.rows |= dict(re.findall(r'<tr data-commitment="([^"]+)"(.*?)</tr>', section, re.S))
            listed.told += re.findall(r'<h2.*?</h2>|<p class="filters">.*?</p>|<nav.*?</nav>', section, re.S)
            listed.told += re.findall(r'<li class="warning">.*?</li>|<div class="empty".*?</div>', html, re.S)
        if before == [len(listed.rows) for listed in found]:
            break
    return found


# --- what takes too long -----------------------------------------------------------------------------------------
TOO_LONG = [
    "/parks/compare/",
    "/parks/compare/?park=nowhere",
    "/changes/",
    "/verdicts/?as_of=2026-11-22",
    "/bulletin/2025-Q4/",
    "/?as_of=2026-11-22",
    "/?quarter=2015-Q1",
    "/parks/?as_of=2026-11-22",
    "/targets/?as_of=2026-11-22",
]


def test_a_page_that_would_take_minutes_says_so_in_both_languages_and_leads_to_the_file(pages):
    for address in TOO_LONG:
        path, _, asked = address.partition("?")
        query = dict(parse_qsl(asked))
        as_big, as_any = pages(path, **query)
        assert "要逐一评判 80 个园区的每项承诺" in as_big and 'href="/data/progress.csv' in as_big, address
        assert "要逐一评判" not in as_any, address
        in_english, _as_any = pages(path, lang="en", **query)
        assert "Every commitment of 80 parks would have to be judged" in in_english, address


def test_of_a_day_on_which_few_parks_were_known_a_big_city_is_asked_as_any_other(same):
    for path in ("/", "/parks/", "/targets/", "/parks/compare/"):
        same(path, as_of="2023-08-01")


def test_some_parks_of_a_big_city_are_compared_with_each_other_as_in_any_other(pages):
    chosen = ["new-1", "new-2", "new-3"]
    as_big, as_any = pages("/parks/compare/", park=chosen, indicator="revenue", quarter="2025-Q4")
    rows = [re.findall(r'<tr data-commitment="([^"]+)"(.*?)</tr>', html, re.S) for html in (as_big, as_any)]
    assert rows[0] == rows[1] and len(rows[0]) == 3


# --- a joint pledge ----------------------------------------------------------------------------------------------


def test_the_page_of_a_joint_pledge_is_the_same_from_stored_answers_and_from_the_ledger(same):
    codes = Target.objects.filter(scope=Scope.FIRST_BATCH_PARKS).values_list("code", flat=True)
    for code in codes:
        for quarter in QUARTERS:
            same(f"/targets/{code}/", quarter=quarter)
        links = JointLink.objects.filter(target__code=code).values_list("indicator__code", flat=True)
        parts = {f"page-{indicator}": "2" for indicator in links}
        same(f"/targets/{code}/", quarter="2025-Q4", lang="en", **parts)
    assert codes


def test_the_parks_of_a_joint_pledge_stand_in_parts_the_largest_pledges_first(big_city):
    seen = []
    for number in ("", "2"):
        html = (
            Client().get("/targets/parks-high-tech-firms/", {"page-high-tech-firms": number}).content.decode()
        )
        section = html.split('aria-labelledby="link-high-tech-firms"')[1].split("</section>")[0]
        seen.append(re.findall(r'data-commitment="([^"]+)".*?data-target-value="([^"]*)"', section))
    assert len(seen[0]) == 50 and len({code for part in seen for code, _value in part}) == len(seen[0]) + len(
        seen[1]
    )
    targets = [Decimal(value) for part in seen for _code, value in part]
    assert targets == sorted(targets, reverse=True)


def test_a_part_of_a_joint_pledge_that_does_not_exist_is_a_message(demo_data):
    page = Client().get("/targets/parks-high-tech-firms/", {"page-high-tech-firms": "7"}).content.decode()
    assert "没有第“7”页" in page


def test_a_joint_pledge_of_a_big_city_costs_the_same_queries_whatever_part_is_shown(worked_out, monkeypatch):
    monkeypatch.setattr(stored, "BIG", 79)
    address = "/targets/parks-high-tech-firms/"
    costs = {cost_of(address, **{"page-high-tech-firms": str(page)}) for page in (1, 2)}
    assert len(costs) == 1


# --- the books ---------------------------------------------------------------------------------------------------
def test_the_books_of_a_big_city_close_every_target_and_count_what_the_parks_promised(pages):
    for lang in ("zh", "en"):
        as_big, as_any = pages("/verdicts/", lang=lang)
        for group in (Scope.CITY, Scope.FIRST_BATCH_PARKS, Scope.INSTITUTION):
            sections = [_section(html, f"group-{group}") for html in (as_big, as_any)]
            assert sections[0] == sections[1], group
        assert "group-parks" not in as_big
    over = _section(as_any, "group-parks").count("data-commitment=")
    assert f"The parks have {over} commitments that are over" in as_big and over > 200


def _section(html: str, heading: str) -> str:
    """A section of a page by the id of its heading; '' where there is none."""
    return html.partition(f'aria-labelledby="{heading}"')[2].partition("</section>")[0]


# --- partners ----------------------------------------------------------------------------------------------------
def test_the_parks_of_a_partner_are_the_same_from_stored_answers_and_from_the_ledger(same):
    park = Park.objects.get(code="new-0")
    for partner in (park.zone_partner, park.academic_partner, Institution.objects.get(code="jlu")):
        for query in ({}, {"page": "3", "lang": "en"}, {"quarter": "2025-Q4", "page": "2"}, {"page": "none"}):
            same(f"/institutions/{partner.code}/", **query)
    # Nothing is stored of a quarter before the first promise.
    same(f"/institutions/{park.zone_partner.code}/", quarter="2015-Q1", page="2")
    same("/institutions/")


def test_of_a_past_day_a_partner_of_very_many_parks_leads_to_the_file(worked_out, monkeypatch):
    zone = Park.objects.get(code="new-0").zone_partner.code
    for parks, is_too_many in ((72, False), (71, True)):
        page = _page(monkeypatch, parks, f"/institutions/{zone}/", {"as_of": "2026-11-22"})
        assert ("要逐一评判 72 个园区的每项承诺" in page) is is_too_many
    of_few = _page(monkeypatch, 71, "/institutions/jlu/", {"as_of": "2026-11-22"})
    assert "共建的园区" in of_few


def test_a_partner_costs_the_same_queries_whatever_part_is_shown(worked_out, monkeypatch):
    monkeypatch.setattr(stored, "BIG", 79)
    zone = Park.objects.get(code="new-0").zone_partner.code
    assert len({cost_of(f"/institutions/{zone}/", page=str(number)) for number in (1, 2, 3)}) == 1
