"""A relay that is down is not asked a thousand times: after five connections in a row that failed, none is
tried for a minute, then one; each failure doubles the wait, up to half an hour. A connection that works
ends it. Pure: `now` is passed in.
"""

from __future__ import annotations

from datetime import datetime, timedelta

FAILURES = 5
FIRST = timedelta(seconds=60)
LONGEST = timedelta(minutes=30)


class Breaker:
    """Of one relay, for all connections of a run."""

    def __init__(self) -> None:
        self._failures = 0
        self._wait = timedelta()
        self._until: datetime | None = None

    def failed(self, now: datetime) -> None:
        """A connection could not be opened, or was lost before anything was said."""
        if self.opens_at(now) is not None:
            return  # begun before the wait: no news
        self._failures += 1
        if self._failures >= FAILURES:
            self._wait = min(2 * self._wait, LONGEST) if self._wait else FIRST
            self._until = now + self._wait

    def succeeded(self) -> None:
        """A connection was opened: the relay greets us, and takes our login."""
        self._failures = 0
        self._wait = timedelta()
        self._until = None

    def opens_at(self, now: datetime) -> datetime | None:
        """When a connection may be tried; None: now."""
        if self._until is None or not now < self._until <= now + LONGEST:
            return None
        return self._until
