"""Every feed of the corpus, gathered again and again: what real publishers do to ids (gather I1, I2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from digest.gather.document import Document, ParsedFeed
from digest.gather.identity import MAX_KEY, keyed, link_key
from digest.gather.read import read
from digest.model import Identity
from digest.model.words import fold
from tests.corpus import CORPUS, needs_corpus
from tests.gathering import Shelf, source

pytestmark = needs_corpus

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
FEEDS = sorted((CORPUS / "feeds").rglob("*.*"))


@cache
def parsed(path: Path) -> ParsedFeed:
    found = read(Document(body=path.read_bytes(), address=f"https://{path.stem}.example/feed"))
    if not isinstance(found, ParsedFeed) or not found.entries:
        pytest.skip("holds no entries")
    return found


@pytest.fixture(params=FEEDS, ids=lambda path: path.name)
def feed(request: pytest.FixtureRequest) -> ParsedFeed:
    path: Path = request.param
    return parsed(path)


def fresh() -> Shelf:
    return Shelf(source(seeded_at=None, succeeded_at=None))


def test_the_same_feed_again_brings_nothing_new(feed: ParsedFeed) -> None:
    shelf = fresh()
    shelf.take(feed, now=NOW)
    again = shelf.take(feed, now=NOW + timedelta(days=1)).gathering
    assert (again.new, again.changed, again.keys, again.withdrawn) == ((), (), (), ())


def test_entries_growing_one_by_one_are_each_new_once(feed: ParsedFeed) -> None:
    """The feed as it came to be: its oldest entry alone, then one more each night."""
    shelf = fresh()
    entries = feed.entries[-30:]
    for night in range(1, len(entries) + 1):
        shelf.take(replace(feed, entries=entries[-night:]), now=NOW + timedelta(days=night))
    assert len(shelf.arrived) == len(keyed(entries, Identity.ID))


def test_only_the_same_id_on_the_same_page_is_the_same_entry(feed: ParsedFeed) -> None:
    found = keyed(feed.entries, Identity.ID)
    kept = {(item.parsed.guid, item.link_key, item.title_key) for item in found}
    told = {
        (entry.guid, link_key(entry.content.link), fold(entry.content.title)[:MAX_KEY])
        for entry in feed.entries
        if entry.guid
    }
    assert {each for each in told if len(each[2]) < MAX_KEY} <= kept
