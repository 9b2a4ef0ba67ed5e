"""Stories under headings (design §3.4 'Order'). Pure, total and the same for the same stories.

Topics in file order, then the others; with no topics, sources. Under a heading the newest stories first by
date; three or more of one source get a heading of their own, after the single stories, the block with the
newest story first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Literal

from digest.model import Card, Section, StoryId

#: so many stories of one source under a topic get a heading; fewer carry the source on their line
BLOCK = 3
#: key of the section of stories with no topic to stand under
OTHERS = ""

Kind = Literal["topic", "source"]


class Arranger:
    """The stories of an issue, put in order once and then arranged for many readers."""

    def __init__(self, cards: Iterable[Card], *, group_by: Sequence[Kind], topics: Sequence[str]) -> None:
        """`topics`: slugs in file order."""
        ordered = sorted(cards, key=lambda card: (card.dated_at, card.seq, card.story), reverse=True)
        self._cards = {card.story: card for card in ordered}
        self._rank = {story: rank for rank, story in enumerate(self._cards)}
        self._place = {topic: place for place, topic in enumerate(topics)}
        self._levels = _levels(group_by, topics)
        self._topic = {card.story: self._first(card.topics) for card in ordered}

    def arrange(
        self, stories: Iterable[StoryId], topic_of: Mapping[StoryId, str | None] | None = None
    ) -> tuple[Section, ...]:
        """These stories, under headings. `topic_of` tells where a story stands for this reader, where that is
        not its first topic; None: under the others."""
        chosen = sorted(stories, key=self._rank.__getitem__)
        if not chosen:
            return ()
        if not self._levels:
            return (Section(kind="topic", key=OTHERS, stories=tuple(chosen)),)
        topics = {**self._topic, **topic_of} if topic_of else self._topic
        kind, *inner = self._levels
        groups = self._groups(kind, chosen, topics)
        keys = sorted(groups, key=self._file_order) if kind == "topic" else list(groups)
        return tuple(self._section(kind, key, groups[key], inner, topics) for key in keys)

    def _section(
        self,
        kind: Kind,
        key: str,
        stories: list[StoryId],
        inner: Sequence[Kind],
        topics: Mapping[StoryId, str | None],
    ) -> Section:
        if not inner or len(stories) < BLOCK:
            return Section(kind=kind, key=key, stories=tuple(stories))
        blocks = {
            name: group
            for name, group in self._groups(inner[0], stories, topics).items()
            if len(group) >= BLOCK and name != OTHERS
        }
        taken = {story for group in blocks.values() for story in group}
        return Section(
            kind=kind,
            key=key,
            stories=tuple(story for story in stories if story not in taken),
            sections=tuple(
                Section(kind=inner[0], key=name, stories=tuple(group)) for name, group in blocks.items()
            ),
        )

    def _groups(
        self, kind: Kind, stories: Iterable[StoryId], topics: Mapping[StoryId, str | None]
    ) -> dict[str, list[StoryId]]:
        """By topic or source. Stories come newest first, so groups come by their newest story."""
        groups: defaultdict[str, list[StoryId]] = defaultdict(list)
        for story in stories:
            key = self._cards[story].source if kind == "source" else topics[story]
            groups[key or OTHERS].append(story)
        return groups

    def _first(self, topics: Iterable[str]) -> str | None:
        """The first in file order that the file still has."""
        known = [topic for topic in topics if topic in self._place]
        return min(known, key=self._place.__getitem__, default=None)

    def _file_order(self, topic: str) -> tuple[int, str]:
        return (len(self._place) + 1 if topic == OTHERS else self._place.get(topic, len(self._place)), topic)


def arrange(
    cards: Iterable[Card],
    *,
    group_by: Sequence[Kind],
    topics: Sequence[str],
    muted: Collection[str] = (),
) -> tuple[Section, ...]:
    """All these stories for one reader: each under the first of its topics that isn't muted."""
    cards = tuple(cards)
    arranger = Arranger(cards, group_by=group_by, topics=topics)
    heard = {
        card.story: next((topic for topic in card.topics if topic not in muted), None)
        for card in cards
        if any(topic in muted for topic in card.topics)
    }
    return arranger.arrange([card.story for card in cards], heard)


def _levels(group_by: Sequence[Kind], topics: Sequence[str]) -> tuple[Kind, ...]:
    """With no topics in the file, a list grouped by topic is grouped by source."""
    if topics or "topic" not in group_by:
        return tuple(group_by)
    return ("source",)
