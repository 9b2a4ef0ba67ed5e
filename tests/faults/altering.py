"""A wire between us and somebody else's server that changes a line of what passes.

smtp-sink refuses a command always or never. `VRFY` it can be told to refuse, so a `RCPT` that is changed
into one on its way is refused by smtp-sink itself, among others that are not.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Change = Callable[[bytes], bytes]


@contextmanager
def altered(port: int, *, up: Change, down: Change) -> Iterator[int]:
    """A port of 127.0.0.1 that leads to the other, line by line through `up` and `down`."""
    listener = socket.create_server(("127.0.0.1", 0))
    open_: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def start(work: Callable[..., None], *values: object) -> None:
        thread = threading.Thread(target=work, args=values, daemon=True)
        threads.append(thread)
        thread.start()

    def accept() -> None:
        while True:
            try:
                ours, _ = listener.accept()
            except OSError:
                return
            theirs = socket.create_connection(("127.0.0.1", port))
            open_.extend((ours, theirs))
            start(_pass_on, ours, theirs, up)
            start(_pass_on, theirs, ours, down)

    start(accept)
    try:
        yield int(listener.getsockname()[1])
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        for one in open_:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join(10)
        for one in (listener, *open_):
            one.close()


def _pass_on(source: socket.socket, target: socket.socket, change: Change) -> None:
    with contextlib.suppress(OSError), source.makefile("rb") as lines:
        for line in lines:
            target.sendall(change(line))
        target.shutdown(socket.SHUT_WR)
