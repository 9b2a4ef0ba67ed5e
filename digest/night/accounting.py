"""Everybody in an issue accounted for: who got it, who did not and why, alike cases counted together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from digest.model import DeliveryId, IssueId, Status
from digest.night.tonight import Tonight
from digest.storage.protocol.accounts import Account

#: readers read at a time
PAGE = 1_000
#: readers named of each group
EXAMPLES = 3

#: what a relay's reply says of one message or one reader alone: addresses, queue ids, times
_PARTICULAR = re.compile(r"<?[^\s<>@]+@[^\s<>@]+>?|\b(?=\w*\d)\w{8,}\b|\d{4,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Readers for whom it ended alike."""

    status: Status
    reason: str
    count: int
    #: some of them
    examples: tuple[str, ...]


def everybody(tonight: Tonight, issue: IssueId, *, status: Status | None = None) -> Iterator[Account]:
    """Each reader of the issue with the reason, a page at a time: any number of them."""
    after: DeliveryId | None = None
    now = tonight.clock()
    while page := tonight.store.deliveries.account(issue, now, after=after, limit=PAGE, status=status):
        yield from page
        after = page[-1].line.delivery.id


def groups(tonight: Tonight, issue: IssueId, *, status: Status | None = None) -> tuple[Group, ...]:
    """The readers of the issue by status and reason, the largest group of each status first."""
    found: dict[tuple[Status, str], list[str]] = {}
    counts: dict[tuple[Status, str], int] = {}
    for account in everybody(tonight, issue, status=status):
        key = (account.line.delivery.status, _alike(account.reason))
        counts[key] = counts.get(key, 0) + 1
        examples = found.setdefault(key, [])
        if len(examples) < EXAMPLES:
            examples.append(account.line.address)
    order = {each: place for place, each in enumerate(Status)}
    ranked = sorted(counts, key=lambda key: (order[key[0]], -counts[key], key[1]))
    return tuple(
        Group(status=key[0], reason=key[1], count=counts[key], examples=tuple(found[key])) for key in ranked
    )


def _alike(reason: str) -> str:
    """The reason without what differs from reader to reader: one group, not one for each."""
    return _PARTICULAR.sub("…", reason)
