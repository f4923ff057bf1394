"""Mail for reports that are due or overdue, and whatever else waits in the outbox."""

import sys
from argparse import RawDescriptionHelpFormatter

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone
from tqdm import tqdm

from changchun_innovation import serving
from parks import notices
from parks.ledger import Ledger
from parks.models import Notice

EXAMPLE = """
examples:
  manage.py send_reminders --dry-run     what would be sent, and to whom; sends and writes nothing
  manage.py send_reminders               once a day, from cron or a timer

A report is called due from seven days before its due day on, and overdue after it, while nothing of it stands
submitted or approved. Each person gets one mail per park, quarter and kind, whatever happens to the due day later.
Mails of steps (submitted, returned, approved) that did not go out are sent too. Where the mail server refuses, the
mails are kept for the next run and the exit status is 1.
"""


def with_progress_bar(rows: list) -> tqdm:
    """A bar on a terminal, once it takes longer than two seconds."""
    return tqdm(rows, desc="send_reminders", unit="mail", delay=2, disable=not sys.stderr.isatty())


class Command(BaseCommand):
    help = "Send mail for reports that are due or overdue, once per person, park, quarter and kind."

    def create_parser(self, *args, **kwargs):
        parser = super().create_parser(*args, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.epilog = EXAMPLE
        return parser

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="say what would be sent, and send nothing")

    def handle(self, *, dry_run: bool, **options):
        try:
            serving.check_no_demonstration()
            called = notices.called_for(Ledger.of(timezone.localdate()))
            unwritten = notices.not_yet_written(called, timezone.now())
            for each in called:
                if not each.recipients:
                    self.stdout.write(
                        f"{each.facts.park.code} {each.facts.quarter} {each.kind}: nobody to write to"
                    )
            if dry_run:
                self._say_what_would_be_sent(unwritten)
            else:
                notices.write(unwritten)
                self._send()
        except serving.ServingRefused as error:
            raise CommandError(str(error)) from error
        except DatabaseError as error:
            raise CommandError(serving.unreachable(error)) from error

    def _say_what_would_be_sent(self, unwritten: list[Notice]) -> None:
        world = notices.World.of_today()
        people = ("recipient__preference", "event__report", "park")
        rows = [
            row for row in notices.waiting().select_related(*people) if notices.still_concerns(row, world)
        ]
        for notice in [*rows, *unwritten]:
            self.stdout.write(f"would send {line_of(notice)}")
        if not (rows or unwritten):
            self.stdout.write("nothing to send")

    def _send(self) -> None:
        def told(notice: Notice, trouble: str) -> None:
            if not trouble:
                with tqdm.external_write_mode():
                    self.stdout.write(f"sent {line_of(notice)}")

        result = notices.deliver(watched=with_progress_bar, told=told)
        if result.failed:
            many = f"{result.failed} mail{'s' if result.failed > 1 else ''}"
            raise CommandError(
                f"EMAIL_URL: {many} not sent ({result.trouble}); kept for the next send_reminders."
            )
        if not result.sent:
            self.stdout.write("nothing to send")


def line_of(notice: Notice) -> str:
    """One line about a mail: park, quarter, kind, and to whom."""
    person = notice.recipient
    return f"{notice.park.code} {notice.quarter} {notice.kind}: {person.get_username()} <{person.email}>"
