"""The start of an installation: a wrong value stops it with one line that names the variable and the remedy."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from tests.engine import OURS

WRONG = [
    ("DEMO", "perhaps"),
    ("DEBUG", "2"),
    ("HTTPS", "https"),
    ("PUBLIC_DASHBOARD", "everybody"),
    ("REPORT_DUE_DAYS", "soon"),
    ("REPORT_DUE_DAYS", "0"),
    ("REPORT_DUE_DAYS", "91"),
    ("REPORT_DUE_DAYS", "１５"),
    ("DEFAULT_QUARTER", "2025-Q5"),
    ("DEFAULT_QUARTER", "last"),
    ("DATABASE_URL", "mysql://localhost/changchun"),
    ("DATABASE_URL", "postgres://user:password@localhost:port/changchun"),
    ("DATABASE_URL", "postgres://"),
    ("DATABASE_URL", "changchun.sqlite3"),
    ("CSRF_TRUSTED_ORIGINS", "innovation.example.cn"),
    ("CACHE_URL", "nonsense://"),
    ("EMAIL_URL", "nonsense://"),
    ("LOG_LEVEL", "loud"),
    ("MAIL_FROM", "nobody"),
    ("SITE_URL", "innovation.example.cn"),
    ("SITE_URL", "ftp://innovation.example.cn"),
    ("SITE_URL", "https://innovation.example.cn/admin"),
    ("SITE_URL", "https://innovation.example.cn:port"),
    ("SITE_URL", "https://user:password@innovation.example.cn"),
]


def start(folder: Path, *command: str, **variables: str) -> subprocess.CompletedProcess:
    """Start Python on the project as a fresh process with only these variables of ours."""
    environment = {name: value for name, value in os.environ.items() if name not in OURS}
    environment |= {"DATA_DIR": str(folder), **variables}
    return subprocess.run(
        [sys.executable, *(command or ["-c", "import changchun_innovation.settings"])],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


def assert_one_line_about(variable: str, ended: subprocess.CompletedProcess) -> None:
    assert ended.returncode == 1
    assert ended.stdout == ""
    (line,) = ended.stderr.strip().splitlines()
    assert line.startswith(f"{variable}: ")


def test_without_a_single_variable_the_demonstration_starts(tmp_path):
    ended = start(tmp_path)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert len((tmp_path / "secret_key").read_text()) > 50


def test_two_starts_keep_the_same_secret_key(tmp_path):
    start(tmp_path)
    first = (tmp_path / "secret_key").read_text()
    start(tmp_path)
    assert (tmp_path / "secret_key").read_text() == first


@pytest.mark.parametrize(("variable", "value"), WRONG)
def test_a_wrong_value_stops_the_start_with_one_line_that_names_it(tmp_path, variable, value):
    assert_one_line_about(variable, start(tmp_path, **{variable: value}))


@pytest.mark.parametrize(
    ("variables", "address"),
    [
        ({}, "http://127.0.0.1:8000"),
        ({"ALLOWED_HOSTS": "innovation.example.cn,localhost"}, "http://innovation.example.cn"),
        ({"ALLOWED_HOSTS": "localhost,.example.cn", "HTTPS": "on"}, "https://example.cn"),
        ({"ALLOWED_HOSTS": "*"}, "http://127.0.0.1:8000"),
        ({"SITE_URL": "https://innovation.example.cn:8443/"}, "https://innovation.example.cn:8443"),
        ({"SITE_URL": "http://[::1]:8000"}, "http://[::1]:8000"),
    ],
)
def test_links_in_mails_lead_to_where_readers_reach_the_site(tmp_path, variables, address):
    tell = "from changchun_innovation.settings import SITE_URL; print(SITE_URL)"
    ended = start(tmp_path, "-c", tell, **variables)
    assert (ended.returncode, ended.stdout.strip(), ended.stderr) == (0, address, "")


def test_the_line_does_not_print_the_password_of_the_database(tmp_path):
    ended = start(tmp_path, DATABASE_URL="postgres://user:geheim@localhost:port/changchun")
    assert_one_line_about("DATABASE_URL", ended)
    assert "geheim" not in ended.stderr


def test_a_real_installation_needs_a_secret_key_of_its_own(tmp_path):
    assert_one_line_about("SECRET_KEY", start(tmp_path, DEMO="off"))
    assert_one_line_about("SECRET_KEY", start(tmp_path, DEMO="off", SECRET_KEY="short"))
    assert start(tmp_path, DEMO="off", SECRET_KEY="k" * 50).returncode == 0
    assert not (tmp_path / "secret_key").exists()


def test_a_folder_that_cannot_be_made_stops_the_start(tmp_path):
    (tmp_path / "file").write_text("in the way")
    assert_one_line_about("DATA_DIR", start(tmp_path / "file" / "data"))


def test_a_management_command_stops_with_the_same_line(tmp_path):
    assert_one_line_about("REPORT_DUE_DAYS", start(tmp_path, "manage.py", "check", REPORT_DUE_DAYS="soon"))


def test_a_real_installation_keeps_its_dashboard_closed_unless_told_otherwise(tmp_path):
    asked = (
        "from changchun_innovation import settings as s; print(s.DEMO, s.PUBLIC_DASHBOARD, s.DEFAULT_QUARTER)"
    )
    real = {"DEMO": "off", "SECRET_KEY": "k" * 50}
    assert start(tmp_path, "-c", asked).stdout.split() == ["True", "True", "2025-Q4"]
    assert start(tmp_path, "-c", asked, **real).stdout.split() == ["False", "False", "None"]
    opened = start(tmp_path, "-c", asked, **real, PUBLIC_DASHBOARD="on", DEFAULT_QUARTER="2024-Q2")
    assert opened.stdout.split() == ["False", "True", "2024-Q2"]


def test_a_database_url_may_name_a_socket_by_its_path(tmp_path):
    asked = "from changchun_innovation import settings as s; d = s.DATABASES['default']; print(d['HOST'], d['NAME'])"
    ended = start(tmp_path, "-c", asked, DATABASE_URL="postgres://city@%2Fvar%2Frun%2Fpostgresql/changchun")
    assert ended.stdout.split() == ["/var/run/postgresql", "changchun"]
