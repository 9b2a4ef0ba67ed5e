"""Nights let go of what is older than `storage.keep_months`; a cancelled issue's stories come next night."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from digest.model import IssueId, Tally
from digest.night.run import compose_room, gather_room
from tests.night.house import DAY, NIGHT, House


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path)
    house.publish("blog", "one")
    house.join("ada", at=NIGHT)
    return house


@pytest.mark.parametrize(("months", "kept"), [(13, True), (14, False)])
def test_a_night_lets_go_of_deliveries_older_than_keep_months(house: House, months: int, kept: bool) -> None:
    house.night(NIGHT)
    house.night(NIGHT + months * timedelta(days=31))

    with house.tonight(NIGHT) as one:
        assert bool(one.store.deliveries.of_issue(IssueId(1))) is kept
        assert one.store.deliveries.tally(IssueId(1)) == Tally(sent=1)
        assert one.store.deliveries.conservation(IssueId(1)).holds


def test_what_was_let_go_is_not_sent_again(house: House) -> None:
    house.night(NIGHT)
    for month in range(14, 17):
        house.night(NIGHT + month * timedelta(days=31))

    assert house.received("ada") == [("one",)]


def test_the_stories_of_a_cancelled_issue_come_the_next_night(house: House) -> None:
    with house.tonight(NIGHT) as one:
        gather_room(one)
        compose_room(one)
        one.store.deliveries.cancel(IssueId(1), NIGHT)
    house.night(NIGHT)
    assert house.received("ada") == []

    house.publish("blog", "two", "one")
    house.night(NIGHT + DAY)

    assert house.received("ada") == [("two", "one")]
