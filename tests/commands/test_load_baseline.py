"""The reference data: added where it is missing, left alone where it exists, never overwritten without a trace."""

import json
import shutil
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.management import CommandError, call_command
from django.db import models

from changchun_innovation import baseline as loader
from institutions.models import Agreement, Source
from parks.ledger import Ledger
from parks.models import Commitment, CommitmentTerms, DueRule, JointLink
from targets.models import Indicator, Reading, TargetTerms

TODAY = date(2026, 11, 23)
YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
def files(tmp_path, settings) -> Path:
    """A copy of fixtures/ that a test may change; the command reads it."""
    folder = tmp_path / "fixtures"
    folder.mkdir()
    for path in (settings.BASE_DIR / "fixtures").glob("*.json"):
        shutil.copy(path, folder)
    settings.BASE_DIR = tmp_path
    return folder


def rewrite(path: Path, change) -> None:
    rows = json.loads(path.read_text(encoding="utf-8"))
    change(rows)
    path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")


def load(*arguments: str) -> list[str]:
    said = StringIO()
    call_command("load_baseline", *arguments, stdout=said)
    return said.getvalue().splitlines()


def everything() -> dict[str, list[tuple]]:
    """Every row of every table that the files speak of, as it is stored."""
    tables = [table.model for table in loader.load(today=TODAY)]
    return {model._meta.label: list(model.objects.order_by("pk").values_list()) for model in tables}


# --- adding --------------------------------------------------------------------------------------------------
def test_loading_twice_changes_nothing(baseline):
    before = everything()
    lines = load("--update")
    assert everything() == before
    assert all(line.endswith(" 0 added") for line in lines)
    assert len(lines) == 16
    assert "parks.commitmentterms: 29 in the files, 0 added" in lines


def test_rows_of_the_first_load_are_known_from_the_publication_day_of_their_source(baseline):
    assert set(CommitmentTerms.objects.values_list("known_from", flat=True)) == {date(2023, 8, 31)}
    reading = Reading.objects.get(indicator__code="tech-smes", value=6934)
    assert reading.known_from == reading.source.published_on == date(2026, 1, 28)


def test_a_row_that_is_added_later_is_known_from_the_day_it_was_entered(baseline, files):
    def another_year(rows):
        row = next(r for r in rows if r["fields"]["indicator"] == ["tech-smes"])
        rows.append({"model": row["model"], "fields": {**row["fields"], "period_end": "2019-12-31"}})
        rows[-1]["fields"]["period_start"] = "2019-01-01"

    rewrite(files / "readings.json", another_year)
    assert "targets.reading: 36 in the files, 1 added" in load()
    assert Reading.objects.get(period_end=date(2019, 12, 31)).known_from == TODAY


def test_only_what_is_missing_comes_back(baseline):
    Agreement.objects.all().delete()
    kept = list(Source.objects.order_by("pk").values_list())
    lines = load()
    assert "institutions.agreement: 5 in the files, 5 added" in lines
    assert [line for line in lines if "0 added" not in line] == [
        "institutions.agreement: 5 in the files, 5 added"
    ]
    assert Agreement.objects.get(code="dst-city-protocol").parties.count() == 2
    assert list(Source.objects.order_by("pk").values_list()) == kept


def test_loading_leaves_no_entry_in_the_audit_trail(baseline):
    assert not LogEntry.objects.exists()


# --- differences ---------------------------------------------------------------------------------------------
def test_a_name_that_was_edited_here_stays_until_an_update_is_asked_for(baseline):
    Indicator.objects.filter(code="revenue").update(name_en="Turnover")
    lines = load()
    assert "targets.indicator: 35 in the files, 0 added, 1 differ (--update applies it)" in lines
    assert Indicator.objects.get(code="revenue").name_en == "Turnover"


def test_an_update_prints_each_difference_and_changes_texts_in_place_with_a_trace(baseline):
    Indicator.objects.filter(code="revenue").update(name_en="Turnover", definition_zh="旧定义")
    row = Indicator.objects.get(code="revenue").pk
    lines = load("--update")
    assert "targets.indicator revenue: name_en: Turnover → Operating revenue" in lines
    assert "targets.indicator: 35 in the files, 0 added, 1 updated" in lines
    revenue = Indicator.objects.get(code="revenue")
    assert (revenue.pk, revenue.name_en) == (row, "Operating revenue")
    entry = LogEntry.objects.get_for_object(revenue).get()
    assert entry.changes["name_en"] == ["Turnover", "Operating revenue"]
    assert set(entry.changes) == {"name_en", "definition_zh"}
    assert load("--update")[0].endswith("0 added")


def test_the_parties_of_an_agreement_are_updated_too(baseline):
    protocol = Agreement.objects.get(code="dst-city-protocol")
    protocol.parties.remove(protocol.parties.first())
    lines = load("--update")
    assert any(line.startswith("institutions.agreement dst-city-protocol: parties: ") for line in lines)
    assert protocol.parties.count() == 2


def change_pledge(rows) -> None:
    pledge = next(r for r in rows if r["fields"]["commitment"] == ["tcm", "resident-firms"])
    pledge["fields"]["value"] = "25"


def test_a_changed_pledge_is_a_new_row_known_from_today_and_the_past_stays(baseline, files):
    rewrite(files / "commitment_terms.json", change_pledge)
    lines = load("--update")
    assert "parks.commitmentterms tcm/resident-firms/conference-2023: value: 20 → 25" in lines
    rows = CommitmentTerms.objects.filter(
        commitment__park__code="tcm", commitment__indicator__code="resident-firms"
    ).order_by("pk")
    assert [(row.value, row.known_from) for row in rows] == [
        (Decimal(20), date(2023, 8, 31)),
        (Decimal(25), TODAY),
    ]
    assert rows[1].source.code == "conference-2023"
    assert rows[1].due_on == date(2026, 8, 15)
    assert (pledged(YESTERDAY), pledged(TODAY)) == (20, 25)
    # What was applied is no difference any more.
    load("--update")
    assert rows.count() == 2


def pledged(known_on: date) -> int:
    pledges = Ledger.of(known_on).pledges
    return int(next(p for p in pledges if p.code == "tcm/resident-firms").terms.target)


def test_a_changed_reading_stands_beside_the_old_one(baseline, files):
    def correct(rows):
        next(r for r in rows if r["fields"]["value"] == "6934")["fields"]["value"] = "6943"

    rewrite(files / "readings.json", correct)
    load("--update")
    readings = Reading.objects.filter(indicator__code="tech-smes", period_end=date(2025, 12, 31)).order_by(
        "pk"
    )
    assert [(int(r.value), r.known_from) for r in readings] == [(6934, date(2026, 1, 28)), (6943, TODAY)]


def test_the_words_beside_a_fact_are_mended_in_place_and_leave_a_trace(baseline, files):
    def reword(rows):
        rows[0]["fields"]["note_en"] = "Seven parks pledge 90 firms against 100"

    rewrite(files / "joint_links.json", reword)
    load("--update")
    link = JointLink.objects.get(target__code="parks-high-tech-firms")
    assert link.note_en == "Seven parks pledge 90 firms against 100"
    assert link.known_from == date(2023, 8, 31)
    entry = LogEntry.objects.get(content_type=ContentType.objects.get_for_model(JointLink))
    assert (entry.object_id, entry.changes["note_en"][1]) == (link.pk, link.note_en)


def test_what_a_person_entered_later_is_no_difference(baseline, admin_user):
    old = TargetTerms.objects.get(target__code="city-srdi-smes")
    values = {f.attname: getattr(old, f.attname) for f in TargetTerms._meta.fields if f.name != "id"}
    changed = {"value": 2200, "reason": "市政府调整", "known_from": YESTERDAY, "entered_by_id": admin_user.pk}
    TargetTerms.objects.create(**{**values, **changed, "entered_at": "2026-11-22T10:00+08:00"})
    assert "targets.targetterms: 14 in the files, 0 added" in load("--update")
    assert TargetTerms.objects.filter(target__code="city-srdi-smes").count() == 2


def test_a_baseline_that_a_park_gave_survives_an_update_of_its_pledge(demo_data, files):
    def change(rows):
        pledge = next(r for r in rows if r["fields"]["commitment"] == ["changzhi", "high-end-talents"])
        pledge["fields"]["value"] = "420"

    assert not any("differ" in line for line in load())
    rewrite(files / "commitment_terms.json", change)
    load("--update")
    pledge = next(p for p in Ledger.of(TODAY).pledges if p.code == "changzhi/high-end-talents")
    assert (pledge.terms.target, pledge.terms.baseline) == (420, 120)
    # With the demonstration gone the changed pledge stays, and the invented baseline goes.
    call_command("load_demo", "--clear", verbosity=0)
    pledge = next(p for p in Ledger.of(TODAY).pledges if p.code == "changzhi/high-end-talents")
    assert (pledge.terms.target, pledge.terms.baseline) == (420, None)


def test_the_unit_of_an_indicator_cannot_change_once_figures_use_it(demo_data, files):
    def change(rows):
        next(r for r in rows if r["fields"]["code"] == "revenue")["fields"]["unit_zh"] = "万元"

    rewrite(files / "indicators.json", change)
    with pytest.raises(CommandError, match=r"^indicators.json, row \d+: reported figures use revenue"):
        load("--update")
    assert Indicator.objects.get(code="revenue").unit_zh == "亿元"


# --- due days ------------------------------------------------------------------------------------------------
def test_a_new_number_of_days_holds_from_today_and_closed_quarters_keep_theirs(baseline, settings):
    assert [(r.days, r.known_from) for r in DueRule.objects.all()] == [(15, date(2023, 8, 31))]
    settings.REPORT_DUE_DAYS = 20
    assert load()[-1] == "parks.duerule: 20 days, 1 added"
    assert load()[-1] == "parks.duerule: 20 days, 0 added"
    assert [(r.days, r.known_from) for r in DueRule.objects.all()] == [(15, date(2023, 8, 31)), (20, TODAY)]


# --- bad input -----------------------------------------------------------------------------------------------
def unknown_partner(rows):
    rows[0]["fields"]["academic_partner"] = ["nobody"]


def unknown_field(rows):
    rows[0]["fields"]["colour"] = "red"


def too_long(rows):
    rows[0]["fields"]["code"] = "x" * 61


def twice(rows):
    rows.append(rows[0])


def numbered(rows):
    rows[0]["pk"] = 1


def no_table(rows):
    rows[0]["model"] = "parks.garden"


def no_row(rows):
    rows[0] = "jixing"


@pytest.mark.parametrize(
    "spoil",
    [unknown_partner, unknown_field, too_long, twice, numbered, no_table, no_row],
    ids=lambda f: f.__name__,
)
def test_a_spoilt_file_is_refused_in_one_line_that_names_it_and_nothing_is_loaded(db, files, spoil):
    rewrite(files / "parks.json", spoil)
    with pytest.raises(CommandError) as refused:
        load()
    message = str(refused.value)
    assert message.startswith("parks.json, row ")
    assert "\n" not in message
    assert not Source.objects.exists()


@pytest.mark.parametrize(("field", "text"), [("value", "many"), ("value", "1e400"), ("due_on", "2026-02-30")])
def test_a_spoilt_number_or_day_is_refused(db, files, field, text):
    rewrite(files / "commitment_terms.json", lambda rows: rows[3]["fields"].update({field: text}))
    with pytest.raises(CommandError, match=r"^commitment_terms.json, row 4: ") as refused:
        load()
    assert "\n" not in str(refused.value)
    assert not Commitment.objects.exists()


@pytest.mark.parametrize("content", [b"[{", b"{}", b"\xff\xfe"], ids=["cut off", "no list", "no text"])
def test_a_file_that_is_no_list_of_rows_is_refused(db, files, content):
    (files / "parks.json").write_bytes(content)
    with pytest.raises(CommandError, match=r"^parks.json ") as refused:
        load()
    assert "\n" not in str(refused.value)


def test_every_table_of_the_files_can_be_told_apart_by_codes(baseline):
    """A second row with the key of another would be taken for it."""
    for table in loader.load(today=TODAY):
        if not hasattr(table.model, "natural_key"):
            continue
        keys = [row.natural_key() for row in table.model.objects.all()]
        assert len(set(keys)) == len(keys), table.model
        assert issubclass(table.model, models.Model)
