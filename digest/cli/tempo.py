"""How fast a job goes, and when it will be over: pure, fed with what was done and the seconds of a clock.

A job that waits (for a relay's rate, for a slow server) is as slow as it is: waiting counts as time.
"""

from __future__ import annotations

from collections import deque

#: seconds that a rate is taken over: long enough for "20/minute", short enough to follow a relay
WINDOW = 120.0
#: seconds between two samples kept
STEP = 1.0
#: before that nobody can tell
EARLIEST = 2.0


class Tempo:
    """Of one job. `note` what was done so far as often as you like."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, int]] = deque()
        self._first: tuple[float, int] | None = None
        self._last = (0.0, 0)

    def note(self, done: int, *, at: float) -> None:
        """So much was done in all, at that second."""
        self._last = (at, done)
        if self._first is None:
            self._first = self._last
        if not self._samples or at - self._samples[-1][0] >= STEP:
            self._samples.append(self._last)
        while len(self._samples) > 1 and at - self._samples[1][0] >= WINDOW:
            self._samples.popleft()

    def rate(self, *, at: float) -> float | None:
        """Done a second, lately; None: too early to say, or nothing moves."""
        if self._first is None:
            return None
        recent = next((each for each in self._samples if at - each[0] <= WINDOW), None)
        for since in (recent, self._first):
            if since is None or at - since[0] < EARLIEST:
                continue
            if self._last[1] > since[1]:
                return (self._last[1] - since[1]) / (at - since[0])
        return None

    def seconds_left(self, total: int, *, at: float) -> float | None:
        """Until `total` is done, if it goes on like this; None: nobody knows."""
        rate = self.rate(at=at)
        return None if rate is None else max(total - self._last[1], 0) / rate


def rate_in_words(rate: float) -> str:
    """ "312/s", "20/min", "90/h": in the unit that reads best."""
    if rate >= 1:
        return f"{rate:,.0f}/s" if rate >= 10 else f"{rate:.1f}/s"
    if rate * 60 >= 5:
        return f"{rate * 60:.0f}/min"
    return f"{max(rate * 3600, 1):.0f}/h"


def span_in_words(seconds: float) -> str:
    """ "25 s", "4 min", "3 h 05 min"."""
    if seconds < 90:
        return f"{max(round(seconds), 1)} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02} min"
