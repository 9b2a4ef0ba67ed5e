"""How somebody comes onto a list, again or for the first time. Pure: decides, never writes.

Consent, the next slot and the cursor change together or not at all; what changed is one line of proof.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from subscribers.model import (
    Consent,
    ConsentEvent,
    Format,
    ListId,
    Rhythm,
    Subscription,
    SubscriptionId,
    Wishes,
)


class Outcome(StrEnum):
    """What came of a wish to join or leave."""

    JOINED = "joined"
    CONFIRMED = "confirmed"
    REJOINED = "rejoined"
    LEFT = "left"
    UNDONE = "undone"
    #: nothing to change: already so
    ALREADY = "already"
    #: they have left, and only they may come back
    STAYS_OUT = "stays-out"
    #: too late to undo, or nothing to undo
    TOO_LATE = "too-late"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """How it happened: what a `ConsentEvent` says beside what was done."""

    at: datetime
    #: "web", "one-click", "mailto", "cli", "import", "complaint"
    method: str
    wording: str = ""
    ip_prefix: str = ""

    def of(self, subscription_id: SubscriptionId, event: str) -> ConsentEvent:
        return ConsentEvent(
            subscription_id=subscription_id,
            at=self.at,
            event=event,
            method=self.method,
            wording=self.wording,
            ip_prefix=self.ip_prefix,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What somebody is to get on a list they join."""

    list_id: ListId
    rhythm: Rhythm
    language: str
    format: Format = Format.HTML
    wishes: Wishes = Wishes()  # noqa: RUF009 - frozen


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Where a first digest begins; worked out by the caller, who knows the list's issues."""

    due_at: datetime
    #: see `first_cursor`
    cursor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The part of a subscription that joining and leaving decide."""

    consent: Consent
    due_at: datetime | None
    cursor: int
    undo_cursor: int | None = None
    confirmed_at: datetime | None = None
    left_at: datetime | None = None

    @staticmethod
    def of(subscription: Subscription) -> Place:
        return Place(
            consent=subscription.consent,
            due_at=subscription.due_at,
            cursor=subscription.cursor,
            undo_cursor=subscription.undo_cursor,
            confirmed_at=subscription.confirmed_at,
            left_at=subscription.left_at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What becomes of a place. Without an event nothing is to be written."""

    outcome: Outcome
    place: Place
    #: word for the proof: "asked", "confirmed", "added", "imported", "unsubscribed", "undone"
    event: str | None = None
    #: they asked for mail themselves, and proved it: that lifts what suppressed their address for having left
    #: or been erased, and the place starts again from there. None: lifts nothing.
    lifts: Start | None = None


def first_cursor(*, last_issue_head: int | None, one_period_ago: int) -> int:
    """Where a first digest, a rejoining or a lifted suppression starts: the head of the list's last
    numbered issue; if none, the last seq that had arrived one cadence period ago."""
    return one_period_ago if last_issue_head is None else last_issue_head


def ask(current: Subscription | None, start: Start) -> Decision:
    """Somebody asks to join. Until they confirm, nothing is due and a confirmed place stays as it is."""
    if current is not None and current.consent is not Consent.UNSUBSCRIBED:
        return Decision(outcome=Outcome.ALREADY, place=Place.of(current))
    return Decision(
        outcome=Outcome.JOINED if current is None else Outcome.REJOINED,
        place=Place(consent=Consent.UNCONFIRMED, due_at=None, cursor=_cursor(current, start)),
        event="asked",
    )


def confirm(
    current: Subscription | None, start: Start, *, now: datetime, event: str = "confirmed"
) -> Decision:
    """They confirmed, or an admin vouches for them (`event` "added"). Also from nothing, or after leaving.

    Only their own word lifts a suppression."""
    lifts = start if event == "confirmed" else None
    if current is not None and current.consent is Consent.CONFIRMED:
        return Decision(outcome=Outcome.ALREADY, place=Place.of(current), lifts=lifts)
    outcome = Outcome.JOINED
    if current is not None:
        waited = current.consent is Consent.UNCONFIRMED
        outcome = Outcome.CONFIRMED if waited else Outcome.REJOINED
    place = Place(
        consent=Consent.CONFIRMED, due_at=start.due_at, cursor=_cursor(current, start), confirmed_at=now
    )
    return Decision(outcome=outcome, place=place, event=event, lifts=lifts)


def bring(current: Subscription | None, start: Start, *, now: datetime, confirmed: bool) -> Decision:
    """An import brings somebody. Who has left stays out: a spreadsheet is no consent (abuse C20)."""
    if current is None:
        decision = confirm(None, start, now=now, event="imported") if confirmed else ask(None, start)
        return Decision(outcome=decision.outcome, place=decision.place, event="imported")
    if current.consent is Consent.UNSUBSCRIBED:
        return Decision(outcome=Outcome.STAYS_OUT, place=Place.of(current))
    if confirmed:
        return confirm(current, start, now=now, event="imported")
    return Decision(outcome=Outcome.ALREADY, place=Place.of(current))


def _cursor(current: Subscription | None, start: Start) -> int:
    """Never back over what they were served before they left: nothing comes twice. Asking again says nothing
    of an earlier stay but its cursor, so that counts whatever else the place tells."""
    return start.cursor if current is None else max(start.cursor, current.cursor)
