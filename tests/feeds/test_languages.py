"""The language of each entry of the pilot, whoever republishes it and whatever it declares."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from digest.gather.document import Document, ParsedFeed
from digest.gather.language import language_of
from digest.gather.read import read
from tests.corpus import CORPUS, needs_corpus

pytestmark = needs_corpus

PLANET = CORPUS / "planete-afpy" / "planet.xml"
SOURCES = sorted(path for path in PLANET.parent.glob("*.xml") if path != PLANET)


def truth() -> dict[str, str]:
    """By link, from the planet's XML, read without any code of ours."""
    items = ET.parse(PLANET).getroot().iter("item")
    tag = "{http://purl.org/dc/elements/1.1/}language"
    return {item.findtext("link", ""): item.findtext(tag, "") for item in items}


def told(path: Path, *, declared: bool) -> dict[str, str | None]:
    """By link, what we take each entry of a feed for; without what its entries declare, where so asked."""
    body = path.read_bytes()
    if not declared:
        body = re.sub(rb"<dc:language>[^<]*</dc:language>|\sxml:lang=\"[^\"]*\"", b"", body)
    feed = read(Document(body=body, address="https://planet.example/feed.xml"))
    assert isinstance(feed, ParsedFeed)
    return {
        each.content.link or "": language_of(
            declared=each.content.language,
            text=f"{each.content.title}\n{each.content.text}",
            configured="fr",
        )
        for each in feed.entries
    }


def right(found: dict[str, str | None]) -> int:
    known = truth()
    assert found.keys() == known.keys()
    return sum(found[link] == language for link, language in known.items())


def test_the_planet_holds_43_french_and_7_english_entries() -> None:
    assert sorted(truth().values()) == ["en"] * 7 + ["fr"] * 43


@pytest.mark.parametrize("declared", [True, False])
def test_from_the_planet_alone_at_least_48_of_50_are_right(declared: bool) -> None:
    assert right(told(PLANET, declared=declared)) >= 48


@pytest.mark.parametrize("declared", [True, False])
def test_from_the_eleven_sources_at_least_48_of_50_are_right(declared: bool) -> None:
    found: dict[str, str | None] = {}
    for path in SOURCES:
        found |= told(path, declared=declared)
    assert right(found) >= 48
