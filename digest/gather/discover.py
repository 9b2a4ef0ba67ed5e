"""From what somebody types to the feeds behind it: the page itself, its `<link rel=alternate>`, links that
look like feeds, then the usual places. Whether a body is a feed is asked of whoever knows (`IsFeed`).

Only addresses the guard accepts come out, so a page can suggest no file and no inner network.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Literal
from urllib.parse import urljoin, urlsplit

from digest.errors import FetchError
from digest.gather.document import Document
from digest.net.client import Client, Response

#: a feed's title, "" for a feed without one, None for anything else
IsFeed = Callable[[Document], Awaitable[str | None]]

FEED_TYPES = frozenset(
    ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml",
     "application/xml", "text/xml", "application/json")
)  # fmt: skip
#: where blog engines put it: WordPress, Hugo, Pelican, Jekyll, Ghost, Blogger, Drupal, JSON Feed
WELL_KNOWN = (
    "/feed", "/rss.xml", "/atom.xml", "/index.xml", "/feed.xml", "/feeds/all.atom.xml", "/rss", "/feed/",
    "/rss/", "/feeds/posts/default", "/feed.json", "/?feed=rss2",
)  # fmt: skip
#: links tried when nothing is announced
MAX_ANCHORS = 8
MAX_CANDIDATES = 20
#: of a page this much is read: html.parser takes quadratic time on some broken ones
MAX_PAGE_CHARS = 300_000

_LOOKS_LIKE_FEED = re.compile(r"(?:^|[/._?=&-])(?:rss2?|atom|feeds?|rdf)(?:$|[/._?=&-])", re.IGNORECASE)
_COMMENTS = re.compile(r"comment", re.IGNORECASE)
_CHARSET = re.compile(r"""charset\s*=\s*["']?\s*([\w.:-]+)""", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A feed, or what a page calls one."""

    url: str
    #: the feed's or the link's title; None: it has none
    title: str | None
    #: how it was found: the address itself, announced by the page, linked from it, or guessed. All but
    #: "link" were fetched and are feeds
    kind: Literal["itself", "link", "anchor", "guess"]


def normalise_typed(text: str) -> str:
    """What people type as an address: "planet.python.org", "//x.org/feed", "feed://x.org", "<https://x.org>"."""
    text = text.strip().strip("<>\"'").strip()
    text = re.sub(r"^feed:(?://)?(?=https?://)", "", text, flags=re.IGNORECASE)
    text = re.sub(r"^(?:feed:)?//", "https://", text, flags=re.IGNORECASE)
    if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*://", text):
        return text
    # "localhost:8099/x" has a port, "mailto:a@b" a scheme: only the first is followed by digits
    if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:(?![0-9]+(?:[/?#]|$))", text):
        return text
    return f"https://{text}"


async def discover(client: Client, url: str, is_feed: IsFeed) -> tuple[Candidate, ...]:
    """The feeds of the site at `url`, best first; empty when none is found. Raises FetchError or Refused when
    the address itself cannot be fetched."""
    url = normalise_typed(url)
    response = await client.get(url)
    if response.status != 200:
        raise FetchError(f"{urlsplit(response.url).netloc} answered {response.status}", kind="status")
    title = await is_feed(_document(response))
    if title is not None:
        # as typed: it may hold the password the feed needs
        return (Candidate(url=url, title=title.strip() or None, kind="itself"),)
    page = read_page(response.body, response.header("content-type"), response.url)
    links = tuple(link for link in page.links if client.permits(link.url))
    if links:
        return links[:MAX_CANDIDATES]
    anchors = [address for address in page.anchors if client.permits(address)][:MAX_ANCHORS]
    found = await _try(client, anchors, is_feed, kind="anchor", first_only=False)
    if found:
        return found
    return await _try(client, _guesses(response.url), is_feed, kind="guess", first_only=True)


async def _try(
    client: Client,
    addresses: Iterable[str],
    is_feed: IsFeed,
    *,
    kind: Literal["anchor", "guess"],
    first_only: bool,
) -> tuple[Candidate, ...]:
    """Those that are feeds, one request after another: it is one host we ask."""
    found: dict[str, Candidate] = {}
    for address in addresses:
        try:
            response = await client.get(address)
        except FetchError:
            continue
        if response.status != 200 or response.url in found:
            continue
        title = await is_feed(_document(response))
        if title is not None:
            found[response.url] = Candidate(url=response.url, title=title.strip() or None, kind=kind)
            if first_only:
                break
    return tuple(found.values())


def _guesses(url: str) -> list[str]:
    """The usual places: beside the page first (a blog under a path), then at the root."""
    beside = urljoin(url, ".").rstrip("/")
    root = urljoin(url, "/").rstrip("/")
    return list(dict.fromkeys(f"{place}{path}" for place in (beside, root) for path in WELL_KNOWN))


def _document(response: Response) -> Document:
    return Document(body=response.body, address=response.url, content_type=response.header("content-type"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What an HTML page says of feeds. Addresses are absolute, in order, each once."""

    links: tuple[Candidate, ...]
    anchors: tuple[str, ...]


def read_page(body: bytes, content_type: str | None, url: str) -> Page:
    """Read a page however broken. Feeds of comments come last: hardly anybody means them."""
    collector = _Collector()
    collector.feed(_text(body, content_type)[:MAX_PAGE_CHARS])
    base = _join(url, collector.base) or url
    links: dict[str, Candidate] = {}
    for href, title in collector.links:
        address = _join(base, href)
        if address is not None:
            links.setdefault(address, Candidate(url=address, title=title, kind="link"))
    anchors = (_join(base, href) for href in collector.anchors)
    return Page(
        links=tuple(sorted(links.values(), key=_is_of_comments)),
        anchors=tuple(dict.fromkeys(sorted((each for each in anchors if each), key=_is_of_comments))),
    )


def _is_of_comments(found: Candidate | str) -> bool:
    text = found if isinstance(found, str) else f"{urlsplit(found.url).path} {found.title or ''}"
    return _COMMENTS.search(text) is not None


def _text(body: bytes, content_type: str | None) -> str:
    declared = _CHARSET.search(content_type or "") or _CHARSET.search(body[:2048].decode("latin-1"))
    try:
        return body.decode(declared[1] if declared else "utf-8", "replace")
    except (LookupError, ValueError):
        return body.decode("utf-8", "replace")


def _join(base: str, href: str) -> str | None:
    """The absolute http(s) address without its fragment, or None."""
    try:
        address = urljoin(base, href.strip()).partition("#")[0]
        parts = urlsplit(address)
    except ValueError:
        return None
    return address if parts.scheme in ("http", "https") and parts.hostname else None


class _Collector(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.base = ""
        self.links: list[tuple[str, str | None]] = []
        self.anchors: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # of a repeated attribute the first counts (HTML)
        said = {name: value or "" for name, value in reversed(attrs)}
        href = said.get("href", "")
        if tag == "base" and href and not self.base:
            self.base = href
        elif tag == "link" and href and _announces(said):
            self.links.append((href, said.get("title", "").strip() or None))
        elif tag == "a" and href and (_looks_like_feed(href) or _announces(said)):
            self.anchors.append(href)


def _announces(said: dict[str, str]) -> bool:
    """rel=alternate with a feed's type. WordPress announces its REST API just so: JSON that is no feed."""
    if "alternate" not in said.get("rel", "").lower().split():
        return False
    kind = said.get("type", "").partition(";")[0].strip().lower()
    return kind in FEED_TYPES and "/wp-json/" not in said["href"] and "oembed" not in kind


def _looks_like_feed(href: str) -> bool:
    try:
        parts = urlsplit(href)
    except ValueError:
        return False
    return _LOOKS_LIKE_FEED.search(f"{parts.path}?{parts.query}") is not None
