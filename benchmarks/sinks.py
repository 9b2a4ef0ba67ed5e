"""Where benchmarked mail goes: Postfix's smtp-sink, and a lean sink of ours that costs less than any sender.

Each is a process of its own on a port of 127.0.0.1, stopped by its own id. The lean one reads no more than
it must: it counts messages by their final dots, offers PIPELINING, and may be 20 ms away.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path

EHLO = b"250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n"
#: more than any command, or the end of a content, may leave unread
KEPT = 4096
ANSWERS = {b"EHLO": EHLO, b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sink:
    """A sink that listens."""

    port: int
    pid: int
    #: messages taken so far; smtp-sink is not asked
    count: Callable[[], int | None]
    #: seconds of processors it took to start
    started: float = 0.0

    def processors(self) -> float:
        """Seconds of processors it has used since it listened."""
        return self.used() - self.started

    def used(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Lean(asyncio.BufferedProtocol):
    """One connection: commands are told by four letters, content ends at the dot. What is read lies in one
    buffer for all, behind the few bytes this connection had left over."""

    delay = 0.0
    taken = 0
    memory = bytearray(1 << 18)
    view = memoryview(memory)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport, self._in_content, self._rest = transport, False, b""
        transport.write(b"220 sink ESMTP\r\n")

    def get_buffer(self, _sizehint: int) -> memoryview:
        return self.view[KEPT:]

    def buffer_updated(self, size: int) -> None:
        at, end = KEPT - len(self._rest), KEPT + size
        self.memory[at:KEPT] = self._rest
        replies: list[bytes] = []
        while at < end:
            stop = self.memory.find(b"\r\n.\r\n" if self._in_content else b"\r\n", at, end)
            if stop < 0:
                break
            if self._in_content:
                Lean.taken += 1
                self._in_content, at = False, stop + 5
                replies.append(b"250 2.0.0 taken\r\n")
                continue
            verb = bytes(self.memory[at : at + 4]).upper()
            replies.append(ANSWERS.get(verb, b"250 2.1.0 ok\r\n"))
            # The line end of DATA begins the content: an empty one is a dot at once.
            self._in_content = verb == b"DATA"
            at = stop if self._in_content else stop + 2
        # Of content, no more is kept than the end may need.
        self._rest = bytes(self.memory[max(at, end - 4) if self._in_content else at : end])
        if replies:
            self._answer(b"".join(replies))

    def _answer(self, replies: bytes) -> None:
        if self.delay:
            asyncio.get_running_loop().call_later(self.delay, self._transport.write, replies)
        else:
            self._transport.write(replies)


@contextmanager
def lean(*, delay: float = 0.0) -> Iterator[Sink]:
    """Ours. `delay`: seconds from commands to their replies, as a relay far away takes them."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_listen, args=(theirs, delay), daemon=True)
    process.start()

    def count() -> int:
        ours.send("count")
        return int(ours.recv())

    try:
        assert process.pid is not None
        yield _listening(Sink(port=ours.recv(), pid=process.pid, count=count))
    finally:
        process.terminate()
        process.join()


def _listen(pipe: Connection, delay: float) -> None:
    Lean.delay = delay

    def tell() -> None:
        pipe.recv()
        pipe.send(Lean.taken)

    async def run() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(Lean, "127.0.0.1", 0, backlog=512)
        loop.add_reader(pipe.fileno(), tell)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


@contextmanager
def smtp_sink() -> Iterator[Sink]:
    """Postfix's (the package `postfix`; its mail system need not run)."""
    port = _free_port()
    as_nobody = ["-u", "nobody"] if os.geteuid() == 0 else []
    process = subprocess.Popen(
        [tool("smtp-sink"), *as_nobody, f"127.0.0.1:{port}", "512"],
        cwd="/",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _await(port)
        yield _listening(Sink(port=port, pid=process.pid, count=lambda: None))
    finally:
        process.terminate()
        process.wait()


def _listening(sink: Sink) -> Sink:
    return replace(sink, started=sink.used())


def tool(name: str) -> str:
    """The path of one of Postfix's tools. Raises SystemExit where it is not installed."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if found is None:
        raise SystemExit(f"{name} is not there: install the package postfix.")
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise SystemExit(f"Nothing listens on port {port}.")
