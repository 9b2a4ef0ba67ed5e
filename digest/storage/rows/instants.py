"""Instants, days, flags and lists of strings as both engines store them: text and 0/1 integers.

An instant is fixed-width UTC text, so that comparing text compares time. Nothing else in storage
converts these; nothing here knows a table.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime

_WIDTH = len("2026-11-22T03:00:00.000000Z")


def instant(at: datetime | None) -> str | None:
    """`2026-11-22T03:00:00.000000Z`. A naive datetime is a mistake of the caller: `ValueError`."""
    if at is None:
        return None
    if at.tzinfo is not UTC and at.utcoffset() is None:
        raise ValueError(f"{at!r} has no zone; an instant needs one")
    utc = at if at.tzinfo is UTC else at.astimezone(UTC)
    # Not strftime: its %Y does not pad years before 1000 on every C library.
    return utc.isoformat(timespec="microseconds")[:-6] + "Z"


def parse_instant(text: str | None) -> datetime | None:
    """The aware UTC datetime of a stored instant."""
    return None if text is None else known_instant(text)


def known_instant(text: str) -> datetime:
    """`parse_instant` for a column that is never NULL."""
    # Not strptime: it costs ten times as much. The width tells our form from other ISO 8601.
    if len(text) != _WIDTH or not text.endswith("Z"):
        raise ValueError(f"{text!r} is not a stored instant")
    return datetime.fromisoformat(text)


def day(on: date | None) -> str | None:
    """`2026-11-22`. A datetime is refused: which day it is depends on a zone."""
    if isinstance(on, datetime):
        raise TypeError(f"{on!r} is an instant, not a day")
    return None if on is None else on.isoformat()


def parse_day(text: str | None) -> date | None:
    return None if text is None else known_day(text)


def known_day(text: str) -> date:
    """`parse_day` for a column that is never NULL."""
    return date.fromisoformat(text)


def flag(value: bool) -> int:  # noqa: FBT001 - a converter has one value
    return 1 if value else 0


def parse_flag(value: int) -> bool:
    return bool(value)


def strings(values: Iterable[str]) -> str:
    """A JSON array, in the order given. Only Python reads it."""
    return json.dumps(list(values), ensure_ascii=False, separators=(",", ":"))


def parse_strings(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))
