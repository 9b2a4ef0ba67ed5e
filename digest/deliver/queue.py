"""What leaves next: rows are claimed, composed, signed ahead, and held back where a rate or a pause says so.

It decides nothing about replies. Rows it cannot use go back to the ledger, or end there.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from digest.deliver.pace import Pace
from digest.deliver.pauses import Pauses
from digest.deliver.report import Policy
from digest.deliver.stream import Claiming, Ledger, Parcel, Rendering, Signing, Ticket
from digest.deliver.transport import Phase, Reply
from digest.errors import StorageError
from digest.log import event, logger
from digest.storage.protocol.deliveries import Held

_log = logger("deliver")

#: rows leased at a time, at first; a relay that takes them sooner than that gets more at once, for a claim is
#: a commit of its own; never so many that a slow relay outlasts the lease
_BATCH, _MOST, _SOON = 50, 500, 5.0
#: rows of domains that are full for now; more than these go back to the ledger
_MOST_ASIDE = 200
#: when those are asked for again
_ASIDE_FOR = timedelta(minutes=1)


@dataclass(slots=True, kw_only=True)
class Queue:
    """The next messages of one stream. `wake` is called, from any thread, when a signature is made."""

    ledger: Ledger
    claim: Claiming
    render: Rendering
    policy: Policy
    pace: Pace
    pauses: Pauses
    now: Callable[[], datetime]
    signer: Signing | None = None
    pool: ThreadPoolExecutor | None = None
    wake: Callable[[], None] = lambda: None
    #: rows that could not be composed, and why
    unmade: list[tuple[Parcel, Held, Reply]] = field(default_factory=list)
    #: rows that ended because their reader had left
    suppressed: int = 0
    #: rows put off because their domain is paused
    postponed: int = 0
    #: the last claim gave nothing: no more is due
    is_dry: bool = False
    #: when something held back may leave
    ready_at: datetime | None = None
    _batch: int = _BATCH
    _claimed_at: float = -math.inf
    _claimed: deque[Parcel] = field(default_factory=deque)
    _made: deque[Ticket] = field(default_factory=deque)
    _aside: dict[str, deque[Ticket]] = field(default_factory=dict)
    _late: list[tuple[Held, datetime, str]] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Nothing is left to send that may leave in this run."""
        return self.is_dry and not (self._made or self._aside or self._claimed or self.unmade)

    @property
    def waiting(self) -> int:
        """Rows in our hands."""
        return len(self._claimed) + len(self._made) + sum(map(len, self._aside.values()))

    def prepare(self) -> None:
        """Claim and compose ahead of the lanes."""
        self._flush()
        ahead = 2 * self.policy.connections + 2
        while len(self._made) + len(self.unmade) < ahead and not self.pace.is_spent:
            if not self._claimed:
                self._claim()
            if not self._claimed:
                return
            parcel = self._claimed.popleft()
            if parcel.barred is None:
                self._compose(parcel)
            elif self.ledger.bar(parcel.held(), self.now()) is not None:
                self.suppressed += 1

    def next(self) -> Ticket | None:
        """The message to offer now; its place in the rate is taken. None: none may leave now."""
        now = self.now()
        if self.pace.limits:
            overall = self.pace.ready_at("", now)
            if self.pace.is_spent or overall > now:
                self.ready_at = overall
                return None
            self.ready_at = min((self.pace.ready_at(domain, now) for domain in self._aside), default=None)
            if self.ready_at is not None and self.ready_at <= now:
                return self._taken(self._from_aside(now), now)
        while self._made and self._made[0].is_ready:
            ticket = self._made.popleft()
            if self._may_leave(ticket, now):
                return self._taken(ticket, now)
        return None

    def put_back(self, ticket: Ticket) -> None:
        """It was not sent, by no fault of its own: it leaves next."""
        self._made.appendleft(ticket)

    def look_again(self) -> None:
        """More may be due by now."""
        self.is_dry = False

    def give_back(self) -> None:
        """The run ends: whatever is in our hands is the ledger's again."""
        self._flush()
        tickets = [*self._made, *(ticket for each in self._aside.values() for ticket in each)]
        held = [ticket.held for ticket in tickets] + [parcel.held() for parcel in self._claimed]
        self._made.clear()
        self._aside.clear()
        self._claimed.clear()
        if held:
            self.ledger.give_back(held)

    def _claim(self) -> None:
        if self.is_dry:
            return
        now, clock = self.now(), time.monotonic()
        was_soon = clock - self._claimed_at < _SOON
        self._batch = min(2 * self._batch, _MOST) if was_soon else max(_BATCH, 4 * self.policy.connections)
        self._claimed_at = clock
        self._claimed.extend(self.claim(now, now + self.policy.lease, self._batch))
        self.is_dry = not self._claimed

    def _compose(self, parcel: Parcel) -> None:
        """Make the message; or note why this one row cannot have it."""
        try:
            outgoing = self.render(parcel)
            if self.policy.divert_to:
                envelope = replace(outgoing.envelope, rcpt_to=self.policy.divert_to)
                outgoing = replace(outgoing, envelope=envelope)
        except StorageError:
            raise
        except Exception as cause:  # noqa: BLE001 - one reader's broken page must not keep the rest waiting
            _log.warning(event("not-composed", delivery=parcel.id, cause=repr(cause)))
            reply = Reply(phase=Phase.RENDER, code=None, text=f"not composed: {cause}")
            self.unmade.append((parcel, parcel.held(), reply))
            return
        key_id = self.signer.key_id if self.signer is not None else outgoing.key_id
        ticket = Ticket(parcel=parcel, held=parcel.held(key_id=key_id), outgoing=outgoing)
        if self.signer is not None and self.pool is not None:
            ticket.signing = self.pool.submit(
                self.signer.seal,
                outgoing,
                dated_at=parcel.dated_at,
                label=parcel.label,
                key_id=parcel.key_id,
            )
            ticket.signing.add_done_callback(lambda _: self.wake())
        self._made.append(ticket)

    def _may_leave(self, ticket: Ticket, now: datetime) -> bool:
        lease = ticket.parcel.lease_until_at
        if lease is not None and lease <= now:
            self.is_dry = False  # it is claimed again
            return False
        domain = ticket.domain
        paused = self.pauses.until(domain, now)
        if paused is not None:
            self._late.append((ticket.held, paused, "domain paused"))
            self.postponed += 1
            return False
        if not self.pace.limits or (at := self.pace.ready_at(domain, now)) <= now:
            return True
        self.ready_at = at if self.ready_at is None else min(at, self.ready_at)
        if sum(map(len, self._aside.values())) < _MOST_ASIDE:
            self._aside.setdefault(domain, deque()).append(ticket)
        else:
            self._late.append((ticket.held, max(at, now + _ASIDE_FOR), "waits for the domain's rate"))
        return False

    def _from_aside(self, now: datetime) -> Ticket:
        domain = next(domain for domain in self._aside if self.pace.ready_at(domain, now) <= now)
        ticket = self._aside[domain].popleft()
        if not self._aside[domain]:
            del self._aside[domain]
        return ticket

    def _taken(self, ticket: Ticket, now: datetime) -> Ticket:
        self.pace.take(ticket.domain, now)
        return ticket

    def _flush(self) -> None:
        if self._late:
            self.ledger.postpone(self._late)
            self._late = []
