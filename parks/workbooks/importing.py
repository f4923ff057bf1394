"""A filled file: what it would change, and changing it. The page and the command come through here.

The same rules as on the page, because it is the same code: cells become `Typed`, `parks.checks.grade_lines` reads
them, `parks.workflow` saves them. On top of it:

- a blank cell changes nothing, so that no figure is lost in silence; a number in the place of "not applicable" takes
  its reason away with it;
- all or nothing: one problem anywhere in the file, or one quarter that takes no figures, and nothing is saved;
- what is confirmed is what was shown. The confirmation holds the texts and the versions of the reports, signed for one
  person, park and quarter, for an hour. It is graded again, rights are looked at again, and whoever saved in
  between makes it fail, with the differences shown anew;
- the same file twice changes nothing the second time.
"""

from collections.abc import Mapping
from dataclasses import astuple, dataclass, replace
from datetime import datetime

from django.contrib.auth.models import AbstractUser
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from changchun_innovation.shared.params import day_of
from changchun_innovation.shared.quarters import Quarter
from parks import access, workflow
from parks.entry import Typed
from parks.models import Park
from parks.refusals import TransitionError
from parks.workbooks.matching import Problem, found_in
from parks.workbooks.planning import (
    QuarterPlan,
    cells_by_line,
    plans_of,
    sheets_of,
    typed_over,
    usable_quarters,
)
from parks.workbooks.reading import Unreadable, read_file

SALT = "parks.workbooks.importing"
GOOD_FOR = 60 * 60


@dataclass(frozen=True)
class Preview:
    """What a file would change, or why it cannot be taken. `token` is the confirmation; empty where there is none."""

    park: Park
    plans: tuple[QuarterPlan, ...] = ()
    problems: tuple[Problem, ...] = ()
    remarks: tuple[str, ...] = ()
    token: str = ""

    @property
    def is_wrong(self) -> bool:
        return bool(self.problems or self.refused)

    @property
    def refused(self) -> tuple[QuarterPlan, ...]:
        return tuple(plan for plan in self.plans if plan.refusal)

    @property
    def changed(self) -> tuple[QuarterPlan, ...]:
        return tuple(plan for plan in self.plans if plan.differences)

    @property
    def figures(self) -> int:
        """How many lines would change."""
        return sum(len(plan.differences) for plan in self.plans)

    @property
    def unchanged(self) -> int:
        return sum(plan.unchanged for plan in self.plans)

    @property
    def unexplained(self) -> int:
        return sum(each.wants_explanation for plan in self.plans for each in plan.differences)


class ImportRefused(TransitionError):
    """The confirmation changed nothing; `preview` shows how things stand now, None where it could not be read."""

    def __init__(self, message: str, preview: Preview | None = None) -> None:
        super().__init__(message)
        self.preview = preview


# --- the two doors -------------------------------------------------------------------------------------------
def preview(*, park: Park, quarter: Quarter | None, data: bytes, by: AbstractUser, at: datetime) -> Preview:
    """What an uploaded file would change; saves nothing. With `quarter` the file may speak of that quarter alone."""
    if not access.may_enter(by, park):
        raise PermissionDenied
    try:
        found = found_in(read_file(data), park_code=park.code, quarter=quarter)
    except Unreadable as refused:
        return Preview(park, problems=(Problem("", "", "", refused.message),))
    problems, remarks = found.problems, tuple(found.remarks)
    sheets = sheets_of(park, usable_quarters(found.rows, day_of(at), problems), day_of(at))
    cells = cells_by_line(found.rows, sheets, problems)
    typed = {quarter: typed_over(sheets[quarter][0], each, problems) for quarter, each in cells.items()}
    plans = plans_of(sheets, typed, cells, problems)
    return _signed(Preview(park, plans, tuple(problems), remarks), quarter, by)


def confirm(*, park: Park, quarter: Quarter | None, token: str, by: AbstractUser, at: datetime) -> Preview:
    """Save what a preview showed, all of it or nothing; answers what was changed.

    Raises ImportRefused where the confirmation is not this person's for this park and quarter, or too old, or where
    things stand otherwise than they did. Where everything is saved already there is nothing to change, and no refusal.
    """
    if not access.may_enter(by, park):
        raise PermissionDenied
    versions, typed = _read_token(token, park, quarter, by)
    problems: list[Problem] = []
    sheets = sheets_of(park, list(typed), day_of(at))
    now = Preview(park, plans_of(sheets, typed, {}, problems), tuple(problems))
    if not now.is_wrong and not now.figures and not _lines_are_gone(sheets, typed):
        return now
    try:
        if now.is_wrong or _lines_are_gone(sheets, typed):
            raise TransitionError(_("没有保存：预览以后情况变了。"))
        _save(now, versions, by, at)
    except TransitionError as refused:
        raise ImportRefused(refused.message, _again(park, quarter, typed, by, at)) from refused
    return now


def _lines_are_gone(sheets, typed) -> bool:
    """Whether something was confirmed for a line that the quarter no longer has."""
    return any(set(lines) - {line.pk for line in sheets[each][0].lines} for each, lines in typed.items())


def _save(now: Preview, versions: Mapping[Quarter, tuple], by: AbstractUser, at: datetime) -> None:
    with transaction.atomic():
        for plan in now.changed:
            pk, version = versions[plan.quarter]
            report = plan.report
            if report is None and pk is None:
                report = workflow.open_report(park=now.park, quarter=plan.quarter, by=by, at=at)
                version = report.version
            elif report is None or report.pk != pk:
                # Another revision than the one that was shown: no version of it was seen.
                version = -1
            if report is None:
                raise TransitionError(_("没有保存：预览以后情况变了。"))
            entries = {each.line.pk: each.entry for each in plan.differences}
            workflow.save_figures(report=report, entries=entries, version=version, by=by, at=at)


def _again(park: Park, quarter: Quarter | None, typed, by: AbstractUser, at: datetime) -> Preview:
    """The same texts against what is saved now, with a confirmation of its own."""
    problems: list[Problem] = []
    plans = plans_of(sheets_of(park, list(typed), day_of(at)), typed, {}, problems)
    return _signed(Preview(park, plans, tuple(problems)), quarter, by)


# --- the confirmation ----------------------------------------------------------------------------------------
def _signed(shown: Preview, quarter: Quarter | None, by: AbstractUser) -> Preview:
    if shown.is_wrong or not shown.figures:
        return shown
    holds = {
        "by": by.pk,
        "park": shown.park.code,
        "quarter": str(quarter or ""),
        "plans": [
            [
                str(plan.quarter),
                plan.report.pk if plan.report else None,
                plan.report.version if plan.report else 0,
                [[each.line.pk, *astuple(each.typed)] for each in plan.differences],
            ]
            for plan in shown.changed
        ],
    }
    return replace(shown, token=signing.dumps(holds, salt=SALT, compress=True))


def _read_token(token: str, park: Park, quarter: Quarter | None, by: AbstractUser):
    """The versions and the texts by quarter. Raises ImportRefused for anything that we did not sign for this."""
    try:
        holds = signing.loads(token, salt=SALT, max_age=GOOD_FOR)
    except signing.SignatureExpired as error:
        raise ImportRefused(_("没有保存：确认已过期（一小时内有效）。请重新上传文件。")) from error
    except signing.BadSignature as error:
        raise ImportRefused(_("没有保存：这份确认不是本页发出的。请重新上传文件。")) from error
    if (holds["by"], holds["park"], holds["quarter"]) != (by.pk, park.code, str(quarter or "")):
        raise ImportRefused(_("没有保存：这份确认属于别的账号、园区或季度。请重新上传文件。"))
    versions, typed = {}, {}
    for written, pk, version, lines in holds["plans"]:
        each = Quarter.parse(written)
        versions[each] = (pk, version)
        typed[each] = {commitment: Typed(*texts) for commitment, *texts in lines}
    return versions, typed
