"""How an edition is laid out: stories under headings. Values only; `sort.sections` arranges them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from digest.model.ids import Seq, StoryId


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What arranging needs of a story."""

    story: StoryId
    #: its newest arrival
    seq: Seq
    #: the label date of the entry shown
    dated_at: datetime
    #: slug of the source of the entry shown
    source: str
    #: slugs of the shown entry's topics, in file order
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One heading and what stands under it: its own stories first, then smaller sections."""

    kind: Literal["topic", "source"]
    #: slug; "" for the others: stories with no topic to stand under
    key: str
    stories: tuple[StoryId, ...] = ()
    sections: tuple[Section, ...] = ()

    @property
    def all_stories(self) -> tuple[StoryId, ...]:
        """In the order read."""
        return self.stories + tuple(story for section in self.sections for story in section.all_stories)
