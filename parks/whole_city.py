"""Who answers for all parks together: in a city of many what is stored as known today, else the ledger.

The one place that decides which of the two is asked. Pages put their questions here, or ask `is_stored`, and say with
`worked_out_first` that they cannot be shown before the stored answers are those of the day.
"""

from collections.abc import Callable
from datetime import date
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from changchun_innovation.shared.quarters import Quarter
from parks import joint, many_joint, stored
from parks.carried import city_ledger
from parks.joint import JointPledge
from targets.queries import Promise


def is_stored(known_on: date) -> bool:
    """Whether the whole city's answers of a day are read from what is stored, which is then brought up to the day.

    Only what is known today is stored: of an earlier day the events that came after it are no part. Raises
    `stored.NotWorkedOut` where that is more than a page can wait for.
    """
    if not may_be_stored(known_on):
        return False
    stored.bring_up_to(known_on, most=stored.MOST_WHILE_A_PAGE_WAITS)
    return True


def may_be_stored(known_on: date) -> bool:
    """The same without working anything out: whether it is today and the city is big."""
    today = timezone.localdate(timezone=timezone.get_default_timezone())
    return known_on == today and stored.is_big()


def joint_pledges(promises: tuple[Promise, ...], quarter: Quarter, known_on: date) -> tuple[JointPledge, ...]:
    """Every joint pledge among some promises, in their order; the queries never depend on the parks."""
    if is_stored(known_on):
        return many_joint.joint_pledges(promises, quarter, known_on)
    return joint.joint_pledges(city_ledger(known_on), promises, quarter)


def worked_out_first(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view that says so, with status 503, where the stored answers are too far behind for a page to wait."""

    @wraps(view)
    def page(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except stored.NotWorkedOut as behind:
            return render(request, "overview/not_worked_out.html", {"parks": behind.parks}, status=503)

    return page
