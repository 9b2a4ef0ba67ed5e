"""`make faults`: the long campaign, and its tables. Everything happens in a temporary folder."""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from tests.faults import house
from tests.faults.driver import Outcome, campaign
from tests.faults.holding import Holder
from tests.faults.sink import Once, Sink
from tests.night.house import NIGHT
from tests.night.killing import started

_RELAYS = ("pipelining", "lockstep")
_HEAD = (
    "| relay | seed | kills | runs | messages | lost | twice | bound | altered | recovery, worst | took |",
    "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
)


def row(relay: str, seed: int, outcome: Outcome) -> str:
    cells: Iterable[object] = (
        relay,
        seed,
        len(outcome.kills),
        outcome.runs,
        f"{outcome.readers:,}",
        len(outcome.lost),
        outcome.journal.repeats,
        outcome.bound,
        len(outcome.journal.altered),
        f"{outcome.worst_recovery:.1f} s",
        f"{outcome.seconds:.0f} s",
    )
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def held(folder: Path, seconds: float, readers: int = 200) -> str:
    """A night while another process writes for so long (B20): what came of it, in words."""
    house.ready(folder, readers, connections=10)
    holder = Holder(folder / "digest.db")
    timer = threading.Timer(seconds, holder.let_go)

    def hold() -> None:
        holder.hold()
        timer.start()

    begin = time.monotonic()
    with Sink(folder / "journal", watcher=Once("DATA", "before", 20, hold)) as sink:
        with started(folder, sink.port, now=NIGHT, command="deliver") as child:
            _, err = child.communicate()
        timer.cancel()
        copies = sink.journal.copies
    is_good = child.returncode == 0 and copies == Counter({house.reader(n): 1 for n in range(readers)})
    words = f"exit {child.returncode}, {len(copies)} of {readers} have it, {copies.total()} messages"
    return f"{words}, {time.monotonic() - begin:.0f} s" + ("" if is_good else f"; WRONG {err[-400:]}")


def main() -> int:
    asked = argparse.ArgumentParser(prog="make faults ARGS=…", description=__doc__)
    asked.add_argument("--kills", type=int, default=200)
    asked.add_argument("--readers", type=int, default=2000)
    asked.add_argument("--connections", type=int, default=10)
    asked.add_argument("--seed", type=int, default=20261122)
    asked.add_argument("--odds", type=float, default=0.01, help="of a fault of the relay, at any command")
    asked.add_argument("--hold", type=float, default=60, help="seconds another process holds the database")
    asked.add_argument("--relay", choices=_RELAYS, action="append", help="one of them only")
    told = asked.parse_args()
    rows: list[str] = []
    wrong: list[str] = []
    kinds: Counter[str] = Counter()
    for relay in told.relay or _RELAYS:
        with tempfile.TemporaryDirectory(prefix="digest-faults-") as folder:
            outcome = campaign(
                Path(folder),
                kills=told.kills,
                readers=told.readers,
                seed=told.seed,
                odds=told.odds,
                connections=told.connections,
                pipelining=relay == "pipelining",
                say=lambda words: print(f"\r{words}   ", end="", file=sys.stderr, flush=True),
            )
        rows.append(row(relay, told.seed, outcome))
        wrong += [f"{relay}: {words}" for words in outcome.wrong]
        kinds.update(kill.kind for kill in outcome.kills)
    with tempfile.TemporaryDirectory(prefix="digest-faults-") as folder:
        words = held(Path(folder), told.hold)
    print("\n".join(["", *_HEAD, *rows, ""]))
    print(f"Killed at: {', '.join(f'{kind} {count}' for kind, count in kinds.most_common())}.")
    print(f"Database held by another process for {told.hold:.0f} s: {words}.")
    wrong += [words] if "WRONG" in words else []
    for words in wrong:
        print(f"WRONG {words}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
