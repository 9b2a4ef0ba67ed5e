"""Copies of everything: made while a night runs, put back only while none does."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from digest.errors import UsageError
from digest.night.locks import lock, lock_path
from digest.storage.backup import Backup, Restored, backup, restore


def copy_out(database: Path, target: Path, *, replaces: bool) -> Backup:
    """A checked copy that only its owner may read. Raises UsageError for a file that is there already."""
    if target.is_dir():
        raise UsageError(f"{target} is a folder.", mend="Name the file of the copy.")
    if target.exists() and not replaces:
        raise UsageError(f"{target} is there already.", mend="Name another file, or add --force.")
    return backup(database, target, mode=0o600)


def put_back(copy: Path, database: Path, *, now: datetime) -> Restored:
    """The copy in the place of the database, everything on hold. Raises Busy while a run is on."""
    with lock(lock_path(database, "gather"), now=now), lock(lock_path(database, "deliver"), now=now):
        return restore(copy, database, now=now)
