"""A real `digest serve` as a child, on a free port, and requests to it over loopback.

with Serving(site) as house: house.get("/health").status
"""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from types import TracebackType
from typing import Self

from tests.cli.run import PATIENCE_SECONDS, environment
from tests.web.client import Web


class Serving(Web):
    """The process. Left without `end`, it is told to end, and then killed."""

    def __init__(self, site: Path, *words: str, **more: str) -> None:
        """`more` goes into its environment."""
        self._words = words or ("--port", "0", "--no-timer")
        self._site = site
        self._more = more
        self._told: SimpleQueue[str | None] = SimpleQueue()
        #: what it said so far, as far as somebody waited for it
        self.lines: list[str] = []
        super().__init__(0)

    def __enter__(self) -> Self:
        self._child = subprocess.Popen(
            [sys.executable, "-m", "digest", "serve", *self._words],
            cwd=self._site,
            env=environment(**self._more),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()
        serving = self.until("serving at=")
        self.port = int(serving.partition("at=")[2].split()[0])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._child.poll() is None:
            self._child.terminate()
        try:
            self._child.wait(PATIENCE_SECONDS)
        finally:
            if self._child.poll() is None:
                self._child.kill()
                self._child.wait()
            self._reader.join(PATIENCE_SECONDS)
            assert self._child.stderr is not None
            self._child.stderr.close()

    def until(self, words: str) -> str:
        """The next line that says so; those before it are kept."""
        while True:
            try:
                line = self._told.get(timeout=PATIENCE_SECONDS)
            except Empty:
                raise AssertionError(f"nothing says {words!r}: {self.lines}") from None
            if line is None:
                raise AssertionError(f"it ended without saying {words!r}: {self.lines}")
            self.lines.append(line)
            if words in line:
                return line

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Tell it so, and wait for its end; its exit code."""
        self._child.send_signal(number)
        return self.ended()

    def tell(self, number: signal.Signals) -> None:
        self._child.send_signal(number)

    def ended(self) -> int:
        code = self._child.wait(PATIENCE_SECONDS)
        self._reader.join(PATIENCE_SECONDS)
        while not self._told.empty():
            line = self._told.get()
            if line is not None:
                self.lines.append(line)
        return code

    def _read(self) -> None:
        assert self._child.stderr is not None
        for line in self._child.stderr:
            self._told.put(line.rstrip("\n"))
        self._told.put(None)
