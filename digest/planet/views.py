"""What the planet's templates see: stories, sources, links of ours. Every label said, nothing to decide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from digest.compose.content import body_html, links_of
from digest.compose.excerpt import excerpt
from digest.compose.paper import SourceName, source_name
from digest.model import Entry, Source, SourceId, short
from digest.net.guard import redact
from digest.press.templates import Markup
from digest.press.words import Words, right_to_left
from digest.settings import Settings, in_language


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryView:
    """One story as pages and feeds show it."""

    #: the entry shown
    entry: Entry
    title: str
    #: http(s), or None: then the title is not a link
    link: str | None
    #: BCP 47
    lang: str
    #: "ltr" or "rtl"
    dir: str
    source: SourceName
    #: "Publié le 2016-09-16 11:34:00", and the same for machines
    published: str
    machine: str
    #: "by Anne and Bob", "" when nobody is named
    authors: str
    #: "from Afpy", "also in Planet Python", or ""
    credit: str
    excerpt: str
    body: Markup
    #: the whole text in paragraphs, and where it links to, for plain text
    paragraphs: tuple[str, ...]
    links: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceView:
    """A source at the side. The stamps change with every night, so only the front page shows them."""

    slug: str
    title: str
    #: http(s), or None
    site_url: str | None
    #: the address we fetch without its login; None for a file beside digest.toml
    feed_url: str | None
    topics: tuple[str, ...]
    #: in words; "" where it never was
    succeeded: str
    news: str
    failing: str


class Viewer:
    """Looks at stories in one language."""

    def __init__(self, settings: Settings, sources: Iterable[Source], words: Words) -> None:
        self.words = words
        self._settings = settings
        self._sources = {source.id: source for source in sources}
        self._names = {id: source_name(source, settings) for id, source in self._sources.items()}

    def story(self, shown: Entry, others: Iterable[Entry], *, level: int) -> StoryView:
        """A story under a heading of `level`; `others` are its twins that readers may find too."""
        words, content = self.words, shown.content
        lang = shown.language or content.language or words.language
        whole = content.content_html or content.summary_html
        by = words.join(content.authors[:3])
        source = self._names[shown.source_id]
        return StoryView(
            entry=shown,
            title=content.title,
            link=content.link,
            lang=lang,
            dir="rtl" if right_to_left(lang) else "ltr",
            source=source,
            published=words.say("Published on {stamp}", stamp=words.stamp(shown.dated_at)),
            machine=shown.dated_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            authors=words.say("by {authors}", authors=by) if by not in ("", source.title) else "",
            credit=self._credit(shown, others),
            excerpt=excerpt(content.text),
            body=Markup(
                body_html(whole, level=level, link=content.link, words=words, prefix=f"{short(shown.id)}-")
            ),
            paragraphs=_paragraphs(content.text),
            links=links_of(whole),
        )

    def source(self, slug: str, newest: Mapping[SourceId, datetime]) -> SourceView | None:
        """A configured source, and the date of its newest story; None before it has a row."""
        source = next((each for each in self._sources.values() if each.slug == slug), None)
        configured = self._settings.source(slug)
        if source is None or configured is None:
            return None
        name, words = self._names[source.id], self.words
        return SourceView(
            slug=slug,
            title=name.title,
            site_url=name.site_url,
            feed_url=feed_url(source),
            topics=configured.topics,
            succeeded=words.say("Last success: {stamp}", stamp=self._minute(source.succeeded_at))
            if source.succeeded_at
            else "",
            news=words.say("Last story: {stamp}", stamp=self._minute(newest[source.id]))
            if source.id in newest
            else "",
            failing=words.say("Failing since {stamp}", stamp=self._minute(source.failing_since_at))
            if source.failing_since_at
            else "",
        )

    def name(self, id: SourceId) -> str:
        return self._names[id].title

    def _minute(self, at: datetime) -> str:
        return self.words.stamp(at)[: len("2016-09-16 11:34")]

    def _credit(self, shown: Entry, others: Iterable[Entry]) -> str:
        words, parts = self.words, []
        if shown.content.origin is not None:
            parts.append(words.say("from {origin}", origin=shown.content.origin.title))
        names = {self._names[other.source_id].title for other in others if other.source_id != shown.source_id}
        if names:
            parts.append(words.say("also in {sources}", sources=words.join(sorted(names))))
        return ", ".join(parts)


def feed_url(source: Source) -> str | None:
    """The feed's address as the world may see it: no login, and no path on our disk."""
    return redact(source.address) if urlsplit(source.address).scheme in ("http", "https") else None


def topic_titles(settings: Settings, words: Words) -> Mapping[str, str]:
    """Titles by slug, in the order of the file."""
    return {topic.slug: in_language(topic.title, words.language) for topic in settings.topics}


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(joined for block in text.split("\n\n") if (joined := " ".join(block.split())))
