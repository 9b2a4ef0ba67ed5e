"""Entries, their order of arrival, and their stories."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from digest.errors import StorageError
from digest.model import Entry, EntryId, EntryState, Seq, Shown, SourceId, Story, StoryId
from digest.model.gathering import Closing, Heading, Kin, KnownEntry, Placing, Release
from digest.storage.connection import Connection
from digest.storage.rows import instant
from digest.storage.rows.entries import entry, heading, known, likeness, shown, stories, topics_text

#: twins looked at for one entry: a home page linked by every entry of a source tells nothing anyway
MOST_KIN = 100


class Entries:
    """Implements `protocol.entries.Entries`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def known(self, source_id: SourceId) -> tuple[KnownEntry, ...]:
        keys: dict[int, list[str]] = defaultdict(list)
        for row in self._connection.rows("known_keys", source_id=source_id):
            keys[row["entry_id"]].append(row["key"])
        rows = self._connection.rows("known_entries", source_id=source_id)
        return tuple(known(row, keys[row["id"]]) for row in rows)

    def texts(self, ids: Sequence[EntryId]) -> dict[EntryId, str]:
        found = {id: self._connection.value("entry_text", id=id) for id in ids}
        return {id: text for id, text in found.items() if text is not None}

    def get(self, id: EntryId) -> Entry | None:
        found = self._connection.row("entry", id=id)
        return entry(found) if found else None

    def find(
        self, *, state: EntryState | None = None, source_id: SourceId | None = None, limit: int = 50
    ) -> tuple[Entry, ...]:
        rows = self._connection.rows(
            "find_entries", state=state.value if state else None, source_id=source_id, limit=limit
        )
        return tuple(map(entry, rows))

    def waiting(self) -> tuple[Entry, ...]:
        return tuple(map(entry, self._connection.rows("waiting_entries")))

    def due_held(self, now: datetime) -> tuple[Entry, ...]:
        return tuple(map(entry, self._connection.rows("due_held_entries", now=instant(now))))

    def headings(self, since: datetime) -> tuple[Heading, ...]:
        return tuple(map(heading, self._connection.rows("headings", since=instant(since))))

    def kin(self, ids: Sequence[EntryId], *, close: Collection[EntryId] = ()) -> Kin:
        fresh = [likeness(row) for id in ids for row in self._connection.rows("likeness", id=id)]
        asked = [("kin_of", each.id) for each in fresh] + [("kin_by", id) for id in sorted(close)]
        found = {
            row["id"]: row
            for statement, id in asked
            for row in self._connection.rows(statement, id=id, limit=MOST_KIN)
        }
        # A seeded one is known without a seq: it was there first.
        others = sorted(found.values(), key=lambda row: (row["seq"] or 0, row["id"]))
        kin = [likeness(row) for row in others]
        return Kin(
            fresh=(*(each for each in kin if each.story_id is None), *fresh),
            known=tuple(each for each in kin if each.story_id is not None),
        )

    def close(self, closing: Closing, now: datetime) -> int:
        first = next((each.seq for each in closing.releases), None)
        with self._connection.atomic():
            if first is not None and first != self.head() + 1:
                raise StorageError("Another run has closed the gathering meanwhile.", mend="Run it again.")
            for story in closing.stories:
                self._place(story)
            return sum(self._release(each, now) for each in closing.releases)

    def _place(self, story: Placing) -> None:
        id = story.story_id
        if id is None:
            id = self._connection.value("open_story", origin_entry_id=story.origin_id)
        else:
            self._connection.run("turn_story", id=id, origin_entry_id=story.origin_id)
        for entry_id in story.entries:
            self._connection.run("place_entry", id=entry_id, story_id=id)

    def _release(self, release: Release, now: datetime) -> int:
        return self._connection.run(
            "release_entry",
            id=release.entry_id,
            seq=release.seq,
            language=release.language,
            topics=topics_text(release.topics),
            now=instant(now),
        )

    def head(self) -> Seq:
        return Seq(self._connection.value("head"))

    def head_at(self, at: datetime) -> Seq:
        return Seq(self._connection.value("head_at", at=instant(at)))

    def released_between(self, low: Seq, high: Seq) -> tuple[Story, ...]:
        return stories(self._connection.rows("stories_between", low=low, high=high))

    def stories(self, ids: Sequence[StoryId]) -> tuple[Story, ...]:
        rows = (row for id in sorted(set(ids)) for row in self._connection.rows("story_entries", story_id=id))
        return stories(rows)

    def shown(self) -> tuple[Shown, ...]:
        return tuple(map(shown, self._connection.rows("shown_stories")))

    def release_quarantined(self, ids: Sequence[EntryId], now: datetime) -> int:
        with self._connection.atomic():
            released = sum(self._connection.run("unquarantine_entry", id=id) for id in ids)
            released += sum(self._connection.run("take_back_drop", id=id) for id in ids)
            self._connection.run("settle_quarantines", now=instant(now))
        return released

    def drop(self, ids: Sequence[EntryId], now: datetime, *, reason: str) -> int:
        with self._connection.atomic():
            dropped = sum(self._connection.run("drop_entry", id=id, reason=reason) for id in ids)
            dropped += sum(
                self._connection.run("drop_news", id=id, reason=reason, now=instant(now)) for id in ids
            )
            self._connection.run("settle_quarantines", now=instant(now))
        return dropped

    def pin(self, ids: Sequence[EntryId], now: datetime) -> int:
        with self._connection.atomic():
            return sum(self._connection.run("pin_entry", id=id, now=instant(now)) for id in ids)

    def unpin(self, ids: Sequence[EntryId]) -> int:
        with self._connection.atomic():
            return sum(self._connection.run("unpin_entry", id=id) for id in ids)

    def pinned(self, after: Seq) -> tuple[Entry, ...]:
        return tuple(map(entry, self._connection.rows("pinned_entries", after=after)))
