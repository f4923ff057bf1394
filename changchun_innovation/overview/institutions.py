"""Pages of the partners, joined with their parks, targets and deliverables."""

from django.shortcuts import render
from django.urls import path


def institution_list(request):
    """Partners by kind."""
    return render(request, "institutions/list.html")


def institution_page(request, code):
    """One partner: role, parks, targets, published values, deliverables, agreements."""
    return render(request, "institutions/institution.html")


app_name = "institutions"
urlpatterns = [
    path("", institution_list, name="list"),
    path("<slug:code>/", institution_page, name="institution"),
]
