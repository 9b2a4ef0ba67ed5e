"""All feeds of the corpus, served at once over HTTP: every entry of every one, clean, and nothing twice."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import quote, urlsplit
from urllib.request import urlopen

import pytest

from digest.gather import GatherReport
from digest.model import Entry, EntryState
from digest.night.run import gather_room
from tests.corpus import CORPUS, needs_corpus
from tests.night.house import NIGHT, House

#: with `--dist loadgroup` gathered once, not once a worker
pytestmark = [needs_corpus, pytest.mark.xdist_group("corpus")]

FOLDERS = ("feeds", "planete-afpy", "derived-encodings")
#: a zip archive under a feed's name: nobody can read it
UNREADABLE = "feeds/misc-compressed.xml"
#: fewer than the index counts, because the rest are empty `<item/>`s nested in others: no title, link or text
FEWER = {"feeds/pcmag.com.xml": 10, "feeds/le-cercle-psy.scienceshumaines.com.xml": 9}

_FORBIDDEN = frozenset("script style iframe object embed form input link meta base".split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """Two gatherings of it all, with what the server counted in each."""

    #: path in the corpus -> what came of it
    entries: dict[str, tuple[Entry, ...]]
    first: GatherReport
    again: GatherReport
    served: dict[str, int]
    served_again: dict[str, int]
    released: int


def paths() -> list[str]:
    found = [path for folder in FOLDERS for path in sorted((CORPUS / folder).iterdir())]
    return [path.relative_to(CORPUS).as_posix() for path in found if path.suffix in (".xml", ".json")]


def slug_of(path: str) -> str:
    return re.sub("[^a-z0-9]+", "-", path.lower())[-64:].strip("-")


@contextmanager
def served() -> Iterator[int]:
    """The corpus's own server on a free port."""
    command = [sys.executable, str(CORPUS / "serve.py"), "--port", "0", "--quiet"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            found = re.search(r":(\d+)/$", server.stdout.readline())
            assert found is not None
            yield int(found[1])
        finally:
            server.terminate()


def stats(port: int) -> dict[str, int]:
    with urlopen(f"http://127.0.0.1:{port}/_stats") as answer:
        return {str(key): int(value) for key, value in json.load(answer).items()}


@pytest.fixture(scope="module")
def gathered(tmp_path_factory: pytest.TempPathFactory) -> Gathered:
    root = tmp_path_factory.mktemp("corpus")
    with served() as port:
        allow = [f"127.0.0.1:{port}"]
        house = House(root, gather={"first_entries": 10_000, "allow_private": allow, "per_host": 32})
        for path in paths():
            house.follow(slug_of(path), f"http://127.0.0.1:{port}/{quote(path)}")
        with house.tonight(NIGHT) as one:
            first = gather_room(one)
            counted = stats(port)
            again = gather_room(one, force=True)
            counted_again = stats(port)
            sources = {source.slug: source.id for source in one.store.sources.all()}
            entries = {
                path: one.store.entries.find(source_id=sources[slug_of(path)], limit=10_000)
                for path in paths()
            }
    assert first.gather is not None
    assert again.gather is not None
    return Gathered(
        entries=entries,
        first=first.gather,
        again=again.gather,
        served=counted,
        served_again=counted_again,
        released=first.released,
    )


def expected() -> dict[str, int]:
    """Entries by path, as the index counts them."""
    with (CORPUS / "feeds.tsv").open(encoding="utf-8") as lines:
        counts = {
            f"feeds/{row['file']}": int(row["entries"]) for row in csv.DictReader(lines, delimiter="\t")
        }
    return counts | FEWER


def test_every_feed_gives_at_least_the_entries_the_index_counts(gathered: Gathered) -> None:
    wanted = expected()
    assert len(wanted) == 156
    found = {path: len(gathered.entries[path]) for path in wanted}
    assert {path: count for path, count in found.items() if count < wanted[path]} == {}


def test_the_whole_planet_and_its_sources_are_there(gathered: Gathered) -> None:
    counts = {path: len(entries) for path, entries in gathered.entries.items() if path.startswith("planete")}
    assert counts.pop("planete-afpy/planet.xml") == 50
    assert (len(counts), sum(counts.values()), counts["planete-afpy/anybox.xml"]) == (11, 50, 15)


def test_a_feed_in_another_encoding_gives_the_same_titles(gathered: Gathered) -> None:
    with (CORPUS / "derived-encodings.tsv").open(encoding="utf-8") as lines:
        pairs = [(row["file"], row["made_from"]) for row in csv.DictReader(lines, delimiter="\t")]
    assert pairs
    for derived, original in pairs:
        again, first = gathered.entries[f"derived-encodings/{derived}"], gathered.entries[f"feeds/{original}"]
        assert {entry.content.title for entry in again} == {entry.content.title for entry in first}, derived


def test_only_what_nobody_can_read_fails(gathered: Gathered) -> None:
    assert [failure.slug for failure in gathered.first.failures] == [slug_of(UNREADABLE)]
    assert (gathered.first.changed, gathered.first.failed) == (len(paths()) - 1, 1)


def test_every_entry_has_an_id_a_title_of_one_line_and_a_link_or_none(gathered: Gathered) -> None:
    for path, entries in gathered.entries.items():
        assert len({entry.guid for entry in entries}) == len(entries), path
        for entry in entries:
            title, link = entry.content.title, entry.content.link
            assert entry.guid, path
            assert title.splitlines() == [title.strip()], (path, title)
            assert not any(unicodedata.category(char) == "Cc" for char in title), (path, title)
            assert link is None or (urlsplit(link).scheme in ("http", "https") and urlsplit(link).hostname), (
                path,
                link,
            )


class Dirt(HTMLParser):
    """Notes what no cleaned HTML may hold."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _FORBIDDEN:
            self.found.append(tag)
        for name, value in attrs:
            scheme = "".join((value or "").split()).partition(":")[0].lower()
            is_address = name in ("href", "src", "cite", "action", "srcset", "poster")
            if name.startswith("on") or (is_address and scheme in ("javascript", "vbscript", "data", "file")):
                self.found.append(f'{tag} {name}="{value}"')


def test_the_html_of_every_entry_is_clean(gathered: Gathered) -> None:
    dirty = {}
    for path, entries in gathered.entries.items():
        for entry in entries:
            for html in (entry.content.summary_html, entry.content.content_html):
                dirt = Dirt()
                dirt.feed(html)
                if dirt.found:
                    dirty[path, entry.guid] = dirt.found
    assert dirty == {}


def test_the_dirt_is_there_to_be_cleaned() -> None:
    """Or the test above would prove nothing."""
    raw = "".join(path.read_text("utf-8", "replace") for path in sorted((CORPUS / "feeds").iterdir()))
    for word in ("<script", "<iframe", "onclick=", "javascript:", "<style"):
        assert word in raw or word.replace("<", "&lt;") in raw, word


def test_everything_becomes_news_when_all_of_it_is_asked_for(gathered: Gathered) -> None:
    every = [entry for entries in gathered.entries.values() for entry in entries]
    assert {entry.state for entry in every} == {EntryState.RELEASED}
    assert gathered.released == len(every) == gathered.first.entries_new
    assert sorted(entry.seq or 0 for entry in every) == list(range(1, len(every) + 1))


def test_asked_again_every_feed_is_a_conditional_hit_and_nothing_is_new(gathered: Gathered) -> None:
    readable = len(paths()) - 1
    assert gathered.served["304"] == 0
    assert gathered.served_again["304"] == readable
    # what could not be read is asked for in full, and the server counts our asking for the counts
    assert gathered.served_again["200"] - gathered.served["200"] == 2
    assert (gathered.again.unchanged, gathered.again.changed, gathered.again.entries_new) == (readable, 0, 0)
