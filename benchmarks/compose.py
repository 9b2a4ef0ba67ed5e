"""N3: one edition more, against setting it anew; one message more; and a hundred thousand readers' wishes.

    python -m benchmarks.compose [rounds] [readers]

An edition more is all of it: stories under their headings, cut to size, both parts joined, one message.
Rounds are interleaved, and only ratios inside a round count. Seconds are of processors.
"""

from __future__ import annotations

import gc
import json
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from benchmarks.compose_peer import Group, Line, Peer
from benchmarks.compose_site import NOW, TOPICS, join, tonight, write
from digest.compose.headers import Addressee, heading_of
from digest.compose.message import Plate, plate
from digest.model import DeliveryId, Section, StoryId
from digest.night import people
from digest.night.cutting import cut_list
from digest.night.desk import Desk, reach_of
from digest.night.editing import hands_of
from digest.night.galleys import Galleys
from digest.night.run import gather_room
from digest.night.tonight import Tonight
from subscribers.model import Wishes

Given = TypeVar("Given")

EDITIONS, PEERS, MESSAGES = 200, 5, 2_000
WISHES = (1, 8_000, 100_000)


def main(rounds: int = 5, readers: int = 100_000) -> None:
    with tempfile.TemporaryDirectory(prefix="digest-bench-") as name:
        folder = Path(name) / "site"
        folder.mkdir()
        write(folder)
        with tonight(folder) as one:
            gather_room(one)
        shutil.copytree(folder, Path(name) / "bare")
        with tonight(folder) as one:
            editions(one, rounds)
        if readers:
            planning(Path(name) / "bare", readers)


def editions(one: Tonight, rounds: int) -> None:
    """N3, and the cost of one more message."""
    work = Work(one)
    dice = random.Random(3)
    peers = {mode: Peer(mode) for mode in ("usual", "fast", "none")}
    taken: dict[str, list[float]] = {name: [] for name in ("edition", "message", *peers)}
    size = ""
    for _ in range(rounds):
        picks = [work.pick(dice) for _ in range(EDITIONS)]
        given = [work.groups(pick) for pick in picks[:PEERS]]
        ready = work.plate(picks[0])
        # A plate that was made already is remembered nowhere, but its cut is.
        taken["edition"].append(_each(work.edition, picks[1:]))
        taken["message"].append(_each(work.message, [ready] * MESSAGES))
        for mode, peer in peers.items():
            taken[mode].append(_each(peer.message, given))
        size = f"{len(work.message(ready)):,} bytes; the peer's {len(peers['usual'].message(given[0])):,}"
    told = {name: f"{statistics.median(times) * 1e6:,.0f} µs" for name, times in taken.items()}
    print(f"N3: an edition more, {told['edition']} ({size})")
    for mode, name in (
        ("usual", "Jinja2 + premailer + EmailMessage"),
        ("fast", "the same, premailer without its checks"),
        ("none", "Jinja2 + EmailMessage, nothing inlined"),
    ):
        ratio = _ratios(taken[mode], taken["edition"])
        print(f"  {name}: {told[mode]}, {ratio}{' (wanted: 50 x)' if mode == 'usual' else ''}")
    print(f"  a message more of an edition: {told['message']}, {_ratios(taken['usual'], taken['message'])}")


class Work:
    """Tonight's issue with its galley set; every call cuts anew."""

    def __init__(self, one: Tonight) -> None:
        list_id, configured = people.list_named(one, "daily")
        cut_list(one, list_id, configured)
        issue = one.store.issues.by_night(list_id, one.night)
        assert issue is not None
        self._desk = Desk(one, reach_of(one, list_id, configured, cursors=[], issue=issue))
        self._galleys = Galleys(one, self._desk, issue, configured, hands=hands_of(one, issue), keep=False)
        self._fragments = self._galleys.fragments("en")
        self._heading = heading_of(one.settings, configured, one.night)
        self._names = {source.id: source.title or source.slug for source in self._desk.sources}
        self._addressee = Addressee(
            address="reader@example.net",
            delivery_id=DeliveryId(1),
            unsubscribe_token="u" * 36,
            wishes_token="w" * 36,
        )

    def pick(self, dice: random.Random) -> tuple[StoryId, ...]:
        """A selection that nobody had: all but a few stories."""
        stories = list(self._desk.stories)
        gone = set(dice.sample(stories, dice.randrange(2, 8)))
        return tuple(story for story in stories if story not in gone)

    def plate(self, pick: tuple[StoryId, ...]) -> Plate:
        edition = self._galleys.edition(pick, older=0, wishes=Wishes(), language="en", format="html")
        return plate(edition, self._fragments)

    def edition(self, pick: tuple[StoryId, ...]) -> bytes:
        """All that an edition more takes."""
        return self.message(self.plate(pick))

    def message(self, ready: Plate) -> bytes:
        return ready.message(self._heading, self._addressee, dated_at=NOW)

    def groups(self, pick: tuple[StoryId, ...]) -> list[Group]:
        """The same stories under the same headings, for the peer."""
        sections = self._desk.sections(pick, Wishes())
        return [self._group(section) for section in sections]

    def _group(self, section: Section) -> Group:
        title = section.key if section.key in TOPICS else "More"
        return Group(title=title, stories=tuple(map(self._line, section.all_stories)))

    def _line(self, id: StoryId) -> Line:
        entry = self._desk.stories[id].origin
        return Line(
            title=entry.content.title,
            link=entry.content.link or "",
            source=self._names[entry.source_id],
            published=f"{entry.dated_at:%B %d, %Y at %H:%M}",
            excerpt=" ".join(entry.content.text.split()[:60]),
        )


def planning(bare: Path, readers: int) -> None:
    """Everybody is planned by the night's own code: with one wish among them, thousands, or all their own."""
    rows: list[tuple[int, list[float]]] = []
    for wishes in sorted({min(wishes, readers) for wishes in WISHES}):
        folder = bare.with_name(f"wishes-{wishes}")
        shutil.copytree(bare, folder)
        with tonight(folder) as one:
            join(one, readers, wishes=wishes)
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.compose_pass", str(folder)],
            check=True,
            capture_output=True,
            text=True,
        )
        rows.append((wishes, json.loads(done.stdout)))
        shutil.rmtree(folder)
    print(f"Cutting for {readers:,} readers, cut and planned in the database")
    first = rows[0][1]
    for wishes, (seconds, processors, peak, count, deliveries) in rows:
        print(
            f"  {wishes:>7,} wishes: {count:>7,.0f} editions, {deliveries:,.0f} deliveries, {seconds:.1f} s "
            f"({processors:.1f} of processors, {processors / first[1]:.1f} x), {peak:.0f} MB at most "
            f"({peak / first[2]:.1f} x)"
        )


def _each(work: Callable[[Given], object], over: Sequence[Given]) -> float:
    """Seconds of processors for one. What the other one left to be collected is not ours to pay."""
    gc.collect()
    start = time.process_time()
    for each in over:
        work(each)
    return (time.process_time() - start) / len(over)


def _ratios(theirs: Sequence[float], ours: Sequence[float]) -> str:
    found = [a / b for a, b in zip(theirs, ours, strict=True)]
    return f"{statistics.median(found):.0f} x ({min(found):.0f} to {max(found):.0f})"


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
