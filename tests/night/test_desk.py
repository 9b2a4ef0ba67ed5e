"""The desk: which stories a list has in reach on a night, and what each reader is served of them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from digest.model import StoryId
from digest.night.cutting import list_id_of
from digest.night.desk import Desk, is_list_night, own_from, reach_of
from digest.night.run import gather_room
from digest.night.tonight import Tonight
from digest.settings.schema import ListSettings
from subscribers.model import Cadence, Weekday, Wishes, Word
from tests.night.house import DAY, NIGHT, House, Item

TOPICS = [
    {"slug": "events", "title": "Events", "match": {"words": ["meetup"]}},
    {"slug": "mills", "title": "Mills", "match": {"words": ["mill"]}},
]


def desk_of(one: Tonight, slug: str = "daily") -> Desk:
    configured = one.settings.list_(slug)
    assert configured is not None
    return Desk(one, reach_of(one, list_id_of(one, slug), configured, cursors=[0], issue=None))


def titles(desk: Desk, stories: tuple[StoryId, ...]) -> set[str]:
    return {
        desk.stories[each].origin.content.title.rpartition(" is about")[0].rpartition(" ")[2]
        for each in stories
    }


@pytest.mark.parametrize(
    ("cadence", "night", "expected"),
    [
        (Cadence.NIGHTLY, date(2026, 11, 22), True),
        (Cadence.WEEKLY, date(2026, 11, 22), False),
        (Cadence.WEEKLY, date(2026, 11, 23), True),
        (Cadence.MONTHLY, date(2026, 11, 30), False),
        (Cadence.MONTHLY, date(2026, 12, 1), True),
    ],
)
def test_a_list_has_its_issue_on_nights_of_its_own_cadence(
    cadence: Cadence, night: date, expected: bool
) -> None:
    configured = ListSettings(slug="l", title="L", cadence=cadence, weekday=Weekday.MONDAY)

    assert is_list_night(configured, night) is expected


def test_a_first_issue_reaches_one_period_back_and_the_next_from_the_last(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.publish("blog", "one")
    with house.tonight(NIGHT - 3 * DAY) as one:
        gather_room(one)
    house.publish("blog", "two")
    house.join("ada", at=NIGHT)
    with house.tonight(NIGHT) as one:
        gather_room(one)
        configured = one.settings.lists[0]
        # Released three nights ago, further back than a nightly list's period.
        assert own_from(one, list_id_of(one, "daily"), configured) == 1
        assert titles(desk_of(one), desk_of(one).own_news()) == {"two"}
    house.night(NIGHT)
    with house.tonight(NIGHT + DAY) as one:
        assert own_from(one, list_id_of(one, "daily"), configured) == 2
        assert desk_of(one).own_news() == ()


def test_a_list_shows_its_own_sources_entry_of_a_story_whoever_wrote_it(tmp_path: Path) -> None:
    house = House(
        tmp_path, lists=[{"slug": "daily", "title": "D", "cadence": "nightly", "sources": ["planet"]}]
    )
    house.publish("blog", "one", "other")
    house.publish("planet", Item(name="copy", link="https://blog.example/one", guid="tag:blog:one"))
    with house.tonight(NIGHT) as one:
        gather_room(one)
        desk = desk_of(one)
        (story,) = desk.stories.values()

    assert [entry.content.title for entry in story.entries] == ["What copy is about"]
    assert story.origin.content.title == "What copy is about"


def test_a_muted_topic_moves_a_story_under_its_next_one(tmp_path: Path) -> None:
    house = House(tmp_path, topics=TOPICS)
    house.publish("blog", Item(name="one", text="A meetup in the old mill, with soup for everybody."))
    with house.tonight(NIGHT) as one:
        gather_room(one)
        desk = desk_of(one)
        all_ = desk.sections(desk.own_news(), Wishes())
        muted = desk.sections(desk.own_news(), Wishes.of(topics={"events": Word.MUTE}))

    assert [each.key for each in all_] == ["events"]
    assert [each.key for each in muted] == ["mills"]


def test_the_period_of_a_digest_begins_with_its_oldest_arrival(tmp_path: Path) -> None:
    house = House(tmp_path, lists=[{"slug": "daily", "title": "D", "cadence": "weekly"}])
    house.publish("blog", "one")
    with house.tonight(NIGHT - 2 * DAY) as one:
        gather_room(one)
    house.publish("blog", "two")
    with house.tonight(NIGHT) as one:
        gather_room(one)
        desk = desk_of(one)

        assert desk.period(desk.own_news()) == (NIGHT - 2 * DAY, NIGHT)
        assert desk.period(()) == (NIGHT, NIGHT)
