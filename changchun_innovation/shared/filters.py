"""Filters of a list from the query string: values of one name widen, different names narrow."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _


@dataclass(frozen=True)
class Choice:
    """One value that a filter may take, in words."""

    value: str
    label: str


@dataclass(frozen=True)
class Facet:
    """One thing by which a list may be narrowed: its name in the address, its words, and how a row answers.

    A row answers with one value, or with a set of values of which any may be the one asked for.
    """

    key: str
    label: str
    choices: tuple[Choice, ...]
    of: Callable[[object], str | frozenset[str]]


@dataclass(frozen=True)
class Chosen:
    """A filter in force, to be shown as a word that can be taken away."""

    key: str
    value: str
    words: str


@dataclass(frozen=True)
class Narrowed:
    """The rows that are left, the filters in force, what could not be read, and which filter emptied the list."""

    rows: tuple
    total: int
    facets: tuple[Facet, ...]
    chosen: tuple[Chosen, ...]
    messages: tuple[str, ...]
    emptied_by: str

    @property
    def fields(self) -> tuple[tuple[Facet, str], ...]:
        """For the form: each facet with the first of its values in force, '' for none."""
        picked = {each.key: each.value for each in reversed(self.chosen)}
        return tuple((facet, picked.get(facet.key, "")) for facet in self.facets)


def narrow(rows: Iterable, facets: Sequence[Facet], query) -> Narrowed:
    """Keep the rows that answer every filter of the query (a QueryDict); an unknown value is a message."""
    rows = tuple(rows)
    chosen, messages = chosen_of(facets, query)
    kept = _kept(rows, facets, chosen)
    return Narrowed(
        rows=kept,
        total=len(rows),
        facets=tuple(facets),
        chosen=chosen,
        messages=messages,
        emptied_by=""
        if kept or not rows
        else emptied_by(lambda without: bool(_kept(rows, facets, without)), facets, chosen),
    )


def chosen_of(facets: Sequence[Facet], query) -> tuple[tuple[Chosen, ...], tuple[str, ...]]:
    """The filters of a query that are in force, and a message for every value that is unknown."""
    chosen, messages = [], []
    for facet in facets:
        labels = {choice.value: choice.label for choice in facet.choices}
        for value in dict.fromkeys(query.getlist(facet.key)):
            if value in labels:
                words = _("%(name)s：%(value)s") % {"name": facet.label, "value": labels[value]}
                chosen.append(Chosen(facet.key, value, words))
            elif value:
                messages.append(
                    _("筛选条件“%(name)s”没有“%(value)s”这个值，已忽略。")
                    % {"name": facet.label, "value": value[:40]}
                )
    return tuple(chosen), tuple(messages)


def _kept(rows: tuple, facets: Sequence[Facet], chosen: Sequence[Chosen]) -> tuple:
    for facet in facets:
        values = {each.value for each in chosen if each.key == facet.key}
        if values:
            rows = tuple(row for row in rows if values & _answers(facet, row))
    return rows


def _answers(facet: Facet, row) -> frozenset[str]:
    answer = facet.of(row)
    return frozenset({answer}) if isinstance(answer, str) else frozenset(map(str, answer))


def emptied_by(
    leaves_some: Callable[[Sequence[Chosen]], bool], facets: Sequence[Facet], chosen: Sequence[Chosen]
) -> str:
    """The one filter without which something would be left; where it is their combination, all of them.

    `leaves_some` says of some filters whether a row answers them all.
    """
    to_blame = []
    for facet in facets:
        without = [each for each in chosen if each.key != facet.key]
        if len(without) < len(chosen) and leaves_some(without):
            to_blame.append(facet.key)
    named = [each for each in chosen if each.key in to_blame] if len(to_blame) == 1 else chosen
    return _("、").join(each.words for each in named)
