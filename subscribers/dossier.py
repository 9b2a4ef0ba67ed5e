"""All that is held about one person, for themselves: as data; their sources as OPML. Reads, never writes.

Nothing is left out but what is no fact about them: signing keys, hashes, our row numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from subscribers.house import Choice, IssueCard, ListCard
from subscribers.model import (
    ConsentEvent,
    ListId,
    Subscriber,
    Subscription,
    SubscriptionId,
    Suppression,
    Word,
)
from subscribers.store import LetterLine, ReturnLine, Store
from subscribers.wishes import reception


def dossier(
    people: Store,
    person: Subscriber,
    *,
    card_of: Callable[[ListId], ListCard | None],
    mails_of: Callable[[SubscriptionId], Iterable[IssueCard]],
    returned: Callable[[str], Iterable[ReturnLine]],
    now: datetime,
) -> dict[str, Any]:
    """What JSON is made of: texts, numbers, lists of them. Instants as ISO 8601 in UTC."""
    hashed = people.hash_of(person.id)
    barred = people.suppression(hashed, now=now) if hashed else None
    return {
        "address": person.address,
        "known_since": _at(person.created_at),
        "exported_at": _at(now),
        "lists": [
            _place(place, card_of(place.list_id), people.consents(place.id), mails_of(place.id))
            for place in people.subscriptions_of(person.id)
        ],
        "letters": [_letter(each) for each in people.letters_to(hashed)] if hashed else [],
        "not_mailed": None if barred is None else _barred(barred),
        "returned": [_returned(each) for each in returned(hashed)] if hashed else [],
    }


def opml(title: str, sources: Iterable[Choice], *, now: datetime) -> str:
    """An OPML 2.0 document of feeds; a source without a web address has no line."""
    lines = [
        f'<outline type="rss" text={quoteattr(each.title)} title={quoteattr(each.title)}'
        f" xmlUrl={quoteattr(each.feed)}/>"
        for each in sources
        if each.feed
    ]
    head = f"<title>{escape(title)}</title><dateCreated>{now:%a, %d %b %Y %H:%M:%S} GMT</dateCreated>"
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<opml version="2.0"><head>{head}</head>',
            "<body>",
            *lines,
            "</body></opml>",
            "",
        ]
    )


def sources_of(place: Subscription, card: ListCard) -> tuple[Choice, ...]:
    """The sources of which anything reaches them."""
    topics = [each.slug for each in card.topics]
    return tuple(
        each
        for each in card.sources
        if not reception(place.wishes, each.slug, each.topics, topics=topics).is_nothing
    )


def _place(
    place: Subscription, card: ListCard | None, events: Iterable[ConsentEvent], mails: Iterable[IssueCard]
) -> dict[str, Any]:
    wishes = place.wishes
    return {
        "list": card.slug if card else None,
        "title": card.title if card else None,
        "consent": place.consent.value,
        "joined_at": _at(place.created_at),
        "confirmed_at": _at(place.confirmed_at),
        "left_at": _at(place.left_at),
        "next_slot_at": _at(place.due_at),
        "cadence": place.rhythm.cadence.value,
        "weekday": place.rhythm.weekday.value if place.rhythm.weekday else None,
        "hour": place.rhythm.hour,
        "timezone": place.rhythm.timezone,
        "paused_until": _at(place.paused_until),
        "on_return": place.on_return.value,
        "language": place.language,
        "format": place.format.value,
        "only_what_is_followed": wishes.only,
        "languages_wanted": list(wishes.languages),
        "sources_followed": [slug for slug, word in wishes.sources if word is Word.FOLLOW],
        "sources_muted": [slug for slug, word in wishes.sources if word is Word.MUTE],
        "topics_followed": [slug for slug, word in wishes.topics if word is Word.FOLLOW],
        "topics_muted": [slug for slug, word in wishes.topics if word is Word.MUTE],
        "history": [_event(each) for each in events],
        "mails": [{"at": _at(each.at), "number": each.number, "subject": each.subject} for each in mails],
    }


def _event(event: ConsentEvent) -> dict[str, Any]:
    return {
        "at": _at(event.at),
        "event": event.event,
        "method": event.method,
        "wording": event.wording,
        "network": event.ip_prefix,
    }


def _letter(line: LetterLine) -> dict[str, Any]:
    return {
        "kind": line.kind,
        "at": _at(line.created_at),
        "status": line.status,
        "ended_at": _at(line.ended_at),
    }


def _barred(suppression: Suppression) -> dict[str, Any]:
    return {
        "reason": suppression.reason.value,
        "since": _at(suppression.since_at),
        "until": _at(suppression.until_at),
        "detail": suppression.detail,
    }


def _returned(line: ReturnLine) -> dict[str, Any]:
    return {"at": _at(line.at), "weight": line.weight, "status": line.status, "detail": line.detail}


def _at(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
