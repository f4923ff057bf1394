"""From an empty folder to the dashboard in one command, and what that command refuses in one line."""

import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command, get_commands, load_command_class

from changchun_innovation import serving
from tests.engine import OURS

OUR_APP = "changchun_innovation"
A_KEY = "a secret key for tests that is longer than fifty characters"


def environment(folder: Path, **variables: str) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if name not in OURS}
    return {**own, "DATA_DIR": str(folder), "PYTHONWARNINGS": "ignore", **variables}


def manage(folder: Path, *command: str, **variables: str) -> subprocess.CompletedProcess:
    """Run a command as a process of its own, with only these variables of ours."""
    return subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=settings.BASE_DIR,
        env=environment(folder, **variables),
        capture_output=True,
        text=True,
        timeout=120,
    )


def assert_refused(ended: subprocess.CompletedProcess, *words: str) -> None:
    assert ended.returncode == 1, ended.stdout
    (line,) = ended.stderr.strip().splitlines()
    for word in words:
        assert word in line


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Served:
    """A running `manage.py serve`; what it printed is in `log`."""

    def __init__(self, folder: Path, **variables: str) -> None:
        self.port = free_port()
        self.log = folder / "serve.log"
        self._out = self.log.open("w")
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "serve", "--bind", f"127.0.0.1:{self.port}", "--workers", "1"],
            cwd=settings.BASE_DIR,
            env=environment(folder, **variables),
            stdout=self._out,
            stderr=subprocess.STDOUT,
        )

    def __enter__(self) -> "Served":
        until = time.monotonic() + 110
        while time.monotonic() < until:
            if self.process.poll() is not None:
                break
            try:
                self.get("/accounts/login/")
                return self
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.2)
        self.process.kill()
        raise AssertionError(self.log.read_text())

    def __exit__(self, *_error) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(timeout=30)
            finally:
                self.process.kill()
        self._out.close()

    def get(self, path: str, **headers: str) -> urllib.request.http.client.HTTPResponse:
        return urllib.request.urlopen(
            urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=headers), timeout=30
        )


# --- the whole way -------------------------------------------------------------------------------------------
def test_from_an_empty_folder_to_the_dashboard_and_on_to_a_real_installation(tmp_path):
    """One story, because each part needs what the one before it left behind."""
    with Served(tmp_path, DEMO_PASSWORD="printed at every start") as served:
        page = served.get("/parks/").read().decode()
        assert "data-demo" in page
        # Static files have names that change with their content, come compressed and are asked for once.
        for name, most in (("css/site", 8_000), ("js/site", 6_500), ("plotly/plotly.min", 1_300_000)):
            path = page.partition(f'"/static/{name}.')[2].partition('"')[0]
            for coding in ("br", "gzip"):
                with served.get(f"/static/{name}.{path}", **{"Accept-Encoding": coding}) as answer:
                    assert (answer.status, answer.headers["Content-Encoding"]) == (200, coding)
                    assert "immutable" in answer.headers["Cache-Control"]
                    assert "max-age=315360000" in answer.headers["Cache-Control"]
                    assert int(answer.headers["Content-Length"]) < (most if coding == "br" else most * 1.25)
        # What the page of a broken server leads to stands under the names that it uses.
        for path in re.findall(
            r'href="(/static/[^"]+)"', (settings.BASE_DIR / "templates/500.html").read_text()
        ):
            assert served.get(path).status == 200
        refused = manage(tmp_path, "serve", "--bind", f"127.0.0.1:{served.port}")
        assert_refused(refused, "--bind", f"127.0.0.1:{served.port} is in use")
    assert served.process.returncode == 0, "Ctrl-C ends it in order"
    said = served.log.read_text()
    assert "roles: in step with roles.py" in said
    assert "invented reports" in said
    assert f"Dashboard: http://127.0.0.1:{served.port}/" in said
    assert "password of all of them: printed at every start" in said
    for name in ("official", "manager-lianhuashan", "reviewer", "analyst", "admin"):
        assert f"  {name} " in said
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600
    assert not (tmp_path / "demo_password").exists()

    with Served(tmp_path) as again:
        assert again.get("/parks/").status == 200
    said = again.log.read_text()
    for line in (
        "database: up to date",
        "reference data: all 317 rows are there",
        "demonstration: already loaded",
        "static files: unchanged",
    ):
        assert line in said.splitlines()
    # Without DEMO_PASSWORD a random one is kept, and printed again.
    assert f"password of all of them: {(tmp_path / 'demo_password').read_text()}" in said

    real = {"DEMO": "off", "SECRET_KEY": A_KEY, "PUBLIC_DASHBOARD": "on"}
    assert_refused(manage(tmp_path, "serve", **real), "DEMO", "load_demo --clear")
    gunicorn = subprocess.run(
        [sys.executable, "-c", "import changchun_innovation.wsgi"],
        cwd=settings.BASE_DIR,
        env=environment(tmp_path, **real),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (gunicorn.returncode, len(gunicorn.stderr.splitlines())) == (3, 1)
    assert "invented reports are in the database" in gunicorn.stderr

    assert manage(tmp_path, "load_demo", "--clear", **real).returncode == 0
    with Served(tmp_path, **real) as installed:
        page = installed.get("/parks/").read().decode()
        assert "data-demo" not in page
    said = installed.log.read_text().splitlines()
    assert "demonstration: off, 12 demonstration accounts locked" in said
    assert "accounts: none yet; make the first one with manage.py createsuperuser" in said


# --- refusals ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"DATABASE_URL": "postgres://u:p@127.0.0.1:1/changchun"}, ["DATABASE_URL", "Connection refused"]),
        ({"DATABASE_URL": "sqlite:////no/such/folder/changchun.sqlite3"}, ["DATABASE_URL", "unable to open"]),
        ({"DATABASE_URL": "changchun"}, ["DATABASE_URL", "postgres://"]),
        ({"DEMO": "off"}, ["SECRET_KEY", "required when DEMO is off"]),
        ({"DATA_DIR": "/dev/null/folder"}, ["DATA_DIR", "can be written"]),
    ],
    ids=lambda value: next(iter(value.values())) if isinstance(value, dict) else "",
)
def test_a_wrong_environment_is_refused_in_one_line(tmp_path, variables, words):
    assert_refused(manage(tmp_path, "serve", **variables), *words)


def test_a_demonstration_is_served_on_this_machine_only(tmp_path):
    ended = manage(tmp_path, "serve", "--bind", "0.0.0.0:8000")
    assert_refused(ended, "--bind", "this machine only", "DEMO=off")
    assert not (tmp_path / "changchun.sqlite3").exists()


@pytest.mark.parametrize("bind", [":8000", "[::]:8000", "192.0.2.7:8000"])
def test_no_other_way_of_writing_an_address_opens_a_demonstration(bind):
    with pytest.raises(serving.ServingRefused, match="this machine only"):
        serving.check_address(serving.Address.parse(bind))


@pytest.mark.parametrize("workers", ["0", "65", "many", "-1", "２", ""])
def test_a_number_of_workers_is_a_number(workers):
    with pytest.raises(CommandError, match=f"^--workers: “{workers}” is not a whole number from 1 to 64"):
        call_command("serve", f"--workers={workers}")


@pytest.mark.parametrize(
    "text",
    ["8000", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "::1:8000", "a b:1:2", "[::1]8000"],
)
def test_what_is_no_address_is_refused(text):
    with pytest.raises(serving.ServingRefused, match=r"^--bind: “"):
        serving.Address.parse(text)


@pytest.mark.parametrize(
    ("text", "loopback", "url"),
    [
        ("127.0.0.1:8000", True, "http://127.0.0.1:8000/"),
        ("127.9.9.9:80", True, "http://127.9.9.9:80/"),
        ("localhost:8000", True, "http://localhost:8000/"),
        ("[::1]:8000", True, "http://[::1]:8000/"),
        ("0.0.0.0:8000", False, "http://127.0.0.1:8000/"),
        ("192.0.2.7:8000", False, "http://192.0.2.7:8000/"),
    ],
)
def test_which_addresses_only_this_machine_reaches(text, loopback, url):
    address = serving.Address.parse(text)
    assert (address.is_loopback, address.url, str(address)) == (loopback, url, text)


def test_a_database_without_tables_names_the_remedy(tmp_path):
    assert_refused(manage(tmp_path, "load_baseline"), "run manage.py migrate first")


@pytest.mark.parametrize("command", sorted(c for c, app in get_commands().items() if app == OUR_APP))
def test_every_command_explains_itself_with_an_example(command):
    said = load_command_class(OUR_APP, command).create_parser("manage.py", command).format_help()
    _usage, example, rest = said.lower().partition("example")
    assert example
    assert f"manage.py {command}" in " ".join(rest.split())
