"""SQLite, owned by sqlite-utils: WAL, synchronous=FULL, BEGIN IMMEDIATE, one connection a thread.

Errors of the driver end here: whatever it raises leaves as a `StorageError` (see `faults`).
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digest.errors import StorageError
from digest.storage.connection import Row
from digest.storage.faults import name_of, ours, primary_code, unopened
from digest.storage.queries import Query, load
from digest.storage.version import SET, TABLE, names

if TYPE_CHECKING:
    from sqlite_utils import Database

#: how long a writer waits for another, in milliseconds
BUSY_TIMEOUT_MS = 30_000
#: STRICT tables; RETURNING came with 3.35
OLDEST = (3, 37, 0)
#: tries at write-ahead mode while others switch the same file; two of 1,200 openings at once needed two
_SWITCHES = 8
#: taken by one engine and refused or stored otherwise by the next; `rows` converts them
_UNCONVERTED = (bool, date)


class SqliteConnection:
    """One connection of one thread. `path` None is a database in memory."""

    engine = "sqlite"

    def __init__(self, path: Path | None, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> None:
        refuse_old(sqlite3.sqlite_version_info)
        self.path = path
        self._queries = load(self.engine)
        #: a unit of work is open as we see it; after a full disk the engine has ended it already
        self._working = False
        with ours(path):
            self._raw = _connect(path, busy_timeout_ms)
            try:
                _prepare(self._raw, path)
            except BaseException:
                self._raw.close()
                raise

    @property
    def name(self) -> str:
        """How errors call it."""
        return name_of(self.path)

    @cached_property
    def database(self) -> Database:
        """The same connection, for migrations. Loading sqlite-utils takes longer than most commands."""
        from sqlite_utils import Database

        return Database(self._raw, recursive_triggers=False, execute_plugins=False)

    @property
    def is_current(self) -> bool:
        """Whether just the migrations this code knows are in it."""
        with ours(self.path):
            asked = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
            if self._raw.execute(asked, (TABLE,)).fetchone() is None:
                return False
            rows = self._raw.execute(f"SELECT name FROM {TABLE} WHERE migration_set = ?", (SET,))
            return {name for (name,) in rows} == names()

    def rows(self, name: str, /, **values: object) -> list[Row]:
        return self._execute(name, values)[0]

    def row(self, name: str, /, **values: object) -> Row | None:
        found = self.rows(name, **values)
        if len(found) > 1:
            raise StorageError(f"{name} gave {len(found)} rows where one was expected")
        return found[0] if found else None

    def value(self, name: str, /, **values: object) -> Any:
        found = self.row(name, **values)
        return None if found is None else next(iter(found.values()))

    def run(self, name: str, /, **values: object) -> int:
        return self._execute(name, values)[1]

    def run_many(self, name: str, values: Iterable[Mapping[str, object]], /) -> int:
        query = self._query(name)
        with ours(self.path, query):
            # Of no mapping at all the driver says -1.
            return max(0, self._raw.executemany(query.sql, (_checked(query, one) for one in values)).rowcount)

    @contextmanager
    def atomic(self) -> Iterator[None]:
        if self._working:
            yield
            return
        self._working = True
        try:
            with ours(self.path):
                self._raw.execute("BEGIN IMMEDIATE")
            yield
            self._refuse_if_ended()
            with ours(self.path):
                self._raw.execute("COMMIT")
        except BaseException:
            self._roll_back()
            raise
        finally:
            self._working = False

    def close(self) -> None:
        """Roll back what is open and let go of the file. Closing twice is allowed."""
        with ours(self.path):
            self._raw.close()

    def _execute(self, name: str, values: Mapping[str, object]) -> tuple[list[Row], int]:
        query = self._query(name)
        with ours(self.path, query):
            cursor = self._raw.execute(query.sql, _checked(query, values))
            columns = [column[0] for column in cursor.description or ()]
            return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()], cursor.rowcount

    def _query(self, name: str) -> Query:
        self._refuse_if_ended()
        if name not in self._queries:
            raise StorageError(f"no statement is called {name}")
        return self._queries[name]

    def _refuse_if_ended(self) -> None:
        """Some errors (a full disk, I/O) end the transaction in the engine. Whoever caught one and goes
        on would write outside of any: half a unit of work."""
        if not self._working:
            return
        with ours(self.path):
            if not self._raw.in_transaction:
                raise StorageError(f"{self.name} has already rolled this unit of work back")

    def _roll_back(self) -> None:
        # The error on its way out says more than one about the rollback would.
        with suppress(sqlite3.Error):
            if self._raw.in_transaction:
                self._raw.execute("ROLLBACK")


def refuse_old(version: tuple[int, ...]) -> None:
    """Raise StorageError for a SQLite that cannot read our schema."""
    if version < OLDEST:
        found, needed = (".".join(map(str, numbers)) for numbers in (version, OLDEST))
        raise StorageError(
            f"SQLite {found} is too old; {needed} or newer is needed.",
            mend="Use a Python that was built with a newer SQLite: python3 -c 'import sqlite3; "
            "print(sqlite3.sqlite_version)'.",
        )


def _connect(path: Path | None, busy_timeout_ms: int) -> sqlite3.Connection:
    if path is not None and not path.exists():
        # It holds addresses and signing keys: for its owner only. WAL files inherit that.
        try:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as cause:
            raise unopened(cause, path) from cause
    raw = sqlite3.connect(
        ":memory:" if path is None else path,
        timeout=busy_timeout_ms / 1000,
        isolation_level=None,  # transactions are ours alone
        check_same_thread=False,  # deliver's scribe and its run take turns
        cached_statements=512,  # all of ours stay prepared
    )
    raw.row_factory = sqlite3.Row
    return raw


def _prepare(raw: sqlite3.Connection, path: Path | None) -> None:
    # First, what cannot fail on a locked file.
    raw.execute("PRAGMA foreign_keys = ON")
    raw.execute("PRAGMA synchronous = FULL")
    # Some builds leave what was deleted in the file; who is erased is to be gone from it.
    raw.execute("PRAGMA secure_delete = ON")
    if path is not None and (mode := _write_ahead(raw)) != "wal":
        raise StorageError(
            f"{path} cannot be kept in write-ahead mode (it stays in {mode!r}).",
            mend="Put the database on a local disk, not on a network share.",
        )


def _write_ahead(raw: sqlite3.Connection) -> str:
    """Switch to WAL. Processes that do so at once refuse each other without waiting, for the switch
    upgrades a read lock. Then wait in the queue of the writers, which does wait, and look again."""
    for _ in range(_SWITCHES):
        try:
            return _journal(raw)
        except sqlite3.OperationalError as cause:
            if primary_code(cause) != sqlite3.SQLITE_BUSY:
                raise
        raw.execute("BEGIN IMMEDIATE")
        raw.execute("ROLLBACK")
    return _journal(raw)


def _journal(raw: sqlite3.Connection) -> str:
    return str(raw.execute("PRAGMA journal_mode = WAL").fetchone()[0])


def _checked(query: Query, values: Mapping[str, object]) -> Mapping[str, object]:
    if query.parameters != values.keys():
        raise StorageError(f"{query.name} takes {sorted(query.parameters)}, not {sorted(values)}")
    for name, value in values.items():
        if isinstance(value, _UNCONVERTED):
            raise StorageError(f"{query.name}: {name} is {value!r}; convert it in rows")
    return values
