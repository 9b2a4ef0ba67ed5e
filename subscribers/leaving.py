"""How somebody leaves, rests, or takes it back. Pure: decides, never writes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from subscribers.joining import Decision, Outcome, Place
from subscribers.model import Consent, OnReturn, Subscription

#: an undo button on the page that says goodbye works this long
UNDO_FOR = timedelta(hours=24)


def leave(current: Subscription, *, now: datetime, event: str = "unsubscribed") -> Decision:
    """They leave, at once and for good. Asked again, it is already so (RFC 8058 wants the same answer)."""
    place = Place.of(current)
    if current.consent is Consent.UNSUBSCRIBED:
        return Decision(outcome=Outcome.ALREADY, place=place)
    left = replace(place, consent=Consent.UNSUBSCRIBED, due_at=None, undo_cursor=current.cursor, left_at=now)
    return Decision(outcome=Outcome.LEFT, place=left, event=event)


def undo(current: Subscription, *, now: datetime, due_at: datetime, served_to: int) -> Decision:
    """They take it back within 24 h: as if they had never left, cursor and all. `due_at`: their next slot.

    `served_to` is the head of the newest issue they were sent: a message may have been on its way while
    they left, and must not come twice. Who had not confirmed before leaving has nothing to take back;
    they ask again.
    """
    place = Place.of(current)
    if current.consent is Consent.CONFIRMED:
        return Decision(outcome=Outcome.ALREADY, place=place)
    left_at, cursor = current.left_at, current.undo_cursor
    if current.consent is not Consent.UNSUBSCRIBED or left_at is None or cursor is None:
        return Decision(outcome=Outcome.TOO_LATE, place=place)
    if current.confirmed_at is None or now - left_at > UNDO_FOR:
        return Decision(outcome=Outcome.TOO_LATE, place=place)
    back = replace(
        place,
        consent=Consent.CONFIRMED,
        due_at=due_at,
        cursor=max(cursor, served_to),
        undo_cursor=None,
        left_at=None,
    )
    return Decision(outcome=Outcome.UNDONE, place=back, event="undone")


def is_paused(paused_until: datetime | None, *, before: datetime) -> bool:
    """Whether a night that ends at `before` passes them over."""
    return paused_until is not None and paused_until >= before


def cursor_on_return(cursor: int, on_return: OnReturn, *, head_then: int) -> int:
    """The cursor of the first digest after a pause. `head_then`: the last seq that had arrived when the
    pause ended. Who wants a catch-up keeps theirs, and the selection is cut to length (`News.select`)."""
    return max(cursor, head_then) if on_return is OnReturn.SKIP else cursor
