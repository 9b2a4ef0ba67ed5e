"""The shelves of the house: one attribute a domain, all on one connection.

A Store is used by one thread at a time: another opens its own, or takes turns (`deliver.scribe`). A domain
is imported when it is first used, so a command pays only for the shelves it touches.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from digest.storage.connection import Connection

if TYPE_CHECKING:
    from digest.storage.askings import Askings
    from digest.storage.bounces import Bounces
    from digest.storage.caps import Caps
    from digest.storage.deliveries import Deliveries
    from digest.storage.entries import Entries
    from digest.storage.issues import Issues
    from digest.storage.keys import Keys
    from digest.storage.letters import Letters
    from digest.storage.lists import Lists
    from digest.storage.nights import Nights
    from digest.storage.notes import Notes
    from digest.storage.notices import Notices
    from digest.storage.people import People
    from digest.storage.sources import Sources
    from digest.storage.throttles import Throttles
    from digest.storage.tickets import Tickets


class Store:
    """Everything the house remembers. Any method of any domain may raise `errors.StorageError`."""

    def __init__(self, connection: Connection, *, path: Path | None) -> None:
        self._connection = connection
        #: the database's file; None when it is in memory or on a server
        self.path = path

    def atomic(self) -> AbstractContextManager[None]:
        """One unit of work: committed durably at the end, rolled back on any exception. Nested: joins."""
        return self._connection.atomic()

    def close(self) -> None:
        """Let go of the database. Closing twice is allowed."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @cached_property
    def sources(self) -> Sources:
        from digest.storage.sources import Sources

        return Sources(self._connection)

    @cached_property
    def entries(self) -> Entries:
        from digest.storage.entries import Entries

        return Entries(self._connection)

    @cached_property
    def issues(self) -> Issues:
        from digest.storage.issues import Issues

        return Issues(self._connection)

    @cached_property
    def deliveries(self) -> Deliveries:
        from digest.storage.deliveries import Deliveries

        return Deliveries(self._connection)

    @cached_property
    def people(self) -> People:
        from digest.storage.people import People

        return People(self._connection)

    @cached_property
    def lists(self) -> Lists:
        from digest.storage.lists import Lists

        return Lists(self._connection)

    @cached_property
    def nights(self) -> Nights:
        from digest.storage.nights import Nights

        return Nights(self._connection)

    @cached_property
    def keys(self) -> Keys:
        from digest.storage.keys import Keys

        return Keys(self._connection)

    @cached_property
    def notices(self) -> Notices:
        from digest.storage.notices import Notices

        return Notices(self._connection)

    @cached_property
    def notes(self) -> Notes:
        from digest.storage.notes import Notes

        return Notes(self._connection)

    @cached_property
    def letters(self) -> Letters:
        from digest.storage.letters import Letters

        return Letters(self._connection)

    @cached_property
    def throttles(self) -> Throttles:
        from digest.storage.throttles import Throttles

        return Throttles(self._connection)

    @cached_property
    def bounces(self) -> Bounces:
        from digest.storage.bounces import Bounces

        return Bounces(self._connection)

    @cached_property
    def tickets(self) -> Tickets:
        from digest.storage.tickets import Tickets

        return Tickets(self._connection)

    @cached_property
    def caps(self) -> Caps:
        from digest.storage.caps import Caps

        return Caps(self._connection)

    @cached_property
    def askings(self) -> Askings:
        from digest.storage.askings import Askings

        return Askings(self._connection)
