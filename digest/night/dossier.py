"""Everything kept of one person, as JSON tells it: for an admin who asks, and for the person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from digest.night.people import hash_for, places_of
from digest.night.tonight import Tonight
from subscribers.addresses import Address
from subscribers.store import Member

#: no subscription of ours was ever sent more
EVERY = 100_000

Facts = dict[str, object]


def dossier(tonight: Tonight, address: Address, *, deliveries: int = EVERY) -> Facts:
    """Places with wishes, rhythm, proof of consent and what was sent (the latest `deliveries`); letters, what
    came back, and whether the address is suppressed. Raises NotFound for a stranger."""
    found = places_of(tonight, address)
    hash_ = hash_for(tonight, address)
    suppressed = tonight.store.people.suppression(hash_, now=tonight.clock())
    return {
        "address": found[0].subscriber.address if found else address.address,
        "since": min((each.subscriber.created_at for each in found), default=None),
        "suppressed": suppressed.reason if suppressed else None,
        "suppression": suppressed
        and {
            "reason": suppressed.reason,
            "since": suppressed.since_at,
            "until": suppressed.until_at,
            "detail": suppressed.detail,
        },
        "lists": [
            place(tonight, each)
            | {"consents": consents(tonight, each), "history": history(tonight, each, limit=deliveries)}
            for each in found
        ],
        "letters": [
            {"kind": each.kind, "at": each.created_at, "status": each.status, "ended": each.ended_at}
            for each in tonight.store.people.letters_to(hash_)
        ],
        "returned": [
            {"at": each.at, "weight": each.weight, "status": each.status, "detail": each.detail}
            for each in tonight.store.bounces.of_address(hash_)
        ],
    }


def place(tonight: Tonight, member: Member) -> Facts:
    """A place on a list: consent, rhythm, wishes, what comes next."""
    subscription = member.subscription
    return {
        "address": member.subscriber.address,
        "list": list_of(tonight, member),
        "consent": subscription.consent,
        "cadence": subscription.rhythm.cadence,
        "weekday": subscription.rhythm.weekday,
        "hour": subscription.rhythm.hour,
        "timezone": subscription.rhythm.timezone,
        "language": subscription.language,
        "format": subscription.format,
        "only": subscription.wishes.only,
        "sources": dict(subscription.wishes.sources),
        "topics": dict(subscription.wishes.topics),
        "languages": list(subscription.wishes.languages),
        "paused_until": subscription.paused_until,
        "on_return": subscription.on_return,
        "next_due": subscription.due_at,
        "since": subscription.created_at,
        "confirmed": subscription.confirmed_at,
        "left": subscription.left_at,
    }


def consents(tonight: Tonight, member: Member) -> Sequence[Mapping[str, object]]:
    """The proof, oldest first."""
    return [
        {
            "at": each.at,
            "event": each.event,
            "method": each.method,
            "wording": each.wording,
            "ip_prefix": each.ip_prefix,
        }
        for each in tonight.store.people.consents(member.subscription.id)
    ]


def history(tonight: Tonight, member: Member, *, limit: int) -> Sequence[Mapping[str, object]]:
    """What the place was sent, the latest first."""
    return [
        {
            "night": line.night,
            "number": line.number,
            "status": line.delivery.status,
            "at": line.delivery.ended_at,
            "subject": line.subject,
        }
        for line in tonight.store.deliveries.of_subscription(member.subscription.id, limit=limit)
    ]


def list_of(tonight: Tonight, member: Member) -> str:
    """The slug of the place's list, retired ones too."""
    row = tonight.store.lists.by_id(member.subscription.list_id)
    return row.slug if row else "?"
