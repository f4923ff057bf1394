"""The prepared databases of a test run: empty, with the reference data, with the demonstration.

Loading takes seconds, copying a loaded database takes a tenth of one. So each is loaded once, and a test that asks
for it is pointed at it: inside a transaction that is rolled back, or, where the test commits, at a copy of its own.
"""

import sqlite3
from contextlib import contextmanager
from itertools import count

from django.contrib.contenttypes.models import ContentType
from django.core.cache import caches
from django.db import connection

_copies = count(1)


def name() -> str:
    return connection.settings_dict["NAME"]


def forget() -> None:
    """Empty every store of what was worked out before."""
    # Its models can be imported only when Django is ready.
    from changchun_innovation import kept_pages
    from changchun_innovation.shared import remembered

    for cache in caches.all():
        cache.clear()
    kept_pages.memory.clear()
    remembered.forget()


def is_postgres() -> bool:
    return connection.vendor == "postgresql"


def point_at(database: str) -> None:
    """Let every new connection of this process, in whatever thread, go to another database."""
    assert not connection.in_atomic_block, "the database must be chosen before the test's transaction begins"
    connection.close()
    connection.settings_dict["NAME"] = database
    forget()
    # Each database numbers its content types itself.
    ContentType.objects.clear_cache()


def copy(database: str, to: str) -> None:
    """Copy a database that nobody is connected to."""
    connection.close()
    if is_postgres():
        _administer(f'CREATE DATABASE "{to}" TEMPLATE "{database}"')
        return
    source, target = sqlite3.connect(database), sqlite3.connect(to)
    with source, target:
        source.backup(target)
    source.close()
    target.close()


def drop(database: str) -> None:
    connection.close()
    if is_postgres():
        # Threads of a live server may still hold a connection.
        _administer(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
        return
    import os

    for ending in ("", "-wal", "-shm"):
        if os.path.exists(database + ending):
            os.remove(database + ending)


def end_other_sessions(database: str) -> None:
    """End whatever a thread of a test left open, so that the database can be dropped; SQLite knows no sessions."""
    connection.close()
    if is_postgres():
        _administer(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            f" WHERE datname = '{database}' AND pid <> pg_backend_pid()"
        )


def _administer(statement: str) -> None:
    with connection._nodb_cursor() as cursor:
        cursor.execute(statement)


def suffixed(database: str, word: str) -> str:
    return f"{database}_{word}"


@contextmanager
def a_copy_of(database: str):
    """A copy for one test that commits; gone afterwards."""
    own = suffixed(database, str(next(_copies)))
    copy(database, own)
    before = name()
    point_at(own)
    try:
        yield own
    finally:
        point_at(before)
        drop(own)


@contextmanager
def pointed_at(database: str):
    before = name()
    point_at(database)
    try:
        yield database
    finally:
        point_at(before)


def prepare(database: str, *, out_of: str, load) -> None:
    """Make a database from another and fill it by calling `load`."""
    copy(out_of, database)
    with pointed_at(database):
        load()
