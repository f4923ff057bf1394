"""A page costs the same number of queries whatever the number of parks, quarters and revisions."""

from contextlib import contextmanager

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests import addresses
from tests.city_databases import forget
from tests.grown_city import grow, grown

# The eight real parks have not reported; "few" adds eight that have, so that every city holds every kind of row.
FEW = {"parks": 8, "quarters": 2, "revisions": 1}
CITIES = {
    "nine times the parks": FEW | {"parks": 72},
    "six times the quarters": FEW | {"quarters": 12},
    "three revisions of each report": FEW | {"revisions": 3, "corrected": 1},
}
PATHS = [path for pattern in addresses.pages() for path in pattern.paths()]
FILES = ["/data/progress.csv", "/data/figures.csv", "/data/reports.csv", "/data/coverage.csv"]


@contextmanager
def a_city(**size):
    """The reference data and a grown city of some size, gone afterwards."""
    with transaction.atomic():
        grow(**size)
        yield grown()
        transaction.set_rollback(True)


def queries_of(path: str) -> int:
    forget()
    with CaptureQueriesContext(
        connection,
    ) as caught:
        answer = Client().get(path)
        assert answer.status_code == 200
        b"".join(answer)
    return len(caught)


def queries_in(**size) -> dict[str, int]:
    with a_city(**size) as city:
        named = {"the middle park": f"/parks/{city.park.code}/?quarter=2026-Q2"}
        asked = {path: path for path in [*PATHS, *FILES]} | named
        asked |= {f"{path}?quarter=2026-Q2": f"{path}?quarter=2026-Q2" for path in ("/", "/parks/", *FILES)}
        return {name: queries_of(path) for name, path in asked.items()}


@pytest.fixture(scope="module")
def remembered() -> dict:
    """The answers of the small city, asked once for all comparisons."""
    return {}


@pytest.mark.parametrize("city", CITIES)
def test_the_city_may_grow_without_a_further_query(baseline, remembered, city):
    if not remembered:
        remembered |= queries_in(**FEW)
    assert queries_in(**CITIES[city]) == remembered


@pytest.mark.parametrize("path", ["/", "/parks/", "/parks/jixing/"])
def test_the_demonstration_is_read_with_few_queries(demo_data, path):
    assert queries_of(path) <= 40
