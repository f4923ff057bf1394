"""Every address of the application."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("targets/", include("changchun_innovation.overview.targets")),
    path("parks/", include("parks.urls")),
    path("institutions/", include("changchun_innovation.overview.institutions")),
    path("initiatives/", include("targets.urls")),
    path("sources/", include("changchun_innovation.overview.sources")),
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
]
