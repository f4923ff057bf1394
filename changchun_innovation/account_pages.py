"""Who is logged in, and the way out."""

from django.contrib.auth import logout
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def log_out(request):
    """Says who is logged in; a POST ends it. Public pages only link here: a form would make each of them another one."""
    if request.method == "POST":
        logout(request)
    if not request.user.is_authenticated:
        return HttpResponseRedirect(reverse("home"))
    return render(request, "registration/account.html")
