"""Copies of a database that is in use."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from digest.errors import StorageError
from digest.storage import open_store
from digest.storage.backup import backup, verify
from tests.contract.schema import make, query, schema


@pytest.fixture
def path(tmp_path: Path) -> Path:
    make(tmp_path / "digest.db")
    return tmp_path / "digest.db"


def damage(path: Path) -> None:
    """Zero a page in the middle of the file."""
    with path.open("r+b") as file:
        file.seek(8 * 4096)
        file.write(b"\0" * 4096)


def test_a_backup_holds_everything(path: Path, tmp_path: Path) -> None:
    backup(path, tmp_path / "copy.db")
    assert schema(tmp_path / "copy.db") == schema(path)
    assert query(tmp_path / "copy.db", "SELECT * FROM keys") == query(path, "SELECT * FROM keys")


def test_a_backup_beside_a_writer_holds_what_was_committed(path: Path, tmp_path: Path, now: datetime) -> None:
    with open_store("sqlite:///digest.db", base=tmp_path, now=now) as store:
        store.lists.sync([("kept", "Kept", ())], now)
        with store.atomic():
            store.lists.sync([("kept", "Kept", ()), ("open", "Open", ())], now)
            backup(path, tmp_path / "copy.db")
    assert query(tmp_path / "copy.db", "SELECT slug FROM lists") == [("kept",)]


def test_a_backup_is_one_file_that_opens_as_a_store(path: Path, tmp_path: Path, now: datetime) -> None:
    (tmp_path / "there").mkdir()
    backup(path, tmp_path / "there" / "copy.db")
    assert [file.name for file in (tmp_path / "there").iterdir()] == ["copy.db"]
    with open_store("sqlite:///copy.db", base=tmp_path / "there", now=now) as store:
        assert store.keys.secret("token").secret


def test_a_backup_may_be_read_by_whom_the_database_may(path: Path, tmp_path: Path) -> None:
    path.chmod(0o640)
    backup(path, tmp_path / "copy.db")
    assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o640


def test_a_backup_replaces_an_older_one(path: Path, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_bytes(b"older")
    backup(path, tmp_path / "copy.db")
    verify(tmp_path / "copy.db")


def test_a_damaged_database_makes_no_backup_and_spoils_none(path: Path, tmp_path: Path) -> None:
    backup(path, tmp_path / "copy.db")
    good = (tmp_path / "copy.db").read_bytes()
    damage(path)
    with pytest.raises(StorageError, match="damaged"):
        backup(path, tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_bytes() == good
    assert {file.name for file in tmp_path.iterdir()} == {"copy.db", "digest.db"}


def test_a_damaged_database_is_told_from_a_healthy_one(path: Path) -> None:
    verify(path)
    damage(path)
    with pytest.raises(StorageError, match=r"digest\.db is damaged"):
        verify(path)


@pytest.mark.parametrize("source", ["digest.db", "missing.db"])
def test_a_folder_or_a_source_that_is_missing_is_named(path: Path, tmp_path: Path, source: str) -> None:
    with pytest.raises(StorageError, match="missing"):
        backup(tmp_path / source, tmp_path / "missing" / "copy.db")


def test_a_missing_source_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="is not there"):
        backup(tmp_path / "missing.db", tmp_path / "copy.db")
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_a_database_is_not_backed_up(tmp_path: Path) -> None:
    (tmp_path / "digest.db").write_bytes(b"Dear diary, " * 500)
    with pytest.raises(StorageError, match="not a SQLite database"):
        backup(tmp_path / "digest.db", tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()


def test_a_backup_needs_no_lock_that_a_reader_would_keep(path: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM keys").fetchone()
        backup(path, tmp_path / "copy.db")
    verify(tmp_path / "copy.db")
