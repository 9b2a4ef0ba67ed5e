"""The words of design §2 as frozen values. No I/O, no rules beyond what makes a bad state unbuildable."""

from digest.model.delivery import Delivery, Status, Tally
from digest.model.entry import Content, Entry, EntryState, Origin, Story, TopicRule
from digest.model.ids import (
    DeliveryId,
    EditionId,
    EntryId,
    IssueId,
    ListId,
    Seq,
    SourceId,
    StoryId,
    SubscriberId,
    SubscriptionId,
    WishesId,
    entry_id,
    short,
)
from digest.model.issue import (
    Edition,
    Fragment,
    Issue,
    IssueStory,
    MailingList,
    NewEdition,
    NewIssue,
    NightRecord,
    Piece,
    Slot,
)
from digest.model.key import Key
from digest.model.notice import Notice
from digest.model.section import Card, Section
from digest.model.source import Identity, Move, Source

__all__ = [
    "Card",
    "Content",
    "Delivery",
    "DeliveryId",
    "Edition",
    "EditionId",
    "Entry",
    "EntryId",
    "EntryState",
    "Fragment",
    "Identity",
    "Issue",
    "IssueId",
    "IssueStory",
    "Key",
    "ListId",
    "MailingList",
    "Move",
    "NewEdition",
    "NewIssue",
    "NightRecord",
    "Notice",
    "Origin",
    "Piece",
    "Section",
    "Seq",
    "Slot",
    "Source",
    "SourceId",
    "Status",
    "Story",
    "StoryId",
    "SubscriberId",
    "SubscriptionId",
    "Tally",
    "TopicRule",
    "WishesId",
    "entry_id",
    "short",
]
