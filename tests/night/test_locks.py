"""One run at a time, and a dead one never holds the lock."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest.errors import Busy, StorageError
from digest.night.locks import lock, lock_path
from tests.corpus import ROOT

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)

HOLDER = """
import os, subprocess, sys
from datetime import UTC, datetime
from pathlib import Path
from digest.night.locks import lock
with lock(Path(sys.argv[1]), now=datetime(2026, 11, 22, 2, 0, tzinfo=UTC)):
    SAY
    sys.stdin.read()
"""
SAY = 'print("held", flush=True)'
#: each says "held" from a child that outlives the holder
FORKS = f"os.fork() or {SAY}"
STARTS = "subprocess.Popen([sys.executable, '-c', 'print(\\'held\\', flush=True); input()'], close_fds=False)"


def holding(path: Path, say: str = SAY) -> subprocess.Popen[str]:
    """Another process that has the lock until its input ends."""
    child = subprocess.Popen(
        [sys.executable, "-c", HOLDER.replace("SAY", say), str(path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"
    return child


def test_a_second_process_is_told_who_holds_it_since_when(tmp_path: Path) -> None:
    path = tmp_path / "digest.db.deliver.lock"
    with holding(path) as child:
        with pytest.raises(Busy) as busy, lock(path, now=NOW):
            pytest.fail("two hold it")
        child.communicate("")

    assert f"pid {child.pid} since 2026-11-22T02:00:00+00:00" in busy.value.message
    assert busy.value.exit_code == 75


def test_kill_9_frees_it(tmp_path: Path) -> None:
    path = tmp_path / "digest.db.deliver.lock"
    with holding(path) as child:
        child.kill()

    with lock(path, now=NOW):
        assert path.read_text().startswith(f"pid {os.getpid()} ")


def test_it_is_not_taken_twice_by_one_process(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with lock(path, now=NOW), pytest.raises(Busy), lock(path, now=NOW):
        pytest.fail("two hold it")


def test_it_is_free_after_the_block_also_after_an_error(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with pytest.raises(RuntimeError), lock(path, now=NOW):
        raise RuntimeError

    with lock(path, now=NOW):
        assert path.exists()


def test_gather_and_deliver_have_a_lock_each_beside_the_database(tmp_path: Path) -> None:
    database = tmp_path / "digest.db"

    assert lock_path(database, "gather") == tmp_path / "digest.db.gather.lock"
    assert lock_path(database, "deliver") == tmp_path / "digest.db.deliver.lock"


def test_a_database_in_memory_needs_none() -> None:
    assert lock_path(None, "deliver") is None
    with lock(None, now=NOW), lock(None, now=NOW):
        pass


def test_a_lock_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be opened"), lock(tmp_path / "no" / "lock", now=NOW):
        pytest.fail("held")


@pytest.mark.parametrize("say", [FORKS, STARTS], ids=["forked", "started"])
def test_a_child_that_outlives_a_killed_holder_does_not_keep_it(tmp_path: Path, say: str) -> None:
    path = tmp_path / "lock"
    with holding(path, say) as child:
        os.kill(child.pid, signal.SIGKILL)
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        with lock(path, now=NOW):
            assert path.read_text().startswith(f"pid {os.getpid()} ")


def test_a_child_started_meanwhile_does_not_keep_it(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with lock(path, now=NOW):
        child = subprocess.Popen(
            [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE, close_fds=False
        )
    with child, lock(path, now=NOW):
        child.kill()
