"""The editor's notes, on every engine: one waits for a list and language, and one issue uses it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from digest.errors import StorageError
from digest.model import Issue, ListId, NewIssue, Note, Seq
from digest.storage import Store

FRENCH = Note(html="<p>Bonjour</p>", text="Bonjour", markdown="*Bonjour*")
ENGLISH = Note(html="<p>Hello</p>", text="Hello", markdown="Hello")
NIGHT = date(2026, 11, 22)


@pytest.fixture
def weekly(store: Store, now: datetime) -> ListId:
    store.lists.sync([("weekly", "Weekly", ()), ("daily", "Daily", ())], now)
    return of(store, "weekly")


def of(store: Store, slug: str) -> ListId:
    found = store.lists.by_slug(slug)
    assert found is not None
    return found.id


def freeze(store: Store, list_id: ListId, now: datetime, *, number: int | None = 1, nights: int = 0) -> Issue:
    new = NewIssue(
        list_id=list_id,
        night=NIGHT + timedelta(days=nights),
        number=number,
        from_seq=Seq(0),
        head_seq=Seq(0),
        cut_at=now,
    )
    return store.issues.freeze(new, (), {})


def test_a_note_waits_as_it_was_written_one_a_language(store: Store, weekly: ListId, now: datetime) -> None:
    store.notes.write(weekly, "fr", FRENCH, now)
    store.notes.write(weekly, "en", ENGLISH, now)
    assert store.notes.waiting(weekly) == {"fr": FRENCH, "en": ENGLISH}
    assert store.notes.waiting(of(store, "daily")) == {}


def test_a_second_note_takes_the_place_of_the_first(store: Store, weekly: ListId, now: datetime) -> None:
    store.notes.write(weekly, "fr", FRENCH, now)
    store.notes.write(weekly, "fr", ENGLISH, now)
    assert store.notes.waiting(weekly) == {"fr": ENGLISH}


def test_a_note_is_taken_back_once(store: Store, weekly: ListId, now: datetime) -> None:
    store.notes.write(weekly, "fr", FRENCH, now)
    assert [store.notes.remove(weekly, "fr") for _ in range(2)] == [True, False]
    assert store.notes.waiting(weekly) == {}


def test_a_numbered_issue_takes_the_notes_that_wait_and_keeps_them(
    store: Store, weekly: ListId, now: datetime
) -> None:
    store.notes.write(weekly, "fr", FRENCH, now)
    first = freeze(store, weekly, now)
    second = freeze(store, weekly, now, number=2, nights=7)
    assert store.notes.waiting(weekly) == {}
    assert [store.notes.of_issue(each.id) for each in (first, second)] == [{"fr": FRENCH}, {}]


def test_frozen_again_an_issue_leaves_what_was_written_since(
    store: Store, weekly: ListId, now: datetime
) -> None:
    store.notes.write(weekly, "fr", FRENCH, now)
    issue = freeze(store, weekly, now)
    store.notes.write(weekly, "fr", ENGLISH, now)
    freeze(store, weekly, now)
    assert store.notes.of_issue(issue.id) == {"fr": FRENCH}
    assert store.notes.waiting(weekly) == {"fr": ENGLISH}


def test_an_extra_uses_no_note(store: Store, weekly: ListId, now: datetime) -> None:
    store.notes.write(weekly, "fr", FRENCH, now)
    extra = freeze(store, weekly, now, number=None)
    assert store.notes.of_issue(extra.id) == {}
    assert store.notes.waiting(weekly) == {"fr": FRENCH}


def test_another_list_s_issue_uses_another_list_s_note(store: Store, weekly: ListId, now: datetime) -> None:
    store.notes.write(weekly, "fr", FRENCH, now)
    freeze(store, of(store, "daily"), now)
    assert store.notes.waiting(weekly) == {"fr": FRENCH}


def test_a_note_that_was_used_is_not_taken_back(store: Store, weekly: ListId, now: datetime) -> None:
    store.notes.write(weekly, "fr", FRENCH, now)
    issue = freeze(store, weekly, now)
    assert not store.notes.remove(weekly, "fr")
    assert store.notes.of_issue(issue.id) == {"fr": FRENCH}


def test_when_freezing_fails_the_note_waits_on(store: Store, weekly: ListId, now: datetime) -> None:
    store.notes.write(weekly, "fr", FRENCH, now)
    with pytest.raises(StorageError, match="next"):
        freeze(store, weekly, now, number=5)
    assert store.notes.waiting(weekly) == {"fr": FRENCH}
