"""N1 and N2: gathering 200 feeds, all new and then all unchanged, against `reader` on the same feeds.

    python -m benchmarks.gather [rounds] [feeds]

Rounds are interleaved, and only the ratios inside a round count: this is told on any machine, noisy or
not. Each measured pass is a process of its own, timed from inside, from "ready" to "stored".
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.feeds import served


def main(rounds: int = 5, count: int = 200) -> None:
    first: list[float] = []
    second: list[float] = []
    with served(count) as url, tempfile.TemporaryDirectory() as folder:
        for number in range(rounds):
            ours = _run("ours", url, count, Path(folder) / f"ours-{number}")
            theirs = _run("reader", url, count, Path(folder) / f"reader-{number}")
            first.append(theirs[0] / ours[0])
            second.append(theirs[1] / ours[1])
            print(
                f"round {number + 1}: all new {ours[0]:.2f} s, reader {theirs[0]:.2f} s, {first[-1]:.1f} x; "
                f"unchanged {ours[1]:.3f} s, reader {theirs[1]:.3f} s, {second[-1]:.1f} x",
                flush=True,
            )
    print(f"N1: {count} feeds, all new: {_median(first)} x reader (wanted: 3 x)")
    print(f"N2: {count} feeds, unchanged: {_median(second)} x reader (wanted: 10 x)")


def _median(ratios: list[float]) -> str:
    return f"{statistics.median(ratios):.1f} ({min(ratios):.1f} to {max(ratios):.1f})"


def _run(who: str, url: str, count: int, folder: Path) -> tuple[float, float]:
    folder.mkdir()
    command = [sys.executable, "-m", "benchmarks.gather_pass", who, url, str(count), str(folder)]
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    return float(said[0]), float(said[1])


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
