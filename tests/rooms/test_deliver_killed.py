"""kill -9 at seeded instants, run again until quiet: nothing lost, at most one a kill sent twice (B1–B3)."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest

from digest.model import IssueId
from digest.storage import open_store
from tests.corpus import ROOT
from tests.ledger import NOW, planned
from tests.smtpd import Command, Fault, Smtpd, say

ROWS = 60
#: CONNECT, EHLO; MAIL, RCPT, DATA and the dot for each message
_COMMANDS = 2 + 4 * ROWS


class Killer:
    """A script that kills the client at one of its commands: before the answer, or a moment after."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.kills = 0
        self._left = 0
        self._pid: int | None = None
        self._timers: list[threading.Timer] = []

    def aim(self, pid: int) -> None:
        self._pid = pid
        self._left = self._random.randrange(1, _COMMANDS // 4)

    def __call__(self, command: Command) -> Fault | None:
        self._left -= 1
        if self._left != 0 or self._pid is None or command.verb == "QUIT":
            return None
        if self._random.random() < 0.5:
            self._kill()
        else:
            timer = threading.Timer(self._random.uniform(0, 0.004), self._kill)
            self._timers.append(timer)
            timer.start()
        return None

    def _kill(self) -> None:
        if self._pid is not None:
            os.kill(self._pid, signal.SIGKILL)

    def rest(self) -> None:
        """The child has ended: its number may be somebody else's soon."""
        for timer in self._timers:
            timer.cancel()
            timer.join()
        self._pid = None


def start(database: Path, port: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.rooms.delivering", str(database), str(port)], cwd=ROOT
    )


@pytest.mark.parametrize("seed", [1, 2])
def test_a_kill_loses_nothing_and_doubles_at_most_one(tmp_path: Path, seed: int) -> None:
    database = tmp_path / "digest.db"
    readers = [f"reader{n}@example.org" for n in range(ROWS)]
    with open_store("sqlite:///digest.db", base=tmp_path, now=NOW) as store:
        planned(store, readers)
    killer = Killer(seed)

    with Smtpd(killer) as server:
        for _ in range(40):
            # Not aimed before it has its number; the first command comes long after.
            with start(database, server.port) as child:
                killer.aim(child.pid)
                code = child.wait(60)
                killer.rest()
            killer.kills += code == -signal.SIGKILL
            assert code in (0, -signal.SIGKILL)
            if code == 0:
                break

    copies = Counter(server.recipients)
    assert killer.kills >= 2
    assert set(copies) == set(readers)
    assert len(server.messages) - ROWS <= killer.kills
    assert max(copies.values()) <= 1 + killer.kills
    assert len({(m.mail_from, m.rcpt_to, m.content) for m in server.messages}) == ROWS
    with open_store("sqlite:///digest.db", base=tmp_path, now=NOW) as store:
        balance = store.deliveries.conservation(IssueId(1))
        assert (balance.holds, balance.tally.sent) == (True, ROWS)


def test_a_kill_before_the_dot_doubles_nothing(tmp_path: Path) -> None:
    """B2: the relay never saw a whole message, so sending it again is no second copy."""
    killed = _killed_at("DATA", tmp_path)

    assert (killed[:3], len(killed)) == (
        ["reader0@example.org", "reader1@example.org", "reader2@example.org"],
        3,
    )


def test_a_kill_after_the_dot_doubles_that_one(tmp_path: Path) -> None:
    """B3: the relay has it and we never learn so (RFC 1047)."""
    killed = _killed_at("DOT", tmp_path)

    assert Counter(killed) == {
        "reader0@example.org": 1,
        "reader1@example.org": 2,
        "reader2@example.org": 1,
    }


def _killed_at(verb: str, folder: Path) -> list[str]:
    """Who got mail when the run is killed at the second such command, and then run again."""
    with open_store("sqlite:///digest.db", base=folder, now=NOW) as store:
        planned(store, [f"reader{n}@example.org" for n in range(3)])
    children: list[subprocess.Popen[bytes]] = []

    def script(command: Command) -> Fault | None:
        if command.verb == verb and command.nth == 2:
            children[0].kill()
            children[0].wait(30)
            return say("250 too late")
        return None

    with Smtpd(script) as server:
        for _ in range(2):
            with start(folder / "digest.db", server.port) as child:
                children.append(child)
                child.wait(60)
    assert [child.returncode for child in children] == [-signal.SIGKILL, 0]
    return server.recipients
