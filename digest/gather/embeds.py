"""Frames, videos and players in an entry's HTML become links (digest D4): mail shows none of them.

Works on what the publisher wrote and proves nothing: the sanitiser comes after it and drops the embeds
with all they hold.
"""

from __future__ import annotations

import re
from html import escape, unescape
from urllib.parse import urlsplit

from digest.gather.images import TAG_INSIDE, TRACKER, Attributes, attributes_of, escaped, is_hidden

ANY = re.compile(r"<(?:iframe|video|audio|embed|object)\b", re.IGNORECASE)

_EMBED = re.compile(rf"<(iframe|video|audio|embed|object)\b{TAG_INSIDE}>", re.IGNORECASE)
_SOURCE = re.compile(rf"<source\b{TAG_INSIDE}>", re.IGNORECASE)
#: a player's <source> stands right behind it
_NEAR = 2_000
_CLOSING = {
    name: re.compile(rf"</{name}\b", re.IGNORECASE) for name in ("iframe", "video", "audio", "object")
}
_YOUTUBE = re.compile(r"(?:https?:)?//(?:www\.)?youtube(?:-nocookie)?\.com/embed/([\w-]{6,20})")
_VIMEO = re.compile(r"(?:https?:)?//player\.vimeo\.com/video/(\d+)")


def as_links(html: str) -> str:
    """Each embed preceded by a link to it; one that is never closed goes, or it would swallow the rest."""
    last = {
        name: max((m.start() for m in closing.finditer(html)), default=-1)
        for name, closing in _CLOSING.items()
    }

    def linked(match: re.Match[str]) -> str:
        name = match[1].lower()
        found = attributes_of(match[2])
        closes = match.end() <= last.get(name, -1) and not match[2].rstrip().endswith("/")
        return _link(name, found, html[match.end() : match.end() + _NEAR]) + (match[0] if closes else "")

    return _EMBED.sub(linked, html)


def _link(name: str, found: Attributes, following: str) -> str:
    address = found.get("src") or found.get("data-src") or found.get("data") or ""
    if not address and name in ("video", "audio"):
        source = _SOURCE.search(following)
        address = attributes_of(source[1]).get("src", "") if source else ""
    address = address.strip()
    if not address or is_hidden(found) or TRACKER.match(address):
        return ""
    watched = _watched(address)
    label = found.get("title") or found.get("aria-label") or escape(_host(watched)) or name
    shown = f'<img src="{escaped(found["poster"])}" alt=""><br>' if found.get("poster") else ""
    return f'<p><a href="{escaped(watched)}">{shown}▶ {escaped(label)}</a></p>'


def _watched(address: str) -> str:
    """The page a person would open, for the players whose embed address is no page."""
    if video := _YOUTUBE.match(address):
        return f"https://www.youtube.com/watch?v={video[1]}"
    if video := _VIMEO.match(address):
        return f"https://vimeo.com/{video[1]}"
    return address


def _host(address: str) -> str:
    try:
        return urlsplit(unescape(address)).hostname or ""
    except ValueError:
        return ""
