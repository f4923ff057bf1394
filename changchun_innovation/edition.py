"""The edition: one short text that changes whenever something that readers see has changed.

What readers see rests on rows that are added and never changed, on events, and on texts that the audit trail watches.
So the highest ids of those tables say whether anything is new, without a row that somebody would have to keep in step.
Whoever publishes holds one lock from insert to commit (`shared/publishing.py`), so that a lower id never appears after
a higher one. Drafts, log-ins and mails leave the edition as it is.
"""

from contextlib import closing
from functools import cache

from auditlog.models import LogEntry
from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connections

from changchun_innovation.shared.append_only import AppendOnly
from parks.models import ReplyEvent, ReportEvent


@cache
def watched() -> tuple[type, ...]:
    """The models whose highest ids make the edition: facts, steps, and the trail of texts edited in place."""
    facts = tuple(model for model in apps.get_models() if issubclass(model, AppendOnly))
    return (*facts, ReportEvent, ReplyEvent, LogEntry)


@cache
def _question() -> str:
    highest = ", ".join(f'(SELECT max("id") FROM "{model._meta.db_table}")' for model in watched())
    return f"SELECT {highest}"


def edition(using: str = DEFAULT_DB_ALIAS) -> str:
    """The edition of what is committed now; one query, of the ends of indexes only, or of nothing but the snapshot.

    Read it before what is to be kept under it: a change in between then leaves what was kept unreachable.
    """
    connection = connections[using]
    try:
        return _highest(connection)
    except connection.Database.Error:
        with connection.wrap_database_errors:
            if connection.in_atomic_block:
                raise
            # A server that was restarted has left a dead connection; this is the first query of the request.
            connection.close()
            return _highest(connection, prepared=False)


def _highest(connection, prepared: bool = True) -> str:
    """Asked beside Django's cursors, whose check of the connection and book-keeping cost more than the answer.

    `prepared=False` where something between us and the server may have lost what was prepared.
    """
    connection.ensure_connection()
    session = connection.connection
    with closing(session.cursor()) as cursor:
        if connection.vendor != "postgresql" or not prepared:
            return _answer(cursor, _question())
        last = getattr(connection, "_edition_last", None)
        if last is None or last.session is not session:
            last = connection._edition_last = _Last(session, cursor)
        return last.edition(cursor, is_within_a_transaction=not connection.autocommit)


class _Last:
    """What a session of PostgreSQL was told last: an edition, and the transactions that were committed by then.

    A snapshot of PostgreSQL names every transaction that it does not see. While it stays the same nothing whatever was
    committed, and the edition is still what it was; to ask for that costs a tenth of asking a dozen tables. Drafts
    and log-ins change the snapshot and not the edition.
    """

    def __init__(self, session, cursor) -> None:
        # PostgreSQL plans it once a session: planning takes ten times as long as answering.
        cursor.execute(f"PREPARE edition AS {_question()}")
        cursor.execute("PREPARE edition_snapshot AS SELECT pg_current_snapshot()::text")
        # On a standby a snapshot does not name what is under way.
        cursor.execute("SELECT pg_is_in_recovery()")
        (self._is_standby,) = cursor.fetchone()
        self.session, self._snapshot, self._edition = session, None, ""

    def edition(self, cursor, is_within_a_transaction: bool) -> str:
        if self._is_standby or is_within_a_transaction:
            return _answer(cursor, "EXECUTE edition")
        cursor.execute("EXECUTE edition_snapshot")
        (snapshot,) = cursor.fetchone()
        if snapshot != self._snapshot:
            # Asked after the snapshot: what is committed in between is in the answer, and in the next snapshot.
            self._edition = _answer(cursor, "EXECUTE edition")
            self._snapshot = snapshot
        return self._edition


def _answer(cursor, question: str) -> str:
    cursor.execute(question)
    return repr(cursor.fetchone())
