"""Instants, zones and nights. Everything here is pure: the current time is always an argument.

An *instant* is an aware datetime in UTC. A *Night* is the calendar date, in the site's zone, that a
run belongs to (design §2), so one installation has one answer to "which night is it", whatever zone
its subscribers live in.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from subscribers.slots import end_of, local_instant, start_of

__all__ = ["Night", "end_of", "local_instant", "night_of", "start_of", "utc_now"]

Night = date


def utc_now() -> datetime:
    """The current instant. Called by `cli` and `serve` only; everyone else is given `now`."""
    return datetime.now(UTC)


def night_of(now: datetime, zone: ZoneInfo) -> Night:
    """The night that `now` falls in, in the site's zone."""
    return now.astimezone(zone).date()
