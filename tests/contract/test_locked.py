"""A database that another program is writing to: writers are told, readers do not notice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path

import pytest

from digest.errors import StorageError
from digest.model import Key, ListId
from digest.storage import Store, open_store
from digest.storage.keys import Keys
from digest.storage.lists import Lists
from digest.storage.nights import Nights
from digest.storage.notices import Notices

NIGHT = date(2026, 11, 22)
Call = Callable[[Store, datetime], object]


def key(now: datetime) -> Key:
    return Key(id=1, purpose="token", secret=b"", created_at=now)


WRITES: dict[str, Call] = {
    "Keys.add": lambda store, now: store.keys.add("token", secret=b"", now=now),
    "Keys.retire": lambda store, now: store.keys.retire(key(now), now=now),
    "Nights.start": lambda store, now: store.nights.start(NIGHT, now, "{}"),
    "Nights.mark_closed": lambda store, now: store.nights.mark_closed(NIGHT, now),
    "Nights.mark_cut": lambda store, now: store.nights.mark_cut(NIGHT, now),
    "Nights.mark_finished": lambda store, now: store.nights.mark_finished(NIGHT, now),
    "Lists.sync": lambda store, now: store.lists.sync([("weekly", "Weekly", ())], now),
    "Notices.raise_": lambda store, now: store.notices.raise_("kind", "subject", "words", now),
    "Notices.settle": lambda store, now: store.notices.settle("kind", "subject", now),
    "Notices.told": lambda store, now: store.notices.told((), now),
}
READS: dict[str, Call] = {
    "Keys.secret": lambda store, _: store.keys.secret("token"),
    "Keys.all": lambda store, _: store.keys.all("token"),
    "Nights.get": lambda store, _: store.nights.get(NIGHT),
    "Nights.last": lambda store, _: store.nights.last(),
    "Nights.settings": lambda store, _: store.nights.settings(NIGHT),
    "Lists.all": lambda store, _: store.lists.all(),
    "Lists.by_slug": lambda store, _: store.lists.by_slug("weekly"),
    "Lists.by_id": lambda store, _: store.lists.by_id(ListId(1)),
    "Notices.open": lambda store, _: store.notices.open(),
    "Notices.untold": lambda store, _: store.notices.untold(),
    "Notices.over": lambda store, _: store.notices.over(),
}


@pytest.fixture
def locked(tmp_path: Path, now: datetime) -> Iterator[Store]:
    """A store whose file another one is writing to."""
    with (
        open_store("sqlite:///digest.db", base=tmp_path, now=now) as writer,
        open_store("sqlite:///digest.db", base=tmp_path, now=now, busy_timeout_ms=10) as store,
        writer.atomic(),
    ):
        yield store


def test_every_public_method_is_in_one_of_the_two_tables() -> None:
    methods = {
        f"{domain.__name__}.{name}"
        for domain in (Keys, Nights, Lists, Notices)
        for name in vars(domain)
        if not name.startswith("_")
    }
    assert methods == WRITES.keys() | READS.keys()


@pytest.mark.parametrize("name", WRITES)
def test_a_write_says_that_the_database_is_locked(locked: Store, now: datetime, name: str) -> None:
    with pytest.raises(StorageError, match=r"digest\.db is locked by another program"):
        WRITES[name](locked, now)


@pytest.mark.parametrize("name", READS)
def test_a_read_goes_on_beside_a_writer(locked: Store, now: datetime, name: str) -> None:
    READS[name](locked, now)


@pytest.mark.parametrize("name", [*WRITES, *READS])
def test_on_a_closed_store_every_method_raises_ours(store: Store, now: datetime, name: str) -> None:
    store.close()
    with pytest.raises(StorageError, match="closed"):
        (WRITES | READS)[name](store, now)
