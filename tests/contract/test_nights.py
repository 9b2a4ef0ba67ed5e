"""What each night did."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from digest.errors import NotFound
from digest.model import NightRecord
from digest.storage import Store

NIGHT = date(2026, 11, 22)
HOUR = timedelta(hours=1)
MARKS: list[Callable[[Store, datetime], None]] = [
    lambda store, at: store.nights.mark_closed(NIGHT, at),
    lambda store, at: store.nights.mark_cut(NIGHT, at),
    lambda store, at: store.nights.mark_finished(NIGHT, at),
]


def test_a_night_that_never_started_is_none(store: Store) -> None:
    assert (store.nights.get(NIGHT), store.nights.last(), store.nights.settings(NIGHT)) == (None, None, None)


def test_a_night_starts_with_nothing_done(store: Store, now: datetime) -> None:
    store.nights.start(NIGHT, now, "{}")
    assert store.nights.get(NIGHT) == NightRecord(night=NIGHT, started_at=now)


def test_a_night_run_again_keeps_its_first_instant_and_its_marks(store: Store, now: datetime) -> None:
    store.nights.start(NIGHT, now, "{}")
    store.nights.mark_closed(NIGHT, now)
    store.nights.start(NIGHT, now + HOUR, "{}")
    assert store.nights.get(NIGHT) == NightRecord(night=NIGHT, started_at=now, closed_at=now)


def test_a_night_remembers_the_settings_of_its_last_run(store: Store, now: datetime) -> None:
    store.nights.start(NIGHT, now, '{"a":1}')
    store.nights.start(NIGHT, now + HOUR, '{"a":2}')
    assert store.nights.settings(NIGHT) == '{"a":2}'


def test_the_first_mark_of_closing_and_cutting_stays_and_the_latest_of_finishing(
    store: Store, now: datetime
) -> None:
    store.nights.start(NIGHT, now, "{}")
    for at in (now + HOUR, now + 2 * HOUR):
        for mark in MARKS:
            mark(store, at)
    assert store.nights.get(NIGHT) == NightRecord(
        night=NIGHT, started_at=now, closed_at=now + HOUR, cut_at=now + HOUR, finished_at=now + 2 * HOUR
    )


@pytest.mark.parametrize("mark", MARKS)
def test_a_night_that_never_started_cannot_be_marked(
    store: Store, now: datetime, mark: Callable[[Store, datetime], None]
) -> None:
    with pytest.raises(NotFound, match="2026-11-22 never started"):
        mark(store, now)


def test_the_last_night_is_the_latest_by_its_date(store: Store, now: datetime) -> None:
    for night in (NIGHT, NIGHT + timedelta(days=9), NIGHT + timedelta(days=1)):
        store.nights.start(night, now, "{}")
    last = store.nights.last()
    assert last is not None
    assert last.night == NIGHT + timedelta(days=9)
