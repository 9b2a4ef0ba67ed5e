"""A source: a feed address we follow, with our bookkeeping."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from digest.model.ids import SourceId


class Identity(StrEnum):
    """What tells its entries apart. Falls to `link` when its ids prove bad, and stays so (gather I1)."""

    ID = "id"
    LINK = "link"


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A permanent redirect seen, not yet believed (gather F3)."""

    to: str
    since_at: datetime
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A configured source and what we know of it. Settings say what to follow; this is state."""

    id: SourceId
    #: stable name from digest.toml
    slug: str
    #: what digest.toml says
    url: str
    #: where we fetch: `url`, or the permanent redirect we came to believe, bound to `url`
    address: str
    #: the feed's own title and site, once read
    title: str | None = None
    site_url: str | None = None
    #: validators exactly as received; both None after a change of address or a failed parse (gather F1)
    etag: str | None = None
    last_modified: str | None = None
    #: SHA-256 of the last body read well (gather F2)
    body_hash: str | None = None
    #: not asked again before this instant (interval, backoff, Retry-After); None: at once
    next_check_at: datetime | None = None
    checked_at: datetime | None = None
    succeeded_at: datetime | None = None
    #: last time it brought an entry that was new
    news_at: datetime | None = None
    #: failures in a row
    failures: int = 0
    failing_since_at: datetime | None = None
    #: last failure in one word and one sentence; None while it works
    error_kind: str | None = None
    error: str | None = None
    move: Move | None = None
    #: answered 410: not asked any more
    gone_at: datetime | None = None
    #: last feed was read only in part
    malformed: bool = False
    identity: Identity = Identity.ID
    #: when its first entries were taken in; until then everything beyond `first_entries` is seeded
    seeded_at: datetime | None = None
    #: gone from digest.toml while people refer to it
    retired_at: datetime | None = None
