"""People for tests, with what a test does not care about filled in."""

from __future__ import annotations

from datetime import UTC, datetime

from subscribers.addresses import Address, parse
from subscribers.joining import Proof, Start, Terms
from subscribers.model import (
    Cadence,
    Consent,
    Format,
    ListId,
    OnReturn,
    Rhythm,
    SubscriberId,
    Subscription,
    SubscriptionId,
    Wishes,
    WishesId,
)

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
START = Start(due_at=datetime(2026, 11, 23, 3, tzinfo=UTC), cursor=10)
CLI = Proof(at=NOW, method="cli")


def address(text: str) -> Address:
    found = parse(text)
    assert isinstance(found, Address), found
    return found


def terms(
    list_id: int = 1, *, cadence: Cadence = Cadence.WEEKLY, wishes: Wishes | None = None, language: str = "fr"
) -> Terms:
    return Terms(
        list_id=ListId(list_id),
        rhythm=Rhythm(cadence=cadence),
        language=language,
        wishes=wishes or Wishes(),
    )


def subscription(
    consent: Consent = Consent.CONFIRMED,
    *,
    cursor: int = 0,
    undo_cursor: int | None = None,
    due_at: datetime | None = NOW,
    confirmed_at: datetime | None = NOW,
    left_at: datetime | None = None,
) -> Subscription:
    return Subscription(
        id=SubscriptionId(1),
        subscriber_id=SubscriberId(1),
        list_id=ListId(1),
        consent=consent,
        rhythm=Rhythm(cadence=Cadence.WEEKLY),
        language="fr",
        format=Format.HTML,
        wishes_id=WishesId(1),
        wishes=Wishes(),
        due_at=due_at,
        cursor=cursor,
        undo_cursor=undo_cursor,
        paused_until=None,
        on_return=OnReturn.SKIP,
        created_at=NOW,
        confirmed_at=confirmed_at,
        left_at=left_at,
    )
