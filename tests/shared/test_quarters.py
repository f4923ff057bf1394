"""The calendar quarter."""

from datetime import date, timedelta

import pytest

from changchun_innovation.shared.quarters import Quarter


def test_a_quarter_is_written_so_that_text_order_is_time_order():
    quarters = Quarter.range(Quarter(2022, 3), Quarter(2026, 2))
    assert [str(q) for q in quarters] == sorted(str(q) for q in quarters)
    assert quarters == sorted(quarters)
    assert str(Quarter(2025, 3)) == "2025-Q3"
    assert Quarter(2025, 3).axis == "2025Q3"


def test_a_quarter_is_named_in_both_languages():
    assert Quarter(2025, 3).label_in("zh-hans") == "2025 年第三季度"
    assert Quarter(2025, 3).label_in("en") == "Q3 2025"
    assert Quarter(2025, 3).label == "2025 Q3"


@pytest.mark.parametrize(
    ("quarter", "first_day", "last_day"),
    [
        ("2023-Q1", date(2023, 1, 1), date(2023, 3, 31)),
        ("2023-Q2", date(2023, 4, 1), date(2023, 6, 30)),
        ("2023-Q3", date(2023, 7, 1), date(2023, 9, 30)),
        ("2023-Q4", date(2023, 10, 1), date(2023, 12, 31)),
        ("2024-Q1", date(2024, 1, 1), date(2024, 3, 31)),
    ],
)
def test_a_quarter_has_its_first_and_its_last_day(quarter, first_day, last_day):
    assert Quarter.parse(quarter).starts_on == first_day
    assert Quarter.parse(quarter).ends_on == last_day


def test_every_day_lies_in_exactly_one_quarter():
    day = date(2023, 1, 1)
    while day < date(2027, 1, 1):
        quarter = Quarter.containing(day)
        assert quarter.starts_on <= day <= quarter.ends_on
        day += timedelta(days=1)


@pytest.mark.parametrize(
    "text",
    [
        *("", "2025", "2025Q3", "2025-q3", "2025-Q0", "2025-Q5", "25-Q1", "2025-Q3 ", " 2025-Q3"),
        *("２０２５-Q3", "2025-Q3\n", "2025-Q33", "0000-Q1", "9999-Q4", "2025-03", None, 2025),
    ],
)
def test_anything_that_is_not_written_as_a_quarter_is_refused(text):
    with pytest.raises(ValueError):
        Quarter.parse(text)


def test_a_quarter_outside_living_memory_is_refused():
    for year, number in [(1899, 4), (2200, 1), (2025, 0), (2025, 5)]:
        with pytest.raises(ValueError):
            Quarter(year, number)
    with pytest.raises(ValueError):
        Quarter(1900, 1) - 1
    with pytest.raises(ValueError):
        Quarter(2199, 4) + 1


def test_quarters_are_counted_across_years():
    assert Quarter(2025, 4) + 1 == Quarter(2026, 1)
    assert Quarter(2025, 1) - 1 == Quarter(2024, 4)
    assert Quarter(2025, 2) - 6 == Quarter(2023, 4)
    assert Quarter(2026, 3) - Quarter(2023, 3) == 12
    assert Quarter(2023, 3) - Quarter(2026, 3) == -12
    with pytest.raises(TypeError):
        Quarter(2025, 1) + 0.5
    with pytest.raises(TypeError):
        Quarter(2025, 1) - "1"


def test_a_quarter_is_closed_on_the_day_after_its_last_one():
    quarter = Quarter(2025, 3)
    assert not quarter.is_closed(date(2025, 9, 30))
    assert quarter.is_closed(date(2025, 10, 1))


def test_the_last_closed_quarter_changes_on_the_first_day_of_the_next():
    assert Quarter.last_closed(date(2025, 12, 31)) == Quarter(2025, 3)
    assert Quarter.last_closed(date(2026, 1, 1)) == Quarter(2025, 4)
    assert Quarter.last_closed(date(2026, 11, 23)) == Quarter(2026, 3)


def test_a_range_of_quarters_includes_both_ends():
    assert [str(q) for q in Quarter.range(Quarter(2023, 3), Quarter(2024, 1))] == [
        "2023-Q3",
        "2023-Q4",
        "2024-Q1",
    ]
    assert Quarter.range(Quarter(2024, 1), Quarter(2023, 4)) == []
    assert Quarter.range(Quarter(2024, 1), Quarter(2024, 1)) == [Quarter(2024, 1)]
