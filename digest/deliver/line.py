"""One stream at work: what its lanes are given, what they tell, and the one commit that follows from it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime

from digest.deliver.crew import Crew
from digest.deliver.judge import Judge
from digest.deliver.outcome import closes
from digest.deliver.queue import Queue
from digest.deliver.scribe import Scribe
from digest.deliver.stream import Ledger, Parcel, Ticket
from digest.deliver.transport import Answered, Awaited, Event, Lane, Phase, Reply
from digest.errors import StorageError, StorageLocked
from digest.log import event as told
from digest.log import logger
from digest.model import Status
from digest.storage.protocol.deliveries import Began, Ending, Held, Settlement

_log = logger("deliver")

#: rows of the queue that are worth a lane more
_A_LANE = 4
#: seconds a free lane with nothing to do stays open: relays count those that idle
_IDLE = 15.0
#: times a settling is tried again on a locked database, each after the database's own patience
_LOCKED = 10


@dataclass(slots=True, kw_only=True)
class Line:
    """A stream's queue, its lanes, and what they told since the last commit."""

    ledger: Ledger
    queue: Queue
    crew: Crew
    judge: Judge
    now: Callable[[], datetime]
    atomic: Callable[[], AbstractContextManager[None]]
    #: what else the commit must hold: how full the rates are, as they are when it is asked
    keep: Callable[[], Callable[[], None]]
    scribe: Scribe
    #: rows whose try has ended, and how
    handled: int = 0
    ended: Counter[Status] = field(default_factory=Counter)
    #: of those deferred, how many the relay may have taken
    doubtful: int = 0
    _news: list[tuple[Lane, Event]] = field(default_factory=list)
    #: offered, and not yet answered
    _flying: dict[Ticket, Lane] = field(default_factory=dict)
    #: of those, whose content has left
    _sending: set[Ticket] = field(default_factory=set)
    #: being committed: what may leave when that is done
    _commit: Future[Settlement] | None = None
    _beginning: dict[Ticket, Lane] = field(default_factory=dict)
    #: rows to give back: not sent, by no fault of theirs
    _back: list[Held] = field(default_factory=list)
    _idle: dict[int, float] = field(default_factory=dict)

    @property
    def has_news(self) -> bool:
        return bool(self._news or self._back or self.queue.unmade)

    @property
    def is_done(self) -> bool:
        """Nothing is on its way, and nothing more may leave."""
        if self._flying or self.has_news or self._commit is not None:
            return False
        is_over = self.judge.stopped is not None or self.queue.pace.is_spent
        return is_over or self.queue.is_empty

    @property
    def rests_until(self) -> datetime | None:
        """When the rate lets the next message go; None: something is on its way, or nothing waits."""
        if self._flying or self.has_news or self.judge.stopped is not None:
            return None
        return self.queue.ready_at

    def advance(self) -> None:
        """Take in new lanes, and give every free one its next offer; or, after a stop, none."""
        self.crew.arrived()
        if self.crew.gave_up is not None:
            self.judge.halt(self.crew.gave_up)
        if self.judge.stopped is not None:
            self._wind_down()
            return
        if not self.scribe.is_busy:
            self.queue.prepare()
        # A lane whose last outcome is not on disk yet is offered nothing: what it sent counts first.
        untold = {id(lane) for lane, _ in self._news}
        for lane in list(self.crew.lanes):
            if lane.is_free and id(lane) not in untold:
                self._occupy(lane)
        # After that: whichever was worn is replaced at once.
        if self.queue.waiting:
            self.crew.staff(1 + self.queue.waiting // _A_LANE)

    def hear(self, lane: Lane) -> None:
        """Let a lane read and write, and note what it tells."""
        self._news += ((lane, event) for event in lane.pump())

    @property
    def untold(self) -> tuple[int, int]:
        """How many lanes have something to tell, and how many are under way."""
        return len({id(lane) for lane, _ in self._news}), len({id(lane) for lane in self._flying.values()})

    def settle(self) -> None:
        """Begin one commit for all the news; `collect` what may leave after it."""
        now = self.now()
        ended, begun = self._weighed(now)
        back, self._back = self._back, []
        keep, held = self.keep(), [ticket.held for ticket in begun]
        self._beginning = begun
        self._commit = self.scribe.begin(lambda: self._committed(ended, held, back, keep, now))

    def collect(self) -> bool:
        """Of a commit that is done: send the contents it allows, each with the next offer. Was there one?"""
        if self._commit is None or not self._commit.done():
            return False
        commit, self._commit = self._commit, None
        begun, self._beginning = self._beginning, {}
        settled = self.scribe.take(commit)
        for lost in settled.lost:
            _log.warning(told("lease-lost", row=lost))
        for (ticket, lane), outcome in zip(begun.items(), settled.begun, strict=True):
            if isinstance(outcome, Began):
                # A lane that was lost meanwhile tells of it: the row ends with that.
                if lane.is_open:
                    self._send(ticket, lane)
                continue
            self._flying.pop(ticket, None)
            if outcome is None:
                self.queue.look_again()
            else:
                self.ended[Status.SUPPRESSED] += 1
                self.handled += 1
            # After 354 the only way out is to hang up: anything else would be content.
            self._abandon(lane)
        return True

    def close(self) -> None:
        """The run is over, or failed: no lane stays, no lease either, if the ledger can be told."""
        self.scribe.close()
        self.crew.close()
        self._back += (ticket.held for ticket in self._flying if ticket not in self._sending)
        back, self._back = self._back, []
        try:
            if back:
                self.ledger.give_back(back)
            self.queue.give_back()
        except StorageError as error:
            # What ended the run says more; the next one takes leases over by its lock.
            _log.warning(told("leases-kept", words=error))

    def _occupy(self, lane: Lane) -> None:
        if lane.offers >= self.queue.policy.per_connection:
            self.crew.retire(lane)
            return
        ticket = self.queue.next()
        if ticket is not None:
            self._idle.pop(id(lane), None)
            self._flying[ticket] = lane
            lane.offer(ticket.offer())
            return
        since = self._idle.setdefault(id(lane), time.monotonic())
        if time.monotonic() - since > _IDLE:
            self._idle.pop(id(lane))
            self.crew.retire(lane)

    def _send(self, ticket: Ticket, lane: Lane) -> None:
        self._sending.add(ticket)
        after = None
        if lane.joins and self.judge.stopped is None and lane.offers < self.queue.policy.per_connection:
            after = self.queue.next()
        if after is not None:
            self._flying[after] = lane
        sealed = ticket.sealed
        lane.send(sealed.content, is_wire=sealed.is_wire, then=None if after is None else after.offer())

    def _weighed(self, now: datetime) -> tuple[list[tuple[Held, Ending]], dict[Ticket, Lane]]:
        """What the news mean: rows that end, and rows whose content is awaited."""
        ended: list[tuple[Held, Ending]] = []
        begun: dict[Ticket, Lane] = {}
        worn: list[Lane] = []
        news, self._news = self._news, []
        for lane, event in news:
            ticket = event.ticket
            assert isinstance(ticket, Ticket)
            if isinstance(event, Awaited):
                begun[ticket] = lane
                continue
            begun.pop(ticket, None)
            ending = self._answered(lane, ticket, event.reply, now)
            if ending is not None:
                ended.append((ticket.held, ending))
            if closes(event.reply) and lane.is_open:
                worn.append(lane)
        unmade, self.queue.unmade = self.queue.unmade, []
        for parcel, held, reply in unmade:
            ending = None if self.judge.stopped else self._judged(parcel, reply, now)
            if ending is None:
                self._back.append(held)
            else:
                ended.append((held, ending))
        if self.judge.stopped is not None:
            worn += begun.values()
            begun = {}
        for lane in worn:
            self._abandon(lane)
        return ended, {ticket: lane for ticket, lane in begun.items() if lane.is_open}

    def _answered(self, lane: Lane, ticket: Ticket, reply: Reply, now: datetime) -> Ending | None:
        """How the row ends; None: it does not, and leaves again, or goes back."""
        if self._flying.pop(ticket, None) is None:
            return None  # it has ended already: its reader had left
        was_sending = ticket in self._sending
        self._sending.discard(ticket)
        if not was_sending and _is_worn(lane, reply) and not ticket.losses:
            # Relays end an idle or well-used connection between messages, and nothing was said of this one.
            ticket.losses += 1
            self.queue.put_back(ticket)
            return None
        ending = self._judged(ticket.parcel, reply, now)
        if ending is None:
            self._back.append(ticket.held)
        return ending

    def _judged(self, parcel: Parcel, reply: Reply, now: datetime) -> Ending | None:
        ending = self.judge.weigh(parcel.address, attempts=parcel.attempts, reply=reply, now=now)
        if ending is not None:
            self.handled += 1
            self.ended[ending.status] += 1
            self.doubtful += ending.is_doubtful
        return ending

    def _committed(
        self,
        ended: list[tuple[Held, Ending]],
        begun: list[Held],
        back: list[Held],
        keep: Callable[[], None],
        now: datetime,
    ) -> Settlement:
        """The one commit. While others hold the database nothing leaves, and nothing told is forgotten."""
        for left in reversed(range(_LOCKED)):
            try:
                with self.atomic():
                    if back:
                        self.ledger.give_back(back)
                    settled = self.ledger.settle(ended, begun, now)
                    keep()
                return settled
            except StorageLocked as locked:
                _log.warning(told("database-locked", words=locked))
                if not left:
                    raise
        raise AssertionError("unreachable")

    def _wind_down(self) -> None:
        """After a stop: what has left is waited for, whatever was only offered is taken back."""
        sending = {id(self._flying[ticket]) for ticket in self._sending if ticket in self._flying}
        sending |= {id(lane) for lane in self._beginning.values()}
        for lane in list(self.crew.lanes):
            if id(lane) not in sending:
                self._abandon(lane)

    def _abandon(self, lane: Lane) -> None:
        """Hang up. Whoever was only offered on it is given back, unharmed."""
        for event in lane.abandon():
            ticket = event.ticket
            assert isinstance(ticket, Ticket)
            if not isinstance(event, Answered):
                continue
            if ticket in self._sending:
                self._news.append((lane, event))
            elif self._flying.pop(ticket, None) is not None:
                self._return(ticket)
        self.crew.retire(lane)

    def _return(self, ticket: Ticket) -> None:
        if self.judge.stopped is None:
            self.queue.put_back(ticket)
        else:
            self._back.append(ticket.held)


def _is_worn(lane: Lane, reply: Reply) -> bool:
    """The relay has had enough of this connection, not of the message."""
    if reply.phase is not Phase.MAIL or lane.offers < 2:
        return False
    is_tired = reply.code == 421 and not (reply.enhanced or "").startswith("4.7.")
    return reply.is_lost or is_tired
