"""How fast mail may leave, remembered from run to run."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from digest.storage.connection import Connection
from digest.storage.protocol.throttles import Level, Pause
from digest.storage.rows import instant
from digest.storage.rows.throttles import level, level_values, pause, pause_values


class Throttles:
    """Implements `protocol.throttles.Throttles`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def load(self) -> tuple[Level, ...]:
        return tuple(map(level, self._connection.rows("throttles")))

    def save(self, levels: Iterable[Level]) -> None:
        with self._connection.atomic():
            self._connection.run_many("save_throttle", map(level_values, levels))

    def pauses(self) -> tuple[Pause, ...]:
        return tuple(map(pause, self._connection.rows("pauses")))

    def save_pauses(self, pauses: Iterable[Pause]) -> None:
        with self._connection.atomic():
            self._connection.run("clear_pauses")
            self._connection.run_many("add_pause", map(pause_values, pauses))

    def queue(self, domain: str, now: datetime) -> int:
        at = "@" + domain.lower()
        return int(
            self._connection.value("queue_of_domain", domain=at, length=len(at), now=instant(now)) or 0
        )
