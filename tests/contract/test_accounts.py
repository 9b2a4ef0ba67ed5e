"""Everybody in an issue is accounted for, with the reason in words; of what is too old the sums stay."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from digest.model import DeliveryId, IssueId, Status, Tally
from digest.storage import Store
from digest.storage.protocol.deliveries import Ending
from subscribers.model import Reason
from tests.ledger import LEASE, NOW, begin, claim, finish, issue, peek, planned, poke

ADA, BOB, EVE = "ada@example.org", "bob@example.org", "eve@example.net"
ISSUE = IssueId(1)
LATER = NOW + timedelta(minutes=5)
#: readers of the issue, so that chunks of three leave a rest
READERS = [f"reader{n}@example.org" for n in range(8)]

SENT = Ending(status=Status.SENT, phase="dot", code=250)
DEFERRED = Ending(status=Status.DEFERRED, phase="rcpt", code=450, reply="try later", not_before_at=LATER)
FAILED = Ending(
    status=Status.FAILED, phase="rcpt", code=550, enhanced="5.1.1", reply="nobody", suppress=Reason.HARD
)


def reason(store: Store, *, now: datetime = NOW) -> str:
    (account,) = store.deliveries.account(ISSUE, now)
    return account.reason


def test_everybody_is_accounted_for_page_by_page(store: Store) -> None:
    planned(store, READERS)
    found: list[str] = []
    after: DeliveryId | None = None
    while page := store.deliveries.account(ISSUE, NOW, after=after, limit=3):
        found += [each.line.address for each in page]
        after = page[-1].line.delivery.id

    assert found == READERS
    assert store.deliveries.conservation(ISSUE).candidates == len(found)


def test_who_waits_for_the_next_run(store: Store) -> None:
    planned(store, [ADA])
    assert reason(store) == "Waits for the next run."


def test_who_waits_for_an_hour(store: Store) -> None:
    planned(store, [ADA], not_before_at=LATER)
    assert reason(store) == "Waits until 2026-11-22 03:05 UTC."


def test_who_is_in_a_runs_hand(store: Store) -> None:
    planned(store, [ADA])
    claim(store)
    assert reason(store) == "A run has it in hand."


def test_who_is_on_hold_and_why(store: Store) -> None:
    planned(store, [ADA])
    store.deliveries.hold("list:weekly", NOW, "a bad link")
    assert reason(store) == "On hold: a bad link"


def test_whom_the_relay_put_off(store: Store) -> None:
    planned(store, [ADA])
    finish(store, claim(store)[0].held(), DEFERRED, NOW)
    assert reason(store) == "Waits until 2026-11-22 03:05 UTC. Last reply: 450 try later"


def test_who_is_being_sent_to_and_whose_run_died(store: Store) -> None:
    planned(store, [ADA])
    begin(store, claim(store)[0].held(), NOW)

    assert reason(store) == "It is being sent."
    assert reason(store, now=NOW + LEASE) == "A run died while sending it; the next one settles it."


def test_whose_mail_the_relay_took(store: Store) -> None:
    planned(store, [ADA])
    finish(store, claim(store)[0].held(), SENT, NOW)
    assert reason(store) == "The relay took it."


def test_whom_the_relay_refused(store: Store) -> None:
    planned(store, [ADA])
    finish(store, claim(store)[0].held(), FAILED, NOW)
    assert reason(store) == "The relay refused it for good: 550 5.1.1 nobody"


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ("unsubscribed", "They left the list before it was sent."),
        ("unconfirmed", "Their address is not confirmed."),
        ("complaint", "They reported a mail of ours as spam."),
        ("moonstruck", "Not mailed: moonstruck."),
    ],
)
def test_whom_the_last_look_barred(store: Store, found: str, words: str) -> None:
    planned(store, [ADA])
    poke(store, "UPDATE deliveries SET status = 'suppressed', reply = ?", found)
    assert reason(store) == words


@pytest.mark.parametrize("found", Reason)
def test_every_reason_to_suppress_has_words(store: Store, found: Reason) -> None:
    planned(store, [ADA])
    poke(store, "UPDATE deliveries SET status = 'suppressed', reply = ?", found.value)
    assert not reason(store).startswith("Not mailed:")


def test_whose_mail_grew_too_old(store: Store) -> None:
    planned(store, [ADA])
    now = NOW
    for _ in range(3):
        finish(store, claim(store, now=now)[0].held(), DEFERRED, now)
        now = LATER
    store.deliveries.expire(NOW + timedelta(hours=24), timedelta(hours=24))
    assert reason(store) == "Given up after 3 tries: 450 try later"


def test_whose_issue_was_cancelled(store: Store) -> None:
    planned(store, [ADA])
    store.deliveries.cancel(ISSUE, NOW)
    assert reason(store) == "The issue was cancelled."


def test_whose_mail_nobody_knows_about(store: Store) -> None:
    planned(store, [ADA])
    begin(store, claim(store)[0].held(), NOW)
    store.deliveries.take_over(NOW, "hold")
    assert reason(store).startswith("Nobody knows whether it arrived: The run that was sending this ended")


def test_one_reader_or_one_status_may_be_asked_for(store: Store) -> None:
    planned(store, [ADA, BOB])
    finish(store, claim(store)[0].held(), SENT, NOW)

    (sent,) = store.deliveries.account(ISSUE, NOW, status=Status.SENT)
    (bob,) = store.deliveries.account(ISSUE, NOW, address=BOB)

    assert (sent.line.address, bob.line.delivery.status) == (ADA, Status.PLANNED)


# What is too old to keep

OLD = NOW + timedelta(days=93)


def ended(store: Store) -> None:
    """All readers' mail has ended one way or another, after a first try put off; the issue is closed."""
    planned(store, READERS)
    for found in claim(store):
        finish(store, found.held(), DEFERRED, NOW)
    for found, ending in zip(
        claim(store, now=LATER), [SENT, SENT, FAILED, SENT, SENT, SENT, SENT, SENT], strict=True
    ):
        finish(store, found.held(), ending, LATER)
    store.issues.mark_planned(ISSUE, LATER)
    store.issues.close_finished(LATER)


@pytest.mark.parametrize("chunk", [3, 4, 100])
def test_an_old_issue_becomes_sums_and_its_books_still_balance(store: Store, chunk: int) -> None:
    ended(store)
    before = store.deliveries.tally(ISSUE)

    assert store.deliveries.retain(OLD, chunk=chunk) == len(READERS)

    assert before == Tally(sent=7, failed=1)
    assert store.deliveries.tally(ISSUE) == before
    assert store.deliveries.tally_night(NOW.date()) == before
    assert store.deliveries.conservation(ISSUE).holds
    for table in ("deliveries", "attempts", "editions"):
        assert peek(store, f"SELECT * FROM {table}") == []


def test_what_nobody_may_forget_stays(store: Store) -> None:
    ended(store)
    tables = ("subscribers", "subscriptions", "consents", "suppressions", "issues", "entry_keys")
    before = [peek(store, f"SELECT * FROM {table}") for table in tables]

    store.deliveries.retain(OLD)

    assert [peek(store, f"SELECT * FROM {table}") for table in tables] == before
    assert [row["reason"] for row in peek(store, "SELECT reason FROM suppressions")] == ["hard"]


def test_letting_go_twice_counts_nothing_twice(store: Store) -> None:
    ended(store)
    store.deliveries.retain(OLD)
    before = store.deliveries.tally(ISSUE)

    assert store.deliveries.retain(OLD) == 0
    assert store.deliveries.tally(ISSUE) == before


def test_letting_go_that_died_half_way_is_gone_on_with(store: Store) -> None:
    ended(store)
    poke(
        store,
        "CREATE TRIGGER full BEFORE DELETE ON deliveries WHEN OLD.id = 5"
        " BEGIN SELECT RAISE(ABORT, 'disk is full'); END",
    )
    with pytest.raises(Exception, match="disk is full"):
        store.deliveries.retain(OLD, chunk=3)
    assert store.deliveries.conservation(ISSUE).holds
    assert len(peek(store, "SELECT id FROM deliveries")) == 5
    poke(store, "DROP TRIGGER full")

    assert store.deliveries.retain(OLD, chunk=3) == 5
    assert store.deliveries.tally(ISSUE) == Tally(sent=7, failed=1)


def test_an_issue_that_is_open_or_young_is_kept_whole(store: Store) -> None:
    ended(store)

    assert store.deliveries.retain(LATER) == 0
    poke(store, "UPDATE issues SET closed_at = NULL")
    assert store.deliveries.retain(OLD) == 0
    assert len(peek(store, "SELECT id FROM deliveries")) == len(READERS)


def test_what_a_reader_was_sent_in_the_last_60_days_is_known_whatever_goes(store: Store) -> None:
    """`keep_months` is 3 at least; the stories of two months ago must still count as served."""
    made = planned(store, [ADA])
    poke(store, "UPDATE editions SET stories = '[11, 12]'")
    issue(store, night="2027-01-10", number=2)
    poke(store, "UPDATE editions SET stories = '[21]' WHERE id = 2")
    poke(
        store,
        "INSERT INTO deliveries (issue_id, subscription_id, edition_id, status, not_before_at, ended_at)"
        " VALUES (2, 1, 2, 'sent', '2027-01-10T03:00:00.000000Z', '2027-01-10T03:00:00.000000Z')",
    )
    poke(
        store, "UPDATE deliveries SET status = 'sent', ended_at = '2026-11-22T03:00:00.000000Z' WHERE id = 1"
    )
    poke(store, "UPDATE issues SET closed_at = night || 'T09:00:00.000000Z', candidates = 1")
    tonight = datetime(2027, 3, 1, 3, tzinfo=NOW.tzinfo)

    store.deliveries.retain(tonight - timedelta(days=93))

    assert [row["id"] for row in peek(store, "SELECT id FROM deliveries")] == [2]
    assert store.people.served(made.subscriptions[0], since=tonight - timedelta(days=60)) == {21}
