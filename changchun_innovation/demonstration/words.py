"""What the invented parks propose and reply, told through the same steps that people take."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from django.contrib.auth.models import User
from django.utils import timezone

from changchun_innovation.shared.quarters import Quarter
from parks import proposing, replying
from parks.milestones import Interim
from parks.models import Commitment


def propose(rows: list[dict], people: Mapping[str, User], now: datetime) -> None:
    """Proposals of interim values, each with its decision where one was made by now."""
    for row in rows:
        if not (proposed_at := _moment(row, "proposed_at", now)):
            continue
        proposal = proposing.propose(
            commitment=_commitment(row),
            interims=[Interim(date.fromisoformat(on), Decimal(value)) for on, value in row["values"].items()],
            reason=row["reason"],
            by=people[f"manager-{row['park']}"],
            at=proposed_at,
        )
        reviewer = people["reviewer"]
        if at := _moment(row, "approved_at", now):
            proposing.approve(proposal=proposal, by=reviewer, at=at)
        elif at := _moment(row, "declined_at", now):
            proposing.decline(proposal=proposal, reason=row["answer"], by=reviewer, at=at)


def reply(rows: list[dict], people: Mapping[str, User], now: datetime) -> None:
    """Replies of the parks, submitted, and approved where that happened by now."""
    for row in rows:
        if not (at := _moment(row, "submitted_at", now)):
            continue
        manager = people[f"manager-{row['park']}"]
        written = replying.write(
            commitment=_commitment(row),
            quarter=Quarter.parse(row["quarter"]),
            text=row["text"],
            version=None,
            by=manager,
            at=at,
        )
        submitted = replying.submit(reply=written, version=written.version, by=manager, at=at)
        if at := _moment(row, "approved_at", now):
            replying.approve(reply=submitted, version=submitted.version, by=people["reviewer"], at=at)


def _commitment(row: dict) -> Commitment:
    commitments = Commitment.objects.select_related("park", "indicator")
    return commitments.get(park__code=row["park"], indicator__code=row["indicator"])


def _moment(row: dict, name: str, now: datetime) -> datetime | None:
    """When a step was taken; None where it never was, or would only be taken after now."""
    if name not in row:
        return None
    at = timezone.make_aware(datetime.fromisoformat(row[name]))
    return at if at <= now else None
