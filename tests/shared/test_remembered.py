"""What a process remembers is true, has a bound, and is never given in another language or for another thing."""

from dataclasses import dataclass

import pytest
from django.db import connection, transaction
from django.utils import translation

from changchun_innovation.shared.highest_ids import HighestIds
from changchun_innovation.shared.remembered import Latest, Once, WhileUnchanged, forget
from institutions.models import Source
from targets.models import Indicator
from tests.factories import make_indicator, make_source


@dataclass(frozen=True)
class Thing:
    name: str


class Counted:
    """A piece of work that says how often it was done."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> int:
        self.times += 1
        return self.times


# --- once ----------------------------------------------------------------------------------------------------
def test_what_is_told_of_a_thing_is_worked_out_once():
    once, thing, work = Once(10), Thing("园区"), Counted()
    assert [once(thing, "name", work) for _each in range(3)] == [1, 1, 1]
    assert once(thing, "another question", work) == 2


def test_an_equal_thing_is_another_thing():
    once, work = Once(10), Counted()
    assert [once(Thing("园区"), "name", work), once(Thing("园区"), "name", work)] == [1, 2]


def test_each_language_is_told_its_own():
    once, thing = Once(10), Thing("园区")
    told = []
    for language in ("zh-hans", "en", "zh-hans", "en"):
        with translation.override(language):
            told.append(once(thing, "language", translation.get_language))
    assert told == ["zh-hans", "en", "zh-hans", "en"]


def test_no_more_is_remembered_than_there_is_room_for_and_the_last_asked_for_stays():
    once, things, work = Once(2), [Thing(str(number)) for number in range(3)], Counted()
    once(things[0], "", work), once(things[1], "", work), once(things[0], "", work)
    once(things[2], "", work)
    assert len(once) == 2
    assert (once(things[0], "", work), work.times) == (1, 3)
    assert once(things[1], "", work) == 4


def test_a_thing_that_is_remembered_lends_its_place_to_no_other():
    once, work = Once(100), Counted()
    # Without being held each of these would be made where the last one was.
    assert [once(Thing("园区"), "", work) for _each in range(50)] == list(range(1, 51))


def test_the_latest_answer_stands_as_long_as_what_it_rests_on():
    latest, work = Latest(), Counted()
    assert [latest.answer([number], work) for number in (7, 7, 8, 7)] == [1, 1, 2, 3]


# --- while the record is unchanged -------------------------------------------------------------------------------
@pytest.fixture
def sources() -> WhileUnchanged:
    """Answers that rest on the documents."""
    return WhileUnchanged(lambda: (Source,), most=2)


@pytest.mark.django_db(transaction=True)
def test_an_answer_stands_until_a_row_is_added_to_what_it_rests_on(sources):
    work = Counted()
    assert [sources.answer("how many", work) for _each in range(2)] == [1, 1]
    make_indicator()
    assert sources.answer("how many", work) == 1
    make_source()
    assert sources.answer("how many", work) == 2
    Source.objects.all().delete()
    assert sources.answer("how many", work) == 3


@pytest.mark.django_db(transaction=True)
def test_what_a_transaction_reads_is_not_remembered(sources):
    with transaction.atomic():
        make_source()
        assert sources.answer("how many", Source.objects.count) == 1
        transaction.set_rollback(True)
    assert sources.answer("how many", Source.objects.count) == 0


@pytest.mark.django_db(transaction=True)
def test_the_last_few_questions_are_remembered_and_everything_can_be_forgotten(sources):
    work = Counted()
    for question in ("a", "b", "a", "c"):
        sources.answer(question, work)
    assert (sources.answer("a", work), sources.answer("b", work)) == (1, 4)
    forget()
    assert sources.answer("b", work) == 5


# --- the highest ids ---------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_the_highest_ids_are_those_of_the_last_rows():
    highest = HighestIds((Source, Indicator))
    assert highest.now() == (None, None)
    make_source()
    last, indicator = make_source(), make_indicator()
    assert highest.now() == (last.pk, indicator.pk)
    with transaction.atomic():
        added = make_source()
        assert highest.now() == (added.pk, indicator.pk)
        transaction.set_rollback(True)
    assert highest.now() == (last.pk, indicator.pk)


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_died_is_opened_again():
    highest, source = HighestIds((Source,)), make_source()
    assert highest.now() == (source.pk,)
    if connection.vendor == "postgresql":
        connection.connection.close()
    else:
        connection.close()
    assert highest.now() == (source.pk,)


@pytest.mark.django_db(transaction=True)
def test_what_was_prepared_and_lost_is_asked_without():
    highest, source = HighestIds((Source,)), make_source()
    highest.now()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("DEALLOCATE ALL")
    assert highest.now() == (source.pk,)
