"""Whoever asks for little is answered from an index: proven by the database's own EXPLAIN in a city of 2,000 parks.

What asks for the whole city (the overview, a comparison, a file of all figures) rightly reads all of it. Those pages are
named in `READ_THE_CITY`, so that a new one has to be put on one side.
"""

from contextlib import suppress
from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.management import CommandError, call_command
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import resolve
from django.utils import timezone

from changchun_innovation import checks, edition
from changchun_innovation.handover import hand_over
from changchun_innovation.shared.quarters import Quarter
from parks import evidence, proposing, replying, review, workflow
from parks.as_read import AsRead
from parks.desk_of_promises import waiting_proposals, waiting_replies
from parks.entry import Entry
from parks.ledger import Ledger
from parks.milestones import Interim
from parks.models import MilestoneProposal, Notice, Park, QuarterlyReport, Reply
from parks.notices import deliver, not_sent
from parks.sheet import sheet
from targets.models import Indicator
from tests import addresses
from tests.city_databases import forget
from tests.evidence_files import pdf
from tests.factories import make_report, make_user
from tests.grown_city import INDICATORS, GrownCity
from tests.plans import OF_PARKS, OF_QUARTERS, complaints

# Pages and files outside the admin that are about every park, or about all that the city promised.
READ_THE_CITY = {
    "bulletin",
    "changes",
    "components",
    "data:index",
    "data:package",
    "data:wide",
    "data:workbook",
    "home",
    "initiatives",
    "institutions:list",
    "parks:compare",
    "parks:list",
    "search",
    "sources:list",
    "sources:source",
    "targets:list",
    "targets:target",
    "verdicts",
}

PARK = "/parks/{park}/"
LISTS = [
    "quarterlyreport/",
    "quarterlyreport/?p=3",
    "quarterlyreport/?q={park}",
    "quarterlyreport/?park={park}",
    "quarterlyreport/?quarter=2025-Q3",
    "quarterlyreport/?status__exact=submitted",
    "quarterlyreport/?status__exact=approved",
    "quarterlyreport/?status__exact=discarded",
    "reply/",
    "reply/?q={park}",
    "reply/?park={park}",
    "reply/?status__exact=submitted",
    "milestoneproposal/",
    "milestoneproposal/?q={park}",
    "milestoneproposal/?park={park}",
    "milestoneproposal/?status__exact=proposed",
    "milestoneproposal/?status__exact=declined",
]
OTHER_LISTS = [
    f"{model}/{query}"
    for model in (
        "park",
        "commitment",
        "commitmentterms",
        "milestone",
        "reportsfrom",
        "deadlineextension",
        "publication",
    )
    for query in ("", "?q={park}", "?park={park}")
    if (model, query) != ("park", "?park={park}")
]
CASES = [
    *(
        ("reader", path)
        for path in (
            PARK,
            f"{PARK}?as_of=2025-01-15&quarter=2024-Q4",
            "/institutions/jlu/",
            "/data/figures.csv?park={park}",
            "/data/reports.csv?park={park}",
            "/data/progress.csv?park={park}",
            "/data/commitments.csv?park={park}",
            "/data/publications.csv?park={park}",
            "/report-error/?about={park}",
        )
    ),
    *(("reviewer", f"/admin/parks/{path}") for path in [*LISTS, *OTHER_LISTS]),
    *(("manager", f"/admin/parks/{path}") for path in LISTS),
    ("manager", "/admin/"),
    ("manager", "/admin/parks/quarterlyreport/enter/{park}/2023-Q3/"),
    ("manager", "/admin/parks/quarterlyreport/enter/{park}/2023-Q3/evidence/"),
    ("manager", "/admin/parks/quarterlyreport/{report}/change/"),
    ("reviewer", "/admin/parks/quarterlyreport/{report}/change/"),
    ("reviewer", "/admin/parks/quarterlyreport/{waiting}/change/"),
    ("reviewer", "/admin/parks/quarterlyreport/{report}/evidence/"),
    ("reviewer", "/admin/parks/reply/{reply}/change/"),
    ("reviewer", "/admin/parks/milestoneproposal/{proposal}/change/"),
    ("reviewer", "/admin/parks/commitmentterms/add/"),
    ("reviewer", "/admin/parks/commitment/add/"),
    ("reviewer", "/admin/parks/deadlineextension/add/?park={park_pk}"),
    ("reviewer", "/admin/parks/publication/add/"),
    ("reviewer", "/admin/parks/park/{park_pk}/change/"),
    ("reviewer", "/admin/autocomplete/?app_label=parks&model_name=publication&field_name=park&term="),
    ("reviewer", "/admin/autocomplete/?app_label=parks&model_name=publication&field_name=park&term={park}"),
    (
        "reviewer",
        "/admin/autocomplete/?app_label=parks&model_name=commitmentterms&field_name=commitment&term={park}",
    ),
    ("administrator", "/admin/auth/user/"),
    ("administrator", "/admin/auth/user/?q=grown-manager-100"),
    ("administrator", "/admin/auth/user/?groups__id__exact=1"),
    ("administrator", "/admin/auth/user/{manager}/change/"),
    ("administrator", "/admin/auditlog/logentry/"),
    ("administrator", "/admin/auditlog/logentry/?resource_type={kind}"),
    ("administrator", "/admin/parks/park/{park_pk}/history/"),
    ("administrator", "/admin/changchun_innovation/errorreport/?handled_at__isempty=1"),
]


# What stands in the addresses, to tell which page they are.
EXAMPLES = dict.fromkeys(
    ("park", "park_pk", "manager", "report", "waiting", "reply", "proposal", "kind"), "1"
)


def words_of(city: GrownCity) -> dict:
    reports = QuarterlyReport.objects
    return {
        "park": city.park.code,
        "park_pk": city.park.pk,
        "manager": city.manager.pk,
        "report": reports.filter(park=city.park, quarter="2025-Q3").latest("revision").pk,
        "waiting": reports.filter(status="submitted").first().pk,
        "reply": Reply.objects.first().pk,
        "proposal": MilestoneProposal.objects.first().pk,
        "kind": ContentType.objects.get_for_model(Park).pk,
    }


def asked_by(who: str, path: str, city: GrownCity) -> list[str]:
    """The statements behind one address, without those of the log-in."""
    client = Client()
    if who != "reader":
        client.force_login(getattr(city, who))
    address = path.format(**words_of(city))
    forget()
    with CaptureQueriesContext(connection) as caught:
        answer = client.get(address)
        b"".join(answer)
    assert answer.status_code == 200, answer.status_code
    return [query["sql"] for query in caught]


def check(statements) -> None:
    """Fail with the table and the statement where one reads more than it asks for."""
    found = complaints(statements)
    assert not found, "\n".join(map(str, found))


@pytest.mark.parametrize(("who", "path"), CASES)
def test_who_asks_for_little_is_answered_from_an_index(grown_city, who, path):
    check(asked_by(who, path, grown_city))


def test_every_page_asks_for_little_or_for_the_whole_city():
    asked_here = {resolve(path.format(**EXAMPLES).partition("?")[0]).view_name for _who, path in CASES}
    for pattern in addresses.dashboard():
        assert (pattern.name in asked_here) != (pattern.name in READ_THE_CITY), pattern.name


def test_every_list_of_the_admin_that_grows_is_among_them():
    for model in addresses.admin_models():
        if model._meta.db_table in OF_PARKS | OF_QUARTERS:
            name = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
            assert any(path == name for _who, path in CASES), name


# --- steps ---------------------------------------------------------------------------------------------------
QUARTER = Quarter(2023, 3)


@pytest.fixture
def statements(grown_city):
    """Every statement of the test so far, by its own database."""
    with CaptureQueriesContext(connection) as caught:
        yield lambda: [query["sql"] for query in caught]


def test_every_step_of_a_report_finds_its_rows_by_indexes(
    grown_city, statements, django_capture_on_commit_callbacks
):
    park, manager, reviewer, now = grown_city.park, grown_city.manager, grown_city.reviewer, timezone.now()
    seen = {"by": reviewer, "at": now}
    with django_capture_on_commit_callbacks(execute=True):
        report = make_report(park=park, quarter=QUARTER, figures=dict.fromkeys(INDICATORS, 3), by=manager)
        pledge = park.commitments.first()
        evidence.attach(report=report, commitment=pledge, name="合同.pdf", content=pdf(), by=manager, at=now)
        report = workflow.submit(report=report, version=report.version, by=manager, at=now)
        report = workflow.withdraw(report=report, by=manager, at=now)
        report = workflow.submit(report=report, version=report.version, by=manager, at=now)
        report = workflow.return_report(
            report=report, reason="请核对", version=report.version, remarks={pledge.pk: "有误"}, **seen
        )
        entries = {pledge.pk: Entry(value=Decimal(4), explanation="已核实")}
        report = workflow.save_figures(
            report=report, entries=entries, version=report.version, by=manager, at=now
        )
        report = workflow.submit(report=report, version=report.version, by=manager, at=now)
        read = AsRead.of(report, sheet(park, QUARTER, report, now.date()).lines)
        report = review.approve_read(report=report, version=report.version, read=read, **seen)
        report = workflow.reopen(park=park, quarter=QUARTER, reason="更正", **seen)
        workflow.discard(report=report, reason="不必", version=report.version, **seen)
    assert Notice.objects.filter(park=park, quarter=QUARTER).exists()
    check(statements())


def test_reports_that_are_ticked_together_are_found_by_indexes(grown_city, statements):
    waiting = QuarterlyReport.objects.filter(status="submitted")[:5]
    chosen = [(report.pk, report.version) for report in waiting]
    review.approve_selected(chosen=chosen, by=grown_city.reviewer, at=timezone.now())
    check(statements())


def test_every_step_of_a_reply_finds_its_rows_by_indexes(grown_city, statements):
    commitment, now = grown_city.park.commitments.first(), timezone.now()
    own, other = {"by": grown_city.manager, "at": now}, {"by": grown_city.reviewer, "at": now}
    reply = replying.write(commitment=commitment, quarter=QUARTER, text="已加快", version=None, **own)
    reply = replying.submit(reply=reply, version=reply.version, **own)
    reply = replying.withdraw(reply=reply, **own)
    reply = replying.submit(reply=reply, version=reply.version, **own)
    reply = replying.return_reply(reply=reply, reason="请说明", **other)
    reply = replying.submit(reply=reply, version=reply.version, **own)
    replying.approve(reply=reply, version=reply.version, **other)
    check(statements())


def test_every_step_of_a_proposal_finds_its_rows_by_indexes(grown_city, statements):
    now = timezone.now()
    commitment = grown_city.park.commitments.exclude(milestone_proposals__status="proposed").first()
    for step in (proposing.withdraw, proposing.approve):
        proposal = proposing.propose(
            commitment=commitment,
            interims=[Interim(date(2025, 1, 1), Decimal(10))],
            reason="分年推进",
            by=grown_city.manager,
            at=now,
        )
        by = grown_city.manager if step is proposing.withdraw else grown_city.reviewer
        step(proposal=proposal, by=by, at=now)
    check(statements())


def test_what_is_typed_is_judged_and_kept_by_indexes(grown_city, client):
    client.force_login(grown_city.manager)
    page = f"/admin/parks/quarterlyreport/enter/{grown_city.park.code}/{QUARTER}/"
    typed = {f"value-{pk}": "5" for pk in grown_city.park.commitments.values_list("pk", flat=True)}
    with CaptureQueriesContext(connection) as caught:
        assert client.post(f"{page}consequence/", typed | {"version": "0"}).json()["kept"]
        assert client.get(page).status_code == 200
        assert client.post(page, typed | {"step": "forget"}).status_code == 302
    check(query["sql"] for query in caught)


def test_an_imported_file_finds_its_rows_by_indexes(grown_city, tmp_path, statements):
    names = Indicator.objects.filter(code__in=INDICATORS).values_list("name_zh", flat=True)
    lines = [f"2023-Q{number},{name},3" for number in (3, 4) for name in names]
    file = tmp_path / "figures.csv"
    # Of the fourth quarter, which was approved with other figures, the whole file is refused.
    for rows in (lines, lines[:3]):
        file.write_text("\n".join(["季度,指标,本季填报数", *rows]))
        with suppress(CommandError):
            call_command(
                "import_figures",
                str(file),
                park=grown_city.park.code,
                by=grown_city.manager.username,
                stdout=StringIO(),
            )
    assert QuarterlyReport.objects.filter(park=grown_city.park, quarter=QUARTER).exists()
    check(statements())


def test_a_park_is_handed_over_by_indexes(grown_city, statements):
    successor = make_user(role="park manager")
    hand_over(leaver=grown_city.manager, successor=successor, lock=True, by=grown_city.administrator)
    check(statements())


def test_what_waits_for_a_reviewer_is_found_by_indexes(grown_city):
    ledger = Ledger.of(timezone.localdate())
    with CaptureQueriesContext(connection) as caught:
        assert review.waiting_reports(ledger)
        assert waiting_replies() and waiting_proposals() and not not_sent()
    check(query["sql"] for query in caught)


def test_mails_that_wait_are_found_by_an_index(grown_city, statements):
    assert 0 < Notice.objects.filter(sent=None).count() < 100
    deliver()
    check(statements())


def test_a_reader_who_reports_an_error_waits_for_no_table(grown_city, client):
    form = {"about": grown_city.park.code, "wrong": "数字有误", "quarter": "2025-Q3", "as_of": "2026-11-01"}
    with CaptureQueriesContext(connection) as caught:
        assert client.post("/report-error/", form).status_code == 302
    check(query["sql"] for query in caught)


def test_what_changed_last_is_read_from_the_ends_of_indexes(grown_city):
    check([edition._question()])


def test_whether_anything_invented_stands_is_told_by_an_index(statements):
    assert not checks.demonstration_reports_stand()
    check(statements())


# --- the indexes themselves ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("index", "who", "path"),
    [
        ("report_newest_quarter_first", "reviewer", "/admin/parks/quarterlyreport/"),
        ("reply_newest_quarter_first", "reviewer", "/admin/parks/reply/"),
        ("park_in_order", "reviewer", "/admin/parks/park/"),
        ("proposal_of_status_by_age", "reviewer", "/admin/parks/milestoneproposal/?status__exact=declined"),
        ("event_of_report_by_time", "reader", PARK),
    ],
)
def test_without_its_index_a_page_reads_or_sorts_a_whole_table(grown_city, index, who, path):
    asked = asked_by(who, path, grown_city)
    assert not complaints(asked)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX {index}")
    assert complaints(asked)


OURS = [
    model
    for app in ("parks", "targets", "institutions", "changchun_innovation")
    for model in apps.get_app_config(app).get_models()
]


def columns_of(model) -> list[tuple[str, ...]]:
    """The columns of every index of a table that holds all its rows, and of every constraint that brings one."""
    found = [(field.attname,) for field in model._meta.local_fields if field.unique or field.db_index]
    for each in (*model._meta.indexes, *model._meta.constraints):
        if isinstance(each, models.Index | models.UniqueConstraint) and each.condition is None:
            found.append(tuple(model._meta.get_field(name.lstrip("-")).attname for name in each.fields))
    return found


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_no_index_is_the_beginning_of_another(model):
    indexes = columns_of(model)
    for place, one in enumerate(indexes):
        others = indexes[:place] + indexes[place + 1 :]
        assert not any(other[: len(one)] == one for other in others), one


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_every_relation_is_found_from_both_its_ends(model):
    beginnings = {columns[0] for columns in columns_of(model)}
    fields = [field for field in model._meta.local_fields if field.is_relation]
    relations = {field.attname for field in fields if field.db_constraint}
    assert relations <= beginnings
