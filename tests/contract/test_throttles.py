"""The pace of mail and the pauses of domains survive a restart."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from digest.errors import StorageError
from digest.storage import Store
from digest.storage.protocol.throttles import Level, Pause
from tests.ledger import NOW, planned

LATER = timedelta(hours=1)


def test_a_level_is_as_it_was_saved_last_and_others_stay(store: Store, now: datetime) -> None:
    overall = Level(name="overall", level=1_500_000, at=now)
    gmail = Level(name="domain:gmail.com", level=7, at=now)
    store.throttles.save([overall, gmail])
    later = replace(overall, level=0, at=now + LATER)
    store.throttles.save([later])
    assert store.throttles.load() == (gmail, later)


def test_a_level_saved_in_a_unit_of_work_that_fails_was_never_saved(store: Store, now: datetime) -> None:
    with pytest.raises(StorageError), store.atomic():
        _save_and_fail(store, now)
    assert store.throttles.load() == ()


def test_the_pauses_saved_are_all_there_are(store: Store, now: datetime) -> None:
    gmail = Pause(domain="gmail.com", until_at=now + LATER, times=2, words="421 4.7.28 slow down")
    yahoo = replace(gmail, domain="yahoo.com", times=1)
    store.throttles.save_pauses([yahoo, gmail])
    assert store.throttles.pauses() == (gmail, yahoo)
    store.throttles.save_pauses([yahoo])
    assert store.throttles.pauses() == (yahoo,)
    store.throttles.save_pauses([])
    assert store.throttles.pauses() == ()


def test_the_queue_of_a_domain_is_what_may_leave_for_it_now(store: Store) -> None:
    addresses = ["ada@Gmail.com", "bob@gmail.com", "eve@notgmail.com", "m@l.gmail.com", "a@b"]
    planned(store, addresses, not_before_at=NOW)
    assert store.throttles.queue("gmail.com", NOW) == 2
    assert store.throttles.queue("GMAIL.com", NOW - timedelta(seconds=1)) == 0


def _save_and_fail(store: Store, now: datetime) -> None:
    store.throttles.save([Level(name="overall", level=1, at=now)])
    raise StorageError("The disk is full.")
