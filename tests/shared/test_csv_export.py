"""What a cell of a file looks like, and that rows leave one at a time."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from changchun_innovation.shared.csv_export import (
    BOM,
    Column,
    cell,
    guard,
    in_blocks,
    in_words,
    of,
    stream_csv,
    unguard,
)
from changchun_innovation.shared.quarters import Quarter

COLUMNS = (
    Column("code", of("code"), "代码", "Code"),
    Column("name", in_words("park.name"), "园区", "Park"),
    Column("value", of("value"), "数值", "Value", "number"),
)
EAST = SimpleNamespace(name_zh="东园", name_en="East")


def row(code="a", value=None, park=EAST):
    return SimpleNamespace(code=code, value=value, park=park)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("", ""),
        ("东园", "东园"),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (Decimal("12.5000"), "12.5"),
        (Decimal("1E+3"), "1000"),
        (Decimal("-0.0667"), "-0.0667"),
        (Decimal("1234567.00"), "1234567"),
        (Quarter(2025, 3), "2025-Q3"),
        (date(2025, 11, 1), "2025-11-01"),
        (datetime(2025, 10, 15, 6, 5, 0, 999, tzinfo=UTC), "2025-10-15T14:05:00+08:00"),
    ],
)
def test_every_value_has_one_way_to_be_written(value, text):
    assert cell(value) == text


@pytest.mark.parametrize("value", [0.1, datetime(2025, 1, 1), object()])
def test_a_value_that_could_be_misread_is_refused(value):
    with pytest.raises((TypeError, ValueError)):
        cell(value)


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n", "\x00", "＝", "＋", "－", "＠"])
def test_a_text_that_a_spreadsheet_would_compute_gets_an_apostrophe(first):
    assert guard(f"{first}1+1") == f"'{first}1+1"
    assert unguard(guard(f"{first}1+1")) == f"{first}1+1"


@pytest.mark.parametrize("text", ["东园", "1-2", "'引号'", "a=b", ""])
def test_any_other_text_is_left_alone(text):
    assert guard(text) == text == unguard(text)


@given(st.text(alphabet="'=+-@\t\r\n\x00＝a 东", max_size=6))
def test_reading_a_guarded_text_back_gives_the_same_text(text):
    assert unguard(guard(text)) == text
    assert guard(text)[:1] not in set("=+-@\t\r\n\x00＝＋－＠")


def test_negative_numbers_are_numbers_and_not_formulas():
    assert list(stream_csv(COLUMNS, [row("=A1", Decimal("-3"))], bom=False))[1] == "'=A1,东园,-3\n"


def test_a_file_begins_with_a_byte_order_mark_unless_asked_otherwise():
    assert next(stream_csv(COLUMNS, [])) == BOM + "code,name,value\n"
    assert next(stream_csv(COLUMNS, [], bom=False)) == "code,name,value\n"


def test_headings_are_names_or_words_of_either_language():
    assert next(stream_csv(COLUMNS, [], bom=False, labels="zh-hans")) == "代码,园区,数值\n"
    assert next(stream_csv(COLUMNS, [], bom=False, labels="en")) == "Code,Park,Value\n"


def test_names_follow_the_language_of_the_file_and_not_that_of_the_reader():
    with translation.override("en"):
        assert list(stream_csv(COLUMNS, [row()], bom=False))[1] == "a,东园,\n"
    assert list(stream_csv(COLUMNS, [row()], bom=False, lang="en"))[1] == "a,East,\n"


def test_what_is_missing_on_the_way_to_a_name_is_an_empty_cell():
    assert list(stream_csv(COLUMNS, [row(park=None)], bom=False))[1] == "a,,\n"


def test_commas_quotes_and_line_breaks_in_a_note_stay_in_their_cell():
    note = 'a,"b"\r\nc\nd'
    text = "".join(stream_csv(COLUMNS, [row(note)], bom=False))
    assert list(csv.reader(io.StringIO(text, newline="")))[1] == [note, "东园", ""]


def test_a_row_is_read_only_when_it_is_asked_for():
    read = []

    def rows():
        for number in range(1000):
            read.append(number)
            yield row(str(number))

    lines = stream_csv(COLUMNS, rows())
    next(lines)
    assert read == []
    next(lines)
    assert read == [0]
    blocks = in_blocks(lines, size=10)
    assert next(blocks).decode().count("\n") == 10
    assert len(read) == 11
