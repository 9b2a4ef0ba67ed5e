"""People from a CSV: how long 100,000 lines take, and how much memory. A process a pass, seen from outside.

    python -m benchmarks.imports            # 100,000 lines, three rounds
    python -m benchmarks.imports 1000000 1  # a million, once

Each round imports a file into a fresh database: new people first, then the same file again, when everybody is
there already. The limits are ours: well under a minute, and 250 MB.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

LIMIT_MB = 250
LIMIT_SECONDS = 60
#: as many domains as a list of that size has, more or less
DOMAINS = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """One import, as the system saw its process."""

    seconds: float
    #: of processors
    busy: float
    peak_mb: float


def main(count: int = 100_000, rounds: int = 3) -> None:
    taken: dict[str, list[Pass]] = {"new": [], "there already": []}
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(prefix="digest-bench-") as folder:
            site = Path(folder) / "site"
            subprocess.run(
                [sys.executable, "-m", "digest", "init", str(site)], check=True, capture_output=True
            )
            write(site / "people.csv", count)
            for name, passes in taken.items():
                passes.append(measured(site, count, key="joined" if name == "new" else "already"))
    print(f"Import of {count:,} lines of CSV, whole processes, median of {rounds}")
    for name, passes in taken.items():
        seconds = statistics.median(each.seconds for each in passes)
        busy = statistics.median(each.busy for each in passes)
        peak = max(each.peak_mb for each in passes)
        verdict = "" if peak <= LIMIT_MB and busy <= LIMIT_SECONDS * count / 100_000 else "  TOO MUCH"
        print(
            f"  {name:<14} {seconds:6.1f} s, {busy:6.1f} s of processors, {count / busy:8,.0f} lines/s, "
            f"peak {peak:4.0f} MB{verdict}"
        )


def write(path: Path, count: int) -> None:
    """Semicolons, French headers, a language and a cadence for each."""
    cadences = ("", "nightly", "hebdomadaire", "mensuel")
    with path.open("w", encoding="utf-8") as file:
        file.write("Nom;Courriel;Langue;Cadence\n")
        for number in range(count):
            email = f"person.{number}@domain{number % DOMAINS}.example"
            file.write(f"Jean n° {number};{email};{'fr' if number % 3 else 'en'};{cadences[number % 4]}\n")


def measured(site: Path, count: int, *, key: str) -> Pass:
    """Run one import; it must have taken every line."""
    command = [sys.executable, "-m", "digest", "--config", str(site / "digest.toml"), "subscribers", "import"]
    command += [str(site / "people.csv"), "--list", "weekly", "--confirmed", "--json"]
    start = time.perf_counter()
    with (site / "out.json").open("wb") as out:
        child = subprocess.Popen(command, stdout=out)
        _, status, used = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    told = (site / "out.json").read_text(encoding="utf-8")
    if child.returncode or f'"{key}": {count}' not in told:
        raise SystemExit(f"The import ended with {child.returncode}: {told[:500]}")
    return Pass(seconds=seconds, busy=used.ru_utime + used.ru_stime, peak_mb=used.ru_maxrss / 1024)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
