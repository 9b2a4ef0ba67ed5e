"""Dates as feeds write them, to UTC (gather P9). Pure; unknown is None, never an exception.

Only what can be read for certain is read: `03/08/2026` is March in one half of the world and stays
unknown. A date without a zone, or with an impossible one (+2600), is taken as UTC.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone

#: longer ones are prose, not dates
MAX_LENGTH = 100

#: what lies before is a program's zero value (1970-01-01, 0001-01-01), not a date
_FIRST = datetime(1970, 1, 2, tzinfo=UTC)

_ISO = re.compile(
    r"([12]\d{3})-(\d{1,2})(?:-(\d{1,2}))?"
    r"(?:[T\s]\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*([a-z]{1,5}|[+-]\d{1,2}:?\d{2}|[+-]\d{1,2})?)?",
    re.IGNORECASE,
)
_TIME = re.compile(r"\b(\d{1,2})\s*[:h]\s*(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\b")
_ZONE = re.compile(r"(?<![\w:])(?:(?:utc|gmt)?\s*([+-]\d{1,2}:?\d{2})|([a-z]{1,4}))\s*(?:\([^)]*\))?\s*$")
_WORD = re.compile(r"[a-z]+|\d+")

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            # English, French, German, Spanish; accents folded, dots taken off
            "jan january janv janvier januar ene enero",
            "feb february fev fevr fevrier februar febrero",
            "mar march mars marz maerz marzo",
            "apr april avr avril abr abril",
            "may mai mayo",
            "jun june juin juni junio",
            "jul july juil juillet juli julio",
            "aug august aout ago agosto",
            "sep sept september septembre septiembre",
            "oct october octobre okt oktober octubre",
            "nov november novembre noviembre",
            "dec december decembre dez dezember dic diciembre",
        ),
        start=1,
    )
    for name in names.split()
}

#: hours east of Greenwich; only names with one meaning in mail and feeds (RFC 822, Europe, Japan, Sydney)
_ZONES = {
    **dict.fromkeys(("z", "ut", "utc", "gmt", "wet"), 0.0),
    **dict.fromkeys(("cet", "met", "mez", "bst", "west"), 1.0),
    **dict.fromkeys(("cest", "mest", "mesz", "eet"), 2.0),
    **dict.fromkeys(("eest", "msk"), 3.0),
    "est": -5.0,
    "edt": -4.0,
    "cst": -6.0,
    "cdt": -5.0,
    "mst": -7.0,
    "mdt": -6.0,
    "pst": -8.0,
    "pdt": -7.0,
    "jst": 9.0,
    "kst": 9.0,
    "aest": 10.0,
    "aedt": 11.0,
}


def parse_date(text: str | None, *, parsed: Sequence[int] | None = None) -> datetime | None:
    """The instant `text` names. `parsed` (year … second, UTC) is another reader's opinion, taken where
    we have none."""
    if text and len(text) <= MAX_LENGTH:
        folded = _fold(text)
        found = _iso(folded) or _worded(folded)
        if found:
            return found
    if parsed is None or len(parsed) < 6:
        return None
    year, month, day, hour, minute, second = parsed[:6]
    return _instant((year, month, day), (hour, minute, second))


def _fold(text: str) -> str:
    """Lower case, no accents, single spaces: "Lun., 3 Août" → "lun., 3 aout"."""
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(text.lower().split())


def _iso(text: str) -> datetime | None:
    """ISO 8601, RFC 3339, W3CDTF."""
    match = _ISO.fullmatch(text)
    if not match:
        return None
    year, month, day, hour, minute, second, zone = match.groups()
    return _instant(
        (int(year), int(month), int(day or 1)),
        (int(hour or 0), int(minute or 0), int(second or 0)),
        _offset(zone),
    )


def _worded(text: str) -> datetime | None:
    """RFC 822 and its French and German likes: a month by name, a day, a year, perhaps a time and zone."""
    time = _TIME.search(text)
    hour, minute, second = (int(part or 0) for part in time.groups()) if time else (0, 0, 0)
    zone = None
    if time:
        match = _ZONE.search(text[time.end() :])
        zone = (match[1] or match[2]) if match else None
        text = text[: time.start()] + " " + text[time.end() :][: match.start() if match else None]
    month: int | None = None
    numbers: list[str] = []
    for word in _WORD.findall(text):
        if word.isdigit():
            numbers.append(word)
        elif month is None:
            month = _MONTHS.get(word)
    if month is None or len(numbers) != 2:
        return None
    day, year = numbers if len(numbers[0]) <= 2 else reversed(numbers)
    if len(day) > 2 or len(year) not in (2, 4):
        return None
    return _instant((_full_year(year), month, int(day)), (hour, minute, second), _offset(zone))


def _full_year(year: str) -> int:
    """RFC 2822 §4.3 for two digits."""
    if len(year) == 4:
        return int(year)
    return int(year) + (2000 if int(year) < 50 else 1900)


def _offset(zone: str | None) -> timedelta:
    """The zone's offset; an unknown name or an impossible number counts as UTC."""
    if not zone:
        return timedelta(0)
    if zone[0] not in "+-":
        return timedelta(hours=_ZONES.get(zone, 0.0))
    digits = zone[1:].replace(":", "")
    if len(digits) <= 2:
        digits += "00"
    minutes = int(digits[:-2]) * 60 + int(digits[-2:])
    if minutes > 14 * 60:  # Kiribati is the furthest there is
        return timedelta(0)
    return timedelta(minutes=-minutes if zone[0] == "-" else minutes)


def _instant(
    day: tuple[int, int, int], time: tuple[int, int, int], offset: timedelta = timedelta(0)
) -> datetime | None:
    """That moment in UTC; a leap second counts as the one before it."""
    hour, minute, second = time
    try:
        moment = datetime(*day, hour, minute, min(second, 59), tzinfo=timezone(offset)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if moment >= _FIRST else None
