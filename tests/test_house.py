"""The house stands as it is described: floors, names, top level, migrations."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from importlinter import api as _  # noqa: F401  (configures what `use_cases` needs)
from importlinter.application import use_cases

ROOT = Path(settings.BASE_DIR)
VISIBLE = {
    "README.md",
    "changchun_innovation",
    "fixtures",
    "institutions",
    "manage.py",
    "parks",
    "pyproject.toml",
    "requirements.txt",
    "static",
    "targets",
    "templates",
    "tests",
}
# Made by running the application or its tools, never part of the project.
MADE = {"var", "__pycache__"}
OURS = [
    file
    for top in sorted(VISIBLE | {".ci", ".gitignore"})
    for file in ([ROOT / top] if (ROOT / top).is_file() else sorted((ROOT / top).rglob("*")))
    if file.is_file() and "__pycache__" not in file.parts
]
TEXTS = [file for file in OURS if file.suffix not in {".mo", ".png", ".jpg", ".woff2", ".xlsx", ".ico"}]
NAMELESS = {"utils", "util", "helpers", "helper", "common", "core", "misc", "services", "managers", "lib"}


def test_arrows_between_the_rooms_point_down(capsys):
    kept = use_cases.lint_imports(config_filename=str(ROOT / "pyproject.toml"), cache_dir=None)
    assert kept, capsys.readouterr().out


def test_the_top_level_of_the_project_is_the_one_that_is_described():
    there = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")} - MADE
    assert there == VISIBLE


def test_every_file_is_named_for_a_concept():
    nameless = [file for file in OURS if {file.stem, file.parent.name} & NAMELESS]
    assert not nameless


def test_no_file_names_a_folder_of_the_machine_it_was_written_on():
    homes = re.compile(r"(?<![\w.~])/" + r"(work|root|home/\w+|Users/\w+|tmp/plan)\b")
    assert not [(file.name, match.group()) for file in TEXTS if (match := homes.search(file.read_text()))]


def test_nothing_is_left_for_later():
    later = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
    assert not [
        file
        for file in TEXTS
        if file.suffix in {".py", ".html", ".js", ".css"} and later.search(file.read_text())
    ]


@pytest.mark.django_db
def test_the_migrations_say_all_that_the_models_say(capsys):
    try:
        call_command("makemigrations", check=True, dry_run=True, verbosity=1)
    except SystemExit:
        pytest.fail(capsys.readouterr().out)


def test_django_finds_nothing_wrong(capsys):
    call_command("check", fail_level="WARNING")
