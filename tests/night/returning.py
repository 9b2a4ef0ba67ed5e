"""A house whose mail comes back: readers, issues they were sent, and the addresses that prove it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from digest.model import DeliveryId, SubscriptionId
from digest.night.inbound import Inbound, Taken
from digest.night.tonight import Tonight
from digest.storage.protocol.deliveries import Owed
from subscribers.model import ConsentEvent, Subscriber, Subscription, Suppression
from subscribers.tokens import Mailbox, Purpose, local_part, make, verp
from tests.ledger import issue, peek, poke
from tests.night.house import NIGHT, House, address

DOMAIN = "bounces.example.org"


def house(root: Path, **tables: Any) -> House:
    """With a domain for bounces; nothing is ever sent."""
    tables.setdefault("mail", {"bounce_domain": DOMAIN})
    return House(root, **tables)


@dataclass(frozen=True, slots=True)
class Post:
    """One instant of such a house."""

    one: Tonight

    @property
    def desk(self) -> Inbound:
        return Inbound(self.one)

    def take(self, message: bytes, *recipients: str) -> Taken:
        return self.desk.take(message, recipients=recipients)

    def sent(self, name: str, *, night: str = "2026-11-22", number: int | None = 1) -> DeliveryId:
        """They were sent that issue, as far as the relay knows. An issue that is there is not cut again."""
        store, place = self.one.store, self.place(name)
        found = peek(store, "SELECT id FROM issues WHERE night = ?", night)
        if found:
            (edition,) = peek(store, "SELECT id FROM editions WHERE issue_id = ?", found[0]["id"])
            ids: Any = (found[0]["id"], edition["id"])
        else:
            ids = issue(store, night=night, number=number)
        owed = Owed(issue_id=ids[0], edition_id=ids[1], subscription_id=place.id, not_before_at=NIGHT)
        store.deliveries.plan([owed])
        at = f"{night}T03:00:00.000000Z"
        where = "WHERE issue_id = ? AND subscription_id = ?"
        poke(store, f"UPDATE deliveries SET status = 'sent', ended_at = ? {where}", at, ids[0], place.id)
        (row,) = peek(store, f"SELECT id FROM deliveries {where}", ids[0], place.id)
        return DeliveryId(int(str(row["id"])))

    def verp(self, delivery: int) -> str:
        return f"{verp(delivery, self.one.store.keys.secret('verp'))}@{DOMAIN}"

    def letter(self, id: int) -> str:
        return f"{verp(id, self.one.store.keys.secret('verp'), mailbox=Mailbox.LETTER)}@{DOMAIN}"

    def leave(self, subscription: SubscriptionId) -> str:
        """The mailto of List-Unsubscribe."""
        key = self.one.store.keys.secret("verp")
        return f"{local_part(Mailbox.UNSUBSCRIBE, subscription, key)}@{DOMAIN}"

    def link(self, subscription: SubscriptionId) -> str:
        token = make(Purpose.UNSUBSCRIBE, subscription, self.one.store.keys.secret("token"))
        return f"https://digest.example.org/u/{token}"

    def person(self, name: str) -> Subscriber:
        found = self.one.store.people.find(address(name))
        assert found is not None
        return found

    def place(self, name: str) -> Subscription:
        (place,) = self.one.store.people.subscriptions_of(self.person(name).id)
        return place

    def suppression(self, name: str) -> Suppression | None:
        people = self.one.store.people
        hash_ = people.hash_of(self.person(name).id)
        assert hash_ is not None
        return people.suppression(hash_, now=self.one.clock())

    def consents(self, name: str) -> tuple[ConsentEvent, ...]:
        return self.one.store.people.consents(self.place(name).id)

    def counted(self) -> int:
        (row,) = peek(self.one.store, "SELECT COUNT(*) AS n FROM bounces")
        return int(str(row["n"]))


@contextmanager
def post(home: House, at: datetime = NIGHT) -> Iterator[Post]:
    with home.tonight(at) as one:
        yield Post(one)
