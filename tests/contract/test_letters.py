"""Letters are sent by the machine of deliveries: leased, fenced, looked at last, wiped when they end."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from digest.model import NewLetter, Status
from digest.storage import Store
from digest.storage.protocol.deliveries import Began, Ending, Suppressed
from digest.storage.protocol.letters import LetterClaim
from subscribers.model import Reason, Suppression
from tests.ledger import peek, planned, poke

MINUTE = timedelta(minutes=1)
LEASE = timedelta(minutes=30)
SENT = Ending(status=Status.SENT, phase="dot", code=250)


def letter(now: datetime, **changes: object) -> NewLetter:
    one = NewLetter(
        kind="confirm",
        address="ada@example.org",
        address_hash="hash of ada",
        language="fr",
        message_id="l1@example.org",
        content=b"Subject: hello\r\n\r\nhello\r\n",
        created_at=now,
    )
    return replace(one, **changes)  # type: ignore[arg-type]  # the fields of the test that names them


def claimed(store: Store, now: datetime) -> LetterClaim:
    (claim,) = store.letters.claim(now, now + LEASE, 10)
    return claim


def ended(store: Store, claim: LetterClaim, ending: Ending, now: datetime) -> tuple[int, ...]:
    return store.letters.settle([(claim.held(), ending)], [], now).lost


def begin(store: Store, claim: LetterClaim, now: datetime) -> Began | Suppressed | None:
    (begun,) = store.letters.settle([], [claim.held()], now).begun
    return begun


def row(store: Store) -> dict[str, object]:
    (found,) = peek(store, "SELECT * FROM letters")
    return dict(found)


def bar(store: Store, now: datetime, reason: Reason, *, until: datetime | None = None) -> None:
    store.people.suppress(
        Suppression(
            address_hash="hash of ada",
            address="ada@example.org",
            reason=reason,
            since_at=now,
            until_at=until,
        )
    )


def test_a_letter_is_due_when_it_is_posted_and_brings_its_bytes(store: Store, now: datetime) -> None:
    id = store.letters.post(letter(now))

    claim = claimed(store, now)
    assert (claim.id, claim.kind, claim.address, claim.language) == (id, "confirm", "ada@example.org", "fr")
    assert claim.content == b"Subject: hello\r\n\r\nhello\r\n"
    assert (claim.dated_at, claim.attempts, claim.barred) == (now, 0, None)


def test_what_answers_the_same_thing_is_posted_once(store: Store, now: datetime) -> None:
    first = store.letters.post(letter(now, dedupe="join:1"))
    again = store.letters.post(letter(now, dedupe="join:1", content=b"other"))
    other = store.letters.post(letter(now, dedupe="join:2"))
    assert again == first != other
    assert store.letters.open_count() == 2


def test_an_answer_that_was_sent_is_not_sent_again(store: Store, now: datetime) -> None:
    store.letters.post(letter(now, dedupe="join:1"))
    ended(store, claimed(store, now), SENT, now)
    store.letters.post(letter(now, dedupe="join:1"))
    assert store.letters.open_count() == 0


def test_letters_without_an_occasion_of_their_own_are_all_posted(store: Store, now: datetime) -> None:
    assert store.letters.post(letter(now)) != store.letters.post(letter(now))


def test_a_claim_is_nobody_elses_until_its_lease_ends(store: Store, now: datetime) -> None:
    store.letters.post(letter(now))
    first = claimed(store, now)
    assert store.letters.claim(now, now + LEASE, 10) == ()
    second = claimed(store, now + LEASE)
    assert second.fence == first.fence + 1


def test_the_oldest_goes_first_and_the_limit_holds(store: Store, now: datetime) -> None:
    late = store.letters.post(letter(now + MINUTE))
    early = store.letters.post(letter(now))
    first = store.letters.claim(now + MINUTE, now + LEASE, 1)
    rest = store.letters.claim(now + MINUTE, now + LEASE, 9)
    assert [each.id for each in (*first, *rest)] == [early, late]


def test_one_persons_letters_can_be_claimed_alone(store: Store, now: datetime) -> None:
    store.letters.post(letter(now))
    grace = store.letters.post(letter(now, address="grace@example.org"))
    assert [each.id for each in store.letters.claim(now, now + LEASE, 9, address="grace@example.org")] == [
        grace
    ]


def test_sending_is_on_disk_and_claimed_by_nobody(store: Store, now: datetime) -> None:
    store.letters.post(letter(now))
    claim = claimed(store, now)
    assert begin(store, claim, now) == Began()
    assert row(store)["status"] == "sending"
    assert store.letters.claim(now + LEASE, now + 2 * LEASE, 10) == ()


def test_the_end_wipes_the_bytes_and_keeps_the_reply(store: Store, now: datetime) -> None:
    store.letters.post(letter(now))
    claim = claimed(store, now)
    begin(store, claim, now)
    assert ended(store, claim, replace(SENT, reply="queued as 7"), now + MINUTE) == ()

    found = row(store)
    assert (found["status"], found["content"], found["attempts"]) == ("sent", None, 1)
    assert (found["code"], found["reply"], found["phase"]) == (250, "queued as 7", "dot")
    assert found["ended_at"] is not None
    assert store.letters.open_count() == 0


def test_what_is_put_off_keeps_its_bytes_and_comes_again(store: Store, now: datetime) -> None:
    store.letters.post(letter(now))
    later = now + 5 * MINUTE
    deferred = Ending(status=Status.DEFERRED, phase="rcpt", code=450, not_before_at=later)
    ended(store, claimed(store, now), deferred, now)

    assert store.letters.next_attempt_at() == later
    assert (store.letters.due_count(now), store.letters.due_count(later)) == (0, 1)
    again = claimed(store, later)
    assert (again.attempts, again.dated_at) == (1, now)
    assert again.content == letter(now).content


def test_the_key_of_the_first_attempt_stays(store: Store, now: datetime) -> None:
    store.letters.post(letter(now))
    claim = claimed(store, now)
    store.letters.settle([], [claim.held(key_id=3)], now)
    deferred = Ending(status=Status.DEFERRED, phase="dot", code=451, not_before_at=now)
    store.letters.settle([(claim.held(key_id=3), deferred)], [], now)
    again = claimed(store, now)
    assert again.key_id == 3
    store.letters.settle([], [again.held(key_id=4)], now)
    assert row(store)["key_id"] == 3


def test_ends_and_beginnings_share_a_commit_and_a_lost_lease_rolls_nothing_back(
    store: Store, now: datetime
) -> None:
    for number in range(3):
        store.letters.post(letter(now, address=f"{number}@example.org"))
    first, second, third = store.letters.claim(now, now + LEASE, 3)
    begin(store, first, now)
    lost = replace(second, fence=second.fence - 1)

    settled = store.letters.settle(
        [(first.held(), SENT), (lost.held(), SENT)], [lost.held(), third.held()], now
    )

    assert settled.lost == (second.id,)
    assert settled.begun == (None, Began())
    found = peek(store, "SELECT status FROM letters ORDER BY id")
    assert [each["status"] for each in found] == ["sent", "planned", "sending"]


@pytest.mark.parametrize("reason", [Reason.HARD, Reason.COMPLAINT, Reason.ADMIN, Reason.ERASED])
def test_a_suppression_bars_a_letter_also_at_the_last_look(
    store: Store, now: datetime, reason: Reason
) -> None:
    store.letters.post(letter(now, kind="link"))
    claim = claimed(store, now)
    bar(store, now, reason)

    assert begin(store, claim, now) == Suppressed(reason=reason.value)
    assert (row(store)["status"], row(store)["content"]) == ("suppressed", None)


def test_a_claim_says_what_bars_it_and_the_look_before_the_relay_ends_it(store: Store, now: datetime) -> None:
    store.letters.post(letter(now))
    bar(store, now, Reason.HARD)
    claim = claimed(store, now)
    assert claim.barred == "hard"
    assert store.letters.bar(claim.held(), now) == Suppressed(reason="hard")
    assert store.letters.bar(claim.held(), now) is None
    assert store.letters.open_count() == 0


@pytest.mark.parametrize("kind", ["confirm", "reminder", "goodbye"])
def test_somebody_erased_is_told_so_and_may_come_again(store: Store, now: datetime, kind: str) -> None:
    store.letters.post(letter(now, kind=kind))
    bar(store, now, Reason.ERASED)
    claim = claimed(store, now)
    assert claim.barred is None
    assert begin(store, claim, now) == Began()


def test_the_address_of_a_goodbye_goes_with_its_end_and_no_other(store: Store, now: datetime) -> None:
    store.letters.post(letter(now, kind="goodbye"))
    store.letters.post(letter(now, kind="confirm"))
    goodbye, confirm = store.letters.claim(now, now + LEASE, 2)
    assert store.letters.forget_goodbyes() == 0
    ended(store, goodbye, SENT, now)
    ended(store, confirm, SENT, now)
    assert [store.letters.forget_goodbyes() for _ in range(2)] == [1, 0]
    assert [each["address"] for each in peek(store, "SELECT address FROM letters ORDER BY id")] == [
        "",
        "ada@example.org",
    ]


@pytest.mark.parametrize("reason", [Reason.SOFT, Reason.UNSUBSCRIBED])
def test_who_left_or_has_a_full_mailbox_may_get_a_letter(store: Store, now: datetime, reason: Reason) -> None:
    store.letters.post(letter(now))
    bar(store, now, reason)
    assert begin(store, claimed(store, now), now) == Began()


def test_a_suppression_that_has_lifted_bars_nobody(store: Store, now: datetime) -> None:
    store.letters.post(letter(now))
    bar(store, now - LEASE, Reason.HARD, until=now)
    assert claimed(store, now).barred is None


def test_a_letter_to_ourselves_is_never_barred(store: Store, now: datetime) -> None:
    store.letters.post(letter(now, kind="hands", address_hash=None))
    bar(store, now, Reason.COMPLAINT)
    assert begin(store, claimed(store, now), now) == Began()


def test_consent_bars_no_letter(store: Store, now: datetime) -> None:
    (subscription,) = planned(store, ["ada@example.org"]).subscriptions
    poke(store, "UPDATE subscriptions SET consent = 'unconfirmed'")
    store.letters.post(letter(now, subscription_id=subscription))
    assert claimed(store, now).barred is None


def test_an_address_that_is_no_good_is_not_mailed_again(store: Store, now: datetime) -> None:
    store.letters.post(letter(now))
    refused = Ending(status=Status.FAILED, phase="rcpt", code=550, reply="no such user", suppress=Reason.HARD)
    ended(store, claimed(store, now), refused, now)

    found = store.people.suppression("hash of ada", now=now)
    assert found is not None
    assert (found.reason, found.detail) == (Reason.HARD, "no such user")


def test_our_own_address_is_never_suppressed(store: Store, now: datetime) -> None:
    store.letters.post(letter(now, kind="hands", address_hash=None))
    refused = Ending(status=Status.FAILED, phase="rcpt", code=550, suppress=Reason.HARD)
    ended(store, claimed(store, now), refused, now)
    assert store.people.suppressions(limit=9) == ()


def test_a_postponed_letter_waits_and_counts_no_attempt(store: Store, now: datetime) -> None:
    store.letters.post(letter(now))
    store.letters.postpone([(claimed(store, now).held(), now + LEASE, "domain paused")])
    assert store.letters.claim(now, now + LEASE, 9) == ()
    assert claimed(store, now + LEASE).attempts == 0


def test_a_letter_given_back_is_free_at_once(store: Store, now: datetime) -> None:
    store.letters.post(letter(now))
    store.letters.give_back([claimed(store, now).held()])
    assert claimed(store, now).attempts == 0


def test_what_a_dead_run_was_sending_goes_again_with_the_same_bytes(store: Store, now: datetime) -> None:
    store.letters.post(letter(now))
    dead = claimed(store, now)
    begin(store, dead, now)

    assert store.letters.take_over(now + MINUTE, "resend") == 1
    again = claimed(store, now + MINUTE)
    assert (again.content, again.dated_at, again.attempts) == (dead.content, dead.dated_at, 1)
    assert ended(store, dead, SENT, now) == (dead.id,)


def test_what_a_dead_run_was_sending_is_uncertain_where_resending_is_refused(
    store: Store, now: datetime
) -> None:
    store.letters.post(letter(now))
    begin(store, claimed(store, now), now)
    assert store.letters.take_over(now, "hold") == 1
    assert (row(store)["status"], row(store)["content"]) == ("uncertain", None)


def test_leases_of_a_dead_run_lapse(store: Store, now: datetime) -> None:
    store.letters.post(letter(now))
    dead = claimed(store, now)
    assert store.letters.take_over(now, "resend") == 0
    assert claimed(store, now).fence == dead.fence + 2


def test_a_letter_expires_by_age_and_three_tries(store: Store, now: datetime) -> None:
    store.letters.post(letter(now))
    day, again = timedelta(hours=24), Ending(status=Status.DEFERRED, phase="rcpt", not_before_at=now)
    for _ in range(2):
        ended(store, claimed(store, now), again, now)
    assert store.letters.expire(now + day, day) == 0
    ended(store, claimed(store, now), again, now)
    assert store.letters.expire(now + day - MINUTE, day) == 0
    assert store.letters.expire(now + day, day) == 1
    assert (row(store)["status"], row(store)["content"]) == ("expired", None)


def test_nothing_is_kept_of_a_person_who_is_erased(store: Store, now: datetime) -> None:
    planned(store, ["ada@example.org"])
    hashed = peek(store, "SELECT address_hash FROM subscribers")[0]["address_hash"]
    for _ in range(2):
        store.letters.post(letter(now, address_hash=str(hashed)))
    first, second = store.letters.claim(now, now + LEASE, 2)
    ended(store, first, SENT, now)
    (person,) = peek(store, "SELECT id FROM subscribers")
    store.people.erase(person["id"], now=now)  # type: ignore[arg-type]  # a raw row

    assert begin(store, second, now) is None
    found = peek(store, "SELECT address, content, status FROM letters ORDER BY id")
    assert [tuple(each.values()) for each in found] == [("", None, "sent"), ("", None, "suppressed")]


def test_a_letter_under_way_to_somebody_erased_is_not_tried_again(store: Store, now: datetime) -> None:
    store.letters.post(letter(now))
    begin(store, claimed(store, now), now)
    store.letters.forget("hash of ada", now)
    store.letters.take_over(now, "resend")
    again = claimed(store, now)
    assert (again.address, again.barred) == ("", "erased")


def test_letters_that_ended_long_ago_are_deleted(store: Store, now: datetime) -> None:
    for _ in range(2):
        store.letters.post(letter(now))
    first, _ = store.letters.claim(now, now + LEASE, 2)
    ended(store, first, SENT, now)
    assert store.letters.retain(now) == 0
    assert store.letters.retain(now + MINUTE) == 1
    assert store.letters.open_count() == 1
