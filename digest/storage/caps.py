"""Caps in SQL. The laws are written in `subscribers.caps`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from digest.storage.connection import Connection
from digest.storage.rows import instant
from digest.storage.rows.tickets import count_of
from subscribers.caps import Cap, taken


class Caps:
    """Implements `subscribers.caps.Caps`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def take(self, caps: Iterable[Cap], now: datetime) -> Cap | None:
        wanted = tuple(caps)
        with self._connection.atomic():
            found = {cap.name: self._connection.row("caps_count", name=cap.name) for cap in wanted}
            counts = {name: count_of(row) for name, row in found.items() if row}
            after = taken(wanted, counts, now)
            if isinstance(after, Cap):
                return after
            for name, count in after.items():
                self._connection.run("caps_set", name=name, n=count.n, since_at=instant(count.since_at))
        return None

    def forget(self, name: str) -> None:
        with self._connection.atomic():
            self._connection.run("caps_forget", name=name)

    def forget_before(self, since: datetime) -> int:
        with self._connection.atomic():
            return self._connection.run("caps_forget_before", since=instant(since))
