"""One publisher at a time: whoever adds a fact of the record holds one lock until it is committed.

What changed last is read from the highest ids of the append-only rows. Two transactions that commit in another
order than they took their ids would let a lower id appear after a higher one, and a cache would miss it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DEFAULT_DB_ALIAS, connections, transaction

# Any number will do as long as nothing else in the database uses it: "CCIN" as bytes.
_KEY = 0x4343494E


@contextmanager
def publishing_lock(using: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """A transaction that holds the publishing lock to its commit; may be nested.

    Take it before any row lock, so that two publishers never wait for each other. On SQLite the transaction
    itself is the lock: it begins IMMEDIATE, and there is one writer at a time.
    """
    with transaction.atomic(using=using):
        take_publishing_lock(using)
        yield


def take_publishing_lock(using: str = DEFAULT_DB_ALIAS) -> None:
    """Hold the lock to the end of the running transaction; outside of one, wait until no other publisher holds it."""
    connection = connections[using]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_KEY])
