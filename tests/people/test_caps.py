"""Caps bound what a stranger's form can do to an address, from a network, and in all."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from subscribers import caps
from subscribers.caps import Cap, Count
from tests.people.makers import NOW

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


class Counts:
    """What a store does with `taken`."""

    def __init__(self) -> None:
        self.counts: dict[str, Count] = {}

    def take(self, *wanted: Cap, at: datetime = NOW) -> Cap | None:
        after = caps.taken(wanted, self.counts, at)
        if isinstance(after, Cap):
            return after
        assert isinstance(after, Mapping)
        self.counts.update(after)
        return None


def test_an_address_is_asked_once_a_day() -> None:
    counts = Counts()
    assert counts.take(*caps.confirming("ada")) is None
    assert counts.take(*caps.confirming("ada"), at=NOW + DAY - timedelta.resolution) is not None
    assert counts.take(*caps.confirming("ada"), at=NOW + DAY) is None


def test_an_address_that_never_answers_is_asked_three_times_and_then_left_alone() -> None:
    counts = Counts()
    asked = [counts.take(*caps.confirming("ada"), at=NOW + DAY * n) is None for n in range(1000)]
    assert asked == [True] * 3 + [False] * 997


def test_sending_again_is_one_more_letter_a_day_and_counts_among_the_three() -> None:
    counts = Counts()
    assert counts.take(*caps.confirming("ada")) is None
    assert counts.take(*caps.again("ada")) is None
    assert counts.take(*caps.again("ada")) is not None
    assert counts.take(*caps.confirming("ada"), at=NOW + DAY) is None
    assert counts.take(*caps.again("ada"), at=NOW + DAY) is not None


def test_another_address_is_not_held_back() -> None:
    counts = Counts()
    counts.take(*caps.confirming("ada"))
    assert counts.take(*caps.confirming("bob")) is None


def test_where_one_cap_is_full_none_is_counted() -> None:
    counts = Counts()
    counts.take(*caps.confirming("ada"))
    before = dict(counts.counts)
    full = counts.take(caps.total(), *caps.confirming("ada"))
    assert full is not None
    assert full.name == "confirm:ada"
    assert counts.counts == before


def test_a_clock_set_back_shuts_nobody_out() -> None:
    counts = Counts()
    counts.take(*caps.confirming("ada"), at=NOW + 1000 * DAY)
    assert counts.take(caps.telling("link", "ada"), caps.confirming("ada")[0]) is None


@given(st.lists(st.integers(min_value=0, max_value=6 * 3600), max_size=200).map(sorted))
def test_no_window_ever_lets_more_through_than_its_limit(seconds: list[int]) -> None:
    counts, cap = Counts(), Cap(name="x", limit=3, window=HOUR)
    let = [each for each in seconds if counts.take(cap, at=NOW + timedelta(seconds=each)) is None]
    windows = dict.fromkeys(let, 0)
    start: int | None = None
    for each in let:
        if start is None or each >= start + 3600:
            start = each
        windows[start] += 1
    assert all(n <= 3 for n in windows.values())


def test_a_full_cap_says_when_it_opens() -> None:
    cap = Cap(name="x", limit=1, window=HOUR)
    assert caps.opens_in(cap, Count(n=1, since_at=NOW), NOW + HOUR / 4) == HOUR * 3 / 4
    assert caps.opens_in(cap, Count(n=1, since_at=NOW), NOW + DAY) == timedelta(0)
