"""Work that comes round: each chore says when it is due, does it, and is asked again. One thread a chore.

Nothing here sleeps or knows the clock: `now` and `wait` are given, so a year passes in a test at once.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Condition
from typing import Protocol

from digest.log import event, logger

_LOG = logger("serve")

#: after work that failed
FIRST_REST, LONGEST_REST = timedelta(seconds=30), timedelta(minutes=30)

#: waits until that instant, or until woken (None: only then); False: the house closes
Wait = Callable[[datetime | None], bool]


class Chore(Protocol):
    """A kind of work. Its methods are called in one thread, that of `keep_at`."""

    @property
    def name(self) -> str: ...

    def due_at(self, now: datetime) -> datetime | None:
        """When it is to be done next; `now` or before: at once. None: not before something wakes it."""
        ...

    def do(self, now: datetime) -> None:
        """Do it. Whatever it raises is said, and it rests before it is asked again, longer each time."""
        ...


def keep_at(chore: Chore, *, now: Callable[[], datetime], wait: Wait) -> None:
    """Do a chore whenever it is due, until the house closes."""
    failures = 0
    while True:
        try:
            until = _turn(chore, now)
            failures = 0
        # A database that is locked for long, a full disk: it passes, and the thread must not end of it.
        except Exception as fault:  # noqa: BLE001
            _LOG.error(event("failed", chore=chore.name, fault=type(fault).__name__, words=fault))
            until = now() + min(FIRST_REST * 2**failures, LONGEST_REST)
            failures = min(failures + 1, 10)
        if not wait(until):
            return


def _turn(chore: Chore, now: Callable[[], datetime]) -> datetime | None:
    """Do it if it is due. When to ask again."""
    at = chore.due_at(now())
    if at is None or at > now():
        return at
    chore.do(now())
    return now()


class Bell:
    """Wakes one thread, or sends it home."""

    def __init__(self, now: Callable[[], datetime], *, longest: float = 60.0) -> None:
        """`longest` seconds are slept at a time: a machine that was suspended, or a clock that was set, is
        noticed then."""
        self._now = now
        self._longest = longest
        self._condition = Condition()
        self._rung = False
        self._closed = False

    def ring(self) -> None:
        """Look again now."""
        with self._condition:
            self._rung = True
            self._condition.notify_all()

    def close(self) -> None:
        """No more work."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()

    def wait(self, until: datetime | None) -> bool:
        """Until then, or until rung. False: the house closes."""
        with self._condition:
            while not self._closed and not self._rung:
                left = self._longest if until is None else (until - self._now()).total_seconds()
                if left <= 0:
                    break
                self._condition.wait(min(left, self._longest))
            self._rung = False
            return not self._closed
