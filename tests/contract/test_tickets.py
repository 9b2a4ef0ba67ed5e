"""Tickets, on every engine: used once, for one purpose, in time; rolled back with what they allow."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest

from digest.storage import Store, open_store
from subscribers.model import SubscriberId
from subscribers.tickets import OCTETS, Purpose, State, Ticket, new
from tests.ledger import peek, planned

DAY = timedelta(days=1)


@pytest.fixture
def person(store: Store) -> SubscriberId:
    planned(store, ["ada@example.org"])
    return SubscriberId(int(str(peek(store, "SELECT id FROM subscribers")[0]["id"])))


def ticket(person: SubscriberId, now: datetime, *, purpose: Purpose = Purpose.ERASE, nth: int = 0) -> Ticket:
    return new(purpose, random=bytes([nth] * OCTETS), now=now, subscriber_id=person, detail="x")[1]


def test_a_ticket_comes_back_as_it_was_added(store: Store, person: SubscriberId, now: datetime) -> None:
    made = ticket(person, now)
    store.tickets.add(made)
    assert store.tickets.look(made.hash, Purpose.ERASE) == made


def test_it_is_used_once(store: Store, person: SubscriberId, now: datetime) -> None:
    made = ticket(person, now)
    store.tickets.add(made)
    used = [store.tickets.use(made.hash, Purpose.ERASE, now) for _ in range(2)]
    assert [each is None for each in used] == [False, True]
    found = store.tickets.look(made.hash, Purpose.ERASE)
    assert found is not None
    assert found.state(now) is State.USED


def test_it_is_good_for_nothing_else(store: Store, person: SubscriberId, now: datetime) -> None:
    made = ticket(person, now, purpose=Purpose.EXPORT)
    store.tickets.add(made)
    assert store.tickets.look(made.hash, Purpose.ERASE) is None
    assert store.tickets.use(made.hash, Purpose.ERASE, now) is None
    assert store.tickets.use(made.hash, Purpose.EXPORT, now) is not None


def test_its_time_ends_to_the_moment(store: Store, person: SubscriberId, now: datetime) -> None:
    made = ticket(person, now)
    store.tickets.add(made)
    assert store.tickets.use(made.hash, Purpose.ERASE, made.expires_at) is None
    assert store.tickets.use(made.hash, Purpose.ERASE, made.expires_at - timedelta.resolution) is not None


def test_what_fails_after_its_use_leaves_it_fresh(store: Store, person: SubscriberId, now: datetime) -> None:
    made = ticket(person, now)
    store.tickets.add(made)

    def fail() -> None:
        with store.atomic():
            store.tickets.use(made.hash, Purpose.ERASE, now)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert store.tickets.use(made.hash, Purpose.ERASE, now) is not None


def test_a_newer_one_for_the_same_thing_takes_its_place(
    store: Store, person: SubscriberId, now: datetime
) -> None:
    first, other, second = (
        ticket(person, now),
        ticket(person, now, purpose=Purpose.EXPORT, nth=1),
        ticket(person, now, nth=2),
    )
    for each in (first, other, second):
        store.tickets.add(each)
    assert store.tickets.use(first.hash, Purpose.ERASE, now) is None
    assert store.tickets.use(other.hash, Purpose.EXPORT, now) is not None
    assert store.tickets.use(second.hash, Purpose.ERASE, now) is not None


def test_nothing_of_it_outlives_its_person(store: Store, person: SubscriberId, now: datetime) -> None:
    store.tickets.add(ticket(person, now))
    store.people.erase(person, now=now)
    assert peek(store, "SELECT hash FROM tickets") == []


def test_old_ones_are_deleted(store: Store, person: SubscriberId, now: datetime) -> None:
    made = ticket(person, now)
    store.tickets.add(made)
    assert store.tickets.forget_before(made.expires_at) == 0
    assert store.tickets.forget_before(made.expires_at + DAY) == 1
    assert store.tickets.look(made.hash, Purpose.ERASE) is None


def test_of_eight_threads_that_press_at_once_one_gets_it(tmp_path: Path, now: datetime) -> None:
    with open_store("sqlite:///digest.db", base=tmp_path, now=now) as store:
        planned(store, ["ada@example.org"])
        id = SubscriberId(int(str(peek(store, "SELECT id FROM subscribers")[0]["id"])))
        made = ticket(id, now)
        store.tickets.add(made)
    ready, got = Barrier(8), []

    def press() -> None:
        with open_store("sqlite:///digest.db", base=tmp_path, now=now) as store:
            ready.wait()
            got.append(store.tickets.use(made.hash, Purpose.ERASE, now))

    threads = [Thread(target=press) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(each is not None for each in got) == 1
