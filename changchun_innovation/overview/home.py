"""The home page, and whether the application is alive."""

from django.db import connection
from django.http import HttpResponse
from django.shortcuts import render

from changchun_innovation.overview.big_city import overview_of_many
from changchun_innovation.overview.history import states_over_time
from changchun_innovation.overview.queries import overview
from changchun_innovation.shared.params import asked_of
from parks.shortlist import wanted_name
from parks.whole_city import is_stored, must_be_few, or_says_why_not


@or_says_why_not
def home(request):
    asked = asked_of(request)
    find, page = wanted_name(request.GET), None
    if is_stored(asked.known_on):
        page = overview_of_many(asked.quarter, asked.known_on, find)
        if page is None:
            must_be_few(asked.known_on)
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
