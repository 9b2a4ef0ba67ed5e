"""One document to a feed, or to the reason why it is none (gather P1–P11). The only home of feedparser.

feedparser is given UTF-8 bytes in memory and nothing else: handed a `str` it may open an address or a
file. It parses; cleaning, resolving and decoding are ours (`clean`, `links`, `charset`).
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import feedparser
import feedparser.api

from digest.gather.charset import decode
from digest.gather.dates import parse_date
from digest.gather.document import Document, ParsedEntry, ParsedFeed, Read, Unreadable
from digest.gather.draft import Around, Body, Draft, finish, language_tag, names, origin_of
from digest.gather.jsonfeed import read_json
from digest.gather.links import absolute
from digest.gather.plain import one_line
from digest.gather.prolog import Prolog, foreign, not_a_feed, prepared
from digest.model import Origin

# libxml2's driver opens the files a DOCTYPE names (feedparser#107); expat as Python sets it up does not.
feedparser.api.PREFERRED_XML_PARSERS = ["digest.gather.sax"]

_C1 = re.compile("[\x80-\x9f]")


class _Text(str):
    """A text for feedparser, which maps every character of it through a dict for the sake of those that are
    windows-1252 by mistake: a fifth of all reading time (2.4 ms of 10.5 for a feed of 90 KB with accents).
    Hardly any text has one; the others are what the mapping would make of them already."""

    __slots__ = ()

    def translate(self, table: Any) -> str:
        return super().translate(table) if _C1.search(self) else str(self)


class _StrictParser(feedparser.api.StrictFeedParser):  # type: ignore[misc]  # made by a call of `type`
    @staticmethod
    def decode_entities(element: str, data: str) -> str:  # noqa: ARG004 - feedparser's signature
        """The last step on a text that feedparser leaves to its parsers. Here it has nothing to decode."""
        return data if data.isascii() else _Text(data)


feedparser.api.StrictFeedParser = _StrictParser

#: no feed a person follows is longer; each entry costs us a row and a hash
MAX_ENTRIES = 10_000
MAX_TTL = timedelta(days=31)

_HEADERS = {"content-type": "application/xml; charset=utf-8"}
_HTML = ("text/html", "application/xhtml+xml")
_OPENED = re.compile(r"<(?:\w+:)?(?:item|entry)[\s>]", re.IGNORECASE)
_CLOSED = re.compile(r"</(?:\w+:)?(?:item|entry)\s*>", re.IGNORECASE)
_PERIODS = {"hourly": 1, "daily": 24, "weekly": 24 * 7, "monthly": 24 * 30, "yearly": 24 * 365}

Item = dict[str, Any]


def read(document: Document) -> Read:
    """The feed in `document`. Never raises for what a document holds; MemoryError is the worker's."""
    other = foreign(document.body)
    if other is not None:
        return other
    decoded = decode(document.body, document.content_type)
    if decoded.text.lstrip("\ufeff \t\r\n").startswith("{"):
        text = decoded.text.lstrip("\ufeff \t\r\n")
        return read_json(text, document.address, fault=decoded.fault, most=MAX_ENTRIES)
    prolog = prepared(decoded.text)
    if isinstance(prolog, Unreadable):
        return prolog
    return _read_xml(prolog, document.address, decoded.fault or prolog.fault)


def _read_xml(prolog: Prolog, address: str, fault: str | None) -> Read:
    text = prolog.text
    try:
        result = feedparser.parse(
            io.BytesIO(text.encode("utf-8", "replace")),
            response_headers=_HEADERS,
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - feedparser lets through whatever its loose parser stumbles on
        return Unreadable(kind="unreadable", words=f"it cannot be parsed: {type(error).__name__}: {error}")
    items: list[Item] = result["entries"]
    if not items and not _at(result, "version"):
        return not_a_feed(text)
    if result["bozo"]:
        fault = fault or _in_words(_at(result, "bozo_exception"))
        if items and _is_cut_off(text) and not _whole_enough(items[-1]):
            items = items[:-1]
    return _feed(result["feed"], items, address, atom=str(result["version"]).startswith("atom"), fault=fault)


def _feed(feed: Item, items: list[Item], address: str, *, atom: bool, fault: str | None) -> ParsedFeed:
    site_url = absolute(_str(feed, "link"), address)
    around = Around(
        address=address,
        site_url=site_url,
        language=language_tag(_str(feed, "language")),
        # RFC 4287 §4.2.1: the feed's author is that of its entries; RSS's managingEditor is not.
        authors=names(_people(feed)) if atom else (),
    )
    entries: list[ParsedEntry] = []
    for item in items[:MAX_ENTRIES]:
        entry = finish(_draft(item), around)
        if entry is not None:
            entries.append(entry)
    if len(items) > MAX_ENTRIES:
        fault = fault or f"it has {len(items)} entries, of which the first {MAX_ENTRIES} are read"
    elif len(entries) < len(items):
        fault = fault or f"{len(items) - len(entries)} of its entries say nothing"
    title = _body(feed, "title")
    return ParsedFeed(
        title=(one_line(title.value, html=not title.plain) if title else "") or None,
        site_url=site_url,
        language=around.language,
        ttl=_ttl(feed),
        malformed=fault is not None,
        fault=fault,
        entries=tuple(entries),
    )


def _draft(item: Item) -> Draft:
    bodies = tuple(body for detail in _dicts(_at(item, "content")) if (body := _as_body(detail)))
    summary = _body(item, "summary")
    if summary is not None and "summary_detail" not in item and bodies:
        summary = None  # feedparser's copy of the content
    source = _at(item, "source")
    return Draft(
        guid=_str(item, "id"),
        title=_body(item, "title"),
        link=_link(item),
        enclosures=_enclosures(item),
        bodies=bodies,
        summary=summary,
        authors=_people(item) or (_people(source) if isinstance(source, dict) else ()),
        language=_language(item),
        categories=_categories(item),
        origin=_origin(source) if isinstance(source, dict) else None,
        published_at=parse_date(_str(item, "published"), parsed=_at(item, "published_parsed"))
        or parse_date(_str(item, "created"), parsed=_at(item, "created_parsed")),
        updated_at=parse_date(_str(item, "updated"), parsed=_at(item, "updated_parsed")),
    )


def _body(holder: Item, key: str) -> Body | None:
    detail = _at(holder, f"{key}_detail")
    if isinstance(detail, dict):
        return _as_body(detail)
    value = _str(holder, key)
    return Body(value=value) if value else None


def _as_body(detail: Item) -> Body | None:
    """None for what is no text: pictures in base64, foreign XML."""
    value, kind = _at(detail, "value"), str(_at(detail, "type") or "text/html").partition(";")[0].strip()
    if not isinstance(value, str) or not (kind in _HTML or kind.startswith("text/") or "/" not in kind):
        return None
    return Body(value=value, plain=kind not in _HTML, base=_at(detail, "base") or None)


def _link(item: Item) -> str | None:
    """FeedBurner's redirects say where they lead; that address is the entry's."""
    original = absolute(_str(item, "feedburner_origlink"))
    if original:
        return original
    alternates = (_at(link, "href") for link in _dicts(_at(item, "links")) if _at(link, "rel") == "alternate")
    return _str(item, "link") or next((href for href in alternates if isinstance(href, str) and href), None)


def _enclosures(item: Item) -> tuple[str, ...]:
    found = [_at(link, "href") for link in _dicts(_at(item, "links")) if _at(link, "rel") == "enclosure"]
    found += [_at(each, "url") for each in _dicts(_at(item, "media_content"))]
    return tuple(href for href in found if isinstance(href, str))


def _people(holder: Item) -> tuple[str, ...]:
    people = [_at(person, "name") for person in _dicts(_at(holder, "authors"))]
    found = tuple(name for name in people if isinstance(name, str) and name)
    author = _str(holder, "author")
    return found or ((author,) if author else ())


def _language(item: Item) -> str | None:
    """The entry's own dc:language, else xml:lang of its texts, which inherit it."""
    if (own := _str(item, "language")) is not None:
        return own
    details = (*_dicts(_at(item, "content")), _at(item, "summary_detail"), _at(item, "title_detail"))
    for detail in details:
        if isinstance(detail, dict) and isinstance(_at(detail, "language"), str):
            return str(detail["language"])
    return None


def _categories(item: Item) -> tuple[str, ...]:
    """Labels for people. Blogger's "http://schemas.google.com/…#post" kinds are none."""
    found = (_at(tag, "label") or _at(tag, "term") for tag in _dicts(_at(item, "tags")))
    return tuple(label for label in found if isinstance(label, str) and "://" not in label)


def _origin(source: Item) -> Origin | None:
    detail = _at(source, "title_detail")
    selves = [_at(link, "href") for link in _dicts(_at(source, "links"))]
    url = _str(source, "link") or _str(source, "href") or next((href for href in selves if href), None)
    html = isinstance(detail, dict) and _at(detail, "type") in _HTML
    return origin_of(_str(source, "title"), url, _str(source, "id"), html=html)


def _ttl(feed: Item) -> timedelta | None:
    """RSS `ttl` in minutes, or the syndication module's period."""
    minutes = (_str(feed, "ttl") or "").strip()
    if minutes.isdecimal() and int(minutes[:9]) > 0:
        return min(timedelta(minutes=int(minutes[:9])), MAX_TTL)
    hours = _PERIODS.get((_str(feed, "sy_updateperiod") or "").strip().lower())
    if hours is None:
        return None
    times = (_str(feed, "sy_updatefrequency") or "").strip()
    often = int(times[:6]) if times.isdecimal() and int(times[:6]) > 0 else 1
    return min(timedelta(hours=hours) / often, MAX_TTL)


def _is_cut_off(text: str) -> bool:
    """Whether the last entry is opened and never closed."""
    last = -1
    for match in _OPENED.finditer(text):
        last = match.start()
    return last >= 0 and not _CLOSED.search(text, last)


def _whole_enough(item: Item) -> bool:
    """An element the cut went through is not in `item`. With identity, title and a text it can stand;
    with less it would come again under another identity when the document is whole (gather P2)."""
    identity = _str(item, "id") or _str(item, "link")
    return bool(identity and _str(item, "title") and (_str(item, "summary") or _at(item, "content")))


def _in_words(error: object) -> str:
    line = getattr(error, "getLineNumber", lambda: None)()
    said = getattr(error, "getMessage", lambda: str(error))()
    if "out of memory" in said:
        raise MemoryError
    return f"its XML is broken: {said}" + (f", line {line}" if line else "")


def _at(holder: Item, key: str) -> Any:
    """Feedparser's dict answers for other keys than the one asked, and warns: look past it."""
    return dict.get(holder, key)


def _str(holder: Item, key: str) -> str | None:
    value = _at(holder, key)
    return value if isinstance(value, str) and value else None


def _dicts(value: object) -> Iterable[Item]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
