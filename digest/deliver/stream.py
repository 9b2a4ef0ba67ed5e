"""One kind of mail in a run: what its ledger must do for us, and a row on its way.

Deliveries and letters are streams: the same promises, each over its own rows and connections.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from digest.deliver.transport import Offer, Outgoing
from digest.deliver.watch import domain_of
from digest.storage.protocol.deliveries import Ending, Held, Settlement, Suppressed


class Parcel(Protocol):
    """A row leased to us."""

    @property
    def id(self) -> int: ...

    @property
    def address(self) -> str: ...

    @property
    def attempts(self) -> int:
        """Made before this one."""
        ...

    @property
    def lease_until_at(self) -> datetime | None: ...

    @property
    def barred(self) -> str | None:
        """Why it must not be sent, as seen when it was claimed."""
        ...

    @property
    def label(self) -> str:
        """How people, logs and folders call it; unique."""
        ...

    @property
    def dated_at(self) -> datetime:
        """The Date header."""
        ...

    @property
    def key_id(self) -> int | None:
        """What signed the first attempt; None: this is the first, or nothing did."""
        ...

    def held(self, *, key_id: int | None = None) -> Held: ...


class Ledger(Protocol):
    """What a run needs of the rows, as `storage.protocol.deliveries` says it. Any may raise StorageError."""

    def settle(
        self, ended: Sequence[tuple[Held, Ending]], begun: Sequence[Held], now: datetime
    ) -> Settlement: ...

    def bar(self, held: Held, now: datetime) -> Suppressed | None: ...

    def postpone(self, rows: Iterable[tuple[Held, datetime, str]]) -> None: ...

    def give_back(self, held: Iterable[Held]) -> None: ...

    def take_over(self, now: datetime, on_uncertain: Literal["resend", "hold"]) -> int: ...

    def expire(self, now: datetime, max_age: timedelta) -> int: ...

    def due_count(self, now: datetime) -> int: ...

    def open_count(self) -> int: ...

    def next_attempt_at(self) -> datetime | None: ...


#: (now, lease until, most) to rows; each stream asks its ledger in its own way
Claiming = Callable[[datetime, datetime, int], Sequence[Parcel]]
#: composes a row's message, with the same bytes each time; any exception defers that row alone
Rendering = Callable[[Parcel], Outgoing]


class Signing(Protocol):
    """Signs messages (DKIM). Used by several threads at once."""

    @property
    def key_id(self) -> int:
        """Which keys, for the row."""
        ...

    def seal(self, outgoing: Outgoing, *, dated_at: datetime, label: str, key_id: int | None) -> Outgoing:
        """The message with its signatures; the same values give the same bytes."""
        ...


@dataclass(slots=True, eq=False, kw_only=True)
class Ticket:
    """A row with its message, on its way."""

    parcel: Parcel
    held: Held
    outgoing: Outgoing
    #: the message being signed; None: it leaves as it is
    signing: Future[Outgoing] | None = None
    #: offers lost before anything was heard
    losses: int = 0

    @property
    def domain(self) -> str:
        return domain_of(self.outgoing.envelope.rcpt_to)

    @property
    def is_ready(self) -> bool:
        return self.signing is None or self.signing.done()

    @property
    def sealed(self) -> Outgoing:
        """As it leaves."""
        return self.outgoing if self.signing is None else self.signing.result()

    def offer(self) -> Offer:
        sealed = self.sealed
        return Offer(ticket=self, envelope=sealed.envelope, size=len(sealed.content), name=self.parcel.label)
