"""Links that work once: a random code, mailed to one person for one thing, of which only the hash is kept.

Unlike tokens (`tokens`) they end, by use or by time, and what they allow cannot be done with an old mail.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Protocol

from subscribers.model import SubscriberId, SubscriptionId

#: octets of randomness: 128 bits cannot be guessed
OCTETS = 16
#: base64 without its padding
CODE_LENGTH = 22


class Purpose(StrEnum):
    """What a ticket lets its holder do."""

    CONFIRM = "confirm"
    ADDRESS = "address"
    EXPORT = "export"
    ERASE = "erase"

    @property
    def life(self) -> timedelta:
        """A confirmation may wait for a weekend; what is stronger is asked for and used at once."""
        return timedelta(hours=72 if self is Purpose.CONFIRM else 1)


class State(StrEnum):
    FRESH = "fresh"
    USED = "used"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """What a code stands for."""

    #: of the code, which nobody but its mail holds
    hash: str
    purpose: Purpose
    subscriber_id: SubscriberId
    #: the place it is about; None: the person
    subscription_id: SubscriptionId | None = None
    #: of `ADDRESS`: the new one
    detail: str = ""
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None

    def state(self, now: datetime) -> State:
        if self.used_at is not None:
            return State.USED
        return State.FRESH if now < self.expires_at else State.EXPIRED


class Tickets(Protocol):
    """What is remembered of tickets. Any method may raise the store's own error."""

    def add(self, ticket: Ticket) -> None:
        """Keep it. Earlier fresh ones for the same person, place and purpose work no longer, except to
        confirm: of two mails that crossed, either may be opened."""
        ...

    def end(
        self, id: SubscriberId, purpose: Purpose, now: datetime, *, subscription_id: SubscriptionId | None
    ) -> None:
        """Fresh ones for that person, place and purpose work no longer."""
        ...

    def look(self, hash: str, purpose: Purpose) -> Ticket | None:
        """The ticket as it is, also used or expired; None: there is none, or it is for something else."""
        ...

    def use(self, hash: str, purpose: Purpose, now: datetime) -> Ticket | None:
        """The ticket, from now on used; None unless it was fresh. Of two at once, one gets it.

        In the `atomic()` of what it allows: rolled back with it."""
        ...

    def forget_before(self, since: datetime) -> int:
        """Delete those that expired before. How many."""
        ...


def new(
    purpose: Purpose,
    *,
    random: bytes,
    now: datetime,
    subscriber_id: SubscriberId,
    subscription_id: SubscriptionId | None = None,
    detail: str = "",
) -> tuple[str, Ticket]:
    """The code for the mail, and the ticket to keep. `random`: `OCTETS` of the system's generator."""
    if len(random) != OCTETS:
        raise ValueError(f"a ticket is {OCTETS} octets of randomness, not {len(random)}")
    code = base64.urlsafe_b64encode(random).decode().rstrip("=")
    return code, Ticket(
        hash=_hash(code),
        purpose=purpose,
        subscriber_id=subscriber_id,
        subscription_id=subscription_id,
        detail=detail,
        created_at=now,
        expires_at=now + purpose.life,
    )


def hash_of(code: str) -> str | None:
    """What a code is kept under; None for what can be no code of ours."""
    if len(code) != CODE_LENGTH or not code.isascii():
        return None
    try:
        raw = base64.urlsafe_b64decode(code + "==")
    except binascii.Error:
        return None
    # One spelling only: the decoder passes over strange characters and spare bits.
    return _hash(code) if base64.urlsafe_b64encode(raw).decode().rstrip("=") == code else None


def _hash(code: str) -> str:
    # Not HMAC: 128 random bits need no salt.
    return sha256(code.encode()).hexdigest()
