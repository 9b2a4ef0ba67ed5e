"""What came back, and how addresses stand because of it."""

from __future__ import annotations

from datetime import datetime

from digest.storage.connection import Connection
from digest.storage.protocol.bounces import Owner, Returned
from digest.storage.rows import instant, parse_instant
from digest.storage.rows.bounces import owner, returned, returned_values, softs
from subscribers.bounces import ARRIVED_AFTER, SOFT_WITHIN, Standing
from subscribers.tokens import Local, Mailbox

_OWNERS = {
    Mailbox.BOUNCE: "owner_of_delivery",
    Mailbox.LETTER: "owner_of_letter",
    Mailbox.UNSUBSCRIBE: "owner_of_subscription",
}
#: softs that are looked at: a flood of them is one decision
_MOST = 200


class Bounces:
    """Implements `protocol.bounces.Bounces`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, returned: Returned) -> bool:
        with self._connection.atomic():
            return self._connection.run("add_bounce", **returned_values(returned)) > 0

    def owner(self, local: Local) -> Owner | None:
        found = self._connection.row(_OWNERS[local.mailbox], id=local.id)
        return owner(found) if found else None

    def standing(self, address_hash: str, now: datetime) -> Standing:
        ask = self._connection.value
        found = self._connection.rows(
            "soft_bounces", address_hash=address_hash, since=instant(now - SOFT_WITHIN), limit=_MOST
        )
        before = instant(now - ARRIVED_AFTER)
        lapsed = ask("bounces_lapsed_at", address_hash=address_hash, now=instant(now))
        return Standing(
            softs=softs(found),
            arrived_at=parse_instant(ask("last_arrival", address_hash=address_hash, before=before)),
            lapsed_at=parse_instant(lapsed),
        )

    def of_address(self, address_hash: str, *, limit: int = 20) -> tuple[Returned, ...]:
        found = self._connection.rows("bounces_of_address", address_hash=address_hash, limit=limit)
        return tuple(map(returned, found))

    def last_at(self) -> datetime | None:
        return parse_instant(self._connection.value("last_bounce_at"))

    def retain(self, before: datetime) -> int:
        with self._connection.atomic():
            return self._connection.run("drop_bounces", before=instant(before))
