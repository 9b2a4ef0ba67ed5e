"""An entry: one item of a feed; a story: an entry and its twins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from digest.model.ids import EntryId, Seq, SourceId, StoryId


class EntryState(StrEnum):
    """Where an entry stands. Only `released` ones have a `seq`, and none ever loses it."""

    #: taken in, gets its seq when the night's gathering closes
    WAITING = "waiting"
    RELEASED = "released"
    #: was there when we first saw the source; never news
    SEEDED = "seeded"
    #: looks like a known one under a new id, or one of a flood; needs `entries release` (gather I3)
    QUARANTINED = "quarantined"
    #: dated in the future on a source that holds such entries until they are due (gather I7)
    HELD = "held"
    #: kept out by the source's keep/drop words
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a republished entry came from: `atom:source`, RSS `source` (gather P8)."""

    title: str
    #: the original feed's or site's address
    url: str | None = None
    #: the original feed's id
    id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicRule:
    """A topic an entry was put in, and the rule that did it, in words `explain` can print."""

    topic: str
    #: "word 'meetup'", "category 'event'", "source", "always"
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What the publisher wrote, cleaned: safe HTML, plain one-line labels, absolute links."""

    #: one clean line, never empty (gather P5, P6)
    title: str
    #: absolute http(s) address, or None
    link: str | None
    authors: tuple[str, ...] = ()
    #: cleaned HTML; "" where there is none
    summary_html: str = ""
    content_html: str = ""
    #: plain text of the content, or else of the summary; paragraphs parted by a blank line
    text: str = ""
    #: BCP 47 tag the feed or entry declares, lower case; None when neither does
    language: str | None = None
    #: the publisher's labels
    categories: tuple[str, ...] = ()
    origin: Origin | None = None
    #: the feed's dates; None when absent or unreadable
    published_at: datetime | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry as stored. Identity is (source, guid); further keys lead to it too (`entry_keys`)."""

    id: EntryId
    source_id: SourceId
    #: the id it is known by: guid/atom:id, else link, else a hash of title and content (gather I1)
    guid: str
    content: Content
    #: the label date: the feed's first plausible one, else first sight; never moves (gather I6, I7)
    dated_at: datetime
    #: for a source with dates = "event": when the event is
    event_at: datetime | None = None
    first_seen_at: datetime
    #: last time its text changed under the same id
    changed_at: datetime
    state: EntryState
    #: why it is quarantined, held or dropped, in words
    reason: str | None = None
    held_until_at: datetime | None = None
    #: absent from a feed that still holds older ones: not sent unless it returns (gather I8)
    withdrawn_at: datetime | None = None
    #: first in the next numbered issue of each list that carries it
    pinned_at: datetime | None = None
    #: the editor took it out after it became news: shown to nobody since; it keeps its seq
    dropped_at: datetime | None = None
    seq: Seq | None = None
    released_at: datetime | None = None
    #: language it is shown under: declared, else detected, else the source's; set at release
    language: str | None = None
    topics: tuple[TopicRule, ...] = ()
    #: set at release
    story_id: StoryId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A story as the planet shows it: which of its entries, and where that one belongs."""

    story_id: StoryId
    #: the origin while it is in its feed and its source is followed, else the first that is
    entry_id: EntryId
    source_id: SourceId
    #: the label date it stands by
    dated_at: datetime
    #: slugs of the shown entry's topics
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """An entry and its twins, as released so far, in order of arrival."""

    id: StoryId
    entries: tuple[Entry, ...]
    #: the one it was copied from: shown, and credited
    origin_id: EntryId

    @property
    def origin(self) -> Entry:
        return next(entry for entry in self.entries if entry.id == self.origin_id)

    @property
    def seq(self) -> Seq:
        """The newest arrival among its entries."""
        return max(entry.seq for entry in self.entries if entry.seq is not None)
