"""Twins that only their texts tell: a planet with links and ids of its own, a copy that comes weeks later."""

from __future__ import annotations

import re
from itertools import count
from pathlib import Path
from random import Random

import pytest

from digest.model import EntryState, Story
from tests.corpus import needs_corpus
from tests.night.house import DAY, NIGHT, House, Item
from tests.night.test_planete_afpy import AFPY, afpy
from tests.night.test_planete_afpy import NIGHT as PILOT_NIGHT

WORDS = (
    "the of and planet feed issue night source reader mail story digest writes copy sends wish topic".split()
)


def prose(seed: int, *, words: int = 90) -> str:
    random = Random(seed)
    return " ".join(random.choice(WORDS) + str(random.randint(10, 99)) for _ in range(words)) + "."


def stories(house: House) -> dict[str, tuple[Story, ...]]:
    """By title, all stories of what is released."""
    with house.tonight(NIGHT) as one:
        released = one.store.entries.find(state=EntryState.RELEASED, limit=1_000)
        told = one.store.entries.stories([each.story_id for each in released if each.story_id])
    return {
        title: tuple(each for each in told if each.origin.content.title == title)
        for title in {each.origin.content.title for each in told}
    }


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path)
    house.join("ada", at=NIGHT - DAY)
    house.publish("blog", Item(name="original", title="On planets and their readers", text=prose(1)))
    house.publish("planet", Item(name="other", title="Something else altogether", text=prose(2)))
    return house


def copy(*, title: str = "[blog] On planets and their readers", text: str = prose(1)) -> Item:
    return Item(name="copied", title=title, text=text)


def test_a_copy_under_another_link_and_id_is_one_story_with_its_original(house: House) -> None:
    house.publish("planet", copy())
    house.night(NIGHT)
    (story,) = stories(house)["On planets and their readers"]
    assert len(story.entries) == 2
    assert house.received("ada") == [("original", "other")]
    assert "planet" in house.mails[0].text


def test_a_copy_that_comes_weeks_later_joins_the_story_and_nobody_gets_it_again(house: House) -> None:
    house.night(NIGHT)
    house.publish("planet", copy())
    house.publish("blog", "news")
    house.night(NIGHT + 40 * DAY)
    (story,) = stories(house)["On planets and their readers"]
    assert [each.content.title for each in story.entries][1] == "[blog] On planets and their readers"
    assert [set(each) for each in house.received("ada")] == [{"original", "other"}, {"news"}]


def test_who_follows_only_the_planet_gets_the_late_copy(house: House) -> None:
    house.join("bob", at=NIGHT - DAY, only=("planet",))
    house.night(NIGHT)
    house.publish("planet", copy())
    house.night(NIGHT + 40 * DAY)
    assert [len(each) for each in house.received("bob")] == [1, 1]


def test_a_copy_after_more_than_sixty_days_is_its_own_story(house: House) -> None:
    house.night(NIGHT)
    house.publish("planet", copy())
    house.night(NIGHT + 70 * DAY)
    assert len(stories(house)["On planets and their readers"]) == 1
    assert len(stories(house)["[blog] On planets and their readers"]) == 1


@pytest.mark.parametrize(
    "other",
    [
        copy(title="On planets and their readers, part 2"),
        copy(text=prose(3)),
        copy(text=prose(1, words=40)),
        copy(title="Quite another title"),
    ],
    ids=["number", "text", "teaser", "title"],
)
def test_another_number_text_or_title_is_another_story(house: House, other: Item) -> None:
    house.publish("planet", other)
    house.night(NIGHT)
    assert [len(each.entries) for told in stories(house).values() for each in told] == [1, 1, 1]


def test_two_of_one_source_are_never_one_story_nor_copied_by_a_third(house: House) -> None:
    again = Item(name="again", title="On planets and their readers", text=prose(1))
    house.publish("blog", again)
    house.publish("planet", copy())
    house.night(NIGHT)
    assert [len(each.entries) for told in stories(house).values() for each in told] == [1, 1, 1, 1]


@needs_corpus
@pytest.mark.xdist_group("afpy")
def test_the_pilot_s_planet_with_links_and_ids_of_its_own_is_told_by_its_texts(tmp_path: Path) -> None:
    """All that have a body of 48 words; of the rest nothing can tell, so they stand apart."""
    text = (AFPY / "planet.xml").read_text(encoding="utf-8")
    text = re.sub(r"<source .*?</source>", "", text)
    numbers = count(1)
    for tag in ("link", "guid"):
        first, *items = text.split("<item>")
        items = [
            re.sub(rf"<{tag}\b.*?</{tag}>", f"<{tag}>https://elsewhere.example/{next(numbers)}</{tag}>", item)
            for item in items
        ]
        text = "<item>".join((first, *items))
    house = afpy(tmp_path, "dir:outbox")
    (tmp_path / "elsewhere.xml").write_text(text, encoding="utf-8")
    house.follow("elsewhere", "elsewhere.xml", language="fr")
    house.night(PILOT_NIGHT)

    told = [each for same in stories(house).values() for each in same]
    assert sum(len(each.entries) for each in told) == 100
    twins = [each for each in told if len(each.entries) == 2]
    for story in twins:
        own, planets = (each.content.title for each in story.entries)
        assert planets.endswith(f"] {own}")
    alone = [each.origin for each in told if len(each.entries) == 1]
    assert all(len(each.content.text.split()) < 50 for each in alone)
    assert (len(twins), len(alone)) == (33, 34)
