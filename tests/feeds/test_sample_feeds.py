"""Our own reader finds in the sample feeds what their authors put there."""

from __future__ import annotations

import pytest

from digest import sample
from digest.gather.document import Document, ParsedFeed
from digest.gather.read import read


def parsed(name: str) -> ParsedFeed:
    feed = next(feed for feed in sample.feeds() if feed.name == name)
    found = read(Document(body=feed.read_bytes(), address=f"https://demo.example.org/feeds/{name}"))
    assert isinstance(found, ParsedFeed)
    return found


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("carnet-de-lise.xml", 4),
        ("old-wiki.xml", 2),
        ("planete-voisine.xml", 3),
        ("python-vallee.xml", 4),
        ("slow-snakes.xml", 4),
        ("tiny-tools.json", 4),
    ],
)
def test_every_whole_entry_is_read_also_from_the_feed_that_breaks_off(name: str, count: int) -> None:
    assert len(parsed(name).entries) == count


def test_the_copies_name_the_source_they_come_from() -> None:
    origins = [entry.content.origin for entry in parsed("planete-voisine.xml").entries]

    assert [origin and origin.title for origin in origins] == ["Le carnet de Lise", "Slow Snakes", None]


def test_a_relative_image_is_found_from_the_address_the_feed_declares() -> None:
    html = parsed("carnet-de-lise.xml").entries[0].content.content_html

    assert 'src="https://lise.example.org/images/courges.jpg"' in html


def test_what_has_no_date_has_none() -> None:
    assert {entry.content.published_at for entry in parsed("old-wiki.xml").entries} == {None}
