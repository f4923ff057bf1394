"""What a person typed on the page of a quarter and did not save: kept on the server, for this person alone.

A tab that was closed, a computer that was left or a save that failed loses nothing. The copy is no draft: nobody else
sees it, and saving the page, or giving it up, removes it.
"""

import re
from collections.abc import Mapping
from datetime import datetime

from django.contrib.auth.models import AbstractUser

from changchun_innovation.shared.quarters import Quarter
from changchun_innovation.shared.unkept import holds_unkept
from parks.models import KeptCopy, Park

# The fields of the page and no others; a form that sends much more is not ours.
FIELDS = re.compile(
    r"(value|not_applicable|not_applicable_reason|note|baseline|explanation|keep)-\d{1,10}|seen|clash|version"
)
MOST_FIELDS = 1000
LONGEST_FIELD = 2000


def keep(
    *, park: Park, quarter: Quarter, version: int, fields: Mapping[str, str], by: AbstractUser, at: datetime
) -> bool:
    """Keep the fields as typed, in place of what was kept before. Answers False where they cannot be kept.

    A character that no database keeps makes that one field fall out of the copy, and no other.
    """
    fields = {name: text for name, text in fields.items() if FIELDS.fullmatch(name)}
    texts = {
        name: text for name, text in fields.items() if len(text) <= LONGEST_FIELD and not holds_unkept(text)
    }
    if len(texts) > MOST_FIELDS or version < 0:
        return False
    KeptCopy.objects.update_or_create(
        park=park,
        quarter=quarter,
        kept_by=by,
        defaults={"version": version, "fields": texts, "kept_at": at},
    )
    return len(texts) == len(fields)


def kept_copy(park: Park, quarter: Quarter, by: AbstractUser) -> KeptCopy | None:
    return KeptCopy.objects.filter(park=park, quarter=quarter, kept_by=by).first()


def forget(park: Park, quarter: Quarter, by: AbstractUser) -> None:
    KeptCopy.objects.filter(park=park, quarter=quarter, kept_by=by).delete()
