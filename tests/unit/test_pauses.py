"""A domain that blames us is left alone, longer each time, until it takes a message."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from digest.deliver.pauses import Pauses

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
MICROSECOND = timedelta(microseconds=1)
jitters = st.floats(-1, 1, allow_nan=False)


def lengths(pauses: Pauses, times: int, jitter: float = 0) -> list[timedelta]:
    """How long each of so many pauses in a row lasts, each begun as the one before ends."""
    now, found = NOW, []
    for _ in range(times):
        until = pauses.pause("gmail.com", now, "421 4.7.28", jitter=jitter)
        found.append(until - now)
        now = until
    return found


def test_pauses_double_from_half_an_hour_to_four_hours() -> None:
    assert lengths(Pauses(), 6) == [m * MINUTE for m in (30, 60, 120, 240, 240, 240)]


def test_a_message_taken_ends_it() -> None:
    pauses = Pauses()
    lengths(pauses, 3)
    assert pauses.clear("Gmail.com")
    assert (pauses.rows(), pauses.until("gmail.com", NOW)) == ((), None)
    assert lengths(pauses, 1) == [30 * MINUTE]
    assert not Pauses().clear("gmail.com")


def test_a_domain_is_paused_whatever_its_case_and_no_other_with_it() -> None:
    pauses = Pauses()
    until = pauses.pause("Gmail.com", NOW, "5.7.26")
    assert pauses.until("GMAIL.COM", NOW) == until
    assert pauses.until("yahoo.com", NOW) is None
    assert (pauses.words("gmail.com"), pauses.words("yahoo.com")) == ("5.7.26", "")


def test_it_ends_at_its_instant() -> None:
    pauses = Pauses()
    until = pauses.pause("gmail.com", NOW, "")
    assert pauses.until("gmail.com", until - MICROSECOND) == until
    assert pauses.until("gmail.com", until) is None


def test_what_was_under_way_counts_once() -> None:
    pauses = Pauses()
    until = pauses.pause("gmail.com", NOW, "first")
    assert pauses.pause("gmail.com", NOW + MINUTE, "second") == until
    assert [row.times for row in pauses.rows()] == [1]


@given(jitter=jitters, times=st.integers(1, 12))
def test_jitter_spreads_by_a_fifth_and_never_makes_it_endless(jitter: float, times: int) -> None:
    plain = lengths(Pauses(), times)
    for length, exact in zip(lengths(Pauses(), times, jitter), plain, strict=True):
        assert abs(length / exact - 1) <= 0.2 + 1e-9


@given(jitter=jitters, times=st.integers(1, 8))
def test_a_restart_changes_nothing(jitter: float, times: int) -> None:
    pauses = Pauses()
    lengths(pauses, times, jitter)
    again = Pauses(pauses.rows())
    (row,) = pauses.rows()
    assert again.until("gmail.com", row.until_at - MINUTE) == row.until_at
    later = row.until_at + MINUTE
    assert again.pause("gmail.com", later, "", jitter=jitter) == pauses.pause(
        "gmail.com", later, "", jitter=jitter
    )


def test_a_clock_set_back_does_not_pause_for_longer_than_any_pause_lasts() -> None:
    pauses = Pauses()
    pauses.pause("gmail.com", NOW, "")
    assert pauses.until("gmail.com", NOW - timedelta(days=2)) is None


def test_a_refusal_a_day_after_the_end_is_another_story() -> None:
    pauses = Pauses()
    lengths(pauses, 4)
    (row,) = pauses.rows()
    late = row.until_at + timedelta(days=1, seconds=1)
    assert pauses.pause("gmail.com", late, "") - late == 30 * MINUTE
