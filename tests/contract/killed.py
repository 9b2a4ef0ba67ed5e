"""Migrates the same database again and again, killed with SIGKILL before the 1st, 2nd, 3rd… statement.

    python -m tests.contract.killed FOLDER OLD

FOLDER/1.db, FOLDER/2.db… are what each death left; OLD is copied to each first, unless it is "-".
A program of its own because it forks: pytest's process has threads.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from itertools import count
from pathlib import Path

from digest.storage.migrate import migrate
from digest.storage.sqlite import SqliteConnection
from tests.contract.schema import LATER, NOW, OURS


def migrate_until(path: Path, deadly: int) -> None:
    connection = SqliteConnection(path)
    statements = count(1)

    def on_statement(_: str) -> None:
        if next(statements) == deadly:
            os.kill(os.getpid(), signal.SIGKILL)

    connection.database.conn.set_trace_callback(on_statement)
    migrate(connection, now=NOW, known=(*OURS, LATER))
    os._exit(0)  # no clean-up: it may as well have been killed after the last statement


def main(folder: Path, old: str) -> None:
    for deadly in count(1):
        path = folder / f"{deadly}.db"
        if old != "-":
            shutil.copy(old, path)
        child = os.fork()
        if child == 0:
            migrate_until(path, deadly)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if status == 0:
            return
        if status != -signal.SIGKILL:
            sys.exit(f"the child {deadly} ended with {status}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
