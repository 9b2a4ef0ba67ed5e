"""Erasing a person: the address leaves every table; sums and the salted hash stay. A part of `People`."""

from __future__ import annotations

from datetime import datetime

from digest.storage.letters import Letters
from digest.storage.rows import instant
from digest.storage.suppressions import Suppressions
from subscribers.model import Reason, SubscriberId, Suppression

#: what hangs on their places, also under an address they had before
_THEIRS = ("erase_prefixes", "erase_replies", "erase_attempts", "erase_bounces_of")
#: free words of ours or of a mail server that may quote an address
_QUOTING = ("erase_from_pauses", "erase_from_notices", "erase_from_holds")

#: what joining again does not lift, and no erasure either
_STANDS = (Reason.COMPLAINT, Reason.ADMIN)


class Erasing(Suppressions):
    """Implements the erasure of `subscribers.store.Store`."""

    def hash_of(self, id: SubscriberId) -> str | None:
        found = self._connection.value("subscriber_hash", id=id)
        return None if found is None else str(found)

    def erase(self, id: SubscriberId, *, now: datetime) -> None:
        with self._connection.atomic():
            found = self._connection.row("subscriber_by_id", id=id)
            address_hash = self.hash_of(id)
            if found is None or address_hash is None:
                return
            self._connection.run("erase_subscriber", id=id, nobody=f"erased {id}", now=instant(now))
            self._connection.run("erase_subscriptions", subscriber_id=id, now=instant(now))
            for name in _THEIRS:
                self._connection.run(name, subscriber_id=id)
            self._connection.run("erase_letters_of", subscriber_id=id, now=instant(now))
            self._connection.run("tickets_forget_person", subscriber_id=id)
            self._connection.run("askings_forget_person", subscriber_id=id)
            self.forget_address(address_hash, found["address"], now=now)
            stands = self.suppression(address_hash, now=now)
            if stands is None or stands.reason not in _STANDS:
                self.suppress(
                    Suppression(address_hash=address_hash, address=None, reason=Reason.ERASED, since_at=now)
                )

    def forget_address(self, address_hash: str, address: str, *, now: datetime) -> None:
        with self._connection.atomic():
            self._connection.run("forget_bounces", address_hash=address_hash)
            self._connection.run("erase_letter_replies", address_hash=address_hash)
            Letters(self._connection).forget(address_hash, now)
            for name in _QUOTING:
                self._connection.run(name, address=address.lower())
            self._connection.run("erase_suppression", address_hash=address_hash)
