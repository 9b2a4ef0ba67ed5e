"""Entries: what sources brought, when it became news, and in which story it stands."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from digest.model import Entry, EntryId, EntryState, Seq, Shown, SourceId, Story, StoryId
from digest.model.gathering import Closing, Heading, Kin, KnownEntry


class Entries(Protocol):
    """Identity is (source, guid); no entry is ever deleted. Any method may raise `StorageError`."""

    def known(self, source_id: SourceId) -> tuple[KnownEntry, ...]:
        """All of a source's entries with all their keys, oldest first, as far as recognising them needs."""
        ...

    def texts(self, ids: Sequence[EntryId]) -> dict[EntryId, str]:
        """The plain texts of these entries."""
        ...

    def get(self, id: EntryId) -> Entry | None: ...

    def find(
        self, *, state: EntryState | None = None, source_id: SourceId | None = None, limit: int = 50
    ) -> tuple[Entry, ...]:
        """The newest first."""
        ...

    def waiting(self) -> tuple[Entry, ...]:
        """What the next closing releases, but for held ones; not what left its feed. By id."""
        ...

    def due_held(self, now: datetime) -> tuple[Entry, ...]:
        """Held entries whose date has come, also when they left their feed. By id."""
        ...

    def headings(self, since: datetime) -> tuple[Heading, ...]:
        """Of all released and seeded entries first seen then or later, the oldest first."""
        ...

    def kin(self, ids: Sequence[EntryId], *, close: Collection[EntryId] = ()) -> Kin:
        """These arriving entries, in this order, with all that may be twins of them. `close`: known ones that
        are so by their texts."""
        ...

    def close(self, closing: Closing, now: datetime) -> int:
        """Give entries their seq, topics and language, and their place in a story; how many became news.

        The first seq must follow the head, else `StorageError`: somebody else has closed meanwhile. What is
        no longer waiting is passed over. A unit of work.
        """
        ...

    def head(self) -> Seq:
        """The newest arrival; 0 before the first."""
        ...

    def head_at(self, at: datetime) -> Seq:
        """The newest arrival released at that instant or before; 0 when there was none."""
        ...

    def released_between(self, low: Seq, high: Seq) -> tuple[Story, ...]:
        """Stories with an arrival in (low, high], each with all its arrivals up to `high`, by newest arrival.

        Left out: stories holding a seeded entry (they count as served for everybody, design §3.1), and those
        whose arrivals in the range have all left their feeds (gather I8) or were dropped.
        """
        ...

    def stories(self, ids: Sequence[StoryId]) -> tuple[Story, ...]:
        """These stories, complete as of now, by newest arrival. Unknown ids are passed over."""
        ...

    def shown(self) -> tuple[Shown, ...]:
        """What the planet shows, a line a story, the newest first by the date it is labelled with.

        Left out: entries that have left their feeds (gather I8), and those of sources not followed any more.
        """
        ...

    def release_quarantined(self, ids: Sequence[EntryId], now: datetime) -> int:
        """Quarantined, held or kept out ones wait for the next closing, dropped news is shown again; how
        many that was. A unit of work.

        The notice about a quarantine is settled with its last entry.
        """
        ...

    def drop(self, ids: Sequence[EntryId], now: datetime, *, reason: str) -> int:
        """What is not news yet never will be; what is, is shown to nobody any more. Their pins go. How
        many that changed. A unit of work."""
        ...

    def pin(self, ids: Sequence[EntryId], now: datetime) -> int:
        """Entries that wait or are news stand first in the next numbered issue; how many were not pinned yet.
        A unit of work."""
        ...

    def unpin(self, ids: Sequence[EntryId]) -> int:
        """How many were pinned. A unit of work."""
        ...

    def pinned(self, after: Seq) -> tuple[Entry, ...]:
        """Pinned entries that wait or arrived after `after`, in the order they were pinned."""
        ...
