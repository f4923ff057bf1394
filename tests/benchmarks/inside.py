"""What is measured from within the application: run as a process of its own, with the environment of the server.

python -m tests.benchmarks.inside session | select | approvals URL ROUNDS
"""

import json
import os
import sys
from http.client import HTTPConnection
from statistics import median
from time import perf_counter
from urllib.parse import urlsplit

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "changchun_innovation.settings")
django.setup()

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.utils import timezone  # noqa: E402

from changchun_innovation.shared.datasets import Selection  # noqa: E402
from changchun_innovation.shared.params import default_quarter  # noqa: E402
from changchun_innovation.shared.quarters import Quarter  # noqa: E402
from parks import workflow  # noqa: E402
from parks.exports.figures import figure_lines  # noqa: E402
from parks.models import QuarterlyReport  # noqa: E402
from tests.factories import make_user  # noqa: E402


def session() -> str:
    """The key of a session of somebody who reads and has no desk."""
    user = get_user_model().objects.get(username="official")
    store = SessionStore()
    store[SESSION_KEY], store[BACKEND_SESSION_KEY] = str(user.pk), "django.contrib.auth.backends.ModelBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    return store.session_key


def select() -> str:
    """The very SELECT by which figures.csv is written, with its parameters filled in."""
    from changchun_innovation.shared.copy_out import as_typed

    today = timezone.localdate()
    return as_typed(*figure_lines(Selection(known_on=today, about=default_quarter(today))))


def approvals(address: str, rounds: int) -> dict[str, float]:
    """Milliseconds of the first request after an approval, whole page taken; the median and the best of the rounds.

    Each round corrects an approved report of another park by the workflow's own steps; only the request is timed.
    """
    latest = Quarter.parse(os.environ.get("DEFAULT_QUARTER", "2025-Q4"))
    approved = QuarterlyReport.objects.filter(status="approved", quarter=latest, revision=1)
    reports = [
        report
        for report in approved.select_related("park").order_by("park__order", "pk")[: rounds * 3]
        if not QuarterlyReport.objects.filter(park=report.park, quarter=latest, revision__gt=1).exists()
    ]
    reopens, approves = make_user(role="reviewer"), make_user(role="reviewer")
    times = []
    for number in range(rounds):
        report = reports[number % len(reports)]
        manager = make_user(role="park manager", parks=[report.park])
        again = workflow.reopen(
            park=report.park, quarter=latest, reason="measured", by=reopens, at=timezone.now()
        )
        figure = again.figures.filter(value__isnull=False).first()
        figure.value, figure.explanation = figure.value + 1, "measured"
        figure.save()
        workflow.submit(report=again, version=again.version, by=manager, at=timezone.now())
        again.refresh_from_db()
        for _worker in range(4):
            asked(address)
        workflow.approve(report=again, version=again.version, by=approves, at=timezone.now())
        times.append(asked(address))
    return {"median": median(times), "best": min(times), "worst": max(times)}


def asked(address: str) -> float:
    """Milliseconds of one request, on a new connection, to its last byte."""
    parts = urlsplit(address)
    began = perf_counter()
    connection = HTTPConnection(parts.hostname, parts.port)
    connection.request("GET", parts.path, headers={"Accept-Encoding": "br"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{address} answered {answer.status}")
    return (perf_counter() - began) * 1000


def main() -> None:
    what, *more = sys.argv[1:]
    if what == "session":
        answer = session()
    elif what == "select":
        answer = select()
    elif what == "approvals":
        answer = json.dumps(approvals(more[0], int(more[1])))
    else:
        raise SystemExit(f"no such measurement: {what}")
    sys.stdout.write("\n" + answer)


if __name__ == "__main__":
    main()
