"""A backup put back: checked, on hold, and never over a database that somebody has open."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from digest.errors import Busy, StorageError
from digest.storage import Store, open_store
from digest.storage.backup import backup, restore, verify
from digest.storage.protocol.steering import EVERYTHING
from tests.contract.schema import LATER as LATER_STEP
from tests.contract.schema import OURS, make, query
from tests.ledger import NOW, claim, planned, poke, statuses

ADA, BOB = "ada@example.org", "bob@example.org"
LATER = NOW + timedelta(days=1)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A backup taken while Ada and Bob were still to be served."""
    with at(tmp_path) as store:
        planned(store, [ADA, BOB])
        backup(store, tmp_path / "copy.db")
        poke(store, "UPDATE deliveries SET status = 'sent' WHERE id = 1")
    return tmp_path / "copy.db"


def at(folder: Path) -> Store:
    return open_store("sqlite:///digest.db", base=folder, now=NOW)


def test_after_a_restore_nothing_is_sent_before_it_is_released(copy: Path, tmp_path: Path) -> None:
    restored = restore(copy, tmp_path / "digest.db", now=LATER)

    assert restored.open == 2
    with at(tmp_path) as store:
        (hold,) = store.deliveries.holds()
        assert (hold.scope, hold.since_at, hold.words) == (EVERYTHING, LATER, "restored from copy.db")
        assert (statuses(store), claim(store, now=LATER)) == (["planned", "planned"], ())
        store.deliveries.release(EVERYTHING)
        assert len(claim(store, now=LATER)) == 2


def test_what_stood_there_is_kept(copy: Path, tmp_path: Path) -> None:
    kept = restore(copy, tmp_path / "digest.db", now=LATER).kept

    assert kept == tmp_path / "digest.db.before-restore"
    assert query(kept, "SELECT status FROM deliveries ORDER BY id") == [("sent",), ("planned",)]
    again = restore(copy, tmp_path / "digest.db", now=LATER).kept
    assert again == tmp_path / "digest.db.before-restore.2"


def test_a_restore_leaves_no_other_file(copy: Path, tmp_path: Path) -> None:
    restore(copy, tmp_path / "digest.db", now=LATER)

    assert {file.name for file in tmp_path.iterdir()} == {"copy.db", "digest.db", "digest.db.before-restore"}


def test_a_machine_that_has_nothing_yet_is_restored_too(copy: Path, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()

    restored = restore(copy, tmp_path / "new" / "digest.db", now=LATER)

    assert (restored.kept, restored.findings) == (None, ())
    assert (tmp_path / "new" / "digest.db").stat().st_mode & 0o777 == 0o600


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(tmp_path / "digest.db")) as raw:
        raw.execute("SELECT count(*) FROM keys").fetchone()
        yield raw


def test_a_database_in_use_is_not_replaced(copy: Path, tmp_path: Path, reader: sqlite3.Connection) -> None:
    before = query(tmp_path / "digest.db", "SELECT status FROM deliveries")

    with pytest.raises(Busy, match="in use"):
        restore(copy, tmp_path / "digest.db", now=LATER)

    assert query(tmp_path / "digest.db", "SELECT status FROM deliveries") == before
    assert query(tmp_path / "digest.db", "SELECT * FROM holds") == []


def test_a_damaged_database_is_set_aside_as_it_is(copy: Path, tmp_path: Path) -> None:
    (tmp_path / "digest.db").write_bytes(b"Dear diary, " * 500)

    kept = restore(copy, tmp_path / "digest.db", now=LATER).kept

    assert kept is not None
    assert kept.read_bytes() == b"Dear diary, " * 500
    verify(tmp_path / "digest.db")


def test_a_damaged_backup_replaces_nothing(copy: Path, tmp_path: Path) -> None:
    with copy.open("r+b") as file:
        file.seek(8 * 4096)
        file.write(b"\0" * 4096)

    with pytest.raises(StorageError, match="damaged"):
        restore(copy, tmp_path / "digest.db", now=LATER)
    assert query(tmp_path / "digest.db", "SELECT status FROM deliveries") == [("sent",), ("planned",)]


def test_a_backup_of_a_newer_version_is_refused(copy: Path, tmp_path: Path) -> None:
    make(tmp_path / "newer.db", (*OURS, LATER_STEP))

    with pytest.raises(StorageError, match="newer planet-digest"):
        restore(tmp_path / "newer.db", tmp_path / "digest.db", now=LATER)


def test_a_backup_of_an_older_version_is_brought_up_to_date(copy: Path, tmp_path: Path) -> None:
    make(tmp_path / "older.db", OURS[:2])

    restore(tmp_path / "older.db", tmp_path / "digest.db", now=LATER)

    assert query(tmp_path / "digest.db", "SELECT scope FROM holds") == [(EVERYTHING,)]
    assert not list(tmp_path.glob("*0003*"))


def test_a_database_of_another_program_is_no_backup(copy: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as raw:
        raw.execute("CREATE TABLE songs (id INTEGER)")

    with pytest.raises(StorageError, match="no backup of planet-digest"):
        restore(tmp_path / "other.db", tmp_path / "digest.db", now=LATER)


def test_a_database_is_not_restored_from_itself(copy: Path, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="the database itself"):
        restore(tmp_path / "digest.db", tmp_path / "digest.db", now=LATER)


def test_a_backup_is_not_made_over_the_database_itself(copy: Path, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="the database itself"):
        backup(tmp_path / "digest.db", tmp_path / "digest.db")


def test_a_store_in_memory_has_no_backup(tmp_path: Path) -> None:
    with (
        open_store("sqlite://", base=tmp_path, now=NOW) as store,
        pytest.raises(StorageError, match="in memory"),
    ):
        backup(store, tmp_path / "copy.db")


def test_a_backup_says_what_its_books_lack_and_is_made_all_the_same(copy: Path, tmp_path: Path) -> None:
    assert backup(tmp_path / "digest.db", tmp_path / "good.db").findings == ()
    with at(tmp_path) as store:
        poke(store, "DELETE FROM deliveries WHERE id = 1")

    made = backup(tmp_path / "digest.db", tmp_path / "copy.db")

    assert made.findings == ("The deliveries of issue 1 are not those that were planned.",)
    assert made.size == (tmp_path / "copy.db").stat().st_size
    assert query(made.path, "SELECT id FROM deliveries") == [(2,)]
