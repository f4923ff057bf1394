"""The rows that tests stand on are what their names say."""

import pytest

from parks.models import CommitmentTerms, Figure, QuarterlyReport
from tests.factories import (
    approved_report,
    make_commitment,
    make_park,
    make_report,
    make_user,
    submitted_report,
)

pytestmark = pytest.mark.django_db


def test_an_approved_report_publishes_its_figures():
    park = make_park(code="north", reports_from="2025-Q1")
    firms = make_commitment(park=park, value=20)
    revenue = make_commitment(park=park, value=10, kind="annual", decimals=2)
    report = approved_report(
        park=park, quarter="2025-Q1", figures={firms: 5, revenue: "1.25"}, baselines={firms: 2, revenue: 0}
    )
    assert report.status == "approved"
    assert list(Figure.objects.order_by("commitment").values_list("value", flat=True)) == [5, 1.25]
    assert CommitmentTerms.objects.filter(baseline=2).exists()


def test_a_figure_that_is_not_named_is_not_applicable():
    park = make_park()
    make_commitment(park=park, kind="cumulative")
    assert submitted_report(park=park, quarter="2025-Q1", figures={}).figures.get().not_applicable


def test_a_draft_is_a_draft():
    park = make_park()
    assert make_report(park=park, quarter="2025-Q1").status == "draft"
    assert QuarterlyReport.objects.approved().count() == 0


def test_a_user_may_what_the_role_says():
    park = make_park()
    assert make_user(role="park manager", parks=[park]).has_perm("parks.enter_report")
    assert make_user(role="reviewer").has_perm("parks.review_report")
    assert not make_user(role="official").has_perm("parks.read_unapproved")
