"""A selection laid out: headings with their stories, pinned ones on top, shortened ones in brief. Pure.

A pinned story is one candidate: it stands at the top in whatever form fits, and leaves a line behind
where it would have stood.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from digest.compose.index import GalleyIndex, Known, Settings
from digest.compose.paper import BACK, BRIEF_CLOSE, BRIEF_OPEN, PINS_HEADING, TOP, Place, heading_name
from digest.compose.shrink import Candidate
from digest.model import Section, StoryId


class Line(NamedTuple):
    """A story under a heading."""

    #: place in the layout's candidates
    at: int
    #: its fragments by form
    names: Mapping[str, str]
    #: it stands at the top: here is one line that says so
    back: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """One heading and what stands straight under it."""

    heading: str
    #: place in the layout's headings
    number: int
    stories: list[Line] = field(default_factory=list)

    def set_in(self, forms: Sequence[str]) -> tuple[list[str], list[str]]:
        """The fragments of the stories shown in full, and of those in brief."""
        full: list[str] = []
        brief: list[str] = []
        for at, names, back in self.stories:
            form = forms[at]
            if back:
                brief += [names[BACK]] if form else []
            elif form == "full":
                full.append(names[form])
            elif form:
                brief.append(names[form])
        return full, brief


@dataclass(frozen=True, slots=True)
class Layout:
    """All of an edition between its contents and its foot."""

    blocks: list[Block] = field(default_factory=list)
    #: bytes of each heading
    headings: list[int] = field(default_factory=list)
    candidates: list[Candidate] = field(default_factory=list)

    def shown(self, forms: Sequence[str]) -> Iterator[Block]:
        """The headings that something stands under, straight or further down."""
        used = {heading for at, form in enumerate(forms) if form for heading in self.candidates[at].headings}
        return (block for block in self.blocks if block.number in used)

    def in_order(self, forms: Sequence[str]) -> Iterator[int]:
        """Every candidate once, as read: what is left out stands at the end of its heading."""
        is_whole = forms.count("full") == len(forms)
        for block in self.blocks:
            own = [at for at, _, back in block.stories if not back]
            yield from own if is_whole else sorted(own, key=lambda at: forms[at] != "full")


def lay_out(index: GalleyIndex, sections: Sequence[Section]) -> Layout:
    """The sections, after the pinned stories among them."""
    layout = Layout()
    wanted = {id for section in sections for id in section.all_stories}
    pins = [id for id in index.pins if id in wanted]
    places: dict[StoryId, int] = {}
    if pins:
        block = _opened(index, layout, PINS_HEADING)
        for id in pins:
            known = index.stories[id]
            places[id] = _pinned(layout, block, known, known.settings[TOP])
    for section in sections:
        _lay_out(index, layout, section, places, level=2, over=(), under=frozenset())
    return layout


def _opened(index: GalleyIndex, layout: Layout, heading: str) -> Block:
    # Any heading may need its list in brief. The same one may stand twice (a source in two topics).
    size = sum(index.sizes[name].html for name in (heading, BRIEF_OPEN, BRIEF_CLOSE))
    block = Block(heading, len(layout.headings))
    layout.headings.append(size)
    layout.blocks.append(block)
    return block


def _lay_out(
    index: GalleyIndex,
    layout: Layout,
    section: Section,
    places: Mapping[StoryId, int],
    *,
    level: int,
    over: tuple[int, ...],
    under: frozenset[str],
) -> None:
    block = _opened(index, layout, heading_name(section.kind, level, section.key))
    over = (*over, block.number)
    if section.kind == "source":
        under = under | {section.key}
    named, unnamed = Place(level + 1, under_source=True), Place(level + 1, under_source=False)
    known_stories, candidates, lines = index.stories, layout.candidates, block.stories
    for id in section.stories:
        known = known_stories[id]
        wanted, other = (named, unnamed) if known.source in under else (unnamed, named)
        # Only a story of several sources is set for a line at every level.
        setting = known.settings.get(wanted) or known.settings[other]
        if id in places:
            _left_behind(layout, block, places[id], setting, over)
        else:  # here and not in a function: an edition of its own for every reader comes this way
            lines.append(Line(len(candidates), setting.names))
            candidates.append(Candidate(id, known.source, known.age, setting.sizes, over))
    for inner in section.sections:
        _lay_out(index, layout, inner, places, level=level + 1, over=over, under=under)


def _pinned(layout: Layout, block: Block, known: Known, setting: Settings) -> int:
    at = len(layout.candidates)
    over = (block.number,)
    layout.candidates.append(Candidate(known.id, known.source, known.age, setting.sizes, over, pinned=True))
    block.stories.append(Line(at, setting.names))
    return at


def _left_behind(layout: Layout, block: Block, at: int, setting: Settings, over: tuple[int, ...]) -> None:
    """The line where a pinned story would have stood goes with it, and so may the headings over it."""
    pinned = layout.candidates[at]
    back = setting.sizes[BACK]
    sizes = {form: size + back if form else 0 for form, size in pinned.sizes.items()}
    layout.candidates[at] = pinned._replace(sizes=sizes, headings=(*pinned.headings, *over))
    block.stories.append(Line(at, setting.names, back=True))
