"""Pages of the parks: their comparison, and one park with everything it promised and reported."""

from django.shortcuts import render


def park_list(request):
    """The parks side by side, the neediest first."""
    return render(request, "parks/list.html")


def park_page(request, code):
    """One park: who builds it, its commitments, its reports, what the press said."""
    return render(request, "parks/park.html")
