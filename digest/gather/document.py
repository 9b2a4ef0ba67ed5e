"""A feed as read: plain frozen values that cross from a worker process to the plan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from digest.model import Content


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedEntry:
    """One item in its document's order."""

    #: guid or atom:id with white space at the ends taken off; None when absent or blank
    guid: str | None
    content: Content
    #: SHA-256 over title and text (hex): tells an edit
    content_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """The document, cleaned."""

    title: str | None
    #: absolute address of the site, or None
    site_url: str | None
    language: str | None
    #: RSS ttl, sy:updatePeriod; None: not said
    ttl: timedelta | None
    #: read only in part, or against what it says of itself
    malformed: bool
    #: what is wrong with it, in one sentence; None when nothing is
    fault: str | None
    entries: tuple[ParsedEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """The body is not a feed, or reading it went over a bound."""

    #: one word: "empty", "html", "unreadable", "too-slow", "too-big"
    kind: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a worker is given to read."""

    body: bytes
    #: where the document was found: the last resort as a base for its relative links (gather P4)
    address: str
    content_type: str | None = None


Read = ParsedFeed | Unreadable
