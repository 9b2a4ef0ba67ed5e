"""A run keeps to its pace, and the next one knows of it: ramp-up, rates, warnings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from digest.deliver import DeliverReport, Policy, Timeouts, deliver, transport_of
from digest.deliver.pace import pace_of
from digest.settings.schema import Mail
from digest.storage import Store, open_store
from tests.ledger import NOW, peek, planned, poke
from tests.rooms.delivering import composed

DAY = timedelta(days=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store("sqlite:///digest.db", base=tmp_path, now=NOW) as opened:
        yield opened


def run(
    store: Store, folder: Path, now: datetime, *, stop: Callable[[], bool] = lambda: False, **mail: object
) -> DeliverReport:
    """A run of that day with these settings, into files."""
    settings = Mail.model_validate({"from": "P <p@example.org>", "smtp": "dir:outbox", **mail})
    today: date = now.date()
    return deliver(
        store,
        transport_of("dir:outbox", None, folder, Timeouts()),
        composed,
        policy=Policy(),
        now=lambda: now,
        random=lambda: 0.5,
        stop=stop,
        pace=pace_of(settings, store.throttles.load(), today),
    )


def test_a_new_sender_mails_fifty_the_first_day_and_a_hundred_the_next(store: Store, tmp_path: Path) -> None:
    planned(store, [f"r{number:03}@example.org" for number in range(160)])
    sent = [
        run(store, tmp_path, NOW, ramp_up=True).sent,
        run(store, tmp_path, NOW + timedelta(hours=1), ramp_up=True).sent,
        run(store, tmp_path, NOW + DAY, ramp_up=True).sent,
        run(store, tmp_path, NOW + 2 * DAY, ramp_up=True).sent,
    ]
    assert sent == [50, 0, 100, 10]


def test_what_the_ramp_keeps_back_stays_planned_and_does_not_expire(store: Store, tmp_path: Path) -> None:
    planned(store, [f"r{number:03}@example.org" for number in range(60)])
    assert run(store, tmp_path, NOW, ramp_up=True).is_ramping
    rest = peek(store, "SELECT status, attempts FROM deliveries WHERE status <> 'sent'")
    assert [tuple(row.values()) for row in rest] == [("planned", 0)] * 10

    report = run(store, tmp_path, NOW + 30 * DAY)
    assert (report.sent, report.expired, report.open) == (10, 0, 0)


def test_who_confirmed_last_comes_first_on_the_ramp(store: Store, tmp_path: Path) -> None:
    readers = planned(store, [f"r{number:03}@example.org" for number in range(80)]).subscriptions
    for number, reader in enumerate(readers):
        at = f"2026-10-01T00:{number // 60:02}:{number % 60:02}.000000Z"
        poke(store, "UPDATE subscriptions SET confirmed_at = ? WHERE id = ?", at, reader)
    run(store, tmp_path, NOW, ramp_up=True)
    sent = peek(store, "SELECT subscription_id FROM deliveries WHERE status = 'sent' ORDER BY 1")
    assert [row["subscription_id"] for row in sent] == list(readers[30:])


def test_what_left_is_remembered_with_the_commit_that_let_it_go(store: Store, tmp_path: Path) -> None:
    planned(store, ["ada@gmail.com"])
    run(store, tmp_path, NOW, rate="1/minute", rates={"gmail.com": "1/hour"})
    owed = {level.name: level.level for level in store.throttles.load()}
    assert owed == {"overall": 60_000_000, "domain:gmail.com": 3_600_000_000}


@pytest.mark.parametrize(
    ("mail", "said"),
    [
        ({"rate": "1/hour"}, "At 1/hour (mail.rate), 30 messages take 29 hours."),
        ({"rates": {"gmail.com": "1/day"}}, "At 1/day (mail.rates), 3 messages to gmail.com take 48 hours."),
        ({"rate": "2/hour", "rates": {"gmail.com": "2/day"}}, None),
    ],
)
def test_a_rate_too_slow_for_the_queue_is_said_before_anything_leaves(
    store: Store, tmp_path: Path, mail: dict[str, object], said: str | None
) -> None:
    planned(store, [f"r{number}@{'gmail.com' if number < 3 else 'b.example'}" for number in range(30)])
    report = run(store, tmp_path, NOW, stop=lambda: True, **mail)
    assert report.sent == 0
    assert (report.warning or "").partition(" That is longer")[0] == (said or "")
