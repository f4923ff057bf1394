"""Quarterly reports in the admin: one page to fill a quarter, one page to read and review a report.

The stock forms are not used. A report's state and figures change through `parks.workflow` alone, and every address
first asks `parks.access` which reports the person may see; what is not theirs is answered 404.
"""

from django.contrib import admin
from django.http import Http404
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext_lazy

from changchun_innovation.shared.admin_pages import PlainPage
from changchun_innovation.shared.wording import quarter_text
from parks import access
from parks.admin.entering import Entering
from parks.admin.evidence import HandingIn
from parks.admin.filters import OfQuarter, OwnParks, found_by_park
from parks.admin.importing import Importing
from parks.admin.reviewing import Reviewing
from parks.models import QuarterlyReport


@admin.register(QuarterlyReport)
class QuarterlyReportPage(Entering, HandingIn, Importing, Reviewing, PlainPage):
    list_display = ["park", "in_words", "revision", "status", "submitted_at", "approved_at"]
    list_filter = ["status", OwnParks, OfQuarter]
    list_select_related = ["park"]
    # As `report_newest_quarter_first` holds them; the order of the parks would sort all reports for every page.
    ordering = ["-quarter", "park_id", "-revision"]
    search_fields = found_by_park("park")

    @admin.display(description=gettext_lazy("季度"), ordering="quarter")
    def in_words(self, report):
        return quarter_text(report.quarter)

    # --- who sees what -----------------------------------------------------------------------------------
    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_view_permission(self, request, obj=None):
        if not super().has_view_permission(request, obj):
            return False
        return obj is None or access.reports_read_by(request.user).filter(pk=obj.pk).exists()

    def get_queryset(self, request):
        return access.of_parks_read_by(request.user, super().get_queryset(request), "park").select_related(
            "park"
        )

    def get_urls(self):
        """The addresses of reports: no form to add, change or delete one stands behind any of them."""
        see = self.admin_site.admin_view
        return [
            path("", see(self.changelist_view), name="parks_quarterlyreport_changelist"),
            *self.importing_urls(),
            path(
                "enter/<slug:park>/<str:quarter>/", see(self.enter_view), name="parks_quarterlyreport_enter"
            ),
            path(
                "enter/<slug:park>/<str:quarter>/consequence/",
                see(self.consequence_view),
                name="parks_quarterlyreport_consequence",
            ),
            *self.evidence_urls(),
            path(
                "approve-selected/",
                see(self.approve_selected_view),
                name="parks_quarterlyreport_approve_selected",
            ),
            path("<path:object_id>/history/", see(self.history_view), name="parks_quarterlyreport_history"),
            path("<path:object_id>/change/", see(self.change_view), name="parks_quarterlyreport_change"),
        ]

    def report_or_404(self, request, object_id) -> QuarterlyReport:
        report = self.get_object(request, object_id)
        if report is None:
            raise Http404
        return report

    def _rendered(self, request, template, context):
        request.current_app = self.admin_site.name
        return TemplateResponse(request, template, context)
