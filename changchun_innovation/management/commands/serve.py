"""Prepare everything and serve the dashboard."""

import os
import sys

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connections
from django.utils import timezone

from changchun_innovation import baseline, serving, static_files
from changchun_innovation.demonstration import accounts, story
from parks import stored

THREADS = 4


def _workers(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 64):
        raise CommandError(f"--workers: “{text}” is not a whole number from 1 to 64.")
    return int(text)


class Command(BaseCommand):
    help = (
        "Migrate, sync roles, load the reference data and (in a demonstration) invented reports and accounts, collect "
        "static files, then serve with gunicorn. Safe to run again and again. "
        "Example: manage.py serve --bind 127.0.0.1:8000 --workers 2"
    )

    def add_arguments(self, parser):
        parser.add_argument("--bind", default="127.0.0.1:8000", metavar="HOST:PORT", help="where to listen")
        parser.add_argument(
            "--workers",
            default=str(min(4, (os.cpu_count() or 1) + 1)),
            metavar="N",
            help=f"processes, each with {THREADS} threads",
        )

    def handle(self, *, bind: str, workers: str, **options):
        count = _workers(workers)
        try:
            address = serving.Address.parse(bind)
            serving.check_address(address)
            serving.check_data_dir()
            serving.check_database()
            serving.check_no_demonstration()
            for step in (
                self._database,
                self._roles,
                self._reference_data,
                self._reports,
                self._stored_answers,
                self._static_files,
            ):
                self.stdout.write(step())
            self._welcome(address)
        except (
            serving.ServingRefused,
            baseline.BaselineRefused,
            accounts.AccountsRefused,
            story.StoryRefused,
        ) as error:
            raise CommandError(str(error)) from error
        except DatabaseError as error:
            raise CommandError(serving.unreachable(error)) from error
        except KeyboardInterrupt:
            raise CommandError("stopped.") from None
        self._become_gunicorn(address, count)

    # --- one line each -------------------------------------------------------------------------------------
    def _database(self) -> str:
        waiting = serving.waiting_migrations()
        if not waiting:
            return "database: up to date"
        call_command("migrate", interactive=False, verbosity=0)
        return f"database: {waiting} migrations applied"

    def _roles(self) -> str:
        call_command("sync_roles", verbosity=0)
        return "roles: in step with roles.py"

    def _reference_data(self) -> str:
        tables = baseline.load(today=timezone.localdate())
        rows, added = sum(table.in_files for table in tables), sum(table.added for table in tables)
        return f"reference data: {f'{added} rows added' if added else f'all {rows} rows are there'}"

    def _reports(self) -> str:
        if not settings.DEMO:
            locked = accounts.lock()
            return f"demonstration: off{f', {locked} demonstration accounts locked' if locked else ''}"
        story.refuse_where_it_has_no_place()
        accounts.make()
        if story.stands():
            return "demonstration: already loaded"
        told = story.tell(now=timezone.now())
        return f"demonstration: {told.reports} invented reports, {told.approved_figures} approved figures"

    def _stored_answers(self) -> str:
        """Before anybody reads: a page would not wait for a whole city after a new release or a closed quarter."""
        if not stored.is_big():
            return "stored answers: none needed"
        parks = stored.bring_up_to(timezone.localdate(), most=None)
        return f"stored answers: {parks} parks worked out" if parks else "stored answers: up to date"

    def _static_files(self) -> str:
        try:
            collected = static_files.collect()
        except (OSError, ValueError) as error:
            raise CommandError(f"static files: {' '.join(str(error).split())}") from error
        return "static files: unchanged" if collected is None else f"static files: {collected} collected"

    # --- the last words ------------------------------------------------------------------------------------
    def _welcome(self, address: serving.Address) -> None:
        if settings.DEMO:
            self.stdout.write(f"\nDemonstration log-ins, password of all of them: {accounts.password()}")
            for log_in in accounts.log_ins():
                self.stdout.write(f"  {log_in.username:24}{log_in.role}")
        elif not get_user_model().objects.filter(is_active=True).exists():
            self.stdout.write("accounts: none yet; make the first one with manage.py createsuperuser")
        self.stdout.write(f"\nDashboard: {address.url}  (Ctrl-C stops it)")

    def _become_gunicorn(self, address: serving.Address, workers: int) -> None:
        """Replace this process, so that signals reach gunicorn and the workers read the collected static files."""
        connections.close_all()
        self.stdout.flush()
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "changchun_innovation.settings")
        # A pool of memory for every thread keeps more than it serves.
        os.environ.setdefault("MALLOC_ARENA_MAX", "2")
        if settings.DEMO:
            # Links in mails lead to where the demonstration is served.
            os.environ.setdefault("SITE_URL", address.url.rstrip("/"))
        command = [sys.executable, "-m", "gunicorn", "changchun_innovation.wsgi:application", "--preload"]
        command += ["--bind", str(address), "--workers", str(workers), "--threads", str(THREADS)]
        command += ["--chdir", str(settings.BASE_DIR), "--timeout", "60", "--graceful-timeout", "10"]
        # Its control socket would lie in the home folder, shared by all servers of an account.
        command += ["--no-control-socket", "--log-level", settings.LOG_LEVEL.lower()]
        os.execv(sys.executable, command)
