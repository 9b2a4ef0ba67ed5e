"""A picture as mails show it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Our own small copy of a picture that an entry shows, on our own host."""

    url: str
    width: int
    height: int
