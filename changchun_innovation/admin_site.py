"""The admin with our desk as its first page."""

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from changchun_innovation.shared.publishing import publishing_lock

# The library that keeps the trail has no Chinese names for it.
TRAIL = _("修改记录")


class InnovationAdminSite(AdminSite):
    site_header = _("长春创新目标 · 填报与审核")
    site_title = _("长春创新目标")
    index_title = _("工作台")
    enable_nav_sidebar = False

    def get_urls(self):
        return [
            path("language/", self.admin_view(self.language), name="language"),
            *super().get_urls(),
        ]

    def index(self, request, extra_context=None):
        """The desk: a manager's quarters, a reviewer's queue; below it whatever else the person may edit."""
        from changchun_innovation.handover import may_hand_over
        from changchun_innovation.models import ErrorReport
        from parks import access, notices
        from parks.desk import managers_desk, reviewers_desk

        today = timezone.localdate()
        parks = access.parks_entered_by(request.user)
        context = {
            **(extra_context or {}),
            "today": today,
            "manages": managers_desk(parks, today) if parks.exists() else None,
            "reviews": reviewers_desk(today) if access.may_review(request.user) else None,
            "error_reports": ErrorReport.objects.filter(handled_at=None).count()
            if request.user.has_perm("changchun_innovation.change_errorreport")
            else 0,
            "hands_over": may_hand_over(request.user),
            "unsent": notices.not_sent() if may_hand_over(request.user) else None,
            "enters": request.user.has_perm("parks.enter_report"),
        }
        return super().index(request, context)

    def get_app_list(self, request, app_label=None):
        apps = super().get_app_list(request, app_label)
        for app in apps:
            if app["app_label"] == "auditlog":
                app["name"] = TRAIL
                for model in app["models"]:
                    model["name"] = TRAIL
        return apps

    def login(self, request, extra_context=None):
        """The one log-in page of the site; who is logged in and has no business here is told so."""
        if request.user.is_authenticated:
            if self.has_permission(request):
                return HttpResponseRedirect(reverse("admin:index"))
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"))

    def language(self, request):
        """Keep the language in which the account reads the admin, and go back to the page."""
        from changchun_innovation.models import Preference

        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        language = request.POST.get("language")
        if language not in dict(settings.LANGUAGES):
            raise Http404
        # A choice leaves an entry in the trail; the lock of publishers comes before the lock of the row.
        with publishing_lock():
            Preference.objects.update_or_create(user=request.user, defaults={"language": language})
        back = request.POST.get("next", "")
        if not url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure()):
            back = reverse("admin:index")
        return HttpResponseRedirect(back)
