"""Files carry a tag by which a program asks whether anything is new."""

import pytest
from django.test import Client

from parks.models import Park
from tests.factories import make_user


def get(path: str, client: Client | None = None, tag: str = ""):
    answer = (client or Client()).get(path, headers={"if-none-match": tag} if tag else {})
    answer.body = b"".join(answer) if answer.streaming else answer.content
    return answer


@pytest.mark.parametrize(
    "path",
    ["/data/figures.csv", "/data/progress.csv?lang=en", "/data/coverage.xlsx", "/data/datapackage.json"],
)
def test_a_file_that_is_not_new_is_not_sent_again(demo_data, path):
    first = get(path)
    assert first.status_code == 200 and first["ETag"]
    again = get(path, tag=first["ETag"])
    assert (again.status_code, again.body) == (304, b"")


def test_a_file_is_sent_again_after_a_change(demo_data):
    tag = get("/data/progress.csv")["ETag"]
    park = Park.objects.get(code="jixing")
    park.name_zh = "改名的园区"
    park.save()
    answer = get("/data/progress.csv", tag=tag)
    assert answer.status_code == 200 and answer["ETag"] != tag
    assert "改名的园区" in answer.body.decode()


def test_another_question_has_another_tag(demo_data):
    tags = {
        get(f"/data/progress.csv{more}")["ETag"]
        for more in ("", "?lang=en", "?park=jixing", "?as_of=2025-11-01")
    }
    assert len(tags) == 4


def test_what_depends_on_the_reader_has_no_tag(demo_data):
    analyst = Client()
    analyst.force_login(make_user(role="analyst"))
    for path in ("/data/reports.csv", "/data/events.csv", "/data/figures.csv?status=all"):
        answer = get(path, analyst)
        assert answer.status_code == 200 and not answer.has_header("ETag"), path
