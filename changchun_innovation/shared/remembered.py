"""What this process remembers of what it has worked out, so that nothing is worked out twice.

Two kinds of memory. `WhileUnchanged` holds answers that rest on the record, as long as nothing is added to the tables
that they rest on. `once` holds what is said or drawn of a thing that never changes, in the reader's language.
Both have a bound, threads share them, and nothing of them is written anywhere.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from functools import cached_property
from threading import Lock
from typing import TypeVar

from django.db import connection
from django.db.models import Model
from django.utils.translation import get_language

from changchun_innovation.shared.highest_ids import HighestIds

Answer = TypeVar("Answer")

_stores: list = []


def forget() -> None:
    """Empty every memory of this process."""
    for store in _stores:
        store.clear()


def remembering(store):
    """Have `forget` empty a store too; answers the store, which has a `clear`."""
    _stores.append(store)
    return store


def database() -> str:
    """Which database is asked now; what one answers is nothing that another would."""
    return str(connection.settings_dict["NAME"])


class WhileUnchanged:
    """Answers that stay true while nothing is added to some tables; the last few of them are kept.

    Only what is committed is remembered: what a transaction reads may be rolled back, and is worked out each time.
    """

    def __init__(self, models: Callable[[], Sequence[type[Model]]], most: int = 8) -> None:
        self._models, self._most, self._lock = models, most, Lock()
        self._rest_on: tuple = ()
        self._answers: OrderedDict[Hashable, object] = OrderedDict()
        remembering(self)

    @cached_property
    def _highest(self) -> HighestIds:
        return HighestIds(self._models())

    def answer(self, question: Hashable, work_out: Callable[[], Answer]) -> Answer:
        """The remembered answer to a question, or the one worked out now. It must not depend on the language."""
        if connection.in_atomic_block:
            return work_out()
        rest_on = (database(), *self._highest.now())
        with self._lock:
            if self._rest_on == rest_on and question in self._answers:
                self._answers.move_to_end(question)
                return self._answers[question]
        answer = work_out()
        with self._lock:
            if self._rest_on != rest_on:
                self._rest_on = rest_on
                self._answers.clear()
            self._answers[question] = answer
            while len(self._answers) > self._most:
                self._answers.popitem(last=False)
        return answer

    def clear(self) -> None:
        with self._lock:
            self._rest_on = ()
            self._answers.clear()


class Once:
    """What is said or drawn of things that never change, each once in each language; the last asked for are kept."""

    def __init__(self, most: int) -> None:
        self.most, self._lock = most, Lock()
        self._told: OrderedDict[tuple, tuple] = OrderedDict()
        remembering(self)

    def __call__(self, thing: object, what: Hashable, work_out: Callable[[], Answer]) -> Answer:
        """The answer to `what` of this very thing (not of an equal one), in the active language."""
        key = (id(thing), what, get_language())
        with self._lock:
            told = self._told.get(key)
            if told is not None:
                self._told.move_to_end(key)
                return told[1]
        answer = work_out()
        with self._lock:
            # The thing is held with what is told of it, so that no other one gets its id.
            self._told[key] = thing, answer
            while len(self._told) > self.most:
                self._told.popitem(last=False)
        return answer

    def clear(self) -> None:
        with self._lock:
            self._told.clear()

    def __len__(self) -> int:
        return len(self._told)


class Latest:
    """The last answer to one question, given again as long as what it rests on is equal."""

    def __init__(self) -> None:
        self._last: tuple[object, object] | None = None

    def answer(self, rests_on: object, work_out: Callable[[], Answer]) -> Answer:
        """The answer for `rests_on`; one worked out for something equal is that very answer."""
        # Exchanged as a whole: another thread may ask for another one.
        last = self._last
        if last is None or last[0] != rests_on:
            last = self._last = (rests_on, work_out())
        return last[1]


# A page shows a few dozen things of which something is told; a piece takes some four thousand bytes.
once = Once(1000)
