"""What came of asking a source: values, decided on by `plan`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to ask, and with which validators (exactly as they were received)."""

    #: the source's slug, to bring the answer home
    slug: str
    #: http(s) address, or a path (sources may be files beside digest.toml)
    address: str
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A body came."""

    #: where it was found in the end: base for relative links
    address: str
    body: bytes
    content_type: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    #: where a chain made of permanent redirects only led; None: no redirect, or a temporary one in it
    moved_to: str | None = None
    #: how long the server says it stays good (max-age, Expires); None: not said
    fresh_for: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """304. Validators it names replace ours; those it leaves out stay."""

    etag: str | None = None
    last_modified: str | None = None
    moved_to: str | None = None
    fresh_for: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """Nothing usable came."""

    #: one word: "dns", "connect", "tls", "timeout", "refused", "redirects", "status", "too-large", "gone"…
    kind: str
    #: one sentence for people, with no password in it
    words: str
    status: int | None = None
    #: from Retry-After, relative to the reply's own Date; not yet capped
    retry_after: timedelta | None = None


Reply = Fetched | Unchanged | Failed
