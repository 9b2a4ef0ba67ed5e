"""Instants, zones and nights. Everything here is pure: the current time is always an argument.

An *instant* is an aware datetime in UTC. A *Night* is the calendar date, in the site's zone, that a
run belongs to (design §2), so one installation has one answer to "which night is it", whatever zone
its subscribers live in.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

Night = date


def utc_now() -> datetime:
    """The current instant. Called by `cli` and `serve` only; everyone else is given `now`."""
    return datetime.now(UTC)


def night_of(now: datetime, zone: ZoneInfo) -> Night:
    """The night that `now` falls in, in the site's zone."""
    return now.astimezone(zone).date()


def start_of(night: Night, zone: ZoneInfo) -> datetime:
    """The first instant of `night` in `zone`, in UTC."""
    return local_instant(night, time(0), zone)


def end_of(night: Night, zone: ZoneInfo) -> datetime:
    """The first instant after `night` in `zone`, in UTC."""
    return start_of(night + timedelta(days=1), zone)


def local_instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The UTC instant of a wall-clock time. A gap in the clock moves to the next valid minute; of a
    doubled hour the first counts (design §3.2)."""
    wall = datetime.combine(day, at, tzinfo=zone)
    instant = wall.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == wall.replace(tzinfo=None):
        return instant
    # In a gap the two folds bracket the jump: the smaller offset lies before it, the larger after.
    # Walk to the first minute that exists.
    low = wall.replace(fold=1).astimezone(UTC)
    high = wall.replace(fold=0).astimezone(UTC)
    while high - low > timedelta(minutes=1):
        middle = low + timedelta(minutes=((high - low) // timedelta(minutes=1)) // 2)
        if middle.astimezone(zone).replace(tzinfo=None) < wall.replace(tzinfo=None):
            low = middle
        else:
            high = middle
    return high
