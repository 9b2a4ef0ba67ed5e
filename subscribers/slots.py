"""Wall-clock time to instants: the zone arithmetic both houses share. Pure; knows no rhythm and no night.

`digest.clock` takes `local_instant` from here, so that there is one answer to what a clock change does.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


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


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a date in `zone`, in UTC."""
    return local_instant(day, time(0), zone)


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """The first instant after a date in `zone`, in UTC."""
    return start_of(day + timedelta(days=1), zone)


def zone(name: str) -> ZoneInfo | None:
    """The zone of that IANA name; None when the zone database has none."""
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        return None


def zone_named(name: str | None, otherwise: ZoneInfo) -> ZoneInfo:
    """The zone of that name. One the zone database no longer knows must not stop a night."""
    return (zone(name) if name else None) or otherwise
