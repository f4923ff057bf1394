"""Pages of the documents: each with every number that rests on it."""

from django.shortcuts import render
from django.urls import path


def source_list(request):
    """Documents, the latest first."""
    return render(request, "sources/list.html")


def source_page(request, code):
    """One document and every number that rests on it."""
    return render(request, "sources/source.html")


app_name = "sources"
urlpatterns = [path("", source_list, name="list"), path("<slug:code>/", source_page, name="source")]
