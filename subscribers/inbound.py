"""Where other mail servers hand us what comes back: SMTP or LMTP, for our own addresses and nobody else's.

An address is taken only when its proof holds, so this relays nothing and fills with nothing. 250 is said when
the desk has committed, never before; a fault of ours is 451, and the message comes again. It never sends
mail. aiosmtpd is at home here; the desk is `digest`'s.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import Enum
from threading import Event, Thread
from typing import Protocol

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

_LOG = logging.getLogger("digest.inbound")

#: reports are small (deliverability §3); RFC 5321 wants 64 KB taken at least
LARGEST = 1_048_576
#: seconds for one command, and for one message
PATIENCE = 60
#: of each command on one connection
CALLS = 100
#: octets one connection may send in all
_OCTETS = 32 * LARGEST


class Desk(Protocol):
    """Deals with what comes. Every method runs in one thread, that which opened it; any may raise."""

    def knows(self, recipient: str) -> bool:
        """Whether an address is ours, with a proof that holds."""
        ...

    def take(self, message: bytes, *, recipients: Sequence[str]) -> object:
        """Act on a message. Returns once that is durable; the same message again does nothing more."""
        ...


class Language(Enum):
    """What is spoken on the wire."""

    SMTP = "smtp"
    LMTP = "lmtp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much is put up with."""

    #: octets of a message
    largest: int = LARGEST
    #: seconds
    patience: float = PATIENCE
    #: at once; more are told to come back
    connections: int = 20


class Receiver:
    """A server in a thread of its own. `start` and `stop` once each, from any thread."""

    def __init__(
        self,
        open_desk: Callable[[], AbstractContextManager[Desk]],
        *,
        host: str,
        port: int,
        hostname: str,
        language: Language = Language.SMTP,
        bounds: Bounds | None = None,
    ) -> None:
        """`open_desk` is called in the thread that works at it, as a database wants. `hostname`: who we say
        we are. Port 0: any that is free."""
        self._open_desk = open_desk
        self._place = (host, port)
        self._hostname = hostname
        self._language = language
        self._bounds = bounds or Bounds()
        self._hand = ThreadPoolExecutor(1, thread_name_prefix="inbound-desk")
        self._thread = Thread(target=self._run, name="inbound", daemon=True)
        self._ready = Event()
        self._failure: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._over: asyncio.Event | None = None
        self._address = (host, port)
        self._open = 0

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        return self._address

    def start(self) -> None:
        """Listen. Raises OSError when the port is taken, or what opening the desk raised."""
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            self._thread.join()
            raise self._failure

    def stop(self) -> None:
        """Take nothing more. What the desk has in hand is finished; who waits for an answer comes again."""
        if self._loop is not None and self._over is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as failure:  # noqa: BLE001  (told to whoever called `start`)
            self._failure = failure
        finally:
            self._hand.shutdown(wait=True)
            self._ready.set()

    async def _serve(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        desk = self._open_desk()
        opened = await self._loop.run_in_executor(self._hand, desk.__enter__)
        try:
            door = _Door(opened, self._hand)
            server = await self._loop.create_server(lambda: self._guest(door), *self._place)
            self._address = server.sockets[0].getsockname()[:2]
            self._ready.set()
            async with server:
                await self._over.wait()
        finally:
            await self._loop.run_in_executor(self._hand, desk.__exit__, None, None, None)

    def _guest(self, door: _Door) -> asyncio.Protocol:
        if self._open >= self._bounds.connections:
            return _Full()
        self._open += 1
        kind = _Lmtp if self._language is Language.LMTP else _Smtp
        return kind(door, self._hostname, self._bounds, self._left)

    def _left(self) -> None:
        self._open -= 1


class _Door:
    """What is answered to whom. One for all connections."""

    def __init__(self, desk: Desk, hand: ThreadPoolExecutor) -> None:
        self._desk = desk
        self._hand = hand

    async def handle_RCPT(  # noqa: N802  (aiosmtpd's name)
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if envelope.rcpt_tos:
            # A report is about one mail. LMTP answers each recipient by itself; this way there is one answer.
            return "452 4.5.3 One recipient at a time"
        try:
            known = await asyncio.get_running_loop().run_in_executor(self._hand, self._desk.knows, address)
        except Exception as fault:  # noqa: BLE001  (whatever it is, it is ours, and must not lose a report)
            return _later(fault)
        if not known:
            return "550 5.1.1 No such address here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content, recipients = bytes(envelope.original_content or b""), tuple(envelope.rcpt_tos)

        def take() -> object:
            return self._desk.take(content, recipients=recipients)

        try:
            await asyncio.get_running_loop().run_in_executor(self._hand, take)
        except Exception as fault:  # noqa: BLE001  (as above)
            return _later(fault)
        return "250 2.0.0 OK"

    async def handle_exception(self, error: Exception) -> str:
        return _later(error)


class _Smtp(SMTP):
    #: longer lines than RFC 5321 allows are what some hosts report with
    line_length_limit = 65_536

    def __init__(self, door: _Door, hostname: str, bounds: Bounds, left: Callable[[], None]) -> None:
        super().__init__(
            door,
            data_size_limit=bounds.largest,
            hostname=hostname,
            ident="ESMTP" if type(self) is _Smtp else "LMTP",
            timeout=bounds.patience,
            command_call_limit=CALLS,
            loop=asyncio.get_running_loop(),
        )
        self._left = left
        self._octets = 0

    def data_received(self, data: bytes) -> None:
        # A line without an end is kept by aiosmtpd until it has one.
        self._octets += len(data)
        if self._octets > _OCTETS and isinstance(self.transport, asyncio.Transport):
            self.transport.abort()
            return
        super().data_received(data)

    def connection_lost(self, error: Exception | None) -> None:
        self._left()
        super().connection_lost(error)


class _Lmtp(_Smtp, LMTP):
    pass


class _Full(asyncio.Protocol):
    """Says that there is no room."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            transport.write(b"421 4.3.2 Too many connections, try again later\r\n")
            transport.close()


def _later(fault: Exception) -> str:
    _LOG.warning("inbound-failed fault=%s", type(fault).__name__)
    return "451 4.3.0 Try again later"
