"""Why nothing of one reader's mail would be sent now: not theirs yet, held back, or long ended."""

from __future__ import annotations

from collections.abc import Iterator

from digest.model import Status
from digest.night.tonight import Tonight
from digest.storage.protocol.accounts import Account, LedgerLine
from subscribers.model import Consent, Subscriber, Subscription

#: mails of one place that are looked at: the open one is among the latest
LATEST = 20


def why_nothing(tonight: Tonight, person: Subscriber) -> tuple[str, ...]:
    """A sentence a place; none: there is something to send now."""
    words: list[str] = []
    for place in tonight.store.people.subscriptions_of(person.id):
        lines = tonight.store.deliveries.of_subscription(place.id, limit=LATEST)
        open_ = [line for line in lines if line.delivery.status.is_open]
        if any(_is_due(tonight, line) for line in open_):
            return ()
        if open_:
            words += [f"{line.list}, night of {line.night}: {_reason(tonight, line)}" for line in open_]
        else:
            words.append(_why_none(tonight, place, lines))
    return tuple(words) or (f"{person.address} is on no list.",)


def _is_due(tonight: Tonight, line: LedgerLine) -> bool:
    if line.delivery.status is Status.SENDING:
        return True  # of a run that died: this one settles it
    if line.delivery.not_before_at > tonight.clock():
        return False
    scopes = {hold.scope for hold in tonight.store.deliveries.holds()}
    return not scopes & {"everything", f"list:{line.list}"}


def _reason(tonight: Tonight, line: LedgerLine) -> str:
    """What the ledger says of an open mail."""
    for account in _accounts(tonight, line):
        return account.reason
    return line.delivery.status.value


def _accounts(tonight: Tonight, line: LedgerLine) -> Iterator[Account]:
    found = tonight.store.deliveries.account(line.delivery.issue_id, tonight.clock(), address=line.address)
    yield from (each for each in found if each.line.delivery.id == line.delivery.id)


def _why_none(tonight: Tonight, place: Subscription, lines: tuple[LedgerLine, ...]) -> str:
    row = tonight.store.lists.by_id(place.list_id)
    slug = row.slug if row else "?"
    if place.consent is not Consent.CONFIRMED:
        return f"{slug}: {place.consent}."
    due = place.due_at.astimezone(tonight.zone).strftime("%Y-%m-%d %H:%M") if place.due_at else "never"
    if not lines:
        return f"{slug}: nothing was planned yet; next due {due}."
    last = lines[0]
    return f"{slug}: the last mail, of {last.night}, ended as {last.delivery.status}; next due {due}."
