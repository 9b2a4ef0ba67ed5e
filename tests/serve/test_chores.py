"""Work that comes round: done when it is due, never twice for one reason, and never the end of its thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from threading import Event, Thread

import pytest

from digest.serve.chores import LONGEST_REST, Bell, keep_at
from digest.serve.later import Later
from subscribers.house import Busy

BEGIN = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass(slots=True)
class Clock:
    """Time that passes when somebody waits, and not before."""

    now: datetime = BEGIN
    end: datetime = BEGIN + 24 * HOUR
    waits: list[datetime | None] = field(default_factory=list)

    def read(self) -> datetime:
        return self.now

    def wait(self, until: datetime | None) -> bool:
        self.waits.append(until)
        if until is None:
            return False
        self.now = max(self.now, until)
        return self.now < self.end


@dataclass(slots=True)
class Hourly:
    """Due every hour; what it does may fail."""

    work: Callable[[datetime], None]
    name: str = "hourly"
    next_at: datetime | None = BEGIN

    def due_at(self, _now: datetime) -> datetime | None:
        return self.next_at

    def do(self, now: datetime) -> None:
        self.work(now)
        self.next_at = now + HOUR


def test_a_chore_is_done_each_time_it_is_due() -> None:
    clock, done = Clock(), list[datetime]()

    keep_at(Hourly(done.append), now=clock.read, wait=clock.wait)

    assert done == [BEGIN + n * HOUR for n in range(24)]


def test_what_is_never_due_waits_to_be_woken() -> None:
    clock, done = Clock(), list[datetime]()

    keep_at(Hourly(done.append, next_at=None), now=clock.read, wait=clock.wait)

    assert (done, clock.waits) == ([], [None])


def test_a_chore_that_fails_is_tried_again_after_longer_and_longer_rests() -> None:
    """It never ends its thread, and never asks without a pause."""
    clock, tried = Clock(), list[datetime]()

    def fail(now: datetime) -> None:
        tried.append(now)
        raise OSError("no room")

    keep_at(Hourly(fail), now=clock.read, wait=clock.wait)

    rests = [after - before for before, after in pairwise(tried)]
    assert rests == sorted(rests)
    assert (rests[0], rests[-1]) == (timedelta(seconds=30), LONGEST_REST)


def test_after_a_success_a_failure_rests_as_shortly_as_the_first() -> None:
    clock, tried = Clock(end=BEGIN + 3 * HOUR), list[datetime]()

    def now_and_then(now: datetime) -> None:
        tried.append(now)
        if len(tried) % 2:
            raise OSError

    keep_at(Hourly(now_and_then), now=clock.read, wait=clock.wait)

    rests = [after - before for before, after in pairwise(tried)]
    assert rests[::2] == [timedelta(seconds=30)] * len(rests[::2])


def test_a_bell_wakes_and_sends_home() -> None:
    """Rung before somebody waits: they do not wait. Closed: they go."""
    bell = Bell(lambda: BEGIN)
    bell.ring()
    assert bell.wait(BEGIN + HOUR) is True
    assert bell.wait(BEGIN) is True
    bell.close()
    assert bell.wait(None) is False


def test_a_bell_wakes_who_sleeps() -> None:
    bell, woken = Bell(lambda: BEGIN), list[bool]()
    sleeper = Thread(target=lambda: woken.append(bell.wait(None)))
    sleeper.start()
    bell.ring()
    sleeper.join()

    assert woken == [True]


def test_a_clock_that_jumps_ahead_is_seen() -> None:
    """A suspended machine: time is asked for again, not counted."""
    times = [BEGIN, BEGIN + HOUR]
    bell = Bell(lambda: times.pop(0) if len(times) > 1 else times[0], longest=0.01)

    assert bell.wait(BEGIN + HOUR) is True


@pytest.mark.parametrize("failures", [0, 1, 5])
def test_work_after_the_answer_is_done_though_the_store_is_busy(failures: int) -> None:
    later, tries, done = Later(pause=timedelta()), list[int](), Event()

    def work() -> None:
        tries.append(1)
        if len(tries) <= failures:
            raise Busy
        done.set()

    later.add(work)
    assert done.wait(60)
    later.close(within=60)

    assert len(tries) == failures + 1


def test_work_that_fails_is_dropped_and_the_next_is_done() -> None:
    later, done = Later(), list[str]()

    def fail() -> None:
        raise ValueError

    later.add(fail)
    later.add(lambda: done.append("next"))
    later.close(within=60)

    assert done == ["next"]


def test_what_waits_when_the_house_closes_is_done_and_nothing_more_is_taken() -> None:
    later, done = Later(), list[int]()
    for number in range(50):
        later.add(lambda number=number: done.append(number))  # type: ignore[misc]
    later.close(within=60)
    later.add(lambda: done.append(99))

    assert done == list(range(50))


def test_a_flood_costs_no_memory() -> None:
    """More than the bound is dropped, not kept."""
    later, done = Later(most=10), list[int]()
    held = Bell(lambda: BEGIN)
    later.add(lambda: done.append(int(held.wait(None))))
    for number in range(100):
        later.add(lambda number=number: done.append(number))  # type: ignore[misc]
    held.ring()
    later.close(within=60)

    assert 10 <= len(done) <= 11 + 1
