"""Rows of `tickets`, `caps` and `askings`."""

from __future__ import annotations

from digest.storage.connection import Row
from digest.storage.rows.instants import instant, known_instant, parse_instant
from subscribers.asking import Asking
from subscribers.caps import Count
from subscribers.model import SubscriberId, SubscriptionId
from subscribers.tickets import Purpose, Ticket


def ticket_of(row: Row) -> Ticket:
    place = row["subscription_id"]
    return Ticket(
        hash=row["hash"],
        purpose=Purpose(row["purpose"]),
        subscriber_id=SubscriberId(row["subscriber_id"]),
        subscription_id=None if place is None else SubscriptionId(place),
        detail=row["detail"],
        created_at=known_instant(row["created_at"]),
        expires_at=known_instant(row["expires_at"]),
        used_at=parse_instant(row["used_at"]),
    )


def ticket_values(ticket: Ticket) -> dict[str, object]:
    return {
        "hash": ticket.hash,
        "purpose": ticket.purpose.value,
        "subscriber_id": ticket.subscriber_id,
        "subscription_id": ticket.subscription_id,
        "detail": ticket.detail,
        "created_at": instant(ticket.created_at),
        "expires_at": instant(ticket.expires_at),
    }


def count_of(row: Row) -> Count:
    return Count(n=row["n"], since_at=known_instant(row["since_at"]))


def asking_of(row: Row) -> Asking:
    return Asking(
        subscription_id=SubscriptionId(row["subscription_id"]),
        asked_at=known_instant(row["asked_at"]),
        reminded_at=parse_instant(row["reminded_at"]),
    )
