"""The page of the initiatives: promised deliverables that have no number."""

from django.shortcuts import render


def initiatives(request):
    """Deliverables grouped by measure, filtered by who leads them and where they stand."""
    return render(request, "targets/initiatives.html")
