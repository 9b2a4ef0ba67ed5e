"""Brings a database to the schema of this code, or refuses it.

Each numbered file of `sql/migrations/` runs with its record (sqlite-utils' `_sqlite_migrations`) in one
transaction that holds the write lock from its start: a process killed anywhere leaves the old schema
or the new one, and two processes that open a fresh database both find it whole.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files

from sqlite_utils import Database, Migrations

from digest.errors import StorageError
from digest.storage.copies import keep_before
from digest.storage.faults import ours
from digest.storage.rows import instant
from digest.storage.sqlite import SqliteConnection
from digest.storage.version import FILE, SET

#: what the house signs and salts with (design §4)
PURPOSES = ("token", "verp", "form", "salt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One migration: `0001_the_house`."""

    name: str
    number: str
    script: str


def steps() -> tuple[Step, ...]:
    """The migrations this code knows, in order."""
    folder = files("digest.storage") / "sql" / "migrations"
    found = ((FILE.fullmatch(file.name), file) for file in folder.iterdir())
    known = [
        Step(name=match["name"], number=match["number"], script=file.read_text(encoding="utf-8"))
        for match, file in found
        if match
    ]
    return tuple(sorted(known, key=lambda step: step.number))


def migrate(connection: SqliteConnection, *, now: datetime, known: Sequence[Step] | None = None) -> None:
    """Apply what is pending, after a backup of a database that holds something. Does nothing twice.

    Raises StorageError for a database of a newer version, or of another program. `known` is for tests.
    """
    known = steps() if known is None else known
    migrations = _register(known, now)
    with ours(connection.path):
        pending = {step.name for step in migrations.pending(connection.database)}
        _refuse_strangers(connection, migrations, known)
        # What has no migration yet is a fresh file: there is nothing to lose.
        back_up = connection.path is not None and bool(migrations.applied(connection.database))
    for step in known:
        if step.name in pending:
            back_up &= not _apply(connection, migrations, step, back_up=back_up)


def _apply(connection: SqliteConnection, migrations: Migrations, step: Step, *, back_up: bool) -> bool:
    """One step in one transaction; nothing when another process took it while we waited for the lock.

    True when a backup was made. We hold the write lock meanwhile, so it is exactly the state before.
    """
    with connection.atomic(), ours(connection.path):
        pending = [waiting.name for waiting in migrations.pending(connection.database)]
        if step.name not in pending:
            return False
        if back_up and connection.path is not None:
            keep_before(connection.path, step.number)
        migrations.apply(connection.database, stop_before=pending[pending.index(step.name) + 1 :])
        return back_up


def _register(known: Sequence[Step], now: datetime) -> Migrations:
    migrations = Migrations(SET)
    for step in known:
        migrations(name=step.name)(_runner(step, now))
    return migrations


def _runner(step: Step, now: datetime) -> Callable[[Database], None]:
    def run(database: Database) -> None:
        # Inside a transaction sqlite-utils runs a script statement by statement; the driver's own
        # executescript would commit first.
        database.executescript(step.script)
        if step.number == "0001":
            _make_keys(database, now)

    run.__name__ = step.name
    return run


def _make_keys(database: Database, now: datetime) -> None:
    """The first keys of this installation. Written out here, not named in keys.sql: a migration must
    go on meaning what it meant when later ones change the table."""
    for purpose in PURPOSES:
        database.execute(
            "INSERT INTO keys (purpose, secret, created_at) VALUES (?, ?, ?)",
            (purpose, secrets.token_bytes(32), instant(now)),
        )


def _refuse_strangers(connection: SqliteConnection, migrations: Migrations, known: Sequence[Step]) -> None:
    """Before any table is written: a database that is not ours to migrate keeps what it holds."""
    applied = {step.name for step in migrations.applied(connection.database)}
    newer = sorted(applied - {step.name for step in known})
    if newer:
        raise StorageError(
            f"{connection.name} was written by a newer planet-digest (it has {newer[-1]}).",
            mend="Install that version, or restore the backup that stands beside the database.",
        )
    if not applied and set(connection.database.table_names()) - {Migrations.migrations_table}:
        raise StorageError(
            f"{connection.name} is a database of another program.", mend="Name another file in [storage] url."
        )
