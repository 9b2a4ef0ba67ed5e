"""The sink in a process of its own, which also kills: `python -m tests.faults.marksman JOURNAL PLAN`.

It prints its port, then takes orders on standard input, a line of JSON each, and answers each with one:

    {"do": "aim", "pid": 4711, "aim": {"verb": "DOT", "when": "taken", "nth": 3, "seconds": 0}}
    {"do": "kill"}          now
    {"do": "rest"}          the sender has ended: how many connections it had, when each has been read out

It ends with its standard input, so it never outlives the driver. Whoever is aimed at is held by a pidfd:
its number may be somebody else's by the time of the shot.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.corpus import ROOT
from tests.faults.journal import Journal
from tests.faults.plan import Plan
from tests.faults.sink import Sink


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """At the nth such step since the aim was taken."""

    verb: str
    #: "before" the command is looked at, "taken": the message is on disk, "after" its answer left
    when: str
    nth: int = 1
    #: later than that
    seconds: float = 0


class Marksman:
    """Watches the sink's steps for the one to shoot at."""

    def __init__(self) -> None:
        self.sink: Sink | None = None
        #: connections open at the shot; None: there was none
        self.open: int | None = None
        self._lock = threading.Lock()
        self._aim: Aim | None = None
        self._left = 0
        self._target: int | None = None
        self._timer: threading.Timer | None = None

    def aim(self, pid: int, aim: Aim) -> None:
        with self._lock:
            self._target, self._aim, self.open = os.pidfd_open(pid), aim, None
            self._left = aim.nth

    def watch(self, verb: str, when: str) -> None:
        with self._lock:
            aim = self._aim
            if aim is None or (aim.verb, aim.when) != (verb, when):
                return
            self._left -= 1
            if self._left:
                return
            self._aim = None
            if aim.seconds:
                self._timer = threading.Timer(aim.seconds, self.kill)
                self._timer.start()
                return
            self._shoot()

    def kill(self) -> None:
        with self._lock:
            self._shoot()

    def rest(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer.join()
        with self._lock:
            self._timer = self._aim = None
            if self._target is not None:
                os.close(self._target)
            self._target = None

    def _shoot(self) -> None:
        """Dead before we go on."""
        if self._target is None or self.open is not None:
            return
        assert self.sink is not None
        self.open = self.sink.open
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._target, signal.SIGKILL)
        select.select([self._target], [], [], 10)


class Remote:
    """The driver's end of it."""

    def __init__(self, process: subprocess.Popen[str], journal: Path) -> None:
        self._process = process
        self._path = journal
        self.port: int = self._hear()["port"]

    @property
    def journal(self) -> Journal:
        return Journal.read(self._path)

    def aim(self, pid: int, aim: Aim) -> None:
        self._tell(do="aim", pid=pid, aim=asdict(aim))

    def kill(self) -> None:
        self._tell(do="kill")

    def rest(self) -> int:
        """How many connections were open at the shot; all has been read that was on its way."""
        answer = self._tell(do="rest")
        assert answer["alone"], "a connection outlived its process"
        return int(answer["open"] or 0)

    def _tell(self, **order: object) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{json.dumps(order)}\n")
        self._process.stdin.flush()
        return self._hear()

    def _hear(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


@contextmanager
def marksman(journal: Path, plan: Plan, *, pipelining: bool = True) -> Iterator[Remote]:
    """Start it, and see it end."""
    told = json.dumps({**plan.to_json(), "pipelining": pipelining})
    command = [sys.executable, "-m", "tests.faults.marksman", str(journal), told]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Remote(process, journal)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(30)


def main() -> None:
    told = json.loads(sys.argv[2])
    shooter = Marksman()
    with Sink(
        Path(sys.argv[1]), Plan.from_json(told), pipelining=told["pipelining"], watcher=shooter.watch
    ) as sink:
        shooter.sink = sink
        print(json.dumps({"port": sink.port}), flush=True)
        for line in sys.stdin:
            order = json.loads(line)
            answer: dict[str, object] = {}
            match order["do"]:
                case "aim":
                    shooter.aim(order["pid"], Aim(**order["aim"]))
                case "kill":
                    shooter.kill()
                case "rest":
                    shooter.rest()
                    answer = {"open": shooter.open, "alone": sink.wait_until_alone()}
                    shooter.open = None
            print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
