"""A run put together: which ledgers, in which order, under which pace; and its report."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from digest.deliver.bell import Bell
from digest.deliver.crew import Crew
from digest.deliver.judge import Judge
from digest.deliver.line import Line
from digest.deliver.pace import Pace
from digest.deliver.pauses import Pauses
from digest.deliver.queue import Queue
from digest.deliver.report import DeliverReport, Policy
from digest.deliver.run import Run
from digest.deliver.scribe import Scribe
from digest.deliver.stream import Claiming, Ledger, Rendering, Signing
from digest.deliver.transport import Transport
from digest.log import event, logger
from digest.model import Status
from digest.storage.protocol.deliveries import Deliveries
from digest.storage.protocol.letters import Letters
from digest.storage.protocol.throttles import Throttles

_log = logger("deliver")


class Shelves(Protocol):
    """What this room needs of the store."""

    @property
    def deliveries(self) -> Deliveries: ...

    @property
    def letters(self) -> Letters: ...

    @property
    def throttles(self) -> Throttles: ...

    def atomic(self) -> AbstractContextManager[None]: ...


@dataclass(slots=True, kw_only=True)
class Room:
    """One run's furniture. Add its streams in the order they leave, then `go`, once."""

    store: Shelves
    transport: Transport
    policy: Policy
    pace: Pace
    now: Callable[[], datetime]
    random: Callable[[], float]
    signer: Signing | None
    _bell: Bell = field(default_factory=Bell)
    _scribe: Scribe = field(init=False)
    _pool: ThreadPoolExecutor | None = None
    _lines: list[Line] = field(default_factory=list)
    _orphaned: int = 0
    _judge: Judge = field(init=False)

    def __post_init__(self) -> None:
        pauses = Pauses(self.store.throttles.pauses())
        self._scribe = Scribe(self._bell.ring)
        self._judge = Judge(policy=self.policy, pauses=pauses, random=self.random)
        if self.signer is not None:
            # RSA leaves the interpreter's lock alone: a thread a core.
            self._pool = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="sign")

    def add(self, ledger: Ledger, claim: Claiming, render: Rendering, *, is_bulk: bool) -> None:
        """A stream. What a dead run left of it is settled now. Bulk keeps the pace; letters leave at once."""
        orphaned = ledger.take_over(self.now(), self.policy.on_uncertain)
        expired = ledger.expire(self.now(), self.policy.max_age)
        policy = self.policy if is_bulk else replace(self.policy, connections=1)
        pace = self.pace if is_bulk else Pace()
        if is_bulk:
            self._orphaned = orphaned
            self._judge.ended[Status.EXPIRED] += expired
            if self.policy.on_uncertain == "hold":
                self._judge.ended[Status.UNCERTAIN] += orphaned
        queue = Queue(
            ledger=ledger,
            claim=claim,
            render=render,
            policy=policy,
            pace=pace,
            pauses=self._judge.pauses,
            now=self.now,
            signer=self.signer,
            pool=self._pool,
            wake=self._bell.ring,
        )
        line = Line(
            ledger=ledger,
            queue=queue,
            crew=Crew(transport=self.transport, policy=policy, wake=self._bell.ring),
            judge=self._judge,
            now=self.now,
            atomic=self.store.atomic,
            keep=_Keeper(self.store.throttles, pace, self._judge.pauses).keep,
            scribe=self._scribe,
        )
        self._lines.append(line)

    def run(
        self,
        *,
        progress: Callable[[int], None],
        resting: Callable[[datetime], None],
        stop: Callable[[], bool],
    ) -> Run:
        """The loop over what was added."""
        return Run(
            lines=self._lines,
            judge=self._judge,
            bell=self._bell,
            now=self.now,
            stop=stop,
            progress=progress,
            resting=resting,
        )

    def go(
        self,
        *,
        progress: Callable[[int], None],
        resting: Callable[[datetime], None],
        stop: Callable[[], bool],
    ) -> DeliverReport:
        """Until nothing more may leave. Raises StorageError."""
        now, store = self.now(), self.store
        warning = self.pace.warning(
            store.deliveries.due_count(now),
            self.policy.max_age,
            domains={domain: store.throttles.queue(domain, now) for domain in self.pace.domains},
        )
        if warning is not None:
            _log.warning(event("slow", words=warning))
        run = self.run(progress=progress, resting=resting, stop=stop)
        try:
            run.go()
        finally:
            if self._pool is not None:
                self._pool.shutdown(cancel_futures=True)
        self._judge.ended[Status.EXPIRED] += self.store.deliveries.expire(self.now(), self.policy.max_age)
        report = self._report(self._lines, warning)
        _log.info(event("delivered", sent=report.sent, deferred=report.deferred, open=report.open))
        return report

    def _report(self, lines: Sequence[Line], warning: str | None) -> DeliverReport:
        judge, bulk = self._judge, lines[-1]
        deliveries = self.store.deliveries
        return DeliverReport(
            sent=bulk.ended[Status.SENT],
            deferred=bulk.ended[Status.DEFERRED] + bulk.queue.postponed,
            failed=bulk.ended[Status.FAILED],
            suppressed=bulk.ended[Status.SUPPRESSED] + bulk.queue.suppressed,
            expired=judge.ended[Status.EXPIRED],
            uncertain=bulk.ended[Status.UNCERTAIN] + judge.ended[Status.UNCERTAIN],
            doubtful=bulk.doubtful,
            orphaned=self._orphaned,
            letters=sum(line.ended[Status.SENT] for line in lines[:-1]),
            open=deliveries.open_count(),
            stopped=None if judge.stopped is None else judge.stopped.message,
            mend=None if judge.stopped is None else judge.stopped.mend,
            warning=warning,
            is_ramping=self.pace.is_spent,
            paused=tuple(sorted(judge.blamed.items())),
            next_attempt_at=deliveries.next_attempt_at(),
        )


class _Keeper:
    """Writes down how full the rates are, and who is paused, when that has changed."""

    def __init__(self, throttles: Throttles, pace: Pace, pauses: Pauses) -> None:
        self._throttles = throttles
        self._pace = pace
        self._pauses = pauses
        self._kept = pauses.rows()

    def keep(self) -> Callable[[], None]:
        """What to write with the next commit; the rates and pauses as they are now."""
        levels = self._pace.levels() if self._pace.limits else ()
        rows = self._pauses.rows()
        is_new, self._kept = rows != self._kept, rows

        def write() -> None:
            if levels:
                self._throttles.save(levels)
            if is_new:
                self._throttles.save_pauses(rows)

        return write
