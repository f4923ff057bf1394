"""A page costs the same number of queries with 8 parks and with 80."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from parks.models import Park
from targets.models import Indicator
from tests import addresses
from tests.city_databases import forget
from tests.factories import approved_report, make_commitment, make_institution, make_park, make_user

PATHS = [path for pattern in addresses.pages() for path in pattern.paths()]
FILES = ["/data/progress.csv", "/data/figures.csv", "/data/reports.csv", "/data/coverage.csv"]


def queries_of(path: str) -> int:
    forget()
    with CaptureQueriesContext(
        connection,
    ) as caught:
        answer = Client().get(path)
        assert answer.status_code == 200
        b"".join(answer)
    return len(caught)


def test_the_city_may_grow_tenfold_without_a_further_query(baseline):
    indicators = [
        Indicator.objects.get(code=code) for code in ("high-tech-firms", "firms-incubated", "revenue")
    ]
    university, zone = make_institution(), make_institution(kind="development-zone")
    manager, reviewer = make_user(role="park manager"), make_user(role="reviewer")

    def grow(parks: int):
        for _number in range(parks):
            park = make_park(academic_partner=university, zone_partner=zone, reports_from="2025-Q3")
            park.park_managers.create(user=manager)
            for indicator in indicators:
                make_commitment(park=park, indicator=indicator, value=10, baseline=0)
            for quarter in ("2025-Q3", "2025-Q4"):
                figures = dict.fromkeys((each.code for each in indicators), 5)
                approved_report(park=park, quarter=quarter, figures=figures, by=manager, reviewer=reviewer)

    # One new park first, so that both cities hold every kind of row.
    grow(1)
    before = {path: queries_of(path) for path in [*PATHS, *FILES]}
    grow(80 - Park.objects.count())
    after = {path: queries_of(path) for path in [*PATHS, *FILES]}
    assert after == before


@pytest.mark.parametrize("path", ["/", "/parks/", "/parks/jixing/"])
def test_the_demonstration_is_read_with_few_queries(demo_data, path):
    assert queries_of(path) <= 40
