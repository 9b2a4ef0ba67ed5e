"""The lanes of one stream: opened beside the run, replaced when worn, given up when the relay is down.

Connecting, TLS and login block, and may take minutes: each new lane is made in a thread of its own, and the
run goes on with those it has.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

from digest.deliver.report import Policy
from digest.deliver.transport import Dropped, Lane, Transport
from digest.errors import RelayError
from digest.log import event, logger

_log = logger("deliver")

#: connections failing in a row before the relay counts as down
_FAILURES = 5
#: a relay that refuses one more while others work is not asked for more for so long, in seconds
_FULL_FOR = 60.0


@dataclass(slots=True, kw_only=True)
class Crew:
    """Opens lanes and keeps them. `wake` is called from the opening threads."""

    transport: Transport
    policy: Policy
    wake: Callable[[], None] = lambda: None
    lanes: list[Lane] = field(default_factory=list)
    #: why no lane can be had
    gave_up: RelayError | None = None
    opening: int = 0
    _arrivals: SimpleQueue[Lane | RelayError | BaseException] = field(default_factory=SimpleQueue)
    _has_worked: bool = False
    _failures: int = 0
    #: no new lane before, on the monotonic clock: the relay is down
    _not_before: float = 0.0
    #: no further lane before: it takes no more than we have
    _full_until: float = 0.0
    _is_over: threading.Event = field(default_factory=threading.Event)

    @property
    def next_try(self) -> float | None:
        """When, on the monotonic clock, a lane may be opened again."""
        return self._not_before if self._not_before > time.monotonic() else None

    def staff(self, wanted: int) -> None:
        """Open lanes until there are so many; at first one, to see whether the relay answers."""
        self.lanes = [lane for lane in self.lanes if lane.is_open]
        if self.gave_up is not None or time.monotonic() < self._not_before:
            return
        most = self.policy.connections if self._has_worked and not self._failures else 1
        if time.monotonic() < self._full_until:
            most = max(1, len(self.lanes))
        wanted = min(wanted, most)
        while len(self.lanes) + self.opening < wanted:
            self.opening += 1
            threading.Thread(target=self._open, name="lane", daemon=True).start()

    def arrived(self) -> list[Lane]:
        """Lanes that are ready now. Failures are counted; too many end in `gave_up`."""
        new: list[Lane] = []
        while True:
            try:
                arrival = self._arrivals.get_nowait()
            except Empty:
                self.lanes += new
                return new
            self.opening -= 1
            if isinstance(arrival, RelayError):
                self._failed(arrival)
            elif isinstance(arrival, BaseException):
                raise arrival
            else:
                self._has_worked, self._failures = True, 0
                new.append(arrival)

    def retire(self, lane: Lane) -> None:
        """This one has done its share, or is of no more use."""
        lane.close()
        self.lanes = [each for each in self.lanes if each is not lane]

    def close(self) -> None:
        """Let go of all. What still opens closes itself."""
        self._is_over.set()
        for lane in self.lanes:
            lane.close()
        self.lanes = []
        while True:
            try:
                arrival = self._arrivals.get_nowait()
            except Empty:
                return
            if not isinstance(arrival, BaseException):
                arrival.close()

    def _open(self) -> None:
        try:
            lane = self.transport.lane()
        except BaseException as cause:  # noqa: BLE001 - told to the run, which raises it
            self._arrivals.put(cause)
        else:
            if self._is_over.is_set():
                lane.close()
                return
            self._arrivals.put(lane)
        self.wake()

    def _failed(self, why: RelayError) -> None:
        _log.info(event("not-connected", words=why))
        if any(lane.is_open for lane in self.lanes):
            # It takes no more of us at once; those it took go on.
            self._full_until = time.monotonic() + _FULL_FOR
            return
        self._failures += 1
        may_heal = isinstance(why, Dropped) or self._has_worked
        if not may_heal or self._failures >= _FAILURES:
            self.gave_up = why
            return
        waits = 0.0 if self._failures == 1 else self.policy.reconnect * 2 ** (self._failures - 2)
        self._not_before = time.monotonic() + waits
