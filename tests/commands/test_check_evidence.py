"""The folder of evidence compared with its rows."""

import os
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from tests.parks.test_evidence import Desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "uploads"
    return Desk(settings.MEDIA_ROOT)


def check(*arguments: str) -> str:
    said = StringIO()
    call_command("check_evidence", *arguments, stdout=said)
    return said.getvalue()


def left_behind(beside: Path) -> Path:
    """A content that a crash two days ago left without a row."""
    path = beside.with_name("0" * 32)
    path.write_bytes(b"%PDF-1.4")
    then = (timezone.now() - timedelta(days=2)).timestamp()
    os.utime(path, (then, then))
    return path


def test_a_content_without_a_row_is_named_and_removed_only_when_asked(desk):
    desk.attach()
    (content,) = desk.contents()
    orphan = left_behind(content)
    assert f"{orphan.name}: no row refers to it" in check()
    assert orphan.exists()
    assert f"{orphan.name}: removed" in check("--remove")
    assert desk.contents() == [content]
    assert "0 contents without a row" in check()


def test_a_file_whose_content_is_lost_is_an_error_that_names_it(desk):
    desk.attach(name="协议.pdf")
    desk.contents()[0].unlink()
    with pytest.raises(CommandError, match="1 files of evidence have lost their content"):
        check("--remove")


def test_before_the_first_file_there_is_nothing_to_find(desk):
    assert check() == "evidence: 0 contents without a row, none lost\n"
