"""When a subscription is due: each slot of its cadence once, whatever clocks and nights do (design §3.2)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.model import Cadence, Rhythm, Weekday
from subscribers.slots import end_of, local_instant, start_of
from subscribers.wishes import advance, first_due, is_due, next_due

PARIS = ZoneInfo("Europe/Paris")
#: with every kind of clock change: an hour, half an hour, at midnight, a whole date skipped
ZONES = (
    "Europe/Paris",
    "UTC",
    "America/New_York",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Kiritimati",
    "Asia/Kathmandu",
    "Africa/Casablanca",
    "America/St_Johns",
)
zones = st.sampled_from(ZONES)
rhythms = st.builds(
    Rhythm,
    cadence=st.sampled_from(Cadence),
    weekday=st.none() | st.sampled_from(Weekday),
    hour=st.none() | st.integers(0, 23),
    timezone=st.none() | zones,
)
#: two years each: around Samoa's lost 30 December 2011, Brazil's last summer times, and from now on
starts = st.sampled_from((date(2011, 1, 1), date(2017, 2, 20), date(2026, 11, 22)))
TWO_YEARS = 731


def slots_between(rhythm: Rhythm, weekday: Weekday, site: ZoneInfo, start: date, end: date) -> set[datetime]:
    """The slots of every date of the cadence: an oracle that walks the calendar day by day."""
    zone = ZoneInfo(rhythm.timezone) if rhythm.timezone and rhythm.hour is not None else site
    found = set()
    day = start
    while day < end:
        wanted = {
            Cadence.NIGHTLY: True,
            Cadence.WEEKLY: day.strftime("%A").lower() == (rhythm.weekday or weekday),
            Cadence.MONTHLY: day.day == 1,
        }[rhythm.cadence]
        if wanted:
            found.add(local_instant(day, time(rhythm.hour or 0), zone))
        day += timedelta(days=1)
    return found


@given(rhythms, st.sampled_from(Weekday), zones, starts)
def test_every_slot_of_two_years_comes_once_and_in_order(
    rhythm: Rhythm, weekday: Weekday, zone: str, start: date
) -> None:
    site = ZoneInfo(zone)
    end = start + timedelta(days=TWO_YEARS)
    at = start_of(start, site)
    walked = []
    while (at := next_due(rhythm, weekday, after=at, site_zone=site)) < end_of(end, site):
        walked.append(at)
    oracle = slots_between(rhythm, weekday, site, start - timedelta(days=3), end + timedelta(days=4))
    low, high = start_of(start, site), end_of(end, site)
    assert walked == sorted(slot for slot in oracle if low < slot < high)


@given(rhythms, st.sampled_from(Weekday), zones, starts, st.data())
def test_over_two_years_of_nights_each_slot_is_planned_once_or_with_those_missed(
    rhythm: Rhythm, weekday: Weekday, zone: str, start: date, data: st.DataObject
) -> None:
    """Nights run late, are missed, run again, or under a clock that jumped back: none is planned twice, and
    every slot is covered by the first night after it that ran."""
    site = ZoneInfo(zone)
    steps = data.draw(st.lists(st.sampled_from((-2, 0, 1, 1, 1, 1, 1, 2, 9, 40)), min_size=60, max_size=90))
    joined = start_of(start, site) + timedelta(hours=data.draw(st.integers(0, 23)))
    due_at = first = first_due(rhythm, weekday, now=joined, site_zone=site)
    covered: list[datetime] = []
    night, last = start, start
    for step in steps:
        night += timedelta(days=step)
        if not is_due(due_at, night, site):
            continue
        assert not covered or night > last
        moved = advance(rhythm, weekday, night=night, site_zone=site)
        assert not is_due(moved, night, site)
        slots = slots_between(rhythm, weekday, site, start - timedelta(days=3), night + timedelta(days=3))
        covered += sorted(slot for slot in slots if due_at <= slot < moved)
        assert covered[-1] < end_of(night, site)
        due_at, last = moved, night
    oracle = slots_between(rhythm, weekday, site, start - timedelta(days=3), last + timedelta(days=3))
    assert covered == (sorted(s for s in oracle if first <= s < end_of(last, site)) if covered else [])


@given(rhythms, st.sampled_from(Weekday), zones, st.integers(0, 2 * 365 * 24 * 60))
def test_a_first_slot_is_of_today_or_later_and_never_skips_one(
    rhythm: Rhythm, weekday: Weekday, zone: str, minutes: int
) -> None:
    site, now = ZoneInfo(zone), datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    first = first_due(rhythm, weekday, now=now, site_zone=site)
    own = ZoneInfo(rhythm.timezone) if rhythm.timezone and rhythm.hour is not None else site
    today = start_of(now.astimezone(own).date(), own)
    assert first == next_due(rhythm, weekday, after=today - timedelta(microseconds=1), site_zone=site)


def due(cadence: Cadence, now: str, hour: int | None = None, timezone: str | None = None) -> str:
    rhythm = Rhythm(cadence=cadence, hour=hour, timezone=timezone)
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    return first_due(rhythm, Weekday.MONDAY, now=at, site_zone=PARIS).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("cadence", "now", "first"),
    [
        # 22 November 2026 is a Sunday; Paris is an hour before UTC.
        (Cadence.NIGHTLY, "2026-11-22T14:00", "2026-11-21 23:00"),
        (Cadence.WEEKLY, "2026-11-22T14:00", "2026-11-22 23:00"),
        (Cadence.WEEKLY, "2026-11-22T23:30", "2026-11-22 23:00"),
        (Cadence.WEEKLY, "2026-11-24T14:00", "2026-11-29 23:00"),
        (Cadence.MONTHLY, "2026-11-22T14:00", "2026-11-30 23:00"),
        (Cadence.MONTHLY, "2026-12-01T14:00", "2026-11-30 23:00"),
    ],
)
def test_a_new_subscription_starts_today_where_today_is_its_day(
    cadence: Cadence, now: str, first: str
) -> None:
    assert due(cadence, now) == first


def test_with_an_hour_today_is_the_readers_own() -> None:
    """At 14:00 UTC on Sunday it is Monday in Kiritimati (+14); an hour that is past still counts."""
    assert due(Cadence.WEEKLY, "2026-11-22T14:00", 3, "Pacific/Kiritimati") == "2026-11-22 13:00"


def test_without_an_hour_the_readers_zone_does_not_matter() -> None:
    assert due(Cadence.WEEKLY, "2026-11-22T14:00", None, "Pacific/Kiritimati") == "2026-11-22 23:00"


def test_a_zone_that_is_no_more_is_the_sites() -> None:
    assert due(Cadence.NIGHTLY, "2026-11-22T14:00", 7, "Mars/Olympus") == "2026-11-22 06:00"


@pytest.mark.parametrize(
    ("zone", "day", "at", "instant"),
    [
        # The hour from 2 to 3 does not exist.
        ("Europe/Paris", date(2027, 3, 28), time(2, 30), "2027-03-28 01:00"),
        # The hour from 2 to 3 comes twice: the first.
        ("Europe/Paris", date(2026, 10, 25), time(2, 30), "2026-10-25 00:30"),
        # Half an hour is lost, half an hour comes twice.
        ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 0), "2026-10-03 15:30"),
        ("Australia/Lord_Howe", date(2026, 4, 5), time(1, 45), "2026-04-04 14:45"),
        # Midnight itself does not exist.
        ("America/Sao_Paulo", date(2017, 10, 15), time(0), "2017-10-15 03:00"),
        # A whole date does not exist.
        ("Pacific/Apia", date(2011, 12, 30), time(12), "2011-12-30 10:00"),
    ],
)
def test_a_gap_moves_to_the_next_minute_there_is_and_a_doubled_hour_counts_once(
    zone: str, day: date, at: time, instant: str
) -> None:
    assert local_instant(day, at, ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M") == instant


def test_a_slot_at_the_end_of_a_night_is_the_next_nights() -> None:
    rhythm = Rhythm(cadence=Cadence.NIGHTLY)
    tomorrow = advance(rhythm, Weekday.MONDAY, night=date(2026, 11, 22), site_zone=PARIS)
    assert tomorrow == start_of(date(2026, 11, 23), PARIS)
    assert is_due(tomorrow, date(2026, 11, 23), PARIS)


def test_who_has_no_slot_is_never_due() -> None:
    assert not is_due(None, date(2026, 11, 22), PARIS)
