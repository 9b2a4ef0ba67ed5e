"""A galley laid out for cutting: sizes, ages and names looked up once, so that one cut costs little.

Built from stored fragments, so an issue frozen by a run that died is cut by the next one to the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from digest.compose.encode import full_size
from digest.compose.excerpt import excerpt
from digest.compose.paper import BACK, FORMS, TOP, Paper, Place, place_names, story_name
from digest.compose.views import title_of, words_of
from digest.model import Fragment, Story, StoryId
from digest.press.words import Words

#: enough for what an inbox shows
LEAD_WORDS = 14
FRAMES = ("head", "contents", "more", "foot")


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Encoded bytes with tokens at full length (never less than decoded)."""

    html: int
    text: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """A story at one place: each form's fragment, and its bytes of HTML. "" is left out, and takes none."""

    names: Mapping[str, str]
    sizes: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the cut must know of a story."""

    id: StoryId
    title: str
    #: slug of the source of the entry shown
    source: str
    #: the first words of it
    lead: str
    #: oldest first
    age: tuple[str, int]
    #: how it is set, by place
    settings: Mapping[Place, Settings]
    #: words to read, by form
    words: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One fragment of a frame, and the variable that stands before it."""

    fragment: str
    variable: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleyIndex:
    """One galley, ready to be cut as often as there are selections."""

    paper: Paper
    words: Words
    sizes: Mapping[str, Size]
    stories: Mapping[StoryId, Known]
    #: source slug -> title
    sources: Mapping[str, str]
    #: frame -> its runs in the HTML part, then in the text part
    frames: Mapping[str, tuple[Run, ...]]
    #: those set for the top, in their order
    pins: tuple[StoryId, ...]


def index_galley(paper: Paper, stories: Sequence[Story], fragments: Iterable[Fragment]) -> GalleyIndex:
    """The index of a galley, from its fragments in any order."""
    by_name = {fragment.name: fragment for fragment in fragments}
    sizes = {
        name: Size(html=full_size(each.html), text=full_size(each.text)) for name, each in by_name.items()
    }
    return GalleyIndex(
        paper=paper,
        words=paper.words,
        sizes=sizes,
        stories={story.id: _known(story, paper, sizes) for story in stories},
        sources={source.slug: source.title for source in paper.sources.values()},
        frames={frame: _runs(frame, by_name) for frame in FRAMES},
        # A story pinned after the galley was set has no place at its top.
        pins=tuple(id for id in paper.pins if story_name(id, "full", TOP) in sizes and _has_back(id, sizes)),
    )


def _has_back(id: StoryId, sizes: Mapping[str, Size]) -> bool:
    return story_name(id, BACK, TOP) in sizes


def _known(story: Story, paper: Paper, sizes: Mapping[str, Size]) -> Known:
    shown = story.origin
    return Known(
        id=story.id,
        title=title_of(shown),
        lead=excerpt(shown.content.text, words=LEAD_WORDS).replace("\n", " "),
        source=paper.sources[shown.source_id].slug,
        age=(shown.dated_at.isoformat(), story.seq),
        settings={
            place: _settings(story, place, sizes)
            for place in place_names(story, paper)
            if story_name(story.id, "full", place) in sizes
        },
        words=words_of(shown, paper),
    )


def _settings(story: Story, place: Place, sizes: Mapping[str, Size]) -> Settings:
    named = {form: story_name(story.id, form, place) for form in (*FORMS, BACK)}
    names = {form: name for form, name in named.items() if name in sizes}
    return Settings(names=names, sizes={"": 0, **{form: sizes[name].html for form, name in names.items()}})


def _runs(frame: str, by_name: Iterable[str]) -> tuple[Run, ...]:
    """`html/head/0`, `html/head/1/subject`… in order, then the same of the text part."""
    found: list[tuple[str, int, Run]] = []
    for name in by_name:
        part, _, rest = name.partition("/")
        whole, _, tail = rest.partition("/")
        if part not in ("html", "text") or whole != frame:
            continue
        number, _, variable = tail.partition("/")
        found.append((part, int(number or 0), Run(fragment=name, variable=variable or None)))
    return tuple(run for _, _, run in sorted(found, key=lambda each: each[:2]))
