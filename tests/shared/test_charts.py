"""Figures are valid for plotly, carry no invented zero, and say everything in words as well."""

import json
from datetime import date
from decimal import Decimal

import pytest
from plotly import graph_objects

from changchun_innovation.shared.charts import Course, Level, Mark, course, number, stacked, yearly

FIRST, LAST = date(2023, 8, 15), date(2026, 8, 15)


def marks(*values):
    days = (date(2024, 12, 31), date(2025, 3, 31), date(2025, 6, 30), date(2025, 9, 30))
    return [
        Mark(day, None if value is None else Decimal(value), f"{day}: {value}")
        for day, value in zip(days, values, strict=False)
    ]


LINE = [Mark(FIRST, Decimal(0), "0"), Mark(LAST, Decimal(60), "60")]
PLEDGE = Level(Decimal(60), "承诺 ≥ 60 家")
FULL = Course(
    first=FIRST,
    last=LAST,
    reported=marks(10, None, 30, 41),
    last_label="41 家",
    expected=LINE,
    expected_label="按直线估计",
    levels=[PLEDGE, Level(Decimal(50), "合计 50 家", thin=True)],
    year_to_date=marks(1, 2, 3, 4),
    press=marks(12)[:1],
    revised=marks(None, None, 30)[2:],
    hollow=marks(10)[:1],
)


@pytest.mark.parametrize(
    "figure",
    [
        course(FULL),
        course(Course(first=FIRST, last=LAST, reported=[])),
        course(Course(first=FIRST, last=LAST, reported=marks(None, None), levels=[PLEDGE])),
        course(Course(first=FIRST, last=LAST, reported=marks("-3.5", 2), expected=LINE)),
        course(Course(first=FIRST, last=FIRST, reported=marks(1000000, 2500000))),
        yearly([("2023", Decimal(2050), "2,050", "2023", True), ("2024", None, "", "", False)], [PLEDGE]),
        yearly([("2023", Decimal("-1.5"), "−1.5", "2023", False)]),
        stacked(
            ["2025Q1", "2025Q2"], [("滞后", "behind", [1, 4], ["a", "b"]), ("正常", "on_track", [0, 0], "cd")]
        ),
        stacked([], []),
    ],
)
def test_every_figure_is_valid_and_plain(figure):
    graph_objects.Figure(figure)
    # No NaN, no Decimal: JSON.parse refuses the one, plotly takes the other for a category.
    assert json.loads(json.dumps(figure, allow_nan=False)) == figure
    assert figure["layout"]["showlegend"] is False
    assert "font" not in figure["layout"] and "template" not in figure["layout"]


def strong(figure):
    return next(trace for trace in figure["data"] if trace.get("line", {}).get("width") == 2.5)


def test_an_unknown_value_is_a_gap_and_never_a_zero():
    trace = strong(course(FULL))
    assert trace["y"] == [10.0, None, 30.0, 41.0] and trace["connectgaps"] is False
    assert number(None) is None and number(Decimal(0)) == 0.0


def test_zero_is_on_the_axis_of_counts():
    low, high = course(FULL)["layout"]["yaxis"]["range"]
    assert low == 0 and high > 60
    low, high = course(Course(first=FIRST, last=LAST, reported=marks("-3.5", 2)))["layout"]["yaxis"]["range"]
    assert low < -3.5 and high > 2


def test_counts_have_whole_labels_and_large_numbers_are_written_short():
    axis = course(Course(first=FIRST, last=LAST, reported=marks(1, 2)))["layout"]["yaxis"]
    assert axis["ticktext"] == ["0", "1", "2"]
    axis = course(Course(first=FIRST, last=LAST, reported=marks(1000000)))["layout"]["yaxis"]
    assert "100万" in axis["ticktext"]


def test_quarters_are_few_enough_for_a_phone():
    axis = course(FULL)["layout"]["xaxis"]
    assert axis["ticktext"] == ["2023Q4", "2024Q4", "2025Q4"]
    assert axis["tickvals"][0] == "2023-12-31"


def test_the_pledge_and_the_last_value_are_labelled_without_a_legend():
    texts = [note["text"] for note in course(FULL)["layout"]["annotations"]]
    assert texts == ["承诺 ≥ 60 家", "合计 50 家", "按直线估计", "41 家"]


@pytest.mark.parametrize(("value", "side"), [(59, "bottom"), (5, "top")])
def test_the_last_value_is_labelled_away_from_the_expected_line(value, side):
    figure = course(
        Course(
            first=FIRST, last=LAST, reported=marks(value), last_label="x", expected=LINE, expected_label="y"
        )
    )
    assert figure["layout"]["annotations"][-1]["yanchor"] == side


def test_a_value_at_the_end_of_the_term_is_labelled_in_a_margin_wide_enough():
    last = Mark(date(2026, 6, 30), Decimal(59), "")
    figure = course(Course(first=FIRST, last=LAST, reported=[last], last_label="2,345 家", expected=LINE))
    label = figure["layout"]["annotations"][-1]
    assert (label["xanchor"], label["yanchor"]) == ("left", "middle")
    assert figure["layout"]["margin"]["r"] >= 60 > course(FULL)["layout"]["margin"]["r"]


def test_press_reports_are_hollow_diamonds_and_corrections_are_ringed():
    symbols = [trace["marker"].get("symbol") for trace in course(FULL)["data"] if "marker" in trace]
    assert "diamond-open" in symbols and symbols.count("circle-open") == 1


def test_a_hollow_point_is_filled_with_the_ground_and_the_line_draws_no_point_under_it():
    figure = course(FULL)
    hollow = next(trace for trace in figure["data"] if trace.get("marker", {}).get("symbol") == "circle")
    assert hollow["marker"]["color"] == "#ffffff"
    assert strong(figure)["marker"]["size"] == [0, 6, 6, 6]


def test_many_categories_share_few_labels_and_the_last_has_one():
    quarters = [f"{year}Q{number}" for year in (2023, 2024, 2025) for number in (1, 2, 3, 4)]
    figure = stacked(quarters, [("滞后", "behind", [1] * 12, [""] * 12)])
    assert figure["data"][0]["x"] == quarters
    assert figure["layout"]["xaxis"]["tickvals"] == ["2023Q3", "2024Q2", "2025Q1", "2025Q4"]
    assert yearly([(str(year), Decimal(1), "", "", True) for year in (2023, 2024)])["layout"]["xaxis"][
        "tickvals"
    ] == ["2023", "2024"]


def test_what_is_derived_is_only_outlined():
    figure = yearly([("2024", Decimal(3509), "3,509", "", False), ("2025", Decimal(4000), "4,000", "", True)])
    assert figure["data"][0]["marker"]["color"] == ["rgba(0,0,0,0)", "#0f5a66"]


def test_every_point_says_itself_in_words():
    for trace in course(FULL)["data"]:
        assert trace["hoverinfo"] == "text" and len(trace["hovertext"]) == len(trace["x"])
