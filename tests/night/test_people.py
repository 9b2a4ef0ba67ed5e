"""People coming and going, as an admin does it: where a first digest begins, wrong names, twice the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from digest.errors import NotFound, UsageError
from digest.night import people
from digest.night.people import Asked
from subscribers.joining import Outcome
from subscribers.model import Cadence, Consent, Format, Weekday, Word
from tests.night.house import DAY, NIGHT, House, address

LISTS = [
    {"slug": "daily", "title": "D", "cadence": "nightly", "language": "fr", "hour": 7},
    {"slug": "weekly", "title": "W", "cadence": "weekly", "weekday": "monday"},
]


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path, lists=LISTS, topics=[{"slug": "events", "title": "Events"}])
    house.publish("blog", "one")
    return house


def test_a_place_is_as_the_list_has_it_but_for_what_was_asked(house: House) -> None:
    house.join("ada", at=NIGHT)
    house.join(
        "bob", at=NIGHT, language="en", hour=0, cadence=Cadence.WEEKLY, format=Format.TEXT, mute=("blog",)
    )
    ada, bob = house.place("ada"), house.place("bob")

    assert (ada.rhythm.cadence, ada.rhythm.hour, ada.language, ada.format) == (
        Cadence.NIGHTLY,
        7,
        "fr",
        Format.HTML,
    )
    assert (bob.rhythm.cadence, bob.rhythm.hour, bob.language, bob.format) == (
        Cadence.WEEKLY,
        0,
        "en",
        Format.TEXT,
    )
    assert bob.wishes.sources == (("blog", Word.MUTE),)


def test_a_list_nobody_knows_is_refused_with_the_nearest(house: House) -> None:
    with house.tonight(NIGHT) as one, pytest.raises(NotFound, match=r'There is no list "dayly".*"daily"'):
        people.list_named(one, "dayly")


@pytest.mark.parametrize("asked", [Asked(mute=("blogg",)), Asked(only=("event",))])
def test_a_source_or_topic_nobody_knows_is_refused_with_the_nearest(house: House, asked: Asked) -> None:
    with house.tonight(NIGHT) as one, pytest.raises(UsageError, match="Did you mean"):
        people.wishes_for(one, asked)


def test_who_is_added_again_keeps_what_they_chose(house: House) -> None:
    house.join("ada", at=NIGHT, mute=("blog",))
    with house.tonight(NIGHT + DAY) as one:
        list_id, configured = people.list_named(one, "daily")
        again = people.add(one, address("ada"), list_id, configured, Asked(language="en"), confirmed=True)

    assert again.outcome is Outcome.ALREADY
    assert (again.member.subscription.language, len(again.member.subscription.wishes.sources)) == ("fr", 1)


def test_who_asked_only_is_due_nothing_until_they_confirm(house: House) -> None:
    with house.tonight(NIGHT) as one:
        list_id, configured = people.list_named(one, "daily")
        change = people.add(one, address("ada"), list_id, configured, Asked(), confirmed=False)
        assert people.next_digest(one) is None

    place = change.member.subscription
    assert (place.consent, place.due_at) == (Consent.UNCONFIRMED, None)


def test_leaving_twice_is_leaving_once(house: House) -> None:
    place = house.join("ada", at=NIGHT)
    with house.tonight(NIGHT) as one:
        first = people.unsubscribe(one, place.id)
        second = people.unsubscribe(one, place.id)
        proof = one.store.people.consents(place.id)

    assert first is not None
    assert second is not None
    assert (first.outcome, second.outcome) == (Outcome.LEFT, Outcome.ALREADY)
    assert [each.event for each in proof] == ["added", "unsubscribed"]


def test_a_stranger_is_not_found(house: House) -> None:
    with house.tonight(NIGHT) as one, pytest.raises(NotFound, match="is not a subscriber here"):
        people.places_of(one, address("nobody"))


def test_the_next_digest_is_the_first_of_all_lists(house: House) -> None:
    house.join("wim", at=NIGHT, list="weekly", weekday=Weekday.FRIDAY)
    with house.tonight(NIGHT) as one:
        friday = people.next_digest(one)
    house.join("ada", at=NIGHT)
    with house.tonight(NIGHT) as one:
        tonight = people.next_digest(one)

    assert friday is not None
    assert tonight is not None
    assert friday.astimezone(house.settings.site.zone).weekday() == 4
    assert tonight < friday


def test_a_first_digest_begins_where_the_last_numbered_issue_ended(house: House) -> None:
    house.join("ada", at=NIGHT, hour=0)
    house.night(NIGHT)
    house.publish("blog", "two")
    bob = house.join("bob", at=NIGHT + DAY / 24, hour=0)
    house.night(NIGHT + DAY)

    assert bob.cursor == 1
    assert house.received("bob") == [("two",)]
