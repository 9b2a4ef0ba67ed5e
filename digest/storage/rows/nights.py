"""Rows of `nights`."""

from __future__ import annotations

from digest.model import NightRecord
from digest.storage.connection import Row
from digest.storage.rows.instants import known_day, known_instant, parse_instant


def night_record(row: Row) -> NightRecord:
    return NightRecord(
        night=known_day(row["night"]),
        started_at=known_instant(row["started_at"]),
        closed_at=parse_instant(row["closed_at"]),
        cut_at=parse_instant(row["cut_at"]),
        finished_at=parse_instant(row["finished_at"]),
    )
