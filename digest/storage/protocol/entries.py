"""Entries: what sources brought, when it became news, and in which story it stands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from digest.model import Entry, EntryId, EntryState, Seq, SourceId, Story, StoryId
from digest.model.gathering import Closing, Kin, KnownEntry


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

    def kin(self, ids: Sequence[EntryId]) -> Kin:
        """These arriving entries, in this order, with all that may be twins of them."""
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
        whose arrivals in the range have all left their feeds (gather I8).
        """
        ...

    def stories(self, ids: Sequence[StoryId]) -> tuple[Story, ...]:
        """These stories, complete as of now, by newest arrival. Unknown ids are passed over."""
        ...

    def release_quarantined(self, ids: Sequence[EntryId], now: datetime) -> int:
        """Quarantined, held or kept out ones wait for the next closing; how many did. A unit of work.

        The notice about a quarantine is settled with its last entry.
        """
        ...

    def drop(self, ids: Sequence[EntryId], now: datetime, *, reason: str) -> int:
        """Entries that are not news yet never will be; how many. A unit of work."""
        ...
