"""Which entries are twins, and which of them is the origin (gather I9, P8, I2)."""

from __future__ import annotations

from itertools import count, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import EntryId, Origin, SourceId, StoryId
from digest.sort.stories import Grouping, Light, assign

BLOG, PLANET, TAG = SourceId(1), SourceId(2), SourceId(3)
HOMES = {
    BLOG: ("https://blog.example/feed.xml", "https://blog.example/"),
    PLANET: ("https://planet.example/",),
}


def light(
    id: int,
    source: SourceId = BLOG,
    *,
    guid: str = "",
    link: str | None = None,
    origin: Origin | None = None,
    story: int | None = None,
) -> Light:
    return Light(
        id=EntryId(id),
        source=source,
        guid=guid or f"{source}-{id}",
        link_key=link,
        origin=origin,
        story=None if story is None else StoryId(story),
    )


def groups(*fresh: Light, known: tuple[Light, ...] = ()) -> list[tuple[int | None, tuple[int, ...], int]]:
    return [(each.story, each.entries, each.origin) for each in assign(fresh, known, homes=HOMES)]


def test_the_same_link_from_two_sources_is_one_story() -> None:
    assert groups(light(1, link="x/a"), light(2, PLANET, link="x/a")) == [(None, (1, 2), 1)]


def test_the_same_global_id_from_two_sources_is_one_story() -> None:
    for guid in ("https://blog.example/a", "tag:blog.example,2026:a", "urn:uuid:1225c695"):
        assert groups(light(1, guid=guid), light(2, PLANET, guid=guid)) == [(None, (1, 2), 1)]


@pytest.mark.parametrize("guid", ["42", "0", "post-1", "https://blog.example", "https://blog.example/"])
def test_an_id_that_anybody_may_use_makes_no_twins(guid: str) -> None:
    assert groups(light(1, guid=guid), light(2, PLANET, guid=guid)) == [(None, (1,), 1), (None, (2,), 2)]


@pytest.mark.parametrize("url", ["http://www.blog.example", "https://BLOG.example/feed.xml"])
def test_an_id_anybody_may_use_makes_twins_where_one_names_the_others_feed(url: str) -> None:
    copy = light(2, PLANET, guid="42", origin=Origin(title="Blog", url=url))
    assert groups(light(1, guid="42"), copy) == [(None, (1, 2), 1)]
    assert groups(copy, light(1, guid="42")) == [(None, (2, 1), 1)]


def test_an_origin_that_is_another_feed_makes_no_twins() -> None:
    copy = light(2, PLANET, guid="42", origin=Origin(title="Other", url="https://other.example/"))
    assert len(groups(light(1, guid="42"), copy)) == 2


def test_two_entries_of_one_source_are_never_twins() -> None:
    same = [light(n, guid="https://blog.example/a", link="x/a") for n in (1, 2, 3)]
    assert groups(*same) == [(None, (1,), 1), (None, (2,), 2), (None, (3,), 3)]


def test_a_link_that_a_source_gives_to_several_entries_says_nothing() -> None:
    """Gather I2: all ten items link to the home page, and the planet repeats all ten."""
    mine = [light(n, guid=f"tag:b,1:{n}", link="blog") for n in range(1, 11)]
    theirs = [light(n + 10, PLANET, guid=f"tag:b,1:{n}", link="blog") for n in range(1, 11)]
    assert groups(*mine, *theirs) == [(None, (n, n + 10), n) for n in range(1, 11)]


def test_an_entry_joins_the_story_that_is_there() -> None:
    known = (light(1, link="x/a", story=7), light(5, link="x/b", story=8))
    assert groups(light(9, PLANET, link="x/a"), light(10, PLANET, link="x/c"), known=known) == [
        (7, (9,), 1),
        (None, (10,), 10),
    ]


def test_a_story_takes_the_third_twin_too() -> None:
    known = (light(1, link="x/a", story=7), light(2, PLANET, link="x/a", story=7))
    assert groups(light(3, TAG, link="x/a"), known=known) == [(7, (3,), 1)]


def test_the_blog_that_comes_after_the_planet_is_the_origin() -> None:
    copy = light(1, PLANET, link="x/a", origin=Origin(title="Blog", url="https://blog.example"), story=7)
    assert groups(light(2, link="x/a"), known=(copy,)) == [(7, (2,), 2)]


def test_who_claims_no_origin_is_it_before_who_names_an_unknown_one() -> None:
    copy = light(1, PLANET, link="x/a", origin=Origin(title="Somebody"))
    assert groups(copy, light(2, TAG, link="x/a")) == [(None, (1, 2), 2)]


def test_among_equals_the_first_to_arrive_is_the_origin() -> None:
    assert groups(light(8, TAG, link="x/a"), light(2, link="x/a")) == [(None, (8, 2), 8)]


def test_an_id_weighs_more_than_a_link() -> None:
    known = (light(1, guid="tag:b,1:a", story=7), light(2, link="x/a", story=8))
    assert groups(light(3, PLANET, guid="tag:b,1:a", link="x/a"), known=known) == [(7, (3,), 1)]


def test_fifteen_entries_of_one_day_stay_apart_and_each_finds_its_twin() -> None:
    """The pilot's anybox source: 15 entries with one date; the planet repeats them under the same guids."""
    mine = [light(n, guid=f"https://p.example/anybox/{n}", link=f"p/{n}") for n in range(1, 16)]
    theirs = [
        light(n + 50, PLANET, guid=f"https://p.example/anybox/{n}", link=f"p/{n}") for n in range(1, 16)
    ]
    assert groups(*mine) == [(None, (n,), n) for n in range(1, 16)]
    assert groups(*mine, *theirs) == [(None, (n, n + 50), n) for n in range(1, 16)]


@st.composite
def crowds(draw: st.DrawFn) -> tuple[list[Light], list[Light]]:
    keys = st.sampled_from(("https://a.example/1", "https://a.example/2", "7", "tag:x,1:y"))
    numbers = count(1)

    def entries(size: int) -> list[Light]:
        return [
            light(
                next(numbers), SourceId(draw(st.integers(1, 4))), guid=draw(keys), link=draw(st.none() | keys)
            )
            for _ in range(size)
        ]

    known = entries(draw(st.integers(0, 6)))
    told = [light(e.id, e.source, guid=e.guid, link=e.link_key, story=100 + e.id) for e in known]
    return entries(draw(st.integers(0, 12))), told


@given(crowds())
def test_every_new_entry_gets_one_story_and_no_story_two_of_a_source(
    crowd: tuple[list[Light], list[Light]],
) -> None:
    fresh, known = crowd
    found = assign(fresh, known)
    by_id = {entry.id: entry for entry in (*known, *fresh)}
    assert sorted(id for each in found for id in each.entries) == [entry.id for entry in fresh]
    for each in found:
        members = [by_id[id] for id in _members(each, known)]
        assert each.origin in {entry.id for entry in members}
        assert len({entry.source for entry in members}) == len(members)
        if len(members) > 1:
            linked = {m.id for m, n in product(members, members) if m is not n and _share(m, n)}
            assert linked == {entry.id for entry in members}
    assert found == assign(fresh, known)


def _members(grouping: Grouping, known: list[Light]) -> list[EntryId]:
    there = [entry.id for entry in known if entry.story == grouping.story and grouping.story is not None]
    return [*there, *grouping.entries]


def _share(one: Light, other: Light) -> bool:
    return one.guid == other.guid or (one.link_key is not None and one.link_key == other.link_key)
