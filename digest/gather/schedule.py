"""When a source is asked again (gather F5, F6, F7). Pure: `now` and jitter are passed in."""

from __future__ import annotations

from datetime import datetime, timedelta

from digest.gather.reply import Failed
from digest.settings.schema import Gather

#: a server's word on freshness and our own backoff go no further: a source asked at 03:00:07 one night
#: must be due at 03:00:00 the next
A_NIGHT = timedelta(hours=23)
#: Retry-After is honoured up to this (lemon24/reader does the same)
LONGEST_RETRY_AFTER = timedelta(days=31)
#: where backoff starts when the settings allow asking at any time
SHORTEST_BACKOFF = timedelta(minutes=5)
#: share by which jitter spreads a backoff, up and down
SPREAD = 0.1


def after_success(now: datetime, settings: Gather, *fresh_for: timedelta | None) -> datetime:
    """The longest freshness anybody promised (max-age, Expires, ttl), within bounds."""
    promised = max((each for each in fresh_for if each is not None), default=timedelta(0))
    return now + max(_interval(settings), min(promised, A_NIGHT))


def after_failure(
    now: datetime, settings: Gather, *, failures: int, jitter: float, failed: Failed | None
) -> datetime:
    """What Retry-After asks for; else twice as long after each failure in a row. `jitter` is in [0, 1)."""
    if failed is not None and failed.retry_after is not None:
        return now + max(_interval(settings), min(failed.retry_after, LONGEST_RETRY_AFTER))
    first = max(_interval(settings), SHORTEST_BACKOFF)
    backoff = first * int(2 ** min(failures - 1, 10)) * (1 + SPREAD * (2 * jitter - 1))
    return now + min(backoff, max(A_NIGHT, _interval(settings)))


def _interval(settings: Gather) -> timedelta:
    return timedelta(minutes=settings.min_interval_minutes)
