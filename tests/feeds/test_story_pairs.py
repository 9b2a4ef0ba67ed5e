"""Closeness against 100 pairs of the corpus, labelled by hand: which tell the same story and which do not.

`tests/data/story_pairs.tsv` names files and hashes of ids and texts, and holds no text. The same: a blog and
its planets, two feeds of one site. Different, the most alike there are: next episodes, next releases, weekly
reports, announcements by one hand, equal titles of different people.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from itertools import count, groupby

import pytest

from digest.gather.document import Document, ParsedEntry, ParsedFeed
from digest.gather.identity import link_key
from digest.gather.read import read
from digest.model import EntryId, SourceId
from digest.model.gathering import Heading
from digest.model.words import fold
from digest.sort.closeness import near, twins
from digest.sort.stories import Light, assign
from tests.corpus import CORPUS, ROOT, needs_corpus

pytestmark = [needs_corpus, pytest.mark.xdist_group("story-pairs")]

PAIRS = ROOT / "tests" / "data" / "story_pairs.tsv"
#: of one hand, so that what they share may be the same: files by the site or person they come from
KIN = {
    "salt-fr.afpy.org": "afpy", "2016.pycon.fr": "afpy",
    "heise.de.atom": "heise.de", "dustri.org.rss": "dustri.org", "tech.osteel.me.atom": "tech.osteel.me",
    "planet.sympy.org.atom": "planet.sympy.org",
    "sachigiku.com.rdf": "sachigiku.com", "sachigiku.com.rss": "sachigiku.com",
}  # fmt: skip


def digest_of(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]


@cache
def entries(file: str) -> tuple[ParsedEntry, ...]:
    feed = read(Document(body=(CORPUS / file).read_bytes(), address=f"https://x.example/{file}"))
    return feed.entries if isinstance(feed, ParsedFeed) else ()


def found(file: str, id: str, text: str) -> ParsedEntry:
    """The entry a pair names. The text must still be the one that was labelled."""
    (entry,) = (
        each
        for each in entries(file)
        if (digest_of(each.guid or each.content.link or ""), digest_of(each.content.text)) == (id, text)
    )
    return entry


def pairs(label: str) -> list[tuple[ParsedEntry, ParsedEntry]]:
    rows = [line.split("\t") for line in PAIRS.read_text(encoding="utf-8").splitlines()[1:]]
    return [
        (found(file, id, text), found(other_file, other_id, other_text))
        for kind, file, id, text, other_file, other_id, other_text in rows
        if kind == label
    ]


def heading(id: int, source: int, entry: ParsedEntry) -> Heading:
    return Heading(id=EntryId(id), source_id=SourceId(source), title_key=fold(entry.content.title))


def close(one: ParsedEntry, other: ParsedEntry) -> bool:
    texts = {EntryId(1): one.content.text, EntryId(2): other.content.text}
    return bool(twins(near([heading(2, 2, other)], [heading(1, 1, one)]), texts.__getitem__))


def one_story(one: ParsedEntry, other: ParsedEntry) -> bool:
    """By all rules together, as a night has it."""
    lights = [
        Light(
            id=EntryId(id),
            source=SourceId(id),
            guid=entry.guid or "",
            link_key=link_key(entry.content.link),
            origin=entry.content.origin,
        )
        for id, entry in ((1, one), (2, other))
    ]
    texts = {EntryId(1): (EntryId(2),), EntryId(2): (EntryId(1),)} if close(one, other) else {}
    return len(assign(lights, (), close=texts)) == 1


def test_there_are_a_hundred_pairs() -> None:
    assert len(pairs("same")) + len(pairs("different")) == 100
    assert min(len(pairs("same")), len(pairs("different"))) >= 40


def test_no_two_different_stories_are_taken_for_one() -> None:
    wrong = [
        (a.content.link, b.content.link)
        for a, b in pairs("different")
        if close(a, b) or close(b, a) or one_story(a, b)
    ]
    assert wrong == []


def test_copies_are_found_by_their_texts_alone() -> None:
    """Missed: feeds that carry an excerpt of the article, or a title with a word more."""
    same = pairs("same")
    assert sum(close(one, other) for one, other in same) >= 49


def test_with_links_and_ids_nearly_all_copies_are_found() -> None:
    same = pairs("same")
    assert sum(one_story(one, other) for one, other in same) >= 52


def test_in_the_whole_corpus_nobody_is_taken_for_a_copy_of_a_stranger() -> None:
    ids = count(1)
    files = [
        f"{folder}/{path.name}"
        for folder in ("feeds", "planete-afpy")
        for path in sorted((CORPUS / folder).iterdir())
        if path.suffix in {".xml", ".json"}
    ]
    all_ = [
        (heading(next(ids), number, entry), entry, file)
        for number, file in enumerate(files)
        for entry in entries(file)
    ]
    texts = {each.id: entry.content.text for each, entry, _ in all_}
    home = {each.id: _home(file) for each, _, file in all_}
    told = twins(near([each for each, *_ in all_], ()), texts.__getitem__)

    assert len(told) > 200
    assert {(home[one], home[other]) for one, others in told.items() for other in others} == {
        (site, site) for site, _ in groupby(sorted(home[id] for id in told))
    }


def _home(file: str) -> str:
    folder, name = file.split("/")
    name = name.rpartition(".")[0]
    return "afpy" if folder == "planete-afpy" else KIN.get(name, name)
