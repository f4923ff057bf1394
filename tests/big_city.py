"""A city of eighty parks: the eight real ones and others that report well, badly, late or never."""

from datetime import timedelta

from changchun_innovation.shared.quarters import Quarter
from parks.models import Park
from targets.models import Indicator
from tests.factories import approved_report, make_commitment, make_institution, make_park, make_user, moment

INDICATORS = ("high-tech-firms", "firms-incubated", "revenue")
QUARTER = Quarter(2025, 4)
# What a park reports of each ten that it pledged: on the way, behind, done; None never reports.
MANNERS = (9, 2, 10, None)


def grow_to(parks: int) -> None:
    """Add parks until there are so many; every fourth never reports, every third of the others reports late."""
    indicators = [Indicator.objects.get(code=code) for code in INDICATORS]
    university, zone = make_institution(), make_institution(kind="development-zone")
    manager, reviewer = make_user(role="park manager"), make_user(role="reviewer")
    for number in range(parks - Park.objects.count()):
        reached = MANNERS[number % len(MANNERS)]
        park = make_park(
            code=f"new-{number}",
            name_zh=f"新建园区{number:02d}",
            name_en=f"New Park {number:02d}",
            academic_partner=university,
            zone_partner=zone,
            reports_from=QUARTER,
            order=100 + number,
        )
        park.park_managers.create(user=manager)
        for indicator in indicators:
            make_commitment(park=park, indicator=indicator, value=10, baseline=0)
        if reached is None:
            continue
        approved_report(
            park=park,
            quarter=QUARTER,
            figures=dict.fromkeys(INDICATORS, reached),
            by=manager,
            reviewer=reviewer,
            at=moment(QUARTER.ends_on + timedelta(days=18 if number % 3 == 0 else 5)),
            approved_at=moment(QUARTER.ends_on + timedelta(days=25)),
        )
