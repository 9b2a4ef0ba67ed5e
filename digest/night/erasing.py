"""Erasing somebody by an admin's hand: a subscriber, or an address that only stands somewhere."""

from __future__ import annotations

from digest.night.people import hash_for
from digest.night.tonight import Tonight
from subscribers.addresses import Address


def erase(tonight: Tonight, address: Address) -> bool:
    """Nothing of that address is left but the salted hash that keeps it from being mailed. A unit of work.

    True: they were a subscriber. Said to the admin who asked for it alone: somebody erased before is not told
    from a stranger.
    """
    people, now = tonight.store.people, tonight.clock()
    with tonight.store.atomic():
        person = people.find(address)
        if person is not None:
            people.erase(person.id, now=now)
        people.forget_address(hash_for(tonight, address), address.key, now=now)
    return person is not None
