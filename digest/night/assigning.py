"""What a released entry is given: topics, a language, a story. Binds the rules of `sort`, which
`gather` does not know, to the settings of the night."""

from __future__ import annotations

from collections.abc import Sequence

from digest.gather.language import language_of
from digest.gather.release import AssignLanguage, AssignStories, AssignTopics
from digest.model import Entry, SourceId, TopicRule
from digest.model.gathering import Kin, Likeness, Placing
from digest.night.tonight import Tonight
from digest.sort import stories
from digest.sort.topics import Topics


def assign_topics(tonight: Tonight) -> AssignTopics:
    """Topics by the rules of digest.toml as it is now."""
    topics = Topics(tonight.settings.topics)
    slugs = _slugs(tonight)

    def assign(entry: Entry) -> tuple[TopicRule, ...]:
        slug = slugs[entry.source_id]
        configured = tonight.settings.source(slug)
        return topics.of(entry.content, source=slug, always=configured.topics if configured else ())

    return assign


def assign_language(tonight: Tonight) -> AssignLanguage:
    """The language an entry is shown under: its own word, else detection, else its source's."""
    slugs = _slugs(tonight)

    def assign(entry: Entry) -> str | None:
        configured = tonight.settings.source(slugs[entry.source_id])
        return language_of(
            declared=entry.content.language,
            text=f"{entry.content.title}\n{entry.content.text}",
            configured=configured.language if configured else None,
        )

    return assign


def assign_stories(tonight: Tonight) -> AssignStories:
    """The story of every arriving entry: twins share one."""
    homes = {
        source.id: [address for address in (source.url, source.address, source.site_url) if address]
        for source in tonight.store.sources.all()
    }

    def assign(kin: Kin) -> Sequence[Placing]:
        groupings = stories.assign(
            [_light(each) for each in kin.fresh], [_light(each) for each in kin.known], homes=homes
        )
        return [
            Placing(story_id=each.story, entries=each.entries, origin_id=each.origin) for each in groupings
        ]

    return assign


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
