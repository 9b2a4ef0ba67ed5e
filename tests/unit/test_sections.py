"""How stories stand under headings: complete, in one order, whatever order they come in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import Card, Section, Seq, StoryId
from digest.sort.sections import OTHERS, Arranger, Kind, arrange

DAY = datetime(2026, 11, 22, tzinfo=UTC)
BOTH: tuple[Kind, ...] = ("topic", "source")
TOPICS = ("events", "web")


def card(id: int, source: str = "blog", *topics: str, days: int = 0, seq: int | None = None) -> Card:
    return Card(
        story=StoryId(id),
        seq=Seq(id if seq is None else seq),
        dated_at=DAY - timedelta(days=days),
        source=source,
        topics=topics,
    )


def laid(sections: tuple[Section, ...]) -> list[object]:
    """(heading, its stories, its blocks)."""
    return [(each.key, list(each.stories), laid(each.sections)) for each in sections]


def test_topics_stand_in_file_order_and_then_the_others() -> None:
    cards = [card(1), card(2, "blog", "web"), card(3, "blog", "events"), card(4, "blog", "web", "events")]
    assert laid(arrange(cards, group_by=BOTH, topics=TOPICS)) == [
        ("events", [4, 3], []),
        ("web", [2], []),
        (OTHERS, [1], []),
    ]


def test_under_a_topic_the_newest_date_comes_first_and_then_the_newest_arrival() -> None:
    cards = [
        card(1, "a", days=2),
        card(2, "b", days=1, seq=5),
        card(3, "c", days=1, seq=9),
        card(4, "d", days=3),
    ]
    assert laid(arrange(cards, group_by=BOTH, topics=TOPICS)) == [(OTHERS, [3, 2, 1, 4], [])]


def test_three_of_one_source_get_a_heading_after_the_single_stories_and_two_do_not() -> None:
    cards = [card(n, "noisy", days=n) for n in (1, 2, 3)] + [card(n, "quiet", days=n) for n in (4, 5)]
    found = arrange(cards, group_by=BOTH, topics=TOPICS)
    assert laid(found) == [(OTHERS, [4, 5], [("noisy", [1, 2, 3], [])])]
    assert found[0].sections[0].kind == "source"


def test_the_block_with_the_newest_story_comes_first() -> None:
    old = [card(n, "aaa", days=n) for n in (4, 5, 6)]
    new = [card(n, "zzz", days=n) for n in (1, 8, 9)]
    (others,) = arrange([*old, *new], group_by=BOTH, topics=TOPICS)
    assert [block.key for block in others.sections] == ["zzz", "aaa"]


def test_a_source_gets_its_heading_in_each_topic_by_what_stands_there() -> None:
    cards = [card(n, "blog", "web") for n in (1, 2, 3)] + [card(n, "blog", "events") for n in (4, 5)]
    assert laid(arrange(cards, group_by=BOTH, topics=TOPICS)) == [
        ("events", [5, 4], []),
        ("web", [], [("blog", [3, 2, 1], [])]),
    ]


def test_without_topics_sources_are_the_headings() -> None:
    cards = [card(1, "a", days=3), card(2, "b", days=2), card(3, "a", days=1)]
    found = arrange(cards, group_by=BOTH, topics=())
    assert laid(found) == [("a", [3, 1], []), ("b", [2], [])]
    assert {each.kind for each in found} == {"source"}


def test_a_list_grouped_by_source_has_sources_on_top_and_by_topic_no_source_headings() -> None:
    cards = [card(n, "blog", "web", days=n) for n in range(4)]
    assert laid(arrange(cards, group_by=("source",), topics=TOPICS)) == [("blog", [0, 1, 2, 3], [])]
    assert laid(arrange(cards, group_by=("topic",), topics=TOPICS)) == [("web", [0, 1, 2, 3], [])]
    assert laid(arrange(cards, group_by=("source", "topic"), topics=TOPICS)) == [
        ("blog", [], [("web", [0, 1, 2, 3], [])])
    ]


def test_a_list_grouped_by_nothing_is_one_section() -> None:
    assert laid(arrange([card(1), card(2)], group_by=(), topics=TOPICS)) == [(OTHERS, [2, 1], [])]


def test_a_story_stands_under_its_first_topic_that_is_not_muted() -> None:
    cards = [card(1, "blog", "events", "web"), card(2, "blog", "events")]
    assert laid(arrange(cards, group_by=BOTH, topics=TOPICS, muted=("events",))) == [
        ("web", [1], []),
        (OTHERS, [2], []),
    ]


def test_a_topic_that_left_the_file_is_no_heading() -> None:
    assert laid(arrange([card(1, "blog", "gone", "web")], group_by=BOTH, topics=TOPICS)) == [("web", [1], [])]


def test_nothing_has_no_sections() -> None:
    assert arrange([], group_by=BOTH, topics=TOPICS) == ()


cards_ = st.lists(
    st.builds(
        lambda story, source, topics, days, seq: card(story, source, *sorted(topics), days=days, seq=seq),
        st.integers(1, 60),
        st.sampled_from("abcd"),
        st.sets(st.sampled_from((*TOPICS, "gone"))),
        st.integers(0, 3),
        st.integers(1, 5),
    ),
    unique_by=lambda card: card.story,
    max_size=40,
)
groupings = st.sampled_from(((), ("topic",), ("source",), BOTH, ("source", "topic")))


@given(cards_, groupings, st.sets(st.sampled_from(TOPICS)), st.randoms(use_true_random=False))
def test_every_story_stands_once_in_an_order_of_its_own(
    cards: list[Card], group_by: tuple[Kind, ...], muted: set[str], random: Random
) -> None:
    found = arrange(cards, group_by=group_by, topics=TOPICS, muted=muted)
    assert sorted(id for each in found for id in each.all_stories) == sorted(each.story for each in cards)
    random.shuffle(cards)
    assert arrange(cards, group_by=group_by, topics=TOPICS, muted=muted) == found


@given(cards_, groupings, st.data())
def test_a_readers_part_is_arranged_as_if_it_were_the_issue(
    cards: list[Card], group_by: tuple[Kind, ...], data: st.DataObject
) -> None:
    arranger = Arranger(cards, group_by=group_by, topics=TOPICS)
    part = data.draw(st.sets(st.sampled_from([each.story for each in cards]))) if cards else set()
    mine = [each for each in cards if each.story in part]
    assert arranger.arrange(part) == arrange(mine, group_by=group_by, topics=TOPICS)


@pytest.mark.parametrize("topic", ["web", None])
def test_a_reader_may_find_a_story_elsewhere(topic: str | None) -> None:
    arranger = Arranger([card(1, "blog", "events", "web"), card(2)], group_by=BOTH, topics=TOPICS)
    found = arranger.arrange([StoryId(1)], {StoryId(1): topic})
    assert [each.key for each in found] == [topic or OTHERS]
