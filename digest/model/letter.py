"""A letter: a mail to one person outside any issue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from digest.model.ids import LetterId
from subscribers.model import SubscriptionId


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLetter:
    """A letter to post, composed."""

    #: one word: "hands", "confirm", "welcome", "link"…
    kind: str
    address: str
    language: str
    #: without angle brackets
    message_id: str
    #: the whole message, CRLF lines, unsigned
    content: bytes
    #: also its Date
    created_at: datetime
    #: what a suppression of the address is kept under; None: it goes to ourselves, and nothing bars it
    address_hash: str | None = None
    subscription_id: SubscriptionId | None = None
    #: what it answers, where one answer is enough
    dedupe: str | None = None


__all__ = ["LetterId", "NewLetter"]
