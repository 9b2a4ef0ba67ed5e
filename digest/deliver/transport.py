"""The words between a run and wherever mail goes: envelopes, replies, lanes.

A transaction has two steps, an offer and the content, so that the ledger can commit `sending` between the
relay's 354 and the content. Nothing here knows a delivery: what is offered carries a ticket of the run's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from digest.errors import RelayError


class Phase(StrEnum):
    """Where in a transaction a reply came, or failed to come."""

    #: we could not compose it; nothing was said to the relay
    RENDER = "render"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    #: while the content left: the final dot did not
    BODY = "body"
    #: after the final dot: the relay may have taken the message
    DOT = "dot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the relay said last, or how it fell silent."""

    phase: Phase
    #: None: the connection is lost, or what came was no SMTP
    code: int | None
    #: "5.1.1"; None where the relay gave none
    enhanced: str | None = None
    text: str = ""

    @property
    def is_yes(self) -> bool:
        return self.code is not None and 200 <= self.code < 400

    @property
    def is_lost(self) -> bool:
        return self.code is None


_NO_ADDRESS = re.compile(r"[\x00-\x20\x7f-\xa0<>\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What SMTP sees. Nothing that could end a command reaches the socket."""

    mail_from: str
    rcpt_to: str

    def __post_init__(self) -> None:
        for address in (self.mail_from, self.rcpt_to):
            if _NO_ADDRESS.search(address):
                raise ValueError(f"not an address for an envelope: {address!r}")
        if not self.rcpt_to:
            raise ValueError("an envelope needs a recipient")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message ready to leave."""

    envelope: Envelope
    #: CRLF, whole lines, at most 998 bytes each
    content: bytes
    #: its lines are sure to end in CRLF, and none begins with a dot: it goes as it is
    is_wire: bool = False
    #: the key that signed it, kept with the first attempt
    key_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An envelope on its way to the relay. `ticket` is the run's own; events give it back."""

    ticket: object
    envelope: Envelope
    #: bytes of the content to come
    size: int
    #: for people, unique a delivery: what a folder calls the file
    name: str


@dataclass(frozen=True, slots=True)
class Awaited:
    """The relay awaits the content of what was offered."""

    ticket: object


@dataclass(frozen=True, slots=True)
class Answered:
    """How what was offered, or sent, has ended."""

    ticket: object
    reply: Reply


Event = Awaited | Answered


class Dropped(RelayError):
    """The relay hung up, fell silent or said 421 before we could begin: another try may go well."""


class Lane(Protocol):
    """One way to the relay. Used by one thread, and never blocks it: `pump` when there is something to do.

    Every offer ends in just one `Answered`, whatever happens, before or after its `Awaited`.
    """

    @property
    def is_open(self) -> bool:
        """It may be offered something, now or once it is free."""
        ...

    @property
    def is_free(self) -> bool:
        """It may be offered something now."""
        ...

    @property
    def joins(self) -> bool:
        """It takes the next offer in one write with a content."""
        ...

    @property
    def offers(self) -> int:
        """How many it was given."""
        ...

    @property
    def deadline(self) -> float | None:
        """When, on the monotonic clock, to pump even if nothing happened."""
        ...

    def fileno(self) -> int:
        """For `select`; -1: nothing to wait for, pump at once."""
        ...

    @property
    def wants_to_write(self) -> bool: ...

    def offer(self, offer: Offer) -> None:
        """MAIL, RCPT, DATA."""
        ...

    def send(self, content: bytes, *, is_wire: bool = False, then: Offer | None = None) -> None:
        """The content awaited and its final dot; and, on a lane that joins, the next offer.

        `is_wire`: nothing in it needs a look (`Outgoing.is_wire`).
        """
        ...

    def pump(self) -> list[Event]:
        """Read and write what can be without waiting."""
        ...

    def abandon(self) -> list[Event]:
        """Hang up now. Content awaited is never sent; what was open ends as lost."""
        ...

    def close(self) -> None:
        """Say goodbye, if that is not content, and let go. Closing twice is allowed."""
        ...


class Transport(Protocol):
    """Where mail goes."""

    def lane(self) -> Lane:
        """A new one, ready for its first offer. May take as long as the relay's greeting and login.

        Safe to call from several threads. Raises RelayError; `Dropped` where another try may go well.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds to wait, by phase (RFC 5321 4.5.3.2; connect as Postfix does)."""

    connect: float = 30
    #: greeting, EHLO, STARTTLS, AUTH, MAIL, RCPT, RSET
    command: float = 300
    data: float = 120
    #: for the content to leave, without any of it leaving
    block: float = 180
    #: RFC 5321: a spurious timeout here is a mail sent twice
    dot: float = 600
    quit: float = 5
    #: for all of a message, from MAIL to the last reply: against a relay that trickles
    whole: float = 900

    def of(self, phase: Phase) -> float:
        """How long the reply of a phase may take."""
        match phase:
            case Phase.DATA:
                return self.data
            case Phase.DOT:
                return self.dot
            case Phase.BODY:
                return self.block
            case _:
                return self.command
