"""Every file of the small city, letter by letter: the numbers below were worked out by hand."""

from datetime import date, timedelta

import pytest

from tests.exports_world import SmallCity
from tests.factories import change_terms, make_user, moment

pytestmark = pytest.mark.django_db
ENDS_A_YEAR_AGO = date(2027, 12, 31)


@pytest.fixture(autouse=True)
def real_reports(settings):
    settings.DEMO = False
    settings.DEFAULT_QUARTER = None
    settings.PUBLIC_DASHBOARD = True
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def city():
    return SmallCity().reports()


def csv_of(client, dataset: str, **query) -> str:
    """The text of a file as anybody gets it, without its byte order mark."""
    response = client.get(f"/data/{dataset}.csv", {"as_of": "2024-11-01", **query, "bom": "0"})
    content = b"".join(response) if response.streaming else response.content
    assert response.status_code == 200, content.decode()
    return content.decode()


PROGRESS = """\
park_code,park,indicator_code,indicator,unit,kind,quarter,period_end,comparator,commitment,baseline,baseline_known,\
start_on,due_on,expected,expected_basis,figure,figure_quarter,value,progress,elapsed,pace,state,state_if_fresh,\
revision,approved_at,source_code,origin
east,东园,projects,项目,项,cumulative,2024-Q1,2024-03-31,ge,80,0,true,2024-01-01,2026-12-31,6,line,7,2024-Q1,7,0.0875,\
0.0822,1.1667,too_early,,1,2024-04-10T10:00:00+08:00,plan,reported
east,东园,projects,项目,项,cumulative,2024-Q2,2024-06-30,ge,80,0,true,2024-01-01,2026-12-31,13,line,10,2024-Q2,10,0.125,\
0.1653,0.7692,watch,,1,2024-07-10T10:00:00+08:00,plan,reported
east,东园,projects,项目,项,cumulative,2024-Q3,2024-09-30,ge,80,0,true,2024-01-01,2026-12-31,13,line,10,2024-Q2,10,0.125,\
0.1653,0.7692,watch,,1,2024-07-10T10:00:00+08:00,plan,reported
west,西园,firms,企业,家,stock,2024-Q1,2024-03-31,ge,40,10,true,2024-01-01,2026-12-31,12,line,12,2024-Q1,12,0.0667,\
0.0822,1,too_early,,1,2024-04-10T10:00:00+08:00,plan,reported
west,西园,firms,企业,家,stock,2024-Q2,2024-06-30,ge,40,10,true,2024-01-01,2026-12-31,14,line,19,2024-Q2,19,0.3,\
0.1653,2.25,on_track,,1,2024-07-10T10:00:00+08:00,plan,reported
west,西园,firms,企业,家,stock,2024-Q3,2024-09-30,ge,40,10,true,2024-01-01,2026-12-31,17,line,8,2024-Q3,8,-0.0667,\
0.2493,-0.2857,watch,,1,2024-10-10T10:00:00+08:00,plan,reported
west,西园,revenue,收入,万元,annual,2024-Q1,2024-03-31,ge,100.5,0,false,2024-01-01,2026-12-31,8.26,line,,,,,\
0.0822,,no_data,,,,plan,reported
west,西园,revenue,收入,万元,annual,2024-Q2,2024-06-30,ge,100.5,0,false,2024-01-01,2026-12-31,16.61,line,,,,,\
0.1653,,no_data,,,,plan,reported
west,西园,revenue,收入,万元,annual,2024-Q3,2024-09-30,ge,100.5,0,false,2024-01-01,2026-12-31,25.06,line,,,,,\
0.2493,,no_data,,,,plan,reported
"""


def test_progress_is_the_judgement_of_every_pledge_in_every_quarter(client, city):
    assert csv_of(client, "progress") == PROGRESS


FIGURES = """\
park_code,park,indicator_code,indicator,unit,kind,quarter,period_start,period_end,value,not_applicable,note,revision,\
status,submitted_at,approved_at,origin
east,东园,projects,项目,项,cumulative,2024-Q1,2024-01-01,2024-03-31,7,false,,1,\
approved,2024-04-05T11:00:00+08:00,2024-04-10T10:00:00+08:00,reported
east,东园,projects,项目,项,cumulative,2024-Q2,2024-01-01,2024-06-30,10,false,,1,\
approved,2024-07-05T11:00:00+08:00,2024-07-10T10:00:00+08:00,reported
west,西园,firms,企业,家,stock,2024-Q1,,2024-03-31,12,false,,1,\
approved,2024-04-05T11:00:00+08:00,2024-04-10T10:00:00+08:00,reported
west,西园,firms,企业,家,stock,2024-Q2,,2024-06-30,19,false,,1,\
approved,2024-07-05T11:00:00+08:00,2024-07-10T10:00:00+08:00,reported
west,西园,firms,企业,家,stock,2024-Q3,,2024-09-30,8,false,,1,\
approved,2024-10-05T11:00:00+08:00,2024-10-10T10:00:00+08:00,reported
west,西园,revenue,收入,万元,annual,2024-Q1,2024-01-01,2024-03-31,5.5,false,,1,\
approved,2024-04-05T11:00:00+08:00,2024-04-10T10:00:00+08:00,reported
west,西园,revenue,收入,万元,annual,2024-Q2,2024-01-01,2024-06-30,11.25,false,,1,\
approved,2024-07-05T11:00:00+08:00,2024-07-10T10:00:00+08:00,reported
west,西园,revenue,收入,万元,annual,2024-Q3,2024-01-01,2024-09-30,,true,本季度不涉及,1,\
approved,2024-10-05T11:00:00+08:00,2024-10-10T10:00:00+08:00,reported
"""


def test_figures_are_the_approved_ones_as_they_were_reported(client, city):
    assert csv_of(client, "figures") == FIGURES


COMMITMENTS = """\
park_code,park,indicator_code,indicator,unit,kind,comparator,commitment,baseline,start_on,due_on,part_of,source_code,\
known_from,note
east,East,projects,Projects,firms,cumulative,ge,80,0,2024-01-01,2026-12-31,,plan,2024-01-01,
west,West,firms,Firms,firms,stock,ge,40,10,2024-01-01,2026-12-31,,plan,2024-04-10,
west,West,revenue,Revenue,"10,000 yuan",annual,ge,100.5,,2024-01-01,2026-12-31,,plan,2024-01-01,
"""


def test_commitments_carry_the_baseline_that_an_approved_report_brought(client, city):
    assert csv_of(client, "commitments", lang="en") == COMMITMENTS


TARGETS = """\
target_code,scope,indicator_code,indicator,unit,kind,comparator,target,baseline,start_on,due_on,quarter,value,\
value_period_end,qualifier,expected,progress,elapsed,pace,state,source_code,ambiguity,origin
all-firms,first-batch-parks,firms,企业,家,stock,ge,50,10,2024-01-01,2026-12-31,2024-Q3,8,\
2024-09-30,exact,19,-0.05,0.2493,-0.2222,watch,plan,,reported
city-firms,city,firms,企业,家,stock,gt,1000,100,2024-01-01,2026-12-31,2024-Q3,400,\
2024-06-30,exact,248,0.3333,0.1653,2.027,on_track,plan,,reported
"""


def test_targets_are_judged_by_what_was_published_and_joint_ones_by_the_parks(client, city):
    assert csv_of(client, "targets") == TARGETS


COVERAGE = """\
target_code,indicator_code,comparable,parks_pledging,pledged,joint_pledge,coverage,parks_reported,reported_sum,\
missing_parks,origin
all-firms,firms,full,1,40,50,0.8,1,8,,reported
"""


def test_coverage_holds_the_sum_of_pledges_against_the_joint_one(client, city):
    assert csv_of(client, "coverage") == COVERAGE


READINGS = """\
subject,indicator_code,indicator,unit,period_start,period_end,value,qualifier,confidence,source_code,known_from,remark
city,firms,企业,家,,2024-06-30,400,exact,high,yearbook,2024-08-01,
"""


def test_readings_are_the_published_values(client, city):
    assert csv_of(client, "readings") == READINGS


REPORTS = """\
park_code,park,quarter,due_on,status,revision,submitted_at,approved_at,days_late,origin
east,东园,2024-Q1,2024-04-15,approved,1,2024-04-05T11:00:00+08:00,2024-04-10T10:00:00+08:00,0,reported
east,东园,2024-Q2,2024-07-15,approved,1,2024-07-05T11:00:00+08:00,2024-07-10T10:00:00+08:00,0,reported
east,东园,2024-Q3,2024-10-15,missing,,,,,reported
west,西园,2024-Q1,2024-04-15,approved,1,2024-04-05T11:00:00+08:00,2024-04-10T10:00:00+08:00,0,reported
west,西园,2024-Q2,2024-07-15,approved,1,2024-07-05T11:00:00+08:00,2024-07-10T10:00:00+08:00,0,reported
west,西园,2024-Q3,2024-10-15,approved,1,2024-10-05T11:00:00+08:00,2024-10-10T10:00:00+08:00,0,reported
"""


def test_reports_name_every_quarter_that_was_expected_also_the_missing_ones(client, city):
    assert csv_of(client, "reports") == REPORTS


def test_a_late_report_says_by_how_many_days(client, city):
    city.waiting()
    line = csv_of(client, "reports", as_of="2024-11-10", park="east", quarter="2024-Q3").splitlines()[1]
    assert line == "east,东园,2024-Q3,2024-10-15,submitted,1,2024-11-04T10:00:00+08:00,,20,reported"


def test_institutions_stand_in_the_order_of_the_reference_data(client, city):
    assert csv_of(client, "institutions", lang="en") == (
        "code,name,kind,role\nuniversity,University,university,\nzone,Zone,development-zone,\n"
    )


def test_a_stale_value_keeps_the_state_it_would_otherwise_have(client, city):
    rows = csv_of(client, "progress", as_of="2025-02-01", park="east", quarter="2024-Q4").splitlines()
    assert rows[1].split(",")[16:24] == ["10", "2024-Q2", "10", "0.125", "0.1653", "0.7692", "stale", "watch"]


def test_a_question_about_a_quarter_after_the_term_is_answered_for_the_due_quarter(client, city, today):
    today.move_to(moment(ENDS_A_YEAR_AGO))
    rows = csv_of(client, "progress", as_of="", quarter="2027-Q3").splitlines()[1:]
    assert [row.split(",")[6] for row in rows] == ["2026-Q4"] * 3
    longest = csv_of(client, "progress", as_of="", park="east").splitlines()[1:]
    assert [row.split(",")[6] for row in longest][-1] == "2026-Q4"


@pytest.mark.parametrize("dataset", ["progress", "figures", "commitments", "targets", "coverage", "reports"])
def test_a_past_day_gives_the_same_bytes_whatever_happens_later(client, city, today, dataset):
    address = f"/data/{dataset}.csv?as_of=2024-11-01"
    before = b"".join(client.get(address))
    city.correction()
    city.waiting()
    change_terms(
        commitment=city.pledge, value=90, known_from=moment(ENDS_A_YEAR_AGO).date(), source=city.source
    )
    assert b"".join(client.get(address)) == before
    today.shift(timedelta(days=400))
    assert b"".join(client.get(address)) == before


def test_a_correction_counts_from_its_approval_on(client, city):
    city.correction(value=12)
    query = {"park": "east", "quarter": "2024-Q2"}
    on_the_eve = csv_of(client, "figures", as_of="2024-12-02", **query).splitlines()[1]
    from_then_on = csv_of(client, "figures", as_of="2024-12-03", **query).splitlines()[1:]
    assert ",10,false,,1,approved," in on_the_eve
    assert len(from_then_on) == 1
    assert ",12,false,,2,approved," in from_then_on[0]
    assert ",12,2024-Q2,12,0.15," in csv_of(client, "progress", as_of="2024-12-03", **query)


def test_in_a_demonstration_every_number_says_that_it_is_invented(client, settings):
    settings.DEMO = True
    SmallCity().reports()
    for dataset in ("progress", "figures"):
        rows = csv_of(client, dataset).splitlines()[1:]
        judged = [row for row in rows if ",no_data," not in row]
        assert judged and all(row.endswith(",demo") for row in judged), dataset
    assert csv_of(client, "targets").splitlines()[1].endswith(",demo")
    assert csv_of(client, "targets").splitlines()[2].endswith(",reported")
    assert csv_of(client, "coverage").splitlines()[1].endswith(",demo")


def test_the_steps_of_a_report_are_told_to_those_who_may_know(client, city):
    client.force_login(make_user(role="analyst"))
    rows = csv_of(client, "events", park="east", quarter="2024-Q1").splitlines()
    assert rows == [
        "park_code,park,quarter,revision,verb,from_status,to_status,at,by,reason,origin",
        "east,东园,2024-Q1,1,created,,draft,2024-04-05T10:00:00+08:00,manager-east,,reported",
        "east,东园,2024-Q1,1,submitted,draft,submitted,2024-04-05T11:00:00+08:00,manager-east,,reported",
        "east,东园,2024-Q1,1,approved,submitted,approved,2024-04-10T10:00:00+08:00,reviewer,,reported",
    ]
