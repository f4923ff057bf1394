"""Judging a park's commitment by its approved quarterly figures."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from ..quarters import Quarter
from .judgement import AnnualSum, Found, Judgement, Missing, Rule
from .table import decide
from .terms import Kind, Terms, exact_sum

STALE_AFTER = 2
STALE_AFTER_ANNUAL = 4


class Standing(StrEnum):
    """How far the report of one park and quarter got: the furthest of its revisions that stand."""

    MISSING = "missing"
    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"


@dataclass(frozen=True, slots=True)
class Reported:
    """One approved figure of a commitment; ``value`` None, or not applicable, is no value (and never 0)."""

    quarter: Quarter
    value: Decimal | None
    not_applicable: bool = False

    def __post_init__(self) -> None:
        if self.value is not None and not (isinstance(self.value, Decimal) and self.value.is_finite()):
            raise ValueError(f"not a finite Decimal: {self.value!r}")

    @property
    def has_value(self) -> bool:
        return self.value is not None and not self.not_applicable


@dataclass(frozen=True, slots=True)
class ReportStatus:
    """The report of the judged quarter (at most the due one) as known on K.

    ``waiting`` says that some figure of the commitment is submitted and not yet approved.
    """

    expected: bool
    due_on: date | None
    standing: Standing
    waiting: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "standing", Standing(self.standing))

    def overdue(self, known_on: date) -> bool:
        """Expected, its due day before K, and no revision of it stands submitted or approved."""
        return (
            self.expected
            and self.due_on is not None
            and self.due_on < known_on
            and self.standing not in (Standing.SUBMITTED, Standing.APPROVED)
        )

    def never_submitted(self, known_on: date) -> bool:
        """Overdue and nothing was submitted. A returned report had been: it is overdue, not unreported."""
        return self.overdue(known_on) and self.standing is not Standing.RETURNED


NOT_ASKED = ReportStatus(expected=False, due_on=None, standing=Standing.MISSING)


def judge(
    terms: Terms,
    figures: Iterable[Reported],
    report_status: ReportStatus,
    quarter: Quarter,
    known_on: date,
) -> Judgement:
    """Judge a commitment in a quarter, as known on a day.

    ``figures``: the approved figures known on that day, at most one per quarter (else ValueError), in any
    order; those after the quarter are left out here. ``report_status``: of the quarter `terms.capped` gives.
    """
    capped = terms.capped(quarter)
    by_quarter = _by_quarter(figures, capped)
    values = judged_values(terms.kind, by_quarter.values())
    found = _found(terms, by_quarter, values)
    stale_after = STALE_AFTER_ANNUAL if terms.kind is Kind.ANNUAL else STALE_AFTER
    in_due_quarter = capped == terms.due_quarter
    return decide(
        terms,
        found,
        asked=quarter,
        known_on=known_on,
        missing=_reason(terms, by_quarter, report_status),
        unreported=(
            Rule.REPORT_OVERDUE if in_due_quarter and report_status.never_submitted(known_on) else None
        ),
        stale=found is not None and capped - found.quarter >= stale_after,
        term_over=found is not None and terms.due_on is not None and found.as_at >= terms.due_on,
        earlier=values,
    )


def judged_values(kind: Kind, figures: Iterable[Reported]) -> dict[Quarter, Decimal]:
    """A for every quarter at whose end it can be computed, in time order.

    The figure itself; for `annual` the total of the four quarters that end there, which in mid-year needs
    the last full year and last year's figure for the same quarter.
    """
    figures = {f.quarter: f.value for f in sorted(figures, key=lambda f: f.quarter) if f.has_value}
    if kind is not Kind.ANNUAL:
        return figures
    values = {}
    for quarter, value in figures.items():
        parts = _annual_sum(figures, quarter)
        if quarter.number == 4:
            values[quarter] = value
        elif parts is not None:
            values[quarter] = _total(parts)
    return values


def _by_quarter(figures: Iterable[Reported], last: Quarter) -> dict[Quarter, Reported]:
    by_quarter: dict[Quarter, Reported] = {}
    for figure in figures:
        if figure.quarter in by_quarter:
            raise ValueError(f"two figures for {figure.quarter}: give the one that is known")
        by_quarter[figure.quarter] = figure
    return {quarter: by_quarter[quarter] for quarter in sorted(by_quarter) if quarter <= last}


def _found(terms: Terms, figures: dict[Quarter, Reported], values: dict[Quarter, Decimal]) -> Found | None:
    if not values:
        return None
    quarter = max(values)
    annual = terms.kind is Kind.ANNUAL and quarter.number != 4
    reported = {q: f.value for q, f in figures.items() if f.has_value}
    return Found(
        value=values[quarter],
        figure=reported[quarter],
        quarter=quarter,
        as_at=quarter.ends_on,
        satisfied=terms.comparator.satisfied_by(values[quarter], terms.target),
        annual_sum=_annual_sum(reported, quarter) if annual else None,
    )


def _annual_sum(figures: dict[Quarter, Decimal], quarter: Quarter) -> AnnualSum | None:
    last_full_year, last_year_to_then = figures.get(Quarter(quarter.year - 1, 4)), figures.get(quarter - 4)
    if last_full_year is None or last_year_to_then is None:
        return None
    return AnnualSum(figures[quarter], last_full_year, last_year_to_then)


def _total(parts: AnnualSum) -> Decimal:
    return exact_sum(parts.this_year, parts.last_full_year, -parts.last_year_to_then)


def _reason(terms: Terms, figures: dict[Quarter, Reported], report_status: ReportStatus) -> Missing:
    """Why no value is known. What waits for a decision comes first: no park is blamed for what it has sent."""
    if report_status.waiting:
        return Missing.WAITING_FOR_REVIEW
    if terms.kind is Kind.ANNUAL and any(f.has_value for f in figures.values()):
        return Missing.INCOMPLETE_YEAR
    if figures and figures[max(figures)].not_applicable:
        return Missing.NOT_APPLICABLE
    return Missing.NEVER_REPORTED
