"""How instants, days, flags and lists of strings are stored."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.storage.rows import (
    day,
    flag,
    instant,
    parse_day,
    parse_flag,
    parse_instant,
    parse_strings,
    strings,
)

ZONES = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
INSTANTS = st.datetimes(
    min_value=datetime(2, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
    max_value=datetime(9998, 1, 1),  # noqa: DTZ001
    timezones=ZONES,
)


@given(INSTANTS)
def test_an_instant_comes_back_as_it_went(at: datetime) -> None:
    assert parse_instant(instant(at)) == at


@given(INSTANTS, INSTANTS)
def test_text_sorts_as_time_does(one: datetime, other: datetime) -> None:
    before, after = instant(one), instant(other)
    assert before is not None
    assert after is not None
    assert (before < after) == (one < other)


@given(INSTANTS)
def test_every_instant_is_27_characters_wide(at: datetime) -> None:
    assert len(instant(at) or "") == 27


def test_the_written_form_is_utc_with_microseconds() -> None:
    paris = timezone(timedelta(hours=1))
    assert instant(datetime(2026, 11, 22, 4, tzinfo=paris)) == "2026-11-22T03:00:00.000000Z"


def test_a_naive_datetime_is_refused() -> None:
    with pytest.raises(ValueError, match="no zone"):
        instant(datetime(2026, 11, 22))  # noqa: DTZ001 - the fault under test


@pytest.mark.parametrize(
    "text",
    ["2026-11-22", "2026-11-22T03:00:00Z", "2026-11-22T03:00:00.000+00:00", "2026-11-22 03:00:00.000000z"],
)
def test_another_form_of_an_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a stored instant"):
        parse_instant(text)


def test_a_stored_instant_comes_back_aware() -> None:
    assert parse_instant("2026-11-22T03:00:00.000000Z") == datetime(2026, 11, 22, 3, tzinfo=UTC)


@given(st.dates())
def test_a_day_comes_back_as_it_went(on: date) -> None:
    assert parse_day(day(on)) == on


def test_an_instant_is_not_a_day() -> None:
    with pytest.raises(TypeError, match="not a day"):
        day(datetime(2026, 11, 22, tzinfo=UTC))


def test_nothing_stays_nothing() -> None:
    assert (instant(None), parse_instant(None), day(None), parse_day(None)) == (None, None, None, None)


@pytest.mark.parametrize(("value", "stored"), [(True, 1), (False, 0)])
def test_a_flag_is_one_or_zero(value: bool, stored: int) -> None:
    assert (flag(value), parse_flag(stored)) == (stored, value)
    assert type(flag(value)) is int


@given(st.lists(st.text()).map(tuple))
def test_strings_come_back_as_they_went(values: tuple[str, ...]) -> None:
    assert parse_strings(strings(values)) == values
