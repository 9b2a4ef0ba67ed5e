"""Another address for the same person: all goes on there, and nobody's is taken."""

from __future__ import annotations

from datetime import datetime

import pytest

from digest.storage import Store
from subscribers.joining import Start, confirm
from subscribers.model import ListId
from subscribers.store import Member
from tests.people.makers import CLI, address, terms


@pytest.fixture
def daily(store: Store, now: datetime) -> ListId:
    store.lists.sync([("daily", "Daily", ())], now)
    found = store.lists.by_slug("daily")
    assert found
    return found.id


def join(store: Store, daily: ListId, name: str, now: datetime) -> Member:
    start = Start(due_at=now, cursor=7)
    change = store.people.join(
        address(name),
        f"hash of {name}",
        terms(daily),
        proof=CLI,
        decide=lambda current: confirm(current, start, now=now),
    )
    return change.member


def test_places_and_cursors_go_on_at_the_new_address(store: Store, daily: ListId, now: datetime) -> None:
    jean = join(store, daily, "jean@example.org", now)
    new = address("jean@elsewhere.example")

    assert store.people.readdress(jean.subscriber.id, new, "hash of new")
    found = store.people.find(new)
    assert found
    assert (found.id, found.address) == (jean.subscriber.id, "jean@elsewhere.example")
    assert store.people.subscriptions_of(found.id) == (jean.subscription,)
    assert store.people.hash_of(found.id) == "hash of new"
    assert store.people.find(address("jean@example.org")) is None


def test_an_address_that_somebody_has_stays_theirs(store: Store, daily: ListId, now: datetime) -> None:
    jean = join(store, daily, "jean@example.org", now)
    marie = join(store, daily, "marie@example.org", now)

    assert not store.people.readdress(jean.subscriber.id, address("Marie@example.org"), "hash of marie")
    assert store.people.find(address("marie@example.org")) == marie.subscriber
    assert store.people.find(address("jean@example.org")) == jean.subscriber


def test_the_same_address_in_another_case_is_no_other_person(
    store: Store, daily: ListId, now: datetime
) -> None:
    jean = join(store, daily, "jean@example.org", now)

    assert store.people.readdress(jean.subscriber.id, address("Jean@example.org"), "hash of jean")
    assert store.people.find(address("jean@example.org")) is not None


def test_who_is_erased_gets_no_address_back(store: Store, daily: ListId, now: datetime) -> None:
    jean = join(store, daily, "jean@example.org", now)
    store.people.erase(jean.subscriber.id, now=now)

    assert not store.people.readdress(jean.subscriber.id, address("new@example.org"), "hash of new")
    assert store.people.find(address("new@example.org")) is None
