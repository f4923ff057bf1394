"""The addresses of the quarterly bulletins."""

from django.http import Http404
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from changchun_innovation.overview.bulletin import bulletin, title
from changchun_innovation.shared.params import asked_about, asked_of
from changchun_innovation.shared.quarters import Quarter
from parks.whole_city import must_be_few, or_says_why_not


@require_safe
@or_says_why_not
def bulletin_page(request, quarter: str):
    """One quarter as a document; a quarter that has not ended on the day asked for has none yet."""
    try:
        quarter = Quarter.parse(quarter)
    except ValueError as error:
        raise Http404 from error
    if not 2000 <= quarter.year <= 2099:
        raise Http404
    if not quarter.is_closed(asked_of(request).known_on):
        return render(request, "bulletin/not_yet.html", {"title": title(quarter)})
    asked = asked_about(request, quarter)
    must_be_few(asked.known_on)
    return render(request, "bulletin/bulletin.html", {"page": bulletin(asked), "title": title(quarter)})


urlpatterns = [
    path("<str:quarter>/", bulletin_page, name="bulletin"),
]
