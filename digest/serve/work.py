"""What is done between requests: the night at its hour, mail that is due, the mailbox of bounces.

Each is a chore (`chores`). Deciding is a question to the store; doing is a command of ours, or a unit of work
of the night's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from digest.deliver.breaker import Breaker
from digest.log import event, logger
from digest.serve.hours import hour_of, next_night
from digest.serve.installed import Installed
from digest.storage import Store

_LOG = logger("serve")

#: how often what is due is looked for; letters ring a bell besides
ROUND = timedelta(minutes=1)
#: how often the mailbox of bounces is read
MAILBOX = timedelta(minutes=5)
#: another run holds a lock: it does our work meanwhile
BUSY, BUSY_REST = 75, timedelta(seconds=20)
#: a night that did not come to its end is tried again
NIGHT_REST = timedelta(minutes=5)
#: between two runs while mail is due
AGAIN_REST = timedelta(seconds=5)

#: runs a command of ours to its end; None: it was not begun, the house closes
Run = Callable[..., int | None]


@dataclass(slots=True, kw_only=True)
class Nightly:
    """The whole night, once a date. One that dies is gone on with while its date lasts."""

    house: Installed
    run: Run
    name: str = "night"
    _not_before: datetime | None = None

    def due_at(self, now: datetime) -> datetime:
        settings = self.house.settings
        with self.house.store() as store:
            last = store.nights.last()
        at = next_night(hour_of(settings.night.at), settings.site.zone, now=now, last=last)
        return at if self._not_before is None else max(at, self._not_before)

    def do(self, now: datetime) -> None:
        # Whatever comes of it: cut, the store says so; not cut, five minutes is soon enough.
        self._not_before = now + NIGHT_REST
        self.run("nightly")


@dataclass(slots=True, kw_only=True)
class _Pile:
    """Mail of one kind that is due. Asked for without an end it would take the machine: a pile that does not
    shrink is left alone, longer each time."""

    count: Callable[[Store, datetime], int]
    breaker: Breaker = field(default_factory=Breaker)

    def due_at(self, store: Store, now: datetime) -> datetime:
        if not self.count(store, now):
            return now + ROUND
        return self.breaker.opens_at(now) or now

    def tried(self, before: int, left: int, now: datetime) -> None:
        if left and left >= before:
            self.breaker.failed(now)
        elif before:
            self.breaker.succeeded()


@dataclass(slots=True, kw_only=True)
class Mail:
    """Letters at once, deferred mail and readers' hours within a minute, by one `digest deliver` a round.

    A run at work takes letters along by itself. Letters are counted apart: bulk that waits for another day
    (a ramp-up, a pause) does not hold them up.
    """

    house: Installed
    run: Run
    name: str = "mail"
    _piles: tuple[_Pile, ...] = field(
        default_factory=lambda: (
            _Pile(count=lambda store, now: store.letters.due_count(now)),
            _Pile(count=lambda store, now: store.deliveries.due_count(now)),
        )
    )
    _not_before: datetime | None = None

    def due_at(self, now: datetime) -> datetime:
        with self.house.store() as store:
            soonest = min(pile.due_at(store, now) for pile in self._piles)
        return max(soonest, self._not_before or now)

    def do(self, now: datetime) -> None:
        before = self._counts(now)
        self._not_before = None
        if self.run("deliver") == BUSY:
            self._not_before = now + BUSY_REST
            return
        for pile, had, left in zip(self._piles, before, self._counts(now), strict=True):
            pile.tried(had, left, now)
        if any(left for left in self._counts(now)):
            # What came in meanwhile, or a relay that takes nothing: not at once again.
            self._not_before = self.house.clock() + AGAIN_REST

    def _counts(self, now: datetime) -> list[int]:
        with self.house.store() as store:
            return [pile.count(store, now) for pile in self._piles]


@dataclass(slots=True, kw_only=True)
class Mailbox:
    """What came back to the mailbox of mail.bounces, every few minutes."""

    house: Installed
    run: Run
    name: str = "mailbox"
    _next: datetime | None = None

    def due_at(self, now: datetime) -> datetime:
        if not self.house.settings.mail.bounces:
            return now + ROUND
        return self._next or now

    def do(self, now: datetime) -> None:
        self._next = now + MAILBOX
        self.run("inbound", "--imap")


@dataclass(slots=True, kw_only=True)
class Rounds:
    """A unit of work of the night's, done so often in this process: small, and only the clock asks."""

    name: str
    house: Installed
    #: how many things it did
    work: Callable[[Installed], int]
    every: timedelta
    _next: datetime | None = None

    def due_at(self, now: datetime) -> datetime:
        return self._next or now

    def do(self, now: datetime) -> None:
        self._next = now + self.every
        done = self.work(self.house)
        if done:
            _LOG.info(event("done", chore=self.name, number=done))
