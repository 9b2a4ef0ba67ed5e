"""Lists: the rows behind `[[lists]]`. Look, sources and cadence stay in the settings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from digest.model import ListId, MailingList


class Lists(Protocol):
    """A list is never deleted: one that left digest.toml is retired."""

    def sync(self, configured: Sequence[tuple[str, str, Sequence[str]]], now: datetime) -> None:
        """Make the rows follow the settings: (slug, title, formerly) each. A unit of work, idempotent.

        A row called by a `formerly` takes the new slug, unless that slug has a row or the old one is still
        configured; titles follow; the vanished are retired (the first instant stays), the returned are not
        any more."""
        ...

    def all(self) -> tuple[MailingList, ...]:
        """Also the retired ones, by slug."""
        ...

    def by_slug(self, slug: str) -> MailingList | None: ...

    def by_id(self, id: ListId) -> MailingList | None: ...
