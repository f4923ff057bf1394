"""Groups and permissions as roles.py says."""

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from changchun_innovation.accounts import follow_roles, synchronise
from changchun_innovation.roles import ROLES


class Command(BaseCommand):
    help = (
        "Make groups and permissions match roles.py, and let accounts into the admin by their roles. "
        "Prints one line per change; safe to run again. Example: manage.py sync_roles"
    )

    @transaction.atomic
    def handle(self, *args, **options):
        lines = []
        for role in ROLES:
            try:
                lines += synchronise(role)
            except LookupError as error:
                raise CommandError(
                    f"roles.py names permissions that no model has: {error}. Run `manage.py migrate` first."
                ) from error
        for user in get_user_model().objects.order_by("username"):
            if follow_roles(user):
                lines.append(f"account {user.get_username()}: admin {'on' if user.is_staff else 'off'}")
        if options["verbosity"]:
            for line in lines or ["roles are up to date"]:
                self.stdout.write(line)
