"""Atom and RSS 2.0 of everything and of each topic, each entry credited to the feed it came from.

Built as a tree, so that no text of a publisher can break out of its element. Stamps are those of the
entries: a feed changes when they do, and not because we looked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import partial
from html import escape
from typing import Literal, cast

from lxml import etree

from digest.model import Identity, Source, SourceId
from digest.planet import places
from digest.planet.desk import Desk
from digest.planet.folder import File
from digest.planet.pages import lines_of
from digest.planet.views import StoryView, feed_url, topic_titles

#: stories in a feed, or a page's worth where that is more
LENGTH = 30

ATOM = "http://www.w3.org/2005/Atom"
DC = "http://purl.org/dc/elements/1.1/"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
#: Atom's elements without a prefix: lxml says None for it, and its types do not
_BARE = cast("dict[str, str]", {None: ATOM})
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: an address or URN that may stand as an id: a scheme, and nothing that must be written otherwise
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
#: a title of RSS is text to some readers and HTML to others: what would be a tag must not become one
_TAG_LIKE = re.compile(r"<(?=[A-Za-z/!?])")
#: a feed without stories has to say when it changed
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def files(desk: Desk) -> Iterator[File]:
    for topic in (None, *(each.slug for each in desk.settings.topics)):
        yield File(path=places.feed(topic, "atom"), content=partial(_set, desk, topic, "atom"))
        yield File(path=places.feed(topic, "rss"), content=partial(_set, desk, topic, "rss"))


def _set(desk: Desk, topic: str | None, kind: Literal["atom", "rss"]) -> bytes:
    lines = lines_of(desk, topic)[: max(LENGTH, desk.per_page)]
    stories = desk.stories(lines)
    tree = _atom(desk, topic, stories) if kind == "atom" else _rss(desk, topic, stories)
    # Typed as whatever the encoding says.
    return bytes(etree.tostring(tree, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _atom(desk: Desk, topic: str | None, stories: Sequence[StoryView]) -> etree._Element:
    sources = {source.id: source for source in desk.sources}
    self_url, home = _addresses(desk, topic, "atom")
    feed = etree.Element(f"{{{ATOM}}}feed", nsmap=_BARE)
    feed.set(_LANG, desk.language)
    _add(feed, "title", _title(desk, topic))
    _add(feed, "id", self_url)
    _add(feed, "link", rel="self", type="application/atom+xml", href=self_url)
    _add(feed, "link", rel="alternate", type="text/html", href=home)
    _add(feed, "updated", _rfc3339(max((_updated(story) for story in stories), default=_NEVER)))
    _add(_add(feed, "author"), "name", desk.settings.site.title)
    _add(feed, "generator", "planet-digest")
    for story, id in zip(stories, _ids(desk, stories, sources), strict=True):
        _atom_entry(feed, story, id, sources[story.entry.source_id], site=desk.url)
    return feed


def _atom_entry(feed: etree._Element, story: StoryView, id: str, source: Source, *, site: str) -> None:
    entry = _add(feed, "entry")
    entry.set(_LANG, story.lang)
    _add(entry, "title", f"[{story.source.title}] {story.title}", type="text")
    _add(entry, "id", id)
    if story.link:
        _add(entry, "link", rel="alternate", href=story.link)
    _add(entry, "published", _rfc3339(story.entry.dated_at))
    _add(entry, "updated", _rfc3339(_updated(story)))
    for name in story.entry.content.authors or (story.source.title,):
        _add(_add(entry, "author"), "name", name)
    for label in story.entry.content.categories:
        _add(entry, "category", term=label)
    _add(entry, "content", str(story.body), type="html")
    credit = _add(entry, "source")
    feed_address = feed_url(source)
    _add(credit, "id", feed_address or story.source.site_url or f"{site}/#{story.source.slug}")
    _add(credit, "title", story.source.title)
    _add(credit, "updated", _rfc3339(_updated(story)))
    if feed_address:
        _add(credit, "link", rel="self", href=feed_address)
    if story.source.site_url:
        _add(credit, "link", rel="alternate", href=story.source.site_url)


def _rss(desk: Desk, topic: str | None, stories: Sequence[StoryView]) -> etree._Element:
    sources = {source.id: source for source in desk.sources}
    self_url, home = _addresses(desk, topic, "rss")
    root = etree.Element("rss", nsmap={"atom": ATOM, "dc": DC, "content": CONTENT}, version="2.0")
    head = etree.SubElement(root, "channel")
    _plain(head, "title", _title(desk, topic))
    _plain(head, "link", home)
    _plain(head, "description", _title(desk, topic))
    _plain(head, "language", desk.language)
    if stories:
        _plain(head, "lastBuildDate", _rfc822(max(_updated(story) for story in stories)))
    _add(head, "link", rel="self", type="application/rss+xml", href=self_url)
    for story, id in zip(stories, _ids(desk, stories, sources), strict=True):
        entry = etree.SubElement(head, "item")
        _plain(entry, "title", _TAG_LIKE.sub("&lt;", f"[{story.source.title}] {story.title}"))
        if story.link:
            _plain(entry, "link", story.link)
        _plain(entry, "guid", id).set("isPermaLink", "false")
        _plain(entry, "pubDate", _rfc822(story.entry.dated_at))
        for name in story.entry.content.authors:
            _plain(entry, f"{{{DC}}}creator", name)
        _plain(entry, f"{{{DC}}}language", story.lang)
        for label in story.entry.content.categories:
            _plain(entry, "category", label)
        # RSS has no plain text: whoever reads a description takes it for HTML.
        _plain(entry, "description", escape(story.excerpt, quote=False).replace("\n", "<br>\n"))
        _plain(entry, f"{{{CONTENT}}}encoded", str(story.body))
        if address := feed_url(sources[story.entry.source_id]):
            _plain(entry, "source", story.source.title).set("url", _clean(address))
    return root


def _ids(desk: Desk, stories: Sequence[StoryView], sources: dict[SourceId, Source]) -> Iterator[str]:
    """The publisher's own id (RFC 4287 §4.2.6: it stays when an entry is republished), else the entry's
    address, else one of ours; none twice in a feed."""
    taken: set[str] = set()
    for story in stories:
        entry = story.entry
        own = (entry.guid,) if sources[entry.source_id].identity is Identity.ID else ()
        known = [each for each in (*own, story.link or "") if _IRI.fullmatch(each) and each not in taken]
        id = known[0] if known else f"{desk.url}/#{entry.id}"
        taken.add(id)
        yield id


def _updated(story: StoryView) -> datetime:
    """When its publisher last changed it; never before it was published."""
    entry = story.entry
    return max(entry.content.updated_at or entry.dated_at, entry.dated_at)


def _title(desk: Desk, topic: str | None) -> str:
    words, site = desk.viewer().words, desk.settings.site.title
    if topic is None:
        return site
    return words.say("{name}: {words}", name=site, words=topic_titles(desk.settings, words)[topic])


def _addresses(desk: Desk, topic: str | None, kind: Literal["atom", "rss"]) -> tuple[str, str]:
    """The feed's own, and its page's."""
    home = places.public(desk.url, places.page(topic, 1, "html"))
    return places.public(desk.url, places.feed(topic, kind)), home


def _add(parent: etree._Element, name: str, text: str | None = None, **attributes: str) -> etree._Element:
    element = etree.SubElement(parent, f"{{{ATOM}}}{name}", {k: _clean(v) for k, v in attributes.items()})
    element.text = None if text is None else _clean(text)
    return element


def _plain(parent: etree._Element, name: str, text: str) -> etree._Element:
    element = etree.SubElement(parent, name)
    element.text = _clean(text)
    return element


def _clean(text: str) -> str:
    """Without what XML cannot hold."""
    return _NOT_XML.sub("", text)


def _rfc3339(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _rfc822(at: datetime) -> str:
    return format_datetime(at.astimezone(UTC))
