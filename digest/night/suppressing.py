"""The suppression list by an admin's hand: putting an address on it, and taking it off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from digest.errors import NotFound
from digest.night.people import hash_for, start_for
from digest.night.tonight import Tonight
from subscribers.addresses import Address
from subscribers.model import Consent, Reason, Subscription, Suppression

#: rows read at a time
_PAGE = 500
#: before any suppression ended by itself
_EVER = datetime.min.replace(tzinfo=UTC)
_NO_STRANGERS = (
    "`digest suppressions list` shows them. Who asked to be erased is kept as a hash alone, is not told from "
    "a stranger here, and comes back only by joining again."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifted:
    """An address that is mailed again."""

    was: Suppression
    #: the places that start again, as they are now
    restarted: tuple[Subscription, ...]
    #: the places they had left meanwhile, which stay so
    left: tuple[Subscription, ...]


def everybody(tonight: Tonight) -> Iterator[Suppression]:
    """The whole list, by hash; also those whose time is up, until the next bounce or an admin's word."""
    after = ""
    while page := tonight.store.people.suppressions(after=after, limit=_PAGE):
        yield from page
        after = page[-1].address_hash


def add(tonight: Tonight, address: Address, *, detail: str) -> Suppression:
    """Mail an address no more, until it is lifted. What stands for good already stays as it is.

    A unit of work. The suppression as it is now.
    """
    people, now = tonight.store.people, tonight.clock()
    hash_ = hash_for(tonight, address)
    with tonight.store.atomic():
        there = people.suppression(hash_, now=now)
        if there is not None and there.until_at is None:
            return there
        new = Suppression(
            address_hash=hash_,
            address=address.address,
            reason=Reason.ADMIN,
            since_at=now,
            detail=detail,
        )
        people.suppress(new)
        return new


def lift(tonight: Tonight, address: Address) -> Lifted:
    """Mail an address again: its confirmed places start at their list's last numbered issue (design §3.3).

    A unit of work. Raises NotFound, in the same words for the erased, whose addresses nobody may try out.
    """
    people = tonight.store.people
    hash_ = hash_for(tonight, address)
    with tonight.store.atomic():
        was = people.suppression(hash_, now=_EVER)
        if was is None or was.reason is Reason.ERASED:
            raise NotFound(f"No suppression of {address} can be lifted.", mend=_NO_STRANGERS)
        people.lift(hash_)
        person = people.find(address)
        places = people.subscriptions_of(person.id) if person else ()
        confirmed = [each for each in places if each.consent is Consent.CONFIRMED]
        for place in confirmed:
            _restart(tonight, place)
        after = people.subscriptions_of(person.id) if person else ()
    return Lifted(
        was=was,
        restarted=tuple(each for each in after if each.consent is Consent.CONFIRMED),
        left=tuple(each for each in after if each.consent is Consent.UNSUBSCRIBED),
    )


def _restart(tonight: Tonight, place: Subscription) -> None:
    configured = dict(tonight.lists()).get(place.list_id)
    if configured is None:
        return  # the list is retired: nothing comes from it
    start = start_for(tonight, place.list_id, configured, place.rhythm)
    tonight.store.people.restart(place.id, cursor=start.cursor, due_at=start.due_at)
