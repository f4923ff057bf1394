"""Rows for tests, written by hand: each function makes one thing a test can name, with sensible days and words.

Everything is keyword-only, and every code that is not given is a new one, so that a test only says what it is about.
Money, counts and days are plain Python values; quarters may be written as text ("2025-Q3").
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import count
from zoneinfo import ZoneInfo

from django.contrib.auth.models import Group, Permission, User

from changchun_innovation.roles import ROLES, STAFF_ROLES
from changchun_innovation.shared.quarters import Quarter
from institutions.models import Institution, Source
from parks.models import (
    Commitment,
    CommitmentTerms,
    JointLink,
    Park,
    ParkManager,
    QuarterlyReport,
    ReportsFrom,
)
from targets.models import Indicator, Reading, Target, TargetTerms

CHANGCHUN = ZoneInfo("Asia/Shanghai")
CONFERENCE = date(2023, 8, 15)
TERM_ENDS = date(2026, 8, 15)
PASSWORD = "a long pass phrase for tests"

_numbers = count(1)


def _code(word: str) -> str:
    return f"{word}-{next(_numbers)}"


def _quarter(quarter: Quarter | str) -> Quarter:
    return Quarter.parse(quarter) if isinstance(quarter, str) else quarter


def moment(day: date, hour: int = 10) -> datetime:
    """An hour of a day in Changchun."""
    return datetime.combine(day, time(hour), tzinfo=CHANGCHUN)


# --- who and what --------------------------------------------------------------------------------------------
def make_source(*, code: str | None = None, published_on: date = CONFERENCE, **more) -> Source:
    code = code or _code("source")
    texts = {
        "title_zh": f"文件{code}",
        "title_en": f"Document {code}",
        "publisher_zh": "长春市人民政府",
        "publisher_en": "Changchun Municipal Government",
    }
    return Source.objects.create(code=code, published_on=published_on, **{**texts, **more})


def make_institution(*, code: str | None = None, kind: str = "university", **more) -> Institution:
    code = code or _code("institution")
    names = {"name_zh": f"机构{code}", "name_en": f"Institution {code}"}
    return Institution.objects.create(code=code, kind=kind, **{**names, **more})


def make_indicator(*, code: str | None = None, kind: str = "stock", decimals: int = 0, **more) -> Indicator:
    code = code or _code("indicator")
    texts = {"name_zh": f"指标{code}", "name_en": f"Indicator {code}", "unit_zh": "家", "unit_en": "firms"}
    return Indicator.objects.create(code=code, kind=kind, decimals=decimals, **{**texts, **more})


def make_park(
    *, code: str | None = None, reports_from: Quarter | str | None = None, asked_on: date = CONFERENCE, **more
) -> Park:
    """A park with its two partners; with `reports_from` it has been asked to report from that quarter on."""
    code = code or _code("park")
    more.setdefault("name_zh", f"园区{code}")
    more.setdefault("name_en", f"Park {code}")
    if "academic_partner" not in more:
        more["academic_partner"] = make_institution()
    if "zone_partner" not in more:
        more["zone_partner"] = make_institution(kind="development-zone")
    park = Park.objects.create(code=code, **more)
    if reports_from is not None:
        ReportsFrom.objects.create(
            park=park, quarter=_quarter(reports_from), known_from=asked_on, reason="请按季度填报"
        )
    return park


# --- promises ------------------------------------------------------------------------------------------------
def make_commitment(
    *,
    park: Park | None = None,
    indicator: Indicator | None = None,
    kind: str = "stock",
    decimals: int = 0,
    value: Decimal | int | str = 100,
    comparator: str = "ge",
    start_on: date = CONFERENCE,
    due_on: date | None = TERM_ENDS,
    baseline: Decimal | int | str | None = None,
    known_from: date | None = None,
    source: Source | None = None,
    part_of: Indicator | None = None,
    **more,
) -> Commitment:
    """A pledge with its terms, known from its start day on unless said otherwise."""
    commitment = Commitment.objects.create(
        park=park or make_park(),
        indicator=indicator or make_indicator(kind=kind, decimals=decimals),
        part_of=part_of,
        **more,
    )
    change_terms(
        commitment=commitment,
        value=value,
        comparator=comparator,
        start_on=start_on,
        due_on=due_on,
        baseline=baseline,
        known_from=known_from or start_on,
        source=source or make_source(published_on=start_on),
    )
    return commitment


def change_terms(
    *,
    commitment: Commitment,
    value: Decimal | int | str,
    known_from: date,
    comparator: str = "ge",
    start_on: date = CONFERENCE,
    due_on: date | None = TERM_ENDS,
    baseline: Decimal | int | str | None = None,
    source: Source | None = None,
) -> CommitmentTerms:
    """A further row of the terms of a pledge, as every change of a promise is."""
    return CommitmentTerms.objects.create(
        commitment=commitment,
        comparator=comparator,
        value=Decimal(value),
        start_on=start_on,
        due_on=due_on,
        baseline=None if baseline is None else Decimal(baseline),
        baseline_on=None if baseline is None else start_on,
        known_from=known_from,
        source=source,
        reason="" if source else "双方商定",
    )


def make_target(
    *,
    code: str | None = None,
    indicator: Indicator | None = None,
    scope: str = "city",
    institution: Institution | None = None,
    value: Decimal | int | str = 1000,
    comparator: str = "ge",
    start_on: date = CONFERENCE,
    due_on: date | None = date(2025, 12, 31),
    baseline: Decimal | int | str | None = None,
    known_from: date | None = None,
    source: Source | None = None,
) -> Target:
    """A target with its terms; an institution makes its scope `institution`."""
    target = Target.objects.create(
        code=code or _code("target"),
        indicator=indicator or make_indicator(),
        scope="institution" if institution else scope,
        institution=institution,
    )
    TargetTerms.objects.create(
        target=target,
        comparator=comparator,
        value=Decimal(value),
        start_on=start_on,
        due_on=due_on,
        baseline=None if baseline is None else Decimal(baseline),
        baseline_on=None if baseline is None else start_on,
        known_from=known_from or start_on,
        source=source or make_source(published_on=start_on),
    )
    return target


def make_joint_link(
    *, target: Target, indicator: Indicator, comparable: str = "full", known_from: date = CONFERENCE
) -> JointLink:
    """The parks' figures of an indicator count towards a joint pledge."""
    return JointLink.objects.create(
        target=target, indicator=indicator, comparable=comparable, known_from=known_from, source=make_source()
    )


def make_reading(
    *,
    indicator: Indicator,
    value: Decimal | int | str,
    period_end: date,
    period_start: date | None = None,
    scope: str = "city",
    institution: Institution | None = None,
    qualifier: str = "exact",
    confidence: str = "high",
    known_from: date | None = None,
    source: Source | None = None,
) -> Reading:
    """A published value, known from thirty days after its period unless said otherwise."""
    known_from = known_from or period_end + timedelta(days=30)
    return Reading.objects.create(
        indicator=indicator,
        scope="institution" if institution else scope,
        institution=institution,
        period_start=period_start,
        period_end=period_end,
        value=Decimal(value),
        qualifier=qualifier,
        confidence=confidence,
        known_from=known_from,
        source=source or make_source(published_on=known_from),
    )


# --- people --------------------------------------------------------------------------------------------------
def group_of(role: str) -> Group:
    """The group of a role with exactly the permissions of `roles.py`."""
    group, made = Group.objects.get_or_create(name=role)
    if made or not group.permissions.exists():
        wanted = {tuple(permission.split(".", 1)) for permission in ROLES[role]}
        every = Permission.objects.order_by("pk").values_list("content_type__app_label", "codename", "pk")
        group.permissions.set(pk for app, codename, pk in every if (app, codename) in wanted)
    return group


def make_user(*, role: str | None = None, parks=(), username: str | None = None, **more) -> User:
    """An account of a role (None: an account that may nothing) that reports for some parks; see PASSWORD."""
    user = User.objects.create_user(
        username=username or _code((role or "nobody").replace(" ", "-")),
        password=more.pop("password", PASSWORD),
        is_staff=more.pop("is_staff", role in STAFF_ROLES),
        **more,
    )
    if role is not None:
        user.groups.add(group_of(role))
    for park in parks:
        ParkManager.objects.create(user=user, park=park)
    return user


# --- reports, all through the one door of parks.workflow -----------------------------------------------------
def _filled(park: Park, figures: dict, baselines: dict | None, explanation: str) -> dict:
    """Entries for every commitment of a park; keys are commitments or indicator codes, None is not applicable.

    A commitment that is not named is not applicable, so that a test names only the figures it speaks of.
    """
    from parks.entry import Entry

    def of(commitment, table):
        return table.get(commitment, table.get(commitment.indicator.code))

    entries = {}
    for commitment in park.commitments.select_related("indicator"):
        value, baseline = of(commitment, figures), of(commitment, baselines or {})
        entries[commitment.pk] = Entry(
            value=None if value is None else Decimal(value),
            not_applicable=value is None,
            not_applicable_reason="本季度不涉及" if value is None else "",
            note="",
            baseline=None if baseline is None else Decimal(baseline),
            explanation=explanation,
        )
    return entries


def make_report(
    *,
    park: Park,
    quarter: Quarter | str,
    figures: dict | None = None,
    baselines: dict | None = None,
    explanation: str = "已核实",
    by: User | None = None,
    at: datetime | None = None,
) -> QuarterlyReport:
    """A draft with its figures, entered by a manager of the park five days after the quarter's end.

    `explanation` answers whatever is unusual about them, so that only tests about it speak of it.
    """
    from parks import workflow

    quarter = _quarter(quarter)
    by = by or make_user(role="park manager", parks=[park])
    at = at or moment(quarter.ends_on + timedelta(days=5))
    report = workflow.open_report(park=park, quarter=quarter, by=by, at=at)
    if figures is not None:
        workflow.save_figures(
            report=report,
            entries=_filled(park, figures, baselines, explanation),
            version=report.version,
            by=by,
            at=at,
        )
        report.refresh_from_db()
    return report


def submitted_report(
    *,
    park: Park,
    quarter: Quarter | str,
    figures: dict,
    baselines: dict | None = None,
    by: User | None = None,
    at: datetime | None = None,
) -> QuarterlyReport:
    """A report that waits for its review."""
    from parks import workflow

    report = make_report(park=park, quarter=quarter, figures=figures, baselines=baselines, by=by, at=at)
    at = at or report.created_at + timedelta(hours=1)
    workflow.submit(report=report, version=report.version, by=report.created_by, at=at)
    report.refresh_from_db()
    return report


def approved_report(
    *,
    park: Park,
    quarter: Quarter | str,
    figures: dict,
    baselines: dict | None = None,
    by: User | None = None,
    reviewer: User | None = None,
    at: datetime | None = None,
    approved_at: datetime | None = None,
) -> QuarterlyReport:
    """An approved report; it is approved ten days after the quarter's end unless said otherwise."""
    from parks import workflow

    report = submitted_report(park=park, quarter=quarter, figures=figures, baselines=baselines, by=by, at=at)
    workflow.approve(
        report=report,
        version=report.version,
        by=reviewer or make_user(role="reviewer"),
        at=approved_at or moment(report.quarter.ends_on + timedelta(days=10)),
    )
    report.refresh_from_db()
    return report
