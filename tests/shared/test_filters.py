"""Filters from an address: what is kept, what is said, and which filter emptied the list."""

from django.http import QueryDict

from changchun_innovation.shared.filters import Choice, Facet, narrow

ROWS = [("faw", "done"), ("faw", "open"), ("jlu", "open")]
FACETS = [
    Facet("lead", "牵头单位", (Choice("faw", "一汽"), Choice("jlu", "吉大")), lambda row: row[0]),
    Facet("status", "状态", (Choice("done", "已落实"), Choice("open", "推进中")), lambda row: row[1]),
]


def asked(query: str):
    return narrow(ROWS, FACETS, QueryDict(query))


def test_without_a_filter_every_row_is_kept():
    assert asked("").rows == tuple(ROWS) and not asked("").chosen


def test_values_of_one_filter_widen_and_different_filters_narrow():
    assert len(asked("lead=faw&lead=jlu").rows) == 3
    assert asked("lead=faw&status=open").rows == (("faw", "open"),)


def test_what_is_chosen_is_said_in_words():
    assert [each.words for each in asked("status=done&lead=faw").chosen] == ["牵头单位：一汽", "状态：已落实"]


def test_an_empty_list_names_the_filter_without_which_something_would_be_left():
    rows = [*ROWS, ("jlu", "open")]
    # Nothing is done by anybody: whoever leads, the status empties the list.
    narrowed = narrow([row for row in rows if row[1] == "open"], FACETS, QueryDict("lead=faw&status=done"))
    assert narrowed.emptied_by == "状态：已落实"
    assert asked("lead=faw&status=done").emptied_by == ""


def test_where_only_the_combination_is_empty_all_are_named():
    assert asked("lead=jlu&status=done").emptied_by == "牵头单位：吉大、状态：已落实"
    assert narrow([("x", "y")], FACETS, QueryDict("lead=jlu&status=done")).emptied_by.count("：") == 2


def test_an_unknown_value_is_said_and_ignored():
    narrowed = asked("lead=nasa&status=open")
    assert len(narrowed.rows) == 2 and "“nasa”" in narrowed.messages[0]


def test_the_form_keeps_what_is_in_force():
    assert [picked for _facet, picked in asked("status=open&lead=jlu&lead=faw").fields] == ["jlu", "open"]
    assert [picked for _facet, picked in asked("").fields] == ["", ""]


def test_an_empty_form_field_is_no_filter():
    assert asked("lead=&status=").rows == tuple(ROWS) and not asked("lead=").messages


def test_a_value_given_twice_is_one_filter():
    assert len(asked("lead=faw&lead=faw").chosen) == 1
