"""Runs every measurement and prints one table of ratios of this run."""

import argparse
import json
import os
import platform
import shutil
import sys
import tempfile
from datetime import date
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tests.benchmarks import first_paint, load, running
from tests.engine import OURS, start_postgres

BROWSER = {"Accept-Encoding": "br"}


def say(*words) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def row(what: str, found: str, goal: str = "") -> None:
    say(f"| {what} | {found} | {goal} |")


def overview(found: running.City, folder: Path, hits: dict[str, float]) -> None:
    """Hit, 304 and logged in against the bare view; a first request after an approval; memory."""
    name = f"{found.engine}, {found.parks} parks"
    with running.served(found) as server:
        body, tag = load.fetched(f"{server.address}/", BROWSER)
        key = found.run("-m", "tests.benchmarks.inside", "session").strip()
        logged_in = {**BROWSER, "Cookie": f"sessionid={key}"}
        load.fetched(f"{server.address}/", logged_in)
        with running.bare(body, folder) as yardstick:
            page, unchanged = yardstick.address + "/", yardstick.address + "/unchanged"
            home = server.address + "/"
            hit = load.compared((home, BROWSER), page)
            again = load.compared((home, {**BROWSER, "If-None-Match": tag}), unchanged)
            account = load.compared((home, logged_in), page)
        # Cities are measured minutes apart: beside the bare view of the same minutes they can be compared.
        hits[name] = hit[0]
        for what, (ratio, mine, bare), goal in (
            (f"overview, hit ({len(body)} bytes)", hit, "≥ 0.5"),
            ("as 304", again, "≥ 0.6"),
            ("logged in", account, "≥ 0.2"),
        ):
            row(f"{name}: {what}", f"{ratio:.2f} ({mine:.0f} of {bare:.0f}/s)", goal)
        row(f"{name}: two workers, proportional", f"{server.proportional_megabytes():.0f} MB", "≤ 120 MB")
        said = found.run("-m", "tests.benchmarks.inside", "approvals", f"{server.address}/", "9")
        # What mails were written stands before it.
        after = json.loads(said.splitlines()[-1])
        row(
            f"{name}: first request after an approval, median (best, worst)",
            f"{after['median']:.0f} ms ({after['best']:.0f}, {after['worst']:.0f})",
            "≤ 40 ms" if found.parks <= 8 else "≤ 400 ms" if found.parks >= 10_000 else "",
        )


def paint(found: running.City) -> None:
    with running.served(found) as server:
        for width in (1280, 360):
            seen = first_paint.measure(server.address, width=width)
            name = f"{found.engine}, {found.parks} parks, {width} px"
            row(
                f"{name}: first contentful paint, cold (warm)",
                f"{seen.cold.paint:.0f} ms ({seen.warm.paint:.0f})",
                "≤ 150 ms",
            )
            row(
                f"{name}: all graphs drawn, cold, against six of the full bundle",
                f"{seen.cold.drawn:.0f} ms of {seen.full_bundle_cold:.0f}",
                "no later",
            )
            row(
                f"{name}: before Plotly's file",
                f"{seen.cold.bytes_before_plotly / 1000:.1f} kB in {seen.cold.requests_before_plotly:.0f} requests",
                "≤ 60 kB",
            )
            row(f"{name}: layout shift", f"{seen.cold.layout_shift:.3f}", "≤ 0.02")


def exports(found: running.City, postgres: str, folder: Path) -> None:
    with running.served(found) as server:
        _lines, _first, _whole = load.downloaded(f"{server.address}/data/figures.csv?park=jixing")
        before = server.peak_of_a_worker()
        lines, first, whole = min(
            (load.downloaded(f"{server.address}/data/figures.csv") for _ in range(3)), key=lambda t: t[2]
        )
        name = f"{found.engine}: figures.csv, {lines - 1:,} rows"
        peak = server.peak_of_a_worker()
        if found.engine == "postgres":
            select = found.run("-m", "tests.benchmarks.inside", "select").strip()
            socket_folder = unquote(urlsplit(postgres).netloc.rpartition("@")[2])
            database = found.env["DATABASE_URL"].rpartition("/")[2]
            psql = min(load.psql_copy(socket_folder, database, select, folder) for _ in range(3))
            row(
                f"{name}: rows a second against psql",
                f"{psql / whole:.2f} ({lines / whole:,.0f} of {lines / psql:,.0f})",
                "≥ 0.9",
            )
        else:
            row(f"{name}: rows a second", f"{lines / whole:,.0f}")
        row(f"{name}: first byte", f"{first * 1000:.0f} ms")
        row(f"{name}: most memory of a worker (before it)", f"{peak:.0f} MB ({before:.0f})", "≤ 70 MB")
        lines, first, whole = load.downloaded(f"{server.address}/data/progress.csv")
        row(
            f"{found.engine}: progress.csv, {lines - 1:,} rows",
            f"{lines / whole:,.0f} a second, first byte {first * 1000:.0f} ms",
        )
        row(f"{found.engine}: most memory of a worker after it", f"{server.peak_of_a_worker():.0f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--parks", type=int, nargs="+", default=[8, 1000, 10_000])
    parser.add_argument(
        "--engines", nargs="+", choices=("postgres", "sqlite"), default=["postgres", "sqlite"]
    )
    parser.add_argument("--figures", type=int, default=1_000_000, help="rows of the export; 0 leaves it out")
    parser.add_argument("--no-browser", action="store_true")
    asked = parser.parse_args()
    if not shutil.which("wrk"):
        raise SystemExit("wrk is missing: apt-get install wrk")
    for variable in OURS:
        os.environ.pop(variable, None)
    with tempfile.TemporaryDirectory(prefix="changchun-benchmarks-") as temporary:
        folder = Path(temporary)
        postgres = start_postgres(folder / "postgres") if "postgres" in asked.engines else ""
        say(
            f"{date.today()} · {platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}\n"
        )
        say("| what | found | goal |\n|---|---|---|")
        hits: dict[str, float] = {}
        for engine in asked.engines:
            for parks in asked.parks:
                found = running.city(folder, engine, parks, 4, postgres)
                if parks == asked.parks[0] and not asked.no_browser:
                    paint(found)
                overview(found, folder, hits)
            least, most = (hits[f"{engine}, {parks} parks"] for parks in (asked.parks[0], asked.parks[-1]))
            row(
                f"{engine}: cost of a hit at {asked.parks[-1]} parks against {asked.parks[0]}",
                f"{least / most:.2f}",
                "≤ 1.2",
            )
            if asked.figures:
                parks = max(8, round(asked.figures / (12 * 8.75)))
                exports(running.city(folder, engine, parks, 9, postgres), postgres, folder)


if __name__ == "__main__":
    main()
