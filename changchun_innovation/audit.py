"""The audit trail: who changed which text, when, from what to what.

Append-only rows and reports carry their own history; everything that is edited in place is registered here.
"""

from collections.abc import Callable
from functools import wraps

from auditlog.models import LogEntry
from auditlog.registry import auditlog
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.db.models.signals import pre_save
from django.dispatch import receiver

from changchun_innovation.models import Preference
from changchun_innovation.shared.publishing import take_publishing_lock
from institutions.models import Agreement, Institution, Source
from parks.models import Commitment, Park, ParkManager, Publication
from targets.models import ContextFigure, Indicator, Initiative, Target

REGISTERED = [
    Source,
    Institution,
    Indicator,
    Target,
    Initiative,
    ContextFigure,
    Park,
    Commitment,
    Publication,
    ParkManager,
    Preference,
    Group,
]

for model in REGISTERED:
    auditlog.register(model)
auditlog.register(Agreement, m2m_fields={"parties"})
auditlog.register(
    get_user_model(), exclude_fields=["last_login"], mask_fields=["password"], m2m_fields={"groups"}
)


def _with_its_entry(save: Callable) -> Callable:
    """A row and its entry are committed together.

    The entry of a change is written before the row is. Committed alone it would name an edition that still holds the
    old text, and a page made in between would be kept with it.
    """

    @wraps(save)
    def saved(row, *args, **kwargs):
        if connection.in_atomic_block:
            return save(row, *args, **kwargs)
        with transaction.atomic():
            return save(row, *args, **kwargs)

    return saved


for model in auditlog.get_models():
    model.save = _with_its_entry(model.save)


@receiver(pre_save, sender=LogEntry)
def _entries_are_committed_in_order(using: str, **_signal) -> None:
    """The highest entry tells what changed last (edition.py), so that no lower one may be committed after it."""
    take_publishing_lock(using)
