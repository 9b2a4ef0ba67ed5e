"""How many forms are taken in an hour, from one network and in all, counted in memory.

It answers before any store is asked; what was mailed is bounded by the store's own count (`caps`), also
after a restart.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Lock

from subscribers import caps
from subscribers.caps import Cap, Count

#: networks remembered; a flood from more of them is bounded by the total
_MOST = 10_000


class Gate:
    """One for the process. Safe for the threads of its pages."""

    def __init__(self) -> None:
        self._counts: dict[str, Count] = {}
        self._lock = Lock()

    def shut_for(self, ip_prefix: str, now: datetime) -> timedelta | None:
        """Count a form of that network. None: it may come in; else how long it may not."""
        cap = caps.prefix(ip_prefix)
        return None if self._take(cap, now) else caps.opens_in(cap, self._counts[cap.name], now)

    def has_room(self, now: datetime) -> bool:
        """Count a form that would cause work. False: there is too much of it, wherever it comes from."""
        return self._take(caps.total(), now)

    def _take(self, cap: Cap, now: datetime) -> bool:
        with self._lock:
            after = caps.taken([cap], self._counts, now)
            if isinstance(after, Cap):
                return False
            if len(self._counts) >= _MOST:
                self._counts = {
                    name: count
                    for name, count in self._counts.items()
                    if now - count.since_at < timedelta(hours=1)
                }
            if len(self._counts) < _MOST or cap.name in self._counts:
                self._counts.update(after)
            return True
