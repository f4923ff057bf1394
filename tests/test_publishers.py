"""Several publishers at once, each on a connection of its own: nobody ever reads a page that lacks what was committed.

On PostgreSQL they wait for one lock; on SQLite the transaction itself is the lock, and the same must come out.
"""

import json
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from time import sleep

import pytest
from auditlog.models import LogEntry
from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection, transaction
from django.db.models.signals import post_save
from django.test import Client
from django.urls import reverse

from changchun_innovation import baseline as loader
from changchun_innovation.edition import edition, watched
from changchun_innovation.handover import hand_over
from changchun_innovation.models import Preference
from changchun_innovation.roles import ROLES
from institutions.models import Source
from parks import workflow
from parks.models import Park, ParkManager, Publication, QuarterlyReport, ReportEvent, ReportsFrom, Status
from tests.city_databases import forget, is_postgres
from tests.conftest import TODAY
from tests.factories import group_of, make_commitment, make_park, make_source, make_user
from tests.parks.test_races import City as CityOfRaces

pytestmark = pytest.mark.django_db(transaction=True)

PAGES = ("/parks/ninth/", "/parks/changzhi/")


# --- people --------------------------------------------------------------------------------------------------
class Publishers:
    """Whoever changes what readers see, each in their own way; `number` makes every change another one."""

    def __init__(self, folder):
        for role in ROLES:
            group_of(role)
        self.folder = folder
        # A park that the files of the reference data do not know, and so do not set right again.
        self.park = make_park(code="ninth")
        self.source = make_source()
        self.firms = make_commitment(park=self.park)
        self.reviewer = make_user(role="reviewer")
        self.editor = make_user(role="reviewer")
        self.administrator = make_user(role="administrator")
        self.manager = make_user(role="park manager", parks=[self.park])
        self.reports = CityOfRaces.waiting(self, 60)
        self.text = Form(self.editor, "parks_park_change", self.park)
        self.fact = Form(self.editor, "parks_reportsfrom_add")
        self.account = Form(self.administrator, "auth_user_change", self.manager)

    def approves(self, number: int) -> None:
        report = self.reports[number]
        workflow.approve(report=report, version=report.version, by=self.reviewer, at=TODAY)

    def edits_a_text(self, number: int) -> None:
        self.text.send(note_zh=f"第 {number} 次修改")

    def adds_a_fact(self, number: int) -> None:
        self.fact.send(park=self.park.pk, quarter=f"20{30 + number}-Q1", reason="调整")

    def edits_an_account(self, number: int) -> None:
        self.account.send(first_name=f"第{number}", **as_it_was())

    def mends_a_title_on_the_command_line(self, number: int) -> None:
        source = Source.objects.get(pk=self.source.pk)
        source.title_zh = f"第 {number} 个标题"
        source.save()

    def loads_reference_data(self, number: int) -> None:
        folder = self.folder / str(number)
        shutil.copytree(settings.BASE_DIR / "fixtures", folder, ignore=shutil.ignore_patterns("demo"))
        path = folder / "publications.json"
        rows = json.loads(path.read_text(encoding="utf-8"))
        rows[0]["fields"]["label_zh"] = f"第 {number} 版报道"
        path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
        loader.load(update=True, today=TODAY.date(), folder=folder)

    @property
    def all(self) -> list:
        return [
            self.approves,
            self.edits_a_text,
            self.adds_a_fact,
            self.edits_an_account,
            self.mends_a_title_on_the_command_line,
            self.loads_reference_data,
        ]


def as_it_was() -> dict:
    """What else stands on the page of the manager's account: the role, and the two tables below."""
    tables = {
        f"{prefix}-{name}_FORMS": 0
        for prefix in ("managed_parks", "preference")
        for name in ("TOTAL", "INITIAL")
    }
    return {"groups": [Group.objects.get(name="park manager").pk], "is_active": "on", **tables}


class Form:
    """A form of the admin as one person opened it, to be sent again and again.

    It is opened before the threads begin: what the test client notes of a page it notes of all pages of the moment.
    """

    def __init__(self, person, page: str, row=None):
        self._client = Client()
        self._client.force_login(person)
        self._address = reverse(f"admin:{page}", args=[row.pk] if row else [])
        shown = self._client.get(self._address).context["adminform"].form
        self._fields = {
            name: value for name, value in shown.initial.items() if name in shown.fields and value is not None
        }

    def send(self, **typed) -> None:
        answer = self._client.post(self._address, {**self._fields, **typed})
        assert answer.status_code == 302, answer.content.decode()


@pytest.fixture
def publishers(baseline, tmp_path):
    return Publishers(tmp_path)


@contextmanager
def at_once(*acts):
    """Lets people act in threads of their own while the body runs; raises what they raised."""

    def act(deed):
        try:
            return deed()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        futures = [pool.submit(act, deed) for deed in acts]
        yield futures
        for future in futures:
            future.result(60)


def elsewhere(ask):
    """What somebody on another connection is told."""
    with at_once(ask) as (future,):
        return future.result(60)


def standing() -> dict[type, set[int]]:
    return {model: set(model._base_manager.values_list("pk", flat=True)) for model in watched()}


# --- the order of commits ------------------------------------------------------------------------------------
def test_whoever_publishes_second_waits_and_gets_the_higher_ids(publishers):
    """A publisher of each kind is held up before the commit, while one of every kind comes after it."""
    for turn, first in enumerate(publishers.all):
        shown = pages()
        with ExitStack() as behind, transaction.atomic():
            first(3 * turn)
            later = [partial(deed, 3 * turn + 2) for deed in publishers.all]
            futures = behind.enter_context(at_once(*later))
            # Time enough for all of them to come to the lock.
            sleep(1)
            assert not [each for each in futures if each.done()], f"behind {first.__name__}"
            assert elsewhere(pages) == shown, "nothing is committed yet"
            # What comes now has the highest ids of all, unless somebody has taken theirs before waiting.
            first(3 * turn + 1)
            ours = standing()
        after = standing()
        for model in watched():
            taken = {pk for pk in after[model] if pk <= max(ours[model], default=0)}
            assert taken == ours[model], (first.__name__, model)
        assert {LogEntry, ReportEvent, ReportsFrom} <= {each for each in after if after[each] != ours[each]}
        assert pages() != shown


def pages() -> list[bytes]:
    return [page_of(path) for path in PAGES]


def page_of(path: str) -> bytes:
    answer = Client().get(path)
    assert answer.status_code == 200
    return answer.content


def test_a_reader_who_asks_all_the_while_never_ends_with_an_old_page(publishers):
    over = threading.Event()
    seen = {path: set() for path in PAGES}

    def read(path):
        client, tag = Client(), ""
        while not over.is_set():
            answer = client.get(path, headers={"if-none-match": tag})
            assert answer.status_code in (200, 304)
            tag = answer.get("ETag", "")
            seen[path].add(tag)

    def publish(deed):
        for number in range(5, 9):
            deed(number)
            # Whoever published reads the new page at once, whatever the others do meanwhile.
            if deed == publishers.edits_a_text:
                assert f"第 {number} 次修改" in page_of(PAGES[0]).decode()
            if deed == publishers.loads_reference_data:
                assert f"第 {number} 版报道" in page_of(PAGES[1]).decode()

    with at_once(*(partial(read, path) for path in PAGES)):
        try:
            with at_once(*(partial(publish, deed) for deed in publishers.all)):
                pass
        finally:
            over.set()
    assert all(len(tags) > 2 for tags in seen.values()), "they read while it happened"
    kept = pages()
    forget()
    assert pages() == kept
    publishers.park.refresh_from_db()
    assert publishers.park.note_zh == "第 8 次修改"
    assert Publication.objects.filter(label_zh="第 8 版报道").exists()


def test_a_text_is_committed_together_with_its_entry_also_outside_of_any_transaction(publishers):
    """The entry is written first: seen alone it would give the old text a new name."""
    before, read = edition(), []

    def read_elsewhere(**_signal):
        read.append(elsewhere(edition))

    post_save.connect(read_elsewhere, sender=LogEntry)
    try:
        publishers.park.note_zh = "改在命令行"
        publishers.park.save()
    finally:
        post_save.disconnect(read_elsewhere, sender=LogEntry)
    assert read == [before]
    assert elsewhere(edition) == edition() != before


# --- nobody waits for ever -----------------------------------------------------------------------------------
def test_in_fifty_rounds_of_editing_a_park_against_approving_its_reports_nobody_is_turned_away(publishers):
    rounds, gate = 50, threading.Barrier(2)

    def approve():
        for number in range(rounds):
            gate.wait(60)
            publishers.approves(number)

    def edit():
        for number in range(rounds):
            gate.wait(60)
            publishers.edits_a_text(number)

    with at_once(approve, edit):
        pass
    assert QuarterlyReport.objects.filter(status=Status.APPROVED).count() == rounds
    publishers.park.refresh_from_db()
    assert publishers.park.note_zh == f"第 {rounds - 1} 次修改"


def test_an_account_is_edited_while_its_parks_are_handed_over(publishers):
    leaver, successor = publishers.manager, make_user(role="park manager")
    for person in (leaver, successor):
        Preference.objects.create(user=person)
    rounds, gate = 12, threading.Barrier(2)

    def hand():
        pair = [leaver, successor]
        for _round in range(rounds):
            gate.wait(60)
            hand_over(leaver=pair[0], successor=pair[1], lock=False, by=publishers.administrator)
            pair.reverse()

    def edit():
        # Nothing of the account itself is another: only the row below it leaves an entry.
        below = {"id": leaver.preference.pk, "user": leaver.pk, "language": "zh-hans"}
        table = {"preference-TOTAL_FORMS": 1, "preference-INITIAL_FORMS": 1}
        table |= {f"preference-0-{name}": value for name, value in below.items()}
        for number in range(rounds):
            gate.wait(60)
            publishers.account.send(**{**as_it_was(), **table, "preference-0-contact": str(number)})

    with at_once(hand, edit):
        pass
    assert ParkManager.objects.get(park=publishers.park).user == leaver
    assert Preference.objects.get(user=leaver).contact == str(rounds - 1)


# --- connections ---------------------------------------------------------------------------------------------
def end_the_session() -> None:
    """What a restart of the server does to a connection."""
    if is_postgres():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            mine = cursor.fetchone()[0]

        def end():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(%s)", [mine])

        elsewhere(end)
    else:
        connection.ensure_connection()
        connection.connection.close()


def test_a_connection_that_ended_is_no_error_page(baseline):
    before = edition()
    page = page_of("/parks/")
    for _round in range(2):
        end_the_session()
        assert edition() == before
        end_the_session()
        assert page_of("/parks/") == page, "kept"
        forget()
        end_the_session()
        assert page_of("/parks/") == page, "worked out anew"


def test_a_question_that_somebody_in_between_forgot_is_asked_in_full(baseline):
    """A pool of connections between us and the server may hand us another session than the one we prepared."""
    before = edition()
    for _round in range(2):
        if is_postgres():
            with connection.cursor() as cursor:
                cursor.execute("DEALLOCATE ALL")
        assert edition() == before
    Park.objects.first().save()
    assert edition() == before
    park = Park.objects.first()
    park.order, park.note_en = park.order + 1, "noted"
    park.save()
    assert edition() != before


# --- what a session was told last ------------------------------------------------------------------------------
def times_asked() -> dict[str, int]:
    """How often this session of PostgreSQL answered each prepared question; SQLite prepares none."""
    if not is_postgres():
        return {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, generic_plans + custom_plans FROM pg_prepared_statements")
        return dict(cursor.fetchall())


def test_while_nothing_is_committed_the_tables_are_not_asked_again(baseline):
    before = edition()
    elsewhere(SessionStore().create)
    assert edition() == before, "a session is nothing that readers see"

    def asked_in_five_times() -> dict[str, int]:
        earlier = times_asked()
        assert {edition() for _time in range(5)} == {before}
        return {name: times - earlier[name] for name, times in times_asked().items()}

    if is_postgres():
        # The server has other databases, and a snapshot tells of the commits in all of them.
        assert {"edition": 0, "edition_snapshot": 5} in [asked_in_five_times() for _attempt in range(50)]


def test_whoever_was_under_way_when_a_reader_asked_is_read_once_committed(publishers):
    """Transactions end in another order than they begin, and some began before the reader asked."""
    title, session = partial(publishers.edits_a_text, 1), SessionStore().create
    # SQLite has one writer at a time.
    deeds = [session, title, session] if is_postgres() else [title]
    begun, may_end = ([threading.Event() for _deed in deeds] for _ in range(2))

    def write(number):
        assert number == 0 or begun[number - 1].wait(60)
        with transaction.atomic():
            deeds[number]()
            begun[number].set()
            assert may_end[number].wait(60)

    with at_once(*(partial(write, number) for number in range(len(deeds)))) as futures:
        assert begun[-1].wait(60)
        before, shown = edition(), page_of(PAGES[0])
        for number in sorted(range(len(deeds)), key=lambda number: deeds[number] is title):
            assert edition() == before
            assert page_of(PAGES[0]) == shown
            may_end[number].set()
            futures[number].result(60)
        assert edition() != before
        assert page_of(PAGES[0]) != shown
        assert edition() == elsewhere(edition), "and so it is told to whoever asks for the first time"


def test_within_a_transaction_its_own_rows_count_and_afterwards_only_if_they_were_kept(publishers):
    before = edition()
    for is_kept in (False, True):
        with transaction.atomic():
            publishers.edits_a_text(int(is_kept))
            assert edition() != before
            assert elsewhere(edition) == before
            transaction.set_rollback(not is_kept)
        assert (edition() != before) == is_kept
        assert elsewhere(edition) == edition()
