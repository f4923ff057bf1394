"""A manager leaves: what was theirs goes to a successor, in one step, and nothing that they typed is lost.

Reports and drafts belong to the park and stay where they are; what belongs to the person moves: which parks they report
for, what they typed and did not save, and mail that still waits for them.
"""

from dataclasses import dataclass

from auditlog.models import LogEntry
from django.contrib.auth.models import AbstractUser, User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from changchun_innovation.accounts import end_sessions, exclude_each_other
from changchun_innovation.roles import PARK_MANAGER
from changchun_innovation.shared.publishing import publishing_lock
from parks.models import KeptCopy, Notice, Park, ParkManager, QuarterlyReport


class HandoverRefused(ValueError):
    """The parks cannot be handed over like this; the message is a sentence for the administrator."""


@dataclass(frozen=True)
class Handed:
    """What went over. `set_aside`: kept copies that gave way to a later one of the successor's or leaver's own."""

    parks: tuple[Park, ...]
    copies: int
    set_aside: int
    sessions: int


@dataclass(frozen=True)
class Belongings:
    """What a manager would hand over."""

    parks: tuple[Park, ...]
    open_reports: tuple[QuarterlyReport, ...]
    copies: tuple[KeptCopy, ...]

    @classmethod
    def of(cls, leaver: AbstractUser) -> "Belongings":
        parks = Park.objects.filter(park_managers__user=leaver)
        copies = KeptCopy.objects.filter(kept_by=leaver, park__in=parks).select_related("park")
        reports = QuarterlyReport.objects.open().filter(park__in=parks).select_related("park")
        return cls(tuple(parks), tuple(reports), tuple(copies))


def may_hand_over(person: AbstractUser) -> bool:
    return person.has_perms(["parks.assign_managers", "auth.change_user"])


def who_may_leave(person: AbstractUser) -> QuerySet:
    """Accounts with a park whose parks the person may hand over: nobody's own, and no superuser's."""
    leavers = User.objects.filter(managed_parks__isnull=False, is_superuser=False).exclude(pk=person.pk)
    return leavers.distinct().prefetch_related("managed_parks__park").order_by("username")


def who_may_follow(person: AbstractUser, leaver: AbstractUser) -> QuerySet:
    """Accounts that may take over: active park managers, who by their role neither review nor give out accounts."""
    managers = User.objects.filter(is_active=True, is_superuser=False, groups__name=PARK_MANAGER)
    return managers.exclude(pk__in=[person.pk, leaver.pk]).order_by("username")


def hand_over(*, leaver: AbstractUser, successor: AbstractUser, lock: bool, by: AbstractUser) -> Handed:
    """Give all parks of one account to another; with `lock` the old account cannot log in any more.

    Either way its sessions end. Raises PermissionDenied, and HandoverRefused where it cannot be done now.
    """
    if not may_hand_over(by) or by.pk in (leaver.pk, successor.pk):
        raise PermissionDenied
    # What changes leaves entries in the trail; the lock of publishers comes before the locks of rows.
    with publishing_lock():
        pair = User.objects.select_for_update().filter(pk__in=[leaver.pk, successor.pk]).order_by("pk")
        pair = {account.pk: account for account in pair}
        leaver, successor = pair[leaver.pk], pair[successor.pk]
        if leaver.is_superuser or successor.is_superuser:
            raise PermissionDenied
        _check_successor(successor, leaver)
        rows = list(ParkManager.objects.filter(user=leaver).select_related("park"))
        if not rows:
            raise HandoverRefused(_("该账号没有负责的园区，没有可移交的内容。"))
        _move_parks(rows, successor)
        parks = tuple(row.park for row in rows)
        copies, set_aside = _move_copies(leaver, successor, parks)
        _move_mail(leaver, successor, parks)
        if lock:
            leaver.is_active = False
            leaver.save(update_fields=["is_active"])
        sessions = end_sessions(leaver)
        _leave_trail(leaver, successor, parks, set_aside, by)
    return Handed(parks, copies, len(set_aside), sessions)


def _check_successor(successor: AbstractUser, leaver: AbstractUser) -> None:
    roles = set(successor.groups.values_list("name", flat=True))
    if successor.pk == leaver.pk:
        raise HandoverRefused(_("接任人不能是离任人自己。"))
    if not successor.is_active or PARK_MANAGER not in roles or exclude_each_other(roles):
        raise HandoverRefused(_("接任人须是启用中的园区填报人。"))


def _move_parks(rows: list[ParkManager], successor: AbstractUser) -> None:
    held = set(ParkManager.objects.filter(user=successor).values_list("park_id", flat=True))
    for row in rows:
        # One by one, so that each leaves its entry in the audit trail.
        if row.park_id in held:
            row.delete()
        else:
            row.user = successor
            row.save()


def _move_copies(leaver, successor, parks) -> tuple[int, list[KeptCopy]]:
    """Give over what was typed and not saved. Of two copies of one quarter the later one stays, the other is answered."""
    own = {(copy.park_id, copy.quarter): copy for copy in KeptCopy.objects.filter(kept_by=successor)}
    set_aside = []
    copies = list(KeptCopy.objects.filter(kept_by=leaver, park__in=parks).select_related("park"))
    for copy in copies:
        other = own.get((copy.park_id, copy.quarter))
        if other and other.kept_at >= copy.kept_at:
            set_aside.append(copy)
            KeptCopy.objects.filter(pk=copy.pk).delete()
            continue
        if other:
            set_aside.append(other)
            KeptCopy.objects.filter(pk=other.pk).delete()
        copy.kept_by = successor
        copy.save(update_fields=["kept_by"])
    return len(copies), set_aside


def _move_mail(leaver, successor, parks) -> None:
    """Mail that did not go out yet goes to the successor, unless they get the same one already."""
    theirs = Notice.objects.filter(recipient=successor)
    has = set(theirs.values_list("park", "quarter", "kind", "event"))
    for notice in Notice.objects.filter(recipient=leaver, park__in=parks, sent=None):
        if (notice.park_id, notice.quarter, notice.kind, notice.event_id) in has:
            notice.delete()
        else:
            notice.recipient = successor
            notice.save(update_fields=["recipient"])


def _leave_trail(leaver, successor, parks, set_aside: list[KeptCopy], by) -> None:
    """One entry with each account; a copy that gave way stands in it word for word."""
    names = "、".join(park.code for park in parks)
    changes = {"handover": [f"{leaver.get_username()}: {names}", successor.get_username()]}
    given_way = {f"kept_copy {copy.park.code} {copy.quarter}": [_in_words(copy), ""] for copy in set_aside}
    for account, more in ((leaver, given_way), (successor, {})):
        LogEntry.objects.log_create(
            account, action=LogEntry.Action.UPDATE, changes={**changes, **more}, actor=by
        )


def _in_words(copy: KeptCopy) -> str:
    return "; ".join(f"{name}={text}" for name, text in copy.fields.items() if text)
