"""The life of a report: the only writer of a report's state.

    draft -> submitted -> approved
                       -> returned -> submitted
             submitted -> draft                     withdrawn by the submitter
    approved -> a new revision n+1 in draft         reopened; n stands until n+1 is approved
    that revision -> discarded

Every step is one function, keyword-only, with the person (`by`) and the moment (`at`). Each runs in one transaction,
looks at the locked row again, and leaves one event. Two kinds of refusal: `PermissionDenied` where the person may not
do this at all, `TransitionError` where it cannot be done now; its text is a sentence for the person.

Steps change what everybody can read (that a report is submitted, returned, approved), so each holds the publishing
lock to its commit; saving figures changes nothing that readers see and does not.
"""

from collections.abc import Mapping
from dataclasses import astuple
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from changchun_innovation.shared.append_only import Origin
from changchun_innovation.shared.params import day_of
from changchun_innovation.shared.publishing import publishing_lock
from changchun_innovation.shared.quarters import Quarter
from parks import access
from parks.as_read import AsRead
from parks.baselines import baseline_terms, takes_baseline
from parks.entry import Entry
from parks.guards import (
    blank_commitments,
    check_figures,
    check_four_eyes,
    check_status,
    check_version,
    reason_given,
    remarks_given,
    stale,
)
from parks.models import (
    CommitmentTerms,
    Evidence,
    Figure,
    Park,
    QuarterlyReport,
    Remark,
    ReportEvent,
    Status,
    Verb,
)
from parks.notices import announce
from parks.refusals import (
    BlankFigures,
    ImpossibleFigures,
    StaleVersion,
    TransitionError,
    UnexplainedFigures,
)
from parks.stored import keep_up

__all__ = [
    "BlankFigures",
    "ImpossibleFigures",
    "StaleVersion",
    "TransitionError",
    "UnexplainedFigures",
    "approve",
    "blank_commitments",
    "discard",
    "open_report",
    "reopen",
    "return_report",
    "save_figures",
    "submit",
    "withdraw",
]

COPIED_OF_EVIDENCE = (
    "commitment_id",
    "name",
    "stored_as",
    "media_type",
    "size",
    "sha256",
    "uploaded_at",
    "uploaded_by_id",
)


# --- the park's side -----------------------------------------------------------------------------------------
def open_report(*, park: Park, quarter: Quarter, by: AbstractUser, at: datetime) -> QuarterlyReport:
    """Begin the report of a closed quarter: revision 1, a draft without figures."""
    if not access.may_enter(by, park):
        raise PermissionDenied
    if not quarter.is_closed(day_of(at)):
        raise TransitionError(_("%(quarter)s 尚未结束，不能填报。") % {"quarter": quarter.axis})
    with publishing_lock():
        Park.objects.select_for_update().get(pk=park.pk)
        existing = _revisions(park, quarter).exclude(status=Status.DISCARDED).order_by("-revision").first()
        if existing and existing.is_open:
            raise TransitionError(
                _("%(quarter)s 的季报已经建立，请刷新后继续填报。") % {"quarter": quarter.axis}
            )
        if existing:
            raise TransitionError(
                _("%(quarter)s 的季报已审定；如需更正，请审核人重开。") % {"quarter": quarter.axis}
            )
        report = _new_revision(park, quarter, 1, by, at)
        report.authors.add(by)
        _record(report, Verb.CREATED, "", by, at)
    return report


def save_figures(
    *,
    report: QuarterlyReport,
    entries: Mapping[int, Entry],
    version: int,
    by: AbstractUser,
    at: datetime,
    seen: Mapping[int, Entry] | None = None,
) -> QuarterlyReport:
    """Keep figures of a draft or a returned report. `entries` by commitment id; others stay as they are.

    `seen` is what the person's page showed of each figure. Where somebody saved since then (`version`), only figures
    that both changed are a clash; without `seen` every difference is one. Answers the report with its new version.
    Whoever changed a figure is remembered as its author.
    """
    with transaction.atomic():
        report = _locked(report)
        if not access.may_enter(by, report.park):
            raise PermissionDenied
        kinds = dict(report.park.commitments.values_list("pk", "indicator__kind"))
        if not set(entries) <= set(kinds):
            raise TransitionError(_("有的数字不属于本园区的承诺，没有保存。"))
        if any(entry.baseline is not None and not takes_baseline(kinds[pk]) for pk, entry in entries.items()):
            raise TransitionError(_("累计指标与比率没有基数可填。"))
        stored = {figure.commitment_id: figure for figure in report.figures.all()}
        changed = tuple(pk for pk, entry in entries.items() if entry != Entry.of(stored.get(pk)))
        clashes = tuple(pk for pk in changed if not seen or Entry.of(stored.get(pk)) != seen.get(pk))
        if not seen:
            check_version(report, version, clashes)
        elif clashes:
            # Versions begin anew with every revision: a page of an earlier one may hold the same number.
            raise stale(report, clashes)
        check_status(report, Status.DRAFT, Status.RETURNED)
        for pk in changed:
            figure = stored.get(pk) or Figure(report=report, commitment_id=pk)
            (
                figure.value,
                figure.not_applicable,
                figure.not_applicable_reason,
                figure.note,
                figure.baseline,
                figure.explanation,
            ) = astuple(entries[pk])
            figure.save()
        if changed:
            report.authors.add(by)
            report.version += 1
            report.saved_by, report.saved_at = by, at
            report.save(update_fields=["version", "saved_by", "saved_at"])
    return report


def submit(*, report: QuarterlyReport, version: int, by: AbstractUser, at: datetime) -> QuarterlyReport:
    """Hand the report to the reviewers.

    Refused while a commitment known that day has no answer, while figures contradict each other, and while an unusual
    figure has no line of reason.
    """
    with publishing_lock():
        report = _locked(report)
        if not access.may_enter(by, report.park):
            raise PermissionDenied
        check_version(report, version)
        check_status(report, Status.DRAFT, Status.RETURNED)
        if blank := blank_commitments(report, day_of(at)):
            names = "、".join(str(commitment.indicator) for commitment in blank)
            raise BlankFigures(
                _("还不能提交，以下指标没有填写：%(names)s。没有发生请填 0，不涉及请选“不适用”并写明理由。")
                % {"names": names},
                tuple(commitment.pk for commitment in blank),
            )
        check_figures(report, day_of(at))
        report.submitted_by, report.submitted_at = by, at
        # Who submitted once is known also after somebody else does, and in a later revision.
        report.authors.add(by)
        return _step(report, Verb.SUBMITTED, Status.SUBMITTED, by, at)


def withdraw(*, report: QuarterlyReport, by: AbstractUser, at: datetime) -> QuarterlyReport:
    """Take a submitted report back into draft; only for who submitted it."""
    with publishing_lock():
        report = _locked(report)
        if not access.may_enter(by, report.park):
            raise PermissionDenied
        check_status(report, Status.SUBMITTED)
        if report.submitted_by_id != by.pk:
            raise PermissionDenied(_("只有提交人可以撤回。"))
        return _step(report, Verb.WITHDRAWN, Status.DRAFT, by, at)


# --- the reviewer's side -------------------------------------------------------------------------------------
def approve(*, report: QuarterlyReport, version: int, by: AbstractUser, at: datetime) -> QuarterlyReport:
    """Publish the report. Four eyes: never by who entered or submitted it. Baselines it brought become terms."""
    with publishing_lock():
        report = _locked(report)
        check_four_eyes(by, report)
        check_version(report, version)
        check_status(report, Status.SUBMITTED)
        CommitmentTerms.objects.bulk_create(baseline_terms(report, by, at))
        report.approved_by, report.approved_at = by, at
        return _step(report, Verb.APPROVED, Status.APPROVED, by, at)


def return_report(
    *,
    report: QuarterlyReport,
    reason: str,
    version: int,
    by: AbstractUser,
    at: datetime,
    remarks: Mapping[int, str] | None = None,
) -> QuarterlyReport:
    """Send the report back to the park, with the reason; never figures that the reviewer has not seen.

    `remarks`: what is asked about single figures, by commitment id; blank ones are left out. Where they say it all
    the reason may stay empty, and is then made of them.
    """
    with publishing_lock():
        report = _locked(report)
        check_four_eyes(by, report)
        check_version(report, version)
        check_status(report, Status.SUBMITTED)
        asked = remarks_given(report, remarks or {})
        if asked and not reason.strip():
            reason = "；".join(f"{commitment.indicator}：{text}" for commitment, text in asked)
            reason = reason[: ReportEvent._meta.get_field("reason").max_length]
        stood = AsRead.stored(report).plain()
        report = _step(report, Verb.RETURNED, Status.RETURNED, by, at, reason_given(reason), stood)
        event = report.events.last()
        Remark.objects.bulk_create(Remark(event=event, commitment=each, text=text) for each, text in asked)
        return report


def reopen(*, park: Park, quarter: Quarter, reason: str, by: AbstractUser, at: datetime) -> QuarterlyReport:
    """Make revision n+1 of an approved quarter, with its figures copied; revision n stands until it is replaced.

    The authors are copied with the figures: who entered a number does not approve it in a later revision either.
    """
    with publishing_lock():
        Park.objects.select_for_update().get(pk=park.pk)
        revisions = list(_revisions(park, quarter).order_by("revision"))
        approved = [report for report in revisions if report.status == Status.APPROVED]
        if not approved:
            if not access.may_review(by):
                raise PermissionDenied
            raise TransitionError(_("只有已审定的季报才能重开。"))
        latest = approved[-1]
        check_four_eyes(by, latest)
        if any(report.is_open for report in revisions):
            raise TransitionError(_("该季度已有一个未审定的版次，不能再次重开。"))
        reason = reason_given(reason)
        report = _new_revision(park, quarter, revisions[-1].revision + 1, by, at)
        report.authors.set(latest.authors.all())
        Figure.objects.bulk_create(
            Figure(
                report=report,
                commitment_id=figure.commitment_id,
                **{name: getattr(figure, name) for name in Entry.__dataclass_fields__},
            )
            for figure in latest.figures.all()
        )
        Evidence.objects.bulk_create(
            Evidence(report=report, **{name: getattr(each, name) for name in COPIED_OF_EVIDENCE})
            for each in latest.evidence.all()
        )
        _record(report, Verb.REOPENED, "", by, at, reason)
    return report


def discard(
    *, report: QuarterlyReport, reason: str, version: int, by: AbstractUser, at: datetime
) -> QuarterlyReport:
    """Give up a reopened revision; the approved one stays as it is, and the event stays."""
    with publishing_lock():
        report = _locked(report)
        check_four_eyes(by, report)
        check_version(report, version)
        check_status(report, Status.DRAFT, Status.SUBMITTED, Status.RETURNED)
        if not _revisions(report.park, report.quarter).approved().exists():
            raise TransitionError(_("只有重开的版次可以废弃；首次季报请退回修改。"))
        return _step(report, Verb.DISCARDED, Status.DISCARDED, by, at, reason_given(reason))


# --- rows ----------------------------------------------------------------------------------------------------
def _revisions(park: Park, quarter: Quarter):
    return QuarterlyReport.objects.filter(park=park, quarter=quarter)


def _locked(report: QuarterlyReport) -> QuarterlyReport:
    # `of` keeps the park's row free; SQLite ignores the lock, there the transaction itself is one.
    return QuarterlyReport.objects.select_for_update(of=("self",)).select_related("park").get(pk=report.pk)


def _new_revision(park, quarter, revision: int, by, at) -> QuarterlyReport:
    try:
        # In a savepoint, so that the caller's transaction survives the refusal.
        with transaction.atomic():
            return QuarterlyReport.objects.create(
                park=park,
                quarter=quarter,
                revision=revision,
                origin=Origin.DEMO if settings.DEMO else Origin.REPORTED,
                created_by=by,
                created_at=at,
            )
    except IntegrityError as error:
        raise TransitionError(_("该季度的季报刚刚由他人建立，请刷新后继续。")) from error


def _step(
    report, verb: Verb, to_status: Status, by, at, reason: str = "", stood: dict | None = None
) -> QuarterlyReport:
    from_status, report.status = report.status, to_status
    report.version += 1
    report.save()
    announce(_record(report, verb, from_status, by, at, reason, stood))
    return report


def _record(
    report, verb: Verb, from_status: str, by, at, reason: str = "", stood: dict | None = None
) -> ReportEvent:
    # Of a big city the answers about this park are stored; whoever takes the step waits for them, and no reader.
    transaction.on_commit(lambda: keep_up(at), robust=True)
    return ReportEvent.objects.create(
        report=report,
        verb=verb,
        from_status=from_status,
        to_status=report.status,
        by=by,
        at=at,
        reason=reason,
        stood=stood,
    )
