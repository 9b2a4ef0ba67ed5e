"""The rows behind the lists of digest.toml: what people and issues refer to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from digest.model import ListId, MailingList
from digest.storage.connection import Connection
from digest.storage.renaming import renamed
from digest.storage.rows import instant
from digest.storage.rows.lists import mailing_list


class Lists:
    """Implements `protocol.lists.Lists`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def sync(self, configured: Sequence[tuple[str, str, Sequence[str]]], now: datetime) -> None:
        kept = {(row.slug, row.title) for row in self.all() if row.retired_at is None}
        if kept == {(slug, title) for slug, title, _ in configured}:
            return  # nearly always: no lock is taken, and nobody waits for one
        with self._connection.atomic():
            rows = {row.slug: row for row in self.all()}
            for was, slug in renamed(((slug, formerly) for slug, _, formerly in configured), rows):
                self._connection.run("rename_list", id=rows[was].id, slug=slug)
            for slug, title, _ in configured:
                self._connection.run("keep_list", slug=slug, title=title)
            slugs = {slug for slug, _, _ in configured}
            for gone in self.all():
                if gone.slug not in slugs:
                    self._connection.run("retire_list", id=gone.id, now=instant(now))

    def all(self) -> tuple[MailingList, ...]:
        return tuple(map(mailing_list, self._connection.rows("lists")))

    def by_slug(self, slug: str) -> MailingList | None:
        found = self._connection.row("list_by_slug", slug=slug)
        return mailing_list(found) if found else None

    def by_id(self, id: ListId) -> MailingList | None:
        found = self._connection.row("list_by_id", id=id)
        return mailing_list(found) if found else None
