"""Askings in SQL. The laws are written in `subscribers.asking`."""

from __future__ import annotations

from datetime import datetime

from digest.storage.connection import Connection
from digest.storage.letters import Letters
from digest.storage.rows import instant
from digest.storage.rows.tickets import asking_of
from subscribers.asking import Asking
from subscribers.model import SubscriptionId


class Askings:
    """Implements `subscribers.asking.Askings`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def asked(self, id: SubscriptionId, now: datetime) -> None:
        with self._connection.atomic():
            self._connection.run("askings_asked", subscription_id=id, now=instant(now))

    def reminded(self, id: SubscriptionId, now: datetime) -> None:
        with self._connection.atomic():
            self._connection.run("askings_reminded", subscription_id=id, now=instant(now))

    def answered(self, id: SubscriptionId) -> None:
        with self._connection.atomic():
            self._connection.run("askings_answered", subscription_id=id)

    def waiting(
        self, *, before: datetime, after: SubscriptionId | None = None, limit: int
    ) -> tuple[Asking, ...]:
        found = self._connection.rows(
            "askings_waiting", before=instant(before), after_id=after or 0, limit=limit
        )
        return tuple(map(asking_of, found))

    def forget(self, id: SubscriptionId, now: datetime) -> bool:
        run = self._connection.run
        with self._connection.atomic():
            run("askings_answered", subscription_id=id)
            place = self._connection.row("askings_place", id=id)
            if place is None or place["consent"] != "unconfirmed":
                return False
            if place["has_lived"]:
                run("askings_lapse", id=id, now=instant(now))
                return False
            run("tickets_forget_place", subscription_id=id)
            run("askings_drop_letters", id=id)
            run("askings_drop_proof", id=id)
            run("askings_drop_place", id=id)
            if not place["has_others"]:
                Letters(self._connection).forget(place["address_hash"], now)
                run("tickets_forget_person", subscriber_id=place["subscriber_id"])
                run("askings_drop_person", id=place["subscriber_id"])
            return True
