"""What an entry is known by: its guid, else its link, else its title and text (gather I1, I2, I11). Pure.

Within a document no two entries have one key, and the same thing twice is one.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from urllib.parse import urlsplit

from digest.gather.document import ParsedEntry
from digest.model import Content, Identity
from digest.model.gathering import KnownEntry
from digest.model.words import fold

#: parameters that say where a reader came from, never what is shown
_TRACKING = re.compile(
    r"(?:utm_\w*|fbclid|gclid|dclid|msclkid|yclid|igshid|mc_[ce]id|at_\w+|xtor|pk_\w+|mtm_\w+|_hs\w+|wt_mc)",
    re.IGNORECASE,
)
#: a key longer than this is kept as its hash: PostgreSQL indexes no text over 2,704 bytes
MAX_KEY = 500
#: share of missing or repeated ids from which a source's ids are worth nothing (FreshRSS: 5 %)…
BAD_IDS = 0.05
#: …in a document of at least so many entries
BAD_IDS_ENTRIES = 10
#: guids one entry may have had before its source's guids are taken for random
MANY_GUIDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyed:
    """A parsed entry with its keys."""

    parsed: ParsedEntry
    #: its own key; in link identity its guid leads nowhere
    key: str
    link_key: str | None
    title_key: str

    @property
    def guid(self) -> str:
        """What it is known by: the guid as it is, else a link or hash that says so."""
        return self.key.removeprefix("id:")

    @property
    def content(self) -> Content:
        return self.parsed.content

    @property
    def shown_hash(self) -> str:
        """Over all that is shown, so that a corrected link or picture is a change too."""
        content = self.content
        dates = (content.published_at, content.updated_at)
        told = (
            *(content.title, content.link or "", content.summary_html, content.content_html, content.text),
            *(content.language or "", *content.authors, "", *content.categories, "", repr(content.origin)),
            *(date.isoformat() if date else "" for date in dates),
        )
        return sha256("\0".join(told).encode(errors="replace")).hexdigest()


@lru_cache(maxsize=4096)
def link_key(link: str | None) -> str | None:
    """The link without what does not change what it shows: scheme, www, default port, fragment, tracking.

    A "/" at the end counts for nothing. Two links are taken to be one page when their keys are equal.
    """
    if not link:
        return None
    try:
        parts = urlsplit(link.strip())
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return _bounded(link.strip())
    if parts.scheme.lower() not in ("http", "https") or not host:
        return _bounded(link.strip())
    place = host.removeprefix("www.") + (f":{port}" if port not in (None, 80, 443) else "")
    query = "&".join(
        pair for pair in parts.query.split("&") if pair and not _TRACKING.fullmatch(pair.partition("=")[0])
    )
    return _bounded(place + parts.path.rstrip("/") + (f"?{query}" if query else ""))


def feed_date(entry: Content | KnownEntry) -> datetime | None:
    """The date the feed gives it: published, else updated."""
    return entry.published_at or entry.updated_at


def keyed(entries: Sequence[ParsedEntry], identity: Identity) -> tuple[Keyed, ...]:
    """The document's entries, each once, with keys unlike any other's (gather I1, I2).

    A repeated guid is told apart by link, then title, then place in the document.
    """
    drafts = [_item(entry, identity) for entry in entries]
    repeated = {key for key, count in Counter(draft.key for draft in drafts).items() if count > 1}
    if not repeated:
        return tuple(drafts)
    links: dict[str, set[str | None]] = defaultdict(set)
    titles: dict[tuple[str, str | None], set[str]] = defaultdict(set)
    for draft in drafts:
        links[draft.key].add(draft.link_key)
        titles[draft.key, draft.link_key].add(draft.title_key)
    told: dict[str, Keyed] = {}
    for draft in drafts:
        marks = [draft.link_key or ""] if len(links[draft.key]) > 1 else []
        if len(titles[draft.key, draft.link_key]) > 1:
            marks.append(draft.title_key)
        _add(told, _marked(draft, marks))
    return tuple(told.values())


def bad_ids(entries: Sequence[ParsedEntry]) -> bool:
    """Whether ids are missing or repeated so often here that the links tell entries better apart."""
    if len(entries) < BAD_IDS_ENTRIES:
        return False
    guids = [entry.guid for entry in entries if entry.guid]
    if not guids:
        return False  # none at all is no fault: links are the identity then anyway
    bad = len(entries) - len(set(guids))
    links = {link_key(entry.content.link) for entry in entries} - {None}
    return bad / len(entries) > BAD_IDS and len(links) > len(set(guids))


def _item(entry: ParsedEntry, identity: Identity) -> Keyed:
    link = link_key(entry.content.link)
    text = f"hash:{entry.content_hash}"
    guid = f"id:{_bounded(entry.guid)}" if entry.guid else None
    by_link = f"link:{link}" if link else None
    first, second = (guid, by_link) if identity is Identity.ID else (by_link, guid)
    key = first or second or text
    return Keyed(
        parsed=entry,
        key=key,
        link_key=link,
        title_key=_bounded(fold(entry.content.title)),
    )


def _marked(draft: Keyed, marks: Sequence[str]) -> Keyed:
    if not marks:
        return draft
    mark = " ".join(("", *marks))
    return replace(draft, key=_bounded(draft.key + mark))


def _add(told: dict[str, Keyed], item: Keyed) -> None:
    """Keep an item under a key of its own, by place if need be; the same thing twice is one."""
    key, number = item.key, 1
    while (other := told.get(key)) is not None:
        same_page = item.link_key is not None and item.link_key == other.link_key
        if same_page or item.parsed.content_hash == other.parsed.content_hash:
            return
        number += 1
        key = f"{item.key} {number}"
    told[key] = item if number == 1 else _marked(item, [str(number)])


def _bounded(key: str) -> str:
    return key if len(key) <= MAX_KEY else f"sha256:{sha256(key.encode()).hexdigest()}"
