"""Feeds to measure with, and a server for them: ours, seeded, the same bytes on every run."""

from __future__ import annotations

import asyncio
import multiprocessing
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256
from html import escape
from multiprocessing.connection import Connection

WORDS = (
    "python release module wheel socket planète été déjà thread queue index table window river "
    "garden letter bridge signal memory kernel parser template night morning reader source entry "
    "topic answer question small large quick slow never always under over between because while"
).split()
SYLLABLES = "ka ro mi tel va son du pra ne lio gar bex zu chi fon ".split()
START = datetime(2026, 10, 1, 8, tzinfo=UTC)


def prose(dice: random.Random, words: int) -> str:
    return " ".join(dice.choices(WORDS, k=words))


def name(dice: random.Random) -> str:
    """A word that few others say; real titles have some: of somebody, something, somewhere."""
    return "".join(dice.choices(SYLLABLES, k=3))


def body(dice: random.Random, size: int) -> str:
    """About `size` bytes of what blogs publish: paragraphs, links, lists, images, code, quotes."""
    parts: list[str] = []
    while sum(map(len, parts)) < size:
        match dice.randrange(8):
            case 0:
                items = "".join(f"<li>{prose(dice, 9)}</li>" for _ in range(4))
                parts.append(f"<ul>{items}</ul>")
            case 1:
                parts.append(
                    f'<p><img src="/img/{dice.randrange(999)}.png" width="640" alt="{prose(dice, 3)}"></p>'
                )
            case 2:
                code = escape(f"for x in range({dice.randrange(9)}):\n    print(x < {dice.randrange(99)})\n")
                parts.append(f'<pre class="hl"><code>{code}</code></pre>')
            case 3:
                parts.append(f'<blockquote onclick="no()"><p>{prose(dice, 30)}</p></blockquote>')
            case _:
                link = f'<a href="/{dice.randrange(9999)}?utm_source=feed">{prose(dice, 4)}</a>'
                parts.append(f"<p>{prose(dice, 35)} {link} <em>{prose(dice, 5)}</em> {prose(dice, 25)}.</p>")
    return "".join(parts)


def feed(number: int, *, entries: int = 20, low: int = 2000, high: int = 5000) -> bytes:
    """One feed: RSS 2.0, every third Atom 1.0."""
    dice, names = random.Random(number), random.Random(f"names of {number}")
    host = f"https://blog{number}.example.org"
    rows = []
    for n in range(entries):
        at = START - timedelta(hours=7 * n + number)
        title = escape(f"{name(names)} {prose(dice, 7)} {name(names)}")
        link = f"{host}/{n}"
        html = escape(body(dice, dice.randint(low, high)))
        if number % 3:
            rows.append(
                f"<item><title>{title}</title><link>{link}</link><guid>{link}</guid>"
                f"<pubDate>{format_datetime(at)}</pubDate><category>{dice.choice(WORDS)}</category>"
                f"<content:encoded>{html}</content:encoded></item>"
            )
        else:
            rows.append(
                f'<entry><id>{link}</id><title>{title}</title><link href="{link}"/>'
                f"<updated>{at.isoformat()}</updated><author><name>{prose(dice, 2)}</name></author>"
                f'<content type="html">{html}</content></entry>'
            )
    inside = "".join(rows)
    if number % 3:
        text = (
            '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
            f"<title>Blog {number}</title><link>{host}/</link><description>d</description>"
            f"{inside}</channel></rss>"
        )
    else:
        text = (
            f'<feed xmlns="http://www.w3.org/2005/Atom"><id>{host}/</id><title>Site {number}</title>'
            f"<updated>{START.isoformat()}</updated>{inside}</feed>"
        )
    return f'<?xml version="1.0" encoding="utf-8"?>{text}'.encode()


@contextmanager
def served(count: int) -> Iterator[str]:
    """`count` feeds at http://127.0.0.1:PORT/N.xml, with ETag and 304, from a process of its own."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(count, theirs), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        process.terminate()
        process.join()


def _serve(count: int, pipe: Connection) -> None:
    bodies = {f"/{n}.xml": feed(n) for n in range(count)}
    tags = {path: f'"{sha256(data).hexdigest()[:16]}"' for path, data in bodies.items()}

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                path = head.split(" ", 2)[1]
                if path not in bodies:
                    writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
                elif tags[path] in head:
                    writer.write(f"HTTP/1.1 304 Not Modified\r\nETag: {tags[path]}\r\n\r\n".encode())
                else:
                    said = (
                        f"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nETag: {tags[path]}\r\n"
                        f"Content-Length: {len(bodies[path])}\r\n\r\n"
                    )
                    writer.write(said.encode() + bodies[path])
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def run() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=512)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())
