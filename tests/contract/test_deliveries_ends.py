"""The laws of the ledger (design §4): what a dead run left, expiry, conservation, reading."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from digest.errors import LeaseLost, NotFound
from digest.model import IssueId, Status
from digest.storage import Store
from digest.storage.protocol.deliveries import Claim, Ending
from subscribers.model import Reason
from tests.ledger import HEAD, NOW, begin, claim, cursors, finish, issue, peek, planned, poke, statuses

ADA, BOB, EVE = "ada@example.org", "bob@example.org", "eve@example.net"
LATER = NOW + timedelta(minutes=5)
DAY = timedelta(hours=24)

SENT = Ending(status=Status.SENT, phase="dot", code=250, reply="ok")
DEFERRED = Ending(status=Status.DEFERRED, phase="rcpt", code=450, not_before_at=LATER)
FAILED = Ending(status=Status.FAILED, phase="rcpt", code=550, enhanced="5.1.1", suppress=Reason.HARD)


def one(store: Store, *, now: datetime = NOW) -> Claim:
    (found,) = claim(store, now=now)
    return found


# What a dead run left


def test_orphans_are_sent_again_at_once(store: Store) -> None:
    planned(store, [ADA, BOB])
    first, _ = claim(store)
    begin(store, first.held(), NOW)

    assert store.deliveries.take_over(NOW, "resend") == 1
    assert statuses(store) == ["deferred", "planned"]
    assert [attempt.outcome for attempt in store.deliveries.attempts_of(first.delivery.id)] == ["orphaned"]
    assert [found.address for found in claim(store)] == [ADA, BOB]


def test_an_orphan_keeps_its_date(store: Store) -> None:
    planned(store, [ADA])
    begin(store, one(store).held(), NOW)
    store.deliveries.take_over(LATER, "resend")

    assert one(store, now=LATER).dated_at == NOW


def test_held_orphans_are_uncertain_and_served(store: Store) -> None:
    planned(store, [ADA, BOB])
    first, _ = claim(store)
    begin(store, first.held(), NOW)

    assert store.deliveries.take_over(NOW, "hold") == 1
    assert statuses(store) == ["uncertain", "planned"]
    assert cursors(store) == [HEAD, 10]


@pytest.mark.parametrize("status", ["planned", "sending"])
def test_who_was_taken_over_writes_nothing_more(store: Store, status: str) -> None:
    planned(store, [ADA])
    held = one(store).held()
    if status == "sending":
        begin(store, held, NOW)
    store.deliveries.take_over(NOW, "resend")

    with pytest.raises(LeaseLost):
        finish(store, held, SENT, NOW)


def _uncertain(store: Store) -> None:
    planned(store, [ADA, BOB])
    ada, bob = claim(store)
    finish(store, ada.held(), Ending(status=Status.UNCERTAIN, phase="dot"), NOW)
    finish(store, bob.held(), SENT, NOW)
    poke(store, "UPDATE issues SET closed_at = '2026-11-22T04:00:00.000000Z'")


def test_uncertain_rows_resumed_are_due_at_once_and_their_issue_is_open(store: Store) -> None:
    _uncertain(store)

    assert store.deliveries.settle_uncertain(LATER, "resume") == 1
    assert [found.address for found in claim(store, now=LATER)] == [ADA]
    assert [row["closed_at"] for row in peek(store, "SELECT closed_at FROM issues")] == [None]


def test_uncertain_rows_dropped_are_given_up_and_suppress_nobody(store: Store) -> None:
    _uncertain(store)

    assert store.deliveries.settle_uncertain(LATER, "drop") == 1
    assert (statuses(store), claim(store, now=LATER)) == (["failed", "sent"], ())
    assert peek(store, "SELECT * FROM suppressions") == []


# Expiry


def _tried(store: Store, times: int) -> None:
    now = NOW
    for _ in range(times):
        finish(store, one(store, now=now).held(), DEFERRED, now)
        now = LATER


def test_old_rows_tried_three_times_expire_and_are_due_again(store: Store) -> None:
    planned(store, [ADA])
    _tried(store, 3)

    assert store.deliveries.expire(NOW + DAY, DAY) == 1
    assert (statuses(store), cursors(store)) == (["expired"], [10])
    assert [row["due_at"] for row in peek(store, "SELECT due_at FROM subscriptions")] == [
        "2026-11-23T03:00:00.000000Z"
    ]


def test_who_left_is_not_made_due_by_an_expiry(store: Store) -> None:
    planned(store, [ADA])
    _tried(store, 3)
    poke(store, "UPDATE subscriptions SET consent = 'unsubscribed', due_at = NULL")
    store.deliveries.expire(NOW + DAY, DAY)

    assert [row["due_at"] for row in peek(store, "SELECT due_at FROM subscriptions")] == [None]


def test_nothing_expires_before_its_age(store: Store) -> None:
    planned(store, [ADA])
    _tried(store, 3)

    assert store.deliveries.expire(NOW + DAY - timedelta(seconds=1), DAY) == 0


def test_nothing_expires_before_three_tries(store: Store) -> None:
    planned(store, [ADA])
    _tried(store, 2)

    assert store.deliveries.expire(NOW + 9 * DAY, DAY) == 0


def test_what_was_never_tried_never_expires(store: Store) -> None:
    planned(store, [ADA])

    assert store.deliveries.expire(NOW + 99 * DAY, DAY) == 0
    assert statuses(store) == ["planned"]


# Counting and reading


def test_conservation_holds_through_every_end(store: Store) -> None:
    made = planned(store, [f"reader{n}@example.org" for n in range(9)])
    ends = [SENT, DEFERRED, FAILED, *(Ending(status=status, phase="dot") for status in list(Status)[5:])]

    for found, ending in zip(claim(store), ends, strict=False):
        finish(store, found.held(), ending, NOW)
        assert store.deliveries.conservation(made.issue_id).holds

    assert store.deliveries.tally(made.issue_id).candidates == 9
    assert store.deliveries.tally_night(NOW.date()) == store.deliveries.tally(made.issue_id)


def test_a_row_that_vanished_breaks_the_balance(store: Store) -> None:
    made = planned(store, [ADA, BOB])
    poke(store, "DELETE FROM deliveries WHERE id = 1")

    assert not store.deliveries.conservation(made.issue_id).holds


def test_an_unknown_issue_has_no_balance(store: Store) -> None:
    with pytest.raises(NotFound):
        store.deliveries.conservation(IssueId(7))


def test_open_rows_are_those_not_ended(store: Store) -> None:
    planned(store, [ADA, BOB])
    finish(store, claim(store)[0].held(), SENT, NOW)

    assert store.deliveries.open_count() == 1


def test_nothing_open_has_no_next_attempt(store: Store) -> None:
    assert store.deliveries.next_attempt_at() is None


def test_an_issue_is_read_by_pages_that_join_without_gap(store: Store) -> None:
    made = planned(store, [ADA, BOB, EVE])

    first = store.deliveries.of_issue(made.issue_id, limit=2)
    rest = store.deliveries.of_issue(made.issue_id, limit=2, after=first[-1].delivery.id)

    assert [line.address for line in (*first, *rest)] == [ADA, BOB, EVE]


def test_an_issue_is_read_by_status_or_address(store: Store) -> None:
    made = planned(store, [ADA, BOB])
    finish(store, claim(store)[0].held(), SENT, NOW)

    assert [line.address for line in store.deliveries.of_issue(made.issue_id, status=Status.SENT)] == [ADA]
    assert [line.address for line in store.deliveries.of_issue(made.issue_id, address=BOB)] == [BOB]


def test_a_subscription_tells_its_history_newest_first(store: Store) -> None:
    made = planned(store, [ADA])
    issue_id, edition_id = issue(store, night="2026-11-29", number=None)
    owed = made.owed(made.subscriptions[0])
    store.deliveries.plan([replace(owed, issue_id=issue_id, edition_id=edition_id)])

    history = store.deliveries.of_subscription(made.subscriptions[0])

    assert [(line.night.isoformat(), line.number) for line in history] == [
        ("2026-11-29", None),
        ("2026-11-22", 1),
    ]
