"""All the shelves together, as `night` and the rooms are given them."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from digest.storage.protocol.askings import Askings
from digest.storage.protocol.bounces import Bounces
from digest.storage.protocol.caps import Caps
from digest.storage.protocol.deliveries import Deliveries
from digest.storage.protocol.entries import Entries
from digest.storage.protocol.issues import Issues
from digest.storage.protocol.keys import Keys
from digest.storage.protocol.letters import Letters
from digest.storage.protocol.lists import Lists
from digest.storage.protocol.nights import Nights
from digest.storage.protocol.notes import Notes
from digest.storage.protocol.notices import Notices
from digest.storage.protocol.people import People
from digest.storage.protocol.sources import Sources
from digest.storage.protocol.throttles import Throttles
from digest.storage.protocol.tickets import Tickets


class Store(Protocol):
    """One thread's store. Any method of any shelf may raise `errors.StorageError`."""

    #: the database's file; None when it is in memory or on a server
    path: Path | None

    @property
    def sources(self) -> Sources: ...

    @property
    def entries(self) -> Entries: ...

    @property
    def issues(self) -> Issues: ...

    @property
    def deliveries(self) -> Deliveries: ...

    @property
    def people(self) -> People: ...

    @property
    def lists(self) -> Lists: ...

    @property
    def nights(self) -> Nights: ...

    @property
    def keys(self) -> Keys: ...

    @property
    def notices(self) -> Notices: ...

    @property
    def notes(self) -> Notes: ...

    @property
    def letters(self) -> Letters: ...

    @property
    def throttles(self) -> Throttles: ...

    @property
    def bounces(self) -> Bounces: ...

    @property
    def tickets(self) -> Tickets: ...

    @property
    def caps(self) -> Caps: ...

    @property
    def askings(self) -> Askings: ...

    def atomic(self) -> AbstractContextManager[None]:
        """One unit of work: committed durably at the end, rolled back on any exception. Nested: joins."""
        ...

    def close(self) -> None:
        """Let go of the database. Closing twice is allowed."""
        ...
