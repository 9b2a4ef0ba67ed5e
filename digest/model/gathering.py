"""What gathering and closing change, as values: decided by pure rules, written in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from digest.model.entry import Content, EntryState, Origin, TopicRule
from digest.model.ids import EntryId, Seq, SourceId, StoryId
from digest.model.source import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownEntry:
    """A stored entry, as far as recognising it again needs."""

    id: EntryId
    #: every key that leads to it, now or ever
    keys: tuple[str, ...]
    link_key: str | None
    title_key: str
    content_hash: str
    #: of all that is shown: links, labels, dates, markup
    shown_hash: str
    #: the feed's own dates, as last read
    published_at: datetime | None
    updated_at: datetime | None
    dated_at: datetime
    state: EntryState
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """An entry to be added to its source."""

    #: never empty; the first is its own, by which it is (source, guid)
    keys: tuple[str, ...]
    guid: str
    content: Content
    content_hash: str
    #: of all that is shown: links, labels, dates, markup
    shown_hash: str
    link_key: str | None
    title_key: str
    dated_at: datetime
    event_at: datetime | None = None
    state: EntryState
    reason: str | None = None
    held_until_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedEntry:
    """A known entry as it reads now. Its label date, state and keys stay."""

    id: EntryId
    content: Content
    content_hash: str
    #: of all that is shown: links, labels, dates, markup
    shown_hash: str
    link_key: str | None
    title_key: str
    #: title or text differ: readers may be told; False: only dates, labels or addresses do
    edited: bool
    #: for a source whose dates are those of events
    event_at: datetime | None = None
    #: for an entry still held: until when now
    held_until_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNotice:
    """Something an admin must hear of; the store says it once while it lasts."""

    #: one word: "gone", "source-down", "moved", "quarantine", "identity"
    kind: str
    #: the slug, night or list it is about
    subject: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathering:
    """All that one asking of one source changes."""

    #: when the source was asked
    at: datetime
    #: its state from now on
    source: Source
    #: only its validators and the times of its asking differ from before: nearly every source, every night
    quiet: bool = False
    new: tuple[NewEntry, ...] = ()
    changed: tuple[ChangedEntry, ...] = ()
    #: further keys of known entries
    keys: tuple[tuple[EntryId, str], ...] = ()
    #: gone from a document that still holds older ones, and back again (gather I8)
    withdrawn: tuple[EntryId, ...] = ()
    returned: tuple[EntryId, ...] = ()
    notices: tuple[NewNotice, ...] = ()
    #: kinds of notice about this source that are over
    settled: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What it takes to see that an entry may say the same as another (`sort.closeness`)."""

    id: EntryId
    source_id: SourceId
    #: the title folded
    title_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """What telling twins needs of an entry (`sort.stories`)."""

    id: EntryId
    source_id: SourceId
    guid: str
    link_key: str | None
    origin: Origin | None
    #: None: just arriving, or seeded and never yet met by a twin
    story_id: StoryId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kin:
    """Arriving entries and all that may be twins of them, in order of arrival."""

    #: in the order they arrive; before them seeded ones that stand in no story yet
    fresh: tuple[Likeness, ...]
    #: entries with the link or guid of a fresh one, or close to it, and the others of their stories
    known: tuple[Likeness, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placing:
    """A story that opens or grows at a closing."""

    #: None: it opens
    story_id: StoryId | None
    entries: tuple[EntryId, ...]
    #: the one of the whole story that is shown and credited
    origin_id: EntryId


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A waiting entry becomes news."""

    entry_id: EntryId
    seq: Seq
    language: str | None
    topics: tuple[TopicRule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """All that one closing of the gathering changes."""

    #: seq without gaps from the head on
    releases: tuple[Release, ...] = ()
    #: every entry released is in one
    stories: tuple[Placing, ...] = ()
