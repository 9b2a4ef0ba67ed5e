"""B19, B20: the database's disk is full, or somebody else holds the database: nothing leaves that is not on
record, and once it is mended everything goes on."""

from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from digest.errors import StorageError
from digest.model import IssueId, Status
from digest.storage import open_store
from tests.corpus import ROOT
from tests.faults.driver import unsound
from tests.faults.holding import Holder
from tests.faults.house import reader, ready
from tests.faults.room import READERS, everybody_once, of_status, send
from tests.faults.sink import Once, Sink
from tests.ledger import NOW, planned
from tests.night.house import NIGHT

MANY = 400


@contextmanager
def small_disk(megabytes: int) -> Iterator[Path]:
    """A file system of that size, in memory; a skip where we may not mount one."""
    with tempfile.TemporaryDirectory(prefix="digest-disk-") as folder:
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder],
            check=False,
            capture_output=True,
            text=True,
        )
        if mounted.returncode:
            pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", folder], check=True)


def delivering(
    folder: Path, port: int, *, before: Callable[[], None] | None = None
) -> subprocess.CompletedProcess[str]:
    config = ["--config", str(folder / "digest.toml"), "--now", NIGHT.isoformat(), "--json"]
    return subprocess.run(
        [sys.executable, "-m", "digest", "deliver", *config],
        cwd=ROOT,
        env=os.environ | {"DIGEST_MAIL__SMTP": f"smtp://127.0.0.1:{port}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        preexec_fn=before,
    )


def filled(folder: Path) -> Path:
    """A file that takes what is left of the disk."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (65536, 4096, 1):
            try:
                while file.write(b"\0" * size):
                    pass
            except OSError:
                continue
    return ballast


def no_larger(folder: Path) -> Callable[[], None]:
    """In the child: no file may grow beyond a part of the database's present size."""
    most = (folder / "digest.db").stat().st_size

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    return limit


def goes_on(folder: Path, sink: Sink, full: subprocess.CompletedProcess[str]) -> None:
    """The run on the full disk said so, and the next one finishes."""
    assert full.returncode in (1, 4), full.stderr
    assert "Traceback" not in full.stderr
    assert "digest.db" in full.stderr
    assert list(unsound(folder, sink.journal)) == []
    open_then = sink.journal.count("open")

    mended = delivering(folder, sink.port)

    assert mended.returncode == 0, mended.stderr
    journal = sink.journal
    assert set(journal.copies) == {reader(number) for number in range(MANY)}
    assert journal.repeats <= open_then
    assert journal.altered == ()


def test_a_disk_that_is_full_from_the_start_lets_no_mail_leave(tmp_path: Path) -> None:
    with small_disk(8) as disk, Sink(tmp_path / "journal") as sink:
        ready(disk, MANY, connections=10)
        ballast = filled(disk)
        full = delivering(disk, sink.port)
        ballast.unlink()

        assert sink.journal.taken == ()
        goes_on(disk, sink, full)


def test_a_disk_that_fills_up_stops_new_mail_at_once_and_all_goes_on_when_there_is_room(
    tmp_path: Path,
) -> None:
    ballast: list[Path] = []
    fill = Once("DOT", "before", 51, lambda: ballast.append(filled(disk)))

    with small_disk(8) as disk, Sink(tmp_path / "journal", watcher=fill) as sink:
        ready(disk, MANY, connections=10)
        full = delivering(disk, sink.port)
        # In flight then: what had been recorded before it left.
        assert 50 <= len(sink.journal.taken) <= 50 + 2 * 10
        ballast[0].unlink()

        assert "full" in full.stderr
        goes_on(disk, sink, full)


def test_a_file_that_may_not_grow_stops_new_mail_at_once(tmp_path: Path) -> None:
    """The write-ahead log reaches a quota: root or not, on any disk."""
    ready(tmp_path, MANY, connections=10)
    with Sink(tmp_path / "journal") as sink:
        full = delivering(tmp_path, sink.port, before=no_larger(tmp_path))

        assert 0 < len(sink.journal.taken) < MANY
        goes_on(tmp_path, sink, full)


def test_while_another_holds_the_database_nothing_leaves_that_is_not_on_record(tmp_path: Path) -> None:
    """Held from the fifth 354 on, for longer than we wait (30 s; a tenth of a second here)."""
    holder = Holder(tmp_path / "digest.db")
    hold = Once("DATA", "before", 5, holder.hold)

    with open_store("sqlite:///digest.db", base=tmp_path, now=NOW) as store:
        planned(store, READERS)
    with Sink(tmp_path / "journal", watcher=hold) as sink:
        with (
            open_store("sqlite:///digest.db", base=tmp_path, now=NOW, busy_timeout_ms=100) as store,
            pytest.raises(StorageError, match=r"digest\.db is locked"),
        ):
            send(store, sink.port)
        holder.let_go()
        taken = set(sink.journal.copies)
        with closing(sqlite3.connect(tmp_path / "digest.db")) as connection:
            sql = "SELECT COUNT(*) FROM deliveries WHERE status IN ('sending', 'sent')"
            (begun,) = connection.execute(sql).fetchone()

        assert 0 < len(taken) <= begun < len(READERS)

        with open_store("sqlite:///digest.db", base=tmp_path, now=NOW) as store:
            report = send(store, sink.port)
            assert (report.open, len(of_status(store, Status.SENT))) == (0, len(READERS))
            assert store.deliveries.conservation(IssueId(1)).holds
        assert set(sink.journal.copies) == set(READERS)
        assert sink.journal.repeats <= report.orphaned


def test_a_hold_shorter_than_our_patience_is_waited_out(tmp_path: Path) -> None:
    holder = Holder(tmp_path / "digest.db")
    timer = threading.Timer(0.5, holder.let_go)

    def hold() -> None:
        holder.hold()
        timer.start()

    with (
        Sink(tmp_path / "journal", watcher=Once("DATA", "before", 5, hold)) as sink,
        open_store("sqlite:///digest.db", base=tmp_path, now=NOW) as store,
    ):
        planned(store, READERS)
        report = send(store, sink.port)
        timer.join()

    assert (report.sent, report.open) == (len(READERS), 0)
    everybody_once(sink)
