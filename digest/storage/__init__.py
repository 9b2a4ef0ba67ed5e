"""The shelves: named SQL statements behind one class a domain. Rooms know only `storage.protocol`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from digest.errors import UsageError
from digest.storage.sqlite import BUSY_TIMEOUT_MS, SqliteConnection
from digest.storage.store import Store

__all__ = ["Store", "database_path", "open_store"]

_FORMS = (
    'Write "sqlite:///digest.db" (beside digest.toml), "sqlite:////var/lib/digest.db" '
    'or "sqlite://" (in memory).'
)


def open_store(url: str, *, base: Path, now: datetime, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> Store:
    """Open the database `url` names, bring its schema up to date, and return its shelves.

    A relative path is taken from `base`. A file is made when there is none; one that needs migrating is
    backed up first (see `migrate`). Raises UsageError for a `url` we do not speak, StorageError otherwise.
    """
    path = database_path(url, base)
    connection = SqliteConnection(path, busy_timeout_ms=busy_timeout_ms)
    try:
        if not connection.is_current:
            from digest.storage.migrate import migrate

            migrate(connection, now=now)
    except BaseException:
        connection.close()
        raise
    return Store(connection, path=path)


def database_path(url: str, base: Path) -> Path | None:
    """The file a storage URL names; None: in memory. Raises UsageError for a `url` we do not speak."""
    scheme, separator, rest = url.partition("://")
    if scheme in ("postgresql", "postgres") and separator:
        # Without the URL: it may hold a password.
        raise UsageError("PostgreSQL comes with the fleet; this version stores in SQLite.", mend=_FORMS)
    if scheme != "sqlite" or not separator:
        raise UsageError(f"{url!r} names no database we know.", mend=_FORMS)
    if not rest:
        return None
    name = rest.removeprefix("/")
    if name == rest or not name or name.endswith(("/", ":memory:")):
        raise UsageError(f"{url!r} names no file.", mend=_FORMS)
    return base / name
