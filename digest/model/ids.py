"""Names for numbers. An id crosses a door only under its own type."""

from __future__ import annotations

import re
from typing import NewType

from subscribers.model import ListId, SubscriberId, SubscriptionId, WishesId

SourceId = NewType("SourceId", int)
EntryId = NewType("EntryId", int)
StoryId = NewType("StoryId", int)
IssueId = NewType("IssueId", int)
EditionId = NewType("EditionId", int)
DeliveryId = NewType("DeliveryId", int)
LetterId = NewType("LetterId", int)

#: an entry's place in our order of arrival (design §3.1)
Seq = NewType("Seq", int)

__all__ = [
    "DeliveryId",
    "EditionId",
    "EntryId",
    "IssueId",
    "LetterId",
    "ListId",
    "Seq",
    "SourceId",
    "StoryId",
    "SubscriberId",
    "SubscriptionId",
    "WishesId",
    "entry_id",
    "short",
]


def short(entry: EntryId) -> str:
    """The short id of an entry, as printed wherever it is named: `e42`."""
    return f"e{entry}"


def entry_id(text: str) -> EntryId | None:
    """The entry a short id names; None when it is not one."""
    found = re.fullmatch(r"[eE]?([1-9][0-9]{0,17})", text.strip())
    return EntryId(int(found[1])) if found else None
