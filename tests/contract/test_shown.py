"""What every engine promises of the stories the planet shows."""

from __future__ import annotations

from datetime import datetime

import pytest

from digest.model import EntryState, Shown
from digest.storage import Store
from tests.contract.test_entries import URLS, close, gather
from tests.gathering import DAY


@pytest.fixture(autouse=True)
def sources(store: Store, now: datetime) -> None:
    store.sources.sync([(slug, url, ()) for slug, url in URLS.items()], now)


def names(store: Store) -> list[str]:
    """The entries shown, by what they are about."""
    entries = (store.entries.get(each.entry_id) for each in store.entries.shown())
    return [entry.content.title.removeprefix("About ") for entry in entries if entry is not None]


def slugs(store: Store) -> list[str]:
    known = {source.id: source.slug for source in store.sources.all()}
    return [known[each.source_id] for each in store.entries.shown()]


def test_before_the_first_release_nothing_is_shown(store: Store, now: datetime) -> None:
    gather(store, "a", now=now)

    assert store.entries.shown() == ()


def test_a_story_is_shown_by_one_entry_with_its_date_and_topics(store: Store, now: datetime) -> None:
    gather(store, "a", now=now)
    close(store, store.entries.waiting(), now)

    (entry,) = store.entries.find(state=EntryState.RELEASED)
    assert entry.story_id is not None
    assert store.entries.shown() == (
        Shown(
            story_id=entry.story_id,
            entry_id=entry.id,
            source_id=entry.source_id,
            dated_at=entry.dated_at,
            topics=("py",),
        ),
    )


def test_of_one_date_the_later_arrival_comes_first(store: Store, now: datetime) -> None:
    gather(store, "a", "b", now=now, date=now - DAY)
    close(store, store.entries.waiting(), now)
    first = names(store)
    gather(store, "c", now=now, slug="planet", date=now - DAY)
    close(store, store.entries.waiting(), now)

    assert names(store) == ["c", *first]


def test_a_later_arrival_of_an_older_date_comes_after(store: Store, now: datetime) -> None:
    gather(store, "new", now=now, date=now - DAY)
    close(store, store.entries.waiting(), now)
    gather(store, "old", now=now, slug="planet", date=now - 9 * DAY)
    close(store, store.entries.waiting(), now)

    assert names(store) == ["new", "old"]


def test_of_twins_the_origin_is_shown_and_the_other_when_its_source_is_gone(
    store: Store, now: datetime
) -> None:
    gather(store, "a", now=now)
    gather(store, "a", now=now, slug="planet")
    close(store, store.entries.waiting(), now, together=True)
    both = slugs(store)
    store.sources.sync([("planet", URLS["planet"], ())], now)

    assert (both, slugs(store)) == (["blog"], ["planet"])


def test_what_the_editor_dropped_is_not_shown(store: Store, now: datetime) -> None:
    gather(store, "a", "b", now=now)
    close(store, store.entries.waiting(), now)
    (a,) = (each for each in store.entries.find(state=EntryState.RELEASED) if each.content.title == "About a")

    store.entries.drop([a.id], now, reason="spam")

    assert names(store) == ["b"]
