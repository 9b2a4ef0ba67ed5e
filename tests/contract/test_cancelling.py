"""Cancelling an issue, skipping what a restore left open, trying failed mail again: the admin's hand."""

from __future__ import annotations

from datetime import timedelta

import pytest

from digest.errors import LeaseLost, NotFound
from digest.model import IssueId, NewLetter, Status, Tally
from digest.storage import Store
from digest.storage.protocol.deliveries import Claim, Ending
from digest.storage.protocol.steering import Cancelled
from subscribers.model import ListId, Reason
from tests.ledger import HEAD, LEASE, NOW, begin, claim, cursors, finish, issue, peek, planned, poke, statuses

ADA, BOB, EVE = "ada@example.org", "bob@example.org", "eve@example.net"
ISSUE = IssueId(1)
LATER = NOW + timedelta(minutes=5)
MUCH_LATER = NOW + timedelta(days=2)

SENT = Ending(status=Status.SENT, phase="dot", code=250)
DEFERRED = Ending(status=Status.DEFERRED, phase="rcpt", code=450, not_before_at=LATER)
FAILED = Ending(
    status=Status.FAILED, phase="rcpt", code=550, enhanced="5.1.1", reply="nobody", suppress=Reason.HARD
)


def due(store: Store) -> list[object]:
    return [row["due_at"] for row in peek(store, "SELECT due_at FROM subscriptions ORDER BY id")]


# Cancelling


def test_open_rows_of_a_cancelled_issue_expire_and_their_readers_are_due(store: Store) -> None:
    planned(store, [ADA, BOB])
    finish(store, claim(store)[0].held(), SENT, NOW)

    assert store.deliveries.cancel(ISSUE, LATER) == Cancelled(expired=1)
    assert statuses(store) == ["sent", "expired"]
    assert cursors(store) == [HEAD, 10]
    assert due(store) == ["2026-11-29T03:00:00.000000Z", "2026-11-22T03:05:00.000000Z"]
    assert store.deliveries.conservation(ISSUE).holds


def test_what_the_relay_has_now_ends_as_it_ends(store: Store) -> None:
    planned(store, [ADA, BOB])
    ada, bob = claim(store)
    begin(store, ada.held(), NOW)

    assert store.deliveries.cancel(ISSUE, LATER) == Cancelled(expired=1, sending=1)
    assert store.deliveries.settle([(ada.held(), SENT)], [bob.held()], LATER).begun == (None,)
    assert statuses(store) == ["sent", "expired"]


def test_a_leased_row_of_a_cancelled_issue_is_begun_no_more(store: Store) -> None:
    planned(store, [ADA])
    (ada,) = claim(store)
    store.deliveries.cancel(ISSUE, NOW)

    with pytest.raises(LeaseLost):
        begin(store, ada.held(), NOW)


def test_what_a_dead_run_was_sending_of_a_cancelled_issue_is_uncertain(store: Store) -> None:
    planned(store, [ADA])
    begin(store, claim(store)[0].held(), NOW)

    assert store.deliveries.cancel(ISSUE, NOW + LEASE) == Cancelled(uncertain=1)
    assert (statuses(store), cursors(store)) == (["uncertain"], [HEAD])


def test_nobody_is_planned_into_a_cancelled_issue(store: Store) -> None:
    made = planned(store, [ADA, BOB])
    poke(store, "DELETE FROM deliveries WHERE id = 2")
    poke(store, "UPDATE issues SET candidates = 1")
    store.deliveries.cancel(ISSUE, NOW)

    assert store.deliveries.plan([made.owed(made.subscriptions[1])]) == 0
    assert store.deliveries.tally(ISSUE) == Tally(expired=1)


def test_on_the_night_of_a_cancelled_issue_nobody_more_is_due(store: Store) -> None:
    planned(store, [ADA])
    store.deliveries.cancel(ISSUE, NOW)
    tomorrow = NOW + timedelta(days=1)

    def readers(issue_id: int) -> int:
        return len(store.people.due(ListId(1), before=tomorrow, issue_id=issue_id, after=None, limit=9))

    poke(store, "DELETE FROM deliveries")
    assert (readers(ISSUE), readers(2)) == (0, 1)


def test_what_a_cancelled_issue_resumes_by_mistake_is_ended_by_the_next_run(store: Store) -> None:
    planned(store, [ADA])
    begin(store, claim(store)[0].held(), NOW)
    store.deliveries.cancel(ISSUE, NOW + LEASE)
    store.deliveries.settle_uncertain(MUCH_LATER, "resume")

    assert claim(store, now=MUCH_LATER) == ()
    store.deliveries.take_over(MUCH_LATER, "resend")
    assert statuses(store) == ["expired"]


def test_cancelling_twice_ends_nothing_twice(store: Store) -> None:
    planned(store, [ADA])
    store.deliveries.cancel(ISSUE, NOW)

    assert store.deliveries.cancel(ISSUE, LATER) == Cancelled()
    assert due(store) == ["2026-11-22T03:00:00.000000Z"]


def test_an_issue_that_is_not_there_is_not_cancelled(store: Store) -> None:
    with pytest.raises(NotFound):
        store.deliveries.cancel(IssueId(7), NOW)


# After a restore


def test_what_is_skipped_expires_and_counts_as_served(store: Store) -> None:
    planned(store, [ADA, BOB, EVE])
    ada, bob, _ = claim(store)
    finish(store, ada.held(), SENT, NOW)
    begin(store, bob.held(), NOW)

    assert store.deliveries.skip_open(MUCH_LATER) == 2
    assert statuses(store) == ["sent", "uncertain", "expired"]
    assert cursors(store) == [HEAD, HEAD, HEAD]
    assert due(store) == ["2026-11-29T03:00:00.000000Z"] * 3
    assert store.deliveries.conservation(ISSUE).holds


def test_letters_of_before_the_restore_are_skipped_too(store: Store) -> None:
    store.letters.post(_letter())

    store.deliveries.skip_open(NOW)

    assert peek(store, "SELECT status, content FROM letters") == [{"status": "expired", "content": None}]


def test_no_letter_leaves_before_a_restore_is_decided(store: Store) -> None:
    store.letters.post(_letter())
    store.deliveries.hold("everything", NOW, "restored")

    assert store.letters.claim(NOW, NOW + LEASE, 9) == ()
    store.deliveries.release("everything")
    assert len(store.letters.claim(NOW, NOW + LEASE, 9)) == 1


# Failed mail tried again


@pytest.fixture
def failed(store: Store) -> Claim:
    """Ada's mail failed for good after three tries; Bob's was sent; the issue is closed, the night over."""
    planned(store, [ADA, BOB])
    poke(
        store,
        "INSERT INTO fragments (issue_id, language, name, html, html_slots, html_size, text, text_slots,"
        " text_size) VALUES (1, 'fr', 'head', x'', '[]', 0, x'', '[]', 0)",
    )
    ada, bob = claim(store)
    store.deliveries.settle([(ada.held(key_id=7), DEFERRED), (bob.held(), SENT)], (), NOW)
    (ada,) = claim(store, now=LATER)
    finish(store, ada.held(key_id=8), FAILED, LATER)
    store.issues.mark_planned(ISSUE, LATER)
    assert store.issues.close_finished(LATER) == (ISSUE,)
    return ada


def test_failed_mail_is_due_again_with_its_date_and_key_and_new_tries(store: Store, failed: Claim) -> None:
    assert store.deliveries.retry_failed(MUCH_LATER) == 1

    (again,) = claim(store, now=MUCH_LATER)
    assert (again.address, again.attempts, again.dated_at, again.delivery.key_id) == (ADA, 0, NOW, 7)
    assert again.barred is None
    assert store.deliveries.expire(MUCH_LATER + timedelta(days=9), timedelta(hours=24)) == 0
    assert [each.outcome for each in store.deliveries.attempts_of(again.delivery.id)] == [
        "deferred",
        "failed",
    ]


def test_an_issue_with_mail_tried_again_is_open_with_its_fragments(store: Store, failed: Claim) -> None:
    store.deliveries.retry_failed(MUCH_LATER)

    assert peek(store, "SELECT closed_at FROM issues") == [{"closed_at": None}]
    assert list(store.issues.fragments(ISSUE, "fr")) == ["head"]
    assert store.deliveries.conservation(ISSUE).holds


def test_the_cursor_of_failed_mail_has_moved_and_stays(store: Store, failed: Claim) -> None:
    store.deliveries.retry_failed(MUCH_LATER)

    assert cursors(store) == [HEAD, HEAD]


def test_the_suppression_a_failure_caused_is_lifted(store: Store, failed: Claim) -> None:
    store.deliveries.retry_failed(MUCH_LATER)

    assert peek(store, "SELECT * FROM suppressions") == []


@pytest.mark.parametrize(
    "change",
    ["reason = 'complaint'", "since_at = '2026-11-01T00:00:00.000000Z'"],
    ids=["another reason", "another day"],
)
def test_a_suppression_it_did_not_cause_stays(store: Store, failed: Claim, change: str) -> None:
    poke(store, f"UPDATE suppressions SET {change}")

    store.deliveries.retry_failed(MUCH_LATER)

    assert len(peek(store, "SELECT * FROM suppressions")) == 1
    assert [each.barred is None for each in claim(store, now=MUCH_LATER)] == [False]


def test_only_the_address_named_is_tried_again(store: Store, failed: Claim) -> None:
    assert store.deliveries.retry_failed(MUCH_LATER, address=BOB) == 0
    assert store.deliveries.retry_failed(MUCH_LATER, address=ADA) == 1


def test_failed_mail_of_an_older_issue_stays_and_its_fragments_go(store: Store, failed: Claim) -> None:
    issue(store, night="2026-11-29", number=2)
    store.issues.close_finished(MUCH_LATER)

    assert store.deliveries.retry_failed(MUCH_LATER) == 0
    assert store.deliveries.retry_failed(MUCH_LATER, issue_id=ISSUE) == 0
    assert store.issues.fragments(ISSUE, "fr") == {}


def test_mail_given_up_by_hand_is_not_tried_again(store: Store, failed: Claim) -> None:
    poke(store, "UPDATE deliveries SET status = 'uncertain', code = NULL WHERE id = 2")
    store.deliveries.settle_uncertain(LATER, "drop")

    assert store.deliveries.retry_failed(MUCH_LATER) == 1
    assert statuses(store) == ["deferred", "failed"]


def test_mail_of_a_cancelled_issue_is_not_tried_again(store: Store, failed: Claim) -> None:
    store.deliveries.cancel(ISSUE, LATER)

    assert store.deliveries.retry_failed(MUCH_LATER, issue_id=ISSUE) == 0


def test_who_fails_again_is_suppressed_again(store: Store, failed: Claim) -> None:
    store.deliveries.retry_failed(MUCH_LATER)
    (again,) = claim(store, now=MUCH_LATER)
    store.deliveries.settle([(again.held(), FAILED)], (), MUCH_LATER)

    assert statuses(store) == ["failed", "sent"]
    assert [row["detail"] for row in peek(store, "SELECT detail FROM suppressions")] == ["nobody"]


def _letter() -> NewLetter:
    return NewLetter(
        kind="confirm",
        address=ADA,
        language="fr",
        message_id="1@example.org",
        content=b"Hello",
        created_at=NOW,
    )
