"""Writing files that matter: whole or not at all, one writer at a time."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from digest.errors import DigestError


def write_whole(path: Path, text: str) -> None:
    """Replace `path`: temporary file, fsync, rename, fsync of the folder. Its mode is kept."""
    mode = path.stat().st_mode & 0o7777 if path.exists() else None
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            part.chmod(mode)
        part.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as cause:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise DigestError(f"{path} cannot be written: {cause.strerror}.") from cause


def edit(path: Path, change: Callable[[str], str]) -> None:
    """Read, change and write back under a lock, so that two edits at once both stay."""
    lock = path.with_name(f".{path.name}.lock")
    try:
        held = os.open(lock, os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as cause:
        raise DigestError(f"{path.parent} cannot be written: {cause.strerror}.") from cause
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        # Through a link the file it leads to is changed, not the link replaced.
        real = path.resolve()
        write_whole(real, change(real.read_text(encoding="utf-8")))
    finally:
        os.close(held)
