"""Notices that digest.toml or a template changed: by their dates and sizes, every two seconds.

A chore (`chores`), so one thread looks at files and everybody else is handed what came of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path

from digest.errors import DigestError
from digest.log import event, logger
from digest.night.galleys import templates_of
from digest.serve.installed import Installed

_LOG = logger("serve")

EVERY = timedelta(seconds=2)

Stamps = dict[str, tuple[int, int]]


class Watch:
    """Reloads the installation when a file of it differs from when it was last looked at."""

    name = "watch"

    def __init__(self, house: Installed, reloaded: Callable[[], None]) -> None:
        """`reloaded` is called with the new settings in force. What it raises of ours is told like a fault in
        the file: what was before stays."""
        self._house = house
        self._reloaded = reloaded
        self._seen = self._stamps()
        self._next: datetime | None = None
        self._is_asked = False

    def ask(self) -> None:
        """Reload at the next look, changed or not."""
        self._is_asked = True

    def due_at(self, now: datetime) -> datetime:
        return now if self._next is None or self._is_asked else self._next

    def do(self, now: datetime) -> None:
        self._next = now + EVERY
        stamps = self._stamps()
        if stamps == self._seen and not self._is_asked:
            return
        self._seen, self._is_asked = stamps, False
        before = self._house.settings
        try:
            self._house.reload()
            self._reloaded()
        except DigestError as fault:
            self._house.settings = before
            _LOG.error(
                event("not-reloaded", words=fault.message, mend=fault.mend or "The old settings stay.")
            )
            return
        # Templates of another folder may count now.
        self._seen = self._stamps()
        _LOG.warning(event("reloaded", file=self._house.path.name))

    def _stamps(self) -> Stamps:
        return stamps_of(_files(self._house))


def stamps_of(files: Iterable[Path]) -> Stamps:
    """The date and size of each file that is there."""
    found: Stamps = {}
    for path in files:
        try:
            there = path.stat()
        except OSError:
            continue  # an editor that writes beside and renames: it is back at the next look
        found[str(path)] = (there.st_mtime_ns, there.st_size)
    return found


def _files(house: Installed) -> list[Path]:
    templates = templates_of(house.settings, house.base)
    own = sorted(templates.rglob("*")) if templates else []
    return [house.path, *(path for path in own if path.is_file())]
