"""Keys: what tokens, VERP addresses and forms are signed with, and the salt of suppressions."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from digest.model import Key


class Keys(Protocol):
    """Made by the first migration, in every backup. Purposes: "token", "verp", "form", "salt"."""

    def secret(self, purpose: str) -> Key:
        """The newest key that is not retired: sign with this one.

        Raises StorageError when there is none."""
        ...

    def all(self, purpose: str) -> tuple[Key, ...]:
        """Every key there ever was, newest first: verify with all of them."""
        ...

    def add(self, purpose: str, *, secret: bytes, now: datetime) -> Key:
        """A new key, which signs from now on. A unit of work."""
        ...

    def retire(self, retired: Key, *, now: datetime) -> None:
        """It signs no more, and goes on verifying. The first instant stays. A unit of work."""
        ...
