"""What is on hold is claimed by nobody, never expires by it, and goes on when it is released."""

from __future__ import annotations

from datetime import timedelta

import pytest

from digest.model import IssueId, Status
from digest.storage import Store
from digest.storage.protocol.deliveries import Ending
from digest.storage.protocol.steering import EVERYTHING, Hold
from tests.ledger import LEASE, NOW, begin, claim, finish, planned, statuses

ADA, BOB = "ada@example.org", "bob@example.org"
LATER = NOW + timedelta(minutes=5)
DAY = timedelta(hours=24)

DEFERRED = Ending(status=Status.DEFERRED, phase="rcpt", code=450, not_before_at=LATER)
SENT = Ending(status=Status.SENT, phase="dot", code=250)


@pytest.fixture
def two(store: Store) -> Store:
    """Two lists with a reader each: weekly to Ada, monthly to Bob."""
    planned(store, [ADA])
    planned(store, [BOB], slug="monthly")
    return store


def claimed(store: Store) -> list[str]:
    return [each.address for each in claim(store)]


def test_a_list_on_hold_is_not_claimed_and_the_others_are(two: Store) -> None:
    two.deliveries.hold("list:weekly", NOW, "a bad link")

    assert claimed(two) == [BOB]


def test_nothing_is_claimed_while_everything_is_on_hold(two: Store) -> None:
    two.deliveries.hold(EVERYTHING, NOW, "restored")

    assert claimed(two) == []
    assert two.deliveries.next_attempt_at() is None


def test_what_is_released_is_claimed_again(two: Store) -> None:
    two.deliveries.hold("list:weekly", NOW, "")

    assert two.deliveries.release("list:weekly")
    assert claimed(two) == [ADA, BOB]


def test_releasing_everything_leaves_a_list_on_hold(two: Store) -> None:
    two.deliveries.hold("list:weekly", NOW, "")
    two.deliveries.hold(EVERYTHING, NOW, "")
    two.deliveries.release(EVERYTHING)

    assert claimed(two) == [BOB]


def test_the_first_hold_stands(two: Store) -> None:
    assert two.deliveries.hold("list:weekly", NOW, "a bad link")
    assert not two.deliveries.hold("list:weekly", LATER, "again")

    assert two.deliveries.holds() == (Hold(scope="list:weekly", since_at=NOW, words="a bad link"),)


def test_what_is_not_on_hold_is_not_released(two: Store) -> None:
    assert not two.deliveries.release("list:weekly")


def test_held_rows_are_counted_apart_from_due_ones(two: Store) -> None:
    two.deliveries.hold("list:weekly", NOW, "")

    ledger = two.deliveries
    assert (ledger.open_count(), ledger.due_count(NOW), ledger.held_count()) == (2, 1, 1)


def test_one_issue_asked_for_by_name_is_on_hold_too(two: Store) -> None:
    two.deliveries.hold("list:weekly", NOW, "")

    assert two.deliveries.claim(NOW, NOW + LEASE, 9, issue_id=IssueId(1)) == ()


def test_what_was_in_hand_when_the_hold_came_may_end(two: Store) -> None:
    ada, bob = claim(two)
    begin(two, ada.held(), NOW)
    two.deliveries.hold(EVERYTHING, NOW, "")

    assert two.deliveries.settle([(ada.held(), SENT)], (), NOW).lost == ()
    two.deliveries.give_back([bob.held()])
    assert (statuses(two), claimed(two)) == (["sent", "planned"], [])


def test_nothing_expires_while_it_is_on_hold(two: Store) -> None:
    _tried_thrice(two)
    two.deliveries.hold("list:weekly", NOW, "")

    assert two.deliveries.expire(NOW + 2 * DAY, DAY) == 1
    assert statuses(two) == ["deferred", "expired"]


def test_time_on_hold_does_not_count_as_age(two: Store) -> None:
    _tried_thrice(two)
    two.deliveries.hold("list:weekly", NOW, "")
    two.deliveries.release("list:weekly")

    two.deliveries.expire(NOW + 2 * DAY, DAY)
    assert statuses(two) == ["deferred", "expired"]
    (ada,) = claim(two, now=NOW + 2 * DAY)
    finish(two, ada.held(), DEFERRED, NOW + 2 * DAY)
    assert two.deliveries.expire(NOW + 3 * DAY - timedelta(seconds=1), DAY) == 0
    assert two.deliveries.expire(NOW + 3 * DAY, DAY) == 1


def test_what_waits_untried_for_days_never_expires(two: Store) -> None:
    """As the rest of a ramp-up does: put off each day, never tried."""
    for day in range(9):
        now = NOW + day * DAY
        two.deliveries.postpone(
            (each.held(), now + DAY, "the ramp-up's share") for each in claim(two, now=now)
        )

    assert two.deliveries.expire(NOW + 9 * DAY, DAY) == 0
    assert [each.delivery.attempts for each in claim(two, now=NOW + 9 * DAY)] == [0, 0]


def _tried_thrice(store: Store) -> None:
    now = NOW
    for _ in range(3):
        for each in claim(store, now=now):
            finish(store, each.held(), DEFERRED, now)
        now = LATER
