"""Bringing a database to the schema of this code, or refusing it."""

from __future__ import annotations

import multiprocessing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from digest.errors import StorageError
from digest.storage.migrate import migrate, steps
from digest.storage.sqlite import SqliteConnection
from tests.contract.schema import BROKEN, LAST, LATER, NOW, OURS, applied, make, names, query, schema

if TYPE_CHECKING:
    from multiprocessing.synchronize import Barrier


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database of the schema as it is, with a list in it."""
    path = tmp_path / "digest.db"
    make(path)
    query_and_commit(path, "INSERT INTO lists (slug, title) VALUES ('weekly', 'Weekly')")
    return path


def query_and_commit(path: Path, sql: str) -> None:
    connection = SqliteConnection(path)
    connection.database.execute(sql)
    connection.close()


def backups(path: Path) -> list[str]:
    return sorted(file.name for file in path.parent.iterdir() if file.name != path.name)


def test_our_migrations_are_numbered_from_one_without_a_gap() -> None:
    assert [int(step.number) for step in steps()] == list(range(1, len(steps()) + 1))


def test_a_fresh_database_has_every_migration_on_record(tmp_path: Path) -> None:
    make(tmp_path / "digest.db")
    assert applied(tmp_path / "digest.db") == names(OURS)


def test_a_database_migrated_release_by_release_has_the_schema_of_a_fresh_one(tmp_path: Path) -> None:
    everything = (*OURS, LATER, LAST)
    make(tmp_path / "fresh.db", everything)
    for upto in range(1, len(everything) + 1):
        make(tmp_path / "old.db", everything[:upto])
    assert schema(tmp_path / "old.db") == schema(tmp_path / "fresh.db")


def test_migrating_twice_changes_nothing(path: Path) -> None:
    before = path.read_bytes()
    make(path)
    assert path.read_bytes() == before


def test_a_migration_finds_what_was_there(path: Path) -> None:
    make(path, (*OURS, LATER))
    assert query(path, "SELECT slug, later FROM lists") == [("weekly", "Weekly")]
    assert query(path, "SELECT words FROM later") == [("one; two",)]


def test_the_keys_are_made_once(path: Path) -> None:
    before = query(path, "SELECT * FROM keys ORDER BY id")
    make(path, (*OURS, LATER))
    assert query(path, "SELECT * FROM keys ORDER BY id") == before
    assert len(before) == 4


def test_a_database_with_data_is_backed_up_before_it_is_migrated(path: Path) -> None:
    before = schema(path)
    make(path, (*OURS, LATER))
    backup = path.with_name("digest.db.before-9001")
    assert schema(backup) == before
    assert query(backup, "SELECT slug FROM lists") == [("weekly",)]


def test_of_several_migrations_at_once_there_is_one_backup(path: Path) -> None:
    make(path, (*OURS, LATER, LAST))
    assert backups(path) == ["digest.db.before-9001"]


@pytest.mark.parametrize("fresh", ["digest.db", "another.db"])
def test_without_something_to_lose_there_is_no_backup(tmp_path: Path, fresh: str) -> None:
    (tmp_path / "digest.db").touch()
    make(tmp_path / fresh)
    assert not [file for file in tmp_path.iterdir() if "before" in file.name]


def test_an_older_backup_is_never_overwritten(path: Path) -> None:
    older = path.with_name("digest.db.before-9001")
    older.write_bytes(b"from another time")
    make(path, (*OURS, LATER))
    assert older.read_bytes() == b"from another time"
    assert query(path.with_name("digest.db.before-9001.2"), "SELECT slug FROM lists") == [("weekly",)]


def test_a_migration_that_fails_leaves_the_old_schema_and_the_backup(path: Path) -> None:
    before = schema(path)
    with pytest.raises(StorageError, match="no such table: nowhere"):
        make(path, (*OURS, BROKEN))
    assert (schema(path), applied(path)) == (before, names(OURS))
    assert backups(path) == ["digest.db.before-9003"]


def test_a_migration_that_fails_again_and_again_does_not_fill_the_disk_with_backups(path: Path) -> None:
    for _ in range(3):
        with pytest.raises(StorageError):
            make(path, (*OURS, BROKEN))
    assert backups(path) == ["digest.db.before-9003"]


def test_what_came_before_a_migration_that_fails_is_kept(path: Path) -> None:
    with pytest.raises(StorageError):
        make(path, (*OURS, LATER, BROKEN))
    assert applied(path) == names((*OURS, LATER))


def test_a_newer_schema_is_refused_with_the_mend_and_left_alone(path: Path) -> None:
    make(path, (*OURS, LATER))
    before = path.read_bytes()
    with pytest.raises(StorageError, match=r"newer planet-digest \(it has 9001_later\)") as caught:
        make(path, OURS)
    assert "restore the backup" in (caught.value.mend or "")
    assert path.read_bytes() == before


def test_who_is_overtaken_between_looking_and_locking_finds_it_done(path: Path) -> None:
    everything = (*OURS, LATER)
    overtaken = SqliteConnection(path)
    others: list[str] = []

    def overtake(statement: str) -> None:
        if statement == "BEGIN IMMEDIATE" and not others:
            others.append(statement)
            make(path, everything)

    overtaken.database.conn.set_trace_callback(overtake)
    migrate(overtaken, now=NOW, known=everything)
    overtaken.close()
    assert others == ["BEGIN IMMEDIATE"]
    assert applied(path) == names(everything)
    assert backups(path) == ["digest.db.before-9001"]


def open_together(path: Path, barrier: Barrier) -> None:
    barrier.wait()
    make(path, (*OURS, LATER))


def test_processes_that_open_a_fresh_database_at_once_all_succeed(tmp_path: Path) -> None:
    path = tmp_path / "digest.db"
    spawn = multiprocessing.get_context("spawn")
    barrier = spawn.Barrier(3)
    processes = [spawn.Process(target=open_together, args=(path, barrier)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert applied(path) == names((*OURS, LATER))
    assert query(path, "SELECT count(*) FROM keys") == [(4,)]
