"""The pilot's planet republishes its sources: every entry of it finds its twin, and nothing else does."""

from __future__ import annotations

from itertools import count

import pytest

from digest.gather.document import Document, ParsedFeed
from digest.gather.identity import link_key
from digest.gather.read import read
from digest.model import EntryId, SourceId
from digest.sort.stories import Light, assign
from tests.corpus import CORPUS, needs_corpus

FOLDER = CORPUS / "planete-afpy"


def lights(ids: count[int], source: int, name: str) -> list[Light]:
    body = (FOLDER / f"{name}.xml").read_bytes()
    feed = read(Document(body=body, address=f"https://planet.example/{name}/feed.xml"))
    assert isinstance(feed, ParsedFeed)
    return [
        Light(
            id=EntryId(next(ids)),
            source=SourceId(source),
            guid=entry.guid or "",
            link_key=link_key(entry.content.link),
            origin=entry.content.origin,
        )
        for entry in feed.entries
    ]


@needs_corpus
def test_the_fifteen_anybox_entries_of_one_date_stay_apart() -> None:
    found = assign(lights(count(1), 1, "anybox"), ())
    assert [len(each.entries) for each in found] == [1] * 15


@needs_corpus
@pytest.mark.parametrize("planet_first", [False, True])
def test_every_planet_entry_is_one_story_with_the_blogs(planet_first: bool) -> None:
    ids = count(1)
    names = sorted(path.stem for path in FOLDER.glob("*.xml") if path.stem != "planet")
    blogs = [light for number, name in enumerate(names, 1) for light in lights(ids, number, name)]
    planet = lights(ids, 99, "planet")
    found = assign(planet + blogs if planet_first else blogs + planet, ())
    assert len(planet) == len(blogs) == len(found) == 50
    pairs = [set(each.entries) for each in found]
    assert all(len(pair & {light.id for light in blogs}) == 1 for pair in pairs)
    assert all(len(pair & {light.id for light in planet}) == 1 for pair in pairs)
