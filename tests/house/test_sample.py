"""The sample feeds are what the demo says they are."""

from __future__ import annotations

import json
import re
import tomllib
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest

from digest import sample
from digest.settings.checks import faults
from digest.settings.schema import Settings

TEXTS = {feed.name: feed.read_text(encoding="utf-8") for feed in sample.feeds()}

#: names nobody can own (RFC 2606), and those of the formats themselves
INVENTED = re.compile(r"(?:.+\.)?example(?:\.(?:com|net|org))?")
FORMATS = frozenset({"www.w3.org", "purl.org", "jsonfeed.org"})


@pytest.fixture(scope="module")
def settings() -> Settings:
    return Settings.model_validate(tomllib.loads(sample.configuration().read_text(encoding="utf-8")))


def test_the_configuration_is_without_fault(settings: Settings) -> None:
    assert faults(settings) == []


def test_every_source_is_one_of_the_feeds(settings: Settings) -> None:
    assert sorted(source.url for source in settings.sources) == [f"feeds/{name}" for name in TEXTS]


def test_no_mail_of_the_demo_leaves_its_folder(settings: Settings) -> None:
    assert settings.mail.smtp == "dir:outbox"


def test_one_list_is_due_whatever_the_day(settings: Settings) -> None:
    assert "nightly" in [each.cadence for each in settings.lists]


def test_there_are_six_feeds_in_three_formats() -> None:
    assert {name: text.splitlines()[1].split()[0] for name, text in TEXTS.items()} == {
        "carnet-de-lise.xml": "<feed",
        "old-wiki.xml": "<rss",
        "planete-voisine.xml": "<rss",
        "python-vallee.xml": "<rss",
        "slow-snakes.xml": "<rss",
        "tiny-tools.json": '"version":',
    }


@pytest.mark.parametrize("name", [name for name in TEXTS if name.endswith(".xml") and name != "old-wiki.xml"])
def test_a_whole_feed_is_well_formed(name: str) -> None:
    feed = ET.fromstring(TEXTS[name])
    entries = [*feed.iter("item"), *feed.iter("{http://www.w3.org/2005/Atom}entry")]

    assert 3 <= len(entries) <= 6


def test_the_json_feed_is_well_formed() -> None:
    assert [entry["id"] for entry in json.loads(TEXTS["tiny-tools.json"])["items"]] == [
        "bench-48", "bench-47", "bench-46", "bench-45",
    ]  # fmt: skip


def test_the_old_wiki_breaks_off_after_two_entries_and_has_no_dates() -> None:
    text = TEXTS["old-wiki.xml"]

    assert (text.count("<item>"), text.count("</item>"), text.count("pubDate")) == (3, 2, 0)
    with pytest.raises(ET.ParseError):
        ET.fromstring(text)


@pytest.mark.parametrize(
    ("origin", "start", "end"),
    [
        ("carnet-de-lise.xml", "<p>Notre suite de tests", "est froide.</p>"),
        ("slow-snakes.xml", "<p>When I teach", "full of paper.</p>"),
    ],
)
def test_the_neighbour_planet_copies_to_the_letter(origin: str, start: str, end: str) -> None:
    text = TEXTS[origin]
    copied = text[text.index(start) : text.index(end) + len(end)]

    assert copied in TEXTS["planete-voisine.xml"]


@pytest.mark.parametrize("name", TEXTS)
def test_every_address_is_invented(name: str) -> None:
    hosts = {urlsplit(url).hostname or "" for url in re.findall(r"https?://[^\s\"'<>)]+", TEXTS[name])}
    mail_hosts = set(re.findall(r"@([\w.-]+\w)", re.sub(r"@\w+$", "", TEXTS[name], flags=re.MULTILINE)))

    assert {host for host in hosts | mail_hosts if not INVENTED.fullmatch(host)} - FORMATS == set()


@pytest.mark.parametrize("name", TEXTS)
def test_every_image_says_what_it_shows(name: str) -> None:
    images = re.findall(r"<img[^>]*>", TEXTS[name])

    assert [image for image in images if not re.search(r'alt="[^"]{5,}"', image)] == []


@pytest.mark.parametrize("name", ["carnet-de-lise.xml", "planete-voisine.xml", "python-vallee.xml"])
def test_french_is_set_with_its_spaces(name: str) -> None:
    """No plain space before ; ! ? » or after «: a line may not break there."""
    prose = re.sub(r"<pre>.*?</pre>", "", TEXTS[name], flags=re.DOTALL)

    assert re.findall(r".{12} [;!?»]|« .{12}", prose) == []
