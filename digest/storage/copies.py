"""Copies of a database file that is in use: SQLite's online backup, checked, and never half there.

A copy is made beside its target under a temporary name, verified, made durable and only then renamed.
What a copy is for is `backup`'s and `migrate`'s business.
"""

from __future__ import annotations

import filecmp
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from itertools import count
from pathlib import Path

from digest.errors import StorageError
from digest.storage.faults import ours


def keep_before(source: Path, what: str) -> Path:
    """Keep a copy of `source` beside it as `digest.db.before-0002`; an older copy is never overwritten.

    One that is equal already (a migration that failed, tried again) serves; else `….before-0002.2` comes
    next. The caller holds the write lock, so nobody else chooses a name meanwhile.
    """
    first = source.with_name(f"{source.name}.before-{what}")
    with copied(source, first) as copy:
        target = first
        for again in count(2):
            if not target.exists():
                copy.replace(target)
                break
            if filecmp.cmp(copy, target, shallow=False):
                break
            target = first.with_name(f"{first.name}.{again}")
    return target


def verify(path: Path) -> None:
    """Raise StorageError unless `path` is a whole and healthy database."""
    if not path.is_file():
        raise StorageError(f"{path} is not there.")
    with ours(path), closing(sqlite3.connect(path)) as raw:
        faults = [row[0] for row in raw.execute("PRAGMA integrity_check(3)")]
    if faults != ["ok"]:
        raise StorageError(f"{path} is damaged: {'; '.join(faults)}", mend="Restore a backup.")


@contextmanager
def copied(source: Path, target: Path) -> Iterator[Path]:
    """A verified, durable copy under a temporary name in the target's folder; gone afterwards."""
    if not source.is_file():
        raise StorageError(f"{source} is not there.")
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
        os.close(handle)
        copy = Path(name)
        try:
            _copy(source, copy)
            verify(copy)
            shutil.copymode(source, copy)
            sync(copy)
            yield copy
            # A rename is on the disk only when its folder is.
            sync(target.parent)
        finally:
            for leftover in target.parent.glob(f"{copy.name}*"):
                with suppress(FileNotFoundError):
                    leftover.unlink()
    except OSError as cause:
        raise StorageError(
            f"{source} cannot be copied to {target}: {cause.strerror}.",
            mend="Check the room on that disk and the owner of that folder.",
        ) from cause


def sync(path: Path) -> None:
    """Have what was written to a file, or renamed in a folder, on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def close_up(raw: sqlite3.Connection) -> None:
    """One file that opens anywhere, also on a read-only disk. Locked where somebody else has it open."""
    raw.execute("PRAGMA journal_mode = DELETE")


def _copy(source: Path, copy: Path) -> None:
    with ours(source), closing(sqlite3.connect(source)) as here, closing(sqlite3.connect(copy)) as there:
        here.backup(there)
        close_up(there)
