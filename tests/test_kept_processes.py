"""Several processes on one database: what one of them changes, every other one tells from the next request on."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.test import Client

from parks.models import Park
from tests.city_databases import is_postgres, name
from tests.commands.test_serve import environment, free_port
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

# Whatever the port is, the readers' address is the same.
HOST = "localhost"


def database_url() -> str:
    """The database of this test, for a process of its own."""
    if not is_postgres():
        return f"sqlite:///{name()}"
    before, _slash, _name = os.environ["DATABASE_URL"].rpartition("/")
    return f"{before}/{name()}"


class Process:
    """A gunicorn of its own with two threads; what it says is in `log`."""

    def __init__(self, folder, number: int, **variables: str) -> None:
        self.port = free_port()
        self.log = folder / f"gunicorn-{number}.log"
        self._out = self.log.open("w")
        command = ["gunicorn", "changchun_innovation.wsgi:application", "--bind", f"127.0.0.1:{self.port}"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", *command, "--workers", "1", "--threads", "2", "--no-control-socket"],
            cwd=settings.BASE_DIR,
            env=environment(folder, DATABASE_URL=database_url(), SECRET_KEY=settings.SECRET_KEY, **variables),
            stdout=self._out,
            stderr=subprocess.STDOUT,
        )

    def answer(self, path: str, **headers: str) -> tuple[int, str, bytes]:
        """Status, tag and body; waits until the process listens."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", headers={"Host": HOST, **headers}
        )
        until = time.monotonic() + 60
        while True:
            try:
                with urllib.request.urlopen(request, timeout=30) as answer:
                    return answer.status, answer.headers.get("ETag", ""), answer.read()
            except urllib.error.HTTPError as error:
                with error:
                    return error.code, error.headers.get("ETag", ""), error.read()
            except (urllib.error.URLError, ConnectionError):
                if self.process.poll() is not None or time.monotonic() > until:
                    raise AssertionError(self.log.read_text()) from None
                time.sleep(0.2)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=30)
            finally:
                self.process.kill()
        self._out.close()


@pytest.fixture
def processes(baseline, tmp_path):
    """Two that know nothing of each other but the database."""
    connection.close()
    both = [Process(tmp_path, number) for number in range(2)]
    yield both
    for one in both:
        one.stop()


def test_two_processes_tell_the_same_and_both_tell_at_once_what_a_third_one_changes(processes):
    one, other = processes
    status, tag, page = one.answer("/parks/")
    assert (status, bool(tag)) == (200, True)
    assert other.answer("/parks/") == (200, tag, page), "strong tags: the same bytes from both"
    assert other.answer("/parks/", **{"If-None-Match": tag}) == (304, tag, b"")
    for number in range(3):
        park = Park.objects.get(code="jixing")
        park.name_zh = f"第 {number} 个名字"
        park.save()
        for process in processes:
            status, new, page = process.answer("/parks/", **{"If-None-Match": tag})
            assert (status, f"第 {number} 个名字" in page.decode()) == (200, True)
        assert one.answer("/parks/", **{"If-None-Match": new}) == (304, new, b"")
        tag = new


def test_a_database_that_was_restarted_costs_no_reader_a_page(processes):
    reader = Client()
    reader.force_login(make_user(role="official"))
    session = reader.cookies[settings.SESSION_COOKIE_NAME].value
    assert SessionStore(session).load()
    cookie = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={session}"}
    # A page that is kept, one that is worked out anew, and both for an account.
    before = {}
    for process in processes:
        for headers in ({}, cookie):
            before[process, bool(headers)] = process.answer("/parks/", **headers)
    assert {status for status, *_ in before.values()} == {200}
    for turn in range(2):
        for headers in ({}, cookie):
            for path in ("/parks/", f"/targets/?turn={turn}"):
                end_all_other_sessions()
                for process in processes:
                    answer = process.answer(path, **headers)
                    assert answer[0] == 200, process.log.read_text()
                    if path == "/parks/":
                        assert answer == before[process, bool(headers)]


def end_all_other_sessions() -> None:
    """What a restart of PostgreSQL does to whoever is connected; SQLite is opened for each request anyway."""
    if is_postgres():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            assert cursor.fetchall()
