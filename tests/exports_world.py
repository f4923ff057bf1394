"""A city small enough to be worked out by hand: two parks, three pledges from 2024 to the end of 2026.

The term has 1095 days, of which 90 are over at the end of 2024-Q1, 181 at the end of Q2 and 273 at the end of Q3.
"""

from datetime import date

from parks import workflow
from tests.factories import (
    approved_report,
    make_commitment,
    make_indicator,
    make_institution,
    make_joint_link,
    make_park,
    make_reading,
    make_source,
    make_target,
    make_user,
    moment,
    submitted_report,
)

BEGINS, ENDS = date(2024, 1, 1), date(2026, 12, 31)


class SmallCity:
    """East pledges 80 projects; West pledges 40 firms and a revenue of 100.5 a year, and reports one quarter more."""

    def __init__(self):
        university = make_institution(code="university", name_zh="大学", name_en="University", order=1)
        zone = make_institution(
            code="zone", kind="development-zone", name_zh="开发区", name_en="Zone", order=2
        )
        partners = {"academic_partner": university, "zone_partner": zone, "reports_from": "2024-Q1"}
        self.source = make_source(code="plan", published_on=BEGINS, title_zh="规划", title_en="Plan")
        self.projects = make_indicator(
            code="projects", kind="cumulative", name_zh="项目", name_en="Projects", unit_zh="项", order=1
        )
        self.firms = make_indicator(code="firms", name_zh="企业", name_en="Firms", order=2)
        self.revenue = make_indicator(
            code="revenue",
            kind="annual",
            decimals=1,
            name_zh="收入",
            name_en="Revenue",
            unit_zh="万元",
            unit_en="10,000 yuan",
            order=3,
        )
        self.east = make_park(
            code="east", name_zh="东园", name_en="East", order=1, asked_on=BEGINS, **partners
        )
        self.west = make_park(
            code="west", name_zh="西园", name_en="West", order=2, asked_on=BEGINS, **partners
        )
        term = {"start_on": BEGINS, "due_on": ENDS, "source": self.source}
        self.pledge = make_commitment(park=self.east, indicator=self.projects, value=80, order=1, **term)
        make_commitment(park=self.west, indicator=self.firms, value=40, order=2, **term)
        make_commitment(park=self.west, indicator=self.revenue, value="100.5", order=3, **term)
        self.joint = make_target(
            code="all-firms", indicator=self.firms, scope="first-batch-parks", value=50, **term
        )
        make_joint_link(target=self.joint, indicator=self.firms, known_from=BEGINS)
        self.target = make_target(
            code="city-firms", indicator=self.firms, value=1000, comparator="gt", baseline=100, **term
        )
        make_reading(
            indicator=self.firms,
            value=400,
            period_end=date(2024, 6, 30),
            known_from=date(2024, 8, 1),
            source=make_source(code="yearbook", published_on=date(2024, 8, 1)),
        )
        self.manager = make_user(role="park manager", parks=[self.east], username="manager-east")
        self.colleague = make_user(role="park manager", parks=[self.west], username="manager-west")
        self.reviewer = make_user(role="reviewer", username="reviewer")
        self.analyst = make_user(role="analyst", username="analyst")
        self.official = make_user(role="official", username="official")

    def reports(self):
        """What was reported and approved of 2024: East twice, West three times."""
        east = {"park": self.east, "by": self.manager, "reviewer": self.reviewer}
        west = {"park": self.west, "by": self.colleague, "reviewer": self.reviewer}
        approved_report(quarter="2024-Q1", figures={"projects": 7}, **east)
        approved_report(quarter="2024-Q2", figures={"projects": 10}, **east)
        approved_report(
            quarter="2024-Q1", figures={"firms": 12, "revenue": "5.5"}, baselines={"firms": 10}, **west
        )
        approved_report(quarter="2024-Q2", figures={"firms": 19, "revenue": "11.25"}, **west)
        approved_report(quarter="2024-Q3", figures={"firms": 8, "revenue": None}, **west)
        return self

    def correction(self, value: int = 12):
        """East's second quarter is reopened in December 2024 and approved anew with another number."""
        at = moment(date(2024, 12, 2))
        report = workflow.reopen(
            park=self.east, quarter=_quarter("2024-Q2"), reason="漏报", by=self.reviewer, at=at
        )
        from parks.entry import Entry

        report = workflow.save_figures(
            report=report,
            entries={self.pledge.pk: Entry(value=value)},
            version=report.version,
            by=self.manager,
            at=at,
        )
        report = workflow.submit(report=report, version=report.version, by=self.manager, at=at)
        return workflow.approve(
            report=report, version=report.version, by=make_user(role="reviewer"), at=moment(date(2024, 12, 3))
        )

    def waiting(self):
        """East's third quarter is submitted, twenty days late, and waits for its review."""
        return submitted_report(
            park=self.east,
            quarter="2024-Q3",
            figures={"projects": 555},
            by=self.manager,
            at=moment(date(2024, 11, 4)),
        )


def _quarter(text: str):
    from changchun_innovation.shared.quarters import Quarter

    return Quarter.parse(text)
