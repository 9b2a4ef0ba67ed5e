"""Caps and askings, on every engine: what a form may cause is remembered; who never answers is not."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from digest.model import NewLetter
from digest.storage import Store
from subscribers import caps
from subscribers.addresses import address_hash
from subscribers.asking import Asking
from subscribers.joining import Outcome, Proof, Start, Terms, ask, confirm
from subscribers.leaving import leave
from subscribers.model import Cadence, Consent, ListId, Rhythm, Subscription
from subscribers.tickets import OCTETS, Purpose, new
from tests.ledger import peek
from tests.people.makers import address

DAY = timedelta(days=1)


@pytest.fixture
def lists(store: Store, now: datetime) -> tuple[ListId, ...]:
    store.lists.sync([("weekly", "Weekly", ()), ("daily", "Daily", ())], now)
    return tuple(ListId(row.id) for row in store.lists.all())


def asked(store: Store, list_id: ListId, now: datetime, name: str = "ada") -> Subscription:
    """As the page does it."""
    who = address(f"{name}@example.org")
    start = Start(due_at=now, cursor=0)
    terms = Terms(list_id=list_id, rhythm=Rhythm(cadence=Cadence.WEEKLY), language="fr")
    change = store.people.join(
        who,
        address_hash(who.key, b"salt"),
        terms,
        proof=Proof(at=now, method="web"),
        decide=lambda current: ask(current, start),
    )
    place = change.member.subscription
    store.askings.asked(place.id, now)
    store.tickets.add(
        new(
            Purpose.CONFIRM,
            random=bytes([place.id] * OCTETS),
            now=now,
            subscriber_id=place.subscriber_id,
            subscription_id=place.id,
        )[1]
    )
    store.letters.post(
        NewLetter(
            kind="confirm",
            address=who.address,
            language="fr",
            message_id="1@x",
            content=b"x",
            created_at=now,
            address_hash=address_hash(who.key, b"salt"),
            subscription_id=place.id,
        )
    )
    return place


def counts(store: Store) -> dict[str, int]:
    tables = ("subscribers", "subscriptions", "consents", "tickets", "askings")
    return {table: len(peek(store, f"SELECT 1 FROM {table}")) for table in tables}


def test_a_cap_is_counted_until_it_is_full_and_anew_after_its_window(store: Store, now: datetime) -> None:
    wanted = caps.confirming("ada")
    assert [store.caps.take(wanted, now) is None for _ in range(3)] == [True, False, False]
    assert store.caps.take(wanted, now + DAY) is None


def test_a_full_cap_counts_nothing_under_the_others(store: Store, now: datetime) -> None:
    store.caps.take(caps.confirming("ada"), now)
    for _ in range(5):
        assert store.caps.take([caps.total(), *caps.confirming("ada")], now) == caps.confirming("ada")[0]
    assert peek(store, "SELECT n FROM caps WHERE name = 'total'") == []


def test_who_answered_is_counted_from_zero(store: Store, now: datetime) -> None:
    for n in range(3):
        store.caps.take(caps.confirming("ada"), now + n * DAY)
    assert store.caps.take(caps.confirming("ada"), now + 3 * DAY) == caps.unanswered("ada")
    store.caps.forget(caps.unanswered("ada").name)
    assert store.caps.take(caps.confirming("ada"), now + 3 * DAY) is None


def test_windows_are_forgotten_but_not_what_counts_for_ever(store: Store, now: datetime) -> None:
    store.caps.take([caps.prefix("192.0.2.0/24"), *caps.confirming("ada")], now)
    assert store.caps.forget_before(now) == 0
    assert store.caps.forget_before(now + DAY) == 2
    assert [row["name"] for row in peek(store, "SELECT name FROM caps")] == ["unanswered:ada"]


def test_who_waits_is_found_a_page_at_a_time(store: Store, lists: tuple[ListId, ...], now: datetime) -> None:
    places = [asked(store, lists[0], now + n * DAY, name) for n, name in enumerate(("ada", "bob", "cy"))]
    found = store.askings.waiting(before=now + DAY, limit=1)
    assert found == (Asking(subscription_id=places[0].id, asked_at=now),)
    rest = store.askings.waiting(before=now + DAY, after=places[0].id, limit=10)
    assert [each.subscription_id for each in rest] == [places[1].id]


def test_a_reminder_stays_known_when_they_ask_again(
    store: Store, lists: tuple[ListId, ...], now: datetime
) -> None:
    place = asked(store, lists[0], now)
    store.askings.reminded(place.id, now + 2 * DAY)
    store.askings.asked(place.id, now + 3 * DAY)
    assert store.askings.waiting(before=now + 3 * DAY, limit=9) == (
        Asking(subscription_id=place.id, asked_at=now + 3 * DAY, reminded_at=now + 2 * DAY),
    )
    store.askings.answered(place.id)
    assert store.askings.waiting(before=now + 3 * DAY, limit=9) == ()


def test_nothing_is_left_of_somebody_who_never_answered(
    store: Store, lists: tuple[ListId, ...], now: datetime
) -> None:
    place = asked(store, lists[0], now)
    assert store.askings.forget(place.id, now + 30 * DAY)
    assert counts(store) == dict.fromkeys(counts(store), 0)
    assert peek(store, "SELECT address, content, status FROM letters") == [
        {"address": "", "content": None, "status": "suppressed"}
    ]


def test_another_place_of_theirs_keeps_the_person(
    store: Store, lists: tuple[ListId, ...], now: datetime
) -> None:
    first, second = asked(store, lists[0], now), asked(store, lists[1], now)
    store.people.change(
        second.id,
        proof=Proof(at=now, method="web"),
        decide=lambda current: confirm(current, Start(due_at=now, cursor=0), now=now),
    )
    store.askings.answered(second.id)
    assert store.askings.forget(first.id, now + 30 * DAY)
    assert store.people.subscription(first.id) is None
    member = store.people.member(second.id)
    assert member is not None
    assert (member.subscriber.address, member.subscription.consent) == ("ada@example.org", Consent.CONFIRMED)


def test_who_was_confirmed_meanwhile_is_not_touched(
    store: Store, lists: tuple[ListId, ...], now: datetime
) -> None:
    place = asked(store, lists[0], now)
    store.people.change(
        place.id,
        proof=Proof(at=now, method="cli"),
        decide=lambda current: confirm(current, Start(due_at=now, cursor=0), now=now),
    )
    assert not store.askings.forget(place.id, now + 30 * DAY)
    found = store.people.subscription(place.id)
    assert found is not None
    assert found.consent is Consent.CONFIRMED


def test_who_had_left_and_asked_again_in_vain_has_left_and_their_proof_stays(
    store: Store, lists: tuple[ListId, ...], now: datetime
) -> None:
    place, proof, start = (
        asked(store, lists[0], now),
        Proof(at=now, method="web"),
        Start(due_at=now, cursor=0),
    )
    store.people.change(place.id, proof=proof, decide=lambda one: confirm(one, start, now=now))
    store.people.change(place.id, proof=proof, decide=lambda one: leave(one, now=now))
    again = store.people.change(place.id, proof=proof, decide=lambda one: ask(one, start))
    assert again is not None
    assert again.outcome is Outcome.REJOINED
    assert not store.askings.forget(place.id, now + 30 * DAY)
    found = store.people.subscription(place.id)
    assert found is not None
    assert found.consent is Consent.UNSUBSCRIBED
    assert len(store.people.consents(place.id)) == 4
