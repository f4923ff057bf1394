"""What must hold before the dashboard is served, each said in one line."""

import errno
import ipaddress
import re
import socket
import tempfile
from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.template.loader import get_template
from django.urls import reverse
from django.utils import translation

from changchun_innovation.checks import demonstration_reports_stand
from changchun_innovation.demonstration import accounts

_ADDRESS = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]*):([0-9]{1,5})")


class ServingRefused(ValueError):
    """The dashboard cannot be served; the message is one line with the remedy."""


@dataclass(frozen=True)
class Address:
    """Where to listen; an empty host is every interface of the machine."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Read HOST:PORT, an IPv6 host in brackets; raises ServingRefused."""
        match = _ADDRESS.fullmatch(text)
        if match is None or not 1 <= int(match[2]) <= 65535:
            raise ServingRefused(f"--bind: “{text}” is no address; write it like 127.0.0.1:8000.")
        return cls(match[1].strip("[]"), int(match[2]))

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        everywhere = self.host in ("", "0.0.0.0", "::")
        return f"http://127.0.0.1:{self.port}/" if everywhere else f"http://{self}/"

    def resolved(self) -> list[tuple]:
        """(family, address) of everything that the name stands for; raises ServingRefused."""
        try:
            found = socket.getaddrinfo(
                self.host or None, self.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )
        except OSError as error:
            raise ServingRefused(f"--bind: there is no host “{self.host}” ({error.strerror}).") from error
        return [(family, address) for family, _type, _protocol, _name, address in found]

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine itself can reach it."""
        return all(
            ipaddress.ip_address(address[0].split("%")[0]).is_loopback for _family, address in self.resolved()
        )


def check_address(address: Address) -> None:
    """Refuse what a demonstration must not be reached by, and what cannot be listened at."""
    if settings.DEMO and not address.is_loopback:
        raise ServingRefused(
            f"--bind: a demonstration is served on this machine only, not on {address}; "
            "use 127.0.0.1, or DEMO=off for a real installation."
        )
    for family, place in address.resolved():
        with socket.socket(family, socket.SOCK_STREAM) as attempt:
            # As gunicorn does: a port that a stopped server has just left is free.
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                attempt.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            try:
                attempt.bind(place)
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    raise ServingRefused(
                        f"--bind: {address} is in use; stop what listens there or choose another port."
                    ) from error
                raise ServingRefused(f"--bind: cannot listen at {address} ({error.strerror}).") from error


def check_data_dir() -> None:
    try:
        with tempfile.TemporaryFile(dir=settings.DATA_DIR):
            pass
    except OSError as error:
        raise ServingRefused(
            f"DATA_DIR: cannot write in {settings.DATA_DIR} ({error.strerror}); name a folder that can be written."
        ) from error


def check_database() -> None:
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        raise ServingRefused(unreachable(error)) from error


def unreachable(error: DatabaseError) -> str:
    """One line for a database that does not answer; drivers write several."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    if "no such table" in lines[0] or ("does not exist" in lines[0] and "relation" in lines[0]):
        return "DATABASE_URL: the database has no tables yet; run manage.py migrate first."
    return f"DATABASE_URL: the database cannot be used ({lines[0].strip()})."


def check_no_demonstration() -> None:
    """A real installation never serves invented reports."""
    if not settings.DEMO and demonstration_reports_stand():
        raise ServingRefused(
            "DEMO: invented reports are in the database; remove them with manage.py load_demo --clear, "
            "or set DEMO=on."
        )


def check_start() -> None:
    """What the web server itself checks, however it was started; raises ServingRefused."""
    if settings.DEMO:
        return
    try:
        check_no_demonstration()
        open_accounts = accounts.that_can_log_in().count()
    except DatabaseError as error:
        raise ServingRefused(unreachable(error)) from error
    finally:
        # Workers are forked from here and open connections of their own.
        connection.close()
    if open_accounts:
        raise ServingRefused(
            f"DEMO: {open_accounts} demonstration accounts can still log in; start with manage.py serve, "
            "which locks them."
        )


def waiting_migrations() -> int:
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def read_ahead() -> None:
    """Read what all workers need before they are forked, so that they share it."""
    reverse("home")
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            translation.gettext("总览")
    for template in ("overview/home.html", "parks/list.html", "parks/park.html", "targets/list.html"):
        get_template(template)
