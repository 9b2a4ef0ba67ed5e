"""Tickets in SQL. The laws are written in `subscribers.tickets`."""

from __future__ import annotations

from datetime import datetime

from digest.storage.connection import Connection
from digest.storage.rows import instant
from digest.storage.rows.tickets import ticket_of, ticket_values
from subscribers.model import SubscriberId, SubscriptionId
from subscribers.tickets import Purpose, Ticket


class Tickets:
    """Implements `subscribers.tickets.Tickets`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, ticket: Ticket) -> None:
        with self._connection.atomic():
            if ticket.purpose is not Purpose.CONFIRM:
                self.end(
                    ticket.subscriber_id,
                    ticket.purpose,
                    ticket.created_at,
                    subscription_id=ticket.subscription_id,
                )
            self._connection.run("tickets_add", **ticket_values(ticket))

    def end(
        self, id: SubscriberId, purpose: Purpose, now: datetime, *, subscription_id: SubscriptionId | None
    ) -> None:
        with self._connection.atomic():
            self._connection.run(
                "tickets_end",
                subscriber_id=id,
                subscription_id=subscription_id,
                purpose=purpose.value,
                now=instant(now),
            )

    def look(self, hash: str, purpose: Purpose) -> Ticket | None:
        found = self._connection.row("tickets_look", hash=hash, purpose=purpose.value)
        return ticket_of(found) if found else None

    def use(self, hash: str, purpose: Purpose, now: datetime) -> Ticket | None:
        with self._connection.atomic():
            used = self._connection.run("tickets_use", hash=hash, purpose=purpose.value, now=instant(now))
            return self.look(hash, purpose) if used else None

    def forget_before(self, since: datetime) -> int:
        with self._connection.atomic():
            return self._connection.run("tickets_forget_before", since=instant(since))
