"""What becomes of somebody who asks to join: which letter answers, when one reminds, when they are forgotten.

Pure. Whatever is decided here, the page has already answered the same to all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from subscribers.model import Consent, Reason, SubscriptionId

#: one reminder, when the ticket still has a day
REMIND_AFTER = timedelta(hours=48)
#: a place nobody confirmed is deleted then
FORGET_AFTER = timedelta(days=30)
#: who was not reminded in time (the house was off) is left alone
_REMIND_BEFORE = timedelta(days=7)
#: what a new, confirmed wish lifts. Who opened our letter can be reached: a full mailbox is over too.
LIFTED = frozenset({Reason.UNSUBSCRIBED, Reason.ERASED, Reason.SOFT})
#: an address that does not exist, somebody who called us spam, an admin's word: nothing is sent there
_SILENT = frozenset({Reason.HARD, Reason.COMPLAINT, Reason.ADMIN})


class Reply(StrEnum):
    """Which letter answers."""

    #: one click is left
    CONFIRM = "confirm"
    #: you are on the list already: here is your link
    ALREADY = "already"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A place that waits for a click."""

    subscription_id: SubscriptionId
    #: when the last letter that asks for it was posted, the reminder apart
    asked_at: datetime
    reminded_at: datetime | None = None


class Do(StrEnum):
    REMIND = "remind"
    FORGET = "forget"


class Askings(Protocol):
    """What is remembered of those who were asked. Any method may raise the store's own error."""

    def asked(self, id: SubscriptionId, now: datetime) -> None:
        """A letter was posted that asks them. Whether they were reminded stays."""
        ...

    def reminded(self, id: SubscriptionId, now: datetime) -> None: ...

    def answered(self, id: SubscriptionId) -> None:
        """Nothing waits any more."""
        ...

    def waiting(
        self, *, before: datetime, after: SubscriptionId | None = None, limit: int
    ) -> tuple[Asking, ...]:
        """A page, by subscription, of those asked before that instant; after the last of the page before."""
        ...

    def forget(self, id: SubscriptionId, now: datetime) -> bool:
        """A unit of work: a place that was never confirmed goes, with its tickets, its proof of asking and,
        where it was the only one, its person. One that had a life before goes back to `unsubscribed`.
        Whether a place went."""
        ...


def reply_to(consent: Consent | None, suppressed: Reason | None) -> Reply | None:
    """The letter that answers who asks to join; None: none, and nobody learns of it."""
    if suppressed in _SILENT:
        return None
    return Reply.ALREADY if consent is Consent.CONFIRMED else Reply.CONFIRM


def what_is_due(askings: Iterable[Asking], now: datetime) -> tuple[tuple[Asking, Do], ...]:
    """What time has come for, in the order given."""
    return tuple((asking, do) for asking in askings if (do := _due(asking, now)) is not None)


def _due(asking: Asking, now: datetime) -> Do | None:
    waited = now - asking.asked_at
    if waited >= FORGET_AFTER:
        return Do.FORGET
    if asking.reminded_at is None and REMIND_AFTER <= waited < _REMIND_BEFORE:
        return Do.REMIND
    return None
