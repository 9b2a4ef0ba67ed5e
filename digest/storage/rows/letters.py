"""Rows of `letters`."""

from __future__ import annotations

from datetime import datetime

from digest.model import LetterId, NewLetter, SubscriptionId
from digest.storage.connection import Row
from digest.storage.protocol.letters import LetterClaim
from digest.storage.rows.instants import instant, known_instant


def new_values(letter: NewLetter) -> dict[str, object]:
    return {
        "kind": letter.kind,
        "dedupe": letter.dedupe,
        "subscription_id": letter.subscription_id,
        "address": letter.address,
        "address_hash": letter.address_hash,
        "language": letter.language,
        "message_id": letter.message_id,
        "content": letter.content,
        "created_at": instant(letter.created_at),
    }


def claim(row: Row, *, lease_until: datetime) -> LetterClaim:
    """The claim as the lease left its row."""
    subscription_id = row["subscription_id"]
    return LetterClaim(
        id=LetterId(row["id"]),
        kind=row["kind"],
        address=row["address"],
        language=row["language"],
        subscription_id=None if subscription_id is None else SubscriptionId(subscription_id),
        content=bytes(row["content"]),
        attempts=row["attempts"],
        fence=row["fence"] + 1,
        lease_until_at=lease_until,
        dated_at=known_instant(row["created_at"]),
        key_id=row["key_id"],
        barred=row["barred"],
    )
