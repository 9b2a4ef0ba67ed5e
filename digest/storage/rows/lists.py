"""Rows of `lists`."""

from __future__ import annotations

from digest.model import ListId, MailingList
from digest.storage.connection import Row
from digest.storage.rows.instants import parse_instant


def mailing_list(row: Row) -> MailingList:
    return MailingList(
        id=ListId(row["id"]),
        slug=row["slug"],
        title=row["title"],
        retired_at=parse_instant(row["retired_at"]),
    )
