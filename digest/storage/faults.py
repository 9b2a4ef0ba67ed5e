"""What SQLite refuses, as sentences of ours. The driver's own words stand in brackets."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from digest.errors import StorageError, StorageLocked
from digest.storage.queries import Query

_FOLDER = "Check that its folder exists and may be written by this user."
_LOCKED = ("is locked by another program", "Wait for it to end, or see who has it open: `fuser`.")
#: by SQLite's primary result code: what happened, and the mend
_FAULTS = {
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_FULL: ("has no room left on its disk", "Free some space and run again."),
    sqlite3.SQLITE_READONLY: ("cannot be written", "Check the owner of the file and of its folder."),
    sqlite3.SQLITE_PERM: ("cannot be written", "Check the owner of the file and of its folder."),
    sqlite3.SQLITE_CANTOPEN: ("cannot be opened", _FOLDER),
    sqlite3.SQLITE_IOERR: ("cannot be read or written", "Check the disk; the system's log says more."),
    sqlite3.SQLITE_CORRUPT: ("is damaged", "Restore a backup."),
    sqlite3.SQLITE_NOTADB: ("is not a SQLite database", "Name another file, or restore a backup."),
}


@contextmanager
def ours(path: Path | None, query: Query | None = None) -> Iterator[None]:
    """What a user can mend becomes a sentence; the driver's words follow it."""
    try:
        yield
    except sqlite3.Error as cause:
        raise translate(cause, path, query) from cause
    except (OverflowError, UnicodeEncodeError) as cause:
        at = f" at {query.place}" if query else ""
        raise StorageError(f"{name_of(path)} cannot hold a value{at}: {cause}.") from cause


def translate(cause: sqlite3.Error, path: Path | None, query: Query | None = None) -> StorageError:
    """The StorageError for a driver's error, with the mend where there is one."""
    at = f", at {query.place}" if query else ""
    if primary_code(cause) not in _FAULTS:
        return StorageError(f"{name_of(path)}: {cause}{at}")
    what, mend = _FAULTS[primary_code(cause)]
    kind = StorageLocked if _FAULTS[primary_code(cause)] is _LOCKED else StorageError
    return kind(f"{name_of(path)} {what} ({cause}{at}).", mend=mend)


def unopened(cause: OSError, path: Path) -> StorageError:
    """The StorageError for a file that the system does not let us make or open."""
    return StorageError(f"{path} cannot be opened ({cause.strerror}).", mend=_FOLDER)


def primary_code(cause: sqlite3.Error) -> int:
    """The primary result code; -1 for what the Python module itself refuses."""
    code = getattr(cause, "sqlite_errorcode", None)
    return -1 if code is None else code & 0xFF


def name_of(path: Path | None) -> str:
    """How errors call the database."""
    return str(path) if path else "the database in memory"
