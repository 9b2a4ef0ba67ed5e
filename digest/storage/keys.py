"""The keys this installation signs and salts with."""

from __future__ import annotations

from datetime import datetime

from digest.errors import StorageError
from digest.model import Key
from digest.storage.connection import Connection
from digest.storage.rows import instant
from digest.storage.rows.keys import key


class Keys:
    """Implements `protocol.keys.Keys`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def secret(self, purpose: str) -> Key:
        found = self._connection.row("signing_key", purpose=purpose)
        if found is None:
            raise StorageError(f"There is no key for {purpose!r} in the database.", mend="Restore a backup.")
        return key(found)

    def all(self, purpose: str) -> tuple[Key, ...]:
        return tuple(map(key, self._connection.rows("keys_of", purpose=purpose)))

    def add(self, purpose: str, *, secret: bytes, now: datetime) -> Key:
        with self._connection.atomic():
            added = self._connection.row("add_key", purpose=purpose, secret=secret, now=instant(now))
        if added is None:
            raise StorageError(f"The new key for {purpose!r} was not stored.")
        return key(added)

    def retire(self, retired: Key, *, now: datetime) -> None:
        with self._connection.atomic():
            self._connection.run("retire_key", id=retired.id, now=instant(now))
