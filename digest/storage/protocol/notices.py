"""Notices: what an admin must hear of, said once: quarantine, a source down, an unserved slot…"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from digest.model import Notice


class Notices(Protocol):
    """At most one open notice for a (kind, subject)."""

    def raise_(self, kind: str, subject: str, words: str, now: datetime) -> bool:
        """Say it, unless an open notice says it already. True: it is new. A unit of work."""
        ...

    def open(self) -> tuple[Notice, ...]:
        """What is not settled, oldest first."""
        ...

    def settle(self, kind: str, subject: str, now: datetime) -> bool:
        """It is over; raised again later, it is said again. True: there was one. A unit of work."""
        ...

    def untold(self) -> tuple[Notice, ...]:
        """Open, and in no letter yet; oldest first."""
        ...

    def over(self) -> tuple[Notice, ...]:
        """Told in a letter, settled since, and no letter has said so; oldest first."""
        ...

    def told(self, notices: Iterable[Notice], now: datetime) -> None:
        """A letter tells these: that they are there, or that they are over. A unit of work."""
        ...
