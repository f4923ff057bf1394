"""A promise that is over may be made anew; the old one stays readable and judged."""

import csv
import io
from datetime import date

import pytest

from changchun_innovation.shared.progress import State
from changchun_innovation.shared.quarters import Quarter
from parks.ledger import Ledger
from parks.sheet import sheet
from targets.models import TargetTerms
from targets.queries import promises, promises_by_term
from tests.factories import (
    approved_report,
    change_terms,
    make_commitment,
    make_indicator,
    make_joint_link,
    make_park,
    make_source,
    make_target,
)

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)
FIRST = {"start_on": date(2023, 1, 1), "due_on": date(2025, 6, 30)}
NEXT = {"start_on": date(2025, 7, 1), "due_on": date(2027, 6, 30)}
Q = Quarter.parse


def two_terms(kind="cumulative", reported=None, *, later=None, **numbers):
    """A park whose pledge of 10 ended in June 2025 and was made anew with 20; answers it with its commitment."""
    park = make_park(reports_from="2024-Q1")
    commitment = make_commitment(
        park=park, indicator=make_indicator(code="firms", kind=kind), value=10, **FIRST, **numbers
    )
    for quarter, value in (reported or {}).items():
        approved_report(park=park, quarter=quarter, figures={"firms": value})
    change_terms(commitment=commitment, value=20, known_from=date(2025, 8, 1), **(later or NEXT))
    return park, commitment


def judged(quarter: str, known_on: date = TODAY):
    ledger = Ledger.of(known_on)
    (pledge,) = ledger.pledges_in(Q(quarter))
    return ledger.judgement(pledge, Q(quarter))


def test_a_promise_made_anew_leaves_the_old_one_as_it_was():
    two_terms(reported={"2025-Q1": 9, "2025-Q2": 11, "2025-Q3": 1, "2025-Q4": 3})
    old, new = judged("2025-Q2"), judged("2025-Q4")
    assert (old.target, old.value, old.state, old.due_on) == (10, 11, State.ACHIEVED, FIRST["due_on"])
    assert (new.target, new.value, new.due_on) == (20, 3, NEXT["due_on"])
    assert [pledge.terms.target for pledge in Ledger.of(TODAY).pledges] == [10, 20]


def test_before_the_new_promise_was_known_nobody_knew_of_it():
    two_terms(reported={"2025-Q2": 11})
    assert judged("2025-Q2", date(2025, 7, 31)).target == 10
    assert len(Ledger.of(date(2025, 7, 31)).pledges) == 1


@pytest.mark.parametrize("kind", ["cumulative", "stock", "rate"])
def test_what_was_reported_for_the_old_term_is_no_report_of_the_new_one(kind):
    two_terms(kind, reported={"2025-Q1": 9, "2025-Q2": 25})
    new = judged("2025-Q4")
    assert (new.value, new.state) == (None, State.NO_DATA)


def test_a_year_of_the_new_term_may_reach_back_but_a_year_of_the_old_one_is_not_judged_for_it():
    figures = {"2024-Q3": 6, "2024-Q4": 8, "2025-Q1": 2, "2025-Q2": 4}
    park, _commitment = two_terms("annual", reported=figures)
    assert judged("2025-Q3").value is None
    approved_report(park=park, quarter="2025-Q3", figures={"firms": 9})
    new = judged("2025-Q3")
    assert (new.value, new.figure_quarter) == (9 + 8 - 6, Q("2025-Q3"))
    assert judged("2025-Q2").value == 8  # the old term keeps its last whole year


def test_terms_that_meet_inside_a_quarter_share_its_level_but_not_its_total():
    meeting = {"start_on": date(2025, 5, 16), "due_on": date(2027, 5, 15)}
    park = make_park(reports_from="2024-Q1")
    for code, kind in (("total", "cumulative"), ("level", "stock")):
        commitment = make_commitment(
            park=park,
            indicator=make_indicator(code=code, kind=kind),
            value=10,
            start_on=FIRST["start_on"],
            due_on=date(2025, 5, 15),
        )
        change_terms(commitment=commitment, value=20, known_from=date(2025, 8, 1), **meeting)
    approved_report(park=park, quarter="2025-Q2", figures={"total": 25, "level": 25})
    ledger = Ledger.of(TODAY)
    answers = {
        (pledge.indicator.code, int(pledge.terms.target)): ledger.judgement(pledge, Q("2025-Q2")).value
        for pledge in ledger.pledges
    }
    assert answers == {("total", 10): 25, ("total", 20): None, ("level", 10): 25, ("level", 20): 25}
    lines = sheet(park, Q("2025-Q2"), None, TODAY).lines
    assert [line.pledge.terms.target for line in lines] == [10, 10]


def test_a_change_within_a_term_changes_that_term_only():
    _park, commitment = two_terms()
    change_terms(commitment=commitment, value=30, known_from=date(2026, 1, 5), **NEXT)
    change_terms(commitment=commitment, value=12, known_from=date(2026, 1, 6), **FIRST)
    assert [pledge.terms.target for pledge in Ledger.of(TODAY).pledges] == [12, 30]


def test_quarters_between_two_terms_are_not_asked_for():
    later = {"start_on": date(2026, 1, 1), "due_on": date(2026, 12, 31)}
    _park, _commitment = two_terms(later=later)
    ledger = Ledger.of(TODAY)
    expected = [str(quarter) for quarter in ledger.expected_quarters(ledger.parks[0])]
    assert expected[0] == "2024-Q1" and expected[-1] == "2026-Q3"
    assert "2025-Q2" in expected and not {"2025-Q3", "2025-Q4"} & set(expected)


def test_a_joint_pledge_is_held_against_the_pledges_of_its_own_time():
    _park, commitment = two_terms("stock", reported={"2025-Q2": 7, "2025-Q4": 15})
    from parks.joint import joint_pledges

    target = make_target(indicator=commitment.indicator, scope="first-batch-parks", value=10, **FIRST)
    make_joint_link(target=target, indicator=commitment.indicator, known_from=FIRST["start_on"])
    (joint,) = joint_pledges(Ledger.of(TODAY), promises(TODAY, Q("2025-Q4")), Q("2025-Q4"))
    assert (joint.joint.pledged, joint.joint.known_sum) == (10, 7)


def test_a_city_target_made_anew_answers_by_the_quarter_asked_for():
    target = make_target(value=100, start_on=date(2023, 8, 15), due_on=date(2025, 12, 31))
    TargetTerms.objects.create(
        target=target,
        value=200,
        start_on=date(2026, 1, 1),
        due_on=date(2030, 12, 31),
        known_from=date(2026, 3, 1),
        source=make_source(),
    )
    assert [each.terms.target for each in promises(TODAY, Q("2025-Q4"))] == [100]
    assert [each.terms.target for each in promises(TODAY, Q("2026-Q1"))] == [200]
    assert [each.terms.target for each in promises(date(2026, 2, 1), Q("2025-Q4"))] == [100]
    assert [[each.terms.target for each in terms] for terms in promises_by_term(TODAY)] == [[100, 200]]


def test_files_have_a_line_for_every_term_and_its_own_quarters(client):
    two_terms(reported={"2025-Q2": 11, "2025-Q3": 1})

    def rows(address):
        answer = client.get(address)
        body = b"".join(answer) if answer.streaming else answer.content
        return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))

    assert [row["commitment"] for row in rows("/data/commitments.csv")] == ["10", "20"]
    progress = rows("/data/progress.csv")
    quarters = {row["commitment"]: [] for row in progress}
    for row in progress:
        quarters[row["commitment"]].append(row["quarter"])
    assert (quarters["10"][0], quarters["10"][-1]) == ("2023-Q1", "2025-Q2")
    assert (quarters["20"][0], quarters["20"][-1]) == ("2025-Q3", "2026-Q3")
    asked = rows("/data/progress.csv?quarter=2025-Q4")
    assert [(row["commitment"], row["quarter"]) for row in asked] == [("20", "2025-Q4")]
    begins = {row["quarter"]: row["period_start"] for row in rows("/data/figures.csv")}
    assert begins == {"2025-Q2": "2023-01-01", "2025-Q3": "2025-07-01"}
    assert client.get("/data/wide.xlsx").status_code == 200


def test_the_pages_of_the_park_show_the_term_of_the_quarter(client):
    park, _commitment = two_terms(reported={"2025-Q2": 11, "2025-Q4": 3})
    for quarter, target in (("2025-Q2", "≥ 10"), ("2025-Q4", "≥ 20")):
        for address in (f"/parks/{park.code}/", "/parks/", "/"):
            assert client.get(f"{address}?quarter={quarter}").status_code == 200
        assert target in client.get(f"/parks/{park.code}/?quarter={quarter}").content.decode()
