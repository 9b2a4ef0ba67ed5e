"""How patient a run is, and what it says when it is over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How patient to be, and where mail really goes."""

    #: from the first attempt; then the row expires, if it was tried three times
    max_age: timedelta = timedelta(hours=24)
    on_uncertain: Literal["resend", "hold"] = "resend"
    #: everything to this one address; empty: to the readers
    divert_to: str = ""
    #: twice the longest a message may take (`Timeouts.whole`)
    lease: timedelta = timedelta(minutes=30)
    #: to the relay, at once
    connections: int = 1
    #: messages a connection carries before it is replaced
    per_connection: int = 100
    #: seconds before a connection is tried a third time; doubles with each failure
    reconnect: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverReport:
    """What one run did, and what is left."""

    sent: int = 0
    deferred: int = 0
    failed: int = 0
    suppressed: int = 0
    expired: int = 0
    uncertain: int = 0
    #: of those deferred, how many the relay may have taken already
    doubtful: int = 0
    #: rows a dead run had left `sending`
    orphaned: int = 0
    #: letters sent
    letters: int = 0
    #: of all issues, when the run ended
    open: int = 0
    #: why the run ended before everything due was tried, and what to do about it
    stopped: str | None = None
    mend: str | None = None
    #: what the rate means for the queue, where that is too long
    warning: str | None = None
    #: today's share of a new sender is used up; the rest is planned
    is_ramping: bool = False
    #: domains that blamed us, and what they said last
    paused: tuple[tuple[str, str], ...] = ()
    next_attempt_at: datetime | None = None
