"""Rows of `bounces`, and of those our mail was for."""

from __future__ import annotations

from collections.abc import Iterable

from digest.storage.connection import Row
from digest.storage.protocol.bounces import Owner, Returned
from digest.storage.rows.instants import instant, known_instant
from subscribers.bounces import Soft, Weight


def owner(row: Row) -> Owner:
    return Owner(
        delivery_id=row["delivery_id"],
        subscription_id=row["subscription_id"],
        issue_id=row["issue_id"],
        address=row["address"] or None,
        address_hash=row["address_hash"],
    )


def softs(rows: Iterable[Row]) -> tuple[Soft, ...]:
    return tuple(Soft(known_instant(row["at"]), row["issue_id"]) for row in rows)


def returned(row: Row) -> Returned:
    return Returned(
        mark=row["mark"],
        weight=Weight(row["weight"]),
        at=known_instant(row["at"]),
        delivery_id=row["delivery_id"],
        subscription_id=row["subscription_id"],
        issue_id=row["issue_id"],
        address_hash=row["address_hash"],
        status=row["status"],
        recipient=row["recipient"],
        detail=row["detail"],
    )


def returned_values(returned: Returned) -> dict[str, object]:
    return {
        "mark": returned.mark,
        "weight": returned.weight.value,
        "at": instant(returned.at),
        "delivery_id": returned.delivery_id,
        "subscription_id": returned.subscription_id,
        "issue_id": returned.issue_id,
        "address_hash": returned.address_hash,
        "status": returned.status,
        "recipient": returned.recipient,
        "detail": returned.detail,
    }
