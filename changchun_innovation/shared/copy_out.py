"""Text that PostgreSQL writes itself: what COPY gives, in blocks, while it is being made."""

from collections.abc import Iterator, Sequence
from contextlib import nullcontext, suppress
from queue import Queue
from threading import Thread

from django.db import connection, transaction

BLOCK = 128 * 1024
# So many blocks may wait for a reader; then the database waits.
WAITING = 4
# The binary form gives a text as it is: after a heading, each row is the count of its fields, the length of the
# first in bytes (-1 where it is NULL) and the field; a count of -1 ends it.
COPY = "COPY ({}) TO STDOUT (FORMAT binary)"
_SIGNATURE, _HEADING = b"PGCOPY\n\xff\r\n\x00", 19


def as_typed(select: str, parameters: Sequence = ()) -> str:
    """A SELECT with its parameters filled in, as one would type it."""
    with connection.cursor() as cursor:
        return cursor.mogrify(select, parameters).decode()


def copied(select: str, parameters: Sequence = ()) -> Iterator[bytes]:
    """The texts of a SELECT of one column, one after the other, as UTF-8 in blocks; NULL is nothing.

    The database pushes and a web server pulls: COPY runs in a thread of its own on the connection of this one, which
    nobody else uses until the last block is taken, and waits while a few blocks are not. Memory does not grow with the
    rows. Closing the generator stops the query and frees both; an error is raised where it happens, so that nobody
    takes half a file for the whole.
    """
    statement = COPY.format(as_typed(select, parameters))
    # Where a transaction is under way, as in tests, it must survive a reader who leaves.
    inner = transaction.atomic() if connection.in_atomic_block else nullcontext()
    with inner, connection.cursor() as cursor, connection.execute_wrapper(_refuse):
        copying = _Copying(cursor.cursor, statement)
        copying.start()
        try:
            yield from copying.blocks()
        finally:
            copying.end()


def _refuse(execute, sql, params, many, context):
    raise RuntimeError("A file is being read on this connection: take all of it, or close it, first.")


class _Copying(Thread):
    """The query under way, and the blocks that nobody has taken yet."""

    def __init__(self, cursor, statement: str) -> None:
        super().__init__(name="copying", daemon=True)
        self._cursor, self._statement = cursor, statement
        self._made: Queue[bytes | None] = Queue(WAITING)
        self._error: BaseException | None = None
        self._over = False

    def run(self) -> None:
        texts = _Texts(self._made)
        try:
            self._cursor.copy_expert(self._statement, texts)
            texts.flush()
        except BaseException as error:
            self._error = error
        finally:
            self._made.put(None)

    def blocks(self) -> Iterator[bytes]:
        """Every block when it is made; at the end the error that broke the query, if one did."""
        yield from self._rest()
        self.join()
        if self._error:
            with connection.wrap_database_errors:
                raise self._error

    def end(self) -> None:
        """Stop the query where it still runs, and wait until the connection is free again."""
        if not self._over:
            # Where the server cannot be asked to stop, what is left is read and dropped.
            with suppress(self._cursor.connection.Error):
                self._cursor.connection.cancel()
            for _block in self._rest():
                pass
        self.join()

    def _rest(self) -> Iterator[bytes]:
        while (block := self._made.get()) is not None:
            yield block
        self._over = True


class _Texts:
    """Where psycopg2 writes the rows, one at a time: their texts go on in blocks."""

    def __init__(self, made: Queue) -> None:
        self._made = made
        self._kept: list[bytes] = []
        self._size = 0

    def write(self, row: bytes) -> None:
        if row.startswith(_SIGNATURE):
            row = row[_HEADING:]
        # What ends the rows is shorter than one, and so is the heading alone.
        if len(row) > 6:
            text = row[6:]
            self._kept.append(text)
            self._size += len(text)
            if self._size >= BLOCK:
                self.flush()

    def flush(self) -> None:
        if self._kept:
            self._made.put(b"".join(self._kept))
            self._kept, self._size = [], 0
