"""Many people at once: what imports, searches and moves ask of the shelf. A part of `People`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from digest.storage.erasing import Erasing
from digest.storage.rows import instant, known_instant, parse_instant
from digest.storage.rows.people import member, place_values, rhythm_values, wishes_body
from subscribers.addresses import Address
from subscribers.joining import Proof, Start
from subscribers.model import (
    Cadence,
    Consent,
    ListId,
    Reason,
    SubscriberId,
    SubscriptionId,
    Wishes,
    WishesId,
)
from subscribers.store import LetterLine, Member, Newcomer, Standing


class Register(Erasing):
    """Implements the admin's side of `subscribers.store.Store`."""

    def standing(self, address: Address, address_hash: str, *, now: datetime) -> Standing:
        found = self._connection.row(
            "standing", address_key=address.key, address_hash=address_hash, now=instant(now)
        )
        assert found is not None
        id, reason = found["subscriber_id"], found["suppressed"]
        return Standing(
            subscriber_id=None if id is None else SubscriberId(id),
            suppressed=None if reason is None else Reason(reason),
        )

    def enrol(self, newcomers: Sequence[Newcomer]) -> None:
        with self._connection.atomic():
            self._connection.run_many("enrol_subscriber", map(_subscriber, newcomers))
            self._connection.run_many("enrol_subscription", self._places(newcomers))
            self._connection.run_many("enrol_consent", map(_consent, newcomers))

    def search(
        self,
        *,
        list_id: ListId | None = None,
        consent: Consent | None = None,
        cadence: Cadence | None = None,
        text: str = "",
        after: SubscriptionId | None = None,
        limit: int,
    ) -> tuple[Member, ...]:
        found = self._connection.rows(
            "search_members",
            list_id=list_id,
            consent=consent.value if consent else None,
            cadence=cadence.value if cadence else None,
            text=text or None,
            after_id=after or 0,
            limit=limit,
        )
        return tuple(map(member, found))

    def has_open(self, id: SubscriptionId) -> bool:
        return bool(self._connection.value("subscription_has_open", id=id))

    def move(self, id: SubscriptionId, to: ListId, *, start: Start, proof: Proof) -> None:
        with self._connection.atomic():
            moved = self._connection.run(
                "move_subscription", id=id, list_id=to, cursor=start.cursor, due_at=instant(start.due_at)
            )
            if moved:
                self._connection.run("add_consent", **_proven(proof, id=id, event="moved"))

    def letters_to(self, address_hash: str) -> tuple[LetterLine, ...]:
        return tuple(
            LetterLine(
                kind=row["kind"],
                created_at=known_instant(row["created_at"]),
                status=row["status"],
                ended_at=parse_instant(row["ended_at"]),
            )
            for row in self._connection.rows("letters_to", address_hash=address_hash)
        )

    def _places(self, newcomers: Iterable[Newcomer]) -> Iterable[dict[str, object]]:
        # Most of a file have the list's own wishes: each is asked for once.
        known: dict[Wishes, WishesId] = {}
        made = []
        for each in newcomers:
            wishes = each.terms.wishes
            if wishes not in known:
                known[wishes] = self._wishes_id(wishes_body(wishes))
            made.append(
                {
                    "address_key": each.address.key,
                    "list_id": each.terms.list_id,
                    "now": instant(each.proof.at),
                    **rhythm_values(each.terms.rhythm),
                    "language": each.terms.language,
                    "format": each.terms.format.value,
                    "wishes_id": known[wishes],
                    **place_values(each.decision.place),
                }
            )
        return made

    def _wishes_id(self, body: str) -> WishesId:
        found = self._connection.value("wishes_by_body", body=body)
        return WishesId(found if found is not None else self._connection.value("add_wishes", body=body))


def _subscriber(newcomer: Newcomer) -> dict[str, object]:
    return {
        "address": newcomer.address.address,
        "address_key": newcomer.address.key,
        "address_hash": newcomer.address_hash,
        "now": instant(newcomer.proof.at),
    }


def _consent(newcomer: Newcomer) -> dict[str, object]:
    proof = newcomer.proof
    return {
        "address_key": newcomer.address.key,
        "list_id": newcomer.terms.list_id,
        "at": instant(proof.at),
        "event": newcomer.decision.event,
        "method": proof.method,
        "wording": proof.wording,
        "ip_prefix": proof.ip_prefix,
    }


def _proven(proof: Proof, *, id: SubscriptionId, event: str) -> dict[str, object]:
    return {
        "subscription_id": id,
        "at": instant(proof.at),
        "event": event,
        "method": proof.method,
        "wording": proof.wording,
        "ip_prefix": proof.ip_prefix,
    }
