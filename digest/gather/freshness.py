"""What a server says about when to come back: Retry-After, Cache-Control, Expires. Pure.

All of it is relative to the reply's own Date, so a server (or we) with a wrong clock costs nothing.
Nothing is capped to our taste here: that is for `plan` (gather F6, F7).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

#: longer than anybody means, and short enough for every sum of dates
MOST = timedelta(days=36_500)

_DIGITS = re.compile(r"[0-9]+", re.ASCII)


def http_date(text: str | None) -> datetime | None:
    """An HTTP-date in any of its three spellings (RFC 9110 §5.6.7), in UTC."""
    if text is None:
        return None
    try:
        when = parsedate_to_datetime(text)
        return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def seconds(text: str) -> timedelta | None:
    """delta-seconds; None for anything but digits."""
    text = text.strip()
    if not _DIGITS.fullmatch(text):
        return None
    return MOST if len(text) > 10 else min(timedelta(seconds=int(text)), MOST)


def retry_after(value: str | None, date: str | None) -> timedelta | None:
    """How long to stay away; None when it is not said, past, or not to be understood."""
    if value is None:
        return None
    return seconds(value) or _from_date(value, date)


def fresh_for(
    cache_control: tuple[str, ...], expires: str | None, age: str | None, date: str | None
) -> timedelta | None:
    """How long the reply stays good. max-age beats Expires (RFC 9111 §5.3); `s-maxage` is for shared caches
    and we are none; no-store and no-cache take it all back."""
    directives = _directives(cache_control)
    if "no-store" in directives or "no-cache" in directives:
        return None
    if "max-age" in directives:
        left = seconds(directives["max-age"])
        spent = seconds(age or "") or timedelta()
        return left - spent if left is not None and left > spent else None
    return _from_date(expires, date)


def _from_date(value: str | None, date: str | None) -> timedelta | None:
    until, now = http_date(value), http_date(date)
    if until is None or now is None or until <= now:
        return None
    return min(until - now, MOST)


def _directives(values: tuple[str, ...]) -> dict[str, str]:
    """Names in lower case to their argument without quotes; of a repeated one the first."""
    found: dict[str, str] = {}
    for part in ",".join(values).split(","):
        name, _, argument = part.partition("=")
        found.setdefault(name.strip().lower(), argument.strip().strip('"'))
    return found
