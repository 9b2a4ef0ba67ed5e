"""An entry between its format and our values: what RSS, Atom and JSON Feed all say, not yet cleaned.

Owns what is done alike for every format: labels to one line, HTML cleaned once, what stands in for a
missing title or link (gather P4–P8). Knows no parser.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime

from digest.gather.clean import clean_html
from digest.gather.document import ParsedEntry
from digest.gather.links import absolute, first_absolute
from digest.gather.plain import one_line, shorten, to_html, to_text
from digest.model import Content, Origin

#: what stands for a missing title (gather P6)
MAX_FIRST_WORDS = 80
#: more labels than that are a tag cloud pasted in
MAX_CATEGORIES = 50
MAX_AUTHORS = 20
MAX_NAME = 500

_ADDRESS = re.compile(
    r"(?:mailto:)?[^\s<>()\[\],;:\"'@]+@[^\s<>()\[\],;:\"'@]+\.[^\s<>()\[\],;:\"'@]+", re.IGNORECASE
)
_C1 = re.compile("[\x7f-\x9f]")
_BRACKETS = re.compile(r"[(<\[]\s*[)>\]]")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{1,8}){0,4}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A text of the publisher's, decoded once from its document."""

    value: str
    #: it is shown as it stands; else it is HTML
    plain: bool = False
    #: xml:base where the document says one
    base: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What an entry takes from the document it is in."""

    #: the address the document came from: the base of last resort
    address: str
    site_url: str | None
    language: str | None
    authors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One item as its format says it. Names of people may still hold addresses and HTML."""

    guid: str | None
    title: Body | None = None
    link: str | None = None
    #: addresses that stand in for a missing link, best first
    enclosures: tuple[str, ...] = ()
    bodies: tuple[Body, ...] = ()
    #: what the format calls a summary
    summary: Body | None = None
    authors: tuple[str, ...] = ()
    language: str | None = None
    categories: tuple[str, ...] = ()
    origin: Origin | None = None
    published_at: datetime | None = None
    updated_at: datetime | None = None


def finish(draft: Draft, around: Around) -> ParsedEntry | None:
    """The entry, cleaned; None for an item that says nothing at all."""
    feed_base = around.site_url or around.address
    link = absolute(draft.link, feed_base)
    content, summary = _longest_first(draft)
    content_html = _html(content, link or feed_base, feed_base)
    summary_html = _html(summary, link or feed_base, feed_base)
    text = to_text(content_html or summary_html)
    link = link or first_absolute(feed_base, *draft.enclosures)
    title = _title(draft.title) or shorten(one_line(text), limit=MAX_FIRST_WORDS) or _from_address(link)
    if not title:
        return None
    return ParsedEntry(
        guid=(draft.guid or "").strip() or None,
        content=Content(
            title=title,
            link=link,
            authors=names(draft.authors) or around.authors,
            summary_html=summary_html,
            content_html=content_html,
            text=text,
            language=language_tag(draft.language) or around.language,
            categories=labels(draft.categories),
            origin=draft.origin,
            published_at=draft.published_at,
            updated_at=draft.updated_at,
        ),
        content_hash=hashlib.sha256(f"{title}\0{text}".encode("utf-8", "replace")).hexdigest(),
    )


def _longest_first(draft: Draft) -> tuple[Body | None, Body | None]:
    """Content and summary. Formats disagree on which element is which; the longer text is the content.
    A lone summary stays one; the same text twice is content only."""
    content = max(draft.bodies, key=lambda body: len(body.value), default=None)
    summary = draft.summary
    if content is None or not content.value.strip():
        return None, summary
    if summary is None or not summary.value.strip() or summary.value == content.value:
        return content, None
    return (content, summary) if len(content.value) >= len(summary.value) else (summary, content)


def _html(body: Body | None, base: str, feed_base: str) -> str:
    if body is None or not body.value:
        return ""
    cleaned = clean_html(
        to_html(body.value) if body.plain else body.value,
        (absolute(body.base, feed_base) if body.base else None) or base,
    )
    # Nobody sees them, and one alone makes Gmail clip the mail (mail E3).
    return _C1.sub("", cleaned)


def _title(title: Body | None) -> str:
    return one_line(title.value, html=not title.plain) if title else ""


def _from_address(link: str | None) -> str:
    """The address without its scheme: better than a nameless line for a bare link or enclosure."""
    return shorten(link.partition("://")[2].rstrip("/"), limit=MAX_FIRST_WORDS) if link else ""


def names(written: tuple[str, ...]) -> tuple[str, ...]:
    """Display names. Addresses are taken out, whatever they are wrapped in (gather P7)."""
    found: dict[str, None] = {}
    for name in written[:MAX_AUTHORS]:
        # "Name <a@b>" first: to an HTML reader the address is a tag, and that is as good.
        bare = _BRACKETS.sub(" ", _ADDRESS.sub("", name[:MAX_NAME]))
        label = (
            _ADDRESS.sub("", one_line(bare, html=True, limit=100)).removeprefix("mailto:").strip(" \"',;|")
        )
        if label.startswith("(") or label.count("(") != label.count(")"):
            label = label.strip(" ()")
        if label and "@" not in label:
            found[label] = None
    return tuple(found)


def labels(written: tuple[str, ...]) -> tuple[str, ...]:
    """The publisher's labels, each once whatever its case."""
    found: dict[str, str] = {}
    for label in written[:MAX_CATEGORIES]:
        line = one_line(label, limit=100)
        if line:
            found.setdefault(line.casefold(), line)
    return tuple(found.values())


def language_tag(declared: str | None) -> str | None:
    """BCP 47, lower case ("fr_FR" → "fr-fr"); None for anything else, such as "English"."""
    tag = (declared or "").strip().replace("_", "-").lower()
    return tag if _LANGUAGE.fullmatch(tag) else None


def origin_of(
    title: str | None, url: str | None, identity: str | None, *, html: bool = False
) -> Origin | None:
    """Credit for a republished entry; an origin without a name is called by its host."""
    url = absolute(url)
    label = one_line(title or "", html=html) or (url.split("/")[2] if url else "")
    return Origin(title=label, url=url, id=(identity or "").strip() or None) if label else None
