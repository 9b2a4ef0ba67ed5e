"""A notice: what an admin must hear of, said once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Open until settled. At most one open notice for a (kind, subject)."""

    id: int
    at: datetime
    #: one word: "quarantine", "source-down", "unserved"…
    kind: str
    #: the slug, night or list it is about
    subject: str
    words: str
    settled_at: datetime | None = None
