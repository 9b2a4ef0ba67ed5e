"""The peers of N4 and N6, each a process of its own: ready bytes to a sink, and nothing kept.

    python -m benchmarks.deliver_peers smtplib|aiosmtplib|source PORT MESSAGES CONNECTIONS BYTES

Prints seconds by the clock and seconds of processors. smtplib and aiosmtplib reuse their connections, which
few of those who use them do.
"""

from __future__ import annotations

import asyncio
import json
import resource
import smtplib
import subprocess
import sys
import threading
import time

from benchmarks.sinks import tool

LINE = b"abcdefghij klmnopqrst uvwxyzabcd efghijklmn opqrstuvwx yzabcdefgh ijkl\r\n"
SENDER = "digest@example.org"


def content(size: int) -> bytes:
    """A message of about that size that no client has to change."""
    head = (
        b"Subject: digest\r\nFrom: digest@example.org\r\nTo: reader@example.net\r\nMIME-Version: 1.0\r\n\r\n"
    )
    return head + LINE * ((size - len(head)) // len(LINE))


def by_smtplib(port: int, messages: int, connections: int, size: int) -> None:
    message = content(size)

    def one(mine: range) -> None:
        with smtplib.SMTP("127.0.0.1", port, local_hostname="localhost") as relay:
            for number in mine:
                relay.sendmail(SENDER, [f"reader{number}@example.net"], message)

    shares = [range(first, messages, connections) for first in range(connections)]
    threads = [threading.Thread(target=one, args=(share,)) for share in shares]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def by_aiosmtplib(port: int, messages: int, connections: int, size: int) -> None:
    import aiosmtplib

    message = content(size)

    async def one(mine: range) -> None:
        relay = aiosmtplib.SMTP(hostname="127.0.0.1", port=port, local_hostname="localhost")
        await relay.connect()
        for number in mine:
            await relay.sendmail(SENDER, [f"reader{number}@example.net"], message)
        await relay.quit()

    async def every() -> None:
        await asyncio.gather(*(one(range(first, messages, connections)) for first in range(connections)))

    asyncio.run(every())


def by_source(port: int, messages: int, connections: int, size: int) -> None:
    """Postfix's own load generator, in C; `-d` keeps its connections open."""
    options = f"-d -s {connections} -m {messages} -l {size} -f {SENDER} -t reader@example.net".split()
    subprocess.run(
        [tool("smtp-source"), *options, f"127.0.0.1:{port}"],
        check=True,
        cwd="/",
        stdout=subprocess.DEVNULL,
    )


CLIENTS = {"smtplib": by_smtplib, "aiosmtplib": by_aiosmtplib, "source": by_source}


def processors() -> float:
    """Of this process and those it waited for."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in both)


def main(client: str, *numbers: str) -> None:
    if client == "aiosmtplib":
        __import__("aiosmtplib")  # not within the time measured
    wall, busy = time.perf_counter(), processors()
    CLIENTS[client](*map(int, numbers))
    print(json.dumps([time.perf_counter() - wall, processors() - busy]))


if __name__ == "__main__":
    main(*sys.argv[1:])
