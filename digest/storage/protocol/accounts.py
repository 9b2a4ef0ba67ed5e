"""What the ledger can tell: counts, the balance of an issue, everybody in it with the reason, every try.

Nothing here writes. Rows older than `storage.keep_months` are counted from their sums (see `steering`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from digest.model import Delivery, DeliveryId, IssueId, Status, SubscriptionId, Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """The conservation law of one issue (design §4)."""

    candidates: int
    tally: Tally

    @property
    def holds(self) -> bool:
        return self.candidates == self.tally.candidates


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLine:
    """A delivery and whom it is for, as `issues show` and `issues messages` list it."""

    delivery: Delivery
    address: str
    list: str
    night: date
    number: int | None
    #: the edition's subject
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What became of one reader of an issue, and why, in words."""

    line: LedgerLine
    #: "The relay took it.", "Not tried before …", "Left the list before it was sent." …
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try at a delivery."""

    started_at: datetime
    #: None while it lasts
    ended_at: datetime | None
    #: a status, or "orphaned"
    outcome: str | None
    phase: str | None
    code: int | None
    enhanced: str | None
    reply: str | None


class Accounts(Protocol):
    """The ledger read. Any method may raise `errors.StorageError`."""

    def tally(self, issue_id: IssueId) -> Tally: ...

    def tally_night(self, night: date) -> Tally:
        """All issues of a night together."""
        ...

    def conservation(self, issue_id: IssueId) -> Balance:
        """What was planned, against what is there. Raises `NotFound`."""
        ...

    def open_count(self) -> int:
        """Rows that have not ended, held ones too."""
        ...

    def due_count(self, now: datetime) -> int:
        """Open rows that may be tried now; what is on hold may not."""
        ...

    def held_count(self) -> int:
        """Open rows of what is on hold."""
        ...

    def tried_count(self) -> int:
        """Open rows that were tried already, more than waiting for their hour; not those on hold."""
        ...

    def next_attempt_at(self) -> datetime | None:
        """When the next open row may be tried; None: nothing is open, or what is waits for a release."""
        ...

    def account(
        self,
        issue_id: IssueId,
        now: datetime,
        *,
        after: DeliveryId | None = None,
        limit: int = 100,
        status: Status | None = None,
        address: str | None = None,
    ) -> tuple[Account, ...]:
        """A page of an issue's readers, by id, each with the reason; `after` is the last id before.

        Empty for an issue older than `storage.keep_months`: only its sums are left.
        """
        ...

    def of_issue(
        self,
        issue_id: IssueId,
        *,
        after: DeliveryId | None = None,
        limit: int = 100,
        status: Status | None = None,
        address: str | None = None,
    ) -> tuple[LedgerLine, ...]:
        """A page, by id; `after` is the last id of the page before."""
        ...

    def of_subscription(self, subscription_id: SubscriptionId, *, limit: int = 100) -> tuple[LedgerLine, ...]:
        """What a subscription was owed, newest first."""
        ...

    def attempts_of(self, delivery_id: DeliveryId) -> tuple[Attempt, ...]:
        """Every try at a delivery, oldest first."""
        ...
