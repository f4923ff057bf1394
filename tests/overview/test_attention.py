"""The overview opens with what needs a person, since when, and who is responsible."""

import re
from datetime import date
from decimal import Decimal

import pytest

from changchun_innovation.overview.attention import RANKS
from changchun_innovation.overview.queries import overview
from changchun_innovation.shared.quarters import Quarter
from parks import workflow
from parks.dependence import OVER_DEPENDENT
from parks.entry import Entry
from parks.flags import Flag, falling_since, flags, restated_on
from parks.joint import joint_pledges
from parks.ledger import Ledger
from targets.queries import promises
from tests import reading_pages as page
from tests.factories import (
    approved_report,
    make_commitment,
    make_indicator,
    make_institution,
    make_joint_link,
    make_park,
    make_target,
    make_user,
    moment,
)

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)
Q = Quarter(2025, 4)


def reporting(values: dict, kind="stock", value=100, **more):
    """A park that reported one pledge in some quarters."""
    park = make_park(reports_from=min(values), **more)
    indicator = make_indicator(kind=kind)
    commitment = make_commitment(park=park, indicator=indicator, value=value)
    for quarter, figure in values.items():
        approved_report(park=park, quarter=quarter, figures={indicator.code: figure})
    return park, commitment


def of(commitment, quarter=Q):
    ledger = Ledger.of(TODAY)
    return ledger, next(pledge for pledge in ledger.pledges_in(quarter) if pledge.pk == commitment.pk)


def corrected(commitment, quarter: str, value: int, on: date):
    """A figure is reopened and approved anew with another value."""
    at = moment(on)
    reviewer, manager = make_user(role="reviewer"), make_user(role="park manager", parks=[commitment.park])
    report = workflow.reopen(
        park=commitment.park, quarter=Quarter.parse(quarter), reason="漏报", by=reviewer, at=at
    )
    report = workflow.save_figures(
        report=report,
        entries={commitment.pk: Entry(value=Decimal(value))},
        version=report.version,
        by=manager,
        at=at,
    )
    report = workflow.submit(report=report, version=report.version, by=manager, at=at)
    workflow.approve(report=report, version=report.version, by=make_user(role="reviewer"), at=at)


def test_a_level_that_falls_is_said_to_fall_since_the_first_quarter_of_the_fall():
    _park, commitment = reporting({"2025-Q1": 50, "2025-Q2": 60, "2025-Q3": 58, "2025-Q4": 55})
    assert falling_since(*of(commitment), Q) == Quarter(2025, 3)
    assert falling_since(*of(commitment), Quarter(2025, 2)) is None


def test_a_gap_or_a_rise_is_no_fall():
    _park, gap = reporting({"2025-Q2": 60, "2025-Q4": 55})
    _park, rise = reporting({"2025-Q3": 50, "2025-Q4": 55})
    assert falling_since(*of(gap), Q) is None and falling_since(*of(rise), Q) is None


def test_only_a_level_can_fall():
    _park, total = reporting({"2025-Q3": 50, "2025-Q4": 45}, kind="cumulative")
    _park, year = reporting({"2025-Q3": 50, "2025-Q4": 45}, kind="annual")
    assert falling_since(*of(total), Q) is None and falling_since(*of(year), Q) is None


def test_a_correction_in_the_quarter_or_later_is_shown_and_an_older_one_is_not():
    _park, commitment = reporting({"2025-Q1": 50, "2025-Q4": 70})
    corrected(commitment, "2025-Q1", 52, date(2025, 11, 5))
    assert restated_on(*of(commitment), Q) == date(2025, 11, 5)
    assert restated_on(*of(commitment, Quarter(2026, 1)), Quarter(2026, 1)) is None
    assert flags(*of(commitment), Q) == {Flag.RESTATED}


def test_the_worst_comes_first_and_names_the_two_partners(client):
    academy = make_institution(name_zh="光机所")
    zone = make_institution(kind="development-zone", name_zh="新区")
    reporting({"2025-Q3": 50, "2025-Q4": 5}, academic_partner=academy, zone_partner=zone)
    reporting({"2025-Q4": 70, "2025-Q3": 72})
    items = overview(Q, TODAY).attention
    assert [item.rank for item in items] == sorted((item.rank for item in items), key=RANKS.index)
    assert items[0].rank == "behind" and items[0].cases[0].responsible == "光机所、新区"
    assert items[0].cases[0].since == "自 2025 年第四季度起"
    assert {"behind", "falling"} <= {item.rank for item in items}
    assert "责任方：光机所、新区" in page.text(client.get("/"))


def test_every_counted_link_leads_to_so_many_lines(client, demo_data):
    for quarter in (Quarter(2025, 2), Q):
        for item in overview(quarter, TODAY).attention:
            if item.view != "parks:list":
                continue
            ((key, value),) = item.query.items()
            listed = page.text(client.get(f"/parks/?quarter={quarter}&{key}={value}"))
            assert re.search(rf"全部承诺\s*{item.count}(?!\d)", listed), (quarter, item.rank)


def test_for_a_target_of_the_city_its_government_is_responsible(client, baseline):
    items = [item for item in overview(Q, TODAY).attention if item.view == "targets:list"]
    assert items and all(case.responsible == "长春市人民政府" for item in items for case in item.cases)


def test_a_returned_and_an_overdue_report_are_named_with_their_day(client):
    park = make_park(name_zh="东园", reports_from="2025-Q3")
    make_commitment(park=park)
    (overdue,) = [item for item in overview(Q, TODAY).attention if item.rank == "overdue"]
    assert overdue.count == 2 and overdue.cases[0].words == "东园 2025 年第三季度"
    assert overdue.cases[0].since == "2025 年 10 月 15 日到期"


def test_nothing_in_need_says_so(client):
    reporting({"2025-Q3": 100, "2025-Q4": 120}, kind="cumulative")
    assert overview(Q, TODAY).attention == ()
    assert "没有滞后、未完成、逾期、过期、回落、退回或更正的事项" in page.text(client.get("/"))


def joint_of(pledges, reported):
    """A joint pledge of 100 firms, with what each park pledged and reported; answers it and its page."""
    indicator = make_indicator(kind="stock")
    target = make_target(
        code="all-firms", indicator=indicator, scope="first-batch-parks", value=100, due_on=date(2026, 8, 15)
    )
    make_joint_link(target=target, indicator=indicator)
    for number, (value, figure) in enumerate(zip(pledges, reported, strict=True)):
        park = make_park(name_zh=f"{number}号园", reports_from="2025-Q4", order=number)
        make_commitment(park=park, indicator=indicator, value=value)
        if figure is not None:
            approved_report(park=park, quarter="2025-Q4", figures={indicator.code: figure})
    (joint,) = joint_pledges(Ledger.of(TODAY), promises(TODAY, Q), Q)
    return joint


def test_a_sum_that_leans_on_one_park_says_so_above_two_fifths(client):
    joint = joint_of([30, 30, 30], [20, 6, 4])
    assert Decimal("0.4") == OVER_DEPENDENT
    assert [share.reported for share in joint.leans_on] == [True]
    assert "0号园一家占已报合计的 66.7%（20 / 30）" in joint.dependence
    assert joint.dependence in page.text(client.get("/targets/all-firms/"))
    assert joint.dependence in page.text(client.get("/"))


def test_two_fifths_are_not_too_much_and_one_park_alone_is_no_sum():
    assert joint_of([40, 30, 30], [None, None, None]).dependence == ""


def test_where_one_park_alone_pledged_the_sum_leans_on_nobody_else():
    assert joint_of([90], [10]).dependence == ""


def test_parks_without_a_figure_are_in_the_pledges_and_not_in_the_reported_share():
    joint = joint_of([30, 30, 30], [20, 15, None])
    assert joint.largest_report.total == 35 and joint.largest_pledge.total == 90
    assert joint.summed == "2 / 3" and [park.name for park in joint.missing] == ["2号园"]
