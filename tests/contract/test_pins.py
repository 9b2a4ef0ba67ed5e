"""Pinning and dropping, on every engine: what the editor says of an entry, and of what is news already."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from digest.model import Entry, EntryState, IssueStory, NewIssue, Seq, StoryId
from digest.storage import Store
from tests.contract.test_entries import URLS, close, gather, titles
from tests.gathering import DAY


@pytest.fixture(autouse=True)
def sources(store: Store, now: datetime) -> None:
    store.sources.sync([(slug, url, ()) for slug, url in URLS.items()], now)


def released(store: Store, now: datetime) -> list[Entry]:
    """Two pieces of news, a and b, in order of arrival."""
    gather(store, "b", "a", now=now)
    close(store, store.entries.waiting(), now)
    return sorted(store.entries.find(state=EntryState.RELEASED), key=lambda entry: entry.seq or 0)


def shown(store: Store) -> list[list[str]]:
    return [titles(story.entries) for story in store.entries.released_between(Seq(0), Seq(99))]


def test_pins_come_in_the_order_they_were_made(store: Store, now: datetime) -> None:
    a, b = released(store, now)
    assert store.entries.pin([b.id], now) == 1
    assert store.entries.pin([a.id], now + DAY) == 1
    assert titles(store.entries.pinned(Seq(0))) == ["b", "a"]


def test_pinned_twice_an_entry_keeps_its_first_pin(store: Store, now: datetime) -> None:
    a, _ = released(store, now)
    assert [store.entries.pin([a.id], at) for at in (now, now + DAY)] == [1, 0]
    (pinned,) = store.entries.pinned(Seq(0))
    assert pinned.pinned_at == now


def test_what_waits_is_pinned_whatever_the_head(store: Store, now: datetime) -> None:
    gather(store, "a", now=now)
    (entry,) = store.entries.waiting()
    store.entries.pin([entry.id], now)
    assert titles(store.entries.pinned(Seq(1000))) == ["a"]


def test_a_pin_is_spent_once_the_head_is_past_it(store: Store, now: datetime) -> None:
    a, _ = released(store, now)
    store.entries.pin([a.id], now)
    assert [titles(store.entries.pinned(Seq(after))) for after in (0, 1)] == [["a"], []]


def test_a_pin_goes_as_it_came(store: Store, now: datetime) -> None:
    a, _ = released(store, now)
    store.entries.pin([a.id], now)
    assert [store.entries.unpin([a.id]) for _ in range(2)] == [1, 0]
    assert store.entries.pinned(Seq(0)) == ()


def test_dropped_news_keeps_its_seq_and_is_shown_no_more(store: Store, now: datetime) -> None:
    a, b = released(store, now)
    assert [store.entries.drop([a.id], now, reason="spam") for _ in range(2)] == [1, 0]
    kept = store.entries.get(a.id)
    assert kept is not None
    assert (kept.seq, kept.state, kept.dropped_at, kept.reason) == (1, EntryState.RELEASED, now, "spam")
    assert store.entries.head() == b.seq
    assert shown(store) == [["b"]]


def test_dropping_takes_the_pin(store: Store, now: datetime) -> None:
    a, _ = released(store, now)
    store.entries.pin([a.id], now)
    store.entries.drop([a.id], now, reason="spam")
    assert store.entries.pinned(Seq(0)) == ()
    assert store.entries.pin([a.id], now) == 0


def test_dropped_news_that_is_let_out_again_is_shown_again(store: Store, now: datetime) -> None:
    a, _ = released(store, now)
    store.entries.drop([a.id], now, reason="spam")
    assert [store.entries.release_quarantined([a.id], now) for _ in range(2)] == [1, 0]
    assert shown(store) == [["a"], ["b"]]


def test_a_story_loses_only_the_twin_that_was_dropped(store: Store, now: datetime) -> None:
    gather(store, "a", now=now)
    gather(store, "a", now=now, slug="planet")
    close(store, store.entries.waiting(), now, together=True)
    store.entries.drop([store.entries.find()[0].id], now, reason="double")
    assert shown(store) == [["a", "a"]]
    store.entries.drop([store.entries.find()[1].id], now, reason="double")
    assert shown(store) == []


def test_a_story_sent_already_is_still_read_whole(store: Store, now: datetime) -> None:
    a, _ = released(store, now)
    assert a.story_id is not None
    store.entries.drop([a.id], now, reason="spam")
    assert [titles(story.entries) for story in store.entries.stories([a.story_id])] == [["a"]]


def test_an_issue_keeps_the_pins_it_was_frozen_with(store: Store, now: datetime) -> None:
    store.lists.sync([("weekly", "Weekly", ())], now)
    weekly = store.lists.by_slug("weekly")
    assert weekly is not None
    lines = tuple(
        IssueStory(story_id=StoryId(entry.story_id or 0), entry_id=entry.id, pin=pin)
        for entry, pin in zip(released(store, now), (None, 1), strict=True)
    )
    new = NewIssue(
        list_id=weekly.id,
        night=date(2026, 11, 22),
        number=1,
        from_seq=Seq(0),
        head_seq=Seq(2),
        cut_at=now,
    )
    assert store.issues.stories(store.issues.freeze(new, lines, {}).id) == lines
