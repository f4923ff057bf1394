"""What follows from an account's roles: which permissions a role has, and who logs in to the admin."""

from collections.abc import Iterable

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import AbstractUser, Group, Permission
from django.contrib.sessions.models import Session
from django.utils import timezone

from changchun_innovation.roles import ADMINISTRATOR, PARK_MANAGER, REVIEWER, ROLES, STAFF_ROLES

# Who enters does not review, and who gives out accounts does neither: one of these at most for each account.
EXCLUSIVE_ROLES = {PARK_MANAGER, REVIEWER, ADMINISTRATOR}


def belongs_in_admin(roles: Iterable[str]) -> bool:
    """Whether an account with these roles logs in to the admin."""
    return bool(STAFF_ROLES & set(roles))


def exclude_each_other(roles: Iterable[str]) -> bool:
    """Whether the roles hold two that one person must not have together."""
    return len(EXCLUSIVE_ROLES & set(roles)) > 1


def follow_roles(user: AbstractUser) -> bool:
    """Let the account log in to the admin exactly if one of its roles does. Answers whether that changed.

    A superuser is not ours to change: it was made on the server, for emergencies.
    """
    if user.is_superuser:
        return False
    wanted = belongs_in_admin(user.groups.values_list("name", flat=True))
    if user.is_staff == wanted:
        return False
    user.is_staff = wanted
    user.save(update_fields=["is_staff"])
    return True


def end_sessions(user: AbstractUser) -> int:
    """Log an account out everywhere. Answers how many log-ins ended.

    Sessions do not say whose they are until they are read; a city has few enough to read them all.
    """
    theirs = [
        session.pk
        for session in Session.objects.filter(expire_date__gt=timezone.now())
        if session.get_decoded().get(SESSION_KEY) == str(user.pk)
    ]
    Session.objects.filter(pk__in=theirs).delete()
    return len(theirs)


def permissions_of(role: str) -> dict[str, Permission]:
    """The permissions of a role by their name; raises LookupError for one that no model has."""
    wanted = set(ROLES[role])
    found = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.select_related("content_type").filter(
            codename__in=[name.split(".", 1)[1] for name in wanted]
        )
    }
    if missing := sorted(wanted - found.keys()):
        raise LookupError(", ".join(missing))
    return {name: found[name] for name in wanted}


def synchronise(role: str) -> list[str]:
    """Make a group hold exactly the permissions of its role. Answers one line per change."""
    wanted = permissions_of(role)
    group, made = Group.objects.get_or_create(name=role)
    lines = [f"group {role}: made"] if made else []
    held = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in group.permissions.select_related("content_type")
    }
    for name in sorted(wanted.keys() - held.keys()):
        group.permissions.add(wanted[name])
        lines.append(f"group {role}: + {name}")
    for name in sorted(held.keys() - wanted.keys()):
        group.permissions.remove(held[name])
        lines.append(f"group {role}: - {name}")
    return lines
