"""A later migration, made up, and what a schema looks like: for the tests of migrating."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from digest.storage.migrate import Step, migrate, steps
from digest.storage.sqlite import SqliteConnection

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
#: a new table, a new column and a change of rows; the trap is a `;` in a string
LATER = Step(
    name="9001_later",
    number="9001",
    script="""
    -- The first; of three.
    CREATE TABLE later (id INTEGER PRIMARY KEY, words TEXT NOT NULL DEFAULT 'one; two') STRICT;
    ALTER TABLE lists ADD COLUMN later TEXT;
    UPDATE lists SET later = title;
    INSERT INTO later (id) VALUES (1);
    """,
)
LAST = Step(name="9002_last", number="9002", script="CREATE TABLE last (id INTEGER PRIMARY KEY) STRICT;")
BROKEN = Step(
    name="9003_broken",
    number="9003",
    script="CREATE TABLE half (id INTEGER); INSERT INTO nowhere VALUES (1);",
)


def make(path: Path, known: tuple[Step, ...] | None = None) -> None:
    """Bring the file to what `known` says (our migrations when None)."""
    connection = SqliteConnection(path)
    try:
        migrate(connection, now=NOW, known=known)
    finally:
        connection.close()


def query(path: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as raw:
        return raw.execute(sql).fetchall()


def schema(path: Path) -> set[tuple[object, ...]]:
    """Every table and index, as written."""
    return set(query(path, "SELECT type, name, tbl_name, sql FROM sqlite_master"))


def applied(path: Path) -> list[object]:
    return [row[0] for row in query(path, "SELECT name FROM _sqlite_migrations ORDER BY id")]


def names(known: tuple[Step, ...]) -> list[object]:
    return [step.name for step in known]


OURS = steps()
