"""What each reader is served of an issue: the wanted stories in (cursor, head] (design §3.3). Pure.

`News` is set up once an issue and then asked once a reader: sets of stories are bits of integers, so a
reader with wishes of their own costs a few operations, not a walk through the issue.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from subscribers.model import Wishes, Word
from subscribers.wishes import Traits, reads

#: by arrival; what is older is told as a number only
KEEPS_FOR = timedelta(days=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival(Traits):
    """An entry as it arrived."""

    seq: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsStory:
    """A story that an issue may serve, with those of its entries that are of the list's sources."""

    story: int
    entries: tuple[Arrival, ...]
    #: slug of the source shown: a catch-up takes one of each in turn
    source: str
    #: one of its entries was there when its source was first seen: served for everybody (design §3.1)
    seeded: bool = False
    #: its first arrival, where that entry is not shown any more: whoever had it then has had the story
    since: int | None = None

    @property
    def oldest(self) -> int:
        arrivals = min(entry.seq for entry in self.entries)
        return arrivals if self.since is None else min(arrivals, self.since)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What one reader is served tonight, newest arrival first."""

    stories: tuple[int, ...]
    #: served too, but told as a number: older than 60 days, or beyond a catch-up's length
    more: int = 0

    def __bool__(self) -> bool:
        return bool(self.stories or self.more)


class News:
    """The stories up to an issue's head, laid out for many readers.

    Bit *i* is the *i*-th story by newest arrival. Twins lie in layers, one entry of a story in each, so
    that what is said of one entry (its source, its topics, its language) is never mixed with its twin's.
    """

    def __init__(self, stories: Iterable[NewsStory], *, head: int, now: datetime) -> None:
        met = [_up_to(head, each) for each in stories if not each.seeded]
        self._stories = sorted((each for each in met if each.entries), key=_newest)
        self._newest = [_newest(each)[0] for each in self._stories]
        self._oldest = [each.oldest for each in self._stories]
        self._all = (1 << len(self._stories)) - 1
        self._layers = _layers(self._stories)
        self._stale = sum(
            1 << index
            for index, each in enumerate(self._stories)
            if max(entry.at for entry in each.entries) < now - KEEPS_FOR
        )
        self._since: dict[int, tuple[int, int]] = {}
        self._wanted: dict[Wishes, int] = {}

    def select(
        self,
        wishes: Wishes,
        cursor: int,
        *,
        served: Callable[[], AbstractSet[int]],
        catch_up: int | None = None,
    ) -> Selection:
        """What a reader with that cursor is served.

        `served` is asked only when a story tonight has an entry they are already past. With `catch_up`
        the selection is cut to that many, the newest, one a source in turn (end of a pause).
        """
        new, known = self._after(cursor)
        chosen = new & self._wanted_by(wishes)
        if chosen & known:
            had = served()
            chosen &= ~self._mask(
                index for index in _bits(chosen & known) if self._stories[index].story in had
            )
        fresh = [self._stories[index] for index in _bits(chosen & ~self._stale)]
        fresh.reverse()
        shown = fresh if catch_up is None else in_turn(fresh, limit=catch_up)
        return Selection(stories=tuple(each.story for each in shown), more=chosen.bit_count() - len(shown))

    def _after(self, cursor: int) -> tuple[int, int]:
        """Stories with an entry after the cursor; stories with one at or below it. Readers share cursors."""
        found = self._since.get(cursor)
        if found is None:
            first = bisect_right(self._newest, cursor)
            new = self._all >> first << first
            known = self._mask(index for index in _bits(new) if self._oldest[index] <= cursor)
            found = self._since[cursor] = (new, known)
        return found

    def _wanted_by(self, wishes: Wishes) -> int:
        """Equal wishes are one object's worth of work. The last few hundred are remembered."""
        found = self._wanted.get(wishes)
        if found is None:
            if len(self._wanted) >= 512:
                self._wanted.clear()
            found = 0
            for layer in self._layers:
                found |= layer.wanted(wishes)
            self._wanted[wishes] = found
        return found

    @staticmethod
    def _mask(indices: Iterable[int]) -> int:
        return sum(1 << index for index in indices)


class _Layer:
    """At most one entry of each story, as bits: who they are from, in which topics, in which language."""

    def __init__(self, entries: Iterable[tuple[int, Arrival]]) -> None:
        self.sources: defaultdict[str, int] = defaultdict(int)
        self.topics: defaultdict[str, int] = defaultdict(int)
        self.languages: defaultdict[str | None, int] = defaultdict(int)
        self.plain = 0
        for index, entry in entries:
            bit = 1 << index
            self.sources[entry.source] |= bit
            self.languages[entry.language] |= bit
            for topic in entry.topics:
                self.topics[topic] |= bit
            if not entry.topics:
                self.plain |= bit

    def wanted(self, wishes: Wishes) -> int:
        followed = _union(self.sources, wishes.sources, Word.FOLLOW)
        muted = _union(self.sources, wishes.sources, Word.MUTE)
        passed = _union(self.topics, wishes.topics, Word.FOLLOW) if wishes.only else self._heard(wishes)
        found = followed | (passed & ~muted)
        if wishes.languages:
            found &= sum(bits for language, bits in self.languages.items() if reads(wishes, language))
        return found

    def _heard(self, wishes: Wishes) -> int:
        """Entries with a topic that isn't muted, or with none at all."""
        muted = {topic for topic, word in wishes.topics if word is Word.MUTE}
        heard = self.plain
        for topic, bits in self.topics.items():
            if topic not in muted:
                heard |= bits
        return heard


def in_turn(stories: Sequence[NewsStory], *, limit: int) -> list[NewsStory]:
    """The newest of each source, then the second newest of each, up to `limit`, in the order given."""
    rounds: defaultdict[str, int] = defaultdict(int)
    turns = []
    for place, each in enumerate(stories):
        turns.append((rounds[each.source], place))
        rounds[each.source] += 1
    return [stories[place] for place in sorted(place for _, place in sorted(turns)[:limit])]


def _up_to(head: int, story: NewsStory) -> NewsStory:
    """The story as it was at the issue's head: a twin that came since is another night's."""
    if all(entry.seq <= head for entry in story.entries):
        return story
    entries = tuple(entry for entry in story.entries if entry.seq <= head)
    return replace(story, entries=entries)


def _newest(story: NewsStory) -> tuple[int, int]:
    return max(entry.seq for entry in story.entries), story.story


def _layers(stories: Sequence[NewsStory]) -> list[_Layer]:
    depth = max((len(each.entries) for each in stories), default=0)
    return [
        _Layer(
            (index, each.entries[level]) for index, each in enumerate(stories) if level < len(each.entries)
        )
        for level in range(depth)
    ]


def _union(masks: dict[str, int], words: Iterable[tuple[str, Word]], wanted: Word) -> int:
    found = 0
    for slug, word in words:
        if word is wanted:
            found |= masks.get(slug, 0)
    return found


def _bits(mask: int) -> Iterator[int]:
    """The places of the set bits, ascending."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
