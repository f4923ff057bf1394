"""The page that answers what changed between two days or two quarters."""

from django.shortcuts import render

from changchun_innovation.overview.comparing import compared
from changchun_innovation.overview.differences import differences
from changchun_innovation.shared.params import asked_of
from parks.whole_city import must_be_few, or_says_why_not


@or_says_why_not
def changes(request):
    """Every promise that is judged or promised otherwise than before, with the reason."""
    asked = asked_of(request)
    must_be_few(asked.known_on)
    page = differences(asked, compared(asked, request.GET), request.GET)
    return render(request, "overview/changes.html", {"page": page, "quarters": page.quarters})
