"""JSON Feed 1.0 and 1.1 (https://jsonfeed.org) to entries. Knows the format, on the standard library's json.

Lenient where publishers err: numbers and objects as ids, one author or many, unknown members ignored.
"""

from __future__ import annotations

import json
from typing import Any

from digest.gather.dates import parse_date
from digest.gather.document import ParsedEntry, ParsedFeed, Unreadable
from digest.gather.draft import Around, Body, Draft, finish, language_tag, names
from digest.gather.links import absolute
from digest.gather.plain import one_line

Members = dict[str, Any]


def read_json(
    text: str, address: str, *, fault: str | None = None, most: int = 10_000
) -> ParsedFeed | Unreadable:
    """The feed in `text`; `fault` is what its bytes have already been found guilty of."""
    try:
        feed = json.loads(text)
    except RecursionError:
        return Unreadable(kind="unreadable", words="it is JSON nested deeper than any feed")
    except ValueError as error:
        return Unreadable(kind="unreadable", words=f"it is broken JSON: {error}")
    if not isinstance(feed, dict) or not isinstance(feed.get("items"), list):
        return Unreadable(kind="unreadable", words="it is JSON, but no JSON Feed: it has no list of items")
    if "jsonfeed.org/version/" not in _text(feed.get("version")):
        if "title" not in feed:
            return Unreadable(kind="unreadable", words="it is JSON, but no JSON Feed: it names no version")
        fault = fault or "it names no JSON Feed version"
    site_url = absolute(_text(feed.get("home_page_url")), address)
    around = Around(
        address=address,
        site_url=site_url,
        language=language_tag(_text(feed.get("language"))),
        authors=names(_authors(feed)),
    )
    items = [item for item in feed["items"] if isinstance(item, dict)]
    entries = tuple(entry for item in items[:most] if (entry := _entry(item, around)) is not None)
    if len(items) > most:
        fault = fault or f"it has {len(items)} entries, of which the first {most} are read"
    elif len(entries) < len(feed["items"]):
        fault = fault or f"{len(feed['items']) - len(entries)} of its items say nothing"
    return ParsedFeed(
        title=one_line(_text(feed.get("title"))) or None,
        site_url=site_url,
        language=around.language,
        ttl=None,
        malformed=fault is not None,
        fault=fault,
        entries=entries,
    )


def _entry(item: Members, around: Around) -> ParsedEntry | None:
    html, plain = _text(item.get("content_html")), _text(item.get("content_text"))
    body = Body(value=html) if html.strip() else Body(value=plain, plain=True)
    summary = _text(item.get("summary"))
    return finish(
        Draft(
            guid=_identity(item.get("id")),
            title=Body(value=_text(item.get("title")), plain=True),
            link=_text(item.get("url")) or _text(item.get("external_url")) or None,
            enclosures=tuple(_text(each.get("url")) for each in _objects(item.get("attachments"))),
            bodies=(body,),
            summary=Body(value=summary, plain=True) if summary else None,
            authors=_authors(item),
            language=_text(item.get("language")) or None,
            categories=tuple(tag for tag in _list(item.get("tags")) if isinstance(tag, str)),
            published_at=parse_date(_text(item.get("date_published"))),
            updated_at=parse_date(_text(item.get("date_modified"))),
        ),
        around,
    )


def _identity(value: object) -> str | None:
    """The id as text; objects and lists, which some tools write, in one settled spelling."""
    if value is None or isinstance(value, str):
        return value
    try:
        return json.dumps(value, sort_keys=True, ensure_ascii=False)
    except (ValueError, RecursionError):
        return None


def _authors(holder: Members) -> tuple[str, ...]:
    """1.1 says `authors`, 1.0 `author`."""
    people = _objects(holder.get("authors")) or _objects([holder.get("author")])
    return tuple(_text(person.get("name")) for person in people)


def _objects(value: object) -> list[Members]:
    return [each for each in _list(value) if isinstance(each, dict)]


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
