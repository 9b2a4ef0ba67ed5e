"""The rows behind the lists of digest.toml: what people and issues refer to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from digest.model import ListId, MailingList
from digest.storage.connection import Connection
from digest.storage.rows import instant
from digest.storage.rows.lists import mailing_list


class Lists:
    """Implements `protocol.lists.Lists`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def sync(self, configured: Sequence[tuple[str, str, Sequence[str]]], now: datetime) -> None:
        with self._connection.atomic():
            for was, slug in _renamed(configured, self.all()):
                self._connection.run("rename_list", id=was.id, slug=slug)
            for slug, title, _ in configured:
                self._connection.run("keep_list", slug=slug, title=title)
            kept = {slug for slug, _, _ in configured}
            for gone in self.all():
                if gone.slug not in kept:
                    self._connection.run("retire_list", id=gone.id, now=instant(now))

    def all(self) -> tuple[MailingList, ...]:
        return tuple(map(mailing_list, self._connection.rows("lists")))

    def by_slug(self, slug: str) -> MailingList | None:
        found = self._connection.row("list_by_slug", slug=slug)
        return mailing_list(found) if found else None

    def by_id(self, id: ListId) -> MailingList | None:
        found = self._connection.row("list_by_id", id=id)
        return mailing_list(found) if found else None


def _renamed(
    configured: Sequence[tuple[str, str, Sequence[str]]], stored: Sequence[MailingList]
) -> list[tuple[MailingList, str]]:
    """Which rows take which new slug. A row whose slug is configured keeps it, and a slug that has a row
    takes no other: so `formerly` may stay in the file for ever."""
    rows = {row.slug: row for row in stored}
    free = rows.keys() - {slug for slug, _, _ in configured}
    renamed = []
    for slug, _, formerly in configured:
        was = next((old for old in formerly if old in free), None)
        if slug in rows or was is None:
            continue
        free = free - {was}
        renamed.append((rows[was], slug))
    return renamed
