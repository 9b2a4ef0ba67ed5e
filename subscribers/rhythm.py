"""When a subscription is due (design §3.2). Pure: instants and zones come in, instants go out.

A *slot* is the instant a date of the cadence stands for: without an hour the start of that date in the
site's zone, with one that wall-clock hour in the reader's zone.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from subscribers.model import Cadence, Rhythm, Weekday
from subscribers.slots import end_of, local_instant, zone_named

_DAY = timedelta(days=1)
#: a slot's instant never lies farther than this from the UTC midnight of its date (zones: -12 to +14 h)
_REACH = timedelta(days=2)


def first_due(rhythm: Rhythm, list_weekday: Weekday, *, now: datetime, site_zone: ZoneInfo) -> datetime:
    """A new subscription's first slot: today's where today is a day of its cadence, else the next one's.

    Today's counts also when its hour is past: the next night takes it at once.
    """
    today = now.astimezone(_zone(rhythm, site_zone)).date()
    return next(_slots(rhythm, list_weekday, since=today, site_zone=site_zone))


def next_due(rhythm: Rhythm, list_weekday: Weekday, *, after: datetime, site_zone: ZoneInfo) -> datetime:
    """The first slot strictly after `after`."""
    slots = _slots(rhythm, list_weekday, since=(after - _REACH).date(), site_zone=site_zone)
    return next(slot for slot in slots if slot > after)


def is_due(due_at: datetime | None, night: date, site_zone: ZoneInfo) -> bool:
    """Does this night plan it? Every slot before the end of its date, also those of nights missed."""
    return due_at is not None and due_at < end_of(night, site_zone)


@lru_cache(maxsize=1024)
def advance(rhythm: Rhythm, list_weekday: Weekday, *, night: date, site_zone: ZoneInfo) -> datetime:
    """Where planning on `night` moves `due_at`: the first slot the night did not cover.

    A slot at the very end of the night's date is the next night's first, so it is not passed over.
    Remembered: of a hundred thousand readers nearly all share a rhythm.
    """
    return next_due(
        rhythm, list_weekday, after=end_of(night, site_zone) - datetime.resolution, site_zone=site_zone
    )


def _zone(rhythm: Rhythm, site_zone: ZoneInfo) -> ZoneInfo:
    return site_zone if rhythm.hour is None else zone_named(rhythm.timezone, site_zone)


def _slots(rhythm: Rhythm, list_weekday: Weekday, *, since: date, site_zone: ZoneInfo) -> Iterator[datetime]:
    zone = _zone(rhythm, site_zone)
    at = time(rhythm.hour or 0)
    for day in _days(rhythm, list_weekday, since=since):
        yield local_instant(day, at, zone)


def _days(rhythm: Rhythm, list_weekday: Weekday, *, since: date) -> Iterator[date]:
    """The dates of a cadence from `since` on. A monthly digest comes on the first."""
    match rhythm.cadence:
        case Cadence.NIGHTLY:
            return _every(1, since)
        case Cadence.WEEKLY:
            wanted = (rhythm.weekday or list_weekday).number
            return _every(7, since + _DAY * ((wanted - since.weekday()) % 7))
        case Cadence.MONTHLY:
            return _firsts(since)


def _every(days: int, since: date) -> Iterator[date]:
    while True:
        yield since
        since += _DAY * days


def _firsts(since: date) -> Iterator[date]:
    months = since.year * 12 + since.month - 1 + (since.day > 1)
    while True:
        yield date(months // 12, months % 12 + 1, 1)
        months += 1
