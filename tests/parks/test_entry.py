"""What becomes of the things people type into a figure: one rule each, said beside the field."""

from decimal import Decimal

import pytest
from django.utils import translation

from parks.entry import Entry, Typed, grade

COUNT = {"kind": "stock", "decimals": 0}
MONEY = {"kind": "annual", "decimals": 2}
RATE = {"kind": "rate", "decimals": 1}


def read(text: str, **indicator):
    return grade(Typed(value=text), **(indicator or COUNT))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("38", "38"),
        (" 38 ", "38"),
        ("0", "0"),
        ("1,234", "1234"),
        ("１２３", "123"),
        ("１，２３４", "1234"),
        ("12.00", "12"),
        ("1000000000000", "1000000000000"),
    ],
)
def test_numbers_are_read_as_they_are_usually_written(text, value):
    graded = read(text)
    assert graded.errors == {}
    assert graded.entry.value == Decimal(value)


@pytest.mark.parametrize(
    ("text", "indicator", "words"),
    [
        ("许多", COUNT, "请填写数字"),
        ("abc", COUNT, "请填写数字"),
        ("NaN", COUNT, "请填写数字"),
        ("inf", COUNT, "请填写数字"),
        ("1e400", COUNT, "请填写数字"),
        ("1_000", COUNT, "请填写数字"),
        ("10²", COUNT, "请填写数字"),
        ("38家", COUNT, "请填写数字"),
        ("\x00", COUNT, "请填写数字"),
        ("3.5万", COUNT, "35000"),
        ("2亿", COUNT, "200000000"),
        ("1,23", COUNT, "千位分隔符"),
        ("-5", COUNT, "不能为负数"),
        ("-0.5", MONEY, "不能为负数"),
        ("12.5", COUNT, "只填整数"),
        ("1.005", MONEY, "最多保留 2 位"),
        ("1000000000001", COUNT, "数字过大"),
        ("9" * 400, COUNT, "数字过大"),
        ("1001", RATE, "-1000 与 1000"),
        ("-1000.1", RATE, "-1000 与 1000"),
    ],
)
def test_what_is_no_figure_is_refused_with_its_reason_and_kept_as_typed(text, indicator, words):
    graded = read(text, **indicator)
    assert graded.entry is None
    assert words in graded.errors["value"]
    assert graded.typed.value == text


def test_a_reader_of_english_is_told_in_english():
    with translation.override("en"):
        assert not any("一" <= character <= "鿿" for character in read("abc").errors["value"])


def test_a_rate_may_be_negative():
    assert read("-3.5", **RATE).entry.value == Decimal("-3.5")


def test_blank_zero_and_not_applicable_are_three_different_answers():
    blank, zero = read(""), read("0")
    nothing = grade(Typed(not_applicable=True, not_applicable_reason="本园区不涉及"), **COUNT)
    assert [each.entry.is_blank for each in (blank, zero, nothing)] == [True, False, False]
    assert (blank.entry.value, zero.entry.value, nothing.entry.value) == (None, 0, None)
    assert len({blank.entry, zero.entry, nothing.entry}) == 3


def test_not_applicable_needs_a_reason_and_excludes_a_number():
    assert "not_applicable_reason" in grade(Typed(not_applicable=True), **COUNT).errors
    assert (
        "not_applicable_reason"
        in grade(Typed(not_applicable=True, not_applicable_reason="  "), **COUNT).errors
    )
    assert "value" in grade(Typed("0", not_applicable=True, not_applicable_reason="不涉及"), **COUNT).errors
    assert "not_applicable_reason" in grade(Typed("3", not_applicable_reason="不涉及"), **COUNT).errors


def test_a_note_that_is_too_long_is_refused_not_cut():
    assert "note" in grade(Typed("3", note="长" * 501), **COUNT).errors
    assert grade(Typed("3", note="长" * 500), **COUNT).errors == {}
    assert "note" in grade(Typed("3", note="坏\x00字"), **COUNT).errors


def test_a_note_of_two_lines_is_the_one_line_that_the_page_shows():
    entry = grade(Typed("3", note=" 两家迁入 \r\n\n 一家注销\n"), **COUNT).entry
    assert entry.note == "两家迁入 一家注销"
    # A browser drops line ends in a field: sent back, the note must not look changed.
    assert grade(Typed.of(entry), **COUNT).entry == entry


def test_a_baseline_is_read_like_a_figure_and_only_where_it_was_asked_for():
    typed = Typed("3", baseline="3.5万")
    assert "35000" in grade(typed, asks_baseline=True, **COUNT).errors["baseline"]
    assert grade(typed, **COUNT).entry == Entry(value=Decimal(3))
    assert grade(Typed("3", baseline="-1"), asks_baseline=True, **COUNT).errors
    assert grade(Typed("3", baseline="8"), asks_baseline=True, **COUNT).entry.baseline == 8


def test_every_wrong_field_of_a_line_is_named_at_once():
    typed = Typed("abc", True, "", "长" * 501, "x")
    assert set(grade(typed, asks_baseline=True, **COUNT).errors) == {
        "value",
        "not_applicable_reason",
        "note",
        "baseline",
    }


def test_a_stored_figure_stands_in_its_fields_without_trailing_zeros():
    assert Typed.of(Entry(value=Decimal("12.5000"), baseline=Decimal("8.0000"))) == Typed(
        value="12.5", baseline="8"
    )
    assert Typed.of(Entry(value=Decimal("0.0000"))).value == "0"


@pytest.mark.parametrize("turning", ["\u202a", "\u202e", "\u2066", "\u2069"])
def test_a_note_cannot_turn_the_order_of_its_digits(turning):
    graded = grade(Typed("3", note=f"共{turning}21 家"), **COUNT)
    assert graded.errors == {"note": "含有无法保存的字符，请重新输入。"}
    chosen = Typed(not_applicable=True, not_applicable_reason=f"{turning}21 年停业")
    assert "not_applicable_reason" in grade(chosen, **COUNT).errors
    assert grade(Typed("3", note="共 21 家\n含两家迁入"), **COUNT).errors == {}
