"""Writes the ledger beside the run: one job at a time, in a thread of its own where the disk is slow.

A commit waits for the disk, and SQLite lets go of the interpreter while it does: meanwhile the run reads
what the other lanes have to tell. Both use one connection to the database, and take turns: while a job is
on, the run touches no shelf. Where commits are quicker than changing threads is, the job is done at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Done = TypeVar("Done")

#: seconds of a job that is not worth a thread: where a commit took 0.15 ms, 5,100 messages a second left with
#: it, 5,500 to 5,900 without
_QUICK = 0.001


class Scribe:
    """`wake` is called, from its thread, when a job is over."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="scribe")
        #: a job is on, or its result was not looked at: no shelf may be touched, no other job begun
        self.is_busy = False
        #: seconds a job takes, lately
        self.takes = 0.0

    def begin(self, job: Callable[[], Done]) -> Future[Done]:
        """Start a job. Its `result` is to be asked for with `take`."""
        if self.is_busy:
            raise ValueError("a job is on")
        self.is_busy = True
        if self.takes < _QUICK:
            future: Future[Done] = Future()
            future.set_result(self._timed(job))
        else:
            future = self._pool.submit(self._timed, job)
            future.add_done_callback(lambda _: self._wake())
        return future

    def take(self, job: Future[Done]) -> Done:
        """What a job that is done gave; raises what it raised. Then others may have their turn."""
        self.is_busy = False
        return job.result()

    def _timed(self, job: Callable[[], Done]) -> Done:
        began = time.monotonic()
        done = job()
        self.takes += (time.monotonic() - began - self.takes) / 8
        return done

    def close(self) -> None:
        """Wait for the job that is on."""
        self._pool.shutdown()
        self.is_busy = False
