"""SQLite, owned by sqlite-utils: WAL, synchronous=FULL, BEGIN IMMEDIATE, one connection a thread."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from digest.errors import StorageError
from digest.storage.connection import Row
from digest.storage.queries import Query, load

#: how long a writer waits for another, in milliseconds
BUSY_TIMEOUT_MS = 30_000


class SqliteConnection:
    """One connection of one thread. `path` None is a database in memory."""

    engine = "sqlite"

    def __init__(self, path: Path | None) -> None:
        with _ours(path):
            raw = sqlite3.connect(
                ":memory:" if path is None else path, timeout=BUSY_TIMEOUT_MS / 1000, isolation_level=None
            )
            raw.row_factory = sqlite3.Row
            self.database = Database(raw)
            for pragma in (
                f"busy_timeout = {BUSY_TIMEOUT_MS}",
                "journal_mode = WAL",
                "synchronous = FULL",
                "foreign_keys = ON",
            ):
                raw.execute(f"PRAGMA {pragma}")
        self.path = path
        self._queries = load(self.engine)

    def rows(self, name: str, /, **values: object) -> list[Row]:
        query = self._query(name, values)
        with _ours(self.path, query):
            return list(map(dict, self._raw.execute(query.sql, values)))

    def row(self, name: str, /, **values: object) -> Row | None:
        found = self.rows(name, **values)
        if len(found) > 1:
            raise StorageError(f"{name} gave {len(found)} rows where one was expected")
        return found[0] if found else None

    def value(self, name: str, /, **values: object) -> Any:
        found = self.row(name, **values)
        return None if found is None else next(iter(found.values()))

    def run(self, name: str, /, **values: object) -> int:
        query = self._query(name, values)
        with _ours(self.path, query):
            return self._raw.execute(query.sql, values).rowcount

    def run_many(self, name: str, values: Iterable[Mapping[str, object]], /) -> None:
        query = self._queries[name]
        with _ours(self.path, query):
            self._raw.executemany(query.sql, values)

    @contextmanager
    def atomic(self) -> Iterator[None]:
        if self._raw.in_transaction:
            yield
            return
        with _ours(self.path):
            self._raw.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            # A full disk or an I/O error may have rolled back already.
            if self._raw.in_transaction:
                self._raw.execute("ROLLBACK")
            raise
        with _ours(self.path):
            try:
                self._raw.execute("COMMIT")
            except sqlite3.Error:
                if self._raw.in_transaction:
                    self._raw.execute("ROLLBACK")
                raise

    def close(self) -> None:
        self._raw.close()

    @property
    def _raw(self) -> sqlite3.Connection:
        return self.database.conn

    def _query(self, name: str, values: Mapping[str, object]) -> Query:
        query = self._queries[name]
        if query.parameters != values.keys():
            raise StorageError(f"{name} takes {sorted(query.parameters)}, not {sorted(values)}")
        return query


@contextmanager
def _ours(path: Path | None, query: Query | None = None) -> Iterator[None]:
    """What a user can mend becomes a sentence; the driver's words follow it."""
    try:
        yield
    except sqlite3.Error as cause:
        raise translate(cause, path, query) from cause


def translate(cause: sqlite3.Error, path: Path | None, query: Query | None = None) -> StorageError:
    """The StorageError for a driver's error, with the mend where there is one."""
    words = str(cause)
    name = str(path) if path else "the database in memory"
    at = f" ({query.place})" if query else ""
    if "locked" in words or "busy" in words:
        return StorageError(
            f"{name} is locked by another program{at}.", mend="Wait for it to end, or see who has it open: `fuser`."
        )
    if "disk is full" in words or "full" in words:
        return StorageError(f"No room left on the disk of {name}{at}.", mend="Free some space and run again.")
    if "readonly" in words or "read-only" in words:
        return StorageError(f"{name} cannot be written{at}.", mend="Check the owner of the file and of its folder.")
    if "unable to open" in words:
        return StorageError(
            f"{name} cannot be opened{at}.", mend="Check that its folder exists and may be written by this user."
        )
    if "not a database" in words or "malformed" in words:
        return StorageError(f"{name} is not a healthy SQLite database{at}: {words}.", mend="Restore a backup.")
    return StorageError(f"{name}: {words}{at}")
