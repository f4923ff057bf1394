"""One publisher at a time, so that a lower id never appears after a higher one."""

from threading import Event, Thread

import pytest
from django.db import connection, transaction

from changchun_innovation.shared.publishing import publishing_lock
from tests.factories import make_commitment


@pytest.mark.django_db(transaction=True)
def test_a_second_publisher_waits_until_the_first_has_committed():
    """Whoever inserts second gets the higher id and is seen second."""
    order: list[str] = []
    started, entered = Event(), Event()

    def second():
        started.set()
        try:
            with publishing_lock():
                entered.set()
                order.append("second begins")
        finally:
            connection.close()

    with publishing_lock():
        other = Thread(target=second)
        other.start()
        started.wait(5)
        assert not entered.wait(0.3)
        make_commitment()
        order.append("first ends")
    other.join(10)
    assert order == ["first ends", "second begins"]


@pytest.mark.django_db(transaction=True)
def test_the_lock_may_be_taken_inside_itself_and_ends_with_the_outermost_transaction():
    with publishing_lock():
        with publishing_lock():
            assert connection.in_atomic_block
        assert connection.in_atomic_block
        assert held() in (None, True)
    assert not connection.in_atomic_block
    assert held() in (None, False)


@pytest.mark.django_db(transaction=True)
def test_what_fails_under_the_lock_is_undone():
    with pytest.raises(RuntimeError), publishing_lock():
        commitment = make_commitment()
        raise RuntimeError
    with transaction.atomic():
        assert not type(commitment).objects.exists()
    assert held() in (None, False)


def held() -> bool | None:
    """Whether anybody holds the lock; None where the transaction itself is one."""
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        # Of this database: other workers' tests hold their own.
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        return cursor.fetchone()[0] > 0
