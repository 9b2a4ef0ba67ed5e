"""What the next issue would hold: the same as the night would cut, and no trace of having asked."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from digest.night.cutting import list_id_of
from digest.night.run import compose_room, gather_room
from digest.night.tonight import Tonight
from digest.night.trial import Outlook, Trial, outlook
from tests.ledger import _connection
from tests.night.house import DAY, NIGHT, House, Mail


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path)
    house.publish("blog", "one", "two")
    house.publish("planet", "three")
    house.join("ada", at=NIGHT)
    house.join("bob", at=NIGHT, mute=("planet",))
    house.join("mute", at=NIGHT, mute=("blog", "planet"))
    with house.tonight(NIGHT) as one:
        gather_room(one)
    return house


def looked(one: Tonight) -> Outlook:
    return outlook(one, list_id_of(one, "daily"), one.settings.lists[0])


def trial(one: Tonight) -> Trial:
    return Trial(one, list_id_of(one, "daily"), one.settings.lists[0], cursors=[0])


def dump(one: Tonight) -> list[str]:
    return list(_connection(one.store).database.conn.iterdump())


def test_the_outlook_is_what_the_night_cuts(house: House) -> None:
    with house.tonight(NIGHT) as one:
        seen = looked(one)
        (cut,) = compose_room(one).issues
        assert cut.issue is not None
        largest = max(each.html_bytes for each in one.store.issues.editions(cut.issue.id))

    assert (seen.due, seen.served, seen.editions) == (3, cut.planned, cut.editions) == (3, 2, 2)
    assert (len(seen.stories), seen.html_bytes) == (cut.entries, largest)


def test_asking_leaves_no_trace(house: House) -> None:
    ada = house.place("ada")
    with house.tonight(NIGHT) as one:
        before = dump(one)
        looked(one)
        edition = trial(one).edition_for(ada)
        assert edition is not None
        trial(one).test_message(edition, "me@example.org")

        assert dump(one) == before


def test_a_test_message_is_marked_and_its_links_can_do_nothing(house: House) -> None:
    with house.tonight(NIGHT) as one:
        room = trial(one)
        outgoing = room.test_message(room.edition(language="en"), "me@example.org")
        mail = Mail.of(outgoing.content)

    assert outgoing.envelope.rcpt_to == "me@example.org"
    assert mail.subject.startswith("[TEST] ")
    assert set(mail.stories) == {"one", "two", "three"}
    assert mail.message["List-Unsubscribe"] == "<https://digest.example.org/u/test>"
    assert re.findall(r"https://digest\.example\.org/[uw]/[A-Za-z0-9_-]{20,}", mail.text + mail.html) == []


def test_as_somebody_it_holds_what_they_would_get(house: House) -> None:
    bob, mute = house.place("bob"), house.place("mute")
    with house.tonight(NIGHT) as one:
        room = trial(one)
        edition = room.edition_for(bob)
        assert edition is not None
        mail = Mail.of(room.test_message(edition, "me@example.org").content)
        assert room.edition_for(mute) is None

    assert set(mail.stories) == {"one", "two"}


def test_a_number_is_tried_on_the_list_s_own_nights_only(house: House) -> None:
    house.tables["lists"][0] |= {"cadence": "weekly", "weekday": "monday"}
    with house.tonight(NIGHT) as one:
        sunday = trial(one).issue.number
    with house.tonight(NIGHT + DAY) as one:
        monday = trial(one).issue.number

    assert (sunday, monday) == (None, 1)


def test_with_nobody_due_the_list_s_own_issue_is_shown(house: House) -> None:
    house.night(NIGHT)
    house.publish("blog", "four")
    with house.tonight(NIGHT + DAY / 24) as one:
        gather_room(one)
        seen = looked(one)

    assert (seen.due, seen.served, seen.editions, len(seen.stories)) == (0, 0, 0, 1)
    assert seen.html_bytes > 0
    assert seen.next_due is not None
