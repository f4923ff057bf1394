"""The file of figures, which is read row by row or written by PostgreSQL itself: the same bytes, whatever the texts hold."""

import csv
import io
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from changchun_innovation.overview.files import csv_file, xlsx_file
from changchun_innovation.overview.selection import read_selection
from changchun_innovation.shared.csv_export import heading_line, in_blocks, row_lines, unguard
from changchun_innovation.shared.datasets import Selection
from parks.exports import FIGURES
from parks.exports.walk import TOGETHER
from parks.models import Figure, Park, QuarterlyReport
from targets.models import Indicator
from tests.conftest import TODAY
from tests.exports_world import SmallCity
from tests.factories import approved_report, change_terms, make_commitment, make_indicator, moment
from tests.grown_city import grow

pytestmark = pytest.mark.django_db
DAY = date(2024, 11, 1)


@pytest.fixture(autouse=True)
def real_reports(settings):
    settings.DEMO = False
    settings.DEFAULT_QUARTER = None
    settings.PUBLIC_DASHBOARD = True


@pytest.fixture
def city():
    return SmallCity().reports()


def selection(user=None, **given) -> Selection:
    """The question that an address asks; as known on 1 November 2024 unless it says otherwise."""
    lists = {
        name: text if isinstance(text, list) else [text]
        for name, text in {"as_of": str(DAY), **given}.items()
    }
    return read_selection(lists, FIGURES, today=TODAY.date(), user=user or AnonymousUser())


def row_by_row(chosen: Selection) -> bytes:
    """The file as it is read through the models, on either engine."""
    heading = heading_line(FIGURES.columns, bom=chosen.bom, labels=chosen.labels).encode()
    return heading + b"".join(in_blocks(row_lines(FIGURES.columns, FIGURES.rows(chosen), chosen.lang)))


def file_of(chosen: Selection) -> bytes:
    """The file as anybody gets it; on PostgreSQL it is the database that wrote it."""
    content = b"".join(csv_file(FIGURES, chosen))
    assert content == row_by_row(chosen)
    return content


def text_of(chosen: Selection) -> str:
    return file_of(chosen).decode("utf-8-sig")


# --- texts -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("note", "cell"),
    [
        ("园区说明", "园区说明"),
        (" a ", " a "),
        ("=1+1", "'=1+1"),
        ("+86", "'+86"),
        ("-5", "'-5"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        ("＝１", "'＝１"),
        ("＋１", "'＋１"),
        ("－１", "'－１"),
        ("＠", "'＠"),
        ("'=1", "''=1"),
        ("'''@", "''''@"),
        ("'quoted'", "'quoted'"),
        ("a=b-c", "a=b-c"),
        ("a,b", '"a,b"'),
        ('say "ja"', '"say ""ja"""'),
        ('"', '""""'),
        ("-,", '"\'-,"'),
        ("a\nb", '"a\nb"'),
        ("a\r\nb", '"a\r\nb"'),
        ("a\rb", '"a\rb"'),
        ("\r", '"\'\r"'),
        ("\\.", "\\."),
        ("\\N", "\\N"),
        ("C:\\temp\\new", "C:\\temp\\new"),
        ("NULL", "NULL"),
        ("100 %s", "100 %s"),
        ("\x01\x02\x08\x0b\x0c\x1f\x7f", "\x01\x02\x08\x0b\x0c\x1f\x7f"),
        ("\u2028\u00a0\ufeff", "\u2028\u00a0\ufeff"),
        ("🏭，工业", "🏭，工业"),
    ],
)
def test_a_note_stands_in_its_cell_as_it_was_written_and_is_no_formula(city, note, cell):
    Figure.objects.filter(commitment=city.pledge).update(note=note)
    expected = f",7,false,{cell},1,approved,2024-04-05T11:00:00+08:00,2024-04-10T10:00:00+08:00,reported\n"
    assert text_of(selection(park="east", quarter="2024-Q1")).endswith(expected)


def test_a_reason_stands_before_the_note_and_either_may_be_missing(city):
    figures = Figure.objects.filter(report__park=city.west, report__quarter="2024-Q3")
    figures.filter(not_applicable=True).update(not_applicable_reason="-停产", note='"A"线')
    lines = text_of(selection(park="west", quarter="2024-Q3")).splitlines()
    assert ",8,false,,1," in lines[1]
    assert """,,true,"'-停产；""A""线",1,""" in lines[2]


def test_names_are_guarded_and_quoted_and_fall_back_to_the_other_language(city):
    Park.objects.filter(pk=city.east.pk).update(name_zh="=东,园", name_en="")
    Indicator.objects.filter(pk=city.projects.pk).update(
        name_zh="", name_en='-"Projects"', unit_zh="", unit_en=""
    )
    chinese = text_of(selection(park="east", quarter="2024-Q1")).splitlines()[1]
    english = text_of(selection(park="east", quarter="2024-Q1", lang="en")).splitlines()[1]
    assert chinese.startswith("""east,"'=东,园",projects,"'-""Projects""\",,cumulative,2024-Q1,""")
    assert english == chinese


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("0", "0"),
        ("7.5000", "7.5"),
        ("0.0001", "0.0001"),
        ("100", "100"),
        ("1200.0000", "1200"),
        ("-0.5", "-0.5"),
        ("-1000", "-1000"),
        ("1000000000000", "1000000000000"),
        ("99999999999.9999", "99999999999.9999"),
        (None, ""),
    ],
)
def test_numbers_carry_no_zeros_behind_and_no_separators(city, value, cell):
    Figure.objects.filter(commitment=city.pledge).update(value=None if value is None else Decimal(value))
    assert f",2024-03-31,{cell},false," in text_of(selection(park="east", quarter="2024-Q1"))


def test_moments_are_those_of_changchun_to_the_second(city):
    report = Figure.objects.get(commitment=city.pledge, report__quarter="2024-Q1").report
    report.submitted_at = moment(date(2024, 4, 1), hour=0).replace(microsecond=999_999)
    report.approved_at = moment(date(2024, 10, 31), hour=23).replace(
        minute=59, second=59, microsecond=999_999
    )
    report.save()
    line = text_of(selection(park="east", quarter="2024-Q1")).splitlines()[1]
    assert line.endswith(",1,approved,2024-04-01T00:00:00+08:00,2024-10-31T23:59:59+08:00,reported")


ODD = st.text(
    st.one_of(
        st.sampled_from("=+-@＝＋－＠'\",;\n\r\t\\.N% "),
        st.sampled_from("东园🏭\x01\x02\x08\x0b\x0c\x7f\u2028\ufeffａ"),
        st.characters(exclude_categories=["Cs"], exclude_characters="\x00"),
    ),
    max_size=12,
)


@given(
    note=ODD,
    reason=ODD,
    park=ODD,
    park_en=ODD,
    indicator=ODD,
    unit=ODD,
    number=st.decimals(-1000, 10**12, places=2),
)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_texts_hold_both_ways_write_the_same_and_a_reader_gets_them_back(
    city, note, reason, park, park_en, indicator, unit, number
):
    Park.objects.filter(pk=city.west.pk).update(name_zh=park, name_en=park_en)
    Indicator.objects.filter(pk=city.revenue.pk).update(name_zh=indicator, name_en="Revenue", unit_zh=unit)
    figures = Figure.objects.filter(report__park=city.west, commitment__indicator=city.revenue)
    figures.filter(not_applicable=True).update(not_applicable_reason=reason or "无", note=note)
    figures.filter(not_applicable=False).update(note=note, value=number)
    for lang in ("zh", "en"):
        text = text_of(selection(park="west", indicator="revenue", lang=lang))
        lines = list(csv.reader(io.StringIO(text, newline="")))[1:]
        assert len(lines) == 3
        park_name = park_en or park if lang == "en" else park or park_en
        for line in lines:
            assert unguard(line[1]) == park_name
            assert unguard(line[3]) == ("Revenue" if lang == "en" else indicator or "Revenue")
            assert unguard(line[4]) == ("10,000 yuan" if lang == "en" else unit or "10,000 yuan")
        assert [unguard(line[11]) for line in lines] == [
            note,
            note,
            "；".join(filter(None, [reason or "无", note])),
        ]
        assert [line[9] and Decimal(line[9]) for line in lines] == [number, number, ""]


def test_the_workbook_holds_the_same_cells(city):
    Figure.objects.filter(commitment=city.pledge).update(note="=1+1")
    Figure.objects.filter(not_applicable=True).update(not_applicable_reason='a,"b"\nc', note="'@")
    chosen = selection()
    expected = list(csv.reader(io.StringIO(text_of(chosen), newline="")))
    sheet = openpyxl.load_workbook(xlsx_file(FIGURES, chosen))["figures"]
    notes = [[cell.value or "" for cell in column] for column in sheet.iter_cols(12, 12)]
    assert notes == [[unguard(line[11]) for line in expected]]
    values = [[cell.value for cell in column][1:] for column in sheet.iter_cols(10, 10)]
    assert values == [[7, 10, 12, 19, 8, 5.5, 11.25, None]]


# --- which figures, and in which order -------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("given", "lines"),
    [
        ({}, 8),
        ({"park": "east"}, 2),
        ({"park": ["west", "east"]}, 8),
        ({"indicator": ["firms", "projects"]}, 5),
        ({"indicator": "revenue", "park": "east"}, 0),
        ({"quarter": "2024-Q2"}, 3),
        ({"from": "2024-Q2"}, 5),
        ({"to": "2024-Q1"}, 3),
        ({"from": "2024-Q2", "to": "2024-Q2", "park": "west"}, 2),
        ({"as_of": "2024-04-09"}, 0),
        ({"as_of": "2024-04-10"}, 3),
        ({"lang": "en", "labels": "zh", "bom": "0"}, 8),
    ],
)
def test_a_filter_holds_for_both_ways(city, given, lines):
    assert len(text_of(selection(**given)).splitlines()) == 1 + lines


def test_what_is_not_approved_is_in_the_file_of_those_who_may_see_it(city):
    city.correction()
    city.waiting()
    every = {"as_of": str(TODAY.date()), "status": "all"}
    found = {
        user.username: [line.split(",")[0:1] + line.split(",")[12:14] for line in lines]
        for user in (city.analyst, city.manager, city.colleague)
        if (lines := text_of(selection(user, **every)).splitlines()[1:])
    }
    east = [["east", "1", "approved"], ["east", "1", "approved"], ["east", "2", "approved"]]
    west = [["west", "1", "approved"]] * 6
    waiting = [["east", "1", "submitted"]]
    assert found["analyst"] == found["manager-east"] == east + waiting + west
    assert found["manager-west"] == [east[0], east[2], *west]


def test_a_cumulative_figure_counts_from_the_start_of_the_term_that_its_quarter_closes(city, today):
    """East's first term ends in the middle of 2024-Q2, which it still closes; from Q3 on the second one counts."""
    change_terms(
        commitment=city.pledge,
        value=20,
        start_on=date(2024, 2, 1),
        due_on=date(2024, 5, 15),
        known_from=date(2024, 1, 2),
        source=city.source,
    )
    change_terms(
        commitment=city.pledge,
        value=30,
        start_on=date(2024, 5, 15),
        due_on=date(2025, 5, 15),
        known_from=date(2024, 5, 15),
        source=city.source,
    )
    approved_report(
        park=city.east, quarter="2024-Q3", figures={"projects": 2}, by=city.manager, reviewer=city.reviewer
    )
    # Promised since July only: what was reported before belongs to no term, and no day begins its period.
    late = make_commitment(
        park=city.east,
        indicator=make_indicator(code="late", kind="cumulative"),
        value=5,
        start_on=date(2024, 7, 1),
        order=2,
    )
    for report in city.east.reports.all():
        Figure.objects.get_or_create(report=report, commitment=late, defaults={"value": 1})

    def starts(**given) -> list[tuple[str, str]]:
        lines = [line.split(",") for line in text_of(selection(park="east", **given)).splitlines()[1:]]
        return [(line[6], line[7]) for line in lines]

    assert starts(indicator="projects") == [
        ("2024-Q1", "2024-02-01"),
        ("2024-Q2", "2024-02-01"),
        ("2024-Q3", "2024-05-15"),
    ]
    assert starts(indicator="late") == [("2024-Q1", ""), ("2024-Q2", ""), ("2024-Q3", "2024-07-01")]
    # Before the second term was known the first one answered; before the change the promise's own first day.
    assert starts(indicator="projects", as_of="2024-05-01") == [("2024-Q1", "2024-02-01")]


@pytest.fixture
def hundreds(baseline):
    """More parks than are read together, with corrections, and not put in order by their keys."""
    grow(2 * TOGETHER + 20, quarters=3, corrected=4)
    keys = list(Park.objects.filter(order__gte=1000).order_by("pk"))
    for number, park in enumerate(keys):
        # Every seven parks share their place in the order, and their codes differ in signs that languages skip.
        park.order = 1000 + (number * 37 % len(keys)) // 7
        park.code = f"{'-_aB'[number % 4]}-{number * 53 % 997}"
    Park.objects.bulk_update(keys, ["order", "code"])


def test_hundreds_of_parks_stand_in_their_order_however_they_are_read(hundreds):
    chosen = selection(as_of=str(TODAY.date()), bom="0")
    lines = text_of(chosen).splitlines()[1:]
    codes = list(dict.fromkeys(line.split(",")[0].removeprefix("'") for line in lines))
    reported = Park.objects.filter(reports__status="approved").distinct().values_list("order", "code")
    assert codes == [code for _order, code in sorted(reported)]
    assert len(codes) == 2 * TOGETHER + 20
    keys = [(line.split(",")[0], line.split(",")[2], line.split(",")[6]) for line in lines]
    # Counted by hand: the figures of the last approved revision of each park and quarter.
    last = {}
    for pk, park, quarter in (
        QuarterlyReport.objects.filter(status="approved")
        .order_by("revision")
        .values_list("pk", "park", "quarter")
    ):
        last[park, quarter] = pk
    assert len(set(keys)) == len(keys) == Figure.objects.filter(report__in=last.values()).count()
    assert any(",2,approved," in line for line in lines)


def test_row_by_row_a_hundred_parks_cost_four_queries(hundreds):
    with CaptureQueriesContext(connection) as queries:
        row_by_row(selection(as_of=str(TODAY.date())))
    assert len(queries) <= 1 + 3 * 5


def test_a_reader_who_leaves_early_leaves_nothing_behind(hundreds):
    stream = csv_file(FIGURES, selection(as_of=str(TODAY.date())))
    next(stream)
    assert b",approved," in next(stream)
    stream.close()
    assert Figure.objects.exists()


def test_whoever_asks_for_the_headings_of_an_answer_makes_nobody_read_the_figures(client, city):
    with CaptureQueriesContext(connection) as queries:
        assert client.head("/data/figures.csv").status_code == 200
    assert not [query for query in queries if "parks_figure" in query["sql"]]
