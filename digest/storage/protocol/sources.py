"""Sources: the feed addresses of digest.toml, and what asking them taught us."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from digest.model import Source
from digest.model.gathering import Gathering


class Sources(Protocol):
    """One row a source, for ever: entries refer to it. Any method may raise `StorageError`."""

    def sync(self, configured: Sequence[tuple[str, str, Sequence[str]]], now: datetime) -> None:
        """Make the rows agree with digest.toml: (slug, url, former slugs) of each source in the file.

        A former slug's row takes the new one; a new address drops what the old one taught us (validators,
        backoff, a move, a 410) but no entry; what left the file is retired, and comes back as it was.
        Idempotent. A unit of work.
        """
        ...

    def all(self) -> tuple[Source, ...]:
        """Retired ones too, in the order they were first configured."""
        ...

    def by_slug(self, slug: str) -> Source | None: ...

    def save_gathering(self, gathering: Gathering) -> None:
        """Store all that one asking changes. Storing it twice changes nothing more. A unit of work."""
        ...

    def save_gatherings(self, gatherings: Sequence[Gathering]) -> None:
        """The same for askings of several sources, all or none of them. A unit of work."""
        ...
