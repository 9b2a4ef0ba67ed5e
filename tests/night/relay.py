"""A real SMTP server (aiosmtpd) on a free port of loopback, in a thread with a loop of its own."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A message as the server got it."""

    mail_from: str
    rcpt_to: tuple[str, ...]
    content: bytes


class Relay:
    """`with Relay() as relay:` then relay.url, relay.taken."""

    def __init__(self) -> None:
        self.taken: list[Taken] = []
        self.port = 0
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="aiosmtpd")

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.original_content
        assert content is not None
        assert envelope.mail_from is not None
        self.taken.append(
            Taken(mail_from=envelope.mail_from, rcpt_to=tuple(envelope.rcpt_tos), content=content)
        )
        return "250 2.0.0 taken"

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        server = await self._loop.create_server(
            lambda: SMTP(self, hostname="relay.example.org", loop=self._loop), "127.0.0.1", 0
        )
        self.port = int(server.sockets[0].getsockname()[1])
        self._ready.set()
        async with server:
            await self._stop.wait()
