"""Backup and restore of everything: one file, copied while others write, checked before it counts.

After a restore nothing is sent until somebody says so: the machine the copy was made of may have sent it.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from digest.errors import Busy, StorageError
from digest.storage.copies import close_up, copied, keep_before, sync, verify
from digest.storage.faults import ours
from digest.storage.migrate import migrate
from digest.storage.protocol.steering import EVERYTHING
from digest.storage.queries import load
from digest.storage.sqlite import SqliteConnection
from digest.storage.store import Store
from digest.storage.version import SET, TABLE, names

__all__ = ["Backup", "Restored", "backup", "restore", "verify"]

#: how long a restore waits for whoever has the database open, in milliseconds
_PATIENCE_MS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A copy that was checked: whole and healthy. What its books lack is said, and copied all the same."""

    path: Path
    #: in bytes
    size: int
    #: sentences; empty: every issue's deliveries are those that were planned
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a restore put in place. Everything in it is on hold."""

    path: Path
    #: what stood there before, kept beside it
    kept: Path | None
    #: deliveries that wait for `issues resume --send` or `--skip`
    open: int
    findings: tuple[str, ...] = ()


def backup(source: Path | Store, target: Path, *, mode: int | None = None) -> Backup:
    """Copy the database, as of now and while others write to it, to the file `target`.

    A `target` that exists is replaced, by a verified copy or not at all. `mode`: who may read it; None: who
    may read the database. Raises StorageError.
    """
    path = source.path if isinstance(source, Store) else source
    if path is None:
        raise StorageError("A database in memory has no backup.", mend="Name a file in [storage] url.")
    if target.exists() and target.samefile(path):
        raise StorageError(f"{target} is the database itself.", mend="Name another file.")
    with copied(path, target) as copy:
        findings = _findings(copy)
        size = copy.stat().st_size
        if mode is not None:
            copy.chmod(mode)
        copy.replace(target)
    return Backup(path=target, size=size, findings=findings)


def restore(source: Path, target: Path, *, now: datetime) -> Restored:
    """Put the backup `source` in the place of `target`, brought to today's schema, with everything on hold.

    What stood there is kept as `digest.db.before-restore`. The caller holds both locks of a night. Raises
    Busy when anybody has `target` open, StorageError for a damaged, foreign or newer `source`; then nothing
    has changed.
    """
    if source.exists() and target.exists() and target.samefile(source):
        raise StorageError(f"{source} is the database itself.", mend="Name the backup to restore.")
    if not target.parent.is_dir():
        raise StorageError(f"The folder {target.parent} is not there.", mend="Make it first.")
    verify(source)
    _refuse_strangers(source)
    with copied(source, target) as copy:
        waiting = _put_on_hold(copy, source.name, now)
        findings = _findings(copy)
        kept = _out_of_the_way(target) if target.exists() else None
        copy.chmod(0o600 if kept is None else kept.stat().st_mode & 0o777)
        sync(copy)
        copy.replace(target)
    return Restored(path=target, kept=kept, open=waiting, findings=findings)


def _put_on_hold(copy: Path, name: str, now: datetime) -> int:
    """Bring the copy to our schema and hold it; how many deliveries are open in it."""
    connection = SqliteConnection(copy)
    try:
        migrate(connection, now=now)
        store = Store(connection, path=copy)
        last = store.nights.last()
        age = f", whose last night began {last.started_at:%Y-%m-%d %H:%M} UTC" if last else ""
        store.deliveries.hold(EVERYTHING, now, f"restored from {name}{age}")
        waiting = store.deliveries.open_count()
        with ours(copy):
            close_up(connection.database.conn)
    finally:
        connection.close()
    return waiting


def _out_of_the_way(target: Path) -> Path:
    """Keep what is there under another name, once nobody has it open."""
    try:
        with closing(sqlite3.connect(target, timeout=_PATIENCE_MS / 1000)) as raw:
            # Leaving write-ahead mode needs the file for itself: any other connection is in the way.
            close_up(raw)
    except sqlite3.OperationalError as cause:
        raise Busy(
            f"{target} is in use.", mend="Stop `digest serve` and every other run, then restore again."
        ) from cause
    except sqlite3.DatabaseError:
        pass  # damaged: that is why somebody restores; it is kept as it is
    try:
        return keep_before(target, "restore")
    except StorageError:
        return _set_aside(target)


def _set_aside(target: Path) -> Path:
    """A database too damaged to be copied: moved, byte for byte."""
    number, aside = 1, target.with_name(f"{target.name}.before-restore")
    while aside.exists():
        number += 1
        aside = target.with_name(f"{target.name}.before-restore.{number}")
    for suffix in ("-wal", "-shm"):
        beside = target.with_name(target.name + suffix)
        if beside.exists():
            beside.replace(aside.with_name(aside.name + suffix))
    return target.replace(aside)


def _refuse_strangers(source: Path) -> None:
    with ours(source), closing(sqlite3.connect(source)) as raw:
        tables = {name for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        applied = (
            {name for (name,) in raw.execute(f"SELECT name FROM {TABLE} WHERE migration_set = ?", (SET,))}
            if TABLE in tables
            else set()
        )
    if not applied:
        raise StorageError(f"{source} is no backup of planet-digest.")
    if newer := sorted(applied - names()):
        raise StorageError(
            f"{source} was written by a newer planet-digest (it has {newer[-1]}).",
            mend="Install that version, then restore.",
        )


def _findings(copy: Path) -> tuple[str, ...]:
    """Rows that refer to nothing, and issues whose deliveries are not what was planned (design §4)."""
    with ours(copy), closing(sqlite3.connect(copy)) as raw:
        dangling = {row[0] for row in raw.execute("PRAGMA foreign_key_check")}
        applied = {
            name for (name,) in raw.execute(f"SELECT name FROM {TABLE} WHERE migration_set = ?", (SET,))
        }
        # An older schema is counted once it is migrated.
        counted = (
            raw.execute(load("sqlite")["unbalanced_issues"].sql).fetchall() if applied == names() else []
        )
    return (
        *(f"Rows of {table} refer to something that is not there." for table in sorted(dangling)),
        *(f"The deliveries of issue {id} are not those that were planned." for (id,) in counted),
    )
