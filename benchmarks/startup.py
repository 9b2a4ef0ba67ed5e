"""N11: how long a command takes to answer. Median of nine interleaved runs, on the demo after its night.

    python -m benchmarks.startup

`python -c pass` is what the interpreter alone takes; the limit is for whole processes, from start to exit.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 9
LIMIT_MS = 300
COMMANDS = ("--help", "lists list", "sources list", "subscribers list", "entries list", "issues list")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="digest-bench-") as folder:
        site = Path(folder) / "demo"
        subprocess.run(
            [sys.executable, "-m", "digest", "demo", str(site)], check=True, stdout=subprocess.DEVNULL
        )
        calls = {"python -c pass": ["-c", "pass"]}
        calls |= {f"digest {words}": ["-m", "digest", *words.split()] for words in COMMANDS}
        taken: dict[str, list[float]] = {name: [] for name in calls}
        for _ in range(ROUNDS):
            for name, arguments in calls.items():
                taken[name].append(milliseconds(arguments, site))
    print(f"N11, whole processes, median of {ROUNDS} (min to max), limit {LIMIT_MS} ms")
    for name, times in taken.items():
        median = statistics.median(times)
        verdict = "" if median <= LIMIT_MS else "  TOO SLOW"
        print(f"  {name:<24} {median:6.0f} ms  ({min(times):.0f} to {max(times):.0f}){verdict}")


def milliseconds(arguments: list[str], folder: Path) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    main()
