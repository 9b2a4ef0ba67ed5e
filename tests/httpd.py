"""A web site on loopback that answers as a test tells it to, misbehaviour included.

    with Site() as site:
        site.answer("/feed.xml", b"<rss/>", etag='"a"', last_modified="Sat, 21 Nov 2026 03:00:00 GMT")
        site.script("/moody", Answer(status=503), Answer(body=b"<rss/>"))    # in turn; the last one stays
        site.answer("/slow", b"x" * 100, drip_seconds=0.05)
        site.redirect("/old", "/feed.xml", status=301)
        site.url("/feed.xml")                # http://127.0.0.1:PORT/feed.xml
        site.allow                           # ("127.0.0.1:PORT",) for [gather] allow_private
        site.requests, site.seen("/old")     # what was asked, in order

An answer with validators turns into a 304 by itself when the request carries one of them. Everything
runs in one thread with its own loop; leaving the block ends hanging answers, closes every socket and joins
the thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from types import TracebackType
from typing import Literal, Self

#: nobody waits for this to pass: a hanging answer ends with its connection
_FOREVER = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One request as it arrived."""

    method: str
    #: path and query, as written
    target: str
    #: lower-case names; of a repeated header the last
    headers: Mapping[str, str]
    #: seconds on the server's clock: for order and distance, not for assertions on speed
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer. The fields after `last_modified` are faults."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = "application/rss+xml"
    etag: str | None = None
    last_modified: str | None = None
    #: wait before the status line
    delay_seconds: float = 0
    #: body bytes one by one, this far apart
    drip_seconds: float = 0
    #: header lines one by one, this far apart, and never an end
    drip_headers_seconds: float = 0
    #: never go on: before the status line, amid the headers, after half of the body
    hang: Literal["", "start", "headers", "body"] = ""
    #: announce this instead of the body's length
    content_length: int | None = None
    #: no length at all; the connection's end ends the body
    until_close: bool = False
    #: chunked; "endless" sends the body again and again, "broken" leaves out the last chunk
    chunked: Literal["", "whole", "endless", "broken"] = ""
    #: instead of `body`: made while it is sent, chunked, for bodies larger than memory
    stream: Callable[[], Iterable[bytes]] | None = None
    #: verbatim bytes instead of everything above, then the connection ends
    raw: bytes | None = None


Maker = Callable[[Seen], Answer]


@dataclass(slots=True)
class _Script:
    answers: list[Answer | Maker]
    told: int = 0

    def next(self, seen: Seen) -> Answer:
        answer = self.answers[min(self.told, len(self.answers) - 1)]
        self.told += 1
        return answer(seen) if callable(answer) else answer


@dataclass(slots=True)
class _State:
    scripts: dict[str, _Script] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    at_once: int = 0
    peak: int = 0
    sent: int = 0
    connections: set[asyncio.Task[None]] = field(default_factory=set)


class Site:
    """The server. Paths nobody scripted answer 404."""

    def __init__(self, *, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> None:
        self._host = host
        self._tls = tls
        self._state = _State()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="httpd")
        self.port = 0

    # what a test says

    def answer(self, path: str, body: bytes = b"", **fields: object) -> None:
        """Always answer `path` so; `fields` are Answer's."""
        self.script(path, replace(Answer(body=body), **fields))  # type: ignore[arg-type]  # checked by replace

    def script(self, path: str, *answers: Answer | Maker) -> None:
        """Answer `path` with these in turn; the last one stays. A callable makes one from the request."""
        self._state.scripts[path] = _Script(list(answers))

    def redirect(self, path: str, to: str, *, status: int = 302) -> None:
        self.script(path, Answer(status=status, headers=(("Location", to),)))

    # what a test asks

    def url(self, path: str = "/", *, host: str | None = None, userinfo: str = "") -> str:
        scheme = "https" if self._tls else "http"
        at = f"{userinfo}@" if userinfo else ""
        return f"{scheme}://{at}{host or self._host}:{self.port}{path}"

    @property
    def allow(self) -> tuple[str, ...]:
        return (f"{self._host}:{self.port}",)

    @property
    def requests(self) -> tuple[Seen, ...]:
        return tuple(self._state.seen)

    def seen(self, path: str) -> tuple[Seen, ...]:
        """The requests for this path and query."""
        return tuple(seen for seen in self._state.seen if seen.target == path)

    @property
    def peak(self) -> int:
        """The most requests that were being answered at one time."""
        return self._state.peak

    @property
    def bytes_sent(self) -> int:
        """Body bytes handed to the network so far."""
        return self._state.sent

    # the machine

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._loop.set_exception_handler(lambda _loop, _context: None)  # peers that vanish are the point
        self._stop = asyncio.Event()
        server = await asyncio.start_server(self._connected, self._host, 0, ssl=self._tls, backlog=512)
        self.port = int(server.sockets[0].getsockname()[1])
        self._ready.set()
        await self._stop.wait()
        # A connection accepted in this very turn still has to attach itself to the server: on a closed one
        # that fails and its socket is left open (Python 3.11). So stop listening, let it arrive, then close.
        for sock in server.sockets:
            self._loop.remove_reader(sock.fileno())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        server.close()
        # also those that were just being accepted: they register when they first run, and end the next time
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            for task in self._state.connections:
                task.cancel()
            await asyncio.wait(others, timeout=0.01)
        await server.wait_closed()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._state.connections.add(task)
        try:
            while await self._one(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError):
            pass  # the peer left, or the test is over
        finally:
            with contextlib.suppress(OSError, asyncio.CancelledError):
                writer.close()
                await writer.wait_closed()
            # what the peer never took is dropped, or the socket would outlive the loop
            writer.transport.abort()
            self._state.connections.discard(task)
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(0)

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request and its answer; True while the connection may carry another."""
        opening = await reader.readexactly(1)
        if opening == b"\x16":  # a TLS handshake at a plain door: web servers answer in plain text
            await self._write(writer, b"HTTP/1.1 400 Bad Request\r\n\r\n")
            return False
        head = (opening + await reader.readuntil(b"\r\n\r\n")).decode("utf-8", "surrogateescape")
        first, *lines = head.split("\r\n")[:-2]
        method, target, _ = first.split(" ", 2)
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        seen = Seen(method=method, target=target, headers=headers, at=self._loop.time())
        state = self._state
        state.seen.append(seen)
        script = state.scripts.get(target)
        answer = _conditional(script.next(seen), seen) if script else Answer(status=404)
        state.at_once += 1
        state.peak = max(state.peak, state.at_once)
        try:
            return await self._send(answer, writer)
        finally:
            state.at_once -= 1

    async def _send(self, answer: Answer, writer: asyncio.StreamWriter) -> bool:
        await asyncio.sleep(answer.delay_seconds)
        if answer.hang == "start":
            await asyncio.sleep(_FOREVER)
        if answer.raw is not None:
            await self._write(writer, answer.raw)
            return False
        head = _head(answer)
        if answer.hang == "headers":
            await self._write(writer, head[:-2])
            await asyncio.sleep(_FOREVER)
        if answer.drip_headers_seconds:
            await self._write(writer, head[:-2])
            while True:
                await asyncio.sleep(answer.drip_headers_seconds)
                await self._write(writer, b"X-Drip: 1\r\n")
        if answer.status in (204, 304) and not answer.hang:
            writer.write(head)  # these never have a body
        elif answer.hang or answer.drip_seconds or answer.chunked or answer.stream:
            writer.write(head)
            await self._send_body(answer, writer)
        else:
            writer.write(head + answer.body)
            self._state.sent += len(answer.body)
        await writer.drain()
        lied = answer.content_length is not None and answer.content_length > len(answer.body)
        return not (lied or answer.until_close or answer.chunked == "broken")

    async def _send_body(self, answer: Answer, writer: asyncio.StreamWriter) -> None:
        if answer.hang == "body":
            await self._write(writer, answer.body[: len(answer.body) // 2])
            await asyncio.sleep(_FOREVER)
        if answer.drip_seconds:
            for byte in answer.body:
                await self._write(writer, bytes((byte,)))
                await asyncio.sleep(answer.drip_seconds)
        elif answer.chunked or answer.stream:
            for piece in _pieces(answer):
                await self._write(writer, b"%x\r\n%b\r\n" % (len(piece), piece))
            if answer.chunked != "broken":
                await self._write(writer, b"0\r\n\r\n")

    async def _write(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        writer.write(data)
        self._state.sent += len(data)
        await writer.drain()


def _conditional(answer: Answer, seen: Seen) -> Answer:
    same_tag = answer.etag is not None and seen.headers.get("if-none-match") == answer.etag
    same_date = answer.last_modified is not None and "if-none-match" not in seen.headers
    if same_tag or (same_date and seen.headers.get("if-modified-since") == answer.last_modified):
        return replace(answer, status=304, body=b"", stream=None, chunked="")
    return answer


def _head(answer: Answer) -> bytes:
    lines = [f"HTTP/1.1 {answer.status} {_phrase(answer.status)}"]
    if answer.status not in (204, 304):
        lines.append(f"Content-Type: {answer.content_type}")
        if answer.chunked or answer.stream:
            lines.append("Transfer-Encoding: chunked")
        elif not answer.until_close:
            length = len(answer.body) if answer.content_length is None else answer.content_length
            lines.append(f"Content-Length: {length}")
    if answer.etag is not None:
        lines.append(f"ETag: {answer.etag}")
    if answer.last_modified is not None:
        lines.append(f"Last-Modified: {answer.last_modified}")
    lines += [f"{name}: {value}" for name, value in answer.headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "surrogateescape")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Odd"


def _pieces(answer: Answer) -> Iterable[bytes]:
    if answer.stream is not None:
        yield from answer.stream()
    elif answer.chunked == "endless":
        while True:
            yield answer.body
    else:
        yield answer.body
