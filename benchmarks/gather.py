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
    new, unchanged = Compared("N1", "all new"), Compared("N2", "unchanged")
    with served(count) as url, tempfile.TemporaryDirectory() as folder:
        for number in range(rounds):
            ours = _run("ours", url, count, Path(folder) / f"ours-{number}")
            theirs = _run("reader", url, count, Path(folder) / f"reader-{number}")
            new.take(ours[:2], theirs[:2])
            unchanged.take(ours[2:], theirs[2:])
            print(f"round {number + 1}: {new.last()}; {unchanged.last()}", flush=True)
    print(f"{new.said(count)} (wanted: 3 x)\n{unchanged.said(count)} (wanted: 10 x)")


class Compared:
    """Seconds of ours and of the peer's, by the clock and of processors, round by round."""

    def __init__(self, number: str, what: str) -> None:
        self._number, self._what = number, what
        self._rounds: list[tuple[list[float], list[float]]] = []

    def take(self, ours: list[float], theirs: list[float]) -> None:
        self._rounds.append((ours, theirs))

    def last(self) -> str:
        ours, theirs = self._rounds[-1]
        return (
            f"{self._what} {ours[0]:.3f} s ({ours[1]:.3f} of processors), "
            f"reader {theirs[0]:.3f} ({theirs[1]:.3f}), {theirs[0] / ours[0]:.1f} x"
        )

    def said(self, count: int) -> str:
        clock, processors = ([t[at] / o[at] for o, t in self._rounds] for at in (0, 1))
        return (
            f"{self._number}: {count} feeds, {self._what}: {_median(clock)} x reader; "
            f"in processor time {_median(processors)} x"
        )


def _median(ratios: list[float]) -> str:
    return f"{statistics.median(ratios):.1f} ({min(ratios):.1f} to {max(ratios):.1f})"


def _run(who: str, url: str, count: int, folder: Path) -> list[float]:
    folder.mkdir()
    command = [sys.executable, "-m", "benchmarks.gather_pass", who, url, str(count), str(folder)]
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    return [float(word) for word in said]


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
