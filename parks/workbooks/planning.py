"""From the lines of a file to what they change: cells laid over what is saved, graded, and held against it.

A blank cell leaves its field as it is saved. A number in the place of "not applicable" takes that reason away with it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from changchun_innovation.shared.numbers import NumberRefused, parse_number
from changchun_innovation.shared.quarters import Quarter
from changchun_innovation.shared.wording import number_text, quarter_text
from parks.checks import Doubt, grade_lines
from parks.entry import Entry, Typed
from parks.ledger import Ledger
from parks.models import Park, QuarterlyReport, Status
from parks.sheet import Line, Sheet, Stored, sheet_in, stored_of
from parks.workbooks.headings import heading
from parks.workbooks.matching import Indicators, Problem, Row, oddity
from parks.workbooks.reading import Cell

MOST_QUARTERS = 60


@dataclass(frozen=True)
class Difference:
    """One line that a file changes: for each changed field its name and both texts; and what is asked about it."""

    line: Line
    typed: Typed
    entry: Entry
    address: str
    fields: tuple[tuple[str, str, str], ...]

    @property
    def doubts(self) -> tuple[Doubt, ...]:
        return self.line.doubts_about(self.entry.value)

    @property
    def wants_explanation(self) -> bool:
        """Whether the figure can be saved, but not submitted without a line of reason."""
        return bool(self.doubts) and not self.entry.explanation


@dataclass(frozen=True)
class QuarterPlan:
    """What a file does to one quarter. `refusal` says why it cannot; `blank` counts lines without an answer after it."""

    quarter: Quarter
    report: QuarterlyReport | None
    differences: tuple[Difference, ...]
    unchanged: int
    blank: int
    refusal: str = ""


# --- from lines of a file to lines of the sheets -------------------------------------------------------------
def usable_quarters(rows: Iterable[Row], today: date, problems: list[Problem]) -> list[Quarter]:
    """The quarters that may be filled at all; a problem for each of the others."""
    usable: dict[Quarter, None] = {}
    refused: dict[Quarter, None] = {}
    for row in rows:
        if row.quarter in usable or row.quarter in refused or not row.cells:
            continue
        if 2000 <= row.quarter.year <= 2099 and row.quarter.is_closed(today):
            usable[row.quarter] = None
            continue
        refused[row.quarter] = None
        cell = next(iter(row.cells.values()))
        message = _("%(quarter)s 尚未结束，不能填报。") % {"quarter": quarter_text(row.quarter)}
        problems.append(Problem(cell.address, row.name or row.code, cell.text, message))
    if len(usable) > MOST_QUARTERS:
        message = _("一次最多导入 %(most)s 个季度，文件中有 %(number)s 个。") % {
            "most": MOST_QUARTERS,
            "number": len(usable),
        }
        problems.append(Problem("", "", "", message))
        return []
    return sorted(usable)


def sheets_of(
    park: Park, quarters: list[Quarter], today: date
) -> dict[Quarter, tuple[Sheet, QuarterlyReport | None]]:
    """The sheets of some quarters and their current reports, in a fixed number of queries."""
    reports = (
        QuarterlyReport.objects.filter(park=park, quarter__in=quarters)
        .exclude(status=Status.DISCARDED)
        .select_related("park")
        .order_by("revision")
    )
    current = {report.quarter: report for report in reports}
    ledger, stored = Ledger.of(today, [park.code]), stored_of(list(current.values()))
    found = {}
    for quarter in quarters:
        report = current.get(quarter)
        held = stored[report.pk] if report else Stored()
        found[quarter] = (sheet_in(ledger, park.pk, quarter, held), report)
    return found


def cells_by_line(rows, sheets, problems: list[Problem]) -> dict[Quarter, dict[int, dict[str, Cell]]]:
    """The cells of every quarter by commitment and field; each line and each field of a line once."""
    lines = {
        quarter: {line.pledge.indicator.code: line for line in sheet.lines}
        for quarter, (sheet, _r) in sheets.items()
    }
    known = Indicators(
        {code: line.pledge.indicator for each in lines.values() for code, line in each.items()}.values()
    )
    found: dict[Quarter, dict[int, dict[str, Cell]]] = {quarter: {} for quarter in sheets}
    seen: dict[tuple, str] = {}
    unknown: set[tuple] = set()
    for row in rows:
        if row.quarter not in sheets:
            continue
        code, reason = known.of(row)
        if code is None:
            # A wide table tells the same line once for every quarter.
            if (row.table, row.address) not in unknown:
                problems.append(Problem(row.address, row.name or row.code, "", reason))
            unknown.add((row.table, row.address))
            continue
        line = lines[row.quarter].get(code)
        if line is None:
            for cell in row.cells.values():
                message = _("%(quarter)s不填这个指标。") % {"quarter": quarter_text(row.quarter)}
                problems.append(Problem(cell.address, row.name or row.code, cell.text, message))
            continue
        name = line.pledge.indicator.name
        key = (row.table, row.quarter, line.pk)
        if key in seen:
            message = _("这个指标在%(quarter)s出现了两次，另一次在%(first)s。") % {
                "quarter": quarter_text(row.quarter),
                "first": seen[key],
            }
            problems.append(Problem(row.address, name, "", message))
            continue
        seen[key] = row.address
        of_line = found[row.quarter].setdefault(line.pk, {})
        for field, cell in row.cells.items():
            if message := oddity(field, cell):
                problems.append(Problem(cell.address, name, cell.text, message))
            elif field in of_line:
                message = _("与 %(first)s 填的是同一项。") % {"first": of_line[field].address}
                problems.append(Problem(cell.address, name, cell.text, message))
            else:
                of_line[field] = cell
    return found


def typed_over(
    sheet: Sheet, cells: Mapping[int, Mapping[str, Cell]], problems: list[Problem]
) -> dict[int, Typed]:
    """The cells laid over what is saved: what the fields of the page would hold."""
    typed = {}
    for line in sheet.lines:
        given = dict(cells.get(line.pk, {}))
        if "baseline" in given and not line.asks_baseline:
            _check_unasked_baseline(line, given.pop("baseline"), problems)
        if not given:
            continue
        texts = {field: cell.text for field, cell in given.items()}
        saved = Typed.of(line.entry)
        if "value" in texts:
            saved = replace(saved, value=texts["value"], not_applicable=False)
            if not saved.says_not_applicable:
                saved = replace(saved, not_applicable_reason="")
        typed[line.pk] = replace(saved, **texts)
    return typed


def _check_unasked_baseline(line: Line, cell: Cell, problems: list[Problem]) -> None:
    """A baseline that is known is no longer asked for; the same number again does no harm."""
    try:
        value = parse_number(cell.text, line.pledge.indicator.decimals)
    except NumberRefused:
        value = None
    if value is None or value not in (line.entry.baseline, line.pledge.terms.baseline):
        problems.append(Problem(cell.address, line.pledge.indicator.name, cell.text, _("这里不填基数。")))


# --- what changes --------------------------------------------------------------------------------------------
def plans_of(sheets, typed, cells, problems: list[Problem]) -> tuple[QuarterPlan, ...]:
    """What the texts change in every quarter. `cells` say where a text stood, where that is known."""
    plans = []
    for quarter, (sheet, report) in sheets.items():
        graded = grade_lines(sheet.lines, typed.get(quarter, {}))
        differences, after = [], {line.pk: line.entry for line in sheet.lines}
        for line in sheet.lines:
            if line.pk not in graded:
                continue
            where = cells.get(quarter, {}).get(line.pk, {})
            each = graded[line.pk]
            for field, message in each.errors.items():
                cell = where.get(field) or next(iter(where.values()), None)
                problems.append(
                    Problem(
                        cell.address if cell else quarter.axis,
                        line.pledge.indicator.name,
                        getattr(each.typed, field, ""),
                        message,
                    )
                )
            if each.entry is None:
                continue
            entry = each.entry
            if not line.asks_baseline:
                entry = replace(entry, baseline=line.entry.baseline)
            after[line.pk] = entry
            if entry != line.entry:
                cell = where.get("value") or next(iter(where.values()), None)
                differences.append(
                    Difference(
                        line, each.typed, entry, cell.address if cell else "", _fields(line.entry, entry)
                    )
                )
        plans.append(
            QuarterPlan(
                quarter=quarter,
                report=report,
                differences=tuple(differences),
                unchanged=len([pk for pk in graded if graded[pk].entry]) - len(differences),
                blank=sum(entry.is_blank for entry in after.values()),
                refusal=_refusal(quarter, report, len(differences)),
            )
        )
    return tuple(plans)


def _refusal(quarter: Quarter, report: QuarterlyReport | None, differences: int) -> str:
    if report is None or report.is_editable or not differences:
        return ""
    words = {"quarter": quarter_text(quarter), "number": differences}
    if report.status == Status.APPROVED:
        return (
            _("%(quarter)s的季报已审定，而文件中有 %(number)s 项与之不同。如需更正，请审核人重开。") % words
        )
    return (
        _("%(quarter)s的季报已提交、等待审核，而文件中有 %(number)s 项与之不同。请先撤回，或等审核人退回。")
        % words
    )


def _fields(before: Entry, after: Entry) -> tuple[tuple[str, str, str], ...]:
    """The fields in which two entries differ: heading, text before, text after."""
    lang = get_language()
    told = (
        ("value", _value_text(before), _value_text(after)),
        ("not_applicable_reason", before.not_applicable_reason, after.not_applicable_reason),
        ("note", before.note, after.note),
        ("explanation", before.explanation, after.explanation),
        ("baseline", _number_or_blank(before.baseline), _number_or_blank(after.baseline)),
    )
    return tuple((heading(name, lang), old, new) for name, old, new in told if old != new)


def _value_text(entry: Entry) -> str:
    return _("不适用") if entry.not_applicable else _number_or_blank(entry.value)


def _number_or_blank(value) -> str:
    return "" if value is None else number_text(value)
