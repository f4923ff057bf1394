"""The page that finds: one word, everything the city knows under it."""

from django.shortcuts import render

from changchun_innovation.overview.found import results
from changchun_innovation.shared.params import asked_of


def search(request):
    """Parks, institutions, indicators, targets, initiatives, documents and press reports that answer a word."""
    asked = asked_of(request)
    page = results(request.GET.get("q", ""), asked.quarter, asked.known_on)
    return render(request, "search/search.html", {"page": page, "quarters": page.quarters})
