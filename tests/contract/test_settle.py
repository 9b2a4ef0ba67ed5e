"""One commit for many connections: every end, then every beginning; a lost lease harms nobody else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.errors import StorageError
from digest.model import DeliveryId, Status
from digest.storage import Store, open_store
from digest.storage.protocol.deliveries import Began, Claim, Ending, Held, Settlement, Suppressed
from subscribers.model import Reason
from tests.ledger import HEAD, NOW, begin, claim, cursors, issue, peek, planned, poke, statuses

ADA, BOB, EVE = "ada@example.org", "bob@example.org", "eve@example.net"
LATER = NOW + timedelta(minutes=5)

SENT = Ending(status=Status.SENT, phase="dot", code=250, enhanced="2.0.0", reply="ok")
DEFERRED = Ending(status=Status.DEFERRED, phase="rcpt", code=450, not_before_at=LATER)
FAILED = Ending(status=Status.FAILED, phase="rcpt", code=550, enhanced="5.1.1", suppress=Reason.HARD)
UNCERTAIN = Ending(status=Status.UNCERTAIN, phase="dot")
EXPIRED = Ending(status=Status.EXPIRED, phase="rcpt", code=450)


def begun(store: Store, addresses: list[str]) -> tuple[Claim, ...]:
    """All of them planned, claimed and `sending`."""
    planned(store, addresses)
    found = claim(store)
    store.deliveries.settle((), [each.held() for each in found], NOW)
    return found


def test_ends_and_beginnings_are_told_in_the_order_given(store: Store) -> None:
    planned(store, [ADA, BOB, EVE])
    ada, bob, eve = claim(store)
    begin(store, ada.held(), NOW)
    poke(store, "UPDATE subscriptions SET consent = 'unsubscribed', due_at = NULL WHERE id = 2")

    told = store.deliveries.settle([(ada.held(), SENT)], [bob.held(), eve.held()], NOW)

    assert told == Settlement(lost=(), begun=(Suppressed(reason="unsubscribed"), Began()))
    assert statuses(store) == ["sent", "suppressed", "sending"]
    assert cursors(store) == [HEAD, HEAD, 10]


def test_a_lost_end_rolls_nothing_else_back(store: Store) -> None:
    ada, bob = begun(store, [ADA, BOB])
    poke(store, "UPDATE deliveries SET fence = fence + 1 WHERE id = 1")

    told = store.deliveries.settle([(ada.held(), FAILED), (bob.held(), SENT)], (), NOW)

    assert told.lost == (ada.id,)
    assert (statuses(store), cursors(store)) == (["sending", "sent"], [10, HEAD])
    assert peek(store, "SELECT * FROM suppressions") == []


def test_a_lost_beginning_rolls_nothing_else_back(store: Store) -> None:
    planned(store, [ADA, BOB, EVE])
    ada, bob, eve = claim(store)
    begin(store, ada.held(), NOW)
    poke(store, "UPDATE deliveries SET fence = fence + 1 WHERE id = 2")

    told = store.deliveries.settle([(ada.held(), SENT)], [bob.held(), eve.held()], NOW)

    assert told == Settlement(lost=(), begun=(None, Began()))
    assert statuses(store) == ["sent", "planned", "sending"]


def test_what_ends_first_bars_what_begins_after_it(store: Store) -> None:
    # One person twice on one commit: the address that fails is suppressed before the next is looked at.
    made = planned(store, [ADA])
    issue_id, edition_id = issue(store, night="2026-11-29", number=None)
    owed = made.owed(made.subscriptions[0])
    store.deliveries.plan([replace(owed, issue_id=issue_id, edition_id=edition_id)])
    first, second = claim(store)
    begin(store, first.held(), NOW)

    told = store.deliveries.settle([(first.held(), FAILED)], [second.held()], NOW)

    assert told.begun == (Suppressed(reason="hard"),)


def test_nothing_to_settle_writes_nothing(store: Store) -> None:
    planned(store, [ADA])

    assert store.deliveries.settle((), (), NOW) == Settlement(lost=(), begun=())
    assert statuses(store) == ["planned"]


def test_an_expired_end_makes_its_reader_due(store: Store) -> None:
    (ada,) = begun(store, [ADA])

    store.deliveries.settle([(ada.held(), EXPIRED)], (), NOW)

    assert peek(store, "SELECT due_at, cursor FROM subscriptions") == [
        {"due_at": "2026-11-22T03:00:00.000000Z", "cursor": 10}
    ]


def test_a_try_the_relay_took_is_told_without_a_row_of_its_own(store: Store) -> None:
    (ada,) = begun(store, [ADA])
    store.deliveries.settle([(ada.held(), SENT)], (), LATER)

    (told,) = store.deliveries.attempts_of(DeliveryId(1))

    assert (told.started_at, told.ended_at) == (NOW, LATER)
    assert (told.outcome, told.phase, told.code, told.enhanced, told.reply) == (
        "sent",
        "dot",
        250,
        "2.0.0",
        "ok",
    )
    assert peek(store, "SELECT * FROM attempts") == []


def test_every_try_is_told_oldest_first(store: Store) -> None:
    (ada,) = begun(store, [ADA])
    store.deliveries.settle([(ada.held(), DEFERRED)], (), NOW)
    (again,) = claim(store, now=LATER)
    store.deliveries.settle((), [again.held()], LATER)
    lasting = store.deliveries.attempts_of(DeliveryId(1))
    store.deliveries.settle([(again.held(), SENT)], (), LATER)

    ended = store.deliveries.attempts_of(DeliveryId(1))

    assert [(each.outcome, each.code, each.started_at) for each in lasting] == [
        ("deferred", 450, NOW),
        (None, None, LATER),
    ]
    assert [(each.outcome, each.code, each.started_at) for each in ended] == [
        ("deferred", 450, NOW),
        ("sent", 250, LATER),
    ]


@pytest.mark.parametrize("table", ["deliveries", "subscriptions", "suppressions", "attempts"])
def test_a_settlement_that_fails_leaves_nothing_half(store: Store, table: str) -> None:
    """Whatever write of it is refused: a full disk has no favourite."""
    planned(store, [ADA, BOB, EVE])
    ada, bob, eve = claim(store)
    store.deliveries.settle((), [ada.held(), bob.held()], NOW)
    kind, last = ("UPDATE", "NEW.id = 3") if table == "deliveries" else ("UPDATE", "NEW.id = 2")
    kind, last = ("INSERT", "1") if table in ("suppressions", "attempts") else (kind, last)
    poke(
        store,
        f"CREATE TRIGGER full BEFORE {kind} ON {table} WHEN {last}"
        " BEGIN SELECT RAISE(ABORT, 'disk is full'); END",
    )
    before = _all(store)

    with pytest.raises(StorageError, match="disk is full"):
        store.deliveries.settle([(ada.held(), SENT), (bob.held(), FAILED)], [eve.held()], NOW)

    assert _all(store) == before


def test_a_settlement_behind_a_lock_that_stays_is_refused_whole(tmp_path: Path) -> None:
    url = "sqlite:///digest.db"
    with (
        open_store(url, base=tmp_path, now=NOW) as other,
        open_store(url, base=tmp_path, now=NOW, busy_timeout_ms=1) as store,
    ):
        (ada,) = begun(store, [ADA])
        with other.atomic(), pytest.raises(StorageError, match="locked"):
            store.deliveries.settle([(ada.held(), SENT)], (), NOW)
        assert statuses(store) == ["sending"]

        assert store.deliveries.settle([(ada.held(), SENT)], (), NOW).lost == ()
        assert statuses(store) == ["sent"]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    groups=st.lists(
        st.lists(st.sampled_from([SENT, DEFERRED, FAILED, UNCERTAIN, EXPIRED]), max_size=4), max_size=6
    ),
    dies_after=st.integers(min_value=0, max_value=6),
)
def test_conservation_holds_whatever_ends_and_wherever_a_run_dies(
    tmp_path_factory: pytest.TempPathFactory, groups: list[list[Ending]], dies_after: int
) -> None:
    with open_store("sqlite://", base=tmp_path_factory.getbasetemp(), now=NOW) as store:
        made = planned(store, [f"reader{n}@example.org" for n in range(24)])
        for number, group in enumerate(groups):
            found = store.deliveries.claim(NOW, NOW + timedelta(hours=1), len(group) + 1)
            store.deliveries.settle((), [each.held() for each in found], NOW)
            if number == dies_after:
                store.deliveries.take_over(NOW, "resend")
            store.deliveries.settle(_ends(found, group), (), NOW)

            balance = store.deliveries.conservation(made.issue_id)
            assert (balance.holds, balance.candidates) == (True, 24)
        served = peek(
            store,
            """SELECT d.id FROM deliveries d JOIN subscriptions s ON s.id = d.subscription_id
               WHERE (d.status IN ('sent', 'failed', 'suppressed', 'uncertain')) <> (s.cursor = 40)""",
        )
        assert served == []


def _ends(found: tuple[Claim, ...], group: Sequence[Ending]) -> list[tuple[Held, Ending]]:
    return [(each.held(), ending) for each, ending in zip(found, group, strict=False)]


def _all(store: Store) -> list[object]:
    tables = ("deliveries", "attempts", "subscriptions", "suppressions")
    return [peek(store, f"SELECT * FROM {table} ORDER BY 1") for table in tables]
