"""The highest ids of some tables: whether anything was added to them, by one cheap query.

Whoever publishes holds one lock from insert to commit (`publishing.py`), so that a lower id never appears after a higher
one. What rests on rows that are added and never changed is true as long as these ids stay the same. Read them before
what they are to stand for: what is added in between is then asked for again, and never missed.
"""

import hashlib
from collections.abc import Sequence
from contextlib import closing

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Model

Ids = tuple[int | None, ...]


class HighestIds:
    """Asks for the highest id of each of some tables; None for a table without rows."""

    def __init__(self, models: Sequence[type[Model]]) -> None:
        highest = ", ".join(f'(SELECT max("id") FROM "{model._meta.db_table}")' for model in models)
        self._question = f"SELECT {highest}"
        self._name = "highest_" + hashlib.sha256(self._question.encode()).hexdigest()[:12]

    def now(self, using: str = DEFAULT_DB_ALIAS) -> Ids:
        """What is committed now, and what the running transaction has added; one query of the ends of indexes."""
        connection = connections[using]
        # Within a transaction nothing can be tried twice, so that nothing is asked that could have been lost.
        if connection.vendor == "postgresql" and not connection.in_atomic_block:
            try:
                return self._ask_prepared(connection)
            except connection.Database.Error:
                # A server that was restarted has left a dead connection.
                connection.close()
        with connection.wrap_database_errors:
            return _answer(connection, self._question)

    def _ask_prepared(self, connection) -> Ids:
        """PostgreSQL plans it once a session: planning takes ten times as long as answering."""
        connection.ensure_connection()
        session, names = getattr(connection, "_highest_ids_prepared", (None, set()))
        if session is not connection.connection:
            session, names = connection._highest_ids_prepared = connection.connection, set()
        if self._name not in names:
            with closing(session.cursor()) as cursor:
                cursor.execute(f"PREPARE {self._name} AS {self._question}")
            names.add(self._name)
        return _answer(connection, f"EXECUTE {self._name}")


def _answer(connection, question: str) -> Ids:
    """Asked beside Django's cursors, whose check of the connection and book-keeping cost more than the answer."""
    connection.ensure_connection()
    with closing(connection.connection.cursor()) as cursor:
        cursor.execute(question)
        return tuple(cursor.fetchone())
