"""Stories as templates see them: every label said, every date in the site's zone, nothing to decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from digest.compose.blocks import set_blocks
from digest.compose.content import body_html, links_of
from digest.compose.excerpt import excerpt
from digest.compose.images import images_of, small_html
from digest.compose.lines import clip, isolate, reading_words
from digest.compose.paper import FORMS, Paper, Show, SourceName, place_names
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
#: cells of a title; publishers write some of a thousand (mail D8)
TITLE_WIDTH = 100


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
    #: one running line, and one for each thing it lists
    excerpt: tuple[str, ...]
    #: the first picture, small, above the excerpt; empty unless the list shows pictures
    picture: Markup
    #: the whole content for a story at each heading level; empty unless the list shows it
    bodies: Mapping[int, Markup]
    #: the whole text, set in lines, and where it links to; empty unless the list shows it
    text: str
    links: tuple[str, ...]

    def body(self, level: int) -> Markup:
        return self.bodies.get(level, Markup(""))


def story_view(story: Story, paper: Paper) -> StoryView:
    """The story, by the entry it was copied from (design §3: shown, and credited)."""
    shown, words = story.origin, paper.words
    content = shown.content
    authors = [isolate(author) for author in content.authors[:3]]
    whole = whole_of(shown, paper)
    levels = {place.level for place in place_names(story, paper)}
    lang = shown.language or content.language or paper.language
    return StoryView(
        id=story.id,
        title=title_of(shown),
        link=content.link,
        lang=lang,
        dir="rtl" if right_to_left(lang) else "ltr",
        source=paper.sources[shown.source_id],
        published=words.published(shown.dated_at),
        authors=words.say("by {authors}", authors=words.join(authors)) if authors else "",
        credit=_credit(story, shown, paper),
        excerpt=tuple(excerpt(content.text).split("\n")) if content.text else (),
        picture=_picture(shown, paper),
        bodies={
            level: Markup(
                body_html(
                    whole,
                    level=level,
                    link=content.link,
                    words=words,
                    prefix=f"s{story.id}-",
                    pictures=paper.pictures,
                )
            )
            for level in (levels if whole else ())
        },
        text=set_blocks(whole) if whole else "",
        links=links_of(whole) if whole else (),
    )


def title_of(entry: Entry) -> str:
    """The title as we show it: cut at a word, and set apart where it runs from right to left."""
    return isolate(clip(entry.content.title, TITLE_WIDTH))


def whole_of(entry: Entry, paper: Paper) -> str:
    """The content of an entry that is shown whole; "" where an excerpt stands for it."""
    return html_of(entry) if paper.show == "full" else ""


def html_of(entry: Entry) -> str:
    """The content of an entry, "" where it is longer than any issue."""
    whole = entry.content.content_html or entry.content.summary_html
    return whole if len(whole) <= LONGEST_BODY else ""


def words_of(entry: Entry, paper: Paper) -> Mapping[str, int]:
    """How many words each form gives to read."""
    title = reading_words(entry.content.title)
    parts = {"meta": 0, "excerpt": reading_words(excerpt(entry.content.text))}
    parts["body"] = reading_words(entry.content.text) if whole_of(entry, paper) else parts["excerpt"]
    return {form: title + sum(map(parts.__getitem__, SHOWN.get((paper.show, form), ()))) for form in FORMS}


def _picture(shown: Entry, paper: Paper) -> Markup:
    if paper.show != "summary" or not paper.pictures:
        return Markup("")
    first = next(iter(images_of(html_of(shown))), None)
    found = paper.pictures.get(first.address) if first else None
    return Markup(small_html(found, first.alt, shown.content.link)) if first and found else Markup("")


def _credit(story: Story, shown: Entry, paper: Paper) -> str:
    words = paper.words
    parts = []
    if shown.content.origin is not None:
        parts.append(words.say("from {origin}", origin=isolate(shown.content.origin.title)))
    others = {entry.source_id for entry in story.entries} - {shown.source_id}
    if others:
        names = sorted(paper.sources[other].title for other in others)
        parts.append(words.say("also in {sources}", sources=words.join(names)))
    return ", ".join(parts)
