"""The ledger of deliveries as rooms see it: who is owed what, who holds it, and how each try ended.

Every write of a holder shows its fence; a fence that moved writes nothing. The ledger moves cursors and
suppresses addresses in the transaction that records an end, and never knows SMTP. What it tells is in
`accounts`, what an admin decides in `steering`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, Protocol

from digest.model import Delivery, EditionId, IssueId, Status, SubscriptionId
from digest.storage.protocol.accounts import Accounts
from digest.storage.protocol.steering import Steering
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
    """What a holder shows with every write: the row, its fence, and what the first attempt fixes.

    A letter is held by the same words (`protocol.letters`).
    """

    #: of the delivery, or of the letter
    id: int
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

    @property
    def id(self) -> int:
        return self.delivery.id

    @property
    def attempts(self) -> int:
        """Transactions begun before this claim."""
        return self.delivery.attempts

    @property
    def lease_until_at(self) -> datetime | None:
        return self.delivery.lease_until_at

    @property
    def key_id(self) -> int | None:
        """What signed the first attempt."""
        return self.delivery.key_id

    @property
    def label(self) -> str:
        """How logs and `dir:` call it."""
        return f"{self.delivery.id:04d}-{self.list}-{self.address}"

    def held(self, *, key_id: int | None = None) -> Held:
        return Held(id=self.delivery.id, fence=self.delivery.fence, dated_at=self.dated_at, key_id=key_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Began:
    """`sending` is on disk: the content may leave."""


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
class Settlement:
    """What `settle` found, in the order it was given."""

    #: ids among those ended whose lease was lost: nothing was written for them
    lost: tuple[int, ...]
    #: one for each row to begin; None: its lease is lost
    begun: tuple[Began | Suppressed | None, ...]


class Deliveries(Accounts, Steering, Protocol):
    """The ledger. Each method is one unit of work: it commits, or leaves no trace. Instants are aware.

    Any method may raise `errors.StorageError`; `bar` raises its `LeaseLost`.
    """

    def plan(self, rows: Iterable[Owed]) -> int:
        """Add what is not there yet, by (issue, subscription); the first plan of a row stands.

        Sets `issues.candidates` in the same transaction. A cancelled issue takes nobody. Any number of rows:
        they are read and committed 5,000 at a time, unless the caller's own transaction is open. How many
        rows were new.
        """
        ...

    def claim(
        self,
        now: datetime,
        lease_until: datetime,
        limit: int,
        *,
        issue_id: IssueId | None = None,
        address: str | None = None,
        newest_first: bool = False,
    ) -> tuple[Claim, ...]:
        """Lease open rows that are due, held by nobody and not on hold. Each fence goes up.

        By not_before, issue and id; `newest_first`: who confirmed last comes first (a sender's ramp-up).
        `address` keeps to one reader.
        """
        ...

    def settle(
        self, ended: Sequence[tuple[Held, Ending]], begun: Sequence[Held], now: datetime
    ) -> Settlement:
        """Record how tries ended, then begin others: one commit for many connections.

        Every end comes before every beginning. An end, begun or refused before, releases its lease; ends
        that count as served move the cursor to the issue's head, `expired` makes a confirmed subscription
        due now, `suppress` puts the address on the suppression list. A beginning is the last look at
        consent and suppression, then `sending`, on disk before any content leaves. A lost lease is told in
        the answer and rolls nothing else back.
        """
        ...

    def bar(self, held: Held, now: datetime) -> Suppressed | None:
        """The last look alone, before the relay is bothered. None: it may be sent."""
        ...

    def postpone(self, rows: Iterable[tuple[Held, datetime, str]]) -> None:
        """Defer rows that were not tried, each until its instant and with its words; the leases are released.

        No attempt is counted. Rows somebody else took over, or that have ended, are left alone.
        """
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

    def expire(self, now: datetime, max_age: timedelta) -> int:
        """End open rows first tried `max_age` ago or longer, and three times at least. How many.

        What is on hold waits: its time begins anew when it is released.
        """
        ...
