"""What a pledge itself wants, before anybody asks how far it got."""

from datetime import date

import pytest

from changchun_innovation.shared.quarters import Quarter
from parks.checklist import Want, findings
from parks.ledger import Ledger
from parks.models import CommitmentTerms, Milestone
from tests import reading_pages as page
from tests.factories import approved_report, make_commitment, make_indicator, make_park

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)
Q = Quarter(2025, 4)


def wants(quarter=Q, known_on=TODAY) -> set[Want]:
    ledger = Ledger.of(known_on)
    (pledge,) = ledger.pledges_in(quarter)
    return {finding.want for finding in findings(ledger, pledge, quarter)}


def sound(kind="stock", *, baseline=2, reported=5, **more):
    """A pledge of 10 that wants nothing: source, due day, baseline, milestone, and a figure."""
    park = make_park(reports_from="2025-Q1")
    indicator = make_indicator(code="firms", kind=kind)
    commitment = make_commitment(park=park, indicator=indicator, value=10, baseline=baseline, **more)
    Milestone.objects.create(
        commitment=commitment, on=date(2025, 8, 15), value=6, known_from=date(2024, 1, 1), reason="商定"
    )
    if reported is not None:
        approved_report(park=park, quarter="2025-Q4", figures={"firms": reported})
    return commitment


def test_a_sound_pledge_wants_nothing():
    sound()
    assert wants() == set()


@pytest.mark.parametrize(
    ("wanted", "pledge"),
    [
        (Want.NO_BASELINE, {"baseline": None}),
        (Want.UNCLEAR_BASIS, {"note_zh": "原文未说年度或累计"}),
        (Want.NEVER_REPORTED, {"reported": None}),
        (Want.BELOW_VALUE, {"reported": 11}),
        (Want.BELOW_BASELINE, {"baseline": 10}),
    ],
)
def test_each_want_is_found_alone(wanted, pledge):
    sound(**pledge)
    assert wants() == {wanted}


def test_an_undated_pledge_is_asked_for_its_day_and_not_for_milestones():
    sound(due_on=None)
    assert wants() == {Want.NO_DUE_DAY}


def test_a_total_has_no_baseline_to_want():
    sound("cumulative", baseline=None)
    assert wants() == set()


def test_a_milestone_is_wanted_while_the_term_runs_and_no_longer():
    make_commitment(indicator=make_indicator(kind="cumulative"), value=10)
    assert wants(Quarter(2025, 4)) == {Want.NO_MILESTONE, Want.NEVER_REPORTED}
    assert wants(Quarter(2026, 3)) == {Want.NEVER_REPORTED}


def test_a_pledge_that_was_kept_at_its_end_is_not_called_too_low():
    commitment = sound(reported=5)
    approved_report(park=commitment.park, quarter="2026-Q3", figures={"firms": 12})
    assert Want.BELOW_VALUE not in wants(Quarter(2026, 3))


def test_not_applicable_is_not_the_same_as_never_reported():
    commitment = sound(reported=None)
    approved_report(park=commitment.park, quarter="2025-Q4", figures={"firms": None})
    assert wants() == {Want.NOT_APPLICABLE}


def test_a_promise_without_a_document_says_on_whose_word_it_rests():
    commitment = sound()
    row = CommitmentTerms.objects.get(commitment=commitment)
    CommitmentTerms.objects.create(
        commitment=commitment,
        value=row.value,
        start_on=row.start_on,
        due_on=row.due_on,
        baseline=row.baseline,
        baseline_on=row.baseline_on,
        known_from=date(2025, 1, 5),
        reason="双方商定",
    )
    ledger = Ledger.of(TODAY)
    (found,) = findings(ledger, ledger.pledges[0], Q)
    assert found.want is Want.NO_SOURCE and "双方商定" in found.words and found.who and found.where
    assert wants(known_on=date(2025, 1, 4)) & {Want.NO_SOURCE} == set()


def test_the_page_of_the_park_lists_what_its_pledges_want_and_the_comparison_counts_it(client, baseline):
    response = client.get("/parks/lianhuashan/")
    ledger = Ledger.of(TODAY, ["lianhuashan"])
    expected = [each for pledge in ledger.pledges for each in findings(ledger, pledge, Q)]
    assert response.content.decode().count("data-want=") == len(expected)
    assert "没有期限" in page.text(response) and "由谁补" in page.text(response)
    text = page.text(client.get("/parks/"))
    assert "没有期限 3 项" in text and "口径不明 6 项" in text
    assert "#checklist" in client.get("/parks/").content.decode()
