"""Who was asked to confirm and did not answer: one reminder, and then nothing is kept of them.

Called by every night and by `serve`'s timer; a second call finds nothing to do.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.night.posting import Postbox
from digest.night.tonight import Tonight
from subscribers import tickets
from subscribers.asking import REMIND_AFTER, Asking, Do, what_is_due
from subscribers.letters import Kind, to_confirm
from subscribers.model import Consent, Reason, SubscriptionId
from subscribers.tickets import OCTETS, Purpose

#: rows looked at together
_PAGE = 500
#: windows of caps are an hour or a day
_CAPS_KEPT = timedelta(days=2)
#: a ticket that is too old says so for as long as its place may wait
_TICKETS_KEPT = timedelta(days=30)
#: where no letter is sent, none reminds
_SILENT = (Reason.HARD, Reason.COMPLAINT, Reason.ADMIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminded:
    """What one call did."""

    reminders: int = 0
    forgotten: int = 0


def remind(tonight: Tonight) -> Reminded:
    """Post the reminders that are due, and forget who never answered. Each is a unit of work."""
    store, now = tonight.store, tonight.clock()
    postbox = Postbox(store.letters, tonight.settings, tonight.base, tonight.clock)
    reminders = forgotten = 0
    for asking, do in what_is_due(_waiting(tonight, now), now):
        if do is Do.FORGET:
            forgotten += store.askings.forget(asking.subscription_id, now)
        elif _remind(tonight, postbox, asking.subscription_id, now):
            reminders += 1
    store.tickets.forget_before(now - _TICKETS_KEPT)
    store.caps.forget_before(now - _CAPS_KEPT)
    store.letters.forget_goodbyes()
    return Reminded(reminders=reminders, forgotten=forgotten)


def _waiting(tonight: Tonight, now: datetime) -> Iterator[Asking]:
    """All who were asked long enough ago; read a page at a time, before it is worked on."""
    after: SubscriptionId | None = None
    while True:
        page = tonight.store.askings.waiting(before=now - REMIND_AFTER, after=after, limit=_PAGE)
        yield from page
        if len(page) < _PAGE:
            return
        after = page[-1].subscription_id


def _remind(tonight: Tonight, postbox: Postbox, id: SubscriptionId, now: datetime) -> bool:
    """One reminder with a link of its own. A unit of work. Was there anybody to remind?"""
    store = tonight.store
    lists = dict(tonight.lists())
    with store.atomic():
        store.askings.reminded(id, now)
        member = store.people.member(id)
        if member is None or member.subscription.list_id not in lists:
            return False
        hashed = store.people.hash_of(member.subscriber.id) or ""
        barred = store.people.suppression(hashed, now=now)
        if member.subscription.consent is Consent.CONFIRMED or (barred and barred.reason in _SILENT):
            return False
        code, ticket = tickets.new(
            Purpose.CONFIRM,
            random=secrets.token_bytes(OCTETS),
            now=now,
            subscriber_id=member.subscriber.id,
            subscription_id=id,
        )
        store.tickets.add(ticket)
        postbox.send(
            to_confirm(
                Kind.REMINDER,
                member.subscription,
                ticket,
                code,
                address=member.subscriber.address,
                address_hash=hashed,
                title=lists[member.subscription.list_id].title,
            )
        )
    return True
