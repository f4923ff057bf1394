"""The words of a notice, in the language of whoever receives it: plain text, without a single reported figure.

A mail travels and is forwarded; what is not approved stays on the pages, behind the log-in. So a mail says which report
it is about, until when, what happened and where to go, and never a number that was reported or what was asked about it.
"""

from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from changchun_innovation.shared.progress import Standing
from changchun_innovation.shared.wording import day_text, moment_text, quarter_text
from parks.contacts import Contact, written_name
from parks.facts import ReportFacts
from parks.models import Notice, NoticeKind


@dataclass(frozen=True)
class Letter:
    subject: str
    body: str


def language_of(notice: Notice) -> str:
    """The language of the recipient's account; Chinese where none was chosen."""
    preference = getattr(notice.recipient, "preference", None)
    return preference.language if preference else settings.LANGUAGE_CODE


def letter(notice: Notice, facts: ReportFacts, today: date, reviewers: tuple[Contact, ...]) -> Letter:
    """What is written to the recipient of a notice.

    `facts` is the report as known on `today`, the day on which the mail goes out: days are counted to that day.
    """
    with translation.override(language_of(notice)):
        words = {"park": facts.park.name, "quarter": quarter_text(facts.quarter)}
        paragraphs = [
            _told(notice, words),
            *_deadline(facts, today),
            _address(notice),
            *_to_ask(notice, reviewers),
            _("这封邮件由系统发出，请不要回复。"),
        ]
        if settings.DEMO:
            paragraphs.append(_("这是演示：园区季报为虚构数据。"))
        subject = _("【长春创新目标】%(subject)s") % {"subject": _subject(notice, facts, today, words)}
        return Letter(" ".join(subject.split()), "\n\n".join(paragraphs) + "\n")


def days_text(days: int) -> str:
    """How far a due day is: days before it are positive, days after it negative."""
    if days < 0:
        return ngettext("已逾期 %(days)s 天", "已逾期 %(days)s 天", -days) % {"days": -days}
    if days == 0:
        return _("今天截止")
    return ngettext("还有 %(days)s 天截止", "还有 %(days)s 天截止", days) % {"days": days}


def _subject(notice: Notice, facts: ReportFacts, today: date, words: dict[str, str]) -> str:
    if notice.kind == NoticeKind.SUBMITTED:
        return _("%(park)s %(quarter)s季报已提交，请审核") % words
    if notice.kind == NoticeKind.RETURNED:
        return _("%(park)s %(quarter)s季报已退回，请修改") % words
    if notice.kind == NoticeKind.APPROVED:
        return _("%(park)s %(quarter)s季报已审定") % words
    days = days_text((facts.due_on - today).days)
    return _("%(park)s %(quarter)s季报：%(days)s") % {**words, "days": days}


def _told(notice: Notice, words: dict[str, str]) -> str:
    """Why this mail is written."""
    if notice.kind == NoticeKind.DUE:
        return _("%(park)s %(quarter)s季报即将到期，还没有提交。") % words
    if notice.kind == NoticeKind.OVERDUE:
        return _("%(park)s %(quarter)s季报已过期限，还没有提交。") % words
    event = notice.event
    words = {**words, "person": written_name(event.by), "moment": moment_text(event.at)}
    if notice.kind == NoticeKind.SUBMITTED:
        told = _("%(person)s 于 %(moment)s 提交了%(park)s %(quarter)s季报。") % words
    elif notice.kind == NoticeKind.APPROVED:
        told = _("%(person)s 于 %(moment)s 审定了%(park)s %(quarter)s季报，数字已经公布。") % words
    else:
        told = _("%(person)s 于 %(moment)s 退回了%(park)s %(quarter)s季报，请修改后再提交。") % words
        told += _reasons_elsewhere(event.remarks.count())
    if event.report.status != event.to_status:
        told += _("（现为“%(status)s”。）") % {"status": event.report.get_status_display()}
    return told


def _reasons_elsewhere(remarks: int) -> str:
    if not remarks:
        return _("理由见下面的页面。")
    return ngettext(
        "理由和 %(number)s 项逐项意见见下面的页面。", "理由和 %(number)s 项逐项意见见下面的页面。", remarks
    ) % {"number": remarks}


def _deadline(facts: ReportFacts, today: date) -> list[str]:
    """When the report is due and how far that is; nothing where it was never asked for."""
    if not facts.expected:
        return []
    line = _("报送期限：%(day)s") % {"day": day_text(facts.due_on)}
    if facts.extended:
        line += _("（已延期）")
    if facts.standing not in (Standing.SUBMITTED, Standing.APPROVED):
        line += _("，") + days_text((facts.due_on - today).days)
    return [line]


def _address(notice: Notice) -> str:
    if notice.kind in (NoticeKind.SUBMITTED, NoticeKind.APPROVED):
        path = reverse("admin:parks_quarterlyreport_change", args=[notice.event.report_id])
    else:
        path = reverse("admin:parks_quarterlyreport_enter", args=[notice.park.code, notice.quarter])
    word = _("审核页面：") if notice.kind == NoticeKind.SUBMITTED else _("季报页面：")
    return f"{word}{settings.SITE_URL}{path}"


def _to_ask(notice: Notice, reviewers: tuple[Contact, ...]) -> list[str]:
    """A manager asks the reviewers, a reviewer asks who submitted."""
    people = (Contact.of(notice.event.by),) if notice.kind == NoticeKind.SUBMITTED else reviewers
    lines = [
        "  " + _("，").join(part for part in (person.name, person.contact, person.email) if part)
        for person in people
        if person.is_reachable
    ]
    return ["\n".join([_("如有疑问，可以联系："), *lines])] if lines else []
