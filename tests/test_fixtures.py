"""The reference data: every number as it stands in its source, every text in both languages.

The tables below were written by hand from the documents; they are the check on the fixtures, not a copy made from
them. In all of them `-` means that the source gives nothing.
"""

import json
import re
from decimal import Decimal

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.db.models import Count, Sum

from institutions.models import Agreement, Institution, Source
from parks.models import Commitment, CommitmentTerms, JointLink, Park, Publication
from targets.models import (
    ContextFigure,
    Indicator,
    Initiative,
    InitiativeStatus,
    Reading,
    Target,
    TargetTerms,
)

FOLDER = settings.BASE_DIR / "fixtures"
# In the order in which a row may point at another.
TABLES = {
    "institutions": (Institution, 17),
    "sources": (Source, 15),
    "agreements": (Agreement, 5),
    "indicators": (Indicator, 35),
    "targets": (Target, 14),
    "target_terms": (TargetTerms, 14),
    "readings": (Reading, 35),
    "initiatives": (Initiative, 44),
    "initiative_statuses": (InitiativeStatus, 44),
    "city_context": (ContextFigure, 13),
    "parks": (Park, 8),
    "commitments": (Commitment, 29),
    "commitment_terms": (CommitmentTerms, 29),
    "joint_links": (JointLink, 6),
    "publications": (Publication, 9),
}
CONFERENCE_KNOWN_FROM = "2023-08-31"
CONFERENCE_DAY = "2023-08-15"

# park, indicator, at least, due, part of
PLEDGES = """
jixing         projects-introduced      80   2026-08-15  -
jixing         firms-incubated          50   2026-08-15  -
jixing         high-tech-firms          20   2026-08-15  firms-incubated
jinuoer        firms-and-teams          3    2026-08-15  -
jinuoer        projects-transferred     20   2026-08-15  -
jinuoer        projects-industrialised  5    2026-08-15  -
changzhi       resident-firms           20   2026-08-15  -
changzhi       high-tech-firms          10   2026-08-15  resident-firms
changzhi       high-end-talents         400  2026-08-15  -
tcm            resident-firms           20   2026-08-15  -
tcm            high-tech-firms          10   2026-08-15  resident-firms
tcm            high-end-talents         200  2026-08-15  -
optoelectronic resident-firms           30   2026-08-15  -
optoelectronic high-tech-firms          10   2026-08-15  resident-firms
optoelectronic revenue                  10   2026-08-15  -
xinguang       institutes-built         1    -           -
xinguang       resident-firms           60   2026-08-15  -
xinguang       high-tech-firms          20   2026-08-15  resident-firms
xinguang       high-end-talents         600  2026-08-15  -
xinguang       revenue                  5    2026-08-15  -
erguang        institutes-built         1    -           -
erguang        resident-firms           30   2026-08-15  -
erguang        high-tech-firms          15   2026-08-15  resident-firms
erguang        high-end-talents         600  2026-08-15  -
lianhuashan    resident-firms           8    2026-08-15  -
lianhuashan    high-tech-firms          5    2026-08-15  resident-firms
lianhuashan    projects-transferred     20   2026-08-15  -
lianhuashan    projects-industrialised  5    2026-08-15  -
lianhuashan    revenue                  10   -           -
"""

# target, of whom, indicator, comparator, value, due
TARGETS = """
city-transferred-results    city               transferred-results    gt  4000     2025-12-31
city-tech-smes              city               tech-smes              gt  6000     2025-12-31
city-srdi-smes              city               srdi-smes              ge  2000     2025-12-31
city-rd-growth              city               rd-growth              gt  10       2025-12-31
city-leading-talents        city               leading-talents        ge  100      -
city-innovation-teams       city               innovation-teams       ge  1000     -
city-graduates-and-workers  city               graduates-and-workers  ge  1000000  -
parks-projects-transferred  first-batch-parks  projects-transferred   ge  200      2026-08-15
parks-high-end-talents      first-batch-parks  high-end-talents       ge  2000     2026-08-15
parks-firms-incubated       first-batch-parks  firms-incubated        ge  200      2026-08-15
parks-high-tech-firms       first-batch-parks  high-tech-firms        ge  100      2026-08-15
fund-seed                   changxing-fund     seed-fund-size         ge  10       -
fund-angel                  changxing-fund     angel-fund-size        ge  20       -
fund-chains                 changxing-fund     industry-chain-funds   ge  10       -
"""

# indicator, of whom, from, to, value, qualifier, confidence, source
READINGS = """
transferred-results           city              2020-01-01 2020-12-31 560    exact     medium press-2025-11
transferred-results           city              2022-01-01 2022-12-31 851    derived   medium work-report-2024
transferred-results           city              2023-01-01 2023-12-31 2050   exact     high   work-report-2024
transferred-results           city              2024-01-01 2024-12-31 3509   derived   low    kjj-2025-report
transferred-results           city              2025-01-01 2025-12-31 4000   more-than high   kjj-2025-report
tech-smes                     city              2020-01-01 2020-12-31 512    exact     medium press-2025-11
tech-smes                     city              2022-01-01 2022-12-09 1379   exact     medium research-cities-2022
tech-smes                     city              2024-01-01 2024-12-31 4598   derived   medium kjj-2025-report
tech-smes                     city              2025-01-01 2025-12-31 6934   exact     high   kjj-2025-report
srdi-smes                     city              -          2023-12-31 1452   exact     high   work-report-2024
high-tech-firms               city              -          2020-12-31 2013   exact     high   plan-14th
high-tech-firms               city              -          2023-08-15 2400   more-than high   conference-2023
high-tech-firms               city              -          2024-12-31 3368   derived   medium kjj-2025-report
high-tech-firms               city              -          2025-12-31 3705   exact     high   kjj-2025-report
rd-expenditure                city              2020-01-01 2020-12-31 135.63 exact     medium press-2025-11
research-city-rank            city              2021-01-01 2021-12-31 37     exact     medium research-cities-2022
research-city-rank            city              2022-01-01 2022-12-31 35     exact     medium research-cities-2022
research-city-rank            city              2023-01-01 2023-12-31 31     exact     high   work-report-2024
research-city-rank            city              2024-01-01 2024-12-31 30     derived   medium kjj-2025-report
research-city-rank            city              2025-01-01 2025-12-31 24     exact     high   kjj-2025-report
cas-projects-transferred      cas-changchun     -          2023-08-15 613    exact     high   conference-2023
cas-results-in-reserve        cas-changchun     -          2023-08-15 1000   more-than high   conference-2023
cas-new-sales                 cas-changchun     -          2023-08-15 164    exact     high   conference-2023
shengboma-device-certificates ciac              -          2023-08-15 12     exact     high   conference-2023
changxing-sub-funds           changxing-fund    -          2023-08-15 24     exact     high   conference-2023
changxing-sub-funds           changxing-fund    -          2023-12-31 28     exact     high   work-report-2024
changxing-fund-size           changxing-fund    -          2023-08-15 154    exact     high   conference-2023
changxing-projects            changxing-fund    -          2023-12-31 145    exact     high   work-report-2024
faw-programme-bodies          faw               -          2022-12-09 32     exact     medium research-cities-2022
faw-programme-bodies          faw               -          2025-08-11 97     exact     high   cri-2025-08
faw-programme-technologies    faw               -          2025-08-11 170    exact     high   cri-2025-08
faw-programme-patents         faw               -          2025-08-11 700    more-than high   cri-2025-08
parks-built                   first-batch-parks -          2023-12-31 8      exact     high   work-report-2024
parks-operating               first-batch-parks -          2024-02-29 5      exact     medium people-2024-05
shengboma-output              ciac              -          2023-08-15 10     more-than high   conference-2023
"""

# park, indicator, as of, value, qualifier, confidence, source
PUBLICATIONS = """
changzhi       -              2023-11-29 11     exact   high   optics-valley-2023
changzhi       -              2023-11-29 10.74  exact   high   optics-valley-2023
optoelectronic resident-firms 2024-03-31 22     exact   low    optoelectronic-park-2024
optoelectronic -              2023-06-26 11.4   planned high   cetdz-2023
xinguang       -              2023-09-11 27     exact   high   stdaily-2023
jinuoer        -              2024-08-20 5628.5 exact   high   cri-2024-08
lianhuashan    -              2022-08-31 1      exact   medium chinadaily-2022
erguang        -              2024-06-19 50     planned low    chinanews-2024-06
lianhuashan    -              2023-08-15 1      exact   high   conference-2023
"""

# value, qualifier, name; all from the conference, all as of its day
CONTEXT = """
49     exact     高等院校
83     exact     科研机构
11     exact     国家重点实验室
5      exact     国家工程技术研究中心
2400   more-than 高新技术企业
17     exact     国家级科技企业孵化器
20     exact     国家众创空间
24     exact     院士
100000 more-than 年留长大学生
6      exact     人才连续正向流入
87.3   exact     首批八个园区总建筑面积
50     bracket   全球科研城市排名(前)
30     bracket   全国创新型城市排名(前)
"""

# source, the day from which it was known; a month's last day where only the month is known
SOURCES = """
conference-2023          2023-08-31 month
kjj-2025-report          2026-01-28 day
work-report-2024         2024-01-11 day
press-2025-11            2025-11-19 day
plan-14th                2022-06-28 day
research-cities-2022     2022-12-09 day
optics-valley-2023       2023-11-29 day
cetdz-2023               2023-06-26 day
optoelectronic-park-2024 2024-03-31 month
stdaily-2023             2023-09-11 day
cri-2024-08              2024-08-20 day
chinadaily-2022          2022-09-01 day
people-2024-05           2024-05-20 day
cri-2025-08              2025-08-11 day
chinanews-2024-06        2024-06-19 day
"""

# park, academic partner, zone partner
PARTNERS = """
jixing         jlu              changchun-new-area
jinuoer        jlu              changchun-new-area
changzhi       ciomp            changchun-new-area
tcm            ccucm            china-korea-zone
optoelectronic ciomp            cetdz
xinguang       cust             jingyue
erguang        cust             caiz
lianhuashan    chen-xuesi-team  lianhuashan-zone
"""

# joint pledge, what the parks pledged towards it, comparability
JOINT_LINKS = """
parks-high-tech-firms      high-tech-firms      full
parks-high-end-talents     high-end-talents     full
parks-firms-incubated      firms-incubated      full
parks-firms-incubated      resident-firms       partly
parks-projects-transferred projects-transferred full
parks-projects-transferred projects-introduced  partly
"""

CJK = re.compile("[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
CHINESE_CHARACTER = re.compile("[\u3400-\u9fff]")
QUOTED = re.compile('“[^“”]*”|"[^"]*"')
SOURCE_CODE = re.compile("[a-z]+-[0-9]{4}(-[0-9]{2})?")


def table(text: str) -> list[list[str]]:
    """The rows of a hand-written table, None where it has `-`."""
    return [[None if word == "-" else word for word in line.split()] for line in text.strip().splitlines()]


def rows(name: str) -> list[dict]:
    """The fields of the rows of one fixture file, in its order."""
    return [row["fields"] for row in json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))]


def code(key: list[str] | None) -> str | None:
    return key[0] if key else None


def subject(row: dict) -> str:
    return code(row["institution"]) or row["scope"]


def every_row():
    """(file, place, fields) of all reference rows, those of files added later too."""
    for path in sorted(FOLDER.glob("*.json")):
        for place, fields in enumerate(rows(path.stem), start=1):
            yield path.name, place, fields


@pytest.fixture(scope="module")
def reference_data(django_db_setup, django_db_blocker):
    """All reference tables in the database, loaded once: the tests below only read."""
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("loaddata", *TABLES, verbosity=0)
        yield
        transaction.set_rollback(True)


def test_all_reference_tables_load_with_all_their_rows(reference_data):
    counted = {name: model.objects.count() for name, (model, _expected) in TABLES.items()}
    assert counted == {name: expected for name, (_model, expected) in TABLES.items()}


def test_every_reference_row_satisfies_the_rules_of_its_model(reference_data):
    for model, _expected in TABLES.values():
        for row in model.objects.all():
            row.full_clean()


def test_no_file_of_reference_data_carries_a_row_number():
    """Rows name each other by their codes, so that two installations can be compared."""
    for path in FOLDER.glob("*.json"):
        for row in json.loads(path.read_text(encoding="utf-8")):
            assert set(row) == {"model", "fields"}, path.name


def test_the_29_pledges_of_the_parks_stand_as_in_the_conference_report(reference_data):
    stored = [
        (
            terms.commitment.park.code,
            terms.commitment.indicator.code,
            terms.comparator,
            terms.value,
            terms.start_on.isoformat(),
            terms.due_on and terms.due_on.isoformat(),
            terms.commitment.part_of and terms.commitment.part_of.code,
            terms.source.code,
            terms.known_from.isoformat(),
            terms.origin,
        )
        for terms in CommitmentTerms.objects.order_by("commitment__order")
    ]
    assert stored == [
        (
            park,
            indicator,
            "ge",
            Decimal(value),
            CONFERENCE_DAY,
            due,
            part_of,
            "conference-2023",
            CONFERENCE_KNOWN_FROM,
            "reported",
        )
        for park, indicator, value, due, part_of in table(PLEDGES)
    ]


def test_the_14_targets_stand_as_in_the_conference_report(reference_data):
    stored = [
        (
            terms.target.code,
            terms.target.scope_code,
            terms.target.indicator.code,
            terms.comparator,
            terms.value,
            terms.start_on.isoformat(),
            terms.due_on and terms.due_on.isoformat(),
            terms.baseline,
            terms.source.code,
            terms.known_from.isoformat(),
        )
        for terms in TargetTerms.objects.order_by("target__order")
    ]
    assert stored == [
        (
            target,
            of_whom,
            indicator,
            comparator,
            Decimal(value),
            CONFERENCE_DAY,
            due,
            None,
            "conference-2023",
            CONFERENCE_KNOWN_FROM,
        )
        for target, of_whom, indicator, comparator, value, due in table(TARGETS)
    ]


def test_the_35_published_values_stand_as_in_their_sources(reference_data):
    stored = [
        [
            reading.indicator.code,
            reading.subject,
            reading.period_start and reading.period_start.isoformat(),
            reading.period_end.isoformat(),
            reading.value,
            reading.qualifier,
            reading.confidence,
            reading.source.code,
        ]
        for reading in Reading.objects.order_by("pk")
    ]
    assert stored == [[*row[:4], Decimal(row[4]), *row[5:]] for row in table(READINGS)]


def test_what_the_press_said_about_the_parks_stands_as_in_its_sources(reference_data):
    stored = [
        [
            said.park.code,
            said.indicator and said.indicator.code,
            said.as_of.isoformat(),
            said.value,
            said.qualifier,
            said.confidence,
            said.source.code,
        ]
        for said in Publication.objects.order_by("pk")
    ]
    assert stored == [[*row[:3], Decimal(row[3]), *row[4:]] for row in table(PUBLICATIONS)]


def test_the_background_figures_of_the_city_stand_as_in_the_conference_report(reference_data):
    figures = list(ContextFigure.objects.all())
    stored = [[figure.value, figure.qualifier, figure.name_zh] for figure in figures]
    assert stored == [[Decimal(value), qualifier, name] for value, qualifier, name in table(CONTEXT)]
    assert {(figure.source.code, figure.as_of.isoformat()) for figure in figures} == {
        ("conference-2023", CONFERENCE_DAY)
    }


def test_numbers_are_kept_in_the_files_as_their_source_writes_them():
    """As text: a JSON number would pass through a binary fraction."""
    written = {
        "commitment_terms": [row[2] for row in table(PLEDGES)],
        "target_terms": [row[4] for row in table(TARGETS)],
        "readings": [row[4] for row in table(READINGS)],
        "publications": [row[3] for row in table(PUBLICATIONS)],
        "city_context": [row[0] for row in table(CONTEXT)],
    }
    for name, values in written.items():
        assert [row["value"] for row in rows(name)] == values, name


def test_the_eight_parks_have_their_two_partners(reference_data):
    parks = list(Park.objects.all())
    assert [[p.code, p.academic_partner.code, p.zone_partner.code] for p in parks] == table(PARTNERS)
    assert {park.zone_partner.kind for park in parks} == {"development-zone"}


def test_a_part_of_something_is_part_of_what_the_same_park_pledged(reference_data):
    parts = Commitment.objects.exclude(part_of=None)
    assert parts.count() == 7
    for part in parts:
        assert Commitment.objects.filter(park=part.park, indicator=part.part_of).exists(), part


def test_the_parks_own_pledges_add_up_to_what_is_known_of_them(reference_data):
    sums = {
        row["commitment__indicator__code"]: (int(row["pledged"]), row["parks"])
        for row in CommitmentTerms.objects.order_by()
        .values("commitment__indicator__code")
        .annotate(pledged=Sum("value"), parks=Count("commitment__park"))
    }
    assert sums["high-tech-firms"] == (90, 7)  # the joint pledge is 100
    assert sums["high-end-talents"] == (1800, 4)  # the joint pledge is 2000
    assert sums["resident-firms"] == (168, 6)
    assert sums["firms-incubated"] == (50, 1)
    assert sums["projects-transferred"] == (40, 2)
    assert sums["projects-introduced"] == (80, 1)


def test_three_pledges_have_no_due_day(reference_data):
    undated = CommitmentTerms.objects.filter(due_on=None).order_by("commitment__order")
    assert [terms.commitment.natural_key() for terms in undated] == [
        ("xinguang", "institutes-built"),
        ("erguang", "institutes-built"),
        ("lianhuashan", "revenue"),
    ]


def test_what_counts_towards_a_joint_pledge_is_said_link_by_link(reference_data):
    links = JointLink.objects.order_by("pk")
    assert [[link.target.code, link.indicator.code, link.comparable] for link in links] == table(JOINT_LINKS)
    assert {link.known_from.isoformat() for link in links} == {CONFERENCE_KNOWN_FROM}
    pledged = set(Commitment.objects.values_list("indicator__code", flat=True))
    assert {link.indicator.code for link in links} <= pledged
    joint = set(Target.objects.filter(scope="first-batch-parks").values_list("code", flat=True))
    assert {link.target.code for link in links if link.comparable == "full"} == joint


def test_every_initiative_starts_with_the_status_that_the_conference_report_gives_it(reference_data):
    in_place = {"ciomp-photonics-incubator", "ciomp-cmos-park"}
    assert set(InitiativeStatus.objects.values_list("initiative__code", flat=True)) == set(
        Initiative.objects.values_list("code", flat=True)
    )
    for status in InitiativeStatus.objects.all():
        expected = "in-place" if status.initiative.code in in_place else "not-reported"
        assert (status.status, status.source.code) == (expected, "conference-2023"), status.initiative.code
        assert status.known_from.isoformat() == CONFERENCE_KNOWN_FROM


def test_agreements_name_only_the_parties_that_the_source_names(reference_data):
    parties = {
        agreement.code: set(agreement.parties.values_list("code", flat=True))
        for agreement in Agreement.objects.all()
    }
    assert parties == {
        "dst-city-protocol": {"jl-dst", "cc-gov"},
        "first-cooperation-agreements": {"cc-gov"},
        "sci-tech-opinions": {"cc-gov"},
        "strategic-alliance": set(),
        "revival-declaration": set(),
    }


def test_sources_stand_in_the_files_with_their_day_of_publication():
    stored = [[row["code"], row["published_on"], row["precision"]] for row in rows("sources")]
    assert stored == table(SOURCES)


def test_every_number_points_to_a_source_and_is_known_from_its_publication():
    published_on = {row["code"]: row["published_on"] for row in rows("sources")}
    numbers = 0
    for file, place, row in every_row():
        if "value" in row or "status" in row or "comparable" in row:
            numbers += 1
            source = code(row.get("source"))
            assert source in published_on, (file, place)
            if "known_from" in row:
                assert row["known_from"] == published_on[source], (file, place)
    assert numbers >= 14 + 35 + 29 + 9 + 13 + 44 + 6


def test_annual_values_and_rates_say_for_which_period_they_stand():
    kinds = {row["code"]: row["kind"] for row in rows("indicators")}
    for place, row in enumerate(rows("readings"), start=1):
        if kinds[code(row["indicator"])] in ("annual", "rate"):
            assert row["period_start"], place


def test_rows_keep_the_order_of_their_table():
    for name in (
        "institutions",
        "indicators",
        "targets",
        "initiatives",
        "city_context",
        "parks",
        "commitments",
    ):
        order = [row["order"] for row in rows(name)]
        assert order == list(range(1, len(order) + 1)), name


def test_every_text_stands_in_both_languages():
    pairs = 0
    for file, place, row in every_row():
        names = {field[:-3] for field in row if field.endswith(("_zh", "_en"))}
        for name in names:
            assert bool(row[f"{name}_zh"]) == bool(row[f"{name}_en"]), (file, place, name)
            pairs += 1
    assert pairs > 300


def test_english_texts_have_chinese_words_only_in_quotation_marks():
    for file, place, row in every_row():
        for name, text in row.items():
            if name.endswith("_en"):
                assert not CJK.search(QUOTED.sub("", text)), (file, place, name, text)


def test_quoted_chinese_words_in_an_english_text_are_explained():
    """A quotation is never the whole of what an English reader gets: Latin words explain it."""
    for file, place, row in every_row():
        for name, text in row.items():
            if name.endswith("_en") and CJK.search(text):
                assert re.search(r"[A-Za-z]{3,}.*[A-Za-z]{3,}", QUOTED.sub("", text)), (file, place, name)


def test_chinese_texts_are_chinese_throughout():
    """No English word of four letters or more; codes of sources and CMOS are names."""
    for file, place, row in every_row():
        for name, text in row.items():
            if name.endswith("_zh") and text and name != "unit_zh":
                assert CHINESE_CHARACTER.search(text), (file, place, name, text)
                words = re.findall("[A-Za-z]{4,}", SOURCE_CODE.sub("", text))
                assert set(words) <= {"CMOS"}, (file, place, name, text)


def test_the_translated_title_of_an_english_source_says_that_it_is_our_translation(reference_data):
    source = Source.objects.get(code="cetdz-2023")
    assert CHINESE_CHARACTER.search(source.title_zh)
    assert "所译" in source.note_zh
    assert "translation" in source.note_en


def test_whatever_is_unclear_in_a_promise_is_said_beside_it(reference_data):
    """Every target carries its ambiguity; every pledge without a due day says why there is none."""
    assert not Target.objects.filter(ambiguity_zh="").exists()
    for terms in CommitmentTerms.objects.filter(due_on=None):
        assert "无期限" in terms.commitment.note_zh
        assert "no due day" in terms.commitment.note_en
