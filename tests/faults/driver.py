"""Kills `digest deliver` again and again, starts it again until all is quiet, and keeps the accounts.

The oracle is the journal of a sink in a process of its own. What is asked, and when:
after each kill, of a copy of database and log as the dead left them: it is sound, every issue adds up, and
whatever is `sent` was taken; at the end: nobody was lost, and what came twice had the same bytes.
"""

from __future__ import annotations

import shutil
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random

from digest.storage import open_store
from tests.faults.house import ready
from tests.faults.journal import Journal
from tests.faults.marksman import Aim, Remote, marksman
from tests.faults.plan import Plan
from tests.night.house import NIGHT
from tests.night.killing import started

#: between two starts, by `--now`: what was deferred is due again
_STEP = timedelta(hours=5)
#: after the last kill; a row may be deferred by fault after fault
_QUIET_RUNS = 60
#: a run that hangs is a fault of ours
_PATIENCE_SECONDS = 120

#: where a run is shot at: what the sink sees, and when of it
STEPS = (
    ("CONNECT", "after"),
    ("EHLO", "after"),
    ("MAIL", "before"),
    ("RCPT", "after"),
    ("DATA", "before"),
    ("DATA", "after"),
    ("BODY", "before"),
    ("DOT", "before"),
    ("DOT", "taken"),
    ("DOT", "after"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """One that landed, and what it left."""

    where: str
    #: the same without its number: a step, or "random instant"
    kind: str
    #: connections to the sink
    open: int
    #: what stood in the dead one's database and journal was sound
    faults: tuple[str, ...]
    #: so far, after all that was on its way was read
    repeats: int
    bound: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a campaign came to."""

    readers: int
    kills: tuple[Kill, ...]
    runs: int
    #: who never got theirs, and was not refused by their own address
    lost: frozenset[str]
    journal: Journal
    #: rows by status, of all issues
    statuses: Counter[str]
    #: addresses whose delivery ended as failed
    failed: frozenset[str]
    #: and as uncertain, where mail in doubt is held
    uncertain: frozenset[str]
    #: tries that ended without anybody knowing how
    doubts: int
    #: of runs that were not killed, with words where they are bad
    bad_runs: tuple[str, ...]
    #: from a start after a kill to its first message, the longest
    worst_recovery: float
    seconds: float

    @property
    def bound(self) -> int:
        return sum(kill.open for kill in self.kills) + self.journal.lost_replies

    @property
    def wrong(self) -> tuple[str, ...]:
        """What broke the promises, in words; empty is good."""
        journal = self.journal
        found = [
            (f"lost: {sorted(self.lost)[:5]}", bool(self.lost)),
            (f"{journal.repeats} twice, at most {self.bound}", journal.repeats > self.bound),
            (f"altered copies: {journal.altered[:5]}", bool(journal.altered)),
            (f"{self.doubts} doubts, {journal.repeats} repeats", self.doubts < journal.repeats),
            (f"said too early: {journal.ahead[:3]}", bool(journal.ahead)),
            (f"not ended: {dict(self.statuses)}", set(self.statuses) - {"sent", "failed"} != set()),
        ]
        words = [text for text, is_so in found if is_so]
        for number, kill in enumerate(self.kills, 1):
            words += [f"kill {number}, {kill.where}: {fault}" for fault in kill.faults]
        return (*words, *self.bad_runs)


class Campaign:
    """An installation under fire."""

    def __init__(self, folder: Path, remote: Remote, *, readers: int, seed: int) -> None:
        self.folder, self.remote, self.readers = folder, remote, readers
        self.random = Random(seed)
        self.kills: list[Kill] = []
        self.runs = 0
        self.bad_runs: list[str] = []
        self.starts: list[float] = []

    def shoot(self, aim: Aim, seconds: float) -> bool:
        """One run, killed at a step or after a time, whichever comes first. False: it ended before."""
        kind = f"{aim.verb} {aim.when}"
        where = f"{kind} {aim.nth}"
        with self._run() as child:
            self.remote.aim(child.pid, aim)
            try:
                child.wait(seconds)
            except subprocess.TimeoutExpired:
                kind, where = "random instant", f"after {seconds:.3f} s"
                self.remote.kill()
            out, err = child.communicate(timeout=_PATIENCE_SECONDS)
        open_then = self.remote.rest()
        if child.returncode != -signal.SIGKILL:
            self._look_at(child.returncode, out, err)
            return False
        if where == f"after {_PATIENCE_SECONDS:.3f} s":
            self.bad_runs.append(f"run {self.runs} hung")
        journal = self.remote.journal
        bound = sum(kill.open for kill in self.kills) + open_then + journal.lost_replies
        faults = [*_unsound(self.folder, journal)]
        if journal.repeats > bound:
            faults.append(f"{journal.repeats} twice, at most {bound}")
        kill = Kill(
            where=where, kind=kind, open=open_then, faults=tuple(faults), repeats=journal.repeats, bound=bound
        )
        self.kills.append(kill)
        return True

    def run(self) -> bool:
        """One run that nobody disturbs but the sink. Is all quiet after it?"""
        with self._run() as child:
            out, err = child.communicate(timeout=_PATIENCE_SECONDS)
        self._look_at(child.returncode, out, err)
        return self.open_rows() == 0

    def open_rows(self) -> int:
        statuses = _statuses(self.folder)
        return sum(statuses[each] for each in ("planned", "deferred", "sending"))

    @contextmanager
    def _run(self) -> Iterator[subprocess.Popen[str]]:
        now = NIGHT + self.runs * _STEP
        self.runs += 1
        self.starts.append(time.monotonic())
        child = started(self.folder, self.remote.port, now=now, command="deliver")
        try:
            yield child
        finally:
            child.kill()
            child.wait(30)
            for stream in (child.stdout, child.stderr):
                assert stream is not None
                stream.close()

    def _look_at(self, code: int, out: str, err: str) -> None:
        if code not in (0, 4) or "Traceback" in err:
            self.bad_runs.append(f"run {self.runs} ended with {code}: {err[-800:]}{out[-200:]}")


def campaign(
    folder: Path,
    *,
    kills: int,
    readers: int,
    seed: int,
    odds: float = 0.01,
    connections: int = 10,
    pipelining: bool = True,
    on_uncertain: str = "resend",
    say: Callable[[str], None] = lambda _words: None,
) -> Outcome:
    """So many kills, then runs until quiet."""
    begin = time.monotonic()
    ready(folder, readers, connections=connections, max_age_hours=100_000, on_uncertain=on_uncertain)
    plan = Plan(seed=seed, odds=odds)
    with marksman(folder / "journal.jsonl", plan, pipelining=pipelining) as remote:
        one = Campaign(folder, remote, readers=readers, seed=seed)
        while len(one.kills) < kills and one.runs < 3 * kills + _QUIET_RUNS:
            left = one.open_rows() / (kills - len(one.kills) + 1)
            one.shoot(*_aim(one.random, left))
            say(f"{len(one.kills)}/{kills} kills, {one.runs} runs, {one.open_rows()} rows open")
        for _ in range(_QUIET_RUNS):
            if one.run():
                break
        journal = remote.journal
    return Outcome(
        readers=readers,
        kills=tuple(one.kills),
        runs=one.runs,
        journal=journal,
        statuses=_statuses(folder),
        failed=_ended_as(folder, "failed"),
        uncertain=_ended_as(folder, "uncertain"),
        doubts=_doubts(folder),
        bad_runs=tuple(one.bad_runs),
        worst_recovery=_worst_recovery(one.starts, journal),
        seconds=time.monotonic() - begin,
        lost=_everybody(folder)
        - journal.copies.keys()
        - (_ended_as(folder, "failed") & journal.refused("550 5.1.1")),
    )


def _aim(random: Random, left: float) -> tuple[Aim, float]:
    """At random: an instant, or a step of a message not so far off that none are left for later kills."""
    nth = random.randint(1, max(1, round(1.2 * left)))
    if random.random() < 0.2:
        return Aim(verb="DOT", when="before", nth=nth), random.uniform(0.02, 1.5)
    verb, when = random.choice(STEPS)
    if verb in ("CONNECT", "EHLO"):
        nth = 1
    late = random.choice([0, 0, random.uniform(0, 0.005)])
    return Aim(verb=verb, when=when, nth=nth, seconds=late), _PATIENCE_SECONDS


def _unsound(folder: Path, journal: Journal) -> Iterator[str]:
    """What is wrong with the database as it lies there, seen in a copy: the next run finds the dead one's."""
    with copied(folder) as copy:
        yield from unsound(copy, journal)


@contextmanager
def copied(folder: Path) -> Iterator[Path]:
    copy = folder / "copy"
    copy.mkdir()
    for name in ("digest.db", "digest.db-wal"):
        if (folder / name).exists():
            shutil.copy(folder / name, copy / name)
    try:
        yield copy
    finally:
        shutil.rmtree(copy)


def unsound(folder: Path, journal: Journal) -> Iterator[str]:
    """The laws that hold at any instant, after recovery."""
    with closing(sqlite3.connect(folder / "digest.db")) as connection:
        (words,) = connection.execute("PRAGMA integrity_check").fetchone()
        rows = connection.execute(_ROWS).fetchall()
    if words != "ok":
        yield f"integrity_check: {words}"
    with open_store("sqlite:///digest.db", base=folder, now=NIGHT) as store:
        for issue in store.issues.list_all():
            if not (balance := store.deliveries.conservation(issue.id)).holds:
                yield f"issue {issue.id} does not add up: {balance}"
    taken = journal.copies
    for address, status, attempts in rows:
        if status == "sent" and not taken[address]:
            yield f"{address} is sent, and nobody took it"
        if status == "planned" and not attempts and taken[address]:
            yield f"{address} left before it was `sending`"


_ROWS = """
SELECT p.address, d.status, (SELECT COUNT(*) FROM attempts a WHERE a.delivery_id = d.id)
FROM deliveries d
JOIN subscriptions s ON s.id = d.subscription_id
JOIN subscribers p ON p.id = s.subscriber_id
"""


def _rows(folder: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(f"file:{folder / 'digest.db'}?mode=ro", uri=True)) as connection:
        return [(address, status) for address, status, _ in connection.execute(_ROWS)]


def _statuses(folder: Path) -> Counter[str]:
    return Counter(status for _, status in _rows(folder))


def _ended_as(folder: Path, wanted: str) -> frozenset[str]:
    return frozenset(address for address, status in _rows(folder) if status == wanted)


def _everybody(folder: Path) -> frozenset[str]:
    return frozenset(address for address, _ in _rows(folder))


def _doubts(folder: Path) -> int:
    with closing(sqlite3.connect(f"file:{folder / 'digest.db'}?mode=ro", uri=True)) as connection:
        sql = "SELECT COUNT(*) FROM attempts WHERE outcome IN ('orphaned', 'uncertain')"
        return int(connection.execute(sql).fetchone()[0])


def _worst_recovery(starts: list[float], journal: Journal) -> float:
    instants = [event["at"] for event in journal.of("taken")]
    worst = 0.0
    for start, end in zip(starts, [*starts[1:], float("inf")], strict=True):
        first = next((at for at in instants if start < at < end), start)
        worst = max(worst, first - start)
    return worst
