"""Pages of the documents: each with every number that rests on it."""

from django.http import Http404
from django.shortcuts import render
from django.urls import path

from changchun_innovation.overview.documents import document, document_list
from changchun_innovation.shared.params import asked_of


def source_list(request):
    """Documents, the latest first."""
    return render(request, "sources/list.html", {"documents": document_list(asked_of(request).known_on)})


def source_page(request, code):
    """One document and every number that rests on it."""
    page = document(code, asked_of(request).known_on, request.GET)
    if page is None:
        raise Http404
    return render(request, "sources/source.html", {"page": page})


app_name = "sources"
urlpatterns = [path("", source_list, name="list"), path("<slug:code>/", source_page, name="source")]
