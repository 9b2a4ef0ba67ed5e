"""Subscription lists as OPML 2.0: folders are topics, on the way in and on the way out (pure).

What people export is often not well-formed, so reading recovers what it can; nothing outside the
text is ever loaded (no DTD, no entities, no network).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from lxml import etree

from digest.errors import UnreadableFeed

#: OPML 2.0 lets an outline have attributes of anybody's; other programs pass these over
_OURS = {
    "digestKeep": "keep",
    "digestDrop": "drop",
    "digestKeepCategories": "keep_categories",
    "digestDropCategories": "drop_categories",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """One subscription."""

    url: str
    title: str
    site_url: str | None = None
    #: titles of the folders it stands in, outermost first; several when it stands in several
    folders: tuple[str, ...] = ()
    #: its entries', where it says so
    language: str | None = None
    #: words that keep an entry in, or out
    keep: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    #: the publisher's labels that do
    keep_categories: tuple[str, ...] = ()
    drop_categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What a file of subscriptions holds."""

    #: what the file was, for people
    format: str
    outlines: tuple[Outline, ...]
    #: what it says that has no counterpart here
    notes: tuple[str, ...] = ()


def read(data: bytes) -> tuple[Outline, ...]:
    """Every subscription of an OPML document, in its order; the same address in two folders is one
    subscription in both.

    Raises UnreadableFeed when there is no OPML in it.
    """
    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as cause:
        raise UnreadableFeed(f"This is not OPML: {cause.msg}.", kind="unreadable") from cause
    if root is None or _name(root) != "opml":
        raise UnreadableFeed("This is not OPML.", kind="unreadable")
    found: dict[str, Outline] = {}
    for child in root:
        if _name(child) == "body":
            _walk(child, (), found)
    return tuple(found.values())


def write(title: str, outlines: Iterable[Outline]) -> str:
    """The OPML document of these subscriptions: those without a folder first, then a folder each."""
    rows = list(outlines)
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = _plain(title)
    body = etree.SubElement(root, "body")
    for row in rows:
        if not row.folders:
            _outline(body, row)
    for folder in dict.fromkeys(folder for row in rows for folder in row.folders):
        inside = etree.SubElement(body, "outline", text=_plain(folder), title=_plain(folder))
        for row in rows:
            if folder in row.folders:
                _outline(inside, row)
    text = etree.tostring(root, pretty_print=True, xml_declaration=True, encoding="UTF-8")
    return text.decode("utf-8")


def slug(words: str, taken: Sequence[str] | set[str] = ()) -> str:
    """A slug from a title or address, not among those taken."""
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-") or "source"
    number, unique = 1, name
    while unique in taken:
        number += 1
        unique = f"{name}-{number}"
    return unique


def name_of(outline: Outline) -> str:
    """What to make a slug from: the title, or else the host."""
    host = (urlsplit(outline.url).hostname or outline.url).removeprefix("www.")
    return outline.title if re.search(r"[A-Za-z0-9]{2}", outline.title) else host


def _walk(element: etree._Element, folders: tuple[str, ...], found: dict[str, Outline]) -> None:
    for child in element:
        if _name(child) != "outline":
            continue
        kept = {str(name).lower(): str(value).strip() for name, value in child.attrib.items()}
        title = " ".join((kept.get("title") or kept.get("text") or "").split())
        url = kept.get("xmlurl", "")
        if url:
            found[url] = _joined(found.get(url), url, title, folders, kept)
        # A subscription with others inside it is a folder too: some exporters nest like that.
        inside = folders if url or not title else (*folders, title)
        _walk(child, inside, found)


def _joined(
    known: Outline | None, url: str, title: str, folders: tuple[str, ...], kept: dict[str, str]
) -> Outline:
    """A subscription as this outline has it, and as an earlier one of it had what this one has not."""
    before = known or Outline(url=url, title="")
    listed = {field: _listed(kept.get(name.lower())) for name, field in _OURS.items()}
    return Outline(
        url=url,
        title=before.title or title,
        site_url=before.site_url or kept.get("htmlurl") or None,
        folders=tuple(dict.fromkeys((*before.folders, *folders))),
        language=before.language or kept.get("language") or None,
        **{field: getattr(before, field) or words for field, words in listed.items()},
    )


def _outline(parent: etree._Element, row: Outline) -> None:
    title = _plain(row.title) or row.url
    element = etree.SubElement(parent, "outline", type="rss", text=title, title=title, xmlUrl=_plain(row.url))
    if row.site_url:
        element.set("htmlUrl", _plain(row.site_url))
    if row.language:
        element.set("language", _plain(row.language))
    for name, field in _OURS.items():
        if words := getattr(row, field):
            element.set(name, ",".join(_plain(word).replace(",", " ") for word in words))


def _listed(words: str | None) -> tuple[str, ...]:
    return tuple(word.strip() for word in (words or "").split(",") if word.strip())


def _name(element: etree._Element) -> str:
    # Comments and processing instructions have a function where elements have a name.
    tag: object = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def _plain(text: str) -> str:
    """Without the control characters XML cannot hold."""
    return re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text)
