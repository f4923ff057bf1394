"""What PostgreSQL writes itself arrives as it is, no faster than it is taken, and never as half of the whole."""

import threading
import time

import pytest
from django.db import DatabaseError, DataError, OperationalError, ProgrammingError, connection, transaction

from changchun_innovation.shared.copy_out import BLOCK, WAITING, as_typed, copied

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]

# Rows of 1,000 bytes, each made when it is asked for.
ENDLESS = "SELECT repeat('x', 1000) FROM (SELECT generate_series(1, 1000000000)) AS numbers"
# What lies between the two ends of a connection comes on top of what waits here.
IN_BETWEEN = 16 * 1024 * 1024


def answer(select: str, parameters=()):
    with connection.cursor() as cursor:
        cursor.execute(select, parameters)
        return cursor.fetchone()[0]


def copying_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "copying"]


def until(true) -> bool:
    """Waits for what another process does; False where it does not come about."""
    ends = time.monotonic() + 20
    while not true():
        if time.monotonic() > ends:
            return False
        time.sleep(0.02)
    return True


def test_texts_arrive_as_they_are():
    texts = [
        "a,b\n",
        "\\.\n",
        "\\N",
        "\\",
        "C:\\temp\t",
        '"',
        "\r\n",
        "",
        "\x01\x08\x0b\x7f",
        "东园 🏭",
        "%s %",
        "a" * 300_000,
    ]
    select = "SELECT text FROM unnest(%s) WITH ORDINALITY AS given(text, place) ORDER BY place"
    assert b"".join(copied(select, [texts])).decode() == "".join(texts)


def test_what_is_unknown_and_what_is_empty_are_no_bytes():
    assert list(copied("SELECT NULL::text FROM generate_series(1, 3)")) == []
    assert list(copied("SELECT '' FROM generate_series(1, 3)")) == []
    assert list(copied("SELECT 'x' WHERE false")) == []


def test_a_row_that_begins_like_the_form_itself_is_a_row():
    assert b"".join(copied("SELECT 'PGCOPY' || E'\\n' FROM generate_series(1, 2)")) == b"PGCOPY\n" * 2


def test_short_texts_leave_in_blocks():
    blocks = list(copied("SELECT repeat('x', 100) FROM generate_series(1, 10000)"))
    assert sum(map(len, blocks)) == 1_000_000
    assert all(BLOCK <= len(block) < BLOCK + 100 for block in blocks[:-1])


def test_a_select_can_be_typed():
    assert as_typed("SELECT %s, %s", ["O'Hara", 5]) == "SELECT 'O''Hara', 5"


def test_a_reader_who_leaves_stops_the_query_and_leaves_the_transaction_as_it_was():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE before AS SELECT 1 AS one")
    stream = copied(ENDLESS)
    next(stream)
    stream.close()
    assert copying_threads() == []
    assert answer("SELECT one FROM before") == 1


def test_a_file_that_nobody_began_to_read_asks_nothing():
    stream = copied(ENDLESS)
    stream.close()
    assert copying_threads() == []


def test_an_error_on_the_way_is_raised_after_the_rows_before_it():
    read = []
    with pytest.raises(DataError):
        for block in copied("SELECT repeat('x', 1000 + 1 / (n - 5000)) FROM generate_series(1, 6000) AS n"):
            read.append(block)
    assert 4_000_000 < sum(map(len, read)) < 5_000_000
    assert copying_threads() == []
    assert answer("SELECT 1") == 1


def test_a_select_that_cannot_be_read_raises_at_once():
    with pytest.raises(ProgrammingError):
        next(copied("SELECT nothing FROM nowhere"))
    assert answer("SELECT 1") == 1


def test_while_a_file_is_read_its_connection_is_asked_for_nothing_else():
    stream = copied(ENDLESS)
    next(stream)
    with pytest.raises(RuntimeError, match="A file is being read"):
        answer("SELECT 1")
    stream.close()
    assert answer("SELECT 1") == 1


# --- outside a transaction, as on the web ----------------------------------------------------------------------
@pytest.fixture
def counter(transactional_db):
    """A sequence, whose steps others see while a query takes them."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE SEQUENCE made")
    yield "made"
    with connection.cursor() as cursor:
        cursor.execute("DROP SEQUENCE made")


def test_the_database_makes_no_more_than_is_taken(counter):
    stream = copied(f"SELECT nextval('{counter}')::text || row.text FROM ({ENDLESS}) AS row(text)")
    next(stream)
    other = connection.copy()
    reached = []

    def stands_still() -> bool:
        with other.cursor() as cursor:
            cursor.execute(f"SELECT last_value FROM {counter}")
            reached.append(cursor.fetchone()[0])
        return len(reached) > 5 and len(set(reached[-5:])) == 1

    try:
        assert until(stands_still)
    finally:
        other.close()
        stream.close()
    assert reached[-1] * 1000 < BLOCK * (WAITING + 3) + IN_BETWEEN


@pytest.mark.django_db(transaction=True)
def test_on_the_web_a_reader_who_leaves_gives_the_same_connection_back():
    process = answer("SELECT pg_backend_pid()")
    for _download in range(3):
        stream = copied(ENDLESS)
        next(stream)
        stream.close()
        assert copying_threads() == []
        assert answer("SELECT pg_backend_pid()") == process
    with transaction.atomic():
        assert answer("SELECT count(*) FROM parks_park") == 0


@pytest.mark.django_db(transaction=True)
def test_a_query_that_takes_longer_than_the_database_allows_breaks_the_file():
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 300")
    with pytest.raises(OperationalError, match="timeout"):
        next(copied("SELECT count(*)::text FROM (SELECT generate_series(1, 1000000000)) AS numbers"))
    assert copying_threads() == []
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_a_server_that_is_gone_breaks_the_file():
    process = answer("SELECT pg_backend_pid()")
    other = connection.copy()
    stream = copied(ENDLESS)
    next(stream)
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [process])
    other.close()
    with pytest.raises(DatabaseError):
        for _block in stream:
            pass
    assert copying_threads() == []
    connection.close()
    assert answer("SELECT 1") == 1
