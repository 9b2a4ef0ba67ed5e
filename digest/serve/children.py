"""Commands of ours as processes of their own: the night, all sending, the mailbox of bounces.

A night of 100,000 mails takes the interpreter for an hour and 150 MB: in this process pages would wait for
it, and its memory would stay. A command takes 0.6 s to start, and it is the one that people run and tests
cover, with its locks and its way to end: the mail in flight, then no more.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Lock

from digest.log import event, logger

_LOG = logger("serve")

#: exit codes of our commands that need no word here: done; mail is open; another run is at it; told to end
_EXPECTED = frozenset({0, 4, 75, 130})


class Children:
    """Runs commands. Any thread may run one; `end` ends them all and lets no more begin."""

    def __init__(self, config: Path, *, verbose: int = 0) -> None:
        self._config = config
        self._verbose = verbose
        self._lock = Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._is_over = False

    def run(self, *words: str) -> int | None:
        """Run `digest words…` to its end; its exit code. None: the house closes, it was not begun."""
        with self._lock:
            if self._is_over:
                return None
            child = subprocess.Popen(  # noqa: S603 - our own command, no shell
                self._command(words),
                stdin=subprocess.DEVNULL,
                # What it says on standard error belongs in our log; its summary is for people.
                stdout=subprocess.DEVNULL,
                # Ctrl-C on our terminal is ours to pass on.
                process_group=0,
            )
            self._running.add(child)
        try:
            code = child.wait()
        finally:
            with self._lock:
                self._running.discard(child)
        told = _LOG.info if code in _EXPECTED else _LOG.warning
        told(event("ran", command=words[0], code=code))
        return code

    def end(self) -> None:
        """Ask all of them to end after what they have in hand, and begin no more."""
        with self._lock:
            self._is_over = True
            for child in self._running:
                child.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End them now: a relay may keep one waiting for minutes. The ledger knows what was in flight."""
        with self._lock:
            for child in self._running:
                child.kill()

    def _command(self, words: Sequence[str]) -> list[str]:
        loud = ["-v"] * min(self._verbose, 2)
        # -P: a folder called "digest" in the current one is not us.
        return [sys.executable, "-P", "-m", "digest", *words, "--config", str(self._config), *loud]
