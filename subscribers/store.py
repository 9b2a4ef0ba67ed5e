"""What this package needs to be remembered. `digest.storage` supplies it; nothing here knows how.

Addresses come as `Address` values and, for suppressions, as salted hashes (`addresses.address_hash`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from subscribers.addresses import Address
from subscribers.joining import Decision, Outcome, Proof, Start, Terms
from subscribers.model import (
    Cadence,
    Consent,
    ConsentEvent,
    Format,
    ListId,
    OnReturn,
    Reason,
    Rhythm,
    Subscriber,
    SubscriberId,
    Subscription,
    SubscriptionId,
    Suppression,
    Wishes,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A subscription with its person."""

    subscriber: Subscriber
    subscription: Subscription


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What came of joining or leaving, and how things stand now."""

    outcome: Outcome
    member: Member


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Where planning moves one subscription."""

    id: SubscriptionId
    due_at: datetime
    #: None: stays until the delivery ends (design §3.3). Never moves back.
    cursor: int | None = None
    #: the pause is over and dealt with
    resumed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What an import must know of an address before it decides."""

    #: None: nobody has it
    subscriber_id: SubscriberId | None
    #: None: it may be mailed
    suppressed: Reason | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """Somebody nobody knew, and the place they get."""

    address: Address
    address_hash: str
    terms: Terms
    decision: Decision
    proof: Proof


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterLine:
    """A mail to one person outside any issue, as their own data tells it."""

    kind: str
    created_at: datetime
    status: str
    #: None: it is still open
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnLine:
    """What a mail server said of an address, as the person's own data tells it."""

    at: datetime
    #: "hard", "soft", "complaint"…
    weight: str
    #: enhanced code; empty: none was told
    status: str
    detail: str


class Store(Protocol):
    """People, their places, their consent. Any method may raise the store's own error."""

    def atomic(self) -> AbstractContextManager[None]:
        """One unit of work: committed durably at the end, rolled back on any exception. Nested: joins."""
        ...

    def subscriber(self, id: SubscriberId) -> Subscriber | None: ...

    def find(self, address: Address) -> Subscriber | None:
        """The person of an address, whatever its case; the erased are nobody's."""
        ...

    def subscription(self, id: SubscriptionId) -> Subscription | None: ...

    def member(self, id: SubscriptionId) -> Member | None: ...

    def subscriptions_of(self, id: SubscriberId) -> tuple[Subscription, ...]:
        """All their places, also those they left, by list."""
        ...

    def members(
        self,
        list_id: ListId,
        *,
        consent: Consent | None = None,
        after: SubscriptionId | None = None,
        limit: int,
    ) -> tuple[Member, ...]:
        """A page of a list by subscription id, after the last one of the page before. Without the erased."""
        ...

    def counts(self, list_id: ListId) -> Mapping[Consent, int]:
        """How many places of each consent; every consent is a key."""
        ...

    def consents(self, id: SubscriptionId) -> tuple[ConsentEvent, ...]:
        """The proof, oldest first."""
        ...

    def join(
        self,
        address: Address,
        address_hash: str,
        terms: Terms,
        *,
        proof: Proof,
        decide: Callable[[Subscription | None], Decision],
    ) -> Change:
        """A unit of work: the person, their place and its proof, as `decide` says of the place they have.

        Terms count for a place that is new or rejoined; one that was there keeps its own. A decision that
        makes no place for somebody who has none is a `ValueError`."""
        ...

    def change(
        self, id: SubscriptionId, *, proof: Proof, decide: Callable[[Subscription], Decision]
    ) -> Change | None:
        """A unit of work: consent, slot, cursor and proof, as `decide` says. None: no such subscription."""
        ...

    def restart(self, id: SubscriptionId, *, cursor: int, due_at: datetime) -> None:
        """A lifted suppression: a confirmed place starts again from there. The cursor never moves back."""
        ...

    def erase(self, id: SubscriberId, *, now: datetime) -> None:
        """A unit of work: the address goes from every table, also where a mail server quoted it; every place
        ends; what was sent is nobody's; the hash stays suppressed. Idempotent."""
        ...

    def readdress(self, id: SubscriberId, address: Address, address_hash: str) -> bool:
        """A unit of work: mail goes to another address; places, wishes and cursors stay. Whether it is so
        now: an address that somebody else has stays theirs, and the erased have none."""
        ...

    def forget_address(self, address_hash: str, address: str, *, now: datetime) -> None:
        """A unit of work: the same for an address that is no subscriber's (letters, bounces, suppressions).
        A suppression stays, as a hash. Idempotent."""
        ...

    def standing(self, address: Address, address_hash: str, *, now: datetime) -> Standing:
        """Who has it, and whether it is suppressed."""
        ...

    def enrol(self, newcomers: Sequence[Newcomer]) -> None:
        """A unit of work: as `join` for each. An address that is taken, or comes twice, fails it whole."""
        ...

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
        """A page by subscription id, after the last one of the page before. `text`: a part of the address as
        `addresses.folded` makes it, taken literally. Without the erased."""
        ...

    def has_open(self, id: SubscriptionId) -> bool:
        """Whether a digest is on its way to them."""
        ...

    def move(self, id: SubscriptionId, to: ListId, *, start: Start, proof: Proof) -> None:
        """A unit of work: the place, its wishes and its proof are the other list's now. Raises where they
        have a place on it already."""
        ...

    def letters_to(self, address_hash: str) -> tuple[LetterLine, ...]:
        """Oldest first."""
        ...

    def set_rhythm(self, id: SubscriptionId, rhythm: Rhythm, *, due_at: datetime) -> None:
        """`due_at`, the next slot of the new rhythm, is for a confirmed place; others have none."""
        ...

    def set_wishes(self, id: SubscriptionId, wishes: Wishes) -> None:
        """Equal wishes are one row."""
        ...

    def set_look(self, id: SubscriptionId, *, language: str, format: Format) -> None: ...

    def pause(self, id: SubscriptionId, *, until: datetime | None, on_return: OnReturn) -> None:
        """No digest before `until`; None ends a pause now, as if there had been none."""
        ...

    def rename(self, *, sources: Mapping[str, str], topics: Mapping[str, str]) -> int:
        """A unit of work: wishes follow renamed slugs (old -> new). How many wishes changed. Idempotent."""
        ...

    def due(
        self,
        list_id: ListId,
        *,
        before: datetime,
        issue_id: int = 0,
        after: Subscription | None = None,
        limit: int,
    ) -> tuple[Subscription, ...]:
        """A page of who is due before that instant, by (due_at, id), after the last one of the page before.

        Confirmed, not paused at `before`, without an open delivery (who has one waits, design §3.3) and
        without any of the issue `issue_id`: who had theirs, or let it expire, is not planned into it
        again."""
        ...

    def lowest_due_cursor(self, list_id: ListId, *, before: datetime) -> int | None:
        """The cursor farthest back of who is due before that instant; None: nobody is."""
        ...

    def next_due(self, list_id: ListId) -> datetime | None:
        """The first instant anybody confirmed is due, or back from a pause; None: nobody ever."""
        ...

    def advance(self, steps: Iterable[Step]) -> None:
        """Move slots and cursors of who is still confirmed; a cursor never moves back."""
        ...

    def served(self, id: SubscriptionId, *, since: datetime) -> frozenset[int]:
        """Ids of the stories they were sent in deliveries that ended since: `sent`, and `uncertain`."""
        ...

    def served_to(self, id: SubscriptionId) -> int:
        """The head of the newest issue they were sent; 0: none."""
        ...

    def suppress(self, suppression: Suppression) -> None:
        """Add or replace. A complaint or an erasure is never replaced by a lesser reason."""
        ...

    def suppression(self, address_hash: str, *, now: datetime) -> Suppression | None:
        """The one in force."""
        ...

    def suppressions(self, *, after: str = "", limit: int) -> tuple[Suppression, ...]:
        """A page by hash, after the last one of the page before; also those whose time is up."""
        ...

    def lift(self, address_hash: str) -> bool:
        """Whether there was one. Its places start again with `restart`."""
        ...

    def hash_of(self, id: SubscriberId) -> str | None:
        """What a subscriber's suppression is kept under."""
        ...
