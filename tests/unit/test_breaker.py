"""A relay that is down is asked ever less often, and at once again when it works."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from digest.deliver.breaker import Breaker

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
NIGHT = timedelta(hours=8)


def failing(breaker: Breaker, times: int, now: datetime = NOW) -> datetime:
    """So many failures, each as soon as it may be. The instant of the last."""
    for _ in range(times):
        now = breaker.opens_at(now) or now
        breaker.failed(now)
    return now


def test_four_failures_keep_nobody_waiting() -> None:
    breaker = Breaker()
    failing(breaker, 4)
    assert breaker.opens_at(NOW) is None


def test_the_fifth_in_a_row_makes_a_minute_s_wait() -> None:
    breaker = Breaker()
    failing(breaker, 5)
    assert breaker.opens_at(NOW) == NOW + 60 * SECOND
    assert breaker.opens_at(NOW + 60 * SECOND) is None


def test_each_failure_after_doubles_the_wait_to_half_an_hour() -> None:
    breaker, waits = Breaker(), []
    now = failing(breaker, 5)
    for _ in range(7):
        opens = breaker.opens_at(now)
        assert opens is not None
        waits.append((opens - now) / SECOND)
        now = opens
        breaker.failed(now)
    assert waits == [60, 120, 240, 480, 960, 1800, 1800]


def test_a_connection_that_works_forgets_all() -> None:
    breaker = Breaker()
    now = failing(breaker, 9)
    breaker.succeeded()
    assert breaker.opens_at(now) is None
    failing(breaker, 4, now)
    assert breaker.opens_at(now) is None


def test_failures_begun_before_the_wait_are_no_news() -> None:
    breaker = Breaker()
    failing(breaker, 5)
    opens = breaker.opens_at(NOW)
    for _ in range(20):
        breaker.failed(NOW + SECOND)
    assert breaker.opens_at(NOW + SECOND) == opens


@given(step=st.integers(1, 120))
def test_a_relay_down_all_night_is_asked_some_thirty_times(step: int) -> None:
    """However often somebody would like to (fault B18)."""
    breaker, now, asked = Breaker(), NOW, 0
    while now < NOW + NIGHT:
        if breaker.opens_at(now) is None:
            asked += 1
            breaker.failed(now)
        now += step * SECOND
    assert asked <= 26


def test_a_clock_set_back_does_not_keep_it_shut() -> None:
    breaker = Breaker()
    failing(breaker, 5)
    assert breaker.opens_at(NOW - timedelta(days=1)) is None
