"""Subscriptions in whatever file a planet or reader keeps them: OPML, config.ini, YAML (pure).

The content tells which, not the name: people rename files, and pipe them.
"""

from __future__ import annotations

import re

from digest.errors import UnreadableFeed
from digest.gather import makemake, opml, venus
from digest.gather.opml import Imported

#: a section's head, alone on its line
_SECTION = re.compile(r"^\[[^\]\n]", re.MULTILINE)
#: before the first line that says something
_COMMENTS = re.compile(r"(?:\s*(?:[#;][^\n]*)?\n|\s)*")


def read(data: bytes) -> Imported:
    """Raises UnreadableFeed when it is none of them."""
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") or data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Imported(format="OPML", outlines=opml.read(data))
    text = _text(data)
    start = _COMMENTS.match(text)
    if _SECTION.match(text, start.end() if start else 0):
        return venus.read(text)
    try:
        return makemake.read(text)
    except UnreadableFeed as cause:
        words = f"This is neither OPML, nor a planet's config.ini, nor a YAML list of sources. {cause}"
        raise UnreadableFeed(words, kind="unreadable") from cause


def _text(data: bytes) -> str:
    """Old planets were configured in Latin-1."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
