"""Load or remove the invented reports of a demonstration."""

import sys

from django.core.checks import Tags
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, transaction
from django.utils import timezone
from tqdm import tqdm

from changchun_innovation import serving
from changchun_innovation.demonstration import accounts, load, story


def with_progress_bar(steps: list) -> tqdm:
    """A bar on a terminal, once it takes longer than two seconds."""
    return tqdm(steps, desc="load_demo", unit="step", delay=2, disable=not sys.stderr.isatty())


class Command(BaseCommand):
    requires_system_checks = [Tags.models]
    help = (
        "Load invented reports of the eight parks, for a demonstration only. "
        "Example: manage.py load_demo --clear"
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--clear",
            action="store_true",
            help="remove every invented row and nothing else; also outside a demonstration",
        )

    def handle(self, *, clear: bool, verbosity: int, **options):
        try:
            lines = self._clear() if clear else self._load()
        except (accounts.AccountsRefused, story.StoryRefused) as error:
            raise CommandError(str(error)) from error
        except DatabaseError as error:
            raise CommandError(serving.unreachable(error)) from error
        if verbosity:
            self.stdout.write("\n".join(lines))

    def _clear(self) -> list[str]:
        gone = load.clear()
        lines = [f"{label.lower()}: {count} removed" for label, count in gone.items()]
        return lines or ["demonstration: nothing to remove"]

    @transaction.atomic
    def _load(self) -> list[str]:
        story.refuse_where_it_has_no_place()
        if story.stands():
            return ["demonstration: already loaded"]
        call_command("sync_roles", verbosity=0)
        accounts.make()
        told = story.tell(now=timezone.now(), watched=with_progress_bar)
        return [
            f"demonstration: {told.reports} reports, {told.approved_figures} approved figures, all invented"
        ]
