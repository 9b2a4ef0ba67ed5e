"""People and their places on lists. Decisions are `subscribers`'; here they are read and written at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime

from digest.storage.register import Register
from digest.storage.rows import flag, instant, parse_instant
from digest.storage.rows.people import (
    consent_event,
    member,
    parse_wishes,
    place_values,
    rhythm_values,
    subscriber,
    subscription,
    wishes_body,
)
from subscribers.addresses import Address
from subscribers.joining import Decision, Outcome, Proof, Terms
from subscribers.model import (
    Consent,
    ConsentEvent,
    Format,
    ListId,
    OnReturn,
    Rhythm,
    Subscriber,
    SubscriberId,
    Subscription,
    SubscriptionId,
    Wishes,
)
from subscribers.store import Change, Member, Step
from subscribers.wishes import renamed


class People(Register):
    """Implements `subscribers.store.Store`."""

    def atomic(self) -> AbstractContextManager[None]:
        return self._connection.atomic()

    # --- who and where ---------------------------------------------------------------------------

    def subscriber(self, id: SubscriberId) -> Subscriber | None:
        found = self._connection.row("subscriber_by_id", id=id)
        return subscriber(found) if found else None

    def find(self, address: Address) -> Subscriber | None:
        found = self._connection.row("subscriber_by_key", address_key=address.key)
        return subscriber(found) if found else None

    def subscription(self, id: SubscriptionId) -> Subscription | None:
        found = self._connection.row("subscription_by_id", id=id)
        return subscription(found) if found else None

    def member(self, id: SubscriptionId) -> Member | None:
        found = self._connection.row("subscription_by_id", id=id)
        return member(found) if found else None

    def subscriptions_of(self, id: SubscriberId) -> tuple[Subscription, ...]:
        return tuple(
            map(subscription, self._connection.rows("subscriptions_of_subscriber", subscriber_id=id))
        )

    def members(
        self,
        list_id: ListId,
        *,
        consent: Consent | None = None,
        after: SubscriptionId | None = None,
        limit: int,
    ) -> tuple[Member, ...]:
        found = self._connection.rows(
            "members_of_list",
            list_id=list_id,
            consent=consent.value if consent else None,
            after_id=after or 0,
            limit=limit,
        )
        return tuple(map(member, found))

    def counts(self, list_id: ListId) -> Mapping[Consent, int]:
        found = self._connection.rows("count_consents", list_id=list_id)
        return dict.fromkeys(Consent, 0) | {Consent(row["consent"]): row["places"] for row in found}

    def consents(self, id: SubscriptionId) -> tuple[ConsentEvent, ...]:
        return tuple(
            map(consent_event, self._connection.rows("consents_of_subscription", subscription_id=id))
        )

    # --- joining and leaving ---------------------------------------------------------------------

    def join(
        self,
        address: Address,
        address_hash: str,
        terms: Terms,
        *,
        proof: Proof,
        decide: Callable[[Subscription | None], Decision],
    ) -> Change:
        with self._connection.atomic():
            person = self.find(address)
            current = self._on_list(person.id, terms.list_id) if person else None
            decision = decide(current)
            if current is not None:
                if decision.outcome is Outcome.REJOINED:
                    self._set_terms(current.id, terms)
                return self._settle(current.id, decision, proof)
            if decision.event is None:
                raise ValueError(f"{decision.outcome} is no decision for somebody who has no place yet")
            person = person or self._add(address, address_hash, proof.at)
            return self._settle_new(person, terms, decision, proof)

    def change(
        self, id: SubscriptionId, *, proof: Proof, decide: Callable[[Subscription], Decision]
    ) -> Change | None:
        with self._connection.atomic():
            current = self.subscription(id)
            return None if current is None else self._settle(id, decide(current), proof)

    def restart(self, id: SubscriptionId, *, cursor: int, due_at: datetime) -> None:
        with self._connection.atomic():
            self._connection.run("restart_subscription", id=id, cursor=cursor, due_at=instant(due_at))

    def readdress(self, id: SubscriberId, address: Address, address_hash: str) -> bool:
        with self._connection.atomic():
            holder = self.find(address)
            if holder is not None and holder.id != id:
                return False
            changed = self._connection.run(
                "readdress_subscriber",
                id=id,
                address=address.address,
                address_key=address.key,
                address_hash=address_hash,
            )
            return changed > 0

    # --- what they want --------------------------------------------------------------------------

    def set_rhythm(self, id: SubscriptionId, rhythm: Rhythm, *, due_at: datetime) -> None:
        with self._connection.atomic():
            self._connection.run("set_rhythm", id=id, due_at=instant(due_at), **rhythm_values(rhythm))

    def set_wishes(self, id: SubscriptionId, wishes: Wishes) -> None:
        with self._connection.atomic():
            self._connection.run("set_wishes", id=id, wishes_id=self._wishes_id(wishes_body(wishes)))

    def set_look(self, id: SubscriptionId, *, language: str, format: Format) -> None:
        with self._connection.atomic():
            self._connection.run("set_look", id=id, language=language, format=format.value)

    def pause(self, id: SubscriptionId, *, until: datetime | None, on_return: OnReturn) -> None:
        with self._connection.atomic():
            self._connection.run(
                "pause_subscription", id=id, paused_until=instant(until), on_return=on_return.value
            )

    def rename(self, *, sources: Mapping[str, str], topics: Mapping[str, str]) -> int:
        changed = 0
        with self._connection.atomic():
            for row in self._connection.rows("all_wishes"):
                body = wishes_body(renamed(parse_wishes(row["body"]), sources=sources, topics=topics))
                if body == row["body"]:
                    continue
                changed += 1
                same = self._connection.value("wishes_by_body", body=body)
                if same is None:
                    self._connection.run("change_wishes", id=row["id"], body=body)
                    continue
                self._connection.run("swap_wishes", old_id=row["id"], new_id=same)
                self._connection.run("drop_wishes", id=row["id"])
        return changed

    # --- nights ----------------------------------------------------------------------------------

    def due(
        self,
        list_id: ListId,
        *,
        before: datetime,
        issue_id: int = 0,
        after: Subscription | None = None,
        limit: int,
    ) -> tuple[Subscription, ...]:
        found = self._connection.rows(
            "subscriptions_due",
            list_id=list_id,
            before=instant(before),
            issue_id=issue_id,
            after_due=(instant(after.due_at) if after else None) or "",
            after_id=after.id if after else 0,
            limit=limit,
        )
        return tuple(map(subscription, found))

    def lowest_due_cursor(self, list_id: ListId, *, before: datetime) -> int | None:
        found = self._connection.value("lowest_due_cursor", list_id=list_id, before=instant(before))
        return None if found is None else int(found)

    def next_due(self, list_id: ListId) -> datetime | None:
        return parse_instant(self._connection.value("subscriptions_next_due", list_id=list_id))

    def advance(self, steps: Iterable[Step]) -> None:
        values = (
            {
                "id": step.id,
                "due_at": instant(step.due_at),
                "cursor": step.cursor,
                "resumed": flag(step.resumed),
            }
            for step in steps
        )
        with self._connection.atomic():
            self._connection.run_many("advance_subscription", values)

    def served(self, id: SubscriptionId, *, since: datetime) -> frozenset[int]:
        found = self._connection.rows("stories_served", subscription_id=id, since=instant(since))
        return frozenset(story for row in found for story in json.loads(row["stories"]))

    def served_to(self, id: SubscriptionId) -> int:
        return int(self._connection.value("served_head", subscription_id=id))

    # ---------------------------------------------------------------------------------------------

    def _on_list(self, person: SubscriberId, list_id: ListId) -> Subscription | None:
        found = self._connection.row("subscription_on_list", subscriber_id=person, list_id=list_id)
        return subscription(found) if found else None

    def _add(self, address: Address, address_hash: str, now: datetime) -> Subscriber:
        id = self._connection.value(
            "add_subscriber",
            address=address.address,
            address_key=address.key,
            address_hash=address_hash,
            now=instant(now),
        )
        return Subscriber(id=SubscriberId(id), address=address.address, created_at=now)

    def _settle_new(self, person: Subscriber, terms: Terms, decision: Decision, proof: Proof) -> Change:
        id = self._connection.value(
            "add_subscription",
            subscriber_id=person.id,
            list_id=terms.list_id,
            now=instant(proof.at),
            **self._terms_values(terms),
            **place_values(decision.place),
        )
        return self._settle(SubscriptionId(id), decision, proof)

    def _settle(self, id: SubscriptionId, decision: Decision, proof: Proof) -> Change:
        if decision.event is not None:
            self._connection.run("set_place", id=id, **place_values(decision.place))
            self._prove(proof.of(id, decision.event))
        if decision.lifts is not None and self._connection.run("lift_by_consent", subscription_id=id):
            self.restart(id, cursor=decision.lifts.cursor, due_at=decision.lifts.due_at)
        (settled,) = self._connection.rows("subscription_by_id", id=id)
        return Change(outcome=decision.outcome, member=member(settled))

    def _set_terms(self, id: SubscriptionId, terms: Terms) -> None:
        self._connection.run("set_terms", id=id, **self._terms_values(terms))

    def _terms_values(self, terms: Terms) -> dict[str, object]:
        return {
            **rhythm_values(terms.rhythm),
            "language": terms.language,
            "format": terms.format.value,
            "wishes_id": self._wishes_id(wishes_body(terms.wishes)),
        }

    def _prove(self, event: ConsentEvent) -> None:
        self._connection.run(
            "add_consent",
            subscription_id=event.subscription_id,
            at=instant(event.at),
            event=event.event,
            method=event.method,
            wording=event.wording,
            ip_prefix=event.ip_prefix,
        )
