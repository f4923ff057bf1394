"""Numbers typed by people, and numbers written for programs."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from changchun_innovation.shared.numbers import LARGEST, NumberRefused, parse_number, plain


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("0", "0"),
        ("12", "12"),
        ("+12", "12"),
        ("007", "7"),
        ("12.5", "12.5"),
        ("12.50", "12.5"),
        ("12.000000", "12"),
        ("-0", "0"),
        (" 12 ", "12"),
        ("\t12\u00a0", "12"),
        ("\u300012\u3000", "12"),
        ("１２３", "123"),
        ("１，２３４．５", "1234.5"),
        ("1,234", "1234"),
        ("1,234,567.89", "1234567.89"),
        ("999,999,999,999.99", "999999999999.99"),
        ("1000000000000", "1000000000000"),
        (12, "12"),
        (12.5, "12.5"),
        (Decimal("0.10"), "0.1"),
    ],
)
def test_a_number_is_read_as_people_write_it(typed, number):
    assert parse_number(typed, decimals=2) == Decimal(number)


@pytest.mark.parametrize("blank", ["", " ", "\u3000", "\t\n", None])
def test_a_blank_is_no_number_and_not_zero(blank):
    assert parse_number(blank, decimals=0) is None


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("abc", "not_a_number"),
        ("12a", "not_a_number"),
        ("12家", "not_a_number"),
        ("十二", "not_a_number"),
        ("12%", "not_a_number"),
        ("NaN", "not_a_number"),
        ("nan", "not_a_number"),
        ("Infinity", "not_a_number"),
        ("-inf", "not_a_number"),
        ("1e3", "not_a_number"),
        ("1e400", "not_a_number"),
        ("１ｅ３", "not_a_number"),
        ("1_000", "not_a_number"),
        ("0x10", "not_a_number"),
        ("1 234", "not_a_number"),
        ("12.", "not_a_number"),
        (".5", "not_a_number"),
        ("1.2.3", "not_a_number"),
        ("--1", "not_a_number"),
        ("10²", "not_a_number"),
        ("①", "not_a_number"),
        ("½", "not_a_number"),
        ("٣", "not_a_number"),
        ("=1+1", "not_a_number"),
        ("万", "not_a_number"),
        (True, "not_a_number"),
        ("3.5万", "myriads"),
        ("３．５万", "myriads"),
        ("2亿元", "myriads"),
        ("1,23", "separators"),
        ("12,34", "separators"),
        ("1,2345", "separators"),
        ("0,123", "separators"),
        ("1234,567", "separators"),
        (",123", "separators"),
        ("1,234,", "separators"),
        ("1.234,5", "not_a_number"),
        ("12.345", "decimals"),
        ("-1", "negative"),
        ("－1", "negative"),
        ("\u22121", "negative"),
        ("1000000000000.01", "too_large"),
        ("1" + "0" * 400, "too_large"),
        ("9" * 5000, "too_large"),
    ],
)
def test_what_could_be_misread_is_refused_with_a_reason(typed, code):
    with pytest.raises(NumberRefused) as refused:
        parse_number(typed, decimals=2)
    assert refused.value.code == code
    assert refused.value.message is not None


def test_a_count_takes_whole_numbers_only_but_not_every_point_is_an_error():
    assert parse_number("12.0", decimals=0) == 12
    with pytest.raises(NumberRefused) as refused:
        parse_number("12.5", decimals=0)
    assert refused.value.code == "decimals"


def test_a_growth_rate_may_be_negative():
    assert parse_number("-3.2", decimals=1, allow_negative=True) == Decimal("-3.2")
    assert parse_number("−3.2", decimals=1, allow_negative=True) == Decimal("-3.2")
    assert parse_number("-1000000000000", decimals=0, allow_negative=True) == -LARGEST
    with pytest.raises(NumberRefused) as refused:
        parse_number("-1000000000001", decimals=0, allow_negative=True)
    assert refused.value.code == "too_large"


@given(st.text(max_size=12))
def test_whatever_is_typed_gives_a_number_a_blank_or_a_reason(typed):
    try:
        number = parse_number(typed, decimals=2, allow_negative=True)
    except NumberRefused as refused:
        assert refused.code
    else:
        assert number is None or (number.is_finite() and abs(number) <= LARGEST)


@given(st.decimals(min_value=-LARGEST, max_value=LARGEST, places=2))
def test_a_number_that_is_written_out_is_read_back_the_same(number):
    written = plain(number)
    assert parse_number(written, decimals=2, allow_negative=True) == number
    assert parse_number(f"{number:,}", decimals=2, allow_negative=True) == number


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (Decimal("12.50"), "12.5"),
        (Decimal("100"), "100"),
        (Decimal("1E+3"), "1000"),
        (Decimal("1E-7"), "0.0000001"),
        (Decimal("0.00"), "0"),
        (Decimal("-0.00"), "0"),
        (Decimal("-3.20"), "-3.2"),
        (0, "0"),
        (1200, "1200"),
        (None, ""),
    ],
)
def test_a_number_in_a_file_has_no_trailing_zeros_and_no_exponent(number, text):
    assert plain(number) == text


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_a_file_never_says_nan(number):
    with pytest.raises(ValueError):
        plain(Decimal(number))
