"""The overview of a big city is read from stored answers: it says what the ledger of the whole city says."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from changchun_innovation.overview.big_city import overview_of_many
from changchun_innovation.overview.history import states_over_time
from changchun_innovation.overview.queries import overview
from changchun_innovation.shared.params import asked_of
from changchun_innovation.shared.quarters import Quarter
from parks import stored
from parks.models import Park, StoredPark, StoredState, StoredUpTo
from tests.factories import (
    approved_report,
    make_commitment,
    make_park,
    make_user,
)
from tests.overview.big_city_steps import STEPS

QUARTERS = ["2023-Q4", "2024-Q2", "2025-Q1", "2025-Q4", "2026-Q3"]


def page_of(page, quarter: str, language: str = "zh-hans") -> str:
    request = RequestFactory().get("/", {"quarter": quarter})
    asked_of(request)
    with translation.override(language):
        context = {"page": page, "quarters": page.quarters, "chart": states_over_time(page.history)}
        return render_to_string("overview/home.html", context, request)


def both(quarter: str, find: str = "", language: str = "zh-hans") -> tuple[str, str]:
    """The overview from the stored answers and from the ledger, as HTML."""
    today, asked = timezone.localdate(), Quarter.parse(quarter)
    with translation.override(language):
        stored_page = overview_of_many(asked, today, find)
        ledger_page = overview(asked, today, find)
    return page_of(stored_page, quarter, language), page_of(ledger_page, quarter, language)


@pytest.mark.parametrize("quarter", QUARTERS)
def test_the_overview_is_the_same_from_stored_answers_and_from_the_ledger(big_city, quarter):
    for language in ("zh-hans", "en"):
        read, worked_out = both(quarter, language=language)
        assert read == worked_out


@pytest.mark.parametrize("find", ["新建园区0", "吉", "no such park"])
def test_a_park_that_is_looked_for_is_found_in_both(big_city, find):
    read, worked_out = both("2025-Q4", find)
    assert read == worked_out


def test_what_is_stored_follows_every_step_that_changes_an_answer(big_city):
    stored.bring_up_to(timezone.localdate(), most=None)
    for step in STEPS:
        step()
        assert stored.bring_up_to(timezone.localdate()) < 20, (
            f"{step.__name__}: only what changed is worked out"
        )
        read, worked_out = both("2025-Q4")
        assert read == worked_out, step.__name__
    carried = list(_answers())
    StoredUpTo.objects.all().delete()
    stored.bring_up_to(timezone.localdate(), most=None)
    assert list(_answers()) == carried


def test_what_is_stored_follows_the_days(big_city, today):
    stored.bring_up_to(timezone.localdate(), most=None)
    for days in (1, 30, 10, 8, 15):
        today.shift(timedelta(days=days))
        stored.bring_up_to(timezone.localdate(), most=None)
        read, worked_out = both("2025-Q4")
        assert read == worked_out, timezone.localdate()
        carried = list(_answers())
        StoredUpTo.objects.all().delete()
        stored.bring_up_to(timezone.localdate(), most=None)
        assert list(_answers()) == carried, timezone.localdate()


def test_nothing_is_worked_out_twice(big_city):
    today = timezone.localdate()
    assert stored.bring_up_to(today, most=None) == Park.objects.count()
    assert stored.bring_up_to(today) == 0


def test_a_page_does_not_wait_for_a_whole_city(big_city):
    with pytest.raises(stored.NotWorkedOut) as behind:
        stored.bring_up_to(timezone.localdate(), most=10)
    assert behind.value.parks == Park.objects.count()
    assert not StoredPark.objects.exists()


def test_what_a_demonstration_takes_away_is_worked_out_anew(big_city):
    stored.bring_up_to(timezone.localdate(), most=None)
    call_command("load_demo", clear=True, verbosity=0)
    read, worked_out = both("2025-Q4")
    assert read == worked_out
    assert not StoredState.objects.exclude(value=None).exists()


def test_another_release_of_the_judge_works_everything_out_anew(big_city):
    stored.bring_up_to(timezone.localdate(), most=None)
    StoredUpTo.objects.update(rules="an earlier release")
    StoredState.objects.update(state="achieved")
    assert stored.bring_up_to(timezone.localdate(), most=None) == Park.objects.count()
    assert set(StoredState.objects.values_list("state", flat=True)) != {"achieved"}


def test_the_overview_of_many_costs_the_same_queries_for_eighty_parks_and_for_ninety(big_city):
    def cost() -> int:
        stored.bring_up_to(timezone.localdate(), most=None)
        with CaptureQueriesContext(connection) as asked:
            page_of(overview_of_many(Quarter(2025, 4), timezone.localdate()), "2025-Q4")
        return len(asked)

    before = cost()
    manager, reviewer = make_user(role="park manager"), make_user(role="reviewer")
    for _number in range(10):
        park = make_park(reports_from="2025-Q4")
        park.park_managers.create(user=manager)
        make_commitment(park=park, kind="stock", value=40)
        code = park.commitments.get().indicator.code
        approved_report(park=park, quarter="2025-Q4", figures={code: 3}, by=manager, reviewer=reviewer)
    assert cost() == before


def _answers():
    fields = [field.name for field in StoredState._meta.fields if field.name not in ("id", "of")]
    yield from StoredState.objects.order_by("commitment", "start_on", "quarter").values_list(*fields)
    fields = [field.name for field in StoredPark._meta.fields if field.name != "id"]
    yield from StoredPark.objects.order_by("park", "quarter").values_list(*fields)
