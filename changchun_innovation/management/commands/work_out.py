"""Work out the stored answers of a big city."""

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone
from tqdm import tqdm

from changchun_innovation import serving
from parks import stored
from parks.models import StoredUpTo


class Command(BaseCommand):
    help = (
        f"Bring the stored answers of a city of more than {stored.BIG} parks up to today; a smaller city needs none. "
        "Pages do it themselves after a few changes; run it after a quarter closed (daily in a cron), after bulk loads "
        "and after a new release. --again throws everything away first. Example: manage.py work_out"
    )

    def add_arguments(self, parser):
        parser.add_argument("--again", action="store_true", help="work everything out anew")

    def handle(self, *, again: bool, **options):
        try:
            if not stored.is_big():
                self.stdout.write(f"stored answers: none needed for {stored.BIG} parks or fewer")
                return
            if again:
                StoredUpTo.objects.all().delete()
            parks = stored.bring_up_to(timezone.localdate(), most=None, told=_with_progress_bar)
        except DatabaseError as error:
            raise CommandError(serving.unreachable(error)) from error
        self.stdout.write(
            f"stored answers: {parks} parks worked out" if parks else "stored answers: up to date"
        )


def _with_progress_bar(chunks: list) -> tqdm:
    return tqdm(chunks, desc="parks, by hundreds", delay=2, leave=False)
