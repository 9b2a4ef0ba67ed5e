"""What a reader is served of an issue: `News` against the readable rules, story by story."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from subscribers.model import Wishes, Word
from subscribers.news import KEEPS_FOR, Arrival, News, NewsStory, in_turn
from subscribers.wishes import wanted
from tests.people.makers import NOW

SOURCES, TOPICS, LANGUAGES = ("s1", "s2", "s3", "s4"), ("t1", "t2", "t3"), ("fr", "en", "pt-br")


def entry(seq: int, source: str = "s1", *, days: float = 1, topics: tuple[str, ...] = ()) -> Arrival:
    return Arrival(seq=seq, at=NOW - timedelta(days=days), source=source, topics=topics)


def story(id: int, *entries: Arrival, seeded: bool = False) -> NewsStory:
    return NewsStory(story=id, entries=entries, source=entries[0].source, seeded=seeded)


def served(
    *stories: NewsStory,
    cursor: int = 0,
    head: int = 100,
    had: AbstractSet[int] = frozenset(),
    wishes: Wishes | None = None,
) -> tuple[int, ...]:
    news = News(stories, head=head, now=NOW)
    return news.select(wishes or Wishes(), cursor, served=lambda: had).stories


def words(slugs: tuple[str, ...]) -> st.SearchStrategy[dict[str, Word]]:
    return st.dictionaries(st.sampled_from(slugs), st.sampled_from(Word))


wishes_ = st.builds(
    lambda only, sources, topics, languages: Wishes.of(
        only=only, sources=sources, topics=topics, languages=tuple(languages)
    ),
    st.booleans(),
    words(SOURCES),
    words(TOPICS),
    st.sets(st.sampled_from(("fr", "en", "pt"))),
)


@st.composite
def stories_(draw: st.DrawFn) -> tuple[NewsStory, ...]:
    """Stories of one to three entries, no two of them with the same seq."""
    seqs = draw(st.lists(st.integers(1, 60), unique=True, max_size=20))
    made: list[NewsStory] = []
    while seqs:
        entries = tuple(
            Arrival(
                seq=seqs.pop(),
                at=NOW - timedelta(days=draw(st.integers(0, 90))),
                source=draw(st.sampled_from(SOURCES)),
                topics=tuple(sorted(draw(st.sets(st.sampled_from(TOPICS))))),
                language=draw(st.none() | st.sampled_from(LANGUAGES)),
            )
            for _ in range(min(len(seqs), draw(st.integers(1, 3))))
        )
        made.append(
            NewsStory(story=len(made), entries=entries, source=entries[0].source, seeded=draw(st.booleans()))
        )
    return tuple(made)


@given(stories_(), wishes_, st.integers(0, 60), st.integers(0, 60), st.sets(st.integers(0, 20)))
def test_a_selection_is_what_the_rules_say_story_by_story(
    stories: tuple[NewsStory, ...], wishes: Wishes, cursor: int, head: int, had: set[int]
) -> None:
    expected: list[tuple[int, int]] = []
    older = 0
    for each in stories:
        met = [entry for entry in each.entries if entry.seq <= head]
        if each.seeded or not met or not wanted(wishes, met):
            continue
        newest, oldest = max(entry.seq for entry in met), min(entry.seq for entry in met)
        if newest <= cursor or (oldest <= cursor and each.story in had):
            continue
        if max(entry.at for entry in met) < NOW - KEEPS_FOR:
            older += 1
        else:
            expected.append((newest, each.story))
    found = News(stories, head=head, now=NOW).select(wishes, cursor, served=lambda: had)
    assert found.stories == tuple(id for _, id in sorted(expected, reverse=True))
    assert found.more == older
    assert bool(found) is bool(expected or older)


def test_news_begins_after_the_cursor_and_ends_at_the_head() -> None:
    assert served(*(story(n, entry(n)) for n in range(1, 8)), cursor=2, head=5) == (5, 4, 3)


def test_a_planet_repeating_last_weeks_post_brings_nothing_twice() -> None:
    assert served(story(7, entry(1, "blog"), entry(9, "planet")), cursor=5, had={7}) == ()


def test_a_reader_who_follows_only_the_planet_still_gets_it() -> None:
    only = Wishes.of(only=True, sources={"planet": Word.FOLLOW})
    assert served(story(7, entry(1, "blog"), entry(9, "planet")), cursor=5, wishes=only) == (7,)


def test_a_story_that_was_there_when_its_source_was_first_seen_is_news_to_nobody() -> None:
    assert served(story(7, entry(9), seeded=True)) == ()


def test_a_twin_that_came_after_the_head_does_not_count_yet() -> None:
    late = story(7, entry(1, "s1"), entry(90, "s2"))
    assert served(late, cursor=5, head=50) == ()
    assert served(late, cursor=5, head=90) == (7,)


def test_what_was_served_is_asked_only_where_it_matters() -> None:
    def never() -> AbstractSet[int]:
        raise AssertionError("asked")

    news = News([story(1, entry(6)), story(2, entry(1, "s2"), entry(7, "s3"))], head=9, now=NOW)
    assert news.select(Wishes(), 0, served=never).stories == (2, 1)
    muted = Wishes.of(sources={"s2": Word.MUTE, "s3": Word.MUTE})
    assert news.select(muted, 5, served=never).stories == (1,)


def test_what_arrived_sixty_days_ago_is_told_as_a_number() -> None:
    news = News([story(1, entry(1, days=61)), story(2, entry(2, days=59))], head=9, now=NOW)
    found = news.select(Wishes(), 0, served=frozenset)
    assert (found.stories, found.more) == ((2,), 1)


def test_a_catch_up_takes_the_newest_of_each_source_in_turn_and_counts_the_rest() -> None:
    noisy = [story(n, entry(n, "noisy")) for n in range(10, 20)]
    quiet = [story(n, entry(n, "quiet")) for n in (1, 2)]
    found = News([*noisy, *quiet], head=99, now=NOW).select(Wishes(), 0, served=frozenset, catch_up=5)
    assert found.stories == (19, 18, 17, 2, 1)
    assert found.more == 7


@given(stories_(), st.integers(0, 30))
def test_no_source_of_a_catch_up_is_two_behind_another_that_has_more(
    stories: tuple[NewsStory, ...], limit: int
) -> None:
    taken = in_turn(stories, limit=limit)
    assert len(taken) == min(limit, len(stories))
    have = {source: [each for each in stories if each.source == source] for source in SOURCES}
    took = {source: [each for each in taken if each.source == source] for source in SOURCES}
    for source in SOURCES:
        assert took[source] == have[source][: len(took[source])]
        waiting = len(took[source]) < len(have[source])
        assert not waiting or all(len(took[other]) <= len(took[source]) + 1 for other in SOURCES)
