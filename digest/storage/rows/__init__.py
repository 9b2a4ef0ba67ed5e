"""Rows to dataclasses and back, one file a domain. Nobody outside storage imports from here."""

from digest.storage.rows.instants import (
    day,
    flag,
    instant,
    known_day,
    known_instant,
    parse_day,
    parse_flag,
    parse_instant,
    parse_strings,
    strings,
)

__all__ = [
    "day",
    "flag",
    "instant",
    "known_day",
    "known_instant",
    "parse_day",
    "parse_flag",
    "parse_instant",
    "parse_strings",
    "strings",
]
