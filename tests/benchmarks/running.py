"""Databases, cities and servers for a measurement, and their end. Everything lies in one temporary folder."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
WORKERS, THREADS = 2, 4


@dataclass(frozen=True)
class City:
    """One database with its parks, and the environment in which the application reads it."""

    engine: str
    parks: int
    env: dict[str, str]

    def run(self, *command: str, quiet: bool = True) -> str:
        """The output of a Python command in the city's environment; raises RuntimeError with its last words."""
        ended = subprocess.run(
            [sys.executable, *command], cwd=ROOT, env=self.env, capture_output=True, text=True, check=False
        )
        if ended.returncode:
            raise RuntimeError(f"{' '.join(command)}: {ended.stderr.strip()[-800:]}")
        return ended.stdout


@dataclass(frozen=True)
class Server:
    """A running web server: where it answers, and the processes that do."""

    address: str
    pid: int

    @property
    def processes(self) -> list[int]:
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return [self.pid, *map(int, children)]

    def proportional_megabytes(self) -> float:
        """Memory of all its processes, what they share counted once."""
        return sum(_of(f"/proc/{pid}/smaps_rollup", "Pss:") for pid in self.processes) / 1024

    def peak_of_a_worker(self) -> float:
        """The most megabytes that one worker has ever held."""
        return max(_of(f"/proc/{pid}/status", "VmHWM:") for pid in self.processes[1:]) / 1024


def _of(path: str, word: str) -> int:
    line = next(line for line in Path(path).read_text().splitlines() if line.startswith(word))
    return int(line.split()[1])


def city(folder: Path, engine: str, parks: int, commitments: int, postgres: str) -> City:
    """A new database with so many parks, twelve quarters, and stored answers where the city is big."""
    name = f"city_{engine}_{parks}_{commitments}"
    data = folder / name
    data.mkdir()
    if engine == "postgres":
        _create_database(postgres, name)
        url = postgres.rpartition("/")[0] + f"/{name}"
    else:
        url = f"sqlite:///{data / 'city.sqlite3'}"
    env = {
        **os.environ,
        "DATABASE_URL": url,
        "DATA_DIR": str(data),
        "LOG_LEVEL": "WARNING",
        "DEMO_PASSWORD": "measured here only",
    }
    found = City(engine, parks, env)
    found.run("manage.py", "migrate", "-v0")
    found.run("manage.py", "sync_roles", "-v0")
    load = ["--parks", str(parks), "--quarters", "12", "--commitments", str(commitments)]
    found.run("manage.py", "generate_load", *load)
    found.run("manage.py", "work_out")
    return found


def _create_database(postgres: str, name: str) -> None:
    import dj_database_url
    import psycopg2

    given = dj_database_url.parse(postgres)
    connection = psycopg2.connect(host=given["HOST"], user=given["USER"], dbname="postgres")
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
    connection.close()


@contextmanager
def served(found: City) -> Iterator[Server]:
    """The application as `manage.py serve` serves it, with two workers."""
    port = _free_port()
    command = [sys.executable, "manage.py", "serve", "--bind", f"127.0.0.1:{port}", "--workers", str(WORKERS)]
    with _running(command, found.env, f"http://127.0.0.1:{port}", "/healthz", 900) as server:
        yield server


@contextmanager
def bare(body: bytes, folder: Path) -> Iterator[Server]:
    """A Django view of the same bytes under the same web server."""
    port = _free_port()
    file = folder / f"body_{port}"
    file.write_bytes(body)
    command = [sys.executable, "-m", "gunicorn", "tests.benchmarks.bare:application", "--preload"]
    command += ["--bind", f"127.0.0.1:{port}", "--workers", str(WORKERS), "--threads", str(THREADS)]
    command += ["--no-control-socket", "--log-level", "warning"]
    env = {**os.environ, "BARE_BODY": str(file), "PYTHONPATH": str(ROOT)}
    with _running(command, env, f"http://127.0.0.1:{port}", "/", 30) as server:
        yield server


@contextmanager
def _running(command: list[str], env: dict, address: str, path: str, patience: int) -> Iterator[Server]:
    process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        until = time.monotonic() + patience
        while True:
            try:
                urllib.request.urlopen(address + path, timeout=5).read()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(f"{command[1:3]} did not begin to answer") from None
                time.sleep(0.2)
        yield Server(address, process.pid)
    finally:
        process.terminate()
        process.wait(30)


def _free_port() -> int:
    with socket.socket() as attempt:
        attempt.bind(("127.0.0.1", 0))
        return attempt.getsockname()[1]
