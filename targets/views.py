"""The page of the initiatives: promised deliverables that have no number."""

from django.shortcuts import render

from changchun_innovation.shared.params import asked_of
from targets.deliverables import deliverables


def initiatives(request):
    """Deliverables grouped by measure, filtered by who leads them and where they stand."""
    page = deliverables(asked_of(request).known_on, request.GET)
    return render(request, "targets/initiatives.html", {"page": page})
