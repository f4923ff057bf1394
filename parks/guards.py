"""What is looked at before a step in the life of a report is taken; each look raises what refuses the step.

The steps themselves are in `parks.workflow`, which holds the lock while it asks here.
"""

from collections.abc import Mapping
from datetime import date

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from changchun_innovation.shared.append_only import latest_by
from changchun_innovation.shared.unkept import holds_unkept
from changchun_innovation.shared.wording import moment_text
from parks import access
from parks.contacts import written_name
from parks.entry import Entry
from parks.models import Commitment, CommitmentTerms, QuarterlyReport, Remark, ReportEvent, Status
from parks.refusals import ImpossibleFigures, StaleVersion, TransitionError, UnexplainedFigures
from parks.sheet import sheet


def check_four_eyes(by, report: QuarterlyReport) -> None:
    """Raise PermissionDenied for who is no reviewer, or had a hand in the report."""
    if not access.may_review(by):
        raise PermissionDenied
    if access.had_a_hand_in(by, report):
        raise PermissionDenied(_("录入或提交过这份季报的人不能审核它。"))


def check_status(report: QuarterlyReport, *allowed: Status) -> None:
    """Raise TransitionError unless the report is in one of the states."""
    if report.status not in allowed:
        raise TransitionError(
            _("季报现为“%(status)s”，不能进行这一步。") % {"status": report.get_status_display()}
        )


def check_version(report: QuarterlyReport, version: int, changed: tuple[int, ...] = ()) -> None:
    """Raise StaleVersion where the page was made from another version; `changed` are the commitments that differ."""
    if report.version != version:
        raise stale(report, changed)


def stale(report: QuarterlyReport, changed: tuple[int, ...] = ()) -> StaleVersion:
    """The refusal of an overtaken page: who saved or took a step last, when, and which figures differ."""
    message = _("您打开本页以后，%(person)s 于 %(moment)s 保存或改变过这份季报（现为“%(status)s”）。") % {
        **_last_hand(report),
        "status": report.get_status_display(),
    }
    if changed:
        names = Commitment.objects.filter(pk__in=changed).select_related("indicator")
        message += _("与您所填不同的指标：%(names)s。") % {
            "names": "、".join(str(commitment.indicator) for commitment in names)
        }
    return StaleVersion(message + _("没有保存，请核对后再试。"), changed)


def _last_hand(report: QuarterlyReport) -> dict[str, str]:
    """Who saved the report or took a step with it last, and when, in words."""
    step = report.events.select_related("by").last()
    hands = [(step.at, step.by)] if step else []
    if report.saved_at:
        hands.append((report.saved_at, report.saved_by))
    moment, person = max(hands, key=lambda hand: hand[0])
    return {"person": written_name(person), "moment": moment_text(moment)}


def check_figures(report: QuarterlyReport, known_on: date) -> None:
    """Raise ImpossibleFigures or UnexplainedFigures where the figures cannot be handed in as they stand."""
    filled = sheet(report.park, report.quarter, report, known_on)
    for lines, refusal, message in (
        (filled.impossible, ImpossibleFigures, _("还不能提交，以下指标大于它所属的总数：%(names)s。")),
        (
            filled.unexplained,
            UnexplainedFigures,
            _("还不能提交，以下数字反常，请各写一句说明：%(names)s。"),
        ),
    ):
        if lines:
            names = "、".join(line.pledge.indicator.name for line in lines)
            raise refusal(message % {"names": names}, tuple(line.pk for line in lines))


def reason_given(reason: str) -> str:
    """The reason on one line; raises TransitionError for one that is empty, too long or cannot be kept."""
    reason = " ".join(reason.split())
    longest = ReportEvent._meta.get_field("reason").max_length
    if not reason:
        raise TransitionError(_("请写明理由。"))
    if holds_unkept(reason):
        raise TransitionError(_("含有无法保存的字符，请重新输入。"))
    if len(reason) > longest:
        raise TransitionError(_("理由最多 %(longest)s 个字。") % {"longest": longest})
    return reason


def remarks_given(report: QuarterlyReport, remarks: Mapping[int, str]) -> list[tuple[Commitment, str]]:
    """The remarks that say something, in the order of the report. Raises TransitionError for one that cannot be kept."""
    texts = {pk: " ".join(text.split()) for pk, text in remarks.items()}
    texts = {pk: text for pk, text in texts.items() if text}
    longest = Remark._meta.get_field("text").max_length
    commitments = report.park.commitments.select_related("indicator")
    found = [(commitment, texts[commitment.pk]) for commitment in commitments if commitment.pk in texts]
    if len(found) < len(texts):
        raise TransitionError(_("有的意见所指的指标不属于本园区，没有退回。"))
    for commitment, text in found:
        if holds_unkept(text):
            raise TransitionError(_("含有无法保存的字符，请重新输入。"))
        if len(text) > longest:
            raise TransitionError(
                _("“%(name)s”的意见最多 %(longest)s 个字，现有 %(length)s 个字。")
                % {"name": commitment.indicator, "longest": longest, "length": len(text)}
            )
    return found


def blank_commitments(report: QuarterlyReport, known_on: date) -> list[Commitment]:
    """Commitments of the park, known on a day, that the report does not answer yet."""
    answered = {figure.commitment_id for figure in report.figures.all() if not Entry.of(figure).is_blank}
    known = latest_by(
        CommitmentTerms.objects.known_on(known_on).filter(commitment__park=report.park_id), "commitment_id"
    )
    commitments = report.park.commitments.select_related("indicator").filter(pk__in=known)
    return [commitment for commitment in commitments if commitment.pk not in answered]
