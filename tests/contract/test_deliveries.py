"""The laws of the ledger (design §4): leases, fences, the last look, cursors, conservation."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from threading import Barrier

import pytest

from digest.errors import LeaseLost
from digest.model import DeliveryId, IssueId, Status, Tally
from digest.storage import Store, open_store
from digest.storage.protocol.deliveries import Began, Claim, Ending, Suppressed
from subscribers.model import Reason
from tests.ledger import HEAD, LEASE, NOW, begin, claim, cursors, finish, issue, peek, planned, poke, statuses

ADA, BOB, EVE = "ada@example.org", "bob@example.org", "eve@example.net"
LATER = NOW + timedelta(minutes=5)
DAY = timedelta(hours=24)

SENT = Ending(status=Status.SENT, phase="dot", code=250, reply="ok")
DEFERRED = Ending(status=Status.DEFERRED, phase="rcpt", code=450, not_before_at=LATER)
FAILED = Ending(status=Status.FAILED, phase="rcpt", code=550, enhanced="5.1.1", suppress=Reason.HARD)


def one(store: Store, *, now: datetime = NOW) -> Claim:
    (found,) = claim(store, now=now)
    return found


# Planning


def test_planning_twice_plans_once(store: Store) -> None:
    made = planned(store, [ADA, BOB])

    again = store.deliveries.plan(made.owed(each) for each in made.subscriptions)

    assert again == 0
    assert store.deliveries.tally(made.issue_id) == Tally(planned=2)


def test_planning_goes_on_where_it_ended(store: Store) -> None:
    made = planned(store, [ADA, BOB])
    issue_id, edition_id = issue(store, night="2026-11-23", number=2)
    old = made.owed(made.subscriptions[0])

    new = store.deliveries.plan([old, replace(old, issue_id=issue_id, edition_id=edition_id)])

    assert new == 1


def test_planning_counts_the_candidates(store: Store) -> None:
    made = planned(store, [ADA, BOB, EVE])

    balance = store.deliveries.conservation(made.issue_id)

    assert (balance.candidates, balance.holds) == (3, True)


# Claiming


def test_a_claim_carries_what_sending_needs(store: Store) -> None:
    made = planned(store, [ADA])

    found = one(store)

    assert (found.address, found.list, found.number, found.language) == (ADA, "weekly", 1, "fr")
    assert found.night.isoformat() == "2026-11-22"
    assert found.delivery.edition_id == made.edition_id
    assert (found.dated_at, found.barred) == (NOW, None)


def test_a_leased_row_is_nobody_elses(store: Store) -> None:
    planned(store, [ADA, BOB])

    assert len(claim(store)) == 2
    assert claim(store) == ()


def test_an_expired_lease_is_claimable_once(store: Store) -> None:
    planned(store, [ADA])
    claim(store)
    late = NOW + LEASE

    assert len(claim(store, now=late)) == 1
    assert claim(store, now=late) == ()


def test_every_claim_raises_the_fence(store: Store) -> None:
    planned(store, [ADA])

    first, second = one(store), one(store, now=NOW + LEASE)

    assert second.delivery.fence == first.delivery.fence + 1


def test_a_row_waits_for_its_hour(store: Store) -> None:
    planned(store, [ADA], not_before_at=LATER)

    assert claim(store) == ()
    assert len(claim(store, now=LATER)) == 1


def test_rows_are_claimed_by_hour_then_by_id(store: Store) -> None:
    planned(store, [ADA, BOB, EVE])
    poke(store, "UPDATE deliveries SET not_before_at = '2026-11-22T02:00:00.000000Z' WHERE id = 3")

    assert [found.address for found in claim(store)] == [EVE, ADA, BOB]


def test_a_claim_can_keep_to_one_issue(store: Store) -> None:
    planned(store, [ADA])

    assert store.deliveries.claim(NOW, NOW + LEASE, 10, issue_id=IssueId(99)) == ()
    assert len(store.deliveries.claim(NOW, NOW + LEASE, 10, issue_id=IssueId(1))) == 1


def test_rows_given_back_are_claimable_at_once(store: Store) -> None:
    planned(store, [ADA, BOB])

    store.deliveries.give_back(found.held() for found in claim(store))

    assert len(claim(store)) == 2


def test_nothing_is_given_back_that_somebody_else_took(store: Store) -> None:
    planned(store, [ADA])
    stale = one(store)
    claim(store, now=NOW + LEASE)

    store.deliveries.give_back([stale.held()])

    assert claim(store, now=NOW + LEASE) == ()


def test_two_claimers_never_share_a_delivery(tmp_path: Path) -> None:
    url, claimers = "sqlite:///digest.db", 4
    with open_store(url, base=tmp_path, now=NOW) as store:
        planned(store, [f"reader{n}@example.org" for n in range(200)])
    ready = Barrier(claimers)

    def work() -> list[DeliveryId]:
        with open_store(url, base=tmp_path, now=NOW) as own:
            ready.wait(30)
            batches = iter(lambda: claim(own, limit=7), ())
            return [found.delivery.id for batch in batches for found in batch]

    with ThreadPoolExecutor(claimers) as pool:
        taken = [future.result() for future in [pool.submit(work) for _ in range(claimers)]]

    assert sorted(chain.from_iterable(taken)) == list(range(1, 201))


# The last look, and the content


def test_beginning_is_on_disk_before_it_returns(store: Store) -> None:
    planned(store, [ADA])

    began = begin(store, one(store).held(), NOW)

    assert began == Began()
    assert statuses(store) == ["sending"]
    (attempt,) = store.deliveries.attempts_of(DeliveryId(1))
    assert (attempt.started_at, attempt.ended_at) == (NOW, None)


def test_the_first_attempt_fixes_date_and_key(store: Store) -> None:
    planned(store, [ADA])
    finish(store, one(store).held(key_id=7), DEFERRED, NOW)

    again = one(store, now=LATER)
    begin(store, again.held(key_id=8), LATER)

    assert again.dated_at == NOW
    (row,) = store.deliveries.of_issue(IssueId(1))
    assert (row.delivery.dated_at, row.delivery.first_attempt_at, row.delivery.key_id) == (NOW, NOW, 7)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("UPDATE subscriptions SET consent = 'unsubscribed', due_at = NULL", "unsubscribed"),
        ("UPDATE subscriptions SET consent = 'unconfirmed', due_at = NULL", "unconfirmed"),
        ("UPDATE subscribers SET erased_at = '2026-11-22T02:00:00.000000Z'", "erased"),
        (
            """INSERT INTO suppressions (address_hash, reason, since_at)
               SELECT address_hash, 'complaint', '2026-11-01T00:00:00.000000Z' FROM subscribers""",
            "complaint",
        ),
    ],
)
def test_the_last_look_sees_what_changed_after_the_claim(store: Store, change: str, reason: str) -> None:
    planned(store, [ADA])
    found = one(store)
    poke(store, change)

    look = begin(store, found.held(), NOW)

    assert look == Suppressed(reason=reason)
    (line,) = store.deliveries.of_issue(IssueId(1))
    assert (line.delivery.status, line.delivery.reply) == (Status.SUPPRESSED, reason)
    assert store.deliveries.attempts_of(found.delivery.id) == ()
    assert cursors(store) == [HEAD]


def test_a_suppression_that_is_over_bars_nobody(store: Store) -> None:
    planned(store, [ADA])
    _suppress(store, until="2026-11-22T02:59:59.000000Z")

    assert isinstance(begin(store, one(store).held(), NOW), Began)


def test_a_claim_tells_who_is_barred_already(store: Store) -> None:
    planned(store, [ADA])
    _suppress(store, until=None)

    found = one(store)

    assert found.barred == "soft"
    assert store.deliveries.bar(found.held(), NOW) == Suppressed(reason="soft")


def test_looking_alone_writes_nothing_for_who_may_have_it(store: Store) -> None:
    planned(store, [ADA])

    assert store.deliveries.bar(one(store).held(), NOW) is None
    assert statuses(store) == ["planned"]


# Fences


def test_a_stale_fence_begins_nothing(store: Store) -> None:
    planned(store, [ADA])
    stale = one(store)
    claim(store, now=NOW + LEASE)

    with pytest.raises(LeaseLost):
        begin(store, stale.held(), NOW + LEASE)
    assert statuses(store) == ["planned"]


def test_a_stale_fence_finishes_nothing(store: Store) -> None:
    planned(store, [ADA])
    stale = one(store)
    claim(store, now=NOW + LEASE)

    with pytest.raises(LeaseLost):
        finish(store, stale.held(), FAILED, NOW + LEASE)
    assert (statuses(store), cursors(store)) == (["planned"], [10])
    assert peek(store, "SELECT * FROM suppressions") == []


def test_an_end_is_recorded_once(store: Store) -> None:
    planned(store, [ADA])
    held = one(store).held()
    finish(store, held, SENT, NOW)

    with pytest.raises(LeaseLost):
        finish(store, held, FAILED, NOW)
    assert statuses(store) == ["sent"]


# Ends


@pytest.mark.parametrize("status", [Status.SENT, Status.FAILED, Status.SUPPRESSED, Status.UNCERTAIN])
def test_an_end_that_counts_as_served_moves_the_cursor(store: Store, status: Status) -> None:
    planned(store, [ADA])

    finish(store, one(store).held(), Ending(status=status, phase="dot"), NOW)

    assert cursors(store) == [HEAD]


@pytest.mark.parametrize("status", [Status.DEFERRED, Status.PLANNED, Status.EXPIRED])
def test_any_other_end_leaves_the_cursor(store: Store, status: Status) -> None:
    planned(store, [ADA])

    finish(store, one(store).held(), Ending(status=status, phase="dot"), NOW)

    assert cursors(store) == [10]


def test_the_cursor_never_goes_back(store: Store) -> None:
    planned(store, [ADA])
    poke(store, "UPDATE subscriptions SET cursor = 99")

    finish(store, one(store).held(), SENT, NOW)

    assert cursors(store) == [99]


def test_a_deferral_counts_and_waits(store: Store) -> None:
    planned(store, [ADA])

    finish(store, one(store).held(), DEFERRED, NOW)

    assert claim(store) == ()
    assert one(store, now=LATER).delivery.attempts == 1
    assert store.deliveries.next_attempt_at() == LATER


def test_a_try_that_was_begun_counts_once(store: Store) -> None:
    planned(store, [ADA])
    held = one(store).held()
    begin(store, held, NOW)

    finish(store, held, DEFERRED, LATER)

    assert one(store, now=LATER).delivery.attempts == 1
    (attempt,) = store.deliveries.attempts_of(DeliveryId(1))
    assert (attempt.outcome, attempt.started_at, attempt.ended_at) == ("deferred", NOW, LATER)


def test_a_doubtful_try_is_on_record(store: Store) -> None:
    planned(store, [ADA])
    lost = Ending(status=Status.DEFERRED, phase="dot", not_before_at=LATER, is_doubtful=True)

    finish(store, one(store).held(), lost, NOW)

    assert [attempt.outcome for attempt in store.deliveries.attempts_of(DeliveryId(1))] == ["uncertain"]
    assert statuses(store) == ["deferred"]


def test_a_failed_address_is_suppressed_with_the_reply(store: Store) -> None:
    planned(store, [ADA])
    ending = Ending(status=Status.FAILED, phase="rcpt", code=550, reply="nobody", suppress=Reason.HARD)

    finish(store, one(store).held(), ending, NOW)

    (row,) = peek(store, "SELECT address_hash, reason, until_at, detail FROM suppressions")
    assert tuple(row.values()) == (f"hash of {ADA}", "hard", "2027-02-20T03:00:00.000000Z", "nobody")


def test_a_suppression_for_good_is_not_overwritten(store: Store) -> None:
    planned(store, [ADA])
    found = one(store)
    _suppress(store, until=None)

    finish(store, found.held(), FAILED, NOW)

    assert [row["reason"] for row in peek(store, "SELECT reason FROM suppressions")] == ["soft"]


def test_a_passing_suppression_gives_way(store: Store) -> None:
    planned(store, [ADA])
    _suppress(store, until="2026-11-22T02:00:00.000000Z")

    finish(store, one(store).held(), FAILED, NOW)

    assert [tuple(row.values()) for row in peek(store, "SELECT reason, until_at FROM suppressions")] == [
        ("hard", "2027-02-20T03:00:00.000000Z")
    ]


def test_a_postponed_row_was_not_tried(store: Store) -> None:
    planned(store, [ADA])

    store.deliveries.postpone([(one(store).held(), LATER, "domain paused")])

    (again,) = claim(store, now=LATER)
    assert (again.delivery.status, again.delivery.attempts) == (Status.DEFERRED, 0)


def _suppress(store: Store, *, until: str | None) -> None:
    poke(
        store,
        "INSERT INTO suppressions (address_hash, reason, since_at, until_at) VALUES (?, 'soft', ?, ?)",
        f"hash of {ADA}",
        "2026-11-01T00:00:00.000000Z",
        until,
    )
