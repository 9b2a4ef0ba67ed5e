"""The archive: an issue as it was cut, for everybody, and the same whenever it is set."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from subscribers.model import Cadence
from tests.night.house import DAY, NIGHT, House, Item
from tests.planet.pages import PLANET, built, document, files, headings, links

DAILY = {"slug": "daily", "title": "Small Daily", "cadence": "nightly", "public": True}
TOPICS = [{"slug": "meetings", "title": "Meetings", "match": {"words": ["meetup"]}}]


def sections(house: House, path: str) -> list[tuple[str, str]]:
    """The headings of an issue in their order, by level."""
    page = document(house, path)
    return [
        (str(element.tag), " ".join(element.text_content().split()))
        for element in page.find(".//main").iter("h1", "h2", "h3", "h4")
    ]


def test_an_issue_stands_under_the_headings_of_its_mail(tmp_path: Path) -> None:
    house = House(tmp_path, planet=PLANET, topics=TOPICS)
    house.publish("blog", *(Item(name=f"n{n}", title=f"Meetup {n}", at=NIGHT - n * DAY) for n in (1, 2, 3)))
    house.publish(
        "other", Item(name="one", title="A meetup", at=NIGHT - 9 * DAY), Item(name="two", title="Else")
    )

    house.night(NIGHT)

    assert sections(house, "issues/daily/1.html") == [
        ("h1", "Small Daily"),
        ("h2", "Meetings"),
        ("h3", "[other] A meetup"),
        ("h3", "blog"),
        ("h4", "Meetup 1"),
        ("h4", "Meetup 2"),
        ("h4", "Meetup 3"),
        ("h2", "More"),
        ("h3", "[other] Else"),
    ]


def test_without_topics_an_issue_stands_under_its_sources(tmp_path: Path) -> None:
    house = House(tmp_path, planet=PLANET)
    house.publish("blog", "one")

    house.night(NIGHT)

    assert sections(house, "issues/daily/1.html")[1:] == [("h2", "blog"), ("h3", "What one is about")]


def test_no_link_of_an_issue_is_anybodys_own(tmp_path: Path) -> None:
    house = House(tmp_path, planet=PLANET)
    house.publish("blog", "one")
    house.join("ada", at=NIGHT)

    house.night(NIGHT)

    (mail,) = house.mails
    assert "/u/" in mail.html
    found = list(links(house, "issues/daily/1.html"))
    assert [link for link in found if "/u/" in link or "/w/" in link] == []
    assert "ada@" not in document(house, "issues/daily/1.html").text_content()


def test_an_issue_keeps_its_page_when_the_next_one_comes(tmp_path: Path) -> None:
    house = House(tmp_path, planet=PLANET)
    house.publish("blog", "one")
    house.night(NIGHT)
    first = (tmp_path / "public" / "issues/daily/1.html").read_bytes()
    house.publish("blog", "two")

    house.night(NIGHT + DAY)

    assert (tmp_path / "public" / "issues/daily/1.html").read_bytes() == first
    assert headings(house, "issues/daily/2.html") == ["What two is about"]
    index = document(house, "issues/index.html").text_content()
    assert index.index("No. 2") < index.index("No. 1")


def test_an_issue_of_long_ago_is_set_again_by_hand_and_not_by_a_night(tmp_path: Path) -> None:
    house = House(tmp_path, planet=PLANET)
    house.publish("blog", "one")
    house.night(NIGHT)
    page = tmp_path / "public" / "issues/daily/1.html"
    page.write_text("kept")
    late = NIGHT + timedelta(days=61)

    house.night(late)
    assert page.read_text() == "kept"
    built(house, at=late)

    assert headings(house, "issues/daily/1.html") == ["What one is about"]


def test_an_issue_is_in_the_language_of_its_list(tmp_path: Path) -> None:
    house = House(
        tmp_path,
        planet=PLANET,
        lists=[{**DAILY, "title": "Le quotidien", "language": "fr"}],
    )
    house.publish("blog", "one")

    house.night(NIGHT)

    page = document(house, "issues/daily/1.html")
    assert page.get("lang") == "fr"
    assert "n° 1 · 22 novembre 2026 · 1 article de 1 source" in " ".join(page.text_content().split()).replace(
        "\xa0", " "
    )


def test_an_extra_goes_by_its_night(tmp_path: Path) -> None:
    house = House(
        tmp_path,
        planet=PLANET,
        lists=[{**DAILY, "slug": "weekly", "cadence": "weekly", "weekday": "monday"}],
    )
    house.publish("blog", "one")
    house.join("ada", at=NIGHT, list="weekly", cadence=Cadence.NIGHTLY)

    house.night(NIGHT)

    assert "issues/weekly/2026-11-22.html" in files(tmp_path / "public")


def test_a_list_that_left_the_file_keeps_its_archive(tmp_path: Path) -> None:
    house = House(tmp_path, planet=PLANET)
    house.publish("blog", "one")
    house.night(NIGHT)
    house.tables["lists"] = [{"slug": "new", "title": "New", "cadence": "nightly"}]

    house.night(NIGHT + DAY)

    assert headings(house, "issues/daily/1.html") == ["What one is about"]
    assert "Small Daily" in document(house, "issues/index.html").text_content()


@pytest.mark.parametrize("since", ["always", "later"])
def test_a_list_that_is_not_public_is_not_in_the_archive(tmp_path: Path, since: str) -> None:
    house = House(
        tmp_path, planet=PLANET, lists=[DAILY, {**DAILY, "slug": "inner", "title": "The inner circle"}]
    )
    if since == "always":
        house.tables["lists"][1]["public"] = False
    house.publish("blog", "one")
    house.join("ada", at=NIGHT, list="inner")
    house.join("bob", at=NIGHT)
    house.night(NIGHT)
    house.tables["lists"][1]["public"] = False
    built(house)

    found = files(tmp_path / "public")
    assert [name for name in found if name.startswith("issues/inner")] == []
    assert "issues/daily/1.html" in found
    assert not any("inner" in (tmp_path / "public" / name).read_text() for name in found)


def test_its_mails_do_not_lead_there(tmp_path: Path) -> None:
    house = House(tmp_path, planet=PLANET, lists=[{**DAILY, "public": False}])
    house.publish("blog", "one")
    house.join("ada", at=NIGHT)
    house.night(NIGHT)

    (mail,) = house.mails
    assert "/issues/" not in mail.html + mail.text
    house.tables["lists"] = [DAILY]
    house.publish("blog", "two")
    house.night(NIGHT + DAY)
    assert "/issues/daily/2.html" in house.mails[1].html and "/issues/daily/2.html" in house.mails[1].text


def test_a_list_that_was_not_public_does_not_become_so_by_leaving_the_file(tmp_path: Path) -> None:
    house = House(tmp_path, planet=PLANET, lists=[{**DAILY, "slug": "inner", "public": False}, DAILY])
    house.publish("blog", "one")
    house.night(NIGHT)
    house.tables["lists"] = [{**DAILY, "slug": "new"}]

    house.night(NIGHT + DAY)

    kept = {name for name in files(tmp_path / "public") if name.startswith("issues/")}
    assert kept == {"issues/index.html", "issues/daily/1.html"}
