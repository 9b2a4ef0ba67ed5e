"""When the night runs, and when a reader's next digest leaves. Pure: instants and zones come in.

A night belongs to its date in the site's zone and is cut once. One that was missed is caught up while its
date lasts; after that, what was due comes with the next (design §3.2).
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from digest.clock import end_of, local_instant, night_of
from digest.model import NightRecord
from subscribers.model import Subscription

_DAY = timedelta(days=1)


def hour_of(at: str) -> time:
    """ "03:00" as a wall-clock time; the settings have checked its form."""
    return time.fromisoformat(at)


def next_night(at: time, zone: ZoneInfo, *, now: datetime, last: NightRecord | None) -> datetime:
    """When the next night is to start; `now` or before: at once.

    `last`: the newest night there is. A house that has seen none has nothing to catch up with. One that was
    begun and not cut goes on: it died, or only its gathering was asked for.
    """
    today = night_of(now, zone)
    slot = local_instant(today, at, zone)
    is_done = last is not None and (last.night > today or (last.night == today and last.cut_at is not None))
    if is_done or (last is None and slot < now):
        return local_instant(today + _DAY, at, zone)
    return slot


def leaves_at(
    subscription: Subscription, at: time, zone: ZoneInfo, *, now: datetime, last: NightRecord | None
) -> datetime | None:
    """When somebody's next digest leaves, if there is something in it. None: never, as things stand."""
    if subscription.due_at is None:
        return None
    night = max(night_of(subscription.due_at, zone), _first_night(zone, now=now, last=last))
    pause = subscription.paused_until
    # Of a pause that ends on a night's date, that night is the last one passed over (`leaving.is_paused`).
    while pause is not None and pause >= end_of(night, zone):
        night = max(night + _DAY, night_of(pause, zone))
    cut = max(local_instant(night, at, zone), now)
    return cut if subscription.rhythm.hour is None else max(cut, subscription.due_at)


def _first_night(zone: ZoneInfo, *, now: datetime, last: NightRecord | None) -> date:
    """The first night that is not cut yet."""
    today = night_of(now, zone)
    if last is not None and last.cut_at is not None and last.night >= today:
        return last.night + _DAY
    return today
