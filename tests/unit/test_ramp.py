"""A new sender mails 50 the first day and at most twice as many each day after, until it is known."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.deliver.ramp import Ramp, allowance
from digest.storage.protocol.throttles import Level

FIRST = date(2026, 11, 22)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("days", "most"), [(0, 50), (1, 100), (2, 200), (14, 819_200), (15, None), (16, None), (4_000, None)]
)
def test_day_n_takes_fifty_times_two_to_the_n(days: int, most: int | None) -> None:
    assert allowance(FIRST, FIRST + days * DAY, 0) == most


def test_before_anything_left_it_is_the_first_day() -> None:
    assert allowance(None, FIRST, 0) == 50


def test_a_clock_set_back_makes_it_the_first_day_again() -> None:
    assert allowance(FIRST, FIRST - 3 * DAY, 0) == 50


@given(sent=st.integers(0, 10_000), days=st.integers(0, 14))
def test_what_was_sent_today_is_taken_off_and_never_below_nothing(sent: int, days: int) -> None:
    left = allowance(FIRST, FIRST + days * DAY, sent)
    assert left == max(0, 50 * 2**days - sent)


@given(days=st.lists(st.integers(0, 3), min_size=1, max_size=20))
def test_the_count_is_exact_over_restarts_and_begins_anew_each_day(days: list[int]) -> None:
    levels: tuple[Level, ...] = ()
    today = FIRST
    for more in days:
        today += more * DAY
        before = Ramp.recall("example.org", today, levels)
        after = before.counted()
        assert after.sent_today == before.sent_today + 1
        assert (before.sent_today == 0) or not more
        assert after.first_day == FIRST + days[0] * DAY
        levels = after.levels()


def test_another_sender_has_a_ramp_of_its_own() -> None:
    levels = Ramp.recall("example.org", FIRST, ()).counted().levels()
    other = Ramp.recall("example.net", FIRST + DAY, levels)
    assert (other.first_day, other.left) == (None, 50)


def test_nothing_is_stored_before_anything_left() -> None:
    assert Ramp.recall("example.org", FIRST, ()).levels() == ()


def test_a_count_of_another_day_is_none_of_today() -> None:
    count = Level(name="ramp:example.org", level=30, at=datetime(2026, 11, 21, tzinfo=UTC))
    assert Ramp.recall("example.org", FIRST, [count]).sent_today == 0
