"""Pages of the targets; those of joint pledges join what the city promised with what the parks report."""

from django.http import Http404
from django.shortcuts import render
from django.urls import path

from changchun_innovation.overview.promises import promise_list, promise_portrait
from changchun_innovation.shared.params import asked_of
from parks.whole_city import or_says_why_not
from targets.models import Target


@or_says_why_not
def target_list(request):
    """City targets, joint pledges and institutions' targets."""
    asked = asked_of(request)
    page = promise_list(asked.quarter, asked.known_on, request.GET)
    return render(request, "targets/list.html", {"page": page, "quarters": page.quarters})


@or_says_why_not
def target_page(request, code):
    """One promise, its readings and, for a joint pledge, the parks behind it."""
    asked = asked_of(request)
    page = promise_portrait(code, asked.quarter, asked.known_on, request.GET)
    if page is None:
        return _not_known_yet(request, code)
    return render(request, "targets/target.html", {"page": page, "quarters": page.quarters})


def _not_known_yet(request, code):
    """A target whose numbers became known later has a page that says so; any other code is no page."""
    target = Target.objects.select_related("indicator").filter(code=code).first()
    if target is None:
        raise Http404
    return render(request, "targets/unknown.html", {"name": target.indicator.name})


app_name = "targets"
urlpatterns = [path("", target_list, name="list"), path("<slug:code>/", target_page, name="target")]
