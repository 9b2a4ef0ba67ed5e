"""The keys this installation signs with."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from digest.errors import StorageError
from digest.storage import Store

PURPOSES = ["token", "verp", "form", "salt"]
LATER = timedelta(days=1)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_fresh_database_has_one_key_for_each_purpose(store: Store, now: datetime, purpose: str) -> None:
    key = store.keys.secret(purpose)
    assert (key.purpose, len(key.secret), key.created_at, key.retired_at) == (purpose, 32, now, None)
    assert store.keys.all(purpose) == (key,)


def test_no_two_keys_are_the_same(store: Store) -> None:
    assert len({store.keys.secret(purpose).secret for purpose in PURPOSES}) == len(PURPOSES)


def test_a_key_shows_its_secret_to_nobody(store: Store) -> None:
    key = store.keys.secret("token")
    assert repr(key.secret) not in repr(key)
    assert "secret" not in repr(key)


def test_the_newest_key_signs(store: Store, now: datetime) -> None:
    added = store.keys.add("token", secret=b"new", now=now + LATER)
    assert store.keys.secret("token") == added


def test_of_two_keys_of_one_instant_the_later_made_signs(store: Store, now: datetime) -> None:
    added = store.keys.add("token", secret=b"new", now=now)
    assert store.keys.secret("token") == added


def test_a_retired_key_signs_no_more_and_goes_on_verifying(store: Store, now: datetime) -> None:
    first = store.keys.secret("token")
    added = store.keys.add("token", secret=b"new", now=now + LATER)
    store.keys.retire(added, now=now + LATER)
    assert store.keys.secret("token") == first
    assert [key.id for key in store.keys.all("token")] == [added.id, first.id]


def test_a_key_is_retired_once(store: Store, now: datetime) -> None:
    key = store.keys.secret("form")
    store.keys.retire(key, now=now)
    store.keys.retire(key, now=now + LATER)
    assert store.keys.all("form")[0].retired_at == now


def test_without_a_key_that_signs_there_is_an_error(store: Store, now: datetime) -> None:
    store.keys.retire(store.keys.secret("form"), now=now)
    with pytest.raises(StorageError, match="no key for 'form'"):
        store.keys.secret("form")


def test_a_purpose_that_we_do_not_have_is_refused(store: Store, now: datetime) -> None:
    with pytest.raises(StorageError, match="CHECK"):
        store.keys.add("another", secret=b"x", now=now)
