"""Pages of the parks: their list, their comparison, and one park with everything it promised and reported."""

from django.http import Http404
from django.shortcuts import render

from changchun_innovation.shared.params import asked_of
from parks.comparing import compared
from parks.comparison import comparison
from parks.many_comparison import comparison_of_many
from parks.portrait import portrait
from parks.whole_city import is_stored, or_says_why_not


@or_says_why_not
def park_list(request):
    """The parks side by side, the neediest first."""
    asked = asked_of(request)
    compare = comparison_of_many if is_stored(asked.known_on) else comparison
    page = compare(asked.quarter, asked.known_on, request.GET)
    return render(request, "parks/list.html", {"page": page, "quarters": page.quarters})


@or_says_why_not
def compare_page(request):
    """Any indicator across parks, any parks across indicators, ranked."""
    asked = asked_of(request)
    page = compared(asked.quarter, asked.known_on, request.GET)
    return render(request, "parks/compare.html", {"page": page, "quarters": page.quarters})


def park_page(request, code):
    """One park: who builds it, its commitments, its reports, what the press said."""
    asked = asked_of(request)
    page = portrait(code, asked.quarter, asked.known_on)
    if page is None:
        raise Http404
    return render(request, "parks/park.html", {"page": page, "quarters": page.quarters})
