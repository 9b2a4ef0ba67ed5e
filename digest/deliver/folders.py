"""Mail into files: `dir:outbox` for the demo, previews and tests, `maildir:` for a mail reader beside us.

A delivery has one file name, and a file appears whole or not at all: a resend overwrites, never doubles.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from digest.deliver.lane import FolderLane
from digest.deliver.transport import Lane
from digest.errors import RelayError

#: NAME_MAX is 255 bytes on the usual file systems; the front of a name is what makes it unique
_LONGEST = 200


class Outbox:
    """One .eml file a delivery, all in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def lane(self) -> Lane:
        _made(self.folder)
        return FolderLane(self)

    def put(self, name: str, content: bytes) -> str:
        kept = file_name(name)
        _write(self.folder / f".{kept}.tmp", self.folder / kept, content)
        return kept


class Maildir:
    """A Maildir as mail readers know it (`tmp`, `new`, `cur`): lines end as the system's do."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def lane(self) -> Lane:
        for part in ("tmp", "new", "cur"):
            _made(self.folder / part)
        return FolderLane(self)

    def put(self, name: str, content: bytes) -> str:
        # Always the same for a delivery: what was written before a crash is written over, unless it was read.
        kept = file_name(name).removesuffix(".eml") + ".planet-digest"
        _write(self.folder / "tmp" / kept, self.folder / "new" / kept, content.replace(b"\r\n", b"\n"))
        return f"new/{kept}"


def file_name(name: str) -> str:
    """A safe file name that people can read: `0001-weekly-ada-at-example.org.eml`."""
    plain = re.sub(r"[^a-z0-9.+_-]+", "-", name.lower().replace("@", "-at-")).strip("-.")
    return f"{plain[:_LONGEST]}.eml"


def _made(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as cause:
        raise RelayError(
            f"The folder {folder} cannot be made: {cause.strerror}.",
            mend="Check mail.smtp in digest.toml, and who may write there.",
        ) from cause


def _write(unfinished: Path, kept: Path, content: bytes) -> None:
    """Whole or not at all, also when the power goes."""
    with unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(kept)
    handle = os.open(kept.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
