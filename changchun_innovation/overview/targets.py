"""Pages of the targets; those of joint pledges join what the city promised with what the parks report."""

from django.shortcuts import render
from django.urls import path


def target_list(request):
    """City targets, joint pledges and institutions' targets."""
    return render(request, "targets/list.html")


def target_page(request, code):
    """One promise, its readings and, for a joint pledge, the parks behind it."""
    return render(request, "targets/target.html")


app_name = "targets"
urlpatterns = [path("", target_list, name="list"), path("<slug:code>/", target_page, name="target")]
