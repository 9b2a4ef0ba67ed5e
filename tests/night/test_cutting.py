"""Cutting an issue: frozen once, gone on with after a death, everybody planned once."""

from __future__ import annotations

from pathlib import Path

import pytest

from digest.errors import NotFound
from digest.night.cutting import list_id_of
from digest.night.run import compose_room, deliver_room, gather_room
from tests.ledger import poke
from tests.night.house import DAY, NIGHT, House

HOUR = DAY / 24
LATER = NIGHT + HOUR


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path)
    house.publish("blog", "one", "two")
    house.publish("planet", "three")
    house.join("ada", at=NIGHT)
    house.join("bob", at=NIGHT)
    return house


def test_a_second_cut_plans_nobody_again(house: House) -> None:
    with house.tonight(NIGHT) as one:
        gather_room(one)
        (first,) = compose_room(one).issues
    with house.tonight(LATER) as one:
        (second,) = compose_room(one).issues

    assert (first.planned, first.deliveries, first.editions) == (2, 2, 1)
    assert (second.planned, second.deliveries, second.editions) == (0, 2, 1)


def test_who_was_not_planned_when_a_run_died_joins_the_issue_and_the_edition_as_frozen(house: House) -> None:
    with house.tonight(NIGHT) as one:
        poke(one.store, "UPDATE subscriptions SET due_at = NULL WHERE id = 2")
        gather_room(one)
        compose_room(one)
    house.publish("blog", "four")
    with house.tonight(LATER) as one:
        poke(one.store, "UPDATE subscriptions SET due_at = '2026-11-22T01:00:00.000000Z' WHERE id = 2")
        gather_room(one)
        (report,) = compose_room(one).issues
        assert report.issue is not None
        stories = {each.stories for each in one.store.issues.editions(report.issue.id)}
        deliver_room(one)

    assert (report.planned, report.deliveries, len(stories)) == (1, 2, 1)
    assert house.received("ada") == house.received("bob")
    assert {"four"}.isdisjoint(house.received("bob")[0])
    house.accounts(at=LATER)


def test_who_gets_nothing_is_past_what_there_was(house: House) -> None:
    house.join("mute", at=NIGHT, mute=("blog", "planet"))
    house.night(NIGHT)

    place = house.place("mute")
    assert (place.cursor, place.due_at) == (3, house.place("ada").due_at)


def test_who_gets_something_is_past_it_only_when_the_mail_has_left(house: House) -> None:
    with house.tonight(NIGHT) as one:
        gather_room(one)
        compose_room(one)
    before = house.place("ada").cursor
    with house.tonight(LATER) as one:
        deliver_room(one)

    assert (before, house.place("ada").cursor) == (0, 3)


def test_equal_selections_are_one_edition(house: House) -> None:
    house.join("eve", at=NIGHT, mute=("planet",))
    house.join("zoe", at=NIGHT, only=("blog",))
    with house.tonight(NIGHT) as one:
        gather_room(one)
        (report,) = compose_room(one).issues

    assert (report.deliveries, report.editions) == (4, 2)


def test_wishes_about_a_source_without_news_make_no_edition_of_their_own(house: House) -> None:
    house.night(NIGHT)
    house.join("eve", at=NIGHT + HOUR, mute=("planet",))
    house.publish("blog", "four")
    with house.tonight(NIGHT + DAY) as one:
        gather_room(one)
        (report,) = compose_room(one).issues

    assert (report.deliveries, report.editions) == (3, 1)


def test_a_list_nobody_knows_is_not_found(house: House) -> None:
    with house.tonight(NIGHT) as one, pytest.raises(NotFound, match='There is no list "nope"'):
        list_id_of(one, "nope")
