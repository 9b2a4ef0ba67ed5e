"""People moved from one list to another, by an admin's hand, a page at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial

from digest.errors import UsageError
from digest.model import ListId
from digest.night.people import list_named, places_of, start_for
from digest.night.tonight import Tonight
from subscribers.addresses import Address
from subscribers.joining import Decision, Proof, Start
from subscribers.leaving import leave
from subscribers.model import Rhythm, Subscription
from subscribers.moving import DONE, Move, decide
from subscribers.store import Member

#: people moved in one transaction, so that the web process gets its turn
_PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """One person, and what became of their place."""

    address: str
    move: Move


def move(
    tonight: Tonight, source: str, target: str, *, address: Address | None, dry_run: bool
) -> Iterator[Moved]:
    """Move one person (`address`), or everybody, from the list `source` to `target`. Run again after a break,
    it goes on. Raises NotFound, UsageError."""
    old, _ = list_named(tonight, source)
    new, configured = list_named(tonight, target)
    if old == new:
        raise UsageError("Both lists are the same one.")
    start = cache(partial(start_for, tonight, new, configured))
    for page in _pages(tonight, old, address):
        with tonight.store.atomic():
            done = [(each, _one(tonight, each, new, start, dry_run=dry_run)) for each in page]
        yield from (Moved(address=each.subscriber.address, move=what) for each, what in done)


def _pages(tonight: Tonight, old: ListId, address: Address | None) -> Iterator[Iterable[Member]]:
    if address is not None:
        yield [each for each in places_of(tonight, address) if each.subscription.list_id == old]
        return
    after = None
    while page := tonight.store.people.members(old, after=after, limit=_PAGE):
        yield page
        after = page[-1].subscription.id


def _one(
    tonight: Tonight, member: Member, new: ListId, start: Callable[[Rhythm], Start], *, dry_run: bool
) -> Move:
    people, now = tonight.store.people, tonight.clock()
    place = member.subscription
    hash_ = people.hash_of(member.subscriber.id)
    suppression = people.suppression(hash_, now=now) if hash_ else None
    there = next(
        (each for each in people.subscriptions_of(member.subscriber.id) if each.list_id == new), None
    )
    found = decide(
        place,
        there,
        suppressed=suppression.reason if suppression else None,
        has_open=people.has_open(place.id),
    )
    if dry_run or found not in DONE:
        return found
    proof = Proof(at=now, method="cli")
    if found is Move.MOVED:
        people.move(place.id, new, start=start(place.rhythm), proof=proof)
    else:
        people.change(place.id, proof=proof, decide=partial(_merged, now=now))
    return found


def _merged(current: Subscription, now: datetime) -> Decision:
    return leave(current, now=now, event="moved")
