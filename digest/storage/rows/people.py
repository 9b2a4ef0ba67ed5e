"""Rows of `subscribers`, `subscriptions`, `wishes`, `consents` and `suppressions`."""

from __future__ import annotations

import json
from functools import lru_cache

from digest.storage.connection import Row
from digest.storage.rows.instants import instant, known_instant, parse_instant
from subscribers.joining import Place
from subscribers.model import (
    Cadence,
    Consent,
    ConsentEvent,
    Format,
    ListId,
    OnReturn,
    Reason,
    Rhythm,
    Subscriber,
    SubscriberId,
    Subscription,
    SubscriptionId,
    Suppression,
    Weekday,
    Wishes,
    WishesId,
    Word,
)
from subscribers.store import Member


def subscriber(row: Row) -> Subscriber:
    return Subscriber(
        id=SubscriberId(row["id"]), address=row["address"], created_at=known_instant(row["created_at"])
    )


def member(row: Row) -> Member:
    """A row of `subscriptions` with `address` and `joined_at` of its person."""
    place = subscription(row)
    person = {"id": place.subscriber_id, "address": row["address"], "created_at": row["joined_at"]}
    return Member(subscriber=subscriber(person), subscription=place)


def subscription(row: Row) -> Subscription:
    return Subscription(
        id=SubscriptionId(row["id"]),
        subscriber_id=SubscriberId(row["subscriber_id"]),
        list_id=ListId(row["list_id"]),
        consent=Consent(row["consent"]),
        rhythm=_rhythm(row["cadence"], row["weekday"], row["hour"], row["timezone"]),
        language=row["language"],
        format=Format(row["format"]),
        wishes_id=WishesId(row["wishes_id"]),
        wishes=parse_wishes(row["body"]),
        due_at=parse_instant(row["due_at"]),
        cursor=row["cursor"],
        undo_cursor=row["undo_cursor"],
        paused_until=parse_instant(row["paused_until"]),
        on_return=OnReturn(row["on_return"]),
        created_at=known_instant(row["created_at"]),
        confirmed_at=parse_instant(row["confirmed_at"]),
        left_at=parse_instant(row["left_at"]),
    )


@lru_cache(maxsize=1024)
def _rhythm(cadence: str, weekday: str | None, hour: int | None, timezone: str | None) -> Rhythm:
    return Rhythm(
        cadence=Cadence(cadence),
        weekday=None if weekday is None else Weekday(weekday),
        hour=hour,
        timezone=timezone,
    )


def rhythm_values(rhythm: Rhythm) -> dict[str, object]:
    return {
        "cadence": rhythm.cadence.value,
        "weekday": rhythm.weekday.value if rhythm.weekday else None,
        "hour": rhythm.hour,
        "timezone": rhythm.timezone,
    }


def place_values(place: Place) -> dict[str, object]:
    return {
        "consent": place.consent.value,
        "due_at": instant(place.due_at),
        "cursor": place.cursor,
        "undo_cursor": place.undo_cursor,
        "confirmed_at": instant(place.confirmed_at),
        "left_at": instant(place.left_at),
    }


def wishes_body(wishes: Wishes) -> str:
    """Canonical JSON: `Wishes` is sorted, so equal wishes are equal text."""
    body = {
        "only": wishes.only,
        "sources": [[slug, word.value] for slug, word in wishes.sources],
        "topics": [[slug, word.value] for slug, word in wishes.topics],
        "languages": list(wishes.languages),
    }
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False)


#: calling an enum takes five times as long, and there is a word for each source of each reader
_WORDS = {word.value: word for word in Word}


@lru_cache(maxsize=4096)
def parse_wishes(body: str) -> Wishes:
    """Most readers share the wishes of others, so most bodies are read once."""
    told = json.loads(body)
    return Wishes(
        only=told["only"],
        sources=tuple((slug, _WORDS[word]) for slug, word in told["sources"]),
        topics=tuple((slug, _WORDS[word]) for slug, word in told["topics"]),
        languages=tuple(told["languages"]),
    )


def consent_event(row: Row) -> ConsentEvent:
    return ConsentEvent(
        subscription_id=SubscriptionId(row["subscription_id"]),
        at=known_instant(row["at"]),
        event=row["event"],
        method=row["method"],
        wording=row["wording"],
        ip_prefix=row["ip_prefix"],
    )


def suppression(row: Row) -> Suppression:
    return Suppression(
        address_hash=row["address_hash"],
        address=row["address"],
        reason=Reason(row["reason"]),
        since_at=known_instant(row["since_at"]),
        until_at=parse_instant(row["until_at"]),
        detail=row["detail"],
    )
