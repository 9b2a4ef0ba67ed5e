"""Real feeds of the world, read whole: counts, labels, links, encodings."""

from __future__ import annotations

import csv
import functools
import re
from pathlib import Path

import pytest

from digest.gather.document import Document, ParsedFeed, Unreadable
from digest.gather.read import read
from tests.corpus import CORPUS, needs_corpus
from tests.unit.test_clean import inspected

pytestmark = needs_corpus

#: items of these that hold neither title, nor text, nor link (an empty <item/> inside each item; a bare date)
SAY_NOTHING = {"pcmag.com.xml": 10, "le-cercle-psy.scienceshumaines.com.xml": 1}


def rows(name: str) -> list[dict[str, str]]:
    path = CORPUS / name
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t"))


@functools.cache
def reading(path: Path, content_type: str | None = None) -> ParsedFeed | Unreadable:
    address = f"https://feeds.example.org/{path.name}"
    return read(Document(body=path.read_bytes(), address=address, content_type=content_type))


FEEDS = rows("feeds.tsv")
READABLE = [row for row in FEEDS if row["file"] != "misc-compressed.xml"]


@pytest.mark.parametrize("row", READABLE, ids=lambda row: row["file"])
def test_a_real_feed_gives_all_its_entries_clean(row: dict[str, str]) -> None:
    found = reading(CORPUS / "feeds" / row["file"])
    assert isinstance(found, ParsedFeed), found
    assert len(found.entries) >= int(row["entries"]) - SAY_NOTHING.get(row["file"], 0)
    for entry in found.entries:
        content = entry.content
        assert (
            content.title and len(content.title.splitlines()) == 1 and content.title == content.title.strip()
        )
        assert content.link is None or re.fullmatch(r"https?://\S+", content.link)
        assert not any("@" in name for name in content.authors)
        inspected(content.content_html)
        inspected(content.summary_html)
        assert entry.guid is None or entry.guid == entry.guid.strip() != ""


@pytest.mark.parametrize("row", READABLE, ids=lambda row: row["file"])
def test_a_feed_that_is_broken_is_marked(row: dict[str, str]) -> None:
    found = reading(CORPUS / "feeds" / row["file"])
    assert isinstance(found, ParsedFeed) and found.malformed == bool(found.fault)
    assert found.malformed or row["bozo"] == "0"


def test_compressed_bytes_are_no_feed() -> None:
    found = reading(CORPUS / "feeds" / "misc-compressed.xml")
    assert isinstance(found, Unreadable) and found.kind == "unreadable"


def test_a_real_feed_may_have_no_entries() -> None:
    found = reading(CORPUS / "feeds" / "ipython-books.github.io.xml")
    assert isinstance(found, ParsedFeed) and found.entries == ()


@pytest.mark.parametrize("row", rows("derived-encodings.tsv"), ids=lambda row: row["file"])
def test_another_encoding_reads_as_the_same_entries(row: dict[str, str]) -> None:
    told = None if row["declared"] == "yes" else f"text/xml; charset={row['encoding']}"
    derived = reading(CORPUS / "derived-encodings" / row["file"], told)
    original = reading(CORPUS / "feeds" / row["made_from"])
    assert isinstance(derived, ParsedFeed) and isinstance(original, ParsedFeed)
    one, two = ([(e.guid, e.content.title, e.content.text) for e in f.entries] for f in (derived, original))
    assert one == two and one
