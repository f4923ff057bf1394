"""The page that closes the books: what became of every promise whose term is over."""

from django.shortcuts import render

from changchun_innovation.overview.closing import books, books_of_many
from changchun_innovation.shared.params import asked_of
from parks.whole_city import is_stored, or_says_why_not


@or_says_why_not
def verdict_page(request):
    """Every term that was over on the day, with its evidence; what still runs is listed and not judged."""
    asked = asked_of(request)
    close = books_of_many if is_stored(asked.known_on) else books
    return render(request, "overview/verdicts.html", {"page": close(asked.known_on)})
