"""B14: one recipient refused among many on a joined connection: the neighbours arrive once, under their own
envelopes, on Postfix's smtp-sink, on aiosmtpd, and (in test_postfix) on Postfix itself."""

from __future__ import annotations

import asyncio
import re
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from digest.model import Status
from digest.storage import Store
from tests.faults.altering import altered
from tests.faults.room import READERS, of_status, suppressed, until_quiet

REFUSED = READERS[5]
SMTP_SINK = shutil.which("smtp-sink") or shutil.which("/usr/sbin/smtp-sink")
EXPECTED = {
    (f"b.{number}@example.org", reader) for number, reader in enumerate(READERS, 1) if reader != REFUSED
}


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@contextmanager
def smtp_sink(port: int, *, reply: str) -> Iterator[Path]:
    """smtp-sink that refuses VRFY so, and keeps every transaction in a file of that folder."""
    assert SMTP_SINK is not None
    with tempfile.TemporaryDirectory(prefix="digest-sink-") as folder:
        refusal = ["-f", "VRFY", "-B", reply] if reply.startswith("5") else ["-r", "VRFY", "-b", reply]
        command = [SMTP_SINK, "-u", "root", *refusal, "-d", f"{folder}/%M.", f"127.0.0.1:{port}", "50"]
        with subprocess.Popen(command) as process:
            try:
                _await(port)
                yield Path(folder)
            finally:
                process.terminate()


def _await(port: int) -> None:
    for _ in range(200):
        with socket.socket() as tried:
            tried.settimeout(1)
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        threading.Event().wait(0.05)
    raise AssertionError("smtp-sink does not listen")


def refuse(line: bytes) -> bytes:
    return b"VRFY nobody\r\n" if line.startswith(f"RCPT TO:<{REFUSED}>".encode()) else line


def announce(line: bytes) -> bytes:
    """Told to refuse, smtp-sink stops announcing what it still does."""
    return b"250-PIPELINING\r\n" + line if line == b"250-8BITMIME\r\n" else line


def keep(line: bytes) -> bytes:
    return line


def dumped(folder: Path) -> list[tuple[str, str]]:
    """Sender and recipient of every message smtp-sink took whole."""
    found = []
    for file in folder.iterdir():
        head, _, body = file.read_text().partition("\n\n")
        senders, recipients = (
            re.findall(rf"^X-{name}-Args: <([^>]*)>", head, re.MULTILINE) for name in ("Mail", "Rcpt")
        )
        if body:
            assert (len(senders), len(recipients)) == (1, 1), head
            found.append((senders[0], recipients[0]))
    return found


@pytest.mark.skipif(SMTP_SINK is None, reason="smtp-sink (Postfix) is not installed")
@pytest.mark.parametrize("pipelining", [True, False], ids=["joined", "lockstep"])
def test_smtp_sink_gives_the_neighbours_theirs(store: Store, port: int, pipelining: bool) -> None:
    with (
        smtp_sink(port, reply="550 5.1.1 nobody") as folder,
        altered(port, up=refuse, down=announce if pipelining else keep) as wire,
    ):
        until_quiet(store, wire, connections=2)
        found = dumped(folder)

    assert sorted(found) == sorted(EXPECTED)
    assert of_status(store, Status.FAILED) == suppressed(store) == [REFUSED]


@pytest.mark.skipif(SMTP_SINK is None, reason="smtp-sink (Postfix) is not installed")
def test_smtp_sink_s_soft_refusal_defers_that_one_alone(store: Store, port: int) -> None:
    with (
        smtp_sink(port, reply="450 4.2.0 greylisted") as folder,
        altered(port, up=refuse, down=announce) as wire,
        pytest.raises(AssertionError, match="1 open"),
    ):
        until_quiet(store, wire, connections=2, runs=3)
    del folder

    assert of_status(store, Status.DEFERRED) == [REFUSED]
    assert len(of_status(store, Status.SENT)) == len(EXPECTED)
    assert suppressed(store) == []


class Handler:
    """aiosmtpd, refusing one."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str]] = []

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address == REFUSED:
            return "550 5.1.1 nobody"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_EHLO(  # noqa: N802
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", responses[-1]]

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.taken += [(str(envelope.mail_from), address) for address in envelope.rcpt_tos]
        return "250 2.0.0 taken"


@contextmanager
def aiosmtpd(handler: Handler) -> Iterator[int]:
    """On a port of its own, in a thread with a loop."""
    ready, ports = threading.Event(), list[int]()
    loop, stop = asyncio.new_event_loop(), asyncio.Event()

    async def serve() -> None:
        server = await loop.create_server(lambda: SMTP(handler, loop=loop), "127.0.0.1", 0)
        ports.append(server.sockets[0].getsockname()[1])
        ready.set()
        async with server:
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert ready.wait(20)
    try:
        yield ports[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(20)
        loop.close()


def test_aiosmtpd_gives_the_neighbours_theirs(store: Store) -> None:
    """It keeps the old envelope after a refusal: without RSET the next message goes under that."""
    handler = Handler()
    with aiosmtpd(handler) as port:
        until_quiet(store, port, connections=2)

    assert sorted(handler.taken) == sorted(EXPECTED)
    assert of_status(store, Status.FAILED) == suppressed(store) == [REFUSED]
