"""A night under fire: the real command as a child, a relay that keeps a journal, and a killer who aims.

A kill is aimed at an instant after the start, at a stage of the night as its database shows it, or at a
command in the session with the relay. An aim at what has passed already, or never comes, still hits: at the
latest when the first message is about to leave.
"""

from __future__ import annotations

import hashlib
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes
from enum import IntEnum
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Self

import tomlkit

from tests.corpus import ROOT
from tests.night.house import House, Mail
from tests.smtpd import Command, Fault, Received, Smtpd

#: between two looks at the child and its database
LOOK_SECONDS = 0.003


class Stage(IntEnum):
    """How far a night has come, as its database shows it."""

    #: nothing of this night is on disk
    START = 0
    #: the night's record is
    BEGUN = 1
    #: some sources are stored
    GATHERING = 2
    #: all of them
    GATHERED = 3
    #: what waited is news
    CLOSED = 4
    #: a first issue is frozen
    CUTTING = 5
    #: somebody is planned
    PLANNING = 6
    #: every list is cut
    CUT = 7
    #: some deliveries have ended
    SENDING = 8
    #: all of them
    QUIET = 9


_LOOK = """
SELECT (SELECT COUNT(*) FROM nights), (SELECT COUNT(*) FROM nights WHERE closed_at IS NOT NULL),
       (SELECT COUNT(*) FROM nights WHERE cut_at IS NOT NULL),
       (SELECT COUNT(*) FROM sources WHERE checked_at IS NOT NULL),
       (SELECT COUNT(*) FROM sources WHERE checked_at IS NULL),
       (SELECT COUNT(*) FROM issues), (SELECT COUNT(*) FROM deliveries),
       (SELECT COUNT(*) FROM deliveries WHERE ended_at IS NOT NULL)
"""


def stage_of(database: Path) -> Stage:
    """The stage of the one night in it. Reads only, and waits for nobody."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        begun, closed, cut, asked, unasked, issues, planned, ended = connection.execute(_LOOK).fetchone()
    reached = {
        Stage.START: True,
        Stage.BEGUN: begun,
        Stage.GATHERING: asked,
        Stage.GATHERED: asked and not unasked,
        Stage.CLOSED: closed,
        Stage.CUTTING: issues,
        Stage.PLANNING: planned,
        Stage.CUT: cut,
        Stage.SENDING: ended,
        Stage.QUIET: cut and ended == planned,
    }
    return max(stage for stage, so in reached.items() if so)


@dataclass(frozen=True, slots=True, kw_only=True)
class Instant:
    """So long after the child started, and at the latest when the night comes to a stage."""

    seconds: float
    latest: Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """As soon as the night comes to a stage while this child runs; at once when it was there before."""

    stage: Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """At a command of the nth message that the relay is offered, counted over all children."""

    message: int
    verb: str
    #: seconds after the answer; None: the child is dead before it is given
    after: float | None


Aim = Instant | Reached | Shot


@dataclass(frozen=True, slots=True)
class Journalled:
    """One line of the relay's journal."""

    recipient: str
    message_id: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A kill that landed."""

    aim: Aim
    #: what was on disk then
    stage: Stage
    #: messages the relay had taken before it
    messages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A child that was left alone."""

    code: int
    out: str
    err: str
    #: seconds after its start when each stage was first seen
    seen: Mapping[Stage, float]


class Range:
    """An installation, its relay, and the night to be shot at."""

    def __init__(self, folder: Path, *, now: datetime) -> None:
        self.folder = folder
        self.database = folder / "digest.db"
        self.hits: list[Hit] = []
        self._journal = folder / "journal.tsv"
        self._now = now
        self._starts = 0
        self._aim: Aim | None = None
        self._child: subprocess.Popen[str] | None = None
        self._relay = Smtpd(self._script, journal=self._note)
        self._timers: list[threading.Timer] = []

    def __enter__(self) -> Self:
        self._relay.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._relay.__exit__(kind, error, trace)

    @property
    def received(self) -> list[Received]:
        return self._relay.messages

    @property
    def journal(self) -> list[Journalled]:
        lines = self._journal.read_text(encoding="utf-8").splitlines() if self._journal.exists() else []
        return [Journalled(*line.split("\t")) for line in lines]

    @property
    def repeats(self) -> int:
        """Messages taken that were taken before."""
        return len(self.journal) - len({line.message_id for line in self.journal})

    def night(self) -> Ended:
        """One run that nobody disturbs."""
        self._aim = None
        with self._start() as child:
            self._child = child
            begin = time.monotonic()
            seen: dict[Stage, float] = {}
            while _is_running(child):
                seen.setdefault(self._stage(), time.monotonic() - begin)
            seen.setdefault(self._stage(), time.monotonic() - begin)
            out, err = child.communicate(timeout=60)
        self._rest()
        return Ended(code=child.returncode, out=out, err=err, seen=seen)

    def shoot(self, aim: Aim) -> bool:
        """One run that is killed at the aim. False: it came to its end before."""
        before = self._stage()
        self._aim = aim
        with self._start() as child:
            self._child = child
            begin = time.monotonic()
            while _is_running(child):
                if self._is_hit(aim, time.monotonic() - begin, before):
                    child.kill()
            child.communicate(timeout=60)
        self._rest()
        if child.returncode != -signal.SIGKILL:
            return False
        self.hits.append(Hit(aim=aim, stage=self._stage(), messages=len(self.journal)))
        return True

    def _rest(self) -> None:
        """The child has ended: nothing aims at it any more."""
        self._aim = self._child = None
        while self._timers:
            timer = self._timers.pop()
            timer.cancel()
            timer.join()

    def _start(self) -> subprocess.Popen[str]:
        """Each start a minute after the one before: leases and backoffs of a dead run do not hold up."""
        now = self._now + timedelta(minutes=self._starts)
        self._starts += 1
        return started(self.folder, self._relay.port, now=now)

    def _stage(self) -> Stage:
        return stage_of(self.database)

    def _is_hit(self, aim: Aim, seconds: float, before: Stage) -> bool:
        match aim:
            case Instant():
                return seconds >= aim.seconds or before < aim.latest <= self._stage()
            case Reached():
                # Where the night had come so far already, somewhere in its way there this time.
                return before < aim.stage <= self._stage()
            case Shot():
                return False

    def _script(self, command: Command) -> Fault | None:
        aim, child = self._aim, self._child
        if aim is None or child is None:
            return None
        if isinstance(aim, Instant | Reached):
            _kill(child)
        elif len(self.received) + 1 >= aim.message and command.verb == aim.verb:
            self._aim = None
            if aim.after is None:
                _kill(child)
            else:
                self._timers.append(threading.Timer(aim.after, child.kill))
                self._timers[-1].start()
        return None

    def _note(self, received: Received) -> None:
        """Into the journal, and on disk, before it is answered."""
        sha256 = hashlib.sha256(received.content).hexdigest()
        line = "\t".join((",".join(received.rcpt_to), _message_id(received), sha256))
        with self._journal.open("a", encoding="utf-8") as journal:
            journal.write(f"{line}\n")
            journal.flush()
            os.fsync(journal.fileno())


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What one reader of one list got, whatever the day and the keys of the installation."""

    recipient: str
    list: str
    #: of the stories' entries, "source guid"
    stories: frozenset[str]
    #: as they stand in the text part
    links: frozenset[str]


def served(range_: Range, house: House, *, now: datetime) -> Counter[Served]:
    """Every message of the journal once: what the wire brought, with what the edition was to serve."""
    by_id = {_message_id(received): received for received in range_.received}
    found: Counter[Served] = Counter()
    with house.tonight(now) as one:
        slugs = {source.id: source.slug for source in one.store.sources.all()}
        for issue in one.store.issues.list_all():
            editions = {edition.id: edition for edition in one.store.issues.editions(issue.id)}
            for line in one.store.deliveries.of_issue(issue.id, limit=10_000):
                stories = one.store.entries.stories(editions[line.delivery.edition_id].stories)
                received = by_id[_id_of(by_id, line.delivery.id)]
                assert received.rcpt_to == (line.address,)
                found[
                    Served(
                        recipient=line.address,
                        list=line.list,
                        stories=frozenset(
                            f"{slugs[entry.source_id]} {entry.guid}"
                            for story in stories
                            for entry in story.entries
                        ),
                        links=_links(received),
                    )
                ] += 1
    return found


def plan_of_kills(random: Random, night: Ended, messages: int) -> list[Aim]:
    """Twenty: eleven before the first message, at instants and at stages, nine while the mails leave."""

    def between(first: Stage, last: Stage) -> Instant:
        return Instant(seconds=random.uniform(night.seen[first], night.seen[last]), latest=last)

    def shot(message: int, verb: str | None = None) -> Shot:
        if verb is not None:
            return Shot(message=message, verb=verb, after=None)
        after = random.choice([None, random.uniform(0, 0.004)])
        return Shot(message=message, verb=random.choice(["MAIL", "RCPT", "DATA", "DOT"]), after=after)

    # One dies between the dot and its answer for sure: the one copy nobody can spare (RFC 1047).
    first, *others = sorted(random.sample(range(2, messages), 9))
    return [
        between(Stage.START, Stage.BEGUN),
        Reached(stage=Stage.BEGUN),
        between(Stage.BEGUN, Stage.GATHERING),
        Reached(stage=Stage.GATHERING),
        Reached(stage=Stage.GATHERED),
        between(Stage.START, Stage.CLOSED),
        Reached(stage=Stage.CLOSED),
        Reached(stage=Stage.CUTTING),
        between(Stage.START, Stage.PLANNING),
        Reached(stage=Stage.PLANNING),
        Reached(stage=Stage.CUT),
        shot(first, "DOT"),
        *(shot(message) for message in others),
    ]


def started(folder: Path, port: int, *, now: datetime, command: str = "nightly") -> subprocess.Popen[str]:
    """The real command on the installation of that folder, sending to the relay at that port."""
    config = ["--config", str(folder / "digest.toml"), "--now", now.isoformat(), "--json"]
    return subprocess.Popen(
        [sys.executable, "-m", "digest", command, *config],
        cwd=ROOT,
        env=os.environ | {"DIGEST_MAIL__SMTP": f"smtp://127.0.0.1:{port}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def settings_file(house: House) -> None:
    """The digest.toml of a house's tables, for the command."""
    (house.root / "digest.toml").write_text(tomlkit.dumps(house.tables), encoding="utf-8")


def _is_running(child: subprocess.Popen[str]) -> bool:
    try:
        child.wait(LOOK_SECONDS)
    except subprocess.TimeoutExpired:
        return True
    return False


def _kill(child: subprocess.Popen[str]) -> None:
    """Dead before we go on."""
    child.kill()
    child.wait(30)


def _message_id(received: Received) -> str:
    head, _, _ = received.content.partition(b"\r\n\r\n")
    return str(message_from_bytes(head)["Message-ID"])


def _id_of(by_id: Mapping[str, Received], delivery: int) -> str:
    return next(name for name in by_id if name.startswith(f"<d{delivery}."))


def _links(received: Received) -> frozenset[str]:
    lines = Mail.of(received.content).text.splitlines()
    return frozenset(line for line in lines if line.startswith("http") and "digest.example.org" not in line)
