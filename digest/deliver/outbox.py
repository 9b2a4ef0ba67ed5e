"""`dir:outbox`: messages as .eml files, for the demo, previews and tests.

A delivery has one file name, and a file appears whole or not at all: a resend overwrites, never doubles.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from digest.deliver.transport import Envelope, Phase, Reply
from digest.errors import RelayError

#: NAME_MAX is 255 bytes on the usual file systems; the front of a name is what makes it unique
_LONGEST = 200


class Outbox:
    """A transport that writes files into one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._name: str | None = None

    @property
    def is_fresh(self) -> bool:
        return True

    def open(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as cause:
            raise RelayError(
                f"The outbox {self.folder} cannot be made: {cause.strerror}.",
                mend="Check mail.smtp in digest.toml, and who may write there.",
            ) from cause

    def offer(self, envelope: Envelope, *, name: str, size: int) -> Reply:  # noqa: ARG002 - the protocol's
        self._name = file_name(name)
        return Reply(phase=Phase.DATA, code=354, text="go ahead")

    def send(self, content: bytes) -> Reply:
        name, self._name = self._name, None
        if name is None:
            return Reply(phase=Phase.DOT, code=503, enhanced="5.5.1", text="nothing was offered")
        try:
            _write(self.folder, name, content)
        except OSError as cause:
            # 421: the next message would fare no better, and five in a row stop the run.
            words = f"{self.folder / name} cannot be written: {cause.strerror}"
            return Reply(phase=Phase.DOT, code=421, enhanced="4.3.1", text=words)
        return Reply(phase=Phase.DOT, code=250, text=f"written as {name}")

    def close(self) -> None:
        self._name = None


def file_name(name: str) -> str:
    """A safe file name that people can read: `0001-weekly-ada-at-example.org.eml`."""
    plain = re.sub(r"[^a-z0-9.+_-]+", "-", name.lower().replace("@", "-at-")).strip("-.")
    return f"{plain[:_LONGEST]}.eml"


def _write(folder: Path, name: str, content: bytes) -> None:
    """Whole or not at all, also when the power goes."""
    unfinished = folder / f".{name}.tmp"
    with unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(folder / name)
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
