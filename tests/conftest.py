"""What every test stands on: a day, a database, and the city in it.

`db`           an empty database (or mark the module with `pytest.mark.django_db`)
`baseline`     the reference data of fixtures/, as `manage.py load_baseline` leaves it
`demo_data`    the same with the invented reports of `manage.py load_demo`
`big_city`     the same grown to eighty parks
`grown_city`   the reference data and two thousand more parks with twelve quarters each
Each is loaded once and rolled back after each test; a test that commits (`transactional_db`, `live_server`) gets a
copy of its own.
"""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.conf import settings as django_settings
from django.core.management import call_command
from django.db import connection

from tests import city_databases
from tests.city_databases import forget

TODAY = datetime(2026, 11, 23, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
PREPARED = ("baseline", "demo_data", "big_city", "grown_city")


def pytest_configure():
    # Half a second for every log-in is the point of the real one, and its own authors test it.
    django_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # Every new client builds the middleware anew, and without this each would first read all the static files; so
    # each file is found when it is asked for. tests/commands/test_serve.py has them served as a real start does.
    django_settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture(autouse=True)
def today():
    """It is ten in the morning of 23 November 2026 in Changchun; clocks go on from there. Answers a traveller."""
    with time_machine.travel(TODAY, tick=True) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def nothing_is_remembered():
    """No test reads what another one left in a cache."""
    forget()


# --- databases -----------------------------------------------------------------------------------------------
@pytest.fixture(scope="session")
def django_db_modify_db_settings(request):
    """A database of its own for every worker; on SQLite a file, because a live server's threads share it."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        settings["TEST"]["NAME"] = str(Path(django_settings.DATA_DIR) / f"test_{worker}.sqlite3")
    else:
        settings["TEST"]["NAME"] = f"test_{settings['NAME']}_{worker}"


def load_baseline() -> None:
    call_command("load_baseline", verbosity=0)


def load_demo() -> None:
    with time_machine.travel(TODAY, tick=True):
        call_command("load_demo", verbosity=0)


def load_big_city() -> None:
    # Its models can be imported only when Django is ready.
    from tests.big_city import grow_to

    with time_machine.travel(TODAY, tick=True):
        grow_to(80)


def load_grown_city() -> None:
    from tests.grown_city import analyse, grow

    with time_machine.travel(TODAY, tick=True):
        grow(2000)
        analyse()


@pytest.fixture(scope="session")
def prepared_databases(django_db_setup, django_db_blocker):
    """Makes the prepared databases when they are first asked for. Answers a function: word → database name."""
    made: dict[str, str] = {}
    broken: dict[str, Exception] = {}
    empty = city_databases.name()
    steps = {
        "baseline": (None, load_baseline),
        "demo_data": ("baseline", load_demo),
        "big_city": ("demo_data", load_big_city),
        "grown_city": ("baseline", load_grown_city),
    }

    def database(word: str) -> str:
        if word in broken:
            raise broken[word]
        if word not in made:
            before, load = steps[word]
            out_of = database(before) if before else empty
            target = city_databases.suffixed(empty, word)
            city_databases.drop(target)
            try:
                city_databases.prepare(target, out_of=out_of, load=load)
            except Exception as error:
                # Said once for every test that needs it, without trying again.
                broken[word] = error
                raise
            made[word] = target
        return made[word]

    yield database
    with django_db_blocker.unblock():
        for target in made.values():
            city_databases.drop(target)
        city_databases.end_other_sessions(empty)


@pytest.fixture
def city_database(request, prepared_databases, django_db_blocker):
    """Points the test at the database it asks for, before pytest-django begins its transaction."""
    word = next((word for word in reversed(PREPARED) if word in request.fixturenames), None)
    if word is None:
        yield city_databases.name()
        return
    with django_db_blocker.unblock():
        prepared = prepared_databases(word)
        chosen = city_databases.a_copy_of if commits(request.node) else city_databases.pointed_at
        with chosen(prepared) as database, django_db_blocker.block():
            yield database


def commits(item) -> bool:
    """Whether a test commits instead of running in a transaction that is rolled back."""
    marker = item.get_closest_marker("django_db")
    return bool(
        {"transactional_db", "live_server"} & set(item.fixturenames)
        or (marker and (marker.kwargs.get("transaction") or (marker.args and marker.args[0])))
    )


@pytest.fixture
def baseline(city_database, db):
    """The reference data of the city: sources, indicators, targets, parks and their 29 commitments."""
    assert city_databases.name() == city_database


@pytest.fixture
def demo_data(city_database, db):
    """The reference data and the demonstration: invented reports, accounts and roles."""
    assert city_databases.name() == city_database


@pytest.fixture
def big_city(city_database, db):
    """The demonstration in a city of eighty parks; see tests/big_city.py."""
    assert city_databases.name() == city_database


@pytest.fixture
def grown_city(city_database, db):
    """Two thousand parks that reported for twelve quarters; answers whom to ask about. See tests/grown_city.py."""
    from tests.grown_city import grown

    assert city_databases.name() == city_database
    return grown()


# The longest tests come first, so that of several workers none is left alone with one of them at the end.
LONGEST = ("test_known_on_a_day.py", "test_races.py", "test_serve.py", "test_growth.py")


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.path.name not in LONGEST)
    for item in items:
        names = getattr(item, "fixturenames", [])
        if any(word in names for word in PREPARED) and "city_database" in names:
            # First of all: pytest-django begins the test's transaction in a fixture that runs for every test.
            names.remove("city_database")
            names.insert(0, "city_database")
