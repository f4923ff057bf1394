"""Who answers for all parks together: in a city of many what is stored as known today, else the ledger.

The one place that decides which of the two is asked. Pages put their questions here, or ask `is_stored`, and say with
`or_says_why_not` that there are cities in which they cannot be shown at once.
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
from parks.ledger import parks_known_on
from targets.queries import Promise


class TooManyParks(Exception):
    """A page would have to load the record of more parks than it can wait for; `parks` says of how many."""

    def __init__(self, parks: int) -> None:
        super().__init__(f"{parks} parks are more than a page can wait for")
        self.parks = parks


def is_stored(known_on: date) -> bool:
    """Whether the whole city's answers of a day are read from what is stored, which is then brought up to the day.

    Only what is known today is stored: of an earlier day the events that came after it are no part. Raises
    `stored.NotWorkedOut` where bringing it up is more than a page can wait for, and `TooManyParks` where nothing is
    stored and the record is too long.
    """
    if not stored.is_big():
        return False
    if _is_today(known_on):
        stored.bring_up_to(known_on, most=stored.MOST_WHILE_A_PAGE_WAITS)
        return True
    must_be_few(known_on)
    return False


def may_be_stored(known_on: date) -> bool:
    """Whether it is today and the city is big; nothing is worked out."""
    return _is_today(known_on) and stored.is_big()


def _is_today(day: date) -> bool:
    return day == timezone.localdate(timezone=timezone.get_default_timezone())


def must_be_few(known_on: date) -> None:
    """Raises TooManyParks where so many parks were known on a day that no page can load the record of them all."""
    if stored.is_big() and (parks := parks_known_on(known_on).count()) > stored.BIG:
        raise TooManyParks(parks)


def joint_pledges(promises: tuple[Promise, ...], quarter: Quarter, known_on: date) -> tuple[JointPledge, ...]:
    """Every joint pledge among some promises, in their order; the queries never depend on the parks."""
    if is_stored(known_on):
        return many_joint.joint_pledges(promises, quarter, known_on)
    return joint.joint_pledges(city_ledger(known_on), promises, quarter)


def or_says_why_not(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view whose page says so where the answer is more than a reader can wait for.

    With status 503 where the stored answers are being worked out; else it leads to the files, which take their time.
    """

    @wraps(view)
    def page(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except stored.NotWorkedOut as behind:
            return render(request, "overview/not_worked_out.html", {"parks": behind.parks}, status=503)
        except TooManyParks as many:
            chosen = {key: request.GET.getlist(key) for key in ("park", "indicator")}
            return render(request, "overview/too_many_parks.html", {"parks": many.parks, "chosen": chosen})

    return page
