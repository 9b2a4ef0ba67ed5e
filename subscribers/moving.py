"""Moving somebody from one list to another by an admin's hand. Pure: decides, never writes.

Their place goes over with wishes, rhythm and proof; where they have one there already, the old one ends.
"""

from __future__ import annotations

from enum import StrEnum

from subscribers.model import Consent, Reason, Subscription


class Move(StrEnum):
    """What becomes of one place."""

    MOVED = "moved"
    #: they were on both: the old place ends
    MERGED = "merged"
    #: they left the old list, and it stays so
    LEFT = "left"
    #: they left the new list: only they may come back to it
    STAYS_OUT = "stays-out"
    #: they asked to join the new list, and have not confirmed it yet
    UNCONFIRMED = "unconfirmed"
    SUPPRESSED = "suppressed"
    #: a digest is on its way to them, and its end belongs to the old list
    WAITS = "waits"


#: what is done; anything else is not
DONE = (Move.MOVED, Move.MERGED)

WORDS = {
    Move.MOVED: "moved",
    Move.MERGED: "on both lists: taken off the first",
    Move.LEFT: "left the first list, and stays so",
    Move.STAYS_OUT: "left the second list: only they may come back",
    Move.UNCONFIRMED: "waiting to confirm the second list",
    Move.SUPPRESSED: "suppressed",
    Move.WAITS: "with a digest on its way: move them after it",
}


def decide(
    place: Subscription, there: Subscription | None, *, suppressed: Reason | None, has_open: bool
) -> Move:
    """`there`: the place they have on the new list."""
    if place.consent is Consent.UNSUBSCRIBED:
        return Move.LEFT
    if suppressed is not None:
        return Move.SUPPRESSED
    if has_open:
        return Move.WAITS
    if there is None:
        return Move.MOVED
    if there.consent is Consent.UNSUBSCRIBED:
        return Move.STAYS_OUT
    if there.consent is Consent.UNCONFIRMED and place.consent is Consent.CONFIRMED:
        return Move.UNCONFIRMED
    return Move.MERGED
