"""A Django view and nothing else: the bytes of a file, or 304. The yardstick of the benchmarks."""

import os
from pathlib import Path

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse, HttpResponseNotModified
from django.urls import path

BODY = Path(os.environ["BARE_BODY"]).read_bytes()
settings.configure(
    SECRET_KEY="only measured", ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], MIDDLEWARE=[], DATABASES={}
)
django.setup()


def page(request):
    return HttpResponse(BODY)


def unchanged(request):
    return HttpResponseNotModified()


urlpatterns = [path("", page), path("unchanged", unchanged)]
application = get_wsgi_application()
