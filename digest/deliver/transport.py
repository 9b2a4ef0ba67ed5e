"""What a transport takes and answers, whether it is a relay or a folder.

A transaction has two steps, `offer` and `send`, so that the ledger can commit `sending` between the
relay's 354 and the content. Nothing here knows a delivery.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What SMTP sees. Nothing that could end a command reaches the socket."""

    mail_from: str
    rcpt_to: str

    def __post_init__(self) -> None:
        for address in (self.mail_from, self.rcpt_to):
            if re.search(r"[\x00-\x20\x7f-\xa0<>\ud800-\udfff]", address):
                raise ValueError(f"not an address for an envelope: {address!r}")
        if not self.rcpt_to:
            raise ValueError("an envelope needs a recipient")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message ready to leave."""

    envelope: Envelope
    #: the wire's bytes: CRLF, whole lines, at most 998 bytes each
    content: bytes
    #: the key that signed it, kept with the first attempt
    key_id: int | None = None


class Dropped(RelayError):
    """The relay hung up, fell silent or said 421 before we could begin: another try may go well."""


class Transport(Protocol):
    """One connection to wherever mail goes. Used by one thread."""

    def open(self) -> None:
        """Be ready for an offer; nothing happens when it is.

        Raises RelayError; `Dropped` where another try may go well.
        """
        ...

    @property
    def is_fresh(self) -> bool:
        """Nothing was offered on this connection yet."""
        ...

    def offer(self, envelope: Envelope, *, name: str, size: int) -> Reply:
        """MAIL, RCPT, DATA. A yes means: the content is awaited. `name` is for people, unique a delivery."""
        ...

    def send(self, content: bytes) -> Reply:
        """The content and the final dot, after a yes. A yes means: the relay has it."""
        ...

    def close(self) -> None:
        """Let go; content awaited is never sent. Closing twice is allowed."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds to wait, by phase (RFC 5321 4.5.3.2; connect as Postfix does)."""

    connect: float = 30
    #: greeting, EHLO, STARTTLS, AUTH, MAIL, RCPT, RSET
    command: float = 300
    data: float = 120
    #: for the content to leave
    block: float = 180
    #: RFC 5321: a spurious timeout here is a mail sent twice
    dot: float = 600
    quit: float = 5
