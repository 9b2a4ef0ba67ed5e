"""One run at a time: a lock beside the database for each of gather and deliver (design §4).

The kernel holds it, so it is free the moment its holder dies, however it dies. What the file says is for
people: who holds it, and since when. It stays when the lock is released; removing it would race.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Literal

from digest.errors import Busy, StorageError

#: open locks of this process: a forked child lets go of them, or the lock would outlive us in it
_held: set[int] = set()


def _let_go_in_child() -> None:
    while _held:
        os.close(_held.pop())


os.register_at_fork(after_in_child=_let_go_in_child)


def lock_path(database: Path | None, room: Literal["gather", "deliver"]) -> Path | None:
    """`digest.db.deliver.lock`, beside the database; None for one in memory, which nobody shares."""
    return None if database is None else database.with_name(f"{database.name}.{room}.lock")


@contextmanager
def lock(path: Path | None, *, now: datetime) -> Iterator[None]:
    """Hold the lock for the block. Raises Busy at once where another run, or this one, holds it."""
    if path is None:
        yield
        return
    file = _opened(path)
    try:
        _take(file, path)
        _held.add(file)
        os.ftruncate(file, 0)
        os.pwrite(file, f"pid {os.getpid()} since {now.isoformat(timespec='seconds')}\n".encode(), 0)
        try:
            yield
        finally:
            os.ftruncate(file, 0)
            # Not left to close: a child between fork and exec still has the file open.
            fcntl.flock(file, fcntl.LOCK_UN)
    finally:
        _held.discard(file)
        os.close(file)


def _opened(path: Path) -> int:
    """The file, made if need be. Python opens close-on-exec (PEP 446): no child ever inherits it."""
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as cause:
        raise StorageError(
            f"The lock {path} cannot be opened: {cause.strerror}.",
            mend="Check the owner of the file and of its folder.",
        ) from cause


def _take(file: int, path: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as cause:
        holder = os.pread(file, 200, 0).decode("utf-8", "replace").strip() or "another process"
        raise Busy(
            f"Another run is at work: {holder} holds {path.name}.", mend="Wait for it to end, then run again."
        ) from cause
    except OSError as cause:
        raise StorageError(
            f"{path} cannot be locked: {cause.strerror}.", mend="Keep the database on a local disk."
        ) from cause
