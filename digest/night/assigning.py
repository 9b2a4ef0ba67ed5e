"""What a released entry is given: topics and a story. Binds the rules of `sort`, which
`gather` does not know, to the settings of the night."""

from __future__ import annotations

from collections.abc import Sequence

from digest.gather.release import AssignStories, AssignTopics
from digest.model import Entry, TopicRule
from digest.model.gathering import Kin, Likeness, Placing
from digest.night.tonight import Tonight
from digest.sort import stories
from digest.sort.topics import Topics


def assign_topics(tonight: Tonight) -> AssignTopics:
    """Topics by the rules of digest.toml as it is now."""
    topics = Topics(tonight.settings.topics)

    def assign(entry: Entry, slug: str) -> tuple[TopicRule, ...]:
        configured = tonight.settings.source(slug)
        return topics.of(entry.content, source=slug, always=configured.topics if configured else ())

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


def _light(entry: Likeness) -> stories.Light:
    return stories.Light(
        id=entry.id,
        source=entry.source_id,
        guid=entry.guid,
        link_key=entry.link_key,
        origin=entry.origin,
        story=entry.story_id,
    )
