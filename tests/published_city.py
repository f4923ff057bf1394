"""A city in which something is published: one park with a report in every state, its manager and a reviewer."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib.auth.models import User
from django.test import Client

from changchun_innovation.shared.quarters import Quarter
from parks.models import Park, QuarterlyReport, ReportsFrom
from tests.conftest import TODAY
from tests.factories import approved_report, make_report, make_user, submitted_report

PARK = "/parks/jixing/"


@dataclass(frozen=True)
class City:
    """The reference data and what its people did."""

    park: Park
    manager: User
    reviewer: User
    approved: QuarterlyReport
    waiting: QuarterlyReport
    draft: QuarterlyReport

    def by(self, person: User) -> dict:
        return {"by": person, "at": TODAY}


def make_city() -> City:
    """Needs the reference data."""
    park = Park.objects.get(code="jixing")
    ReportsFrom.objects.create(
        park=park, quarter=Quarter(2025, 3), known_from=date(2025, 9, 1), reason="请填报"
    )
    figures = dict.fromkeys(park.commitments.values_list("indicator__code", flat=True), 3)
    manager = make_user(role="park manager", parks=[park])
    reviewer = make_user(role="reviewer", email="reviewer@example.cn")
    of_park = {"park": park, "figures": figures, "by": manager}
    return City(
        park,
        manager,
        reviewer,
        approved_report(quarter="2025-Q3", **of_park),
        submitted_report(quarter="2025-Q4", at=TODAY - timedelta(days=2), **of_park),
        make_report(quarter="2026-Q1", **of_park),
    )


def now(path: str) -> tuple[bytes, str]:
    """What anybody reads at an address, and the page's tag."""
    answer = Client().get(path)
    assert answer.status_code == 200
    return answer.content, answer["ETag"]
