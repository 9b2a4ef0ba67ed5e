"""The ledger of deliveries as rooms see it: who is owed what, who holds it, and how each try ended.

Every write of a holder shows its fence; a fence that moved raises `LeaseLost` and writes nothing. The
ledger moves cursors and suppresses addresses in the transaction that records an end, and never knows SMTP.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, Protocol

from digest.model import Delivery, DeliveryId, EditionId, IssueId, Status, SubscriptionId, Tally
from subscribers.model import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """A delivery to plan: this edition for this subscription, not before that instant."""

    issue_id: IssueId
    subscription_id: SubscriptionId
    edition_id: EditionId
    not_before_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a holder shows with every write: the row, its fence, and what the first attempt fixes."""

    delivery_id: DeliveryId
    fence: int
    #: the Date header; kept from the first attempt on
    dated_at: datetime
    #: the signing key; kept likewise
    key_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A delivery leased to us, with all that sending it needs."""

    delivery: Delivery
    address: str
    #: slug of its list
    list: str
    night: date
    #: number of its issue; None: an extra
    number: int | None
    language: str
    #: the Date header: the first attempt's, or the instant of this claim
    dated_at: datetime
    #: why it must not be sent, as seen now ("unsubscribed", "hard"…); `begin` looks again
    barred: str | None = None

    def held(self, *, key_id: int | None = None) -> Held:
        return Held(
            delivery_id=self.delivery.id, fence=self.delivery.fence, dated_at=self.dated_at, key_id=key_id
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Began:
    """`sending` is on disk: the content may leave."""

    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressed:
    """The last look said no. The row is `suppressed`; nothing may leave."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How one try ended, as the ledger records it."""

    status: Status
    #: where in the transaction: "rcpt", "content", "render"…
    phase: str
    code: int | None = None
    enhanced: str | None = None
    reply: str | None = None
    #: when an open row is tried again; None: as it was
    not_before_at: datetime | None = None
    #: the address is not mailed again, for this reason
    suppress: Reason | None = None
    #: the relay may have taken it although we never heard so (RFC 1047)
    is_doubtful: bool = False


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


class Deliveries(Protocol):
    """The ledger. Each method is one unit of work: it commits, or leaves no trace. Instants are aware.

    Any method may raise `errors.StorageError`; those that take `held` raise its `LeaseLost`.
    """

    def plan(self, rows: Iterable[Owed]) -> int:
        """Add what is not there yet, by (issue, subscription); the first plan of a row stands.

        Sets `issues.candidates` in the same transaction. How many rows were new.
        """
        ...

    def claim(
        self, now: datetime, lease_until: datetime, limit: int, *, issue_id: IssueId | None = None
    ) -> tuple[Claim, ...]:
        """Lease open rows that are due and held by nobody, by not_before then id. Each fence goes up."""
        ...

    def begin(self, held: Held, now: datetime) -> Began | Suppressed:
        """The last look at consent and suppression; then `sending`, before any content leaves."""
        ...

    def bar(self, held: Held, now: datetime) -> Suppressed | None:
        """The last look alone, before the relay is bothered. None: it may be sent."""
        ...

    def finish(self, held: Held, ending: Ending, now: datetime) -> None:
        """Record how a try ended, begun or refused before `begin`; release the lease.

        Ends that count as served move the cursor to the issue's head; `expired` makes a confirmed
        subscription due now; `suppress` puts the address on the suppression list.
        """
        ...

    def finish_and_begin(self, held: Held, ending: Ending, after: Held, now: datetime) -> Began | Suppressed:
        """`finish` one and `begin` the next in one commit."""
        ...

    def postpone(self, held: Held, not_before: datetime, words: str) -> None:
        """Defer a row that was not tried: no attempt is counted, the lease is released."""
        ...

    def give_back(self, held: Iterable[Held]) -> None:
        """Release leases unused. Rows somebody else took over, or that have ended, are left alone."""
        ...

    def take_over(self, now: datetime, on_uncertain: Literal["resend", "hold"]) -> int:
        """Settle what a dead run left. Only for the holder of deliver's lock, before it claims.

        `sending` rows become `deferred` and due at once ("resend") or `uncertain` ("hold"); leases of
        others lapse, and every fence goes up. How many rows were `sending`.
        """
        ...

    def settle_uncertain(self, now: datetime, how: Literal["resume", "drop"]) -> int:
        """What somebody decided about rows held as `uncertain`: due again at once, or given up as `failed`.

        Their cursors have moved and stay. An issue with resumed rows is open again. How many rows.
        """
        ...

    def expire(self, now: datetime, max_age: timedelta) -> int:
        """End open rows first tried `max_age` ago or longer, and three times at least. How many."""
        ...

    def tally(self, issue_id: IssueId) -> Tally: ...

    def tally_night(self, night: date) -> Tally:
        """All issues of a night together."""
        ...

    def open_count(self) -> int: ...

    def due_count(self, now: datetime) -> int:
        """Open rows that may be tried now."""
        ...

    def tried_count(self) -> int:
        """Open rows that were tried already: more than waiting for their hour."""
        ...

    def next_attempt_at(self) -> datetime | None:
        """When the next open row may be tried; None: nothing is open."""
        ...

    def conservation(self, issue_id: IssueId) -> Balance:
        """What was planned, against what is there. Raises `NotFound`."""
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
