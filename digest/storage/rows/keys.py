"""Rows of `keys`."""

from __future__ import annotations

from digest.model import Key
from digest.storage.connection import Row
from digest.storage.rows.instants import known_instant, parse_instant


def key(row: Row) -> Key:
    return Key(
        id=row["id"],
        purpose=row["purpose"],
        secret=bytes(row["secret"]),
        created_at=known_instant(row["created_at"]),
        retired_at=parse_instant(row["retired_at"]),
    )
