"""What every engine promises of entries, their order of arrival and their stories."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from digest.errors import StorageError
from digest.model import Entry, EntryId, EntryState, Seq, SourceId, TopicRule
from digest.model.gathering import Closing, Placing, Release
from digest.storage import Store
from tests.gathering import DAY, SETTINGS, feed, item, planned

URLS = {"blog": "https://blog.example/feed", "planet": "https://planet.example/feed"}


@pytest.fixture(autouse=True)
def sources(store: Store, now: datetime) -> None:
    store.sources.sync([(slug, url, ()) for slug, url in URLS.items()], now)


def gather(
    store: Store, *names: str, now: datetime, slug: str = "blog", future: str = "clamp", **more: object
) -> None:
    """The source's document holds these entries, and no others."""
    source = store.sources.by_slug(slug)
    assert source is not None
    made = planned(
        source,
        feed(*(item(name, **more) for name in names)),  # type: ignore[arg-type]
        store.entries.known(source.id),
        configured=SETTINGS.model_copy(update={"future": future}),
        now=now,
    )
    store.sources.save_gathering(made.gathering)


def close(store: Store, entries: Sequence[Entry], now: datetime, *, together: bool = False) -> int:
    """Release them in the order given, each in its own story or all in one."""
    ids = tuple(entry.id for entry in entries)
    groups = [ids] if together else [(id,) for id in ids]
    first = store.entries.head() + 1
    releases = tuple(
        Release(entry_id=id, seq=Seq(seq), language="fr", topics=(TopicRule(topic="py", rule="always"),))
        for seq, id in enumerate(ids, start=first)
    )
    stories = tuple(Placing(story_id=None, entries=each, origin_id=each[0]) for each in groups if each)
    return store.entries.close(Closing(releases=releases, stories=stories), now)


def titles(entries: Sequence[Entry]) -> list[str]:
    return [entry.content.title.removeprefix("About ") for entry in entries]


def test_before_the_first_release_the_head_is_nought(store: Store, now: datetime) -> None:
    assert (store.entries.head(), store.entries.head_at(now)) == (0, 0)


def test_release_gives_seq_topics_language_and_story(store: Store, now: datetime) -> None:
    gather(store, "a", now=now)
    assert close(store, store.entries.waiting(), now) == 1
    (entry,) = store.entries.find(state=EntryState.RELEASED)
    assert (entry.seq, entry.released_at, entry.language) == (1, now, "fr")
    assert entry.topics == (TopicRule(topic="py", rule="always"),)
    assert entry.story_id is not None
    assert not store.entries.waiting()


def test_a_seq_that_does_not_follow_the_head_is_refused(store: Store, now: datetime) -> None:
    gather(store, "a", now=now)
    (entry,) = store.entries.waiting()
    late = Release(entry_id=entry.id, seq=Seq(7), language=None, topics=())
    with pytest.raises(StorageError):
        store.entries.close(Closing(releases=(late,)), now)


def test_an_entry_is_released_once(store: Store, now: datetime) -> None:
    gather(store, "a", now=now)
    entries = store.entries.waiting()
    close(store, entries, now)
    assert close(store, entries, now + DAY) == 0
    assert [entry.seq for entry in store.entries.find()] == [1]


def test_the_head_at_an_instant_counts_what_was_released_by_then(store: Store, now: datetime) -> None:
    for night, name in enumerate("ab"):
        gather(store, name, now=now + night * DAY)
        close(store, store.entries.waiting(), now + night * DAY)
    heads = [store.entries.head_at(at) for at in (now - DAY, now, now + DAY / 2, now + DAY)]
    assert heads == [0, 1, 1, 2]


def test_released_between_gives_stories_by_arrival(store: Store, now: datetime) -> None:
    gather(store, "b", "a", now=now)
    close(store, store.entries.waiting(), now)
    between = store.entries.released_between
    assert [titles(story.entries) for story in between(Seq(0), Seq(2))] == [["a"], ["b"]]
    assert [titles(story.entries) for story in between(Seq(1), Seq(2))] == [["b"]]
    assert between(Seq(2), Seq(2)) == ()


def test_a_story_comes_with_what_arrived_of_it_before(store: Store, now: datetime) -> None:
    gather(store, "a", now=now)
    close(store, store.entries.waiting(), now)
    gather(store, "a", now=now, slug="planet")
    (first,), (second,) = store.entries.find(state=EntryState.RELEASED), store.entries.waiting()
    grown = Placing(story_id=first.story_id, entries=(second.id,), origin_id=first.id)
    release = Release(entry_id=second.id, seq=Seq(2), language=None, topics=())
    store.entries.close(Closing(releases=(release,), stories=(grown,)), now)
    (story,) = store.entries.released_between(Seq(1), Seq(2))
    assert ([entry.seq for entry in story.entries], story.origin_id) == ([1, 2], first.id)
    assert [entry.seq for entry in store.entries.released_between(Seq(0), Seq(1))[0].entries] == [1]
    assert store.entries.stories([story.id]) == (story,)


def test_a_story_with_a_seeded_entry_is_served(store: Store, now: datetime) -> None:
    gather(store, "c", "b", "a", now=now)
    (seeded,) = store.entries.find(state=EntryState.SEEDED)
    gather(store, "a", now=now, slug="planet")
    close(store, [entry for entry in store.entries.waiting() if titles([entry]) != ["a"]], now)
    (twin,) = store.entries.waiting()
    release = Release(entry_id=twin.id, seq=Seq(3), language=None, topics=())
    story = Placing(story_id=None, entries=(seeded.id, twin.id), origin_id=seeded.id)
    store.entries.close(Closing(releases=(release,), stories=(story,)), now)
    assert [titles(each.entries) for each in store.entries.released_between(Seq(0), Seq(3))] == [["b"], ["c"]]


def test_kin_are_found_by_link_or_guid_with_their_stories(store: Store, now: datetime) -> None:
    gather(store, "a", now=now)
    close(store, store.entries.waiting(), now)
    gather(store, "x", now=now, slug="planet", link="http://www.blog.example/a#top")
    (arriving,) = store.entries.waiting()
    kin = store.entries.kin([arriving.id])
    assert [each.id for each in kin.fresh] == [arriving.id]
    assert [each.guid for each in kin.known] == ["tag:a"]


def test_seeded_kin_come_before_the_fresh(store: Store, now: datetime) -> None:
    gather(store, "c", "b", "a", now=now)
    gather(store, "a", now=now, slug="planet")
    arriving = next(entry for entry in store.entries.waiting() if titles([entry]) == ["a"])
    (seeded,) = store.entries.find(state=EntryState.SEEDED)
    assert [each.id for each in store.entries.kin([arriving.id]).fresh] == [seeded.id, arriving.id]


def test_kin_by_their_texts_come_with_their_stories(store: Store, now: datetime) -> None:
    gather(store, "a", now=now)
    close(store, store.entries.waiting(), now)
    gather(store, "x", now=now, slug="planet")
    (arriving,), (known,) = store.entries.waiting(), store.entries.find(state=EntryState.RELEASED)
    assert store.entries.kin([arriving.id]).known == ()
    assert [each.id for each in store.entries.kin([arriving.id], close=[known.id]).known] == [known.id]


def test_headings_are_of_what_was_released_or_seeded_lately(store: Store, now: datetime) -> None:
    gather(store, "c", "b", "a", now=now)
    close(store, store.entries.waiting()[:1], now)
    found = store.entries.headings(now)
    assert [each.title_key for each in found] == ["about a", "about b"]
    assert {each.id for each in found} == {
        each.id
        for state in (EntryState.SEEDED, EntryState.RELEASED)
        for each in store.entries.find(state=state)
    }
    assert store.entries.headings(now + timedelta(seconds=1)) == ()


def test_what_left_its_feed_is_not_released_nor_shown(store: Store, now: datetime) -> None:
    dated = {str(n): now - n * DAY for n in range(4)}
    source = store.sources.by_slug("blog")
    assert source is not None
    for names in ("012", "0123", "023"):
        known = store.entries.known(source.id)
        made = planned(source, feed(*(item(n, date=dated[n]) for n in names)), known, now=now)
        store.sources.save_gathering(made.gathering)
        source = made.gathering.source
    assert sorted(titles(store.entries.waiting())) == ["0", "3"]


def test_held_entries_are_due_at_their_date(store: Store, now: datetime) -> None:
    gather(store, "a", now=now, future="hold", date=now + DAY)
    assert not store.entries.waiting()
    assert not store.entries.due_held(now)
    assert titles(store.entries.due_held(now + DAY)) == ["a"]
    assert close(store, store.entries.due_held(now + DAY), now + DAY) == 1


def test_what_hands_let_out_waits(store: Store, now: datetime) -> None:
    gather(store, "c", "b", "a", now=now)
    gather(store, *map(str, range(9)), now=now + DAY, date=now - 99 * DAY)
    kept = store.entries.find(state=EntryState.QUARANTINED)
    assert len(kept) == 4
    assert store.entries.release_quarantined([kept[0].id], now) == 1
    assert kept[0].id in {entry.id for entry in store.entries.waiting()}


def test_a_quarantine_is_over_with_its_last_entry(store: Store, now: datetime) -> None:
    gather(store, "c", "b", "a", now=now)
    gather(store, *map(str, range(7)), now=now + DAY, date=now - 99 * DAY)
    first, last = store.entries.find(state=EntryState.QUARANTINED)
    store.entries.release_quarantined([first.id], now)
    assert [notice.kind for notice in store.notices.open()] == ["quarantine"]
    store.entries.drop([last.id], now, reason="spam")
    assert not store.notices.open()


def test_seeded_entries_are_beyond_hands(store: Store, now: datetime) -> None:
    gather(store, "c", "b", "a", now=now)
    ids = [entry.id for entry in store.entries.find(state=EntryState.SEEDED)]
    assert ids
    assert store.entries.release_quarantined(ids, now) == 0
    assert store.entries.drop(ids, now, reason="spam") == 0
    assert store.entries.pin(ids, now) == 0


def test_what_is_dropped_never_waits_again(store: Store, now: datetime) -> None:
    gather(store, "a", now=now)
    (entry,) = store.entries.waiting()
    assert store.entries.drop([entry.id], now, reason="spam") == 1
    gather(store, "a", now=now + DAY)
    assert not store.entries.waiting()


def test_find_filters_and_gives_the_newest_first(store: Store, now: datetime) -> None:
    gather(store, "c", "b", "a", now=now)
    gather(store, "x", now=now, slug="planet")
    assert titles(store.entries.find(limit=2)) == ["x", "c"]
    assert titles(store.entries.find(state=EntryState.SEEDED)) == ["a"]
    assert titles(store.entries.find(source_id=SourceId(2))) == ["x"]


def test_an_unknown_entry_is_none(store: Store) -> None:
    assert store.entries.get(EntryId(99)) is None
    assert store.entries.texts([EntryId(99)]) == {}
