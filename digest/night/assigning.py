"""What a released entry is given: topics, a language, a story. Binds the rules of `sort`, which
`gather` does not know, to the settings of the night."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from digest.gather.language import Detect, language_of
from digest.gather.release import AssignLanguage, AssignStories, AssignTopics
from digest.model import Entry, EntryId, SourceId, TopicRule
from digest.model.gathering import Heading, Likeness, Placing
from digest.model.words import fold
from digest.night.tonight import Tonight
from digest.sort import closeness, stories
from digest.sort.topics import Topics

#: how long a text may be copied after it came; as long as readers are looked after (design §3.3)
LATELY = timedelta(days=60)


def assign_topics(tonight: Tonight) -> AssignTopics:
    """Topics by the rules of digest.toml as it is now."""
    topics = Topics(tonight.settings.topics)
    slugs = _slugs(tonight)

    def assign(entry: Entry) -> tuple[TopicRule, ...]:
        slug = slugs[entry.source_id]
        configured = tonight.settings.source(slug)
        return topics.of(entry.content, source=slug, always=configured.topics if configured else ())

    return assign


def assign_language(tonight: Tonight, detect: Detect) -> AssignLanguage:
    """The language an entry is shown under: that of its text, else its own word, else its source's."""
    slugs = _slugs(tonight)

    def assign(entry: Entry) -> str | None:
        configured = tonight.settings.source(slugs[entry.source_id])
        return language_of(
            declared=entry.content.language,
            text=f"{entry.content.title}\n{entry.content.text}",
            configured=configured.language if configured else None,
            detect=detect,
        )

    return assign


def assign_stories(tonight: Tonight) -> AssignStories:
    """The story of every arriving entry: twins share one, by link or id, or by their texts."""
    entries = tonight.store.entries
    homes = {
        source.id: [address for address in (source.url, source.address, source.site_url) if address]
        for source in tonight.store.sources.all()
    }

    def assign(arriving: Sequence[Entry]) -> Sequence[Placing]:
        close = _close(tonight, arriving)
        ids = [entry.id for entry in arriving]
        kin = entries.kin(ids, close=close.keys() - ids)
        groupings = stories.assign(
            [_light(each) for each in kin.fresh],
            [_light(each) for each in kin.known],
            homes=homes,
            close=close,
        )
        return [
            Placing(story_id=each.story, entries=each.entries, origin_id=each.origin) for each in groupings
        ]

    return assign


def _close(tonight: Tonight, arriving: Sequence[Entry]) -> dict[EntryId, tuple[EntryId, ...]]:
    """Who has the text of whom, among what arrives and what came lately."""
    entries = tonight.store.entries
    at_hand = {entry.id: entry.content.text for entry in arriving}
    fresh = [
        Heading(id=entry.id, source_id=entry.source_id, title_key=fold(entry.content.title))
        for entry in arriving
    ]
    pairs = closeness.near(fresh, entries.headings(tonight.clock() - LATELY))

    def text_of(id: EntryId) -> str:
        return at_hand[id] if id in at_hand else entries.texts([id]).get(id, "")

    return closeness.twins(pairs, text_of)


def _slugs(tonight: Tonight) -> dict[SourceId, str]:
    return {source.id: source.slug for source in tonight.store.sources.all()}


def _light(entry: Likeness) -> stories.Light:
    return stories.Light(
        id=entry.id,
        source=entry.source_id,
        guid=entry.guid,
        link_key=entry.link_key,
        origin=entry.origin,
        story=entry.story_id,
    )
