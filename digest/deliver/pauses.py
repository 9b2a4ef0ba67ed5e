"""Domains that blame the sender (5.7.x, 421 4.7.x) are left alone for a while: asking again at once makes
it worse. 30 minutes, doubled each time it goes on, 4 hours at most; a message taken ends it.

Pure: `now` and jitter are passed in; rows come from the store and go back there.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from digest.storage.protocol.throttles import Pause

__all__ = ["Pause", "Pauses"]

FIRST = timedelta(minutes=30)
LONGEST = timedelta(hours=4)
#: as backoffs spread (`outcome`)
_SPREAD = 0.2
#: so long after its end, what comes next is another story
_FORGOTTEN = timedelta(days=1)


class Pauses:
    """The paused domains."""

    def __init__(self, rows: Iterable[Pause] = ()) -> None:
        self._rows = {row.domain: row for row in rows}

    def until(self, domain: str, now: datetime) -> datetime | None:
        """When that domain may be tried again; None: now."""
        if not self._rows:
            return None
        row = self._rows.get(domain.lower())
        return row.until_at if row is not None and _lasts(row, now) else None

    def words(self, domain: str) -> str:
        """What it said last."""
        row = self._rows.get(domain.lower())
        return "" if row is None else row.words

    def pause(self, domain: str, now: datetime, words: str, *, jitter: float = 0) -> datetime:
        """It blames us: until when it is left alone. `jitter` is in [-1, 1].

        What was under way when a pause began comes back with the same blame: that is one refusal.
        """
        name = domain.lower()
        row = self._rows.get(name)
        if row is not None and _lasts(row, now):
            return row.until_at
        times = 1 if row is None or now - row.until_at > _FORGOTTEN else row.times + 1
        length = min(FIRST * (1 << min(times - 1, 10)), LONGEST) * (1 + _SPREAD * jitter)
        self._rows[name] = Pause(domain=name, until_at=now + length, times=times, words=words)
        return now + length

    def clear(self, domain: str) -> bool:
        """It took a message. Was there anything to forget?"""
        return bool(self._rows) and self._rows.pop(domain.lower(), None) is not None

    def rows(self) -> tuple[Pause, ...]:
        """What must be stored, by domain."""
        return tuple(self._rows[domain] for domain in sorted(self._rows))


def _lasts(row: Pause, now: datetime) -> bool:
    # An end further off than any pause lasts is from a clock that was ahead.
    return now < row.until_at <= now + LONGEST * (1 + _SPREAD)
