"""The words of design §2 as frozen values. No I/O, no rules beyond what makes a bad state unbuildable."""

from digest.model.delivery import Delivery, Status, Tally
from digest.model.entry import Content, Entry, EntryState, Origin, Shown, Story, TopicRule
from digest.model.ids import (
    DeliveryId,
    EditionId,
    EntryId,
    IssueId,
    LetterId,
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
    Note,
    Piece,
    Slot,
)
from digest.model.key import Key
from digest.model.letter import NewLetter
from digest.model.notice import Notice
from digest.model.picture import Picture
from digest.model.rate import Rate
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
    "LetterId",
    "ListId",
    "MailingList",
    "Move",
    "NewEdition",
    "NewIssue",
    "NewLetter",
    "NightRecord",
    "Note",
    "Notice",
    "Origin",
    "Picture",
    "Piece",
    "Rate",
    "Section",
    "Seq",
    "Shown",
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
