"""Somebody else's process on the same database, which writes and takes its time."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

_HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


class Holder:
    """Holds the writer's lock from `hold` to `let_go`; each of them once."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._child: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()

    def hold(self) -> None:
        with self._lock:
            if self._child is None:
                self._child = subprocess.Popen(
                    [sys.executable, "-c", _HOLD, str(self._database)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
                assert self._child.stdout is not None
                assert self._child.stdout.readline() == "held\n"

    def let_go(self) -> None:
        with self._lock:
            if self._child is not None:
                self._child.communicate(timeout=30)
