"""An issue and what it is made of: fragments set once, editions cut many times."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from digest.model.ids import EditionId, EntryId, IssueId, ListId, Seq, StoryId


@dataclass(frozen=True, slots=True, kw_only=True)
class MailingList:
    """A list's row: what people and issues refer to. Its look and sources are in the settings."""

    id: ListId
    slug: str
    title: str
    retired_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NightRecord:
    """What a night did, and the settings it ran with."""

    night: date
    started_at: datetime
    #: the gathering was closed: seq given to every waiting entry
    closed_at: datetime | None = None
    #: every list due was cut
    cut_at: datetime | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """What one list publishes on one night. (list, night) is unique; frozen when cut."""

    id: IssueId
    list_id: ListId
    night: date
    #: None: an extra, on a night that is not of the list's own cadence
    number: int | None
    #: news since the last numbered issue are in (from_seq, head_seq]
    from_seq: Seq
    #: every selection of this issue ends here
    head_seq: Seq
    cut_at: datetime
    #: everybody due is planned; until then a later run goes on planning
    planned_at: datetime | None = None
    #: no delivery is open any more; fragments may go
    closed_at: datetime | None = None
    #: deliveries planned, for the conservation law (design §4)
    candidates: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NewIssue:
    """An issue about to be frozen; storage gives it its id."""

    list_id: ListId
    night: date
    #: one more than the list's last; None: an extra
    number: int | None
    from_seq: Seq
    head_seq: Seq
    cut_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueStory:
    """One line of an issue as archived, in the order of its sections."""

    story_id: StoryId
    #: the entry shown
    entry_id: EntryId
    #: the topic it stands under; None under Others, or where there are none
    topic: str | None = None
    #: its place at the top, from 1; None: the editor did not pin it
    pin: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What the editor says above an issue, in one language."""

    #: cleaned: it may stand in a mail as it is
    html: str
    #: paragraphs parted by a blank line
    text: str
    #: as the editor wrote it
    markdown: str = ""


class Slot(StrEnum):
    """What is spliced in for each reader."""

    UNSUBSCRIBE = "unsubscribe"
    WISHES = "wishes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Encoded bytes of one part (quoted-printable, whole lines, CRLF) with places for tokens in it."""

    data: bytes
    #: (offset in `data`, what goes there), ascending
    slots: tuple[tuple[int, Slot], ...] = ()
    #: bytes once decoded, without the tokens
    decoded_size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragment:
    """A part of an issue set once: a story in one of its forms, a heading, a frame."""

    #: unique within (issue, language): "story/12/full", "topic/events"…
    name: str
    html: Piece
    text: Piece


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEdition:
    """An edition as cut; storage gives it its id, or finds the one with its key."""

    issue_id: IssueId
    key: str
    language: str
    format: str
    subject: str
    recipe: bytes
    stories: tuple[StoryId, ...]
    html_bytes: int
    message_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """An issue as cut for one selection: a recipe over its fragments. (issue, key) is unique."""

    id: EditionId
    issue_id: IssueId
    #: hash of everything that tells this edition from others of the issue
    key: str
    language: str
    format: str
    subject: str
    #: written and read by `compose` only
    recipe: bytes
    #: what it serves, in the order shown (design §3.3: also what is beyond the size)
    stories: tuple[StoryId, ...]
    #: sizes with tokens at full length: HTML decoded, HTML encoded, whole message about
    html_bytes: int
    message_bytes: int
