"""The initiatives as their page shows them: grouped by measure, narrowed by lead and status."""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from changchun_innovation.shared.filters import Choice, Facet, Narrowed, narrow
from targets.models import InitiativeState
from targets.queries import InitiativeFacts, initiatives


@dataclass(frozen=True)
class Measure:
    """One group of deliverables."""

    name: str
    initiatives: tuple[InitiativeFacts, ...]


@dataclass(frozen=True)
class Deliverables:
    narrowed: Narrowed
    measures: tuple[Measure, ...]
    counts: tuple[tuple[str, int], ...]


def deliverables(known_on: date, query) -> Deliverables:
    """Every initiative known on the day that answers the filters; two queries."""
    known = initiatives(known_on)
    leads = {each.lead.code: each.lead.name for each in known}
    words = dict(InitiativeState.choices)
    facets = [
        Facet(
            "lead",
            _("牵头单位"),
            tuple(Choice(code, name) for code, name in leads.items()),
            lambda each: each.lead.code,
        ),
        Facet(
            "status",
            _("状态"),
            tuple(Choice(value, str(label)) for value, label in words.items()),
            lambda each: each.status,
        ),
    ]
    narrowed = narrow(known, facets, query)
    by_measure: dict[str, list[InitiativeFacts]] = {}
    for each in narrowed.rows:
        by_measure.setdefault(each.measure, []).append(each)
    statuses = [each.status for each in narrowed.rows]
    return Deliverables(
        narrowed=narrowed,
        measures=tuple(Measure(name, tuple(rows)) for name, rows in by_measure.items()),
        counts=tuple(
            (str(label), statuses.count(value)) for value, label in words.items() if value in statuses
        ),
    )
