"""Work after the answer: what a stranger sees must not depend on the store, nor on whether it answers.

One thread, in order. A store that is busy is asked again; what waits is bounded, so a flood costs no memory.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import timedelta
from threading import Condition, Thread

from digest.log import event, logger
from subscribers.house import Busy

_LOG = logger("web")

#: pieces of work that wait; more are dropped, and said
MOST = 1_000
#: a busy store is asked so often, each asking waiting its 30 seconds
TRIES = 10
_PAUSE = timedelta(seconds=1)

Work = Callable[[], None]


class Later:
    """A queue with its thread. `close` does what waits, as far as it goes at once."""

    def __init__(self, *, most: int = MOST, tries: int = TRIES, pause: timedelta = _PAUSE) -> None:
        self._most, self._tries, self._pause = most, tries, pause.total_seconds()
        self._waiting: deque[Work] = deque()
        self._condition = Condition()
        self._is_over = False
        self._thread = Thread(target=self._run, name="later", daemon=True)
        self._thread.start()

    def add(self, work: Work) -> None:
        """Do it soon. Returns at once."""
        with self._condition:
            if self._is_over or len(self._waiting) >= self._most:
                _LOG.warning(event("dropped", waiting=len(self._waiting)))
                return
            self._waiting.append(work)
            self._condition.notify_all()

    def close(self, *, within: float) -> None:
        """No more is taken. What waits is done, each tried once; after `within` seconds it is left."""
        with self._condition:
            self._is_over = True
            self._condition.notify_all()
        self._thread.join(within)

    def _run(self) -> None:
        while True:
            with self._condition:
                self._condition.wait_for(lambda: self._waiting or self._is_over)
                if not self._waiting:
                    return
                work = self._waiting.popleft()
            self._do(work)

    def _do(self, work: Work) -> None:
        for _ in range(self._tries):
            try:
                work()
                return
            except Busy:
                with self._condition:
                    if self._condition.wait_for(lambda: self._is_over, self._pause):
                        break
            # Nobody waits for it any more; whoever runs this reads it in the log.
            except Exception as fault:  # noqa: BLE001
                _LOG.exception(event("later-failed", fault=type(fault).__name__))
                return
        _LOG.error(event("later-failed", fault="Busy"))
