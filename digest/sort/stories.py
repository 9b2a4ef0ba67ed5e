"""Which entries are twins: the same text from several sources (gather I9). Pure.

By link or id, and by closeness of their texts, which `closeness` told before.

Two entries of one source are never twins: what a feed lists twice it means twice (gather I2). A link or a
guid that one source uses for several entries says nothing, and is not used.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from digest.model import EntryId, Origin, SourceId, StoryId

#: an id that can only mean one thing anywhere: an address, a tag: or urn: URI. "42" is not one.
_GLOBAL_ID = re.compile(r"(?i)(?:https?://[^/]+/.*[^/]|tag:[^,]+,.+|urn:[a-z0-9-]+:.+)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """What telling twins needs of an entry."""

    id: EntryId
    source: SourceId
    guid: str
    #: the link normalised, as stored
    link_key: str | None = None
    #: where it says it was copied from
    origin: Origin | None = None
    #: None: just released
    story: StoryId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """What becomes of new entries: a new story of them, or a known one that they join."""

    story: StoryId | None
    #: the new ones, in order of arrival
    entries: tuple[EntryId, ...]
    #: the one of the whole story that is shown and credited
    origin: EntryId


def assign(
    fresh: Sequence[Light],
    known: Sequence[Light],
    *,
    homes: Mapping[SourceId, Collection[str]] | None = None,
    close: Mapping[EntryId, Collection[EntryId]] | None = None,
) -> tuple[Grouping, ...]:
    """A story for every fresh entry, both sequences in order of arrival.

    `known`: released entries that share a link_key or a guid with a fresh one, and their stories' others.
    `homes`: the addresses and the id each source is known by (feed, site), which origins name.
    `close`: for an entry those whose text is its own, among the known and the fresh.
    """
    stories = _Stories(known, plain=_discriminating([*known, *fresh]), homes=homes or {}, close=close or {})
    for entry in fresh:
        stories.take(entry)
    return tuple(stories.groupings())


class _Story:
    def __init__(self, id: StoryId | None) -> None:
        self.id = id
        self.entries: list[Light] = []
        self.fresh: list[EntryId] = []

    def has(self, source: SourceId) -> bool:
        return any(entry.source == source for entry in self.entries)


class _Stories:
    """The stories so far and the keys that lead to them."""

    def __init__(
        self,
        known: Iterable[Light],
        *,
        plain: Collection[tuple[str, str]],
        homes: Mapping[SourceId, Collection[str]],
        close: Mapping[EntryId, Collection[EntryId]],
    ) -> None:
        self._plain = plain
        self._close = close
        self._homes = {source: frozenset(map(_address, all_)) for source, all_ in homes.items()}
        self._by_key: defaultdict[tuple[str, str], list[_Story]] = defaultdict(list)
        self._of: dict[EntryId, _Story] = {}
        self._stories: dict[StoryId, _Story] = {}
        self._new: list[_Story] = []
        for entry in known:
            if entry.story is not None:
                story = self._stories.setdefault(entry.story, _Story(entry.story))
                self._put(entry, story)

    def take(self, entry: Light) -> None:
        story = self._match(entry)
        if story is None:
            story = _Story(None)
            self._new.append(story)
        self._put(entry, story)
        story.fresh.append(entry.id)

    def groupings(self) -> Iterator[Grouping]:
        """Known stories that grew, then new ones, in order of arrival."""
        for story in (*self._stories.values(), *self._new):
            if story.fresh:
                yield Grouping(story=story.id, entries=tuple(story.fresh), origin=self._origin(story))

    def _put(self, entry: Light, story: _Story) -> None:
        story.entries.append(entry)
        self._of[entry.id] = story
        for key in _keys(entry):
            if key in self._plain and story not in self._by_key[key]:
                self._by_key[key].append(story)

    def _match(self, entry: Light) -> _Story | None:
        """The first story that a key leads to, the guid before the link, else one it is close to. In either
        case one that has none of its source."""
        for key in _keys(entry):
            if key not in self._plain:
                continue
            for story in self._by_key.get(key, ()):
                if not story.has(entry.source) and self._proves(key, entry, story):
                    return story
        return self._closest(entry)

    def _closest(self, entry: Light) -> _Story | None:
        stories = (self._of[other] for other in self._close.get(entry.id, ()) if other in self._of)
        return next((story for story in stories if not story.has(entry.source)), None)

    def _proves(self, key: tuple[str, str], entry: Light, story: _Story) -> bool:
        """A link proves; so does an id of global form. Any other id needs one to name the other's source."""
        kind, value = key
        if kind == "link" or _GLOBAL_ID.fullmatch(value):
            return True
        same = [other for other in story.entries if other.guid == value]
        return any(self._copied(entry, other) or self._copied(other, entry) for other in same)

    def _copied(self, entry: Light, other: Light) -> bool:
        """Does `entry` say it was copied from `other`'s source?"""
        if entry.origin is None:
            return False
        named = {_address(each) for each in (entry.origin.id, entry.origin.url) if each}
        return bool(named & self._homes.get(other.source, frozenset()))

    def _origin(self, story: _Story) -> EntryId:
        """The one another names; else the first that claims no origin; else the first."""
        for entry in story.entries:
            if any(self._copied(other, entry) for other in story.entries if other is not entry):
                return entry.id
        return next((entry.id for entry in story.entries if entry.origin is None), story.entries[0].id)


def _keys(entry: Light) -> Iterator[tuple[str, str]]:
    if entry.guid:
        yield "guid", entry.guid
    if entry.link_key:
        yield "link", entry.link_key


def _discriminating(entries: Iterable[Light]) -> set[tuple[str, str]]:
    """Keys that no source uses for two entries."""
    uses = Counter((key, entry.source) for entry in entries for key in _keys(entry))
    repeated = {key for (key, _), times in uses.items() if times > 1}
    return {key for key, _ in uses} - repeated


def _address(text: str) -> str:
    """An address for comparing: feeds name each other with either scheme, with or without a last slash."""
    return re.sub(r"^https?://(?:www\.)?", "", text.strip(), flags=re.IGNORECASE).rstrip("/").lower()
