"""Erasing: nothing that names the person is left anywhere in the database, and the sums still add up."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

import pytest

from digest.storage import Store
from digest.storage.sqlite import SqliteConnection
from subscribers.addresses import address_hash
from subscribers.joining import Proof, Start, confirm
from subscribers.model import Consent, ListId, Reason, Subscriber, Suppression
from tests.contract.ledger import sent
from tests.people.makers import address, terms

SALT = b"salt" * 8
EMAIL = "Ada.Lovelace@example.org"
HASH = address_hash(address(EMAIL).key, SALT)


def connection(store: Store) -> SqliteConnection:
    found = store._connection
    assert isinstance(found, SqliteConnection)
    return found


def dump(store: Store) -> str:
    """Every row of every table, in lower case."""
    lines = connection(store)._raw.iterdump()
    return "\n".join(line for line in lines if line.startswith("INSERT")).lower()


@pytest.fixture
def ada(store: Store, now: datetime) -> Subscriber:
    """Somebody whose address stands wherever one can stand."""
    store.lists.sync([("weekly", "Weekly", ())], now)
    found = store.lists.by_slug("weekly")
    assert found
    list_id = ListId(found.id)
    start = Start(due_at=now + timedelta(days=1), cursor=1)
    member = store.people.join(
        address(EMAIL),
        HASH,
        terms(list_id),
        proof=Proof(at=now, method="web", wording="I agree", ip_prefix="192.0.2.0/24"),
        decide=partial(confirm, start=start, now=now),
    ).member
    sent(store, list_id, member.subscription.id, now=now, status="failed", stories=[1])
    store.people.suppress(
        Suppression(
            address_hash=HASH, address=EMAIL, reason=Reason.HARD, since_at=now, detail=f"<{EMAIL}>: unknown"
        )
    )
    _quote(store, member.subscription.id, member.subscriber.id)
    return member.subscriber


def _quote(store: Store, place: int, person: int) -> None:
    """The words of mail servers, in all the places that keep them."""
    at = "2026-11-22T03:00:00.000000Z"
    said = f"<{EMAIL.upper()}>: no such user"
    with connection(store).atomic():
        run = connection(store)._raw.execute
        run("UPDATE deliveries SET code = 550, enhanced = '5.1.1', reply = ?", (said,))
        run(
            "INSERT INTO attempts (delivery_id, fence, started_at, code, reply)"
            " SELECT id, 1, ?, 450, ? FROM deliveries",
            (at, said),
        )
        run(
            "INSERT INTO letters (kind, subscription_id, address, address_hash, language, message_id,"
            " content, created_at, status, not_before_at, ended_at, code, reply)"
            " VALUES ('link', ?, ?, ?, 'fr', 'm', ?, ?, 'failed', ?, ?, 550, ?)",
            (place, EMAIL, HASH, f"To: {EMAIL}".encode(), at, at, at, said),
        )
        run(
            "INSERT INTO letters (kind, subscription_id, address, address_hash, language, message_id,"
            " content, created_at, status, not_before_at)"
            " VALUES ('notice', ?, 'lovelace@old.example', 'old', 'fr', 'n', ?, ?, 'planned', ?)",
            (place, b"To: lovelace@old.example", at, at),
        )
        run(
            "INSERT INTO bounces (mark, weight, at, subscription_id, address_hash, status, recipient, detail)"
            " VALUES ('o', 'soft', ?, ?, 'old', '4.2.2', 'lovelace@old.example', '<lovelace@old.example>')",
            (at, place),
        )
        run(
            "INSERT INTO bounces (mark, weight, at, address_hash, status, recipient, detail)"
            " VALUES ('m', 'hard', ?, ?, '5.1.1', ?, ?)",
            (at, HASH, EMAIL, said),
        )
        run("INSERT INTO pauses (domain, until_at, times, words) VALUES ('example.org', ?, 1, ?)", (at, said))
        run("INSERT INTO notices (at, kind, subject, words) VALUES (?, 'relay', 'x', ?)", (at, said))
        run("INSERT INTO holds (scope, since_at, words) VALUES ('list:weekly', ?, ?)", (at, said))
        run(
            "INSERT INTO tickets (hash, purpose, subscriber_id, detail, created_at, expires_at)"
            " VALUES ('h', 'address', ?, ?, ?, ?)",
            (person, f"new.{EMAIL}", at, at),
        )


def test_the_address_stands_everywhere_before(store: Store, ada: Subscriber) -> None:
    text = dump(store)
    tables = (
        "subscribers deliveries attempts letters bounces pauses notices holds tickets suppressions".split()
    )
    for table in tables:
        rows = [line for line in text.splitlines() if line.startswith(f'insert into "{table}"')]
        assert any(EMAIL.lower() in row for row in rows), table


def test_nothing_of_the_address_is_left_in_any_table(store: Store, ada: Subscriber, now: datetime) -> None:
    store.people.erase(ada.id, now=now)
    text = dump(store)
    assert EMAIL.lower() not in text
    assert "lovelace" not in text
    assert EMAIL.encode().hex() not in text
    assert b"lovelace@".hex() not in text
    assert "192.0.2.0" not in text


def test_what_was_sent_stays_in_the_sums_and_the_hash_keeps_mail_away(
    store: Store, ada: Subscriber, now: datetime
) -> None:
    store.people.erase(ada.id, now=now)
    (row,) = connection(store)._raw.execute("SELECT status, code, enhanced, reply FROM deliveries").fetchall()
    assert tuple(row) == ("failed", 550, "5.1.1", None)
    kept = store.people.suppression(HASH, now=now)
    assert kept == Suppression(address_hash=HASH, address=None, reason=Reason.ERASED, since_at=now)
    (place,) = store.people.subscriptions_of(ada.id)
    assert place.consent is Consent.UNSUBSCRIBED
    (proof,) = store.people.consents(place.id)
    assert (proof.event, proof.wording, proof.ip_prefix) == ("confirmed", "I agree", "")


def test_erasing_again_changes_nothing(store: Store, ada: Subscriber, now: datetime) -> None:
    store.people.erase(ada.id, now=now)
    before = dump(store)
    store.people.erase(ada.id, now=now + timedelta(days=1))
    assert dump(store) == before


@pytest.mark.parametrize("reason", [Reason.ADMIN, Reason.COMPLAINT])
def test_an_erasure_is_no_way_around_an_admin_s_word_or_a_complaint(
    store: Store, ada: Subscriber, now: datetime, reason: Reason
) -> None:
    store.people.suppress(
        Suppression(address_hash=HASH, address=EMAIL, reason=reason, since_at=now, detail=EMAIL)
    )
    store.people.erase(ada.id, now=now + timedelta(hours=1))
    kept = store.people.suppression(HASH, now=now)
    assert kept == Suppression(address_hash=HASH, address=None, reason=reason, since_at=now)


def test_an_address_that_is_no_subscriber_s_is_forgotten_too(store: Store, now: datetime) -> None:
    store.people.suppress(
        Suppression(address_hash=HASH, address=EMAIL, reason=Reason.ADMIN, since_at=now, detail=EMAIL)
    )
    store.people.forget_address(HASH, address(EMAIL).key, now=now)
    assert EMAIL.lower() not in dump(store)
    kept = store.people.suppression(HASH, now=now)
    assert kept
    assert kept.reason is Reason.ADMIN


def test_others_keep_their_words(store: Store, ada: Subscriber, now: datetime) -> None:
    with connection(store).atomic():
        connection(store)._raw.execute(
            "INSERT INTO pauses (domain, until_at, times, words) VALUES ('b.example', '', 1, 'Try later')"
        )
    store.people.erase(ada.id, now=now)
    assert "try later" in dump(store)
