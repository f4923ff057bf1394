"""A filled template into a draft: the same door as the page."""

from pathlib import Path

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation

from changchun_innovation.shared.quarters import Quarter
from parks import access
from parks.models import Park
from parks.refusals import TransitionError
from parks.workbooks import importing
from parks.workbooks.packing import LARGEST_FILE, MEGABYTE

EXAMPLE = """
examples:
  manage.py import_figures tcm-2025-Q3.xlsx --park tcm --quarter 2025-Q3 --by manager-tcm --dry-run
  manage.py import_figures tcm-2025-Q3.csv --park tcm --quarter 2025-Q3 --by manager-tcm
  manage.py import_figures tcm-backfill.xlsx --park tcm --by manager-tcm

The file is a filled template of the entry page: XLSX, or CSV in UTF-8, GB18030 or UTF-16. Without --quarter every
quarter that the file names is filled. Cells left blank change nothing. All or nothing: one cell that cannot be taken,
or one quarter that is submitted or approved and says otherwise, and nothing is saved. Nothing is submitted either.
"""


class Command(BaseCommand):
    help = "Save the figures of a filled template (XLSX or CSV) as a draft; all of them or none."

    def create_parser(self, *args, **kwargs):
        from argparse import RawDescriptionHelpFormatter

        parser = super().create_parser(*args, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.epilog = EXAMPLE
        return parser

    def add_arguments(self, parser):
        parser.add_argument("file", metavar="FILE", help="a filled template")
        parser.add_argument("--park", required=True, metavar="CODE")
        parser.add_argument(
            "--quarter", metavar="Q", help="like 2025-Q3; without it, every quarter of the file"
        )
        parser.add_argument("--by", required=True, metavar="USER", help="the account that enters the figures")
        parser.add_argument("--dry-run", action="store_true", help="show what would change, save nothing")
        parser.add_argument("--lang", metavar="en", help="messages in English instead of Chinese")

    def handle(self, *, file: str, park: str, quarter: str | None, by: str, dry_run: bool, lang, **options):
        with translation.override("en" if (lang or "").lower() == "en" else "zh-hans"):
            asked = {"quarter": self._quarter(quarter), "by": self._account(by)}
            asked["park"] = self._park(park, asked["by"])
            at = timezone.now()
            try:
                shown = importing.preview(data=self._bytes(file), at=at, **asked)
                self._tell(shown)
                if shown.is_wrong:
                    raise CommandError(self._why(file, shown))
                if not shown.figures:
                    self.stdout.write("Nothing to change: everything in the file is saved already.")
                elif dry_run:
                    self.stdout.write(f"{_counted(shown)} would be saved; nothing was (--dry-run).")
                else:
                    importing.confirm(token=shown.token, at=at, **asked)
                    self.stdout.write(f"{_counted(shown)} saved as a draft; nothing was submitted.")
            except TransitionError as refused:
                raise CommandError(refused.message) from refused
            except PermissionDenied as refused:
                raise CommandError(f"“{by}” does not enter the figures of {park}.") from refused

    def _tell(self, shown: importing.Preview) -> None:
        for plan in shown.changed:
            for each in plan.differences:
                for field, before, after in each.fields:
                    name = each.line.pledge.indicator.name
                    self.stdout.write(
                        f"{plan.quarter} {each.address} {name} · {field}: {before or '∅'} → {after or '∅'}"
                    )
                for doubt in each.doubts:
                    self.stdout.write(f"  ? {doubt.text}")
        for remark in shown.remarks:
            self.stdout.write(f"  ? {remark}")

    def _why(self, file: str, shown: importing.Preview) -> str:
        """One line; where several things are wrong, all of them are listed on standard output before it."""
        told = [
            " ".join(word for word in (each.address, each.subject) if word)
            + (": " if each.address or each.subject else "")
            + each.message
            for each in shown.problems
        ]
        told += [plan.refusal for plan in shown.refused]
        if len(told) > 1:
            for line in told:
                self.stdout.write(f"  ! {line}")
        more = f" (and {len(told) - 1} more, listed above)" if len(told) > 1 else ""
        return f"{Path(file).name}: nothing was saved. {told[0]}{more}"

    def _bytes(self, file: str) -> bytes:
        try:
            with Path(file).open("rb") as stream:
                # One byte more than may be, so that a longer file is refused and never held in memory.
                data = stream.read(LARGEST_FILE + 1)
        except OSError as error:
            raise CommandError(f"Cannot read {file}: {error.strerror}.") from error
        if len(data) > LARGEST_FILE:
            raise CommandError(f"{file} is larger than {LARGEST_FILE // MEGABYTE} MB.")
        return data

    def _quarter(self, text: str | None) -> Quarter | None:
        if not text:
            return None
        try:
            return Quarter.parse(text)
        except ValueError as error:
            raise CommandError(f"“{text}” is not a quarter; write it like 2025-Q3.") from error

    def _account(self, username: str):
        account = get_user_model().objects.filter(username=username, is_active=True).first()
        if account is None:
            raise CommandError(f"There is no active account “{username}”.")
        return account

    def _park(self, code: str, by) -> Park:
        park = access.parks_entered_by(by).filter(code=code).first()
        if park is None:
            known = Park.objects.filter(code=code).exists()
            reason = f"“{by}” does not enter its figures" if known else "there is no such park"
            raise CommandError(f"Park “{code}”: {reason}.")
        return park


def _counted(shown: importing.Preview) -> str:
    return "1 figure" if shown.figures == 1 else f"{shown.figures} figures"
