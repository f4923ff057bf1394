"""Every address of the application."""

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.views import LoginView
from django.urls import include, path

from changchun_innovation.account_pages import log_out
from changchun_innovation.overview.changes import changes
from changchun_innovation.overview.error_reports import report_error
from changchun_innovation.overview.gallery import gallery
from changchun_innovation.overview.home import healthz, home
from changchun_innovation.overview.search import search
from changchun_innovation.overview.verdicts import verdict_page

urlpatterns = [
    path("", home, name="home"),
    path("changes/", changes, name="changes"),
    path("targets/", include("changchun_innovation.overview.targets")),
    path("parks/", include("parks.urls")),
    path("institutions/", include("changchun_innovation.overview.institutions")),
    path("initiatives/", include("targets.urls")),
    path("sources/", include("changchun_innovation.overview.sources")),
    path("search/", search, name="search"),
    path("verdicts/", verdict_page, name="verdicts"),
    path("bulletin/", include("changchun_innovation.overview.bulletins")),
    path("data/", include("changchun_innovation.overview.data_urls")),
    path("report-error/", report_error, name="report-error"),
    path("admin/", admin.site.urls),
    path("accounts/login/", LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("accounts/logout/", log_out, name="logout"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("healthz", healthz, name="healthz"),
]
if settings.DEMO or settings.DEBUG:
    urlpatterns.append(path("components/", gallery, name="components"))
