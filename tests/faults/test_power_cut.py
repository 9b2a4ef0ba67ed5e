"""B4: the power fails while mail leaves: what a disk keeps of database and log is copied from a stopped
process, its unsynced tail torn, and the installation goes on from that."""

from __future__ import annotations

import os
import shutil
import signal
import struct
import subprocess
import threading
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from tests.faults.driver import unsound
from tests.faults.house import reader, ready
from tests.faults.journal import Journal
from tests.faults.sink import Once, Sink
from tests.night.house import NIGHT
from tests.night.killing import started

READERS = 200
CUTS = 8

#: of a write-ahead log: its head, and each frame's (https://sqlite.org/fileformat2.html#walformat)
_HEAD, _FRAME = struct.Struct(">IIIIII8x"), struct.Struct(">IIII8x")


class Cut:
    """Stops the sender at the nth dot that is on the sink's disk, before it is answered."""

    def __init__(self) -> None:
        self.stopped = threading.Event()
        self._at: Once | None = None

    def aim(self, child: subprocess.Popen[str], nth: int) -> None:
        def stop() -> None:
            os.kill(child.pid, signal.SIGSTOP)
            os.waitid(os.P_PID, child.pid, os.WSTOPPED | os.WNOWAIT)
            self.stopped.set()

        self.stopped.clear()
        self._at = Once("DOT", "taken", nth, stop)

    def rest(self) -> None:
        self._at = None

    def watch(self, verb: str, when: str) -> None:
        if self._at is not None:
            self._at(verb, when)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """After the last cut and a last run."""

    journal: Journal
    #: of every copy, what was wrong with it
    faults: tuple[str, ...]
    #: bytes of the log torn off, a cut
    torn: tuple[int, ...]
    #: connections open at all cuts together
    bound: int
    last_code: int


def tear(log: Path, random: Random) -> int:
    """Keep what was committed; of the rest a part, and rubbish. How much was lost or spoilt."""
    data = log.read_bytes() if log.exists() else b""
    if len(data) < _HEAD.size:
        return 0
    _, _, page, _, *salts = _HEAD.unpack_from(data)
    step, end, at = _FRAME.size + page, _HEAD.size, _HEAD.size
    while at + step <= len(data):
        _, commit, *own = _FRAME.unpack_from(data, at)
        if own != salts:
            break
        at += step
        if commit:
            end = at
    rest = data[end : end + random.randrange(0, 2 * step)]
    rubbish = random.randbytes(random.randrange(1, 2 * step))
    log.write_bytes(data[:end] + rest[: len(rest) // 2] + rubbish)
    return len(data) - end + len(rubbish)


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    folder = tmp_path_factory.mktemp("power")
    house, copy = folder / "house", folder / "copy"
    house.mkdir()
    ready(house, READERS, connections=10, max_age_hours=100_000)
    random, cut = Random(20261122), Cut()
    faults: list[str] = []
    torn: list[int] = []
    bound = 0
    with Sink(folder / "journal", watcher=cut.watch) as sink:
        for number in range(CUTS):
            with started(
                house, sink.port, now=NIGHT + number * timedelta(hours=1), command="deliver"
            ) as child:
                cut.aim(child, random.randint(1, READERS // CUTS))
                assert cut.stopped.wait(60)
                shutil.copytree(house, copy, ignore=shutil.ignore_patterns("*-shm"))
                bound += sink.open
                child.kill()
                child.communicate(timeout=60)
            cut.rest()
            assert sink.wait_until_alone()
            shutil.rmtree(house)
            copy.rename(house)
            torn.append(tear(house / "digest.db-wal", random))
            shutil.copytree(house, copy)
            faults += unsound(copy, sink.journal)
            shutil.rmtree(copy)
        with started(house, sink.port, now=NIGHT + timedelta(hours=9), command="deliver") as child:
            child.communicate(timeout=60)
        journal = sink.journal
    return Result(
        journal=journal, faults=tuple(faults), torn=tuple(torn), bound=bound, last_code=child.returncode
    )


def test_the_copies_were_torn(result: Result) -> None:
    assert len(result.torn) == CUTS
    assert sum(result.torn) > 0


def test_each_copy_is_sound_and_nothing_had_left_that_it_does_not_know_of(result: Result) -> None:
    assert result.faults == ()


def test_nobody_is_lost(result: Result) -> None:
    assert set(result.journal.copies) == {reader(number) for number in range(READERS)}
    assert result.last_code == 0


def test_twice_is_at_most_one_a_connection_a_cut_with_the_same_bytes(result: Result) -> None:
    assert result.journal.repeats <= result.bound
    assert result.journal.altered == ()
