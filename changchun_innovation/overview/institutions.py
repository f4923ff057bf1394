"""Pages of the partners, joined with their parks, targets and deliverables."""

from django.http import Http404
from django.shortcuts import render
from django.urls import path

from changchun_innovation.overview.partners import partner, partner_list
from changchun_innovation.shared.params import asked_of
from parks.whole_city import or_says_why_not


def institution_list(request):
    """Partners by kind."""
    groups = partner_list(asked_of(request).known_on)
    return render(request, "institutions/list.html", {"groups": groups})


@or_says_why_not
def institution_page(request, code):
    """One partner: role, parks, targets, published values, deliverables, agreements."""
    asked = asked_of(request)
    page = partner(code, asked.quarter, asked.known_on, request.GET)
    if page is None:
        raise Http404
    return render(request, "institutions/institution.html", {"page": page, "quarters": page.quarters})


app_name = "institutions"
urlpatterns = [
    path("", institution_list, name="list"),
    path("<slug:code>/", institution_page, name="institution"),
]
