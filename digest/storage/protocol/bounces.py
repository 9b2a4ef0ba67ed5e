"""Bounces: reports about our mail whose proof held, and how their addresses stand.

Written in the transaction that acts on them, so that a report that comes twice, or again after a kill, counts
once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from subscribers.bounces import Standing, Weight
from subscribers.tokens import Local


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whom a mail of ours was for."""

    delivery_id: int | None
    subscription_id: int | None
    issue_id: int | None
    #: None once the person is erased
    address: str | None
    address_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """One report, counted."""

    #: of the mail it is about and the words it says: the same report has the same mark
    mark: str
    weight: Weight
    at: datetime
    delivery_id: int | None
    subscription_id: int | None
    issue_id: int | None
    address_hash: str
    #: enhanced code; empty: none was told
    status: str = ""
    #: the address the report names, where it is not the one we mailed
    recipient: str = ""
    detail: str = ""


class Bounces(Protocol):
    """Any method may raise `errors.StorageError`."""

    def add(self, returned: Returned) -> bool:
        """Count it, unless it was counted before. True: it is new. Joins the caller's unit of work."""
        ...

    def owner(self, local: Local) -> Owner | None:
        """Whose mail a proven address is about; None: no such mail is kept any more."""
        ...

    def standing(self, address_hash: str, now: datetime) -> Standing:
        """How the address stands, what was added in this unit of work included."""
        ...

    def of_address(self, address_hash: str, *, limit: int = 20) -> tuple[Returned, ...]:
        """What came back from it, newest first."""
        ...

    def last_at(self) -> datetime | None:
        """When the last one came; None: never any."""
        ...

    def retain(self, before: datetime) -> int:
        """Forget reports older than that; how many. A unit of work."""
        ...
