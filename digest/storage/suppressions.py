"""Who is not mailed again, by salted hash of the address. A part of `People`."""

from __future__ import annotations

from datetime import datetime

from digest.storage.connection import Connection
from digest.storage.rows import instant
from digest.storage.rows.people import suppression
from subscribers.model import Suppression


class Suppressions:
    """Implements the suppression list of `subscribers.store.Store`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def suppress(self, suppression: Suppression) -> None:
        with self._connection.atomic():
            self._connection.run(
                "suppress",
                address_hash=suppression.address_hash,
                address=suppression.address,
                reason=suppression.reason.value,
                since_at=instant(suppression.since_at),
                until_at=instant(suppression.until_at),
                detail=suppression.detail,
            )

    def suppression(self, address_hash: str, *, now: datetime) -> Suppression | None:
        found = self._connection.row("suppression_in_force", address_hash=address_hash, now=instant(now))
        return suppression(found) if found else None

    def suppressions(self, *, after: str = "", limit: int) -> tuple[Suppression, ...]:
        return tuple(map(suppression, self._connection.rows("suppressions_page", after=after, limit=limit)))

    def lift(self, address_hash: str) -> bool:
        with self._connection.atomic():
            return self._connection.run("lift_suppression", address_hash=address_hash) > 0
