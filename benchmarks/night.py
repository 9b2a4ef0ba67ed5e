"""N9 and N10: a whole night, 200 feeds to the last of 100,000 readers, into smtp-sink; and its memory.

    python -m benchmarks.night [readers] [rounds]      smtp-source sends as many messages in each round
    python -m benchmarks.night profile [readers]       where the time goes
    python -m benchmarks.night rows [rows]             a million planned rows, the first of them sent

Memory is the sum of all our processes (their proportional share of what they have in common), looked at four
times a second.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from contextlib import closing
from itertools import islice
from pathlib import Path
from threading import Event, Thread

from benchmarks.compose_site import tonight
from benchmarks.feeds import served
from benchmarks.night_site import SOURCES, found
from benchmarks.sinks import Sink, lean, smtp_sink
from digest.clock import utc_now
from digest.night import people
from digest.night.postroom import reprint

SAMPLED = 1_000


def main(readers: int = 100_000, rounds: int = 3) -> None:
    with tempfile.TemporaryDirectory(prefix="digest-bench-") as name, served(SOURCES) as url:
        site, copy = Path(name) / "site", Path(name) / "copy"
        found(site, url, readers)
        ratios, peaks, size = [], [], 0
        for _ in range(rounds):
            shutil.copytree(site, copy)
            with smtp_sink() as sink:
                told, peak = _night(copy, sink)
            size = size or _size(copy)
            shutil.rmtree(copy)
            assert told["sent"] == told["deliveries"], told
            seconds = _source(int(told["sent"]), size)
            ratios.append(seconds / told["wall"])
            peaks.append(peak)
            _print_round(told, peak, seconds, size)
        told_ratio = f"{min(ratios):.2f} / **{statistics.median(ratios):.2f}** / {max(ratios):.2f}"
        print(
            f"\nN9: {told_ratio} x smtp-source's rate (wanted: 0.7). N10: {max(peaks):.0f} MB (wanted: 250)"
        )


def profiled(readers: int = 10_000) -> None:
    with tempfile.TemporaryDirectory(prefix="digest-bench-") as name, served(SOURCES) as url:
        site = Path(name) / "site"
        found(site, url, readers)
        with smtp_sink() as sink:
            told, _ = _night(site, sink, "profile")
        print(json.dumps(told, indent=1))


def rows(count: int = 1_000_000) -> None:
    """N10's other half. A thousand readers join; the others are their doubles, written past the product."""
    with tempfile.TemporaryDirectory(prefix="digest-bench-") as name, served(SOURCES) as url:
        site = Path(name) / "site"
        found(site, url, 1_000)
        _multiply(site / "digest.db", count // 1_000)
        with tonight(site, clock=utc_now) as one:
            from digest.night.run import gather_room

            gather_room(one)
        with lean() as sink:
            told, peak = _night(site, sink, "rows")
        print(
            f"N10: {told['deliveries']:,} rows planned in {told['wall']:.0f} s with {told['sent']:,} sent: "
            f"{peak:.0f} MB (wanted: 250)"
        )


def _night(folder: Path, sink: Sink, *words: str) -> tuple[dict[str, float], float]:
    """One night, a process of its own; and the most memory it and its children had, in MB."""
    command = [sys.executable, "-m", "benchmarks.night_pass", str(folder), str(sink.port), *words]
    over, most = Event(), [0.0]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:

        def look() -> None:
            while not over.wait(0.25):
                most[0] = max(most[0], sum(map(_share, _family(process.pid))))

        looking = Thread(target=look)
        looking.start()
        assert process.stdout is not None
        said = process.stdout.read()
        over.set()
        looking.join()
    if process.returncode:
        raise SystemExit(f"the night ended with {process.returncode}")
    told: dict[str, float] = json.loads(said)
    return told, most[0]


def _family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    family = [pid]
    for parent in family:
        for task in Path(f"/proc/{parent}/task").glob("*/children"):
            try:
                family += map(int, task.read_text(encoding="ascii").split())
            except OSError:
                continue  # it has just ended
    return family


def _share(pid: int) -> float:
    """Its proportional share of memory, in MB."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0.0
    lines = [line for line in text.splitlines() if line.startswith("Pss:")]
    return int(lines[0].split()[1]) / 1024 if lines else 0.0


def _source(count: int, size: int) -> float:
    """Seconds smtp-source takes for as many messages of that size."""
    with smtp_sink() as sink:
        command = ["source", str(sink.port), str(count), "10", str(size)]
        said = subprocess.run(
            [sys.executable, "-m", "benchmarks.deliver_peers", *command],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
    return float(json.loads(said.stdout)[0])


def _size(folder: Path) -> int:
    """Bytes of a message, on average of the first."""
    with tonight(folder, clock=utc_now) as one:
        list_id, _ = people.list_named(one, "daily")
        issue = one.store.issues.by_night(list_id, one.night)
        assert issue is not None
        first = islice(reprint(one, issue, email=None), SAMPLED)
        return int(statistics.mean(len(content) for _, content in first))


def _multiply(database: Path, times: int) -> None:
    """Every subscriber and subscription so many times over, addresses their own."""
    with closing(sqlite3.connect(database)) as raw:
        for table, changed in (
            ("subscribers", ("address", "address_key", "address_hash")),
            ("subscriptions", ()),
        ):
            columns = [row[1] for row in raw.execute(f"PRAGMA table_info({table})")]
            values = [_doubled(column, changed) for column in columns]
            raw.execute(
                f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {times - 1}) "
                f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)} FROM n, {table} t "
                "WHERE t.id <= 1000 ORDER BY i, t.id"
            )
        raw.commit()


def _doubled(column: str, changed: tuple[str, ...]) -> str:
    if column in {"id", "subscriber_id"}:
        return f"t.{column} + 1000 * i"
    return f"i || '.' || t.{column}" if column in changed else f"t.{column}"


def _print_round(told: dict[str, float], peak: float, seconds: float, size: int) -> None:
    print(
        f"{told['sent']:,.0f} messages of {size:,} bytes, {told['editions']:,.0f} editions, "
        f"{told['released']:,.0f} new entries: {told['wall']:.1f} s "
        f"({told['processors']:.1f} of processors), {peak:.0f} MB; "
        f"smtp-source {seconds:.1f} s: {seconds / told['wall']:.2f} x"
    )
    steps = [name for name in told if name not in STATED]
    print("  " + ", ".join(f"{name} {told[name]:.1f} s" for name in steps), flush=True)


STATED = frozenset({"wall", "processors", "sent", "released", "editions", "deliveries"})

if __name__ == "__main__":
    match sys.argv[1:]:
        case ["profile", *rest]:
            profiled(*map(int, rest))
        case ["rows", *rest]:
            rows(*map(int, rest))
        case rest:
            main(*map(int, rest))
