"""What the migration to the post makes of a ledger in the middle of its work."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from digest.model import DeliveryId, IssueId, Tally
from digest.storage import Store, open_store
from tests.contract.schema import OURS, make
from tests.ledger import LEASE, NOW

AT, LATER = "2026-11-22T03:00:00.000000Z", "2026-11-22T03:05:00.000000Z"
_LEASED = "'2026-11-22T03:30:00.000000Z'"
_LEDGER = f"""
INSERT INTO lists (id, slug, title) VALUES (1, 'weekly', 'The week');
INSERT INTO wishes (id, body) VALUES (1, '{{}}');
INSERT INTO subscribers (id, address, address_key, address_hash, created_at)
  VALUES (1, 'a@example.org', 'a@example.org', 'a', '{AT}'),
         (2, 'b@example.org', 'b@example.org', 'b', '{AT}');
INSERT INTO subscriptions (id, subscriber_id, list_id, consent, cadence, language, format, wishes_id, cursor,
  created_at) SELECT id, id, 1, 'confirmed', 'weekly', 'fr', 'html', 1, 10, '{AT}' FROM subscribers;
INSERT INTO issues (id, list_id, night, number, from_seq, head_seq, cut_at, candidates)
  VALUES (1, 1, '2026-11-22', 1, 0, 40, '{AT}', 2);
INSERT INTO editions (id, issue_id, key, language, format, subject, recipe, stories, html_bytes,
  message_bytes)
  VALUES (1, 1, 'k', 'fr', 'html', 'La semaine', x'', '[]', 0, 0);
INSERT INTO deliveries (id, issue_id, subscription_id, edition_id, status, attempts, fence, lease_until_at,
  not_before_at, first_attempt_at, ended_at, code, reply)
  VALUES (1, 1, 1, 1, 'sent', 2, 2, NULL, '{AT}', '{AT}', '{LATER}', 250, 'ok'),
         (2, 1, 2, 1, 'sending', 2, 2, {_LEASED}, '{AT}', '{AT}', NULL, 450, 'try later');
INSERT INTO attempts (delivery_id, fence, started_at, ended_at, outcome, phase, code, reply)
  VALUES (1, 1, '{AT}', '{AT}', 'deferred', 'rcpt', 450, 'try later'),
         (1, 2, '{LATER}', '{LATER}', 'sent', 'dot', 250, 'ok'),
         (2, 1, '{AT}', '{AT}', 'deferred', 'rcpt', 450, 'try later'),
         (2, 2, '{LATER}', NULL, NULL, NULL, NULL, NULL);
"""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """The ledger of the version before, one delivery sent and one being sent, as this version opens it."""
    make(tmp_path / "digest.db", OURS[:2])
    with closing(sqlite3.connect(tmp_path / "digest.db")) as raw:
        raw.executescript(_LEDGER)
    return open_store("sqlite:///digest.db", base=tmp_path, now=NOW)


def told(store: Store, id: int) -> list[tuple[str | None, str | None, int | None]]:
    with store:
        found = store.deliveries.attempts_of(DeliveryId(id))
    return [(each.outcome, each.phase, each.code) for each in found]


def test_what_was_sent_is_told_as_before(store: Store) -> None:
    assert told(store, 1) == [("deferred", "rcpt", 450), ("sent", "dot", 250)]


def test_what_was_being_sent_is_told_as_lasting(store: Store) -> None:
    assert told(store, 2) == [("deferred", "rcpt", 450), (None, None, None)]


def test_what_was_being_sent_is_taken_over_with_its_try(store: Store) -> None:
    assert store.deliveries.take_over(NOW, "resend") == 1
    assert [each.address for each in store.deliveries.claim(NOW, NOW + LEASE, 9)] == ["b@example.org"]
    (*_, last) = store.deliveries.attempts_of(DeliveryId(2))
    store.close()

    assert (last.outcome, last.started_at) == ("orphaned", NOW + timedelta(minutes=5))


def test_the_books_balance_as_before(store: Store) -> None:
    with store:
        balance = store.deliveries.conservation(IssueId(1))

    assert (balance.holds, balance.tally) == (True, Tally(sent=1, sending=1))
