"""The page that answers what changed between two days or two quarters."""

from django.shortcuts import render

from changchun_innovation.overview.comparing import compared
from changchun_innovation.overview.differences import differences
from changchun_innovation.shared.params import asked_of


def changes(request):
    """Every promise that is judged or promised otherwise than before, with the reason."""
    asked = asked_of(request)
    page = differences(asked, compared(asked, request.GET), request.GET)
    return render(request, "overview/changes.html", {"page": page, "quarters": page.quarters})
