"""Pages of partners, documents and initiatives: who does what, and what rests on which document."""

from datetime import date

import pytest

from institutions.models import Institution, Source
from parks.models import CommitmentTerms, JointLink, Publication
from targets.models import ContextFigure, Initiative, Reading, TargetTerms
from tests import reading_pages as page
from tests.factories import change_terms, make_commitment, make_source

pytestmark = pytest.mark.django_db


# --- partners ------------------------------------------------------------------------------------------------
def test_every_partner_is_listed_and_has_a_page(client, baseline):
    links = page.links(client.get("/institutions/"))
    for institution in Institution.objects.all():
        address = f"/institutions/{institution.code}/"
        assert address in links
        assert institution.name in page.text(client.get(address))


def test_a_university_shows_the_parks_that_it_builds_with_the_other_partner(client, baseline):
    response = client.get("/institutions/jlu/")
    assert {"/parks/jixing/", "/parks/jinuoer/", "/institutions/changchun-new-area/"} <= page.links(response)
    assert "共建的园区 2" in page.text(response) and "院校方" in page.text(response)


def test_a_fund_shows_its_targets_readings_and_initiatives_with_their_sources(client, baseline):
    response = client.get("/institutions/changxing-fund/")
    assert set(page.judged(response, "data-target")) == {"fund-seed", "fund-angel", "fund-chains"}
    text = page.text(response)
    assert "公布数据 4" in text and "154.0 亿元" in text and "签约规模" in text
    assert {"/sources/conference-2023/", "/sources/work-report-2024/"} <= page.links(response)


def test_what_was_published_later_is_not_on_an_earlier_page(client, baseline):
    assert "28" in page.text(client.get("/institutions/changxing-fund/"))
    early = page.text(client.get("/institutions/changxing-fund/?as_of=2023-09-15"))
    assert "公布数据 2" in early


def test_an_unknown_partner_is_no_page(client, baseline):
    assert client.get("/institutions/nasa/").status_code == 404


def test_a_partner_before_anything_was_known_says_so(client, baseline):
    response = client.get("/institutions/changxing-fund/?as_of=2020-01-01")
    assert response.status_code == 200 and "还没有该机构的数字或文件" in page.text(response)


# --- documents -----------------------------------------------------------------------------------------------
def test_every_document_is_listed_with_how_much_rests_on_it(client, baseline):
    response = client.get("/sources/")
    for source in Source.objects.all():
        assert f"/sources/{source.code}/" in page.links(response)


@pytest.mark.parametrize(
    ("model", "path"),
    [
        (TargetTerms, "source__code"),
        (CommitmentTerms, "source__code"),
        (Reading, "source__code"),
        (Publication, "source__code"),
        (ContextFigure, "source__code"),
        (JointLink, "source__code"),
        (Initiative, "source__code"),
    ],
)
def test_everything_that_rests_on_a_document_stands_on_its_page(client, baseline, model, path):
    codes = set(model.objects.exclude(source=None).values_list(path, flat=True))
    assert codes
    for code in codes:
        rows = model.objects.filter(source__code=code).count()
        html = client.get(f"/sources/{code}/").content.decode()
        section = {
            TargetTerms: "targets",
            CommitmentTerms: "commitments",
            Reading: "readings",
            Publication: "publications",
            ContextFigure: "context",
            JointLink: "links",
            Initiative: "initiatives",
        }[model]
        table = html.split(f'aria-labelledby="{section}"')[1].split("</tbody>")[0].split("<tbody>")[1]
        assert table.count("<tr>") == rows


def test_the_conference_report_bears_29_commitments_each_with_a_way_to_its_park(client, baseline):
    response = client.get("/sources/conference-2023/")
    assert "园区承诺 29" in page.text(response)
    assert "/parks/jixing/#high-tech-firms" in page.links(response)
    assert "全市目标段" in page.text(response)


def test_replaced_numbers_stay_on_the_page_of_their_document_and_say_so(client, db):
    old = make_source(code="old")
    commitment = make_commitment(source=old, value=60)
    change_terms(commitment=commitment, value=80, known_from=date(2025, 3, 1))
    text = page.text(client.get("/sources/old/"))
    assert "≥ 60 家" in text and "后来的数字已取代它" in text
    assert "已取代" not in page.text(client.get("/sources/old/?as_of=2025-02-28"))


def test_a_document_not_yet_published_bears_nothing(client, baseline):
    response = client.get("/sources/kjj-2025-report/?as_of=2025-12-31")
    assert response.status_code == 200
    text = page.text(response)
    assert "2026 年 1 月 28 日才发布" in text and "6,934" not in text


def test_an_unknown_document_is_no_page(client, baseline):
    assert client.get("/sources/rumour/").status_code == 404


def test_before_any_document_the_list_says_so(client, baseline):
    assert "没有收录过已发布的文件" in page.text(client.get("/sources/?as_of=2010-01-01"))


# --- every page without data ---------------------------------------------------------------------------------
@pytest.mark.parametrize("address", ["/institutions/", "/sources/", "/initiatives/", "/parks/", "/targets/"])
def test_every_list_stands_on_an_empty_database_and_says_who_can_fill_it(client, db, address):
    response = client.get(address)
    assert response.status_code == 200 and "load_baseline" in page.text(response)
