"""A city of synthetic parks for measurements: labelled, as the workflow would have left it, and removable."""

from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from changchun_innovation.demonstration import accounts, load
from changchun_innovation.demonstration.imagined import Promise, history
from changchun_innovation.demonstration.pouring import pour
from changchun_innovation.demonstration.recipe import Recipe
from changchun_innovation.shared.append_only import Origin
from changchun_innovation.shared.progress import State
from changchun_innovation.shared.quarters import Quarter
from institutions.models import Institution
from parks import stored
from parks.entry import Entry
from parks.flags import Flag, flags
from parks.ledger import Ledger
from parks.models import (
    Commitment,
    CommitmentTerms,
    Figure,
    KeptCopy,
    Park,
    QuarterlyReport,
    ReportEvent,
    ReportsFrom,
    Status,
    Verb,
)
from targets.models import Kind
from tests.factories import approved_report, make_commitment, make_user
from tests.reading_pages import elements, text
from tests.shared.test_publishing import held
from tests.steps_again import rows, take_the_steps_again

TODAY = date(2026, 11, 23)
SHOWN_FIRST = Quarter(2025, 4)
CHANGCHUN = ZoneInfo("Asia/Shanghai")


def generate(*arguments) -> str:
    said = StringIO()
    call_command("generate_load", *map(str, arguments), stdout=said)
    return said.getvalue()


def counts() -> dict[str, int]:
    return {model._meta.label: model._base_manager.count() for model in apps.get_models()}


def synthetic():
    return Park.objects.filter(code__startswith="synthetic-")


# --- how much ------------------------------------------------------------------------------------------------
def test_so_many_parks_hold_reports_of_so_many_closed_quarters(baseline):
    said = generate("--parks", 20, "--quarters", 3, "--commitments", 9)
    assert Park.objects.count() == 20
    assert f"12 synthetic parks, {QuarterlyReport.objects.count()} reports" in said
    assert f"{Figure.objects.count()} figures added, all invented" in said
    quarters = set(QuarterlyReport.objects.values_list("quarter", flat=True))
    assert quarters == set(Quarter.range(Quarter(2025, 2), SHOWN_FIRST))
    assert Counter(Commitment.objects.filter(park__in=synthetic()).values_list("park", flat=True)) == {
        park.pk: 9 for park in synthetic()
    }
    # Silent parks and quarters are few: most of what could be there is there.
    assert QuarterlyReport.objects.filter(revision=1).count() > 0.85 * 20 * 3


def test_eight_parks_are_the_real_ones_from_the_quarter_of_their_conference_on(baseline):
    said = generate("--parks", 8, "--quarters", 12)
    assert "0 synthetic parks" in said
    assert not synthetic().exists()
    assert set(ReportsFrom.objects.values_list("quarter", flat=True)) == {Quarter(2023, 3)}
    reporting = set(QuarterlyReport.objects.values_list("park__code", flat=True))
    assert len(reporting) >= 7
    assert CommitmentTerms.objects.exclude(origin=Origin.DEMO).count() == 29


def test_the_last_quarter_may_be_named(baseline):
    generate("--parks", 9, "--quarters", 2, "--until", "2026-Q3")
    quarters = set(QuarterlyReport.objects.values_list("quarter", flat=True))
    assert quarters == {Quarter(2026, 2), Quarter(2026, 3)}


def test_the_reference_data_is_loaded_where_it_is_missing(db):
    generate("--parks", 10, "--quarters", 1)
    assert Park.objects.exclude(pk__in=synthetic()).count() == 8
    assert synthetic().count() == 2


def test_everything_made_says_that_it_is_invented(baseline):
    generate("--parks", 12, "--quarters", 3)
    for model in (QuarterlyReport, ReportsFrom):
        assert set(model.objects.values_list("origin", flat=True)) == {Origin.DEMO}, model
    terms = CommitmentTerms.objects.filter(commitment__park__in=synthetic())
    assert set(terms.values_list("origin", "source")) == {(Origin.DEMO, None)}
    names = [f"{park.code} {park.name_zh} {park.name_en}" for park in synthetic()[:2]]
    assert names == [
        "synthetic-00001 模拟园区 00001 Synthetic park 00001",
        "synthetic-00002 模拟园区 00002 Synthetic park 00002",
    ]
    # No real partner is said to build what does not exist.
    partners = {park.academic_partner.code for park in synthetic()}
    partners |= {park.zone_partner.code for park in synthetic()}
    assert all(code.startswith("synthetic-") for code in partners)


# --- as the workflow would have left it ----------------------------------------------------------------------
def test_every_row_is_what_the_workflow_leaves(baseline):
    """Parks of every kind take their steps again, and nothing differs: no rule of the workflow refuses one."""
    generate("--parks", 100, "--quarters", 6)
    kinds = {
        "corrected": QuarterlyReport.objects.filter(revision=2, status=Status.APPROVED),
        "corrected at first": QuarterlyReport.objects.filter(revision=2, quarter=Quarter(2024, 3)),
        "returned": QuarterlyReport.objects.filter(status=Status.RETURNED),
        "returned once": QuarterlyReport.objects.approved().filter(events__verb=Verb.RETURNED),
        "waiting": QuarterlyReport.objects.filter(status=Status.SUBMITTED),
        "draft": QuarterlyReport.objects.filter(status=Status.DRAFT),
        "not applicable": QuarterlyReport.objects.filter(figures__not_applicable=True),
        "explained": QuarterlyReport.objects.filter(figures__explanation__gt=""),
        "real": QuarterlyReport.objects.exclude(park__in=synthetic()),
    }
    parks = {}
    for kind, reports in kinds.items():
        found = reports.order_by("pk").first()
        assert found, kind
        parks[found.park_id] = found.park
    before = rows(parks.values())
    assert {event[3] for event in before["events"]} == {
        Verb.CREATED, Verb.SUBMITTED, Verb.RETURNED, Verb.APPROVED, Verb.REOPENED
    }  # fmt: skip
    take_the_steps_again(list(parks.values()))
    after = rows(parks.values())
    for table, expected in before.items():
        assert after[table] == expected, table
    assert len(before["terms"]) > len(parks) * 4


def test_people_work_on_weekdays_in_office_hours_after_the_quarter_and_never_in_the_future(baseline):
    generate("--parks", 40, "--quarters", 4)
    for event in ReportEvent.objects.select_related("report"):
        at = event.at.astimezone(CHANGCHUN)
        assert at.weekday() < 5, event
        assert 8 <= at.hour < 17, event
        assert event.report.quarter.ends_on < at.date() <= TODAY, event


def test_in_the_weeks_after_a_quarter_its_reports_are_on_their_way(baseline, today):
    today.move_to(datetime(2026, 1, 14, 12, 0, tzinfo=CHANGCHUN))
    generate("--parks", 60, "--quarters", 2)
    assert not ReportEvent.objects.filter(at__gt=timezone.now()).exists()
    statuses = Counter(QuarterlyReport.objects.filter(quarter=SHOWN_FIRST).values_list("status", flat=True))
    assert statuses[Status.SUBMITTED] > 5
    assert statuses[Status.APPROVED] > 5
    assert sum(statuses.values()) < 60
    for status in (Status.SUBMITTED, Status.RETURNED):
        parks = list(Park.objects.filter(reports__status=status).order_by("pk").distinct()[:3])
        assert parks
        before = rows(parks)
        take_the_steps_again(parks)
        assert rows(parks) == before


# --- what readers see ----------------------------------------------------------------------------------------
def test_the_city_is_mixed(baseline):
    generate("--parks", 120, "--quarters", 6)
    ledger = Ledger.of(TODAY)
    pledges = ledger.pledges_in(SHOWN_FIRST)
    states = Counter(ledger.judgement(pledge, SHOWN_FIRST).state for pledge in pledges)
    for state, fewest in {
        State.ACHIEVED: 10,
        State.ON_TRACK: 50,
        State.WATCH: 30,
        State.BEHIND: 50,
        State.STALE: 5,
        State.NO_DATA: 5,
        State.UNDATED: 5,
    }.items():
        assert states[state] >= fewest, (state, states)
    seen = Counter(flag for pledge in pledges for flag in flags(ledger, pledge, SHOWN_FIRST))
    assert seen[Flag.FALLING] >= 5
    assert Figure.objects.filter(not_applicable=True).exists()
    reports = [report for report in ledger.reports() if report.quarter <= SHOWN_FIRST]
    lateness = Counter("none" if each.days_late is None else each.days_late > 0 for each in reports)
    assert min(lateness[True], lateness[False], lateness["none"]) >= 20
    assert {pledge.indicator.kind for pledge in pledges} == {Kind.CUMULATIVE, Kind.STOCK, Kind.ANNUAL}
    with_baselines = [pledge for pledge in pledges if pledge.indicator.kind != Kind.CUMULATIVE]
    known = sum(pledge.terms.baseline is not None for pledge in with_baselines)
    assert 0.4 * len(with_baselines) < known < 0.9 * len(with_baselines)


def test_a_corrected_figure_shows_both_values(baseline):
    generate("--parks", 60, "--quarters", 6)
    ledger = Ledger.of(TODAY)
    revised = [
        figure
        for pledge in ledger.pledges
        for figure in ledger.published(pledge).values()
        if figure.was_revised
    ]
    assert revised
    assert all(figure.value < figure.replaced_value for figure in revised)


def test_parts_are_never_larger_than_their_wholes():
    common = {
        "target": Decimal(20),
        "start_on": date(2023, 8, 15),
        "due_on": date(2026, 8, 15),
        "baseline": None,
    }
    whole = Promise(1, "resident-firms", Kind.STOCK, 0, part_of="", **common)
    part = Promise(2, "high-tech-firms", Kind.STOCK, 0, part_of="resident-firms", **common)
    quarters = Quarter.range(Quarter(2023, 4), SHOWN_FIRST)
    due = {quarter: quarter.ends_on + timedelta(days=15) for quarter in quarters}
    reports = [
        report
        for number in range(40)
        for report in history(f"park-{number}", 1, [whole, part], quarters, due, timezone.now())
    ]
    compared = [
        report.entries[part.pk].value <= report.entries[whole.pk].value
        for report in reports
        if None not in (report.entries[part.pk].value, report.entries[whole.pk].value)
    ]
    assert len(compared) > 300
    assert all(compared)


def test_the_pages_show_the_synthetic_parks_and_say_that_all_is_invented(baseline, client):
    generate("--parks", 60, "--quarters", 6)
    overview = client.get("/")
    assert overview.status_code == 200
    assert elements(overview, "data-demo")
    assert "模拟园区" in text(overview)
    code = synthetic().first().code
    assert "Synthetic park 00001" in text(client.get(f"/parks/{code}/", {"lang": "en"}))


# --- again, and more -----------------------------------------------------------------------------------------
def test_the_same_numbers_again_change_nothing_and_say_so(baseline):
    generate("--parks", 12, "--quarters", 3)
    before, made = counts(), rows()
    assert generate("--parks", 12, "--quarters", 3).startswith("load: all there already (12 parks")
    assert (counts(), rows()) == (before, made)


def test_more_parks_are_added_to_those_that_are_there_as_if_made_at_once(baseline):
    generate("--parks", 10, "--quarters", 3)
    assert "4 synthetic parks" in generate("--parks", 14, "--quarters", 3)
    assert Park.objects.count() == 14
    in_two_steps = rows()
    load.clear()
    generate("--parks", 14, "--quarters", 3)
    assert rows() == in_two_steps


def test_another_seed_tells_another_city(baseline):
    generate("--parks", 12, "--quarters", 3)
    one = rows()
    load.clear()
    generate("--parks", 12, "--quarters", 3, "--seed", 7)
    assert rows()["figures"] != one["figures"]


# --- who may be there ----------------------------------------------------------------------------------------
def test_nobody_can_log_in_as_the_manager_of_a_synthetic_park(baseline):
    generate("--parks", 10, "--quarters", 1)
    user = User.objects.get(username="manager-synthetic-00001")
    assert accounts.is_demonstration(user)
    assert not user.has_usable_password()
    assert list(user.managed_parks.values_list("park__code", flat=True)) == ["synthetic-00001"]
    assert [group.name for group in user.groups.all()] == ["park manager"]
    # The demonstration makes and prints accounts of real parks only.
    assert accounts.make() == 0
    assert len(accounts.log_ins()) == 12
    assert not User.objects.get(username="manager-synthetic-00001").has_usable_password()


def test_a_demonstration_does_not_tell_its_story_into_a_load(baseline):
    generate("--parks", 9, "--quarters", 2)
    before = counts()
    call_command("load_demo", verbosity=0)
    assert counts() == before


@pytest.mark.django_db(transaction=True)
def test_the_publishing_lock_is_held_while_rows_are_added(baseline):
    seen = []

    def watched(batches):
        for batch in batches:
            seen.append((connection.in_atomic_block, held()))
            yield batch

    call_command("sync_roles", verbosity=0)
    accounts.make()
    load.make(9, Recipe(1, SHOWN_FIRST, 1, 1), now=timezone.now(), watched=watched)
    assert len(seen) == 2
    assert set(seen) <= {(True, True), (True, None)}
    assert held() in (False, None)


# --- refusals ------------------------------------------------------------------------------------------------
def refused(*arguments, because: str) -> None:
    before = counts()
    with pytest.raises(CommandError, match=because) as error:
        generate(*arguments)
    assert "\n" not in str(error.value)
    assert counts() == before


def test_outside_a_demonstration_nothing_is_generated(baseline, settings):
    settings.DEMO = False
    refused("--parks", 9, "--quarters", 1, because="DEMO=on")


def test_beside_a_real_report_nothing_is_generated(baseline, settings):
    settings.DEMO = False
    commitment = make_commitment()
    approved_report(park=commitment.park, quarter="2025-Q1", figures={commitment: 5})
    settings.DEMO = True
    refused("--parks", 20, "--quarters", 1, because="real reports are in this database")


def test_a_demonstration_is_not_written_over(demo_data):
    refused(
        "--parks", 20, "--quarters", 2, because="other reports of these parks are there: jixing.* and 5 more"
    )


@pytest.mark.parametrize(
    "other",
    [
        ("--quarters", 4),
        ("--quarters", 3, "--until", "2025-Q3"),
        ("--quarters", 3, "--commitments", 5),
        ("--quarters", 3, "--seed", 1),
    ],
)
def test_two_loads_are_not_mixed(baseline, other):
    generate("--parks", 9, "--quarters", 3)
    refused("--parks", 9, *other, because="another load is there .--quarters 3 --until 2025-Q4")


def test_fewer_parks_than_there_are_cannot_be_asked_for(baseline):
    refused("--parks", 7, "--quarters", 1, because="--parks: 8 parks are there already")


@pytest.mark.parametrize(
    ("arguments", "because"),
    [
        (("--parks", "many", "--quarters", 1), "--parks: “many” is not a whole number from 1 to 30000"),
        (("--parks", "٣", "--quarters", 1), "--parks"),
        (("--parks", 9, "--quarters", 0), "--quarters: “0” is not a whole number from 1 to 40"),
        (("--parks", 9, "--quarters", 1, "--commitments", 12), "--commitments: “12” is not a whole number"),
        (("--parks", 9, "--quarters", 1, "--until", "2025Q4"), "--until: “2025Q4” is not a quarter"),
        (("--parks", 9, "--quarters", 1, "--until", "2026-Q4"), "from 2023-Q3 to 2026-Q3"),
        (("--parks", 9, "--quarters", 1, "--until", "2023-Q2"), "from 2023-Q3 to 2026-Q3"),
        (("--parks", 9, "--quarters", 1, "--seed", -1), "--seed"),
    ],
)
def test_bad_numbers_are_refused_in_one_line(baseline, arguments, because):
    refused(*arguments, because=because)


# --- taking it away ------------------------------------------------------------------------------------------
def test_clearing_the_demonstration_takes_the_load_away_without_a_trace(baseline):
    call_command("sync_roles", verbosity=0)
    accounts.make()
    before = counts()
    generate("--parks", 30, "--quarters", 4)
    official = User.objects.get(username="official")
    park = Park.objects.get(code="synthetic-00002")
    KeptCopy.objects.create(
        park=park, quarter=SHOWN_FIRST, version=0, fields={}, kept_at=timezone.now(), kept_by=official
    )
    # In a demonstration somebody may have changed a promise in the admin.
    terms = CommitmentTerms.objects.filter(commitment__park=park).first()
    terms.pk, terms._state.adding, terms.origin = None, True, Origin.REPORTED
    terms.save()
    assert stored.bring_up_to(timezone.localdate(), most=None) == 30
    said = StringIO()
    call_command("load_demo", "--clear", stdout=said)
    assert counts() == before
    assert "parks.park: 22 removed" in said.getvalue()
    assert not Institution.objects.filter(code__startswith="synthetic-").exists()
    call_command("load_demo", verbosity=0)
    assert QuarterlyReport.objects.count() == 95


def test_clearing_leaves_a_real_report_alone(baseline, settings):
    generate("--parks", 9, "--quarters", 2)
    settings.DEMO = False
    commitment = make_commitment()
    real = approved_report(park=commitment.park, quarter="2025-Q1", figures={commitment: 5})
    call_command("load_demo", "--clear", verbosity=0)
    assert list(QuarterlyReport.objects.all()) == [real]
    assert real.figures.exists()
    assert real.events.count() == 3


# --- many rows at once ---------------------------------------------------------------------------------------
def test_what_is_poured_is_what_saving_would_have_kept(baseline):
    commitment = make_commitment()
    report = QuarterlyReport.objects.create(
        park=commitment.park,
        quarter=SHOWN_FIRST,
        created_at=timezone.now(),
        created_by=make_user(),
    )
    at = datetime(2026, 1, 5, 9, 30, 1, 250, tzinfo=CHANGCHUN)
    odd = 'a, "b"; \\N \\. \t c\n'
    stood = {"entries": {"1": {"note": odd, "value": "3.5"}}, "files": {}}
    events = [("", None), (odd, stood), (r"\N ", {})]
    columns = ("report_id", "verb", "from_status", "to_status", "at", "by_id", "reason", "stood")
    poured = pour(
        ReportEvent,
        columns,
        [(report.pk, Verb.CREATED, "", "draft", at, report.created_by_id, *each) for each in events],
    )
    assert poured == 3
    kept = ReportEvent.objects.order_by("pk").values_list("reason", "stood", "at", "from_status", "verb")
    assert list(kept) == [(reason, stood, at, "", "created") for reason, stood in events]
    columns = ("report_id", "commitment_id", *Entry.__dataclass_fields__)
    entry = Entry(value=Decimal("1234567.25"), note=odd, baseline=Decimal(0), explanation="")
    pour(Figure, columns, [(report.pk, commitment.pk, *vars(entry).values())])
    assert Entry.of(Figure.objects.get()) == entry
    # The same bytes as a saved row's, so that the database compares them as equals.
    with connection.cursor() as cursor:
        before = raw(cursor)
        Figure.objects.all().delete()
        Figure.objects.create(report=report, commitment=commitment, **vars(entry))
        assert raw(cursor) == before


def raw(cursor) -> list[tuple]:
    cursor.execute("SELECT value, not_applicable, baseline, note, explanation FROM parks_figure")
    return cursor.fetchall()


@pytest.mark.django_db(transaction=True)
def test_afterwards_the_database_knows_its_rows_and_has_read_no_table_whole_for_each_of_them(baseline):
    # As a server does by itself: from now on it knows that its tables are nearly empty, and plans for that.
    load.take_stock()
    generate("--parks", 40, "--quarters", 6)
    figures = Figure.objects.count()
    assert figures > 800
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT reltuples FROM pg_class WHERE relname = 'parks_figure'")
            assert cursor.fetchone() == (figures,)
            cursor.execute("SELECT pg_stat_force_next_flush()")
            # Every figure is checked against its report and its commitment.
            cursor.execute(
                "SELECT relname, seq_tup_read FROM pg_stat_user_tables"
                " WHERE relname IN ('parks_quarterlyreport', 'parks_commitment', 'parks_park', 'auth_user')"
            )
            read_whole = dict(cursor.fetchall())
            assert len(read_whole) == 4
            assert max(read_whole.values()) < 5000, read_whole
        else:
            cursor.execute("SELECT stat FROM sqlite_stat1 WHERE tbl = 'parks_figure'")
            assert {int(stat.split()[0]) for (stat,) in cursor.fetchall()} == {figures}


def test_help_shows_an_example(capsys):
    with pytest.raises(SystemExit):
        call_command("generate_load", "--help")
    assert "manage.py generate_load --parks 1000 --quarters 12" in capsys.readouterr().out
