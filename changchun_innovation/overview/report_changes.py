"""What happened to the parks' quarterly reports between two days."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from changchun_innovation.shared.params import day_of
from changchun_innovation.shared.quarters import Quarter
from changchun_innovation.shared.wording import day_text
from parks.ledger import Ledger, ParkFacts, ReportFacts
from parks.queries import report_word


@dataclass(frozen=True)
class ReportChange:
    """What happened to the report of one park and quarter between two days."""

    park: ParkFacts
    quarter: Quarter
    before: str
    after: str
    kind: str
    words: str


def report_changes(old: Ledger, new: Ledger) -> Iterator[ReportChange]:
    """Reports that became overdue, were submitted, returned, approved or reopened between two days."""
    if old is new:
        return
    for park in new.parks:
        reported = {quarter for of, quarter in new.revisions if of == park.pk}
        for quarter in sorted({*new.expected_quarters(park), *reported}, reverse=True):
            was, now = old.report(park, quarter), new.report(park, quarter)
            words = (_report_word(was, old.known_on), _report_word(now, new.known_on))
            kind, text = _what_happened(was, now, words, old.known_on)
            if kind:
                yield ReportChange(park, quarter, *words, kind, text)


def _report_word(report: ReportFacts, known_on: date) -> str:
    """How the report stood; '' while its quarter was not over."""
    return report_word(report, known_on) if report.quarter.is_closed(known_on) else ""


def _what_happened(
    was: ReportFacts, now: ReportFacts, words: tuple[str, str], known_on: date
) -> tuple[str, str]:
    """The last step between two days, as its kind and a sentence; ('', '') where there was none."""
    if now.published_revision != was.published_revision:
        day = day_text(day_of(now.approved_at))
        if was.published_revision:
            return "approved", _("更正（第 %(revision)s 版）于 %(day)s审定") % {
                "revision": now.published_revision,
                "day": day,
            }
        return "approved", _("%(day)s审定") % {"day": day}
    if now.correction_under_way and not was.correction_under_way:
        return "other", _("已审定的季报重开更正")
    if was.correction_under_way and not now.correction_under_way:
        return "other", _("重开的更正已废弃")
    if words[0] != words[1]:
        if words[1] == "submitted":
            return "submitted", _("%(day)s提交") % {"day": day_text(day_of(now.submitted_at))}
        if words[1] == "returned":
            return "returned", _("%(day)s退回") % {"day": day_text(day_of(now.returned_at))}
        if words[1] == "missing":
            return "overdue", _("应于 %(day)s前报送，未报") % {"day": day_text(now.due_on)}
        if words[0] == "submitted":
            return "other", _("已提交的季报撤回")
    if was.expected and was.due_on != now.due_on:
        return "other", _("延期至 %(day)s") % {"day": day_text(now.due_on)}
    return "", ""
