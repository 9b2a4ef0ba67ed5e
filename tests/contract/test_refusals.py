"""Whatever a shelf is asked of a database that refuses, it answers with an error of ours.

Every public method of every shelf is called, with a value of each type it declares: one added tomorrow is
held to the same laws.
"""

from __future__ import annotations

import importlib
import re
from datetime import datetime
from pathlib import Path

import pytest

from digest.errors import DigestError, StorageError
from digest.storage import Store, open_store
from digest.storage.sqlite import SqliteConnection
from tests.contract.specimen import arguments
from tests.contract.test_protocol import SHELVES, public

WRITE = re.compile(r"\b(BEGIN IMMEDIATE|INSERT INTO|UPDATE|DELETE FROM)\b")


def methods() -> list[tuple[str, str]]:
    found = []
    for shelf in SHELVES:
        kind = getattr(importlib.import_module(f"digest.storage.{shelf}"), shelf.capitalize())
        found += [(shelf, name) for name in sorted(public(kind))]
    # It only makes a context; entering it is what the other laws are about.
    return [method for method in found if method != ("people", "atomic")]


def call(store: Store, shelf: str, name: str) -> None:
    method = getattr(getattr(store, shelf), name)
    method(**arguments(method))


@pytest.mark.parametrize(("shelf", "name"), methods())
def test_a_closed_store_refuses_with_an_error_of_ours(store: Store, shelf: str, name: str) -> None:
    store.close()
    with pytest.raises(StorageError, match="closed"):
        call(store, shelf, name)


@pytest.mark.parametrize(("shelf", "name"), methods())
def test_beside_a_writer_a_write_says_locked_and_a_read_does_not(
    tmp_path: Path, now: datetime, shelf: str, name: str
) -> None:
    url, said = "sqlite:///digest.db", ""
    with (
        open_store(url, base=tmp_path, now=now) as writer,
        open_store(url, base=tmp_path, now=now, busy_timeout_ms=1) as store,
        writer.atomic(),
    ):
        statements = trace(store)
        try:
            call(store, shelf, name)
        except DigestError as error:  # also of a reader that finds nothing of that name
            said = str(error)
    wrote = any(WRITE.search(statement) for statement in statements)
    assert ("is locked by another program" in said) == wrote


def trace(store: Store) -> list[str]:
    """What the store's engine is told from now on."""
    connection = store._connection
    assert isinstance(connection, SqliteConnection)
    statements: list[str] = []
    connection.database.conn.set_trace_callback(statements.append)
    return statements
