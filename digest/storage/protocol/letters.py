"""Letters as rooms see them: mail to one person outside any issue, sent by the same machine as deliveries.

Claims, fences, leases and the order of commits are those of `protocol.deliveries`. A letter carries its
own bytes; they are wiped when it has ended. Consent does not bar it (a letter asks for consent); a hard
bounce, a complaint and an admin's word do, except for letters to ourselves. An erasure does too, except for
the letter that tells of it, and for one that asks somebody who has come again to confirm.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from digest.model import LetterId, NewLetter, SubscriptionId
from digest.storage.protocol.deliveries import Ending, Held, Settlement, Suppressed


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterClaim:
    """A letter leased to us, with all that sending it needs."""

    id: LetterId
    kind: str
    address: str
    language: str
    subscription_id: SubscriptionId | None
    #: the whole message, unsigned
    content: bytes
    attempts: int
    fence: int
    lease_until_at: datetime | None
    #: when it was composed: its Date, at every attempt
    dated_at: datetime
    #: what signed the first attempt; None: this is the first, or nothing did
    key_id: int | None = None
    #: why it must not be sent, as seen now; `settle` looks again
    barred: str | None = None

    @property
    def label(self) -> str:
        """How logs and `dir:` call it."""
        return f"letter-{self.id:04d}-{self.kind}-{self.address}"

    def held(self, *, key_id: int | None = None) -> Held:
        return Held(id=self.id, fence=self.fence, dated_at=self.dated_at, key_id=key_id)


class Letters(Protocol):
    """Each method is one unit of work: it commits, or leaves no trace. Any may raise StorageError."""

    def post(self, letter: NewLetter) -> LetterId:
        """Plan it for now; with a `dedupe` that is there already, nothing happens. Its id, old or new."""
        ...

    def claim(
        self, now: datetime, lease_until: datetime, limit: int, *, address: str | None = None
    ) -> tuple[LetterClaim, ...]:
        """Lease open letters that are due and held by nobody, oldest first. Each fence goes up."""
        ...

    def settle(
        self, ended: Sequence[tuple[Held, Ending]], begun: Sequence[Held], now: datetime
    ) -> Settlement:
        """As `Deliveries.settle`: all ends, then a last look and `sending` for each to begin; one commit."""
        ...

    def bar(self, held: Held, now: datetime) -> Suppressed | None:
        """The last look alone. None: it may be sent, or its lease is lost."""
        ...

    def postpone(self, rows: Iterable[tuple[Held, datetime, str]]) -> None:
        """As `Deliveries.postpone`: later, with no attempt counted."""
        ...

    def give_back(self, held: Iterable[Held]) -> None:
        """Release leases unused."""
        ...

    def take_over(self, now: datetime, on_uncertain: Literal["resend", "hold"]) -> int:
        """Settle what a dead run left; only for the holder of deliver's lock. How many were `sending`.

        "hold" ends them as `uncertain` for good: who misses a letter asks for another.
        """
        ...

    def expire(self, now: datetime, max_age: timedelta) -> int:
        """End open letters first tried `max_age` ago or longer, and three times at least. How many."""
        ...

    def open_count(self) -> int: ...

    def due_count(self, now: datetime) -> int: ...

    def next_attempt_at(self) -> datetime | None:
        """When the next open letter may be tried; None: none is open."""
        ...

    def forget(self, address_hash: str, now: datetime) -> None:
        """A person is erased: open letters to them end, and no row holds their address."""
        ...

    def forget_goodbyes(self) -> int:
        """Letters that say goodbye to an erased person, and have ended, lose their address. How many."""
        ...

    def retain(self, since: datetime) -> int:
        """Delete letters that ended before. How many."""
        ...
