"""Stories as templates see them: every label said, every date in the site's zone, nothing to decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from digest.compose.content import body_html, excerpt, links_of
from digest.compose.paper import Paper, Show, SourceName, place_names
from digest.model import Entry, Story
from digest.press.templates import Markup
from digest.press.words import right_to_left

#: what each form holds besides its linked title, by the list's `show`
SHOWN: Mapping[tuple[Show, str], frozenset[str]] = MappingProxyType(
    {
        ("summary", "full"): frozenset({"meta", "excerpt"}),
        ("summary", "brief"): frozenset({"meta"}),
        ("full", "full"): frozenset({"meta", "body"}),
        ("full", "brief"): frozenset({"meta", "excerpt"}),
        ("title", "full"): frozenset({"meta"}),
    }
)
#: a content longer than this could never be shown whole (design §3.4): its excerpt stands for it
LONGEST_BODY = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryView:
    """One story for the templates."""

    id: int
    title: str
    #: http(s), or None: then the title is not a link
    link: str | None
    #: BCP 47
    lang: str
    #: "ltr" or "rtl"
    dir: str
    source: SourceName
    #: "Published on September 16, 2016 at 11:34 AM"
    published: str
    #: "by Anne and Bob", "" when nobody is named
    authors: str
    #: "from Afpy", "also in Planet Python", or ""
    credit: str
    excerpt: str
    #: the whole content for a story at each heading level; empty unless the list shows it
    bodies: Mapping[int, Markup]
    #: the whole text in paragraphs, and where it links to; empty unless the list shows it
    paragraphs: tuple[str, ...]
    links: tuple[str, ...]

    def body(self, level: int) -> Markup:
        return self.bodies.get(level, Markup(""))


def story_view(story: Story, paper: Paper) -> StoryView:
    """The story, by the entry it was copied from (design §3: shown, and credited)."""
    shown, words = story.origin, paper.words
    content = shown.content
    whole = content.content_html or content.summary_html
    full = paper.show == "full" and 0 < len(whole) <= LONGEST_BODY
    levels = {place.level for place in place_names(story, paper)}
    lang = shown.language or content.language or paper.language
    return StoryView(
        id=story.id,
        title=content.title,
        link=content.link,
        lang=lang,
        dir="rtl" if right_to_left(lang) else "ltr",
        source=paper.sources[shown.source_id],
        published=words.published(shown.dated_at),
        authors=words.say("by {authors}", authors=words.join(content.authors[:3])) if content.authors else "",
        credit=_credit(story, shown, paper),
        excerpt=excerpt(content.text),
        bodies={
            level: Markup(body_html(whole, level=level, link=content.link, words=words))
            for level in (levels if full else ())
        },
        paragraphs=_paragraphs(content.text) if full else (),
        links=links_of(whole) if full else (),
    )


def _credit(story: Story, shown: Entry, paper: Paper) -> str:
    words = paper.words
    parts = []
    if shown.content.origin is not None:
        parts.append(words.say("from {origin}", origin=shown.content.origin.title))
    others = {entry.source_id for entry in story.entries} - {shown.source_id}
    if others:
        names = sorted(paper.sources[other].title for other in others)
        parts.append(words.say("also in {sources}", sources=words.join(names)))
    return ", ".join(parts)


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(joined for block in text.split("\n\n") if (joined := " ".join(block.split())))
