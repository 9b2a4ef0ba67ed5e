"""One list's desk on one night: which stories are in reach, and what each reader is served of them.

Reads the shelves, writes nothing: cutting, previewing and explaining all ask here, so they agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property

from digest.model import Card, Entry, Issue, ListId, Section, Seq, Source, SourceId, Story, StoryId
from digest.night.tonight import Tonight
from digest.settings import ListSettings
from digest.sort.sections import Arranger
from subscribers.leaving import cursor_on_return
from subscribers.model import Cadence, OnReturn, Subscription, Wishes
from subscribers.news import KEEPS_FOR, Arrival, News, NewsStory, Selection
from subscribers.wishes import stands_under


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What an issue of a list covers: its own news, and how far back anybody's selection goes."""

    list_id: ListId
    configured: ListSettings
    night: date
    #: the list's own news: (from_seq, head_seq]
    from_seq: Seq
    head_seq: Seq
    #: no selection begins before this
    low_seq: Seq


class Desk:
    """The stories of a list up to a head, laid out for any reader."""

    def __init__(self, tonight: Tonight, reach: Reach) -> None:
        self._tonight = tonight
        self.reach = reach
        self.now = tonight.clock()
        self._slugs = _sources_of(reach.configured, tonight)

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        """Every source we know, the retired ones too: their entries are still shown."""
        return self._tonight.store.sources.all()

    @cached_property
    def _slug_of(self) -> Mapping[SourceId, str]:
        return {source.id: source.slug for source in self.sources}

    @cached_property
    def stories(self) -> Mapping[StoryId, Story]:
        """The stories in reach, each with only those entries that are of the list's sources."""
        kept = (self._of_list(story) for story in self._found)
        return {story.id: story for story in kept if story is not None}

    @cached_property
    def _found(self) -> tuple[Story, ...]:
        return self._tonight.store.entries.released_between(self.reach.low_seq, self.reach.head_seq)

    @cached_property
    def _since(self) -> Mapping[StoryId, int]:
        """The first arrival of each story, also of an entry that has left its feed or was dropped since."""
        return {
            story.id: min(
                (entry.seq for entry in story.entries if entry.seq and self._is_ours(entry)), default=0
            )
            for story in self._found
        }

    @cached_property
    def news(self) -> News:
        return News(
            (self._candidate(story) for story in self.stories.values()),
            head=self.reach.head_seq,
            now=self.now,
        )

    @cached_property
    def arranger(self) -> Arranger:
        return Arranger(
            (self._card(story) for story in self.stories.values()),
            group_by=self.reach.configured.group_by,
            topics=[topic.slug for topic in self._tonight.settings.topics],
        )

    def select(self, subscription: Subscription) -> Selection:
        """What this reader is served tonight."""
        store = self._tonight.store
        return self.news.select(
            subscription.wishes,
            self.cursor(subscription),
            served=lambda: store.people.served(subscription.id, since=self.now - KEEPS_FOR),
            catch_up=self._catch_up(subscription),
        )

    def sections(self, stories: Iterable[StoryId], wishes: Wishes) -> tuple[Section, ...]:
        """These stories under the headings this reader sees them under."""
        return self.arranger.arrange(stories, self._standing(stories, wishes) if wishes.topics else None)

    def period(self, stories: Iterable[StoryId]) -> tuple[datetime, datetime]:
        """What the masthead says a digest of these stories covers: first arrival to now."""
        times = [self._arrived[story] for story in stories]
        return min(times, default=self.now), self.now

    def own_news(self) -> tuple[StoryId, ...]:
        """The stories the list itself publishes with this issue: what everybody gets who wants all."""
        return tuple(
            story.id
            for story in self.stories.values()
            if all(entry.seq is None or entry.seq > self.reach.from_seq for entry in story.entries)
        )

    def cursor(self, subscription: Subscription) -> int:
        """Theirs; after a pause that was to be skipped, where we were when it ended."""
        if subscription.paused_until is None:
            return subscription.cursor
        then = self._tonight.store.entries.head_at(subscription.paused_until)
        return cursor_on_return(subscription.cursor, subscription.on_return, head_then=then)

    def _catch_up(self, subscription: Subscription) -> int | None:
        """After a pause that asked for one catch-up: at most a full digest, one of each source in turn."""
        if subscription.paused_until is None or subscription.on_return is not OnReturn.CATCH_UP:
            return None
        return self.reach.configured.max_entries

    @cached_property
    def _arrived(self) -> Mapping[StoryId, datetime]:
        return {
            story.id: min(entry.released_at for entry in story.entries if entry.released_at is not None)
            for story in self.stories.values()
        }

    def _standing(self, stories: Iterable[StoryId], wishes: Wishes) -> dict[StoryId, str | None]:
        """The topic each stands under for this reader (design §3.3 "Wanted")."""
        return {
            story: stands_under(wishes, [rule.topic for rule in self.stories[story].origin.topics])
            for story in stories
        }

    def _card(self, story: Story) -> Card:
        shown = story.origin
        return Card(
            story=story.id,
            seq=story.seq,
            dated_at=shown.dated_at,
            source=self._slug_of[shown.source_id],
            topics=tuple(rule.topic for rule in shown.topics),
        )

    def _of_list(self, story: Story) -> Story | None:
        entries = tuple(
            entry
            for entry in story.entries
            if self._is_ours(entry) and entry.withdrawn_at is None and entry.dropped_at is None
        )
        if not entries:
            return None
        origin = story.origin_id if any(entry.id == story.origin_id for entry in entries) else entries[0].id
        return replace(story, entries=entries, origin_id=origin)

    def _is_ours(self, entry: Entry) -> bool:
        return self._slug_of.get(entry.source_id) in self._slugs

    def _candidate(self, story: Story) -> NewsStory:
        return NewsStory(
            story=story.id,
            entries=tuple(self._arrival(entry) for entry in _origin_first(story)),
            source=self._slug_of[story.origin.source_id],
            since=self._since[story.id],
        )

    def _arrival(self, entry: Entry) -> Arrival:
        assert entry.seq is not None and entry.released_at is not None, "only released entries are in reach"
        return Arrival(
            source=self._slug_of[entry.source_id],
            topics=tuple(rule.topic for rule in entry.topics),
            language=entry.language,
            seq=entry.seq,
            at=entry.released_at,
        )


def reach_of(
    tonight: Tonight,
    list_id: ListId,
    configured: ListSettings,
    *,
    cursors: Iterable[int],
    issue: Issue | None,
) -> Reach:
    """How far tonight's issue of a list goes; `issue` is the one already frozen, if there is."""
    store = tonight.store
    head = issue.head_seq if issue else store.entries.head()
    begin = issue.from_seq if issue else own_from(tonight, list_id, configured)
    return Reach(
        list_id=list_id,
        configured=configured,
        night=tonight.night,
        from_seq=begin,
        head_seq=head,
        low_seq=Seq(min([begin, head, *cursors])),
    )


def own_from(tonight: Tonight, list_id: ListId, configured: ListSettings) -> Seq:
    """Where a list's own news begin: its last numbered issue's head; if none, one cadence period ago."""
    last = tonight.store.issues.last_numbered(list_id)
    if last is not None:
        return last.head_seq
    return tonight.store.entries.head_at(tonight.clock() - configured.cadence.period)


def is_list_night(configured: ListSettings, night: date) -> bool:
    """Whether the list's own cadence has an issue on this night."""
    match configured.cadence:
        case Cadence.NIGHTLY:
            return True
        case Cadence.WEEKLY:
            return night.weekday() == configured.weekday.number
        case Cadence.MONTHLY:
            return night.day == 1


def _sources_of(configured: ListSettings, tonight: Tonight) -> frozenset[str]:
    if "*" in configured.sources:
        return frozenset(source.slug for source in tonight.store.sources.all())
    return frozenset(configured.sources)


def _origin_first(story: Story) -> tuple[Entry, ...]:
    return tuple(sorted(story.entries, key=lambda entry: entry.id != story.origin_id))
