"""Load the reference data."""

from django.conf import settings
from django.core.checks import Tags
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from changchun_innovation import baseline, serving
from parks.models import DueRule


class Command(BaseCommand):
    requires_system_checks = [Tags.models]
    help = (
        "Add the rows of fixtures/ that are missing and change nothing that exists. "
        "Example: manage.py load_baseline --update"
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--update",
            action="store_true",
            help="print every difference and apply it: texts in place, numbers as new rows known from today",
        )

    def handle(self, *, update: bool, verbosity: int, **options):
        try:
            tables = baseline.load(update=update, today=timezone.localdate())
        except baseline.BaselineRefused as error:
            raise CommandError(str(error)) from error
        except DatabaseError as error:
            raise CommandError(serving.unreachable(error)) from error
        if verbosity == 0:
            return
        for table in tables:
            if update:
                for difference in table.differences:
                    self.stdout.write(str(difference))
            self.stdout.write(_summary(table, update))


def _summary(table: baseline.LoadedTable, update: bool) -> str:
    if table.model is DueRule:
        return f"{table.model._meta.label_lower}: {settings.REPORT_DUE_DAYS} days, {table.added} added"
    line = f"{table.model._meta.label_lower}: {table.in_files} in the files, {table.added} added"
    rows = len({difference.row for difference in table.differences})
    if rows:
        line += f", {rows} {'updated' if update else 'differ (--update applies it)'}"
    return line
