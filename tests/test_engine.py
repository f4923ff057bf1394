"""The ground the suite stands on."""

import importlib.util
from datetime import date

import pytest
from django.db import connection
from django.utils import timezone

from institutions.models import Source
from parks.models import Commitment, Park, QuarterlyReport
from tests.factories import make_source


def test_today_is_the_23rd_of_november_2026_in_changchun():
    assert timezone.localdate() == date(2026, 11, 23)
    assert date.today() == date(2026, 11, 23)


def test_the_suite_runs_on_the_engine_that_was_asked_for(request):
    asked = request.config.getoption("engine")
    assert connection.vendor == {"sqlite": "sqlite", "postgres": "postgresql"}[asked]


def test_postgresql_is_reached_through_psycopg2_and_psycopg_3_is_not_even_installed():
    # Django would silently prefer it.
    assert importlib.util.find_spec("psycopg") is None
    if connection.vendor == "postgresql":
        assert connection.Database.__name__ == "psycopg2"


@pytest.mark.django_db
def test_without_a_word_the_city_is_empty():
    assert not Park.objects.exists()


def test_the_baseline_holds_eight_parks_with_29_commitments(baseline):
    assert Park.objects.count() == 8
    assert Commitment.objects.count() == 29
    assert not QuarterlyReport.objects.exists()


@pytest.mark.parametrize("time", ["first", "second"])
def test_what_a_test_adds_to_the_baseline_is_gone_afterwards(baseline, time):
    assert Source.objects.count() == 15
    make_source()


@pytest.mark.parametrize("time", ["first", "second"])
def test_what_a_test_commits_is_gone_afterwards(baseline, transactional_db, time):
    assert Source.objects.count() == 15
    make_source()


def test_after_all_that_the_baseline_is_unharmed(baseline):
    assert Source.objects.count() == 15


def test_the_demonstration_holds_at_least_250_approved_figures(demo_data):
    approved = QuarterlyReport.objects.approved()
    assert sum(report.figures.exclude(value=None).count() for report in approved) >= 250
