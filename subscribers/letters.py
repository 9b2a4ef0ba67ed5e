"""Letters to one person: what each is about, as values. The words and the bytes are `digest`'s.

No letter holds what a stranger wrote into a form: whoever fills in another's address sends them nothing of
their own (abuse C3, C5).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from subscribers.model import Subscription, SubscriptionId
from subscribers.tickets import Ticket


class Kind(StrEnum):
    """What a letter is for. Values stand in the table `letters`."""

    #: one click is left; `path` is /confirm/<code>
    CONFIRM = "confirm"
    #: the same once more, after two days
    REMINDER = "reminder"
    #: they asked to join, and are on the list: `path` is their preferences
    ALREADY = "already"
    #: they are on the list now: `path` is their preferences
    WELCOME = "welcome"
    #: their preferences, a list each: `places`
    LINK = "link"
    #: to the address we know, before it is changed: `path` is where to write the new one
    ADDRESS = "address"
    #: to the new address: `path` confirms it
    ADDRESS_CHANGE = "address-change"
    #: to the old address, when it is done
    ADDRESS_NOTICE = "address-notice"
    #: `path` shows what we hold about them
    EXPORT = "export"
    #: `path` deletes it
    ERASE = "erase"
    #: it is deleted. The last letter; its address goes with its end
    GOODBYE = "goodbye"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A list they are on, for `LINK`."""

    list_title: str
    #: "/w/<token>"
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A letter to post. Paths start with "/" and stand below `site.url`."""

    kind: Kind
    address: str
    #: what a suppression of the address is kept under: a letter to somebody is always barred by it
    address_hash: str
    #: "fr" or "en"
    language: str
    subscription_id: SubscriptionId | None = None
    #: "" where it is not about one list
    list_title: str = ""
    #: what its button opens; "": it has none
    path: str = ""
    #: how to leave: "/u/<token>" of `WELCOME` and `ALREADY`
    unsubscribe_path: str = ""
    places: tuple[Place, ...] = ()
    #: when the next digest leaves, if there is something in it
    next_at: datetime | None = None
    #: a whole address: the list's last issue on the planet
    last_issue: str | None = None
    #: until when the button works
    expires_at: datetime | None = None
    #: what it answers, where one answer is enough
    dedupe: str | None = None


def to_confirm(
    kind: Kind, place: Subscription, ticket: Ticket, code: str, *, address: str, address_hash: str, title: str
) -> Letter:
    """The letter that asks for a click, or reminds of it."""
    return Letter(
        kind=kind,
        address=address,
        address_hash=address_hash,
        language=place.language,
        subscription_id=place.id,
        list_title=title,
        path=f"/confirm/{code}",
        expires_at=ticket.expires_at,
    )
