"""What came back is counted once, and tells how an address stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from digest.storage import Store
from digest.storage.protocol.bounces import Returned
from subscribers.bounces import Soft, Weight
from subscribers.model import Reason, Suppression
from subscribers.tokens import Local, Mailbox
from tests.ledger import peek, planned, poke

DAY = timedelta(days=1)
ADA = "hash of ada@example.org"


@pytest.fixture
def soft(store: Store, now: datetime) -> Returned:
    found = planned(store, ["ada@example.org"])
    return Returned(
        mark="m1",
        weight=Weight.SOFT,
        at=now,
        delivery_id=1,
        subscription_id=found.subscriptions[0],
        issue_id=found.issue_id,
        address_hash=ADA,
        status="4.2.2",
        recipient="other@example.org",
        detail="full",
    )


def test_a_report_is_counted_once_for_each_weight(store: Store, soft: Returned) -> None:
    added = [store.bounces.add(each) for each in (soft, soft, replace(soft, weight=Weight.HARD))]

    assert added == [True, False, True]


def test_what_was_counted_is_read_back_newest_first(store: Store, soft: Returned) -> None:
    store.bounces.add(soft)
    later = replace(soft, mark="m2", weight=Weight.COMPLAINT, delivery_id=None, issue_id=None)
    store.bounces.add(later)

    assert store.bounces.of_address(ADA) == (later, soft)
    assert store.bounces.of_address(ADA, limit=1) == (later,)
    assert store.bounces.of_address("hash of bob@example.org") == ()


def test_counting_belongs_to_the_unit_of_work_around_it(store: Store, soft: Returned) -> None:
    def die() -> None:
        with store.atomic():
            store.bounces.add(soft)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        die()
    assert store.bounces.add(soft)


def test_every_kind_of_address_has_its_owner(store: Store, soft: Returned) -> None:
    by_delivery = store.bounces.owner(Local(Mailbox.BOUNCE, 1, 1))
    by_place = store.bounces.owner(Local(Mailbox.UNSUBSCRIBE, int(soft.subscription_id or 0), 1))

    assert by_delivery is not None
    assert (by_delivery.delivery_id, by_delivery.issue_id) == (1, soft.issue_id)
    assert (by_delivery.address, by_delivery.address_hash) == ("ada@example.org", ADA)
    assert by_place is not None
    assert (by_place.delivery_id, by_place.address_hash) == (None, ADA)
    assert store.bounces.owner(Local(Mailbox.BOUNCE, 99, 1)) is None
    assert store.bounces.owner(Local(Mailbox.LETTER, 99, 1)) is None


def test_the_standing_has_the_soft_bounces_of_30_days(store: Store, soft: Returned, now: datetime) -> None:
    for number, days in enumerate((31, 30, 1, 0)):
        store.bounces.add(replace(soft, mark=str(number), at=now - days * DAY))
    store.bounces.add(replace(soft, mark="hard", weight=Weight.HARD))

    standing = store.bounces.standing(ADA, now)
    issue_id = int(soft.issue_id or 0)
    assert standing.softs == tuple(Soft(now - days * DAY, issue_id) for days in (0, 1, 30))


def test_a_mail_arrived_that_was_sent_5_days_ago_and_did_not_come_back(
    store: Store, soft: Returned, now: datetime
) -> None:
    at = now - 6 * DAY
    poke(store, "UPDATE deliveries SET status = 'sent', ended_at = ?", at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))

    assert store.bounces.standing(ADA, now).arrived_at == at
    assert store.bounces.standing(ADA, now - 2 * DAY).arrived_at is None
    store.bounces.add(soft)
    assert store.bounces.standing(ADA, now).arrived_at is None


@pytest.mark.parametrize(
    ("reason", "days", "lapsed"),
    [(Reason.HARD, -1, True), (Reason.SOFT, -1, True), (Reason.HARD, 1, False), (Reason.ADMIN, -1, False)],
)
def test_a_suppression_for_bounces_that_ended_leaves_a_probe(
    store: Store, now: datetime, reason: Reason, days: int, *, lapsed: bool
) -> None:
    until = now + days * DAY
    store.people.suppress(
        Suppression(address_hash=ADA, address=None, reason=reason, since_at=now - 90 * DAY, until_at=until)
    )

    assert store.bounces.standing(ADA, now).lapsed_at == (until if lapsed else None)


def test_what_is_older_than_it_is_kept_for_is_forgotten(store: Store, soft: Returned, now: datetime) -> None:
    store.bounces.add(soft)
    store.bounces.add(replace(soft, mark="m2", at=now - 400 * DAY))

    assert store.bounces.retain(now - 390 * DAY) == 1
    assert store.bounces.of_address(ADA) == (soft,)


def test_the_last_one_is_told(store: Store, soft: Returned, now: datetime) -> None:
    assert store.bounces.last_at() is None
    store.bounces.add(soft)
    assert store.bounces.last_at() == now


def test_who_is_erased_leaves_no_words_of_other_hosts(store: Store, soft: Returned, now: datetime) -> None:
    store.bounces.add(soft)
    (person,) = peek(store, "SELECT id FROM subscribers")
    member = store.people.member(soft.subscription_id)  # type: ignore[arg-type]
    assert member is not None
    assert person["id"] == member.subscriber.id
    store.people.erase(member.subscriber.id, now=now)

    assert store.bounces.of_address(ADA) == (replace(soft, recipient="", detail=""),)
