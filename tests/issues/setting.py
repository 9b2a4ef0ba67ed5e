"""Stories, and whole issues of them as finished mails: through the real galley, cut and plate.

The nonce, the tokens and the instants are fixed, so the same stories give the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from html import escape

from digest.compose.headers import Addressee
from digest.compose.lines import isolate
from digest.compose.message import plate
from digest.compose.paper import Paper, SourceName
from digest.gather.document import Document, ParsedFeed
from digest.gather.read import read
from digest.model import (
    Card,
    Content,
    DeliveryId,
    Entry,
    EntryId,
    EntryState,
    IssueId,
    Seq,
    SourceId,
    Story,
    StoryId,
    TopicRule,
)
from digest.sort.sections import arrange
from tests import papers
from tests.issues.texts import sentences

#: readers' own secrets, as long and as mixed as real ones; they open nothing
ADDRESSEE = Addressee(
    address="reader@example.net",
    delivery_id=DeliveryId(5),
    unsubscribe_token="uR4t0vXk9Qm2ZbL7sYc1WnE8dHf5GjA3pKx6",
    wishes_token="wT8yB3nVq5Lz1CkS7dMh2XfJ9rPg4EaU6oRi",
    unsubscribe_local="u.q3k7v9x2m5c8b1n4z6l0j",
)


def paper(*sources: str, topics: Sequence[str] = (), **more: object) -> Paper:
    """The weekly paper of these sources, with a page for each issue."""
    names = {
        SourceId(number): SourceName(
            slug=re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or f"source-{number}",
            title=isolate(title),
            site_url=f"https://source-{number}.example.org/",
        )
        for number, title in enumerate(sources, start=1)
    }
    known = {slug: title for slug, title in papers.PAPER.topics.items() if slug in topics}
    given = {"followed": len(names), "web_url": f"{papers.PAPER.site_url}/issues/weekly/12.html", **more}
    return replace(papers.PAPER, sources=names, topics=known, **given)  # type: ignore[arg-type]


def content(title: str, body: str = "", *, language: str, at: int = 1, **more: object) -> Content:
    """What a publisher of a made-up story wrote: `body` as HTML, or a few of our sentences."""
    body = body or f"<p>{sentences(language, at, 3)}</p>"
    told = " ".join(re.sub(r"<[^>]+>", " ", body).split())
    given: dict[str, object] = {
        "title": title,
        "link": f"https://source.example.org/{language}/{at}",
        "text": told,
        "content_html": body,
        "language": language,
        **more,
    }
    return Content(**given)  # type: ignore[arg-type]


def story(
    id: int, given: Content, *, source: int = 1, twins: Iterable[int] = (), topics: Sequence[str] = ()
) -> Story:
    """A story of that content, the same in each source of `twins`."""
    entries = tuple(
        Entry(
            id=EntryId(id * 10 + at),
            source_id=SourceId(number),
            guid=f"{id}/{at}",
            content=given,
            dated_at=papers.NOW - timedelta(hours=5 * id),
            first_seen_at=papers.NOW,
            changed_at=papers.NOW,
            state=EntryState.RELEASED,
            seq=Seq(id * 10 + at),
            released_at=papers.NOW,
            language=given.language,
            topics=tuple(TopicRule(topic=topic, rule="source") for topic in topics),
            story_id=StoryId(id),
        )
        for at, number in enumerate((source, *twins))
    )
    return Story(id=StoryId(id), entries=entries, origin_id=entries[0].id)


def as_read(title: str, body: str, *, at: int = 1, language: str = "en") -> Content:
    """What our reader makes of an Atom entry of that title and body, which may be anything."""
    feed = (
        '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom">'
        f'<title>A source</title><id>urn:x:1</id><entry xml:lang="{language}">'
        f'<title type="html">{escape(title)}</title><id>urn:x:{at}</id>'
        f'<link href="https://source.example.org/read/{at}"/><updated>2026-11-20T09:00:00Z</updated>'
        f'<content type="html">{escape(body)}</content></entry></feed>'
    )
    found = read(Document(body=feed.encode("utf-8", "replace"), address="https://source.example.org/feed"))
    assert isinstance(found, ParsedFeed), found
    return found.entries[0].content


def cards(stories: Iterable[Story], of: Paper) -> list[Card]:
    return [
        Card(
            story=each.id,
            seq=max(entry.seq for entry in each.entries if entry.seq is not None),
            dated_at=each.origin.dated_at,
            source=of.sources[each.origin.source_id].slug,
            topics=tuple(rule.topic for rule in each.origin.topics),
        )
        for each in stories
    ]


def issue(of: Paper, stories: Sequence[Story], **more: object) -> bytes:
    """The finished message for one reader who wants all of it."""
    galley = papers.Galley.of(stories, of)
    chosen = arrange(cards(stories, of), group_by=of.group_by, topics=tuple(of.topics))
    ready = plate(galley.cut(chosen, **more).edition(IssueId(7)), galley.fragments)
    heading = replace(papers.HEADING, list_title=of.list_title)
    return ready.message(heading, ADDRESSEE, dated_at=papers.NOW)


def fixed(text: str, n: int) -> int:
    """A number below `n` that a text alone decides."""
    return int.from_bytes(sha256(text.encode()).digest()[:4], "big") % n
