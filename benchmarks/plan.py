"""Planning a night at scale: everybody's own wishes against equal ones, and a hundred times as many readers.

    python -m benchmarks.plan [rounds] [readers] [most]

`choose` is who gets which stories; `cut` is that and the editions and deliveries stored. Seconds are of
processors, rounds are interleaved, and only ratios inside a round count.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Literal, NamedTuple

from benchmarks.compose_site import SOURCES, join, tonight, write
from digest.night.run import gather_room

#: odd, so that every number up to 2^SOURCES comes once
STEP = 0x9E3B1
Wished = Literal["equal", "own"]


class Taken(NamedTuple):
    seconds: float
    peak: float
    readers: int
    editions: int


def main(rounds: int = 3, readers: int = 100_000, most: int = 1_000_000) -> None:
    with tempfile.TemporaryDirectory(prefix="digest-bench-") as name:
        root = Path(name)
        bare = root / "bare"
        bare.mkdir()
        write(bare)
        with tonight(bare) as one:
            gather_room(one)
            join(one, 1, wishes=1)
        wishes(root, bare, rounds, readers)
        growth(root, bare, [most // 100, most // 10, most])


def wishes(root: Path, bare: Path, rounds: int, readers: int) -> None:
    """Everybody's own wishes against one wish of all. Each mutes half of the sources, on average."""
    sites = {wished: _site(root, bare, readers, wished) for wished in ("equal", "own")}
    for what in ("choose", "cut"):
        taken: dict[str, list[Taken]] = {wished: [] for wished in sites}
        for _ in range(rounds):
            for wished, site in sites.items():
                taken[wished].append(_pass(root, site, what))
        ratios = [own.seconds / equal.seconds for equal, own in zip(*taken.values(), strict=True)]
        print(f"{what}, {readers:,} readers:")
        for wished, found in taken.items():
            seconds = statistics.median(each.seconds for each in found)
            print(
                f"  {wished} wishes: {seconds:.1f} s, {seconds / readers * 1e6:.0f} µs a reader, "
                f"{max(each.peak for each in found):.0f} MB, {found[0].editions:,} editions"
            )
        print(
            f"  own to equal: {statistics.median(ratios):.2f} x ({min(ratios):.2f} to {max(ratios):.2f}; "
            "wanted: 3 x, 250 MB)"
        )
    for site in sites.values():
        shutil.rmtree(site)


def growth(root: Path, bare: Path, sizes: list[int]) -> None:
    """Ten times the readers, and a hundred times: a reader must not cost more. One pass of each."""
    rows: tuple[tuple[Wished, str], ...] = (("own", "choose"), ("equal", "cut"))
    for wished, what in rows:
        print(f"{what}, {wished} wishes:")
        first = 0.0
        for readers in sizes:
            site = _site(root, bare, readers, wished)
            taken = _pass(root, site, what)
            shutil.rmtree(site)
            each = taken.seconds / readers
            first = first or each
            print(
                f"  {readers:>9,}: {taken.seconds:6.1f} s, {each * 1e6:.0f} µs a reader "
                f"({each / first:.2f} x), {taken.peak:.0f} MB"
            )


def _pass(root: Path, site: Path, what: str) -> Taken:
    """One pass, a process of its own; what it writes is thrown away."""
    copy = root / "copy"
    shutil.copytree(site, copy)
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.plan_pass", str(copy), what],
        check=True,
        capture_output=True,
        text=True,
    )
    shutil.rmtree(copy)
    return Taken(*json.loads(done.stdout))


def _site(root: Path, bare: Path, readers: int, wished: Wished) -> Path:
    """The site with so many readers: one joined, the others are its doubles, written past the product."""
    site = root / f"{wished}-{readers}"
    shutil.copytree(bare, site)
    with closing(sqlite3.connect(site / "digest.db")) as database:
        person = database.execute("SELECT id FROM subscriptions").fetchone()[0]
        database.executemany(
            "INSERT OR IGNORE INTO wishes (id, body) VALUES (?, ?)",
            _wishes(readers if wished == "own" else 1),
        )
        database.execute(_PEOPLE, {"last": readers})
        database.execute(_PLACES, {"like": person, "own": wished == "own"})
        database.execute("DELETE FROM subscriptions WHERE id = ?", (person,))
        database.commit()
    return site


def _wishes(count: int) -> Iterator[tuple[int, str]]:
    """Different sets of muted sources, in no order: which bits are set in a number that jumps about."""
    for number in range(1, count + 1):
        bits = number * STEP % (1 << SOURCES)
        muted = sorted(f"s{source}" for source in range(SOURCES) if bits >> source & 1)
        told = {"only": False, "sources": [[slug, "mute"] for slug in muted], "topics": [], "languages": []}
        yield 1_000 + number, json.dumps(told, separators=(",", ":"))


_PEOPLE = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :last)
INSERT INTO subscribers (id, address, address_key, address_hash, created_at)
SELECT 1000 + i, 'reader' || i || '@example.com', 'reader' || i || '@example.com', 'hash ' || i,
       '2026-01-01T00:00:00.000000Z'
FROM n"""

_PLACES = """
INSERT INTO subscriptions (subscriber_id, list_id, consent, cadence, weekday, hour, timezone, language,
                           format, wishes_id, due_at, cursor, created_at, confirmed_at)
SELECT p.id, s.list_id, s.consent, s.cadence, s.weekday, s.hour, s.timezone, s.language, s.format,
       CASE WHEN :own THEN p.id ELSE 1001 END, s.due_at, s.cursor, s.created_at, s.confirmed_at
FROM subscribers p JOIN subscriptions s ON s.id = :like
WHERE p.id > 1000"""


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
