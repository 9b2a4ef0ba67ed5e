"""A key of this installation: what tokens, VERP addresses and forms are signed with, and the salt."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One secret. It goes on verifying after it no longer signs."""

    id: int
    #: "token", "verp", "form" or "salt"
    purpose: str
    #: left out of `repr`, so no log line and no traceback holds it
    secret: bytes = field(repr=False)
    created_at: datetime
    #: since then it signs nothing new
    retired_at: datetime | None = None
