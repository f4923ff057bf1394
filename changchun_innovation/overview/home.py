"""The home page, and whether the application is alive."""

from django.db import connection
from django.http import HttpResponse
from django.shortcuts import render

from changchun_innovation.overview.big_city import overview_of_many
from changchun_innovation.overview.history import states_over_time
from changchun_innovation.overview.queries import overview
from changchun_innovation.shared.params import asked_of
from parks import stored
from parks.shortlist import wanted_name


def home(request):
    asked = asked_of(request)
    find, page = wanted_name(request.GET), None
    if asked.is_today and stored.is_big():
        try:
            page = overview_of_many(asked.quarter, asked.known_on, find)
        except stored.NotWorkedOut as behind:
            return render(request, "overview/not_worked_out.html", {"parks": behind.parks}, status=503)
    page = page or overview(asked.quarter, asked.known_on, find)
    return render(
        request,
        "overview/home.html",
        {"page": page, "quarters": page.quarters, "chart": states_over_time(page.history)},
    )


def healthz(request):
    """`ok` while the database answers; a monitor needs no more."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")
