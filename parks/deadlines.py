"""When a report is due, and for which quarters one is expected. Plain sums over facts given by the caller."""

from collections.abc import Iterable
from datetime import date, timedelta

from changchun_innovation.shared.progress import Standing
from changchun_innovation.shared.quarters import Quarter


def due_on(quarter: Quarter, rules: Iterable, extension: date | None, default_days: int) -> date:
    """The due day of a quarter's report.

    `rules`: rows with `known_from` and `days`, oldest first. A quarter keeps the rule in force on its last day;
    quarters before the first rule follow that one; without any rule `default_days` after the quarter's end.
    An extension can only be later.
    """
    rules = list(rules)
    in_force = [rule for rule in rules if rule.known_from <= quarter.ends_on] or rules[:1]
    days = in_force[-1].days if in_force else default_days
    regular = quarter.ends_on + timedelta(days=days)
    return max(regular, extension) if extension else regular


def expected_quarters(
    reports_from: Quarter | None, last_due_on: date | None, known_on: date
) -> list[Quarter]:
    """Quarters closed on a day for which a park was asked to report, in order; none where it was not asked.

    They end with the quarter that contains the park's last due day; a park without one reports on.
    """
    if reports_from is None:
        return []
    last = Quarter.last_closed(known_on)
    if last_due_on is not None:
        last = min(last, Quarter.containing(last_due_on))
    return Quarter.range(reports_from, last)


def is_overdue(due_on: date, known_on: date, standing: Standing) -> bool:
    """Whether the due day is past and nothing stands submitted or approved; a return makes it open again."""
    return due_on < known_on and standing not in (Standing.SUBMITTED, Standing.APPROVED)
