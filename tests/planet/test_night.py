"""The planet within a night: there before the first mail leaves, and what happens when it cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from digest.errors import TemplateError
from digest.night.health import examine
from tests.night.house import DAY, NIGHT, House
from tests.planet.pages import PLANET, files, headings


def at_work(root: Path) -> House:
    house = House(root, planet=PLANET)
    house.publish("blog", "one")
    house.join("ada", at=NIGHT)
    return house


def test_a_night_writes_the_planet_where_the_settings_name_a_folder(tmp_path: Path) -> None:
    house = at_work(tmp_path)

    report = house.night(NIGHT)

    assert headings(house) == ["[blog] What one is about"]
    assert report.planet is not None
    assert report.planet.written == report.planet.files == len(files(tmp_path / "public"))


def test_a_night_without_a_planet_writes_none(tmp_path: Path) -> None:
    house = at_work(tmp_path)
    del house.tables["planet"]

    report = house.night(NIGHT)

    assert report.planet is None
    assert not (tmp_path / "public").exists()


def test_a_folder_of_somebody_else_is_said_and_the_mail_leaves(tmp_path: Path) -> None:
    house = at_work(tmp_path)
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "shop.php").write_text("theirs")

    report = house.night(NIGHT)

    assert house.received("ada") == [("one",)]
    assert [notice for notice in report.notices if "shop.php, which is not ours" in notice]
    assert files(tmp_path / "public") == {"shop.php"}


def test_a_folder_that_cannot_be_written_is_said_once_and_over_when_it_can(tmp_path: Path) -> None:
    house = at_work(tmp_path)
    (tmp_path / "public").write_text("a file in the way")

    first = house.night(NIGHT)
    again = house.night(NIGHT + DAY)
    (tmp_path / "public").unlink()
    mended = house.night(NIGHT + 2 * DAY)

    assert ["cannot be written" in notice for notice in first.notices] == [True]
    assert again.notices == ()
    assert mended.planet is not None
    with house.tonight(NIGHT + 2 * DAY) as one:
        assert one.store.notices.open() == ()


def test_a_broken_template_stops_the_night_before_any_mail(tmp_path: Path) -> None:
    house = at_work(tmp_path)
    house.tables["site"]["templates"] = "mine"
    (tmp_path / "mine" / "planet").mkdir(parents=True)
    (tmp_path / "mine" / "planet" / "stories.html").write_text("\n{% if %}")

    with pytest.raises(TemplateError, match=r"stories\.html:2: "):
        house.night(NIGHT)

    assert house.received("ada") == []
    (tmp_path / "mine" / "planet" / "stories.html").unlink()
    house.night(NIGHT)
    assert house.received("ada") == [("one",)]


def test_the_doctor_has_nothing_against_a_planet(tmp_path: Path) -> None:
    house = at_work(tmp_path)

    with house.tonight(NIGHT) as one:
        said = [finding.words for finding in examine(one, offline=True)]

    assert [words for words in said if "planet" in words] == []
