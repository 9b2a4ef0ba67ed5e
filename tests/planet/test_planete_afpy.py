"""The page this project started from: Planète AFPy, its fifty stories in its own order."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from xml.etree import ElementTree as ET

import pytest

from tests.corpus import needs_corpus
from tests.night.house import House
from tests.night.test_planete_afpy import AFPY, NIGHT, afpy
from tests.planet.pages import document, stories

pytestmark = [needs_corpus, pytest.mark.xdist_group("afpy-planet")]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """The eleven feeds, gathered and published in one night."""
    house = afpy(tmp_path_factory.mktemp("planet"), "dir:outbox")
    house.tables["site"] |= {"timezone": "UTC"}
    house.tables["gather"] |= {"first_entries": 10_000}
    house.tables["planet"] = {"dir": "public", "per_page": 50}
    house.night(NIGHT)
    return house


def page() -> list[ET.Element]:
    """The entries of the page as the corpus holds it."""
    return list(ET.parse(AFPY / "planet.xml").getroot().iter("item"))


def test_the_fifty_headings_are_those_of_the_page_in_its_order(house: House) -> None:
    assert [story.heading for story in stories(house)] == [
        " ".join(str(entry.findtext("title")).split()) for entry in page()
    ]


def test_the_dates_are_those_of_the_page(house: House) -> None:
    dates = (parsedate_to_datetime(str(entry.findtext("pubDate"))) for entry in page())

    assert [story.published for story in stories(house)] == [
        f"Publié le {at:%Y-%m-%d %H:%M:%S}" for at in dates
    ]


def test_the_stories_lead_where_those_of_the_page_lead(house: House) -> None:
    assert [story.link for story in stories(house)] == [entry.findtext("link") for entry in page()]


def test_the_sources_are_called_as_on_the_page(house: House) -> None:
    side = document(house).find(".//aside")
    named = {str(source[0].text_content()) for source in side.iter("li")}

    assert named == {str(entry.findtext("source")) for entry in page()}
