"""Whether every file of evidence has its content on the disk, and what lies there that nobody refers to."""

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from changchun_innovation import serving
from parks import evidence


class Command(BaseCommand):
    help = (
        "Compare the files of evidence with the folder that holds their contents: contents that no row has referred "
        "to for a day are named, and removed with --remove; a row whose content is gone is an error. "
        "Example: manage.py check_evidence --remove"
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--remove", action="store_true", help="remove the contents that no row refers to; rows stay"
        )

    def handle(self, *, remove: bool, **options):
        try:
            lost, orphans = evidence.lost(), list(evidence.orphans(timezone.now()))
        except DatabaseError as error:
            raise CommandError(serving.unreachable(error)) from error
        for path in orphans:
            if remove:
                path.unlink(missing_ok=True)
            self.stdout.write(f"{path.name}: {'removed' if remove else 'no row refers to it'}")
        for row in lost:
            self.stdout.write(f"{row.name} ({row.report}, {row.commitment}): its content is not on the disk")
        if lost:
            raise CommandError(f"{len(lost)} files of evidence have lost their content; restore the uploads.")
        self.stdout.write(f"evidence: {len(orphans)} contents without a row, none lost")
