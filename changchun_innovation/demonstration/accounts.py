"""The accounts of a demonstration: one for each role and each park, with one password that is printed.

They are marked by their mail address, in a domain that can never exist, so that a real installation on the same
database finds and locks them.
"""

import os
import secrets
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import Group, User
from django.db import transaction

from changchun_innovation import roles
from changchun_innovation.demonstration.pledged import SYNTHETIC
from changchun_innovation.models import Preference
from parks.models import Park, ParkManager

MAIL_DOMAIN = "demonstration.invalid"
KEPT_IN = "demo_password"
# How parks reach the reviewer of a demonstration; no telephone, since any number is somebody's.
CONTACT = "312 室"


class AccountsRefused(ValueError):
    """The demonstration accounts cannot be made; the message is one line."""


@dataclass(frozen=True)
class LogIn:
    """What somebody needs to try the demonstration."""

    username: str
    role: str
    park: str = ""


def log_ins() -> list[LogIn]:
    """The accounts of README's table, the managers in the order of their parks; synthetic parks have none."""
    managers = [
        LogIn(f"manager-{code}", roles.PARK_MANAGER, code)
        for code in Park.objects.exclude(code__startswith=SYNTHETIC).values_list("code", flat=True)
    ]
    return [
        LogIn("official", roles.OFFICIAL),
        *managers,
        LogIn("reviewer", roles.REVIEWER),
        LogIn("analyst", roles.ANALYST),
        LogIn("admin", roles.ADMINISTRATOR),
    ]


def password() -> str:
    """DEMO_PASSWORD, or a random one that is made once and kept in DATA_DIR."""
    if settings.DEMO_PASSWORD:
        return settings.DEMO_PASSWORD
    kept = settings.DATA_DIR / KEPT_IN
    try:
        # O_EXCL: of two processes that start together, one writes and the other reads.
        with os.fdopen(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(9))
    except FileExistsError:
        pass
    except OSError as error:
        raise AccountsRefused(f"DATA_DIR: cannot write {kept} ({error.strerror}).") from error
    return kept.read_text().strip()


@transaction.atomic
def make() -> int:
    """Make the accounts that are missing and give all of them today's password. Answers how many are new.

    Raises AccountsRefused outside a demonstration, and where an account of that name is somebody's own.
    """
    if not settings.DEMO:
        raise AccountsRefused("demonstration accounts are made in a demonstration only (DEMO=on).")
    wanted = log_ins()
    standing = {
        user.username: user for user in User.objects.filter(username__in=[w.username for w in wanted])
    }
    foreign = [name for name, user in standing.items() if not is_demonstration(user)]
    if foreign:
        raise AccountsRefused(
            f"accounts with these names are no demonstration accounts: {', '.join(foreign)}."
        )
    groups = {group.name: group for group in Group.objects.filter(name__in=roles.ROLES)}
    if missing := set(roles.ROLES) - set(groups):
        raise AccountsRefused(f"groups are missing: {', '.join(sorted(missing))}; run manage.py sync_roles.")
    parks = {park.code: park for park in Park.objects.all()}
    secret = password()
    # Hashing is slow on purpose; everybody here has the same password, so one hash serves all.
    in_use = {user.password for user in standing.values()}
    kept = next((password for password in in_use if check_password(secret, password)), None)
    encoded = kept or make_password(secret)
    for one in wanted:
        user = standing.get(one.username) or User(
            username=one.username, email=f"{one.username}@{MAIL_DOMAIN}"
        )
        is_staff = one.role in roles.STAFF_ROLES
        if (user.password, user.is_active, user.is_staff) != (encoded, True, is_staff):
            user.password, user.is_active, user.is_staff = encoded, True, is_staff
            user.save()
        if one.username in standing:
            continue
        user.groups.add(groups[one.role])
        contact = CONTACT if one.role == roles.REVIEWER else ""
        Preference.objects.create(user=user, language="zh-hans", contact=contact)
        if one.park:
            ParkManager.objects.create(user=user, park=parks[one.park])
    return len(wanted) - len(standing)


def is_demonstration(user: User) -> bool:
    return user.email.endswith(f"@{MAIL_DOMAIN}")


def that_can_log_in():
    """Demonstration accounts that are not locked."""
    return User.objects.filter(email__endswith=f"@{MAIL_DOMAIN}", is_active=True)


def lock() -> int:
    """Lock all demonstration accounts, whose password is no secret. Answers how many were open."""
    users = list(that_can_log_in())
    for user in users:
        user.is_active = False
        user.set_unusable_password()
        user.save(update_fields=["is_active", "password"])
    return len(users)
