"""The files of the data page, written by the server itself."""

import os
import sys
from collections.abc import Callable, Generator, Iterable
from contextlib import closing, nullcontext
from dataclasses import replace
from pathlib import Path
from time import monotonic

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation
from tqdm import tqdm

from changchun_innovation.overview.exports import DATASETS
from changchun_innovation.overview.files import csv_file, xlsx_file
from changchun_innovation.overview.selection import Denied, Refused, read_selection
from changchun_innovation.overview.wide import WIDE, wide_file
from changchun_innovation.shared.datasets import Dataset

EXAMPLE = """
examples:
  manage.py export_data progress --quarter 2025-Q3 --as-of 2025-11-01 -o progress.csv
  manage.py export_data figures --park jixing --indicator revenue --format xlsx -o figures.xlsx
  manage.py export_data wide --format xlsx -o wide.xlsx

The file is byte for byte the one of /data/<dataset>.csv (or .xlsx) with the same parameters.
Without -o the CSV goes to standard output.
"""
BLOCK = 64 * 1024
PATIENCE = 2.0


class Command(BaseCommand):
    help = "Write a data set as CSV or XLSX, the same bytes as the web export."

    def create_parser(self, *args, **kwargs):
        from argparse import RawDescriptionHelpFormatter

        parser = super().create_parser(*args, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.epilog = EXAMPLE
        return parser

    def add_arguments(self, parser):
        parser.add_argument("dataset", metavar="DATASET", help=", ".join([*DATASETS, "wide (xlsx only)"]))
        parser.add_argument("--quarter", metavar="Q", help="a closed quarter, like 2025-Q3")
        parser.add_argument("--as-of", metavar="DAY", help="as known at the end of a day, like 2025-11-01")
        parser.add_argument("--park", action="append", metavar="CODE", help="may be given several times")
        parser.add_argument("--indicator", action="append", metavar="CODE", help="may be given several times")
        parser.add_argument("--state", action="append", metavar="STATE", help="may be given several times")
        parser.add_argument("--from", metavar="Q", help="first quarter")
        parser.add_argument("--to", metavar="Q", help="last quarter")
        parser.add_argument("--status", metavar="all", help="all: also what is not approved; needs --by")
        parser.add_argument("--lang", metavar="en", help="names in English instead of Chinese")
        parser.add_argument("--labels", metavar="zh|en", help="headings in words instead of column names")
        parser.add_argument("--bom", metavar="0", help="0: without the byte order mark")
        parser.add_argument(
            "--by", metavar="USER", help="the account whose rights apply; otherwise anybody's"
        )
        parser.add_argument("--format", choices=["csv", "xlsx"], default="csv")
        parser.add_argument(
            "-o", "--output", metavar="FILE", help="where to write; standard output if missing"
        )

    def handle(self, *, dataset: str, format: str, output: str | None, **options):
        chosen = self._dataset(dataset, format)
        if format == "xlsx" and not output:
            raise CommandError("A workbook needs a file to go to: -o FILE.")
        with translation.override("en" if (options["lang"] or "").lower() == "en" else "zh-hans"):
            try:
                selection = read_selection(
                    self._given(options),
                    chosen,
                    today=timezone.localdate(timezone=timezone.get_default_timezone()),
                    user=self._account(options["by"]),
                )
            except (Refused, Denied) as problem:
                raise CommandError(str(problem)) from problem
            if format == "csv":
                blocks = _shown(csv_file(chosen, selection), rows_of=lambda block: block.count(b"\n"))
            else:
                shown = replace(chosen, rows=lambda selection: _shown(chosen.rows(selection)))
                book = wide_file(selection) if chosen is WIDE else xlsx_file(shown, selection)
                blocks = (block for block in iter(lambda: book.read(BLOCK), b""))
            self._write(blocks, output)

    def _dataset(self, name: str, format: str) -> Dataset:
        if name == WIDE.name and format == "xlsx":
            return WIDE
        if name == WIDE.name:
            raise CommandError("The wide table is a workbook: add --format xlsx.")
        if name not in DATASETS:
            raise CommandError(
                f"There is no data set “{name}”; choose one of {', '.join([*DATASETS, 'wide'])}."
            )
        return DATASETS[name]

    def _account(self, username: str | None):
        if not username:
            return None
        account = get_user_model().objects.filter(username=username, is_active=True).first()
        if account is None:
            raise CommandError(f"There is no active account “{username}”.")
        return account

    def _given(self, options: dict) -> dict[str, list[str]]:
        """The options as an address would hold them."""
        names = (
            "quarter",
            "as_of",
            "park",
            "indicator",
            "state",
            "from",
            "to",
            "status",
            "lang",
            "labels",
            "bom",
        )
        given = {}
        for name in names:
            value = options[name]
            if value:
                given[name] = value if isinstance(value, list) else [value]
        return given

    def _write(self, blocks: Generator[bytes], output: str | None) -> None:
        try:
            # Closed, so that no query goes on for a file that nobody takes.
            with (
                closing(blocks),
                Path(output).open("wb") if output else nullcontext(sys.stdout.buffer) as file,
            ):
                for block in blocks:
                    file.write(block)
                file.flush()
        except BrokenPipeError:
            # Whoever reads has enough, as `head` does; what is still buffered must not complain at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except OSError as error:
            raise CommandError(f"Cannot write {output or 'to standard output'}: {error.strerror}.") from error


def _shown(parts: Iterable, rows_of: Callable[[object], int] = lambda part: 1) -> Generator:
    """The parts of a file; on a terminal a bar of rows appears as soon as they take longer than two seconds."""
    begun, rows, bar = monotonic(), 0, None
    for part in parts:
        yield part
        rows += rows_of(part)
        if bar is None and sys.stderr.isatty() and monotonic() - begun > PATIENCE:
            bar = tqdm(unit=" rows", file=sys.stderr)
        if bar is not None:
            bar.update(rows - bar.n)
    if bar is not None:
        bar.close()
