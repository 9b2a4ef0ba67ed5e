"""One run over the ledger: many lanes, one thread, one commit for all that the lanes have to tell.

    claim ─ compose ─ sign ─► offer ─► 354 ─► settle: ends, then `sending` of the next ─► content + offer

The order is the promise: `sending` is committed between the relay's 354 and the content, and the end of a
lane's last message before, or together with, the `sending` of its next. One thread does all of it: whatever
is ready when a commit comes is in it, so a slow disk makes larger groups, not a longer queue (decision 0009).
"""

from __future__ import annotations

import selectors
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime

from digest.deliver.bell import Bell
from digest.deliver.judge import Judge
from digest.deliver.line import Line
from digest.deliver.transport import Lane
from digest.errors import RelayError

#: seconds outside the database's lock between commits: the web process writes then (design §4)
_GAP = 0.0002
#: what epoll counts in: it rounds up
_TICK = 0.001
#: how long a run sleeps at most: it is asked to stop, letters come, time passes
_NAP = 0.5
#: seconds of rest that somebody who looks on hears of
_WORTH_TELLING = 5.0
#: between looks for new letters while bulk goes on
_LOOK = 1.0


@dataclass(slots=True, kw_only=True)
class Run:
    """Drives lines to their end. `lines` come first to last: letters before bulk."""

    lines: Sequence[Line]
    judge: Judge
    bell: Bell
    now: Callable[[], datetime]
    stop: Callable[[], bool]
    progress: Callable[[int], None]
    #: told, while the rate lets nothing go, until when
    resting: Callable[[datetime], None]
    _selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    #: lane by file descriptor, and what it is waited for
    _watched: dict[int, tuple[Lane, int]] = field(default_factory=dict)
    #: on the monotonic clock: no commit before; when the first news came since the last
    _commit_at: float = 0.0
    _news_at: float | None = None
    _look_at: float = 0.0
    _told: int = 0

    def go(self) -> None:
        """Until nothing is on its way and nothing more may leave. Raises StorageError."""
        with ExitStack() as stack:
            stack.callback(self.bell.close)
            stack.callback(self._selector.close)
            for line in self.lines:
                stack.callback(line.close)
            self._selector.register(self.bell.fileno(), selectors.EVENT_READ)
            while self._turn():
                pass

    def _turn(self) -> bool:
        if self.judge.stopped is None and self.stop():
            self.judge.halt(RelayError("The run was asked to stop.", mend="Run again: the rest is planned."))
        self._collect()
        self._advance()
        if all(line.is_done for line in self.lines):
            return False
        self._wait()
        if self._until_commit() == 0:
            next(line for line in self.lines if line.has_news).settle()
        return True

    def _advance(self) -> None:
        """Letters first: bulk begins when those that wait are gone, and goes on beside new ones."""
        *letters, bulk = self.lines
        is_time = time.monotonic() >= self._look_at
        if is_time:
            self._look_at = time.monotonic() + _LOOK
        for line in letters:
            if is_time:
                line.queue.look_again()
            line.advance()
        if bulk.handled or all(line.is_done for line in letters):
            bulk.advance()

    def _collect(self) -> None:
        """What a commit that is done allows to leave, leaves."""
        collected = [line.collect() for line in self.lines]
        if not any(collected):
            return
        self._commit_at = time.monotonic() + _GAP
        self._news_at = None
        handled = sum(line.handled for line in self.lines)
        if handled != self._told:
            self._told = handled
            self.progress(self.lines[-1].handled)

    def _until_commit(self) -> float | None:
        """Seconds until the next commit begins; None: nothing calls for one, or one is on.

        It waits for the other lanes half as long as commits take: a slow disk makes larger groups.
        """
        if self.lines[0].scribe.is_busy or not any(line.has_news for line in self.lines):
            return None
        clock = time.monotonic()
        if self._news_at is None:
            self._news_at = clock
        told, flying = map(sum, zip(*(line.untold for line in self.lines), strict=True))
        joined = self._news_at if told >= flying else self._news_at + self.lines[0].scribe.takes / 2
        return max(0.0, self._commit_at - clock, joined - clock)

    def _wait(self) -> None:
        """Until a lane has something, somebody rings, or the time for something has come."""
        self._watch()
        rests_until = self.lines[-1].rests_until
        if rests_until is not None and (rests_until - self.now()).total_seconds() > _WORTH_TELLING:
            self.resting(rests_until)
        ready = {key.fd for key, _ in self._selector.select(self._patience())}
        if self.bell.fileno() in ready:
            self.bell.hush()
        clock = time.monotonic()
        for line in self.lines:
            for lane in line.crew.lanes:
                if lane.fileno() in ready or (lane.deadline is not None and lane.deadline <= clock):
                    line.hear(lane)

    def _patience(self) -> float:
        clock = time.monotonic()
        if (left := self._until_commit()) is not None:
            # epoll counts in milliseconds, and rounds up.
            return left if left >= _TICK else 0.0
        ends = [clock + _NAP]
        for line in self.lines:
            ends += (lane.deadline for lane in line.crew.lanes if lane.deadline is not None)
            if line.crew.next_try is not None:
                ends.append(line.crew.next_try)
            if line.queue.ready_at is not None:
                ends.append(clock + max(_GAP, (line.queue.ready_at - self.now()).total_seconds()))
        return max(0.0, min(ends) - clock)

    def _watch(self) -> None:
        """Tell the selector of lanes that came, went, or have something to write."""
        lanes = {lane.fileno(): lane for line in self.lines for lane in line.crew.lanes if lane.fileno() >= 0}
        for fd in [fd for fd, (lane, _) in self._watched.items() if lanes.get(fd) is not lane]:
            del self._watched[fd]
            self._selector.unregister(fd)
        for fd, lane in lanes.items():
            mask = selectors.EVENT_READ | (selectors.EVENT_WRITE if lane.wants_to_write else 0)
            if fd not in self._watched:
                self._selector.register(fd, mask)
            elif self._watched[fd][1] != mask:
                self._selector.modify(fd, mask)
            self._watched[fd] = (lane, mask)
