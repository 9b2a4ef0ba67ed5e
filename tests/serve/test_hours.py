"""When the night runs: once a date, at its hour, through every change of the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.clock import end_of, night_of
from digest.model import NightRecord
from digest.serve.hours import leaves_at, next_night
from subscribers.model import (
    Cadence,
    Consent,
    Format,
    ListId,
    OnReturn,
    Rhythm,
    SubscriberId,
    Subscription,
    SubscriptionId,
    Wishes,
    WishesId,
)

PARIS = ZoneInfo("Europe/Paris")
THREE = time(3)
DAY = timedelta(days=1)
#: with gaps and folds at night, at midnight, of half an hour, and none
ZONES = st.sampled_from(
    [
        ZoneInfo(name)
        for name in ("Europe/Paris", "America/Sao_Paulo", "Australia/Lord_Howe", "UTC", "Asia/Beirut")
    ]
)
INSTANTS = st.datetimes(datetime(2015, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
HOURS = st.times().map(lambda at: at.replace(second=0, microsecond=0))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).astimezone(UTC)


def cut(night: str) -> NightRecord:
    """A night that came to its end."""
    then = at(f"{night}T03:05")
    return NightRecord(night=date.fromisoformat(night), started_at=then, closed_at=then, cut_at=then)


def begun(night: str) -> NightRecord:
    """One that died while it asked sources."""
    return NightRecord(night=date.fromisoformat(night), started_at=at(f"{night}T03:00"))


@pytest.mark.parametrize(
    ("now", "last", "expected"),
    [
        pytest.param("2026-11-22T01:00", cut("2026-11-21"), "2026-11-22T03:00", id="waits for its hour"),
        pytest.param("2026-11-22T03:30", cut("2026-11-22"), "2026-11-23T03:00", id="not twice a date"),
        pytest.param("2026-11-22T10:00", cut("2026-11-21"), "2026-11-22T03:00", id="catches up"),
        pytest.param("2026-11-22T10:00", cut("2026-11-01"), "2026-11-22T03:00", id="catches up once"),
        pytest.param("2026-11-22T10:00", begun("2026-11-22"), "2026-11-22T03:00", id="goes on after it died"),
        pytest.param("2026-11-22T10:00", None, "2026-11-23T03:00", id="a new house has missed nothing"),
        pytest.param("2026-11-22T01:00", None, "2026-11-22T03:00", id="a new house's first night"),
        pytest.param("2026-11-22T01:00", cut("2026-11-25"), "2026-11-23T03:00", id="a clock that was ahead"),
    ],
)
def test_a_night_runs_at_its_hour(now: str, last: NightRecord | None, expected: str) -> None:
    assert next_night(THREE, PARIS, now=at(now), last=last) == at(expected)


def test_an_hour_that_a_clock_change_skips_runs_at_the_first_minute_after_it() -> None:
    """2026-03-29 in Paris has no 02:30."""
    due = next_night(time(2, 30), PARIS, now=at("2026-03-29T00:00"), last=cut("2026-03-28"))

    assert due == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


def test_an_hour_that_comes_twice_runs_the_first_time_only() -> None:
    """2026-10-25 in Paris has 02:30 twice."""
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)

    assert next_night(time(2, 30), PARIS, now=first - DAY / 24, last=cut("2026-10-24")) == first
    after = next_night(time(2, 30), PARIS, now=first + DAY / 24, last=cut("2026-10-25"))
    assert after == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


@given(now=INSTANTS, hour=HOURS, zone=ZONES)
def test_a_year_of_waiting_and_running_has_each_date_once(now: datetime, hour: time, zone: ZoneInfo) -> None:
    """Whatever the hour and the zone: run when due, forty times, and no date is left out or comes twice."""
    nights: list[date] = []
    last: NightRecord | None = None
    for _ in range(40):
        due = next_night(hour, zone, now=now, last=last)
        now = max(now, due)
        night = night_of(now, zone)
        nights.append(night)
        last = NightRecord(night=night, started_at=now, cut_at=now)

    assert nights == [nights[0] + n * DAY for n in range(40)]


@given(now=INSTANTS, hour=HOURS, zone=ZONES, gap=st.integers(0, 400))
def test_after_any_time_off_it_runs_today_or_waits_less_than_two_days(
    now: datetime, hour: time, zone: ZoneInfo, gap: int
) -> None:
    night = night_of(now, zone) - gap * DAY
    last = NightRecord(night=night, started_at=now - gap * DAY, cut_at=now - gap * DAY)

    due = next_night(hour, zone, now=now, last=last)

    assert now - 2 * DAY < due < now + 2 * DAY
    assert (night_of(due, zone) == night_of(now, zone)) is (gap > 0)


def place(
    due_at: datetime | None, *, paused_until: datetime | None = None, hour: int | None = None
) -> Subscription:
    return Subscription(
        id=SubscriptionId(1),
        subscriber_id=SubscriberId(1),
        list_id=ListId(1),
        consent=Consent.CONFIRMED,
        rhythm=Rhythm(cadence=Cadence.WEEKLY, hour=hour),
        language="fr",
        format=Format.HTML,
        wishes_id=WishesId(1),
        wishes=Wishes(),
        due_at=due_at,
        cursor=0,
        paused_until=paused_until,
        on_return=OnReturn.SKIP,
        created_at=at("2026-01-01"),
        confirmed_at=at("2026-01-01"),
        left_at=None,
    )


@pytest.mark.parametrize(
    ("subscription", "last", "expected"),
    [
        pytest.param(place(None), None, None, id="who is not confirmed"),
        pytest.param(place(at("2026-11-23")), cut("2026-11-22"), "2026-11-23T03:00", id="a slot ahead"),
        pytest.param(place(at("2026-11-22")), cut("2026-11-22"), "2026-11-23T03:00", id="tonight is cut"),
        pytest.param(place(at("2026-11-20")), cut("2026-11-21"), "2026-11-22T12:00", id="tonight is late"),
        pytest.param(place(at("2026-11-23T07:00"), hour=7), cut("2026-11-22"), "2026-11-23T07:00", id="hour"),
        pytest.param(
            place(at("2026-11-23"), paused_until=at("2026-12-20")), cut("2026-11-22"), "2026-12-20T03:00",
            id="a pause",
        ),
    ],
)  # fmt: skip
def test_a_reader_is_told_when_their_next_digest_leaves(
    subscription: Subscription, last: NightRecord | None, expected: str | None
) -> None:
    found = leaves_at(subscription, THREE, PARIS, now=at("2026-11-22T12:00"), last=last)

    assert found == (at(expected) if expected else None)


@given(now=INSTANTS, due=INSTANTS, pause=st.none() | INSTANTS, hour=HOURS)
def test_what_is_promised_is_what_the_night_would_do(
    now: datetime, due: datetime, pause: datetime | None, hour: time
) -> None:
    """The date promised is one whose night plans that slot, and no earlier one from today on does."""
    found = leaves_at(place(due, paused_until=pause), hour, PARIS, now=now, last=None)

    def plans(night: date) -> bool:
        end = end_of(night, PARIS)
        return due < end and (pause is None or pause < end)

    assert found is not None
    night = night_of(found, PARIS)
    assert plans(night)
    assert night == night_of(now, PARIS) or not plans(night - DAY)
