"""Rows of `notices`."""

from __future__ import annotations

from digest.model import Notice
from digest.storage.connection import Row
from digest.storage.rows.instants import known_instant, parse_instant


def notice(row: Row) -> Notice:
    return Notice(
        id=row["id"],
        at=known_instant(row["at"]),
        kind=row["kind"],
        subject=row["subject"],
        words=row["words"],
        settled_at=parse_instant(row["settled_at"]),
    )
