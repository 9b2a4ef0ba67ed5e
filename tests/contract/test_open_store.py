"""Opening the database that [storage] url names."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from digest.errors import StorageError, UsageError
from digest.storage import open_store


def test_a_relative_path_lies_beside_the_settings(tmp_path: Path, now: datetime) -> None:
    with open_store("sqlite:///digest.db", base=tmp_path, now=now) as store:
        assert store.path == tmp_path / "digest.db"
    assert (tmp_path / "digest.db").is_file()


def test_four_slashes_are_an_absolute_path(tmp_path: Path, now: datetime) -> None:
    with open_store(f"sqlite:///{tmp_path}/there.db", base=Path("/nowhere"), now=now) as store:
        assert store.path == tmp_path / "there.db"


def test_memory_leaves_no_file(tmp_path: Path, now: datetime) -> None:
    with open_store("sqlite://", base=tmp_path, now=now) as store:
        assert store.path is None
    assert list(tmp_path.iterdir()) == []


def test_what_was_written_is_there_when_it_is_opened_again(tmp_path: Path, now: datetime) -> None:
    with open_store("sqlite:///digest.db", base=tmp_path, now=now) as store:
        store.lists.sync([("weekly", "Weekly", ())], now)
        key = store.keys.secret("token")
    with open_store("sqlite:///digest.db", base=tmp_path, now=now) as again:
        assert [one.slug for one in again.lists.all()] == ["weekly"]
        assert again.keys.all("token") == (key,)


def test_one_file_is_left_when_it_is_closed(tmp_path: Path, now: datetime) -> None:
    with open_store("sqlite:///digest.db", base=tmp_path, now=now) as store:
        store.lists.sync([("weekly", "Weekly", ())], now)
    assert [file.name for file in tmp_path.iterdir()] == ["digest.db"]


def test_only_its_owner_may_read_a_new_database(tmp_path: Path, now: datetime) -> None:
    with open_store("sqlite:///digest.db", base=tmp_path, now=now):
        modes = {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()}
    assert modes == {0o600}


def test_postgresql_comes_later_and_its_password_is_not_repeated(tmp_path: Path, now: datetime) -> None:
    with pytest.raises(UsageError, match="PostgreSQL comes with the fleet") as caught:
        open_store("postgresql://user:hunter2@host/db", base=tmp_path, now=now)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "digest.db",
        "sqlite:",
        "sqlite:digest.db",
        "sqlite://digest.db",
        "sqlite:///",
        "sqlite:///folder/",
        "sqlite:///:memory:",
        "mysql://host/db",
        "SQLITE:///digest.db",
    ],
)
def test_anything_else_is_refused_with_the_forms_we_take(tmp_path: Path, now: datetime, url: str) -> None:
    with pytest.raises(UsageError) as caught:
        open_store(url, base=tmp_path, now=now)
    assert "sqlite:///digest.db" in (caught.value.mend or "")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_missing_is_named(tmp_path: Path, now: datetime) -> None:
    with pytest.raises(StorageError, match=r"missing/digest\.db cannot be opened"):
        open_store("sqlite:///missing/digest.db", base=tmp_path, now=now)


def test_a_folder_is_not_a_database(tmp_path: Path, now: datetime) -> None:
    (tmp_path / "digest.db").mkdir()
    with pytest.raises(StorageError, match="cannot be opened"):
        open_store("sqlite:///digest.db", base=tmp_path, now=now)


def test_a_file_of_another_kind_is_refused_and_left_alone(tmp_path: Path, now: datetime) -> None:
    (tmp_path / "digest.db").write_bytes(b"Dear diary, " * 500)
    with pytest.raises(StorageError, match="is not a SQLite database"):
        open_store("sqlite:///digest.db", base=tmp_path, now=now)
    assert (tmp_path / "digest.db").read_bytes() == b"Dear diary, " * 500


def test_a_database_of_another_program_is_refused_and_gets_no_table(tmp_path: Path, now: datetime) -> None:
    with closing(sqlite3.connect(tmp_path / "digest.db")) as other:
        other.execute("CREATE TABLE channels (id)")
    with pytest.raises(StorageError, match="database of another program"):
        open_store("sqlite:///digest.db", base=tmp_path, now=now)
    with closing(sqlite3.connect(tmp_path / "digest.db")) as other:
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("channels",)]
