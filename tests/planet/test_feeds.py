"""The planet's own feeds: what a reader's program makes of them is what the pages show."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import feedparser
import pytest
from lxml import etree

from digest.gather import opml
from digest.gather.document import Document, ParsedFeed
from digest.gather.read import read
from tests.night.house import DAY, NIGHT, House, Item
from tests.planet.pages import PLANET, built, gathered, headings
from tests.planet.test_pages import HOSTILE, TOPICS

ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}"
KINDS = ("atom", "rss")


def feed(house: House, name: str) -> Any:
    parsed = feedparser.parse((house.root / "public" / name).read_bytes(), sanitize_html=False)
    assert not parsed.bozo, parsed.get("bozo_exception")
    return parsed


@pytest.mark.parametrize("kind", KINDS)
def test_a_feed_holds_the_stories_of_the_pages_in_their_order(tmp_path: Path, kind: str) -> None:
    house = gathered(tmp_path)

    built(house)

    parsed = feed(house, f"{kind}.xml")
    pages = [heading for page in ("index", "page/2", "page/3") for heading in headings(house, f"{page}.html")]
    assert [entry.title for entry in parsed.entries] == pages
    assert parsed.entries[0].link == "https://blog.example/n7"
    assert parsed.entries[0].published_parsed[:5] == (2026, 11, 21, 2, 0)


@pytest.mark.parametrize("kind", KINDS)
def test_an_entry_keeps_the_id_its_publisher_gave_it(tmp_path: Path, kind: str) -> None:
    house = gathered(tmp_path)

    built(house)

    assert [entry.id for entry in feed(house, f"{kind}.xml").entries] == [
        f"tag:blog:n{number}" for number in range(7, 0, -1)
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_an_entry_whose_id_is_no_address_is_known_by_its_link(tmp_path: Path, kind: str) -> None:
    house = House(tmp_path, planet=PLANET)
    house.publish("blog", Item(name="one", guid="17 of 20"))
    house.night(NIGHT)

    built(house)

    (entry,) = feed(house, f"{kind}.xml").entries
    assert entry.id == "https://blog.example/one"


@pytest.mark.parametrize("kind", KINDS)
def test_no_two_entries_of_a_feed_have_one_id(tmp_path: Path, kind: str) -> None:
    house = House(tmp_path, planet=PLANET)
    house.publish("blog", Item(name="a", guid="1"), Item(name="b", guid="2", link="https://blog.example/a"))
    house.night(NIGHT)

    built(house)

    ids = [entry.id for entry in feed(house, f"{kind}.xml").entries]
    assert len(ids) == len(set(ids)) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_topic_has_a_feed_of_its_own(tmp_path: Path, kind: str) -> None:
    house = House(tmp_path, planet=PLANET, topics=TOPICS)
    house.publish("blog", Item(name="one", title="A meetup"), "two")
    house.night(NIGHT)

    built(house)

    assert [entry.title for entry in feed(house, f"topics/meetings/{kind}.xml").entries] == [
        "[blog] A meetup"
    ]
    assert feed(house, f"topics/empty/{kind}.xml").entries == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_address_in_a_feed_is_whole(tmp_path: Path, kind: str) -> None:
    house = gathered(tmp_path, site={"url": "https://digest.example.org/planet"}, topics=TOPICS)

    built(house)

    for name in (f"{kind}.xml", f"topics/empty/{kind}.xml"):
        tree = etree.parse(house.root / "public" / name)
        hrefs = [str(element.get("href")) for element in tree.iter(f"{ATOM}link")]
        texts = [element.text or "" for element in tree.iter("link")]
        assert all(urlsplit(address).netloc for address in (*hrefs, *texts))
        assert f"https://digest.example.org/planet/{name}" in hrefs


def test_atom_has_all_that_rfc_4287_asks_for(tmp_path: Path) -> None:
    house = gathered(tmp_path)

    built(house)

    root = etree.parse(house.root / "public" / "atom.xml").getroot()
    for element in (root, *root.iter(f"{ATOM}entry")):
        for name in ("id", "title", "updated", "author"):
            assert len(element.findall(f"{ATOM}{name}")) == 1
        assert element.get("{http://www.w3.org/XML/1998/namespace}lang") == "en"
    for entry in root.iter(f"{ATOM}entry"):
        assert entry.findtext(f"{ATOM}source/{ATOM}title") == "blog"
        assert entry.findtext(f"{ATOM}source/{ATOM}id")
        assert str(entry.findtext(f"{ATOM}updated")) >= str(entry.findtext(f"{ATOM}published"))


@pytest.mark.parametrize("kind", KINDS)
def test_what_publishers_write_breaks_out_of_no_element(tmp_path: Path, kind: str) -> None:
    house = House(tmp_path, planet=PLANET)
    house.publish("blog", Item(name="one", title="]]></title><x>", text=f"]]>&amp;lt;{HOSTILE}"), "two")
    house.night(NIGHT)

    built(house)

    parsed = feed(house, f"{kind}.xml")
    assert len(parsed.entries) == 2
    told = " ".join(content.value for entry in parsed.entries for content in entry.content)
    assert "<script" not in told
    assert "javascript:" not in told
    assert "onclick" not in told


def test_another_planet_reads_in_ours_whose_each_entry_is(tmp_path: Path) -> None:
    house = gathered(tmp_path)

    built(house)

    body = (tmp_path / "public" / "atom.xml").read_bytes()
    parsed = read(Document(body=body, address="https://digest.example.org/atom.xml"))
    assert isinstance(parsed, ParsedFeed)
    (first, *_) = parsed.entries
    assert first.guid == "tag:blog:n7"
    assert first.content.title == "[blog] What n7 is about"
    assert first.content.origin is not None
    assert first.content.origin.title == "blog"


def test_markup_that_an_article_talks_about_stays_text_in_rss(tmp_path: Path) -> None:
    house = House(tmp_path, planet=PLANET)
    talk = "&lt;script&gt;pwned()&lt;/script&gt; is 1 &lt; 2 &amp;amp; so on"
    house.publish("blog", Item(name="one", title="The &lt;script&gt; tag", text=f"<p>{talk}</p>"))
    house.night(NIGHT)

    built(house)

    (entry,) = etree.parse(tmp_path / "public" / "rss.xml").getroot().iter("item")
    told = [str(entry.findtext(name)) for name in ("title", "description", f"{CONTENT}encoded")]
    assert ["<script" in each for each in told] == [False, False, False]
    assert ["&lt;script" in each for each in told] == [True, True, True]


@pytest.mark.parametrize("kind", KINDS)
def test_a_feed_does_not_change_because_we_looked(tmp_path: Path, kind: str) -> None:
    house = gathered(tmp_path)
    built(house)
    before = (tmp_path / "public" / f"{kind}.xml").read_bytes()

    house.night(NIGHT + DAY)

    assert (tmp_path / "public" / f"{kind}.xml").read_bytes() == before


def test_the_sources_are_listed_as_opml_without_logins_and_paths(tmp_path: Path) -> None:
    house = gathered(tmp_path, topics=TOPICS)
    house.follow("far", "https://ada:secret@far.example/feed", title="Far", topics=["meetings"])

    built(house)

    data = (tmp_path / "public" / "sources.opml").read_bytes()
    assert opml.read(data) == (
        opml.Outline(url="https://far.example/feed", title="Far", folders=("Meetings",)),
    )
