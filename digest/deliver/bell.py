"""Wakes a run that waits on its sockets, from other threads."""

from __future__ import annotations

import contextlib
import socket


class Bell:
    """Rung by anybody; the run selects on `fileno` and hushes it."""

    def __init__(self) -> None:
        self._hears, self._rings = socket.socketpair()
        self._hears.setblocking(False)
        self._rings.setblocking(False)

    def fileno(self) -> int:
        return self._hears.fileno()

    def ring(self) -> None:
        # Full: it is ringing. Closed: the run is over.
        with contextlib.suppress(OSError):
            self._rings.send(b"!")

    def hush(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while len(self._hears.recv(4096)) == 4096:
                pass

    def close(self) -> None:
        self._hears.close()
        self._rings.close()
