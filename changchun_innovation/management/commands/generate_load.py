"""Synthetic parks and approved reports, for measurements."""

import sys
from argparse import RawDescriptionHelpFormatter

from django.core.checks import Tags
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, transaction
from django.utils import timezone
from tqdm import tqdm

from changchun_innovation import baseline, serving
from changchun_innovation.demonstration import accounts, load, story
from changchun_innovation.demonstration.recipe import (
    MOST_COMMITMENTS,
    MOST_QUARTERS,
    Recipe,
    last_quarters,
    usual_until,
)
from changchun_innovation.shared.quarters import Quarter

EXAMPLE = """
examples:
  manage.py generate_load --parks 1000 --quarters 12
  manage.py generate_load --parks 10000 --quarters 12 --commitments 9
  manage.py generate_load --parks 8 --quarters 12 --until 2026-Q3

For a demonstration only, on a migrated database without real reports. The parks that are there count and get reports too,
from the quarter in which their promises begin; further ones are called 模拟园区 00001 / Synthetic park 00001. All is
labelled as invented. The same numbers change nothing, more parks are added to those that are there, and
`load_demo --clear` takes all of it away. The publishing lock is held to the end: nobody else approves meanwhile.
Pages of a big city need `work_out` (or `serve`) afterwards.
"""
SEED = 2023


def with_progress_bar(batches: list) -> tqdm:
    """A bar on a terminal, once it takes longer than two seconds."""
    return tqdm(batches, desc="generate_load", unit="batch", delay=2, disable=not sys.stderr.isatty())


def _whole_number(option: str, given: str | int, lowest: int, highest: int) -> int:
    text = str(given)
    if not (text.isascii() and text.isdigit() and len(text) < 12 and lowest <= int(text) <= highest):
        raise CommandError(f"{option}: “{text}” is not a whole number from {lowest} to {highest}.")
    return int(text)


def _until(text: str | None) -> Quarter:
    today = timezone.localdate()
    try:
        quarter = Quarter.parse(text) if text else usual_until(today)
    except ValueError as error:
        raise CommandError(f"--until: “{text}” is not a quarter; write it like 2025-Q4.") from error
    possible = last_quarters(today)
    if quarter not in possible:
        span = (
            f"from {possible[0]} to {possible[-1]}" if possible else "in the term, and none of it has closed"
        )
        raise CommandError(f"--until: {quarter} is not possible; the last quarter lies {span}.")
    return quarter


class Command(BaseCommand):
    requires_system_checks = [Tags.models]
    help = "Fill the database with synthetic parks and approved reports, for measurements."

    def create_parser(self, *args, **kwargs):
        parser = super().create_parser(*args, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.epilog = EXAMPLE
        return parser

    def add_arguments(self, parser):
        parser.add_argument(
            "--parks", required=True, metavar="N", help="how many parks the database holds in the end"
        )
        parser.add_argument(
            "--quarters", required=True, metavar="M", help="how many closed quarters have reports"
        )
        parser.add_argument(
            "--until", metavar="Q", help="the last of them; without it the quarter that pages open on"
        )
        parser.add_argument(
            "--commitments", default="4", metavar="C", help="promises of each synthetic park (4)"
        )
        parser.add_argument("--seed", default=str(SEED), help=f"the same seed makes the same rows ({SEED})")

    def handle(
        self, *, parks: str, quarters: str, until, commitments: str, seed: str, verbosity: int, **options
    ):
        count = _whole_number("--parks", parks, 1, load.MOST_PARKS)
        recipe = Recipe(
            quarters=_whole_number("--quarters", quarters, 1, MOST_QUARTERS),
            until=_until(until),
            commitments=_whole_number("--commitments", commitments, 1, MOST_COMMITMENTS),
            seed=_whole_number("--seed", seed, 0, 10**9),
        )
        try:
            planted = self._make(count, recipe)
            if planted.reports:
                load.take_stock()
        except (
            accounts.AccountsRefused,
            baseline.BaselineRefused,
            load.LoadRefused,
            story.StoryRefused,
        ) as error:
            raise CommandError(str(error)) from error
        except DatabaseError as error:
            raise CommandError(serving.unreachable(error)) from error
        except KeyboardInterrupt:
            raise CommandError("stopped; nothing was added.") from None
        if not verbosity:
            return
        if not planted.reports:
            self.stdout.write(f"load: all there already ({count} parks, {recipe})")
            return
        self.stdout.write(
            f"load: {planted.parks} synthetic parks, {planted.reports} reports and {planted.figures} figures added, "
            f"all invented ({recipe})"
        )

    @transaction.atomic
    def _make(self, parks: int, recipe: Recipe):
        call_command("sync_roles", verbosity=0)
        return load.make(parks, recipe, now=timezone.now(), watched=with_progress_bar)
