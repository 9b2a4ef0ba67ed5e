"""Sources, and everything that one asking of a source changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from digest.model import Source
from digest.model.gathering import Gathering
from digest.storage.connection import Connection
from digest.storage.notices import Notices
from digest.storage.renaming import renamed
from digest.storage.rows import instant
from digest.storage.rows.entries import changed_values, new_values
from digest.storage.rows.sources import source, source_values, touch_values

#: kinds of notice that a new address in the file answers
ABOUT_ADDRESS = ("gone", "moved", "source-down")


class Sources:
    """Implements `protocol.sources.Sources`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def sync(self, configured: Sequence[tuple[str, str, Sequence[str]]], now: datetime) -> None:
        kept = {(row["slug"], row["url"]) for row in self._connection.rows("followed")}
        if kept == {(slug, url) for slug, url, _ in configured}:
            return  # nearly always: no lock is taken, and nobody waits for one
        with self._connection.atomic():
            rows = {row.slug: row for row in self.all()}
            for was, slug in renamed(((slug, formerly) for slug, _, formerly in configured), rows):
                self._connection.run("rename_source", id=rows[was].id, slug=slug)
            for slug, url, _ in configured:
                self._connection.run("keep_source", slug=slug, url=url)
                if self._connection.run("readdress_source", slug=slug, url=url):
                    self._settle(slug, ABOUT_ADDRESS, now)
            slugs = {slug for slug, _, _ in configured}
            for gone in self.all():
                if gone.slug not in slugs:
                    self._connection.run("retire_source", id=gone.id, now=instant(now))

    def all(self) -> tuple[Source, ...]:
        return tuple(map(source, self._connection.rows("sources")))

    def by_slug(self, slug: str) -> Source | None:
        found = self._connection.row("source_by_slug", slug=slug)
        return source(found) if found else None

    def save_gathering(self, gathering: Gathering) -> None:
        self.save_gatherings((gathering,))

    def save_gatherings(self, gatherings: Sequence[Gathering]) -> None:
        with self._connection.atomic():
            for gathering in gatherings:
                if not gathering.quiet:
                    self._save_entries(gathering)
                    self._tell(gathering)
            quiet = (touch_values(each.source) for each in gatherings if each.quiet)
            self._connection.run_many("touch_source", quiet)
            other = (source_values(each.source) for each in gatherings if not each.quiet)
            self._connection.run_many("save_source", other)

    def _save_entries(self, gathering: Gathering) -> None:
        run, now = self._connection.run, instant(gathering.at)
        source_id = gathering.source.id
        if gathering.new:
            self._add_entries(gathering)
        for changed in gathering.changed:
            run("change_entry", now=now, **changed_values(changed))
        for id, key in gathering.keys:
            run("add_entry_key", source_id=source_id, key=key, entry_id=id)
        for id in gathering.withdrawn:
            run("withdraw_entry", id=id, now=now)
        for id in gathering.returned:
            run("return_entry", id=id)

    def _add_entries(self, gathering: Gathering) -> None:
        source_id, now = gathering.source.id, instant(gathering.at)
        keys: list[dict[str, object]] = []
        for new in gathering.new:
            id = self._connection.value("add_entry", source_id=source_id, now=now, **new_values(new))
            if id is not None:
                keys.extend({"source_id": source_id, "key": key, "entry_id": id} for key in new.keys)
        self._connection.run_many("add_entry_key", keys)

    def _tell(self, gathering: Gathering) -> None:
        self._settle(gathering.source.slug, gathering.settled, gathering.at)
        for notice in gathering.notices:
            Notices(self._connection).raise_(notice.kind, notice.subject, notice.words, gathering.at)

    def _settle(self, slug: str, kinds: Sequence[str], now: datetime) -> None:
        for kind in kinds:
            Notices(self._connection).settle(kind, slug, now)
